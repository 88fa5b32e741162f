package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.FlowCollector
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withTimeoutOrNull
import kz.jol.core.CompanyView
import kz.jol.core.Jol
import kz.jol.core.JolException
import kz.jol.core.PassengerWords
import kz.jol.core.Payment
import kz.jol.core.PaymentState
import kz.jol.core.PendingView
import kz.jol.core.QrCode
import kz.jol.core.TicketView
import kz.jol.core.ToSign
import kz.jol.core.declineText
import kz.jol.core.words

/** The tickets of a wallet. The core says what they show, and when that changes. */
class CoreTickets(
    private val jol: Jol,
    /** ECDSA with SHA-256 by the phone's key; null where there is none that works. May take a second. */
    private val sign: (ByteArray) -> ByteArray?,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) : Tickets {
    override fun screens(ticket: String, challenge: ByteArray?): Flow<TicketScreen> =
        flow { follow(ticket, challenge) }.flowOn(dispatcher)

    override fun pending(payment: String, challenge: ByteArray?): Flow<TicketScreen> = flow {
        val codes = TicketCodes(challenge, { jol.intentToSign(payment, it) }) { toSign, asked ->
            sign(toSign.message)?.let { jol.presentIntent(payment, toSign.slot, asked, it) }
        }
        while (true) {
            val seen = jol.revision()
            val shown = codes.ofPending()
            // Looked at after signing, which takes its time.
            val view = jol.pending().find { it.payment == payment } ?: break
            emit(view.screen(shown))
            if (next(seen, view.changesInMs) == seen) return@flow
        }
        rideOf(payment)?.let { follow(it, codes.challenge) } ?: tellWhyNot(payment)
    }.flowOn(dispatcher)

    /** That stays as it is, but the passenger's language may change. */
    private suspend fun FlowCollector<TicketScreen>.tellWhyNot(payment: String) {
        do {
            val seen = jol.revision()
            emit(jol.payment(payment).screen() ?: return)
        } while (next(seen, null) != seen)
    }

    private suspend fun FlowCollector<TicketScreen>.follow(ticket: String, challenge: ByteArray?) {
        val codes = TicketCodes(challenge, { jol.toSign(ticket, it) }) { toSign, asked ->
            code(ticket, toSign, asked, sign(toSign.message))
        }
        while (true) {
            val seen = jol.revision()
            val shown = if (jol.ticket(ticket).isValid) codes.now() else null
            // Looked at after signing, which takes its time.
            val view = jol.ticket(ticket)
            emit(view.screen(shown.takeIf { view.isValid }, jol.rideCompany(ticket)))
            if (next(seen, view.changesInMs) == seen) break
        }
    }

    /** A change of the wallet or none in time; the revision that was [seen] once the wallet is shut. */
    private suspend fun next(seen: ULong, withinMs: UInt?): ULong? =
        if (withinMs == null) jol.nextChange(seen)
        else withTimeoutOrNull(withinMs.toLong()) { jol.nextChange(seen) }

    /** Unsigned where the key is gone or another than the ticket's: an inspector sees it, and decides. */
    private fun code(id: String, toSign: ToSign, asked: ByteArray?, signature: ByteArray?): QrCode? = try {
        jol.present(id, toSign.slot, asked, signature)
    } catch (refused: JolException.BadSignature) {
        if (signature == null) throw refused
        code(id, toSign, asked, null)
    } catch (refused: JolException.BadInput) {
        // A voucher's ride is shown signed or not at all.
        if (signature != null) throw refused
        null
    }

    /** None where no key works, and if it is known by now. What else is wrong the next call says. */
    private fun TicketCodes.ofPending(): TicketCodes.Shown? = try {
        now()
    } catch (_: JolException) {
        null
    }

    /** The ride that was paid; none if there is no ticket. */
    private fun rideOf(payment: String): String? = when (val state = jol.payment(payment).state) {
        is PaymentState.Paid -> state.ride
        is PaymentState.AlreadyPaid -> state.ride
        is PaymentState.Refunded -> state.ride
        is PaymentState.Declined, PaymentState.Pending -> null
    }

    /** Of what brought no ticket; none while that is not known. */
    private fun Payment.screen(): TicketScreen? = when (val state = state) {
        is PaymentState.Declined -> without("not-paid", state.text())
        is PaymentState.Refunded -> without("no-ticket-refunded", jol.refundText(state.refund))
        else -> null
    }

    private fun Payment.without(standing: String, next: String) = TicketScreen(
        state = TicketScreen.State.NOT_PAID,
        ride = null,
        line = line,
        bus = painted,
        standing = words(jol.language(), standing, emptyMap()),
        paid = "",
        passengers = emptyList(),
        sum = "",
        hint = next,
        parted = "",
        instead = null,
        calls = jol.whomToCall().map { TicketScreen.Call(it.text, it.link) },
        code = null,
        codeFreshMs = 0,
        answers = false,
        day = null,
    )

    /** The reason and the next step. */
    private fun PaymentState.Declined.text() =
        declineText(reason, tryAgainMs?.let(jol::momentText), service, jol.language())

    private fun PendingView.screen(shown: TicketCodes.Shown?) = TicketScreen(
        state = TicketScreen.State.NOT_KNOWN,
        ride = null,
        line = line,
        bus = bus,
        standing = words(jol.language(), "not-known-yet", emptyMap()),
        paid = "",
        passengers = passengers.onScreen(),
        sum = sumText,
        hint = showText,
        parted = "",
        instead = null,
        calls = emptyList(),
        code = shown?.code,
        codeFreshMs = shown?.freshMs ?: 0,
        answers = shown?.answers ?: false,
        day = null,
    )
}

private fun TicketView.screen(shown: TicketCodes.Shown?, company: CompanyView) = TicketScreen(
    state = if (isValid) TicketScreen.State.VALID else TicketScreen.State.ENDED,
    ride = ride,
    line = line,
    bus = bus,
    standing = stateText,
    // Nobody counts the minutes of a ticket that has ended.
    paid = if (isValid) paidText else "",
    passengers = passengers.onScreen(),
    sum = sumText,
    hint = if (isValid) placeText ?: showText else "",
    parted = company.text.orEmpty(),
    instead = company.instead?.vehicle,
    calls = emptyList(),
    code = shown?.code,
    codeFreshMs = shown?.freshMs ?: 0,
    answers = shown?.answers ?: false,
    day = eye?.let { TicketScreen.Day(it.colour, it.ink, it.word) },
)

private fun List<PassengerWords>.onScreen() = map { TicketScreen.Passengers(it.category, it.count.toInt()) }
