package kz.jol.app

import kz.jol.core.Jol
import kz.jol.core.Language
import kz.jol.core.SimulatedClock
import java.io.File
import kotlin.io.path.createTempDirectory

/**
 * A wallet with a ticket that was just paid, anew for each test, and offline: what a ticket needs lies
 * in the phone. The inspector was online when the ticket was paid.
 */
class PaidTicket private constructor(story: Story, folder: File) : AutoCloseable {
    /** Both phones' time: half a minute after the payment. */
    val clock = SimulatedClock.at(story.paidMs)
    val inspector = Passenger.inspector(story.sandbox, clock, folder.resolve("inspector"))
    val ride = story.ride
    val painted = story.painted
    val key = story.key

    /** The sandbox, as a list of operators names it. */
    val operator = story.sandbox.operator
    val jol: Jol

    init {
        val wallet = folder.resolve("phone")
        story.wallet.copyRecursively(wallet)
        val nowhere = story.sandbox.operator.copy(address = "http://127.0.0.1:9")
        // Another start of this phone: it does not know the operator's time, only its own.
        jol = clock.openJol(Passenger.opening(wallet, nowhere).copy(bootId = "boot-2"), seed = 3u)
    }

    /** In this language from here on. */
    fun inLanguage(language: Language) = apply { jol.setLanguage(language) }

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

        fun held() = PaidTicket(story, createTempDirectory(root.toPath(), "held").toFile())

        private fun live(): Story {
            Runtime.getRuntime().addShutdownHook(Thread { root.deleteRecursively() })
            val sandbox = Sandbox.start(Passenger.MORNING_MS)
            val passenger = Passenger(sandbox, root.resolve("story"))
            val sample = sandbox.sample()
            passenger.acceptTerms()
            passenger.signIn()
            passenger.enrol()
            passenger.chooseCity(sample.city)
            val leg = Passenger.rides(passenger.plan(sample.from, sample.to)).first()
            val onBoard =
                sandbox.passenger(sample.city, leg.tripId, leg.serviceDay, leg.fromStop.id, leg.toStop.id)
            passenger.moveTo(onBoard.boardsMs + 60_000)
            val payment = passenger.pay(passenger.quote(onBoard.vehicle))
            val ticket = passenger.jol.tickets().singleOrNull()
            checkNotNull(ticket) { "no ticket: ${payment.state}" }
            passenger.moveTo(passenger.clock.nowMs() + 30_000)
            passenger.jol.shut()
            return Story(sandbox, root.resolve("story"), passenger.key).apply {
                ride = ticket.ride
                painted = ticket.bus
                paidMs = passenger.clock.nowMs()
            }
        }
    }
}
