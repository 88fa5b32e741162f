package kz.jol.app

import android.app.Application
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import java.io.IOException
import java.security.GeneralSecurityException
import java.security.ProviderException

/** What every screen of the app shares. */
open class JolApplication : Application() {
    private val jol by lazy { Wallet.open(this) }
    private val phoneKey by lazy { PhoneKey.ofThisPhone(packageManager) }

    /** This phone's signature; null where its key store makes no key just now: it is asked again the next time. */
    private fun sign(message: ByteArray): ByteArray? = try {
        phoneKey.sign(message)
    } catch (_: GeneralSecurityException) {
        null
    } catch (_: ProviderException) {
        null
    } catch (_: IOException) {
        null
    }

    /** The passenger's tickets. The wallet is opened with the first one that is looked at. */
    open val tickets: Tickets = object : Tickets {
        private val core by lazy { CoreTickets(jol, ::sign) }

        override fun screens(ticket: String, challenge: ByteArray?) =
            opened { core.screens(ticket, challenge) }

        override fun pending(payment: String, challenge: ByteArray?) =
            opened { core.pending(payment, challenge) }
    }

    /** This phone before a reader. */
    open val tag: Tag by lazy { Tag({ jol }, ::sign) }

    /** Where this phone is. */
    open val fixes: Fixes by lazy { Fixes(this) }

    /** The buses that it is held to, or that it finds. */
    open val buses: Buses by lazy { Buses({ jol }, ::sign, fixes) }

    /** The ride that it is on. */
    open val rides: Rides by lazy { Rides({ jol }, fixes) }

    /** The stops near by. */
    open val stops: Stops by lazy { Stops({ jol }, fixes) }

    /** The stops that are looked at. */
    open val boards: Boards by lazy { Boards({ jol }) }

    /** The messages that pay, and what is answered. */
    open val messages: Messages by lazy { Messages({ jol }) }

    /** Opening takes its time, too. */
    private fun opened(screens: () -> Flow<TicketScreen>) =
        flow { emitAll(screens()) }.flowOn(Dispatchers.IO)
}
