package kz.jol.app

import android.app.Activity
import android.content.ClipboardManager
import android.content.Context
import android.content.Intent
import android.os.Bundle
import android.view.View
import android.view.ViewGroup
import android.widget.TextView
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kz.jol.core.JolException
import kz.jol.core.ReplyView
import kz.jol.core.errorText

/** What a text says that was shared into the app, or is pasted here, as the operator's answer to a message. */
class ReplyActivity : Activity() {
    private val scope = MainScope()
    private var taking: Job? = null

    /** What was shown last; after a turn of the phone it is read again. */
    private var taken: String? = null
    private val messages get() = (application as JolApplication).messages

    override fun onCreate(state: Bundle?) {
        super.onCreate(state)
        setContentView(R.layout.reply)
        // Android 15 draws under the bars.
        findViewById<View>(R.id.page).fitsSystemWindows = true
        findViewById<View>(R.id.paste).setOnClickListener { take(copied()) }
        (if (state == null) shared() else state.getString(TAKEN))?.let(::take)
    }

    /** Another text is shared while this one is open. */
    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        setIntent(intent)
        shared()?.let(::take)
    }

    override fun onSaveInstanceState(state: Bundle) {
        super.onSaveInstanceState(state)
        state.putString(TAKEN, taken)
    }

    override fun onDestroy() {
        scope.cancel()
        super.onDestroy()
    }

    private fun take(text: String) {
        taken = text
        taking?.cancel()
        taking = scope.launch {
            try {
                show(messages.take(text))
            } catch (error: JolException) {
                clear()
                add(errorText(error, Wallet.language(this@ReplyActivity)))
            }
        }
    }

    private fun show(replies: List<ReplyView>) {
        clear()
        for (reply in replies) add(reply.says, reply.number, reply.next, reply.senders)
    }

    private fun clear() = findViewById<ViewGroup>(R.id.replies).removeAllViews()

    private fun add(says: String, number: String? = null, next: String? = null, senders: String? = null) {
        val list = findViewById<ViewGroup>(R.id.replies)
        val card = layoutInflater.inflate(R.layout.reply_card, list, false)
        val lines = mapOf(R.id.says to says, R.id.number to number, R.id.next to next, R.id.senders to senders)
        for ((id, words) in lines) {
            card.findViewById<TextView>(id).apply {
                text = words.orEmpty()
                visibility = if (words == null) View.GONE else View.VISIBLE
            }
        }
        list.addView(card)
    }

    /** None where the screen was opened to paste. */
    private fun shared(): String? =
        if (intent.action == Intent.ACTION_SEND) intent.getCharSequenceExtra(Intent.EXTRA_TEXT)?.toString().orEmpty()
        else null

    /** Of what holds no text the core says that it is none of the operator's. */
    private fun copied(): String {
        val clip = getSystemService(ClipboardManager::class.java).primaryClip ?: return ""
        return (0 until clip.itemCount).mapNotNull { clip.getItemAt(it).text }.joinToString("\n")
    }

    companion object {
        private const val TAKEN = "taken"

        /** Opens the screen on which an answer is pasted. */
        fun intent(context: Context): Intent = Intent(context, ReplyActivity::class.java)
    }
}
