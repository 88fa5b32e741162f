package kz.jol.app

import kotlinx.coroutines.flow.Flow

/** What a passenger shows to the driver and the inspector, for a screen that shows one of it. */
interface Tickets {
    /**
     * The screens of one ticket, the present one first, then each one that follows: a new code, a
     * minute more, the end. The phone signs only while somebody collects them. They end when the wallet
     * is shut, and fail with [kz.jol.core.JolException] if there is no such ticket.
     *
     * With an inspector's [challenge] (eight bytes, as the passenger's camera read them) the first code
     * answers it: it is signed once, stays through two more slots, and then they go on as without.
     */
    fun screens(ticket: String, challenge: ByteArray? = null): Flow<TicketScreen>

    /**
     * The screens of a payment that is not known yet; once it is known as paid, those of its ticket. One
     * that was declined has a screen that says why. A [challenge] is answered in the same way.
     */
    fun pending(payment: String, challenge: ByteArray? = null): Flow<TicketScreen>
}
