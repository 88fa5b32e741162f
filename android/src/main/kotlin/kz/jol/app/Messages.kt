package kz.jol.app

import android.content.ActivityNotFoundException
import android.content.Intent
import android.net.Uri
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import kz.jol.core.Jol
import kz.jol.core.OutgoingMessage
import kz.jol.core.ReplyView
import java.util.concurrent.ConcurrentHashMap

/**
 * Messages that pay, in the apps that send them. The passenger sends, so this app needs no permission to; and
 * what is answered it reads only where the passenger shows it.
 */
class Messages(
    private val jol: () -> Jol,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    /** What became of a tap. */
    enum class Opened {
        /** The app that sends it is in front. */
        NOW,
        /** A tap before this one had it opened. */
        BEFORE,
        /** No app on this phone sends it. */
        NOWHERE,
    }

    /** The ids of those that had their tap. */
    private val tapped = ConcurrentHashMap.newKeySet<String>()

    /**
     * The tap: has an app opened with the message written, by [start], a screen's `startActivity`. A message is
     * opened once. Who taps again later has another one composed, which tells of this one.
     *
     * What the core is to remember is written first: once another app is in front, Android may end this one at
     * any moment, and a message that was sent and is not remembered lets the passenger pay again without a
     * warning. One that is remembered and was never opened costs a question to the operator, and the passenger
     * can say that it was not sent. If no app opens it, that is said here at once.
     */
    suspend fun open(message: OutgoingMessage, start: (Intent) -> Unit): Opened {
        if (!tapped.add(message.id)) return Opened.BEFORE
        // A screen that turns meanwhile does not part the two.
        return withContext(NonCancellable) {
            remember(message)
            if (intents(message).any { starts(it, start) }) return@withContext Opened.NOW
            withContext(dispatcher) { jol().messageNotSent(message.id) }
            Opened.NOWHERE
        }
    }

    /** What a text says that the passenger shared or pasted as an answer. It proves nothing. */
    suspend fun take(text: String): List<ReplyView> = withContext(dispatcher) { jol().takeMessage(text) }

    /** What is not remembered is not opened: its tap does not count. */
    private suspend fun remember(message: OutgoingMessage) = try {
        withContext(dispatcher) { jol().messageOpened(message) }
    } catch (refused: Exception) {
        tapped -= message.id
        throw refused
    }

    /** In the order in which they are tried. */
    private fun intents(message: OutgoingMessage): List<Intent> {
        val link = message.link ?: return listOf(
            Intent(Intent.ACTION_SENDTO, Uri.fromParts("smsto", message.to, null)).putExtra("sms_body", message.text),
        )
        val view = Intent(Intent.ACTION_VIEW, Uri.parse(link))
        if (message.apps.isEmpty()) return listOf(view)
        return message.apps.map { Intent(view).setPackage(it) }
    }

    /**
     * Whether an app took it. They are not asked before: from Android 11 on the package manager hides every app
     * that the manifest does not name, and these are named by the city's rules. Starting is not limited so.
     */
    private fun starts(intent: Intent, start: (Intent) -> Unit): Boolean = try {
        start(intent)
        true
    } catch (_: ActivityNotFoundException) {
        false
    } catch (_: SecurityException) {
        // It is there, and lets nobody in.
        false
    }
}
