package kz.jol.app

import kotlinx.coroutines.flow.Flow

/** The passenger's tickets, for a screen that shows one of them. */
fun interface Tickets {
    /**
     * The screens of one ticket, the present one first, then each one that follows: a new code, a
     * minute more, the end. The phone signs only while somebody collects them. They end when the wallet
     * is shut, and fail with [kz.jol.core.JolException] if there is no such ticket.
     */
    fun screens(ticket: String): Flow<TicketScreen>
}
