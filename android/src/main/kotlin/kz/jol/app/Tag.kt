package kz.jol.app

import kz.jol.core.Jol
import kz.jol.core.JolException
import kz.jol.core.NfcStep
import kz.jol.core.ScannedCode

/** What this phone is to a reader: a tag that holds the ticket on its screen. The core knows the protocol. */
class Tag(
    private val jol: () -> Jol,
    /** ECDSA with SHA-256 by the phone's key; null where there is none that works. May take a second. */
    private val sign: (ByteArray) -> ByteArray?,
) {
    /** The ride whose ticket is on the screen; without one the tag is empty. */
    @Volatile
    var ride: String? = null

    /**
     * The reply to a reader's command (ISO/IEC 7816-4); null where nobody waits for one any more, or the
     * wallet does not open. A bus that names itself is handed to [named]: nothing is paid by it.
     */
    fun reply(command: ByteArray, named: (ScannedCode) -> Unit): ByteArray? = try {
        when (val step = jol().nfcRespond(ride, command)) {
            is NfcStep.Reply -> step.reply
            is NfcStep.ToSign -> signed(sign(step.toSign.message))
            is NfcStep.Bus -> step.reply.also { named(step.code) }
        }
    } catch (_: JolException) {
        null
    }

    /** The reader is gone, and what it was being told is let go. */
    fun gone() = try {
        jol().nfcGone()
    } catch (_: JolException) {
        // A wallet that does not open told nobody anything.
    }

    /** Unsigned where the key is another than the ticket's, as on the screen. */
    private fun signed(signature: ByteArray?): ByteArray = try {
        jol().nfcSigned(signature)
    } catch (refused: JolException) {
        if (signature == null) throw refused
        signed(null)
    }
}
