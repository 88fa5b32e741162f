package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kz.jol.core.Jol

/** The application with a wallet that a test gives it. */
class TestApplication : JolApplication() {
    override lateinit var tickets: Tickets
    override lateinit var tag: Tag
    override lateinit var fixes: Fixes
    override lateinit var buses: Buses
    override lateinit var rides: Rides
    override lateinit var stops: Stops
    override lateinit var boards: Boards
    override lateinit var messages: Messages

    /** All of it from this wallet, with this key, at once. */
    fun hold(
        jol: Jol,
        sign: (ByteArray) -> ByteArray?,
        at: CoroutineDispatcher = Dispatchers.Main.immediate,
        nowMs: () -> Long = System::currentTimeMillis,
    ) {
        fixes = Fixes(this, nowMs)
        tickets = CoreTickets(jol, sign, at)
        tag = Tag({ jol }, sign)
        buses = Buses({ jol }, sign, fixes, at)
        rides = Rides({ jol }, fixes, at)
        stops = Stops({ jol }, fixes, at)
        boards = Boards({ jol }, at)
        messages = Messages({ jol }, at)
    }
}
