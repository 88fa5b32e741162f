package kz.jol.app

import android.app.Application
import kotlinx.coroutines.flow.Flow

/** What every screen of the app shares. */
class JolApplication : Application() {
    /** Set once, before the first screen opens. */
    lateinit var tickets: Tickets
}

/** The passenger's tickets, for a screen that shows one of them. */
fun interface Tickets {
    /**
     * The screens of one ticket, the present one first, then each one that follows: a new code, a
     * minute less, the end. The phone signs only while somebody collects them.
     */
    fun screens(ticket: String): Flow<TicketScreen>
}
