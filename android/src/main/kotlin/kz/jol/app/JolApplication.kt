package kz.jol.app

import android.app.Application
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.emitAll
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn

/** What every screen of the app shares. */
open class JolApplication : Application() {
    private val jol by lazy { Wallet.open(this) }
    private val phoneKey by lazy { PhoneKey.ofThisPhone(packageManager) }

    /** The passenger's tickets. The wallet is opened with the first one that is looked at. */
    open val tickets: Tickets = Tickets { ticket ->
        // Opening takes its time, too.
        flow { emitAll(CoreTickets(jol, { phoneKey.sign(it) }).screens(ticket)) }.flowOn(Dispatchers.IO)
    }
}
