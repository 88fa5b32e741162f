package kz.jol.app

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.widget.LinearLayout
import android.widget.TextView
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kz.jol.core.JolException
import kz.jol.core.errorText

/** The stops around the passenger; each leads to its board. */
class NearActivity : Activity() {
    private val scope = MainScope()
    private var looking: Job? = null
    private val app get() = application as JolApplication

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.near)
        // Android 15 draws under the bars.
        findViewById<View>(R.id.page).fitsSystemWindows = true
        if (state == null && !app.fixes.areAllowed) requestPermissions(Fixes.PERMISSIONS, 0)
    }

    override fun onStart() {
        super.onStart()
        look()
    }

    /** The passenger answered while the screen was there. */
    override fun onRequestPermissionsResult(asked: Int, permissions: Array<String>, answers: IntArray) = look()

    override fun onStop() {
        looking?.cancel()
        super.onStop()
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun look() {
        looking?.cancel()
        looking = scope.launch {
            try {
                app.stops.near().collect { show("", it) }
            } catch (error: JolException) {
                show(errorText(error, Wallet.language(this@NearActivity)), emptyList())
            }
        }
    }

    private fun show(says: String, rows: List<StopRow>) {
        window.decorView.text(R.id.says, says)
        // Views stay, or TalkBack would lose its place with each fix.
        val list = findViewById<LinearLayout>(R.id.rows)
        while (list.childCount > rows.size) list.removeViewAt(list.childCount - 1)
        while (list.childCount < rows.size) layoutInflater.inflate(R.layout.near_row, list)
        rows.forEachIndexed { nth, row -> list.getChildAt(nth).show(row) }
    }

    private fun View.show(row: StopRow) {
        text(R.id.stop, row.name)
        text(R.id.lines, row.lines)
        text(R.id.far, row.far)
        contentDescription = row.spoken
        setOnClickListener { startActivity(BoardActivity.intent(this@NearActivity, row.id)) }
    }

    private fun View.text(id: Int, text: String) {
        val view = findViewById<TextView>(id)
        if (view.text.toString() != text) view.text = text
        view.visibility = if (text.isEmpty()) View.GONE else View.VISIBLE
    }

    companion object {
        /** Opens the stops near by. */
        fun intent(context: Context): Intent = Intent(context, NearActivity::class.java)
    }
}
