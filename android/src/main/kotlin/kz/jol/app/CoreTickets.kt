package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withTimeoutOrNull
import kz.jol.core.Jol
import kz.jol.core.JolException
import kz.jol.core.QrCode
import kz.jol.core.TicketView
import kz.jol.core.ToSign

/** The tickets of a wallet. The core says what they show, and when that changes. */
class CoreTickets(
    private val jol: Jol,
    /** ECDSA with SHA-256 by the phone's key; null where there is none that works. May take a second. */
    private val sign: (ByteArray) -> ByteArray?,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) : Tickets {
    override fun screens(ticket: String): Flow<TicketScreen> = flow {
        var shown: Shown? = null
        while (true) {
            val seen = jol.revision()
            shown = if (jol.ticket(ticket).isValid) present(ticket, shown) else null
            // Looked at after signing, which takes its time.
            val view = jol.ticket(ticket)
            emit(view.screen(shown.takeIf { view.isValid }))
            if (next(seen, view.changesInMs) == seen) break
        }
    }.flowOn(dispatcher)

    /** A change of the wallet or none in time; the revision that was [seen] once the wallet is shut. */
    private suspend fun next(seen: ULong, withinMs: UInt?): ULong? =
        if (withinMs == null) jol.nextChange(seen)
        else withTimeoutOrNull(withinMs.toLong()) { jol.nextChange(seen) }

    /** The code of this moment. In the same slot it stays the same: a signature differs each time. */
    private fun present(ticket: String, shown: Shown?): Shown {
        val toSign = jol.toSign(ticket, null)
        if (shown != null && shown.isOf(toSign)) return shown
        return Shown(toSign, jol.code(ticket, toSign, sign(toSign.message)).matrix())
    }

    /** Unsigned where the key is gone or another than the ticket's: an inspector sees it, and decides. */
    private fun Jol.code(ticket: String, toSign: ToSign, signature: ByteArray?): QrCode = try {
        present(ticket, toSign.slot, null, signature)
    } catch (refused: JolException.BadSignature) {
        if (signature == null) throw refused
        present(ticket, toSign.slot, null, null)
    }

    private class Shown(val toSign: ToSign, val code: CodeMatrix) {
        fun isOf(other: ToSign) =
            toSign.slot == other.slot && toSign.message.contentEquals(other.message)
    }

    private fun TicketView.screen(shown: Shown?) = TicketScreen(
        line = line,
        bus = bus,
        standing = stateText,
        // Nobody counts the minutes of a ticket that has ended.
        paid = if (isValid) paidText else "",
        passengers = passengers.map { TicketScreen.Passengers(it.category, it.count.toInt()) },
        sum = sumText,
        hint = if (isValid) placeText ?: showText else "",
        code = shown?.code,
        codeFreshMs = shown?.toSign?.freshMs?.toLong() ?: 0,
        ended = !isValid,
        day = eye?.let { TicketScreen.Day(it.colour, it.ink, it.word) },
    )
}

private fun QrCode.matrix() = CodeMatrix(size.toInt(), modules.map { it.toInt() != 0 })
