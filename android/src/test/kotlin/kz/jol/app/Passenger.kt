package kz.jol.app

import kz.jol.core.Category
import kz.jol.core.Endpoint
import kz.jol.core.Inspector
import kz.jol.core.Journey
import kz.jol.core.Language
import kz.jol.core.Leg
import kz.jol.core.Opening
import kz.jol.core.OperatorEntry
import kz.jol.core.PassengerGroup
import kz.jol.core.Payment
import kz.jol.core.Plan
import kz.jol.core.PlanQuery
import kz.jol.core.Quote
import kz.jol.core.RideLeg
import kz.jol.core.SimulatedClock
import kz.jol.core.Source
import kz.jol.core.Way
import kz.jol.core.When
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import java.io.File
import java.security.KeyPairGenerator
import java.security.spec.ECGenParameterSpec

/** A passenger with a phone, whose clock and key a test holds in its hand. */
class Passenger(
    private val sandbox: Sandbox,
    private val folder: File,
    private val number: String = NUMBER,
    val clock: SimulatedClock = SimulatedClock.at(MORNING_MS),
) : AutoCloseable {
    val key = softwareKey()
    val jol = clock.openJol(opening(folder, sandbox.operator), seed = chance())

    /** Other phones of this number have another one. */
    private fun chance() = number.takeLast(8).toULong() * 100u + folder.name.filter(Char::isDigit).takeLast(2).ifEmpty { "0" }.toULong()

    /** Whatever waits is sent and answered; false if something could not be. */
    fun drain(): Boolean = jol.settle()

    /** Time passes for the phone and the operator; never back. */
    fun moveTo(ms: Long) {
        clock.advanceMs(maxOf(0, ms - clock.nowMs()))
        sandbox.setClock(clock.nowMs())
    }

    /** All that comes before a first ride. */
    fun signUp() {
        acceptTerms()
        signIn()
        enrol()
        chooseCity(sandbox.sample().city)
    }

    fun acceptTerms() = jol.acceptTerms()
    fun signIn() = jol.signIn(number, sandbox)
    fun enrol() = jol.enrol(key)

    fun chooseCity(city: String) = jol.fetchCity(city)

    /** Takes the first bus from here to there, and is a minute under way. */
    fun board(): Sandbox.OnBoard {
        val sample = sandbox.sample()
        val leg = rides(plan(sample.from, sample.to)).first()
        val bus = sandbox.passenger(sample.city, leg.tripId, leg.serviceDay, leg.fromStop.id, leg.toStop.id)
        moveTo(bus.boardsMs + 60_000)
        return bus
    }

    fun plan(from: String, to: String): Plan = jol.plan(query(from, to, When.DepartAt(clock.nowMs())))

    fun query(from: String, to: String, at: When) = PlanQuery(
        from = place(from),
        to = place(to),
        `when` = at,
        walkingSpeed = 1.2,
        maxWalkMetres = 1_000u,
        limit = 5u,
    )

    private fun place(typed: String) = jol.places(typed, null, 5u).first().run { Endpoint.Point(point, name) }

    fun quote(vehicle: String, adults: Int = 1): Quote =
        jol.quote(vehicle, Way.APP, Source.PhoneBalance, adults(adults), false)

    /** The tap alone: nobody has answered yet. */
    fun tap(quote: Quote): String = jol.pay(quote, key.sign(quote.toSign))

    fun pay(quote: Quote): Payment {
        val payment = tap(quote)
        drain()
        return jol.payment(payment)
    }

    /** What the phone's key says of these bytes. */
    fun sign(message: ByteArray): ByteArray = requireNotNull(key.sign(message))

    /** The code on its screen. */
    fun shows(ticket: String): Camera = runBlocking { Camera.of(tickets().screens(ticket).first().code!!) }

    /** Its tickets as its screens show them. */
    fun tickets() = CoreTickets(jol, key::sign)

    override fun close() = jol.shut()

    companion object {
        /** Wednesday, 2 September 2026, 8:00 in Atyrau. */
        const val MORNING_MS = 1_788_318_000_000
        const val NUMBER = "+77011234567"

        fun softwareKey() = PhoneKey(
            KeyPairGenerator.getInstance("EC")
                .apply { initialize(ECGenParameterSpec("secp256r1")) }
                .generateKeyPair(),
        )

        fun opening(folder: File, operator: OperatorEntry, language: Language = Language.EN) = Opening(
            folder = folder.path,
            operator = operator,
            dataKey = ByteArray(32) { 7 },
            bootId = "boot-1",
            deviceName = "Test phone",
            language = language,
            appVersion = "0.1.0",
        )

        /** An inspector who begins a check with fresh keys, and then needs no network. */
        fun inspector(sandbox: Sandbox, clock: SimulatedClock, folder: File): Inspector =
            clock.openInspector(opening(folder, sandbox.operator), seed = 2u).also {
                it.refresh()
                check(it.phone().settle()) { "the inspector fetched nothing" }
            }

        fun adults(count: Int) = listOf(PassengerGroup(Category.STANDARD, count.toUByte()))

        fun rides(plan: Plan): List<RideLeg> = rides(plan.journeys.first())

        fun rides(journey: Journey): List<RideLeg> = journey.legs.filterIsInstance<Leg.Ride>().map { it.v1 }
    }
}
