package kz.jol.app

import android.content.Context
import kz.jol.core.Jol
import kz.jol.core.SimulatedClock
import java.io.File
import kotlin.io.path.createTempDirectory

/**
 * A wallet with a ticket that was just paid, anew for each test, and offline: what a ticket needs lies
 * in the phone. The inspector was online when the ticket was paid.
 */
class PaidTicket private constructor(story: Story, folder: File, aheadMs: Long) : OnShow {
    /** Both phones' time, unless the passenger's is wrong: half a minute after the payment. */
    override val clock = SimulatedClock.at(story.paidMs)
    val passengersClock = if (aheadMs == 0L) clock else SimulatedClock.at(story.paidMs + aheadMs)
    override val inspector = Passenger.inspector(story.sandbox, clock, folder.resolve("inspector"))
    override val painted = story.painted
    override val key = story.key
    val ride = story.ride

    /** The sandbox, as a list of operators names it. */
    val operator = story.sandbox.operator
    override val jol: Jol

    init {
        val wallet = folder.resolve("phone")
        story.wallet.copyRecursively(wallet)
        val nowhere = story.sandbox.operator.copy(address = "http://127.0.0.1:9")
        // Another start of this phone: it does not know the operator's time, only its own.
        jol = passengersClock.openJol(Passenger.opening(wallet, nowhere).copy(bootId = "boot-2"), seed = 3u)
    }

    override fun intent(context: Context, challenge: ByteArray?) =
        TicketActivity.intent(context, ride, challenge)

    override fun close() {
        jol.shut()
        inspector.phone().shut()
    }

    /** How the ticket came to be; lived once. */
    private class Story(val sandbox: Sandbox, val wallet: File, val key: PhoneKey) {
        lateinit var ride: String
        lateinit var painted: String
        var paidMs = 0L
    }

    companion object {
        private val root = createTempDirectory("jol").toFile()
        private val story by lazy(::live)

        /** On a phone whose clock may be so much ahead of the operator's. */
        fun held(aheadMs: Long = 0) =
            PaidTicket(story, createTempDirectory(root.toPath(), "held").toFile(), aheadMs)

        private fun live(): Story {
            Runtime.getRuntime().addShutdownHook(Thread { root.deleteRecursively() })
            val sandbox = Sandbox.start(Passenger.MORNING_MS)
            val passenger = Passenger(sandbox, root.resolve("story"))
            passenger.signUp()
            val onBoard = passenger.board()
            val payment = passenger.pay(passenger.quote(onBoard.vehicle))
            val ticket = passenger.jol.tickets().singleOrNull()
            checkNotNull(ticket) { "no ticket: ${payment.state}" }
            passenger.moveTo(passenger.clock.nowMs() + 30_000)
            passenger.jol.shut()
            // Its file is closed now, and not when somebody copies it.
            passenger.jol.close()
            return Story(sandbox, root.resolve("story"), passenger.key).apply {
                ride = ticket.ride
                painted = ticket.bus
                paidMs = passenger.clock.nowMs()
            }
        }
    }
}
