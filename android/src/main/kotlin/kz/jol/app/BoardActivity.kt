package kz.jol.app

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.graphics.Paint
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

/** What comes to a stop, as long as it is on the screen. */
class BoardActivity : Activity() {
    private val scope = MainScope()
    private var watching: Job? = null

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.board)
        // Android 15 draws under the bars.
        findViewById<View>(R.id.page).fitsSystemWindows = true
    }

    override fun onStart() {
        super.onStart()
        watch()
    }

    /** Another stop is asked for while this one is open. */
    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        watch()
    }

    override fun onStop() {
        watching?.cancel()
        super.onStop()
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun watch() {
        watching?.cancel()
        val stop = requireNotNull(intent.getStringExtra(STOP)) { "opened without a stop's id" }
        watching = scope.launch {
            try {
                (application as JolApplication).boards.screens(stop).collect(::show)
            } catch (error: JolException) {
                val says = errorText(error, Wallet.language(this@BoardActivity))
                show(BoardScreen("", says, emptyList(), emptyList()))
            }
        }
    }

    private fun show(screen: BoardScreen) {
        text(R.id.stop, screen.stop)
        text(R.id.says, screen.says)
        fill(R.id.rows, R.layout.board_row, screen.rows) { row -> show(row) }
        fill(R.id.notices, R.layout.board_notice, screen.notices) { notice ->
            text(R.id.title, notice.title)
            text(R.id.text, notice.text)
        }
    }

    private fun View.show(row: BoardScreen.Row) {
        text(R.id.time, row.time)
        text(R.id.line, row.line)
        text(R.id.headsign, row.headsign)
        text(R.id.known, row.known)
        contentDescription = row.spoken
        val colour = context.getColor(if (row.comes) R.color.ink else R.color.ended)
        for (text in listOf(R.id.time, R.id.headsign).map { findViewById<TextView>(it) }) {
            text.setTextColor(colour)
            val struck = Paint.STRIKE_THRU_TEXT_FLAG
            text.paintFlags = if (row.comes) text.paintFlags and struck.inv() else text.paintFlags or struck
        }
    }

    /** One view each; those that are there stay, or TalkBack would lose its place whenever an age grows. */
    private fun <T> fill(id: Int, layout: Int, shown: List<T>, show: View.(T) -> Unit) {
        val list = findViewById<LinearLayout>(id)
        while (list.childCount > shown.size) list.removeViewAt(list.childCount - 1)
        while (list.childCount < shown.size) layoutInflater.inflate(layout, list)
        shown.forEachIndexed { nth, one -> list.getChildAt(nth).show(one) }
    }

    private fun text(id: Int, text: String) = window.decorView.text(id, text)

    private fun View.text(id: Int, text: String) {
        val view = findViewById<TextView>(id)
        // TalkBack speaks a live text each time it is set.
        if (view.text.toString() != text) view.text = text
        view.visibility = if (text.isEmpty()) View.GONE else View.VISIBLE
    }

    companion object {
        private const val STOP = "stop"

        /** Opens the board of the stop with this id, from anywhere. */
        fun intent(context: Context, stop: String): Intent =
            Intent(context, BoardActivity::class.java).putExtra(STOP, stop)
    }
}
