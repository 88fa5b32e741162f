package kz.jol.app

import android.animation.ObjectAnimator
import android.app.Activity
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.pm.PackageManager
import android.content.res.ColorStateList
import android.net.Uri
import android.nfc.NfcAdapter
import android.nfc.cardemulation.CardEmulation
import android.os.Build
import android.os.Bundle
import android.view.View
import android.view.WindowInsets
import android.view.WindowManager.LayoutParams
import android.view.animation.LinearInterpolator
import android.widget.LinearLayout
import android.widget.ProgressBar
import android.widget.TextView
import android.widget.Toast
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.launch
import kz.jol.core.JolException
import kz.jol.core.errorText

/**
 * Shows a ticket to the driver, the inspector and the passenger, as long as it is on the screen; or a
 * payment that is not known yet, until there is a ticket.
 */
class TicketActivity : Activity() {
    private val scope = MainScope()
    private var watching: Job? = null
    private var freshness: ObjectAnimator? = null

    /** What an inspector asked, while the answer is shown. */
    private var challenge: ByteArray? = null
    private val app get() = application as JolApplication

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        challenge = if (state == null) intent.getByteArrayExtra(CHALLENGE) else state.getByteArray(CHALLENGE)
        // A picture of a ticket boards nobody, but may fool a passenger who was sent one; this also
        // keeps it out of screen sharing and of the list of recent apps.
        window.addFlags(LayoutParams.FLAG_SECURE)
        setContentView(R.layout.ticket)
        findViewById<View>(R.id.ticket).setOnApplyWindowInsetsListener { _, insets -> keepClearOf(insets) }
    }

    override fun onStart() {
        super.onStart()
        watch()
    }

    /** Another ticket or an answer is asked for while this one is open. */
    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        challenge = intent.getByteArrayExtra(CHALLENGE)
        watch()
    }

    /** Of all apps with a tag, readers get this one's. */
    override fun onResume() {
        super.onResume()
        cards()?.setPreferredService(this, ComponentName(this, TagService::class.java))
    }

    override fun onPause() {
        cards()?.unsetPreferredService(this)
        super.onPause()
    }

    override fun onStop() {
        watching?.cancel()
        app.tag.ride = null
        // It will be too old when the passenger comes back.
        showCode(null, 0)
        if (!isChangingConfigurations) challenge = null
        super.onStop()
    }

    /** An answer outlives a turn of the phone, and nothing else. */
    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        if (isChangingConfigurations) state.putByteArray(CHALLENGE, challenge)
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun watch() {
        watching?.cancel()
        watching = scope.launch {
            try {
                screens().collect(::show)
            } catch (error: JolException) {
                say(errorText(error, Wallet.language(this@TicketActivity)))
            }
            // Nothing is left to show.
            finish()
        }
    }

    private fun screens(): Flow<TicketScreen> {
        intent.getStringExtra(PAYMENT)?.let { return app.tickets.pending(it, challenge) }
        val ticket = requireNotNull(intent.getStringExtra(TICKET)) { "opened without a ticket's id" }
        return app.tickets.screens(ticket, challenge)
    }

    private fun say(text: String) = Toast.makeText(this, text, Toast.LENGTH_LONG).show()

    private fun show(screen: TicketScreen) {
        // From here on it goes on as a ticket that nobody asked about.
        if (!screen.answers) challenge = null
        app.tag.ride = screen.ride.takeIf { screen.state == TicketScreen.State.VALID }
        text(R.id.line, screen.line)
        text(R.id.bus, screen.bus)
        findViewById<View>(R.id.signs).contentDescription =
            getString(R.string.spoken_bus, screen.line, screen.bus)
        text(R.id.standing, screen.standing)
        text(R.id.paid, screen.paid)
        text(R.id.passengers, screen.passengers.joinToString("\n") { "${it.count} × ${it.category}" })
        text(R.id.sum, screen.sum)
        text(R.id.hint, screen.hint)
        showParted(screen.parted, screen.instead)
        showCalls(screen.calls)
        findViewById<DayBand>(R.id.day).show(screen.day)
        showCode(screen.code, screen.codeFreshMs)
        visible(R.id.code, screen.code != null)
        val known = screen.state != TicketScreen.State.NOT_KNOWN
        findViewById<View>(R.id.code).contentDescription =
            if (known) getString(R.string.spoken_code) else screen.hint
        visible(R.id.freshness, screen.code != null)
        visible(R.id.no_code, screen.ended)
        tint(screen.state.colour)
        lightUp(screen.state == TicketScreen.State.VALID || !known)
    }

    private val TicketScreen.State.colour
        get() = when (this) {
            TicketScreen.State.VALID -> R.color.valid
            TicketScreen.State.NOT_KNOWN -> R.color.not_known
            TicketScreen.State.ENDED, TicketScreen.State.NOT_PAID -> R.color.ended
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

    /** A line, or a button that opens the other bus's screen. */
    private fun showParted(says: String, instead: String?) {
        text(R.id.parted, if (instead == null) says else "")
        text(R.id.instead, if (instead == null) "" else says)
        findViewById<View>(R.id.instead).setOnClickListener {
            instead?.let { startActivity(BusActivity.proposedIntent(this, it)) }
        }
    }

    /** A line each; a tap opens the dialler, and the passenger calls. */
    private fun showCalls(calls: List<TicketScreen.Call>) {
        val list = findViewById<LinearLayout>(R.id.calls)
        list.removeAllViews()
        for (call in calls) {
            val line = layoutInflater.inflate(R.layout.call, list, false) as TextView
            line.text = call.text
            line.setOnClickListener { startActivity(Intent(Intent.ACTION_DIAL, Uri.parse(call.link))) }
            list.addView(line)
        }
    }

    /** Draws the code and lets the bar under it run down; the same code again runs on. */
    private fun showCode(code: CodeMatrix?, freshMs: Long) {
        val view = findViewById<QrView>(R.id.code)
        if (view.code == code) return
        view.code = code
        freshness?.cancel()
        if (code == null) return
        val bar = findViewById<ProgressBar>(R.id.freshness)
        freshness = ObjectAnimator.ofInt(bar, "progress", bar.max, 0).apply {
            duration = freshMs
            interpolator = LinearInterpolator()
            start()
        }
    }

    private fun tint(color: Int) {
        findViewById<View>(R.id.band).setBackgroundColor(getColor(color))
        findViewById<TextView>(R.id.line).setTextColor(getColor(color))
        findViewById<ProgressBar>(R.id.freshness).progressTintList = ColorStateList.valueOf(getColor(color))
        // From Android 15 on, the band itself reaches under the status bar.
        @Suppress("DEPRECATION")
        if (Build.VERSION.SDK_INT < EDGE_TO_EDGE) window.statusBarColor = getColor(color)
    }

    /** Where Android lets apps be cards. */
    private fun cards(): CardEmulation? {
        if (!packageManager.hasSystemFeature(PackageManager.FEATURE_NFC_HOST_CARD_EMULATION)) return null
        return NfcAdapter.getDefaultAdapter(this)?.let(CardEmulation::getInstance)
    }

    /** Bright and awake while there is something to check: a dim screen is what a camera fails on. */
    private fun lightUp(valid: Boolean) {
        window.attributes = window.attributes.apply {
            screenBrightness =
                if (valid) LayoutParams.BRIGHTNESS_OVERRIDE_FULL else LayoutParams.BRIGHTNESS_OVERRIDE_NONE
        }
        if (valid) window.addFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        else window.clearFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
    }

    /** Colour reaches the screen's edges, what is to be read keeps clear of bars and of the camera's hole. */
    private fun keepClearOf(insets: WindowInsets): WindowInsets {
        if (Build.VERSION.SDK_INT < EDGE_TO_EDGE) return insets
        val bars = insets.getInsets(WindowInsets.Type.systemBars() or WindowInsets.Type.displayCutout())
        findViewById<View>(R.id.ticket).setPadding(0, 0, 0, bars.bottom)
        findViewById<View>(R.id.band).setPadding(bars.left, bars.top, bars.right, 0)
        findViewById<View>(R.id.day).setPadding(bars.left, 0, bars.right, 0)
        findViewById<View>(R.id.below).setPadding(bars.left, 0, bars.right, 0)
        return WindowInsets.CONSUMED
    }

    companion object {
        private const val TICKET = "ticket"
        private const val PAYMENT = "payment"
        private const val CHALLENGE = "challenge"
        private const val EDGE_TO_EDGE = Build.VERSION_CODES.VANILLA_ICE_CREAM

        /** Opens the screen of the ticket with this id; it answers the inspector's [challenge] first. */
        fun intent(context: Context, ticket: String, challenge: ByteArray? = null): Intent =
            open(context, challenge).putExtra(TICKET, ticket)

        /** The same of a payment that is not known yet. */
        fun paymentIntent(context: Context, payment: String, challenge: ByteArray? = null): Intent =
            open(context, challenge).putExtra(PAYMENT, payment)

        private fun open(context: Context, challenge: ByteArray?) =
            Intent(context, TicketActivity::class.java).putExtra(CHALLENGE, challenge)
    }
}
