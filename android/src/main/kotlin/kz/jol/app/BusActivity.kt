package kz.jol.app

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.widget.Button
import android.widget.LinearLayout
import android.widget.TextView
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kz.jol.core.JolException
import kz.jol.core.errorText

/**
 * A bus that its terminal named to this phone, or that the phone found or looks for: the passenger compares it with
 * the one they are in, and taps.
 */
class BusActivity : Activity() {
    private val scope = MainScope()
    private var asking: Job? = null
    private val app get() = application as JolApplication
    private val buses get() = app.buses

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.bus)
        // Android 15 draws under the bars.
        findViewById<View>(R.id.page).fitsSystemWindows = true
        if (state == null && looks() && !app.fixes.areAllowed) requestPermissions(Fixes.PERMISSIONS, 0)
    }

    /** Who comes back to it later is asked anew: an offer stands for ten minutes. */
    override fun onStart() {
        super.onStart()
        ask()
    }

    /** The phone is held to another terminal while this one is open. */
    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        ask()
    }

    /** The passenger answered while the screen was there. */
    override fun onRequestPermissionsResult(asked: Int, permissions: Array<String>, answers: IntArray) = ask()

    override fun onStop() {
        asking?.cancel()
        super.onStop()
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun ask() {
        asking?.cancel()
        show(BusScreen("", null))
        val found = intent.getStringExtra(BUS)
        val code = intent.getStringExtra(CODE)
        asking = trying {
            when {
                found != null -> showOrOpen(buses.found(found))
                code != null -> showOrOpen(buses.named(code))
                else -> buses.search().collect(::showOrOpen)
            }
        }
    }

    /** Nobody named a bus. */
    private fun looks() = !intent.hasExtra(BUS) && !intent.hasExtra(CODE)

    private fun showOrOpen(screen: BusScreen) {
        val paidBy = screen.offer?.quote?.paidBy
        if (paidBy == null) show(screen) else open(paidBy)
    }

    private fun show(screen: BusScreen) {
        text(R.id.says, screen.says)
        text(R.id.line, screen.offer?.line.orEmpty())
        text(R.id.bus, screen.offer?.bus.orEmpty())
        text(R.id.warning, screen.offer?.warnings.orEmpty().joinToString("\n\n"))
        visible(R.id.signs, screen.offer != null)
        visible(R.id.pay, screen.offer != null)
        choices(screen.choices)
        val offer = screen.offer ?: return
        findViewById<View>(R.id.signs).contentDescription = getString(R.string.spoken_bus, offer.line, offer.bus)
        findViewById<Button>(R.id.pay).apply {
            text = offer.button
            isEnabled = true
            setOnClickListener {
                isEnabled = false
                // What is found from here on changes nothing below the passenger's finger.
                asking?.cancel()
                trying { open(buses.pay(offer.quote)) }
            }
        }
    }

    private fun choices(choices: List<BusScreen.Choice>) {
        // Views stay, or TalkBack would lose its place with each fix.
        val list = findViewById<LinearLayout>(R.id.choices)
        while (list.childCount > choices.size) list.removeViewAt(list.childCount - 1)
        while (list.childCount < choices.size) layoutInflater.inflate(R.layout.bus_choice, list)
        choices.forEachIndexed { nth, choice -> list.getChildAt(nth).show(choice) }
    }

    private fun View.show(choice: BusScreen.Choice) {
        findViewById<TextView>(R.id.line).text = choice.line
        findViewById<TextView>(R.id.line).visibility = if (choice.line.isEmpty()) View.GONE else View.VISIBLE
        findViewById<TextView>(R.id.bus).text = choice.bus
        contentDescription = getString(R.string.spoken_bus, choice.line, choice.bus)
        setOnClickListener {
            intent = proposedIntent(this@BusActivity, choice.vehicle)
            ask()
        }
    }

    private fun trying(act: suspend () -> Unit): Job = scope.launch {
        try {
            act()
        } catch (error: JolException) {
            show(BusScreen(errorText(error, Wallet.language(this@BusActivity)), null))
        }
    }

    /** The payment's screen, which becomes its ticket's. */
    private fun open(payment: String) {
        asking?.cancel()
        startActivity(TicketActivity.paymentIntent(this, payment))
        finish()
    }

    private fun text(id: Int, text: String) {
        val view = findViewById<TextView>(id)
        // TalkBack speaks a live text each time it is set.
        if (view.text.toString() != text) view.text = text
        visible(id, text.isNotEmpty())
    }

    private fun visible(id: Int, visible: Boolean) {
        findViewById<View>(id).visibility = if (visible) View.VISIBLE else View.GONE
    }

    companion object {
        private const val CODE = "code"
        private const val BUS = "bus"

        /** Opens the screen of the bus with this code, from anywhere. */
        fun intent(context: Context, code: String): Intent =
            Intent(context, BusActivity::class.java).putExtra(CODE, code).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK)

        /** Opens the screen on which the passenger's bus is looked for. */
        fun searchIntent(context: Context): Intent = Intent(context, BusActivity::class.java)

        /** Opens the screen of a bus that the phone found, by the operator's id. */
        fun proposedIntent(context: Context, bus: String): Intent =
            Intent(context, BusActivity::class.java).putExtra(BUS, bus)
    }
}
