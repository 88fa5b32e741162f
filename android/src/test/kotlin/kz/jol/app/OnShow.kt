package kz.jol.app

import android.content.Context
import android.content.Intent
import kz.jol.core.Inspector
import kz.jol.core.Jol
import kz.jol.core.SimulatedClock

/** What a passenger holds in a wallet and shows to an inspector. */
interface OnShow : AutoCloseable {
    val clock: SimulatedClock
    val jol: Jol
    val key: PhoneKey
    val inspector: Inspector

    /** The number on the bus. */
    val painted: String

    /** Opens its screen. */
    fun intent(context: Context, challenge: ByteArray? = null): Intent
}
