package kz.jol.app

import android.app.Activity
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.widget.Button
import android.widget.TextView
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kz.jol.core.JolException
import kz.jol.core.errorText

/** A bus that its terminal named to this phone, or that the phone found: the passenger compares it with the one they are in, and taps. */
class BusActivity : Activity() {
    private val scope = MainScope()
    private var asking: Job? = null
    private val buses get() = (application as JolApplication).buses

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.bus)
        // Android 15 draws under the bars.
        findViewById<View>(R.id.page).fitsSystemWindows = true
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
        asking = trying {
            val screen = if (found != null) buses.found(found) else {
                buses.named(requireNotNull(intent.getStringExtra(CODE)) { "opened without a bus" })
            }
            val paidBy = screen.offer?.quote?.paidBy
            if (paidBy == null) show(screen) else open(paidBy)
        }
    }

    private fun show(screen: BusScreen) {
        text(R.id.says, screen.says)
        text(R.id.line, screen.offer?.line.orEmpty())
        text(R.id.bus, screen.offer?.bus.orEmpty())
        text(R.id.warning, screen.offer?.warnings.orEmpty().joinToString("\n\n"))
        visible(R.id.signs, screen.offer != null)
        visible(R.id.pay, screen.offer != null)
        val offer = screen.offer ?: return
        findViewById<View>(R.id.signs).contentDescription = getString(R.string.spoken_bus, offer.line, offer.bus)
        findViewById<Button>(R.id.pay).apply {
            text = offer.button
            isEnabled = true
            setOnClickListener {
                isEnabled = false
                trying { open(buses.pay(offer.quote)) }
            }
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
        startActivity(TicketActivity.paymentIntent(this, payment))
        finish()
    }

    private fun text(id: Int, text: String) {
        findViewById<TextView>(id).text = text
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

        /** Opens the screen of a bus that the phone found, by the operator's id. */
        fun proposedIntent(context: Context, bus: String): Intent =
            Intent(context, BusActivity::class.java).putExtra(BUS, bus)
    }
}
