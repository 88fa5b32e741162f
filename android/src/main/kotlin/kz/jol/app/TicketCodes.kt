package kz.jol.app

import kz.jol.core.QrCode
import kz.jol.core.ToSign

/** The code of a ticket or of a payment that is not known yet; signed anew only when another one is due. */
internal class TicketCodes(
    challenge: ByteArray?,
    private val toSign: (challenge: ByteArray?) -> ToSign,
    /** Draws what was signed; null where it cannot be. */
    private val draw: (ToSign, challenge: ByteArray?) -> QrCode?,
) {
    /** What an inspector asked, until the answer has had its time. */
    var challenge = challenge
        private set
    private var shown: Shown? = null

    /** The code of this moment. While it holds it stays the same: a signature differs each time. */
    fun now(): Shown {
        shown?.let {
            val due = toSign(it.challenge)
            if (it.isOf(due)) return it
            if (due.slot !in it.slots) challenge = null
        }
        val signed = toSign(challenge)
        return Shown(signed, challenge, draw(signed, challenge)?.matrix()).also { shown = it }
    }

    class Shown(private val signed: ToSign, val challenge: ByteArray?, val code: CodeMatrix?) {
        val answers get() = challenge != null

        val slots = signed.slot..signed.untilSlot
        val freshMs = signed.freshMs.toLong()

        fun isOf(due: ToSign) = due.slot in slots && due.message.contentEquals(signed.message)
    }
}

internal fun QrCode.matrix() = CodeMatrix(size.toInt(), modules.map { it.toInt() != 0 })
