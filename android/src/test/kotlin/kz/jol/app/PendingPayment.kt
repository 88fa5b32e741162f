package kz.jol.app

import android.content.Context
import java.io.File
import kotlin.io.path.createTempDirectory

/** A tap in a bus where the network was lost: half a minute later nobody has answered. */
class PendingPayment : OnShow {
    private val folder = createTempDirectory("jol").toFile()
    private val sandbox = Sandbox.start(Passenger.MORNING_MS)
    private val passenger = Passenger(sandbox, folder.resolve("phone"))
    override val clock = passenger.clock
    override val jol = passenger.jol
    override val key = passenger.key
    override val painted: String
    val payment: String

    init {
        passenger.signUp()
        val bus = passenger.board()
        painted = bus.painted
        sandbox.fault("payments", "drop_request", times = 999)
        payment = passenger.tap(passenger.quote(bus.vehicle))
        check(!passenger.drain()) { "it was answered" }
        clock.advanceMs(30_000)
    }

    override val inspector = Passenger.inspector(sandbox, clock, File(folder, "inspector"))

    override fun intent(context: Context, challenge: ByteArray?) =
        TicketActivity.paymentIntent(context, payment, challenge)

    /** The network is back after so long, and the operator answers. */
    fun answered(afterMs: Long = 10_000) {
        passenger.moveTo(clock.nowMs() + afterMs)
        sandbox.heal()
        // What was under way when it came back is lost, and goes once more.
        check(passenger.drain() || passenger.drain()) { "something still waits" }
    }

    override fun close() {
        jol.shut()
        inspector.phone().shut()
        sandbox.close()
        folder.deleteRecursively()
    }
}
