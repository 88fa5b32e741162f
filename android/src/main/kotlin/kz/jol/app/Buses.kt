package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withContext
import kz.jol.core.CodeCheck
import kz.jol.core.Jol
import kz.jol.core.JolException
import kz.jol.core.Meaning
import kz.jol.core.PassengerGroup
import kz.jol.core.Quote
import kz.jol.core.Sighting
import kz.jol.core.Source
import kz.jol.core.Way
import kz.jol.core.sumText
import kz.jol.core.words

/** Buses that name themselves to this phone or that it finds, and the ride that one tap pays there. */
class Buses(
    private val jol: () -> Jol,
    /** As of [Tag]. */
    private val sign: (ByteArray) -> ByteArray?,
    private val fixes: Fixes,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    /** What a terminal's code says, and the ride in its bus if it is genuine; for the passenger alone. */
    suspend fun named(code: String): BusScreen = withContext(dispatcher) {
        val jol = jol()
        val seen = jol.whatIs(code)
        val isBus = seen.check == CodeCheck.GENUINE && seen.meaning is Meaning.Bus
        BusScreen(seen.says, if (isBus) jol.offer(jol.busByCode(code).vehicle, Way.NFC) else null)
    }

    /** What speaks for a bus that the phone found by its way, and the ride in it. */
    suspend fun found(bus: String): BusScreen = withContext(dispatcher) {
        val jol = jol()
        BusScreen(jol.sightingText(), jol.offer(bus, Way.APP))
    }

    /**
     * Looks for the passenger's bus as long as somebody collects: the core's word, with the ride in the bus that it
     * proposes or those among which the passenger chooses. Where the receiver may not be asked it says what else
     * there is.
     */
    fun search(): Flow<BusScreen> = flow {
        val jol = jol()
        jol.lookForBus(true)
        try {
            emit(jol.screen(jol.sighting()))
            fixes.wanted { jol.nextFixInMs() }.collect { fix ->
                emit(jol.screen(if (fix == null) jol.sighting() else jol.observe(fix)))
            }
        } finally {
            try {
                jol.lookForBus(false)
            } catch (_: JolException) {
                // A wallet that was shut looks for nothing.
            }
        }
    }.flowOn(dispatcher)

    /** The tap: the payment's key. A ride that was paid meanwhile is paid once. */
    suspend fun pay(quote: Quote): String = withContext(dispatcher) { jol().pay(quote, sign(quote.toSign)) }

    private fun Jol.screen(sighting: Sighting): BusScreen {
        val offer = (sighting as? Sighting.Proposed)?.let { offer(it.bus.vehicle, Way.APP) }
        val candidates = (sighting as? Sighting.Choose)?.candidates.orEmpty()
        val choices = candidates.map { BusScreen.Choice(it.vehicle, it.line.orEmpty(), it.label) }
        return BusScreen(sightingText(), offer, choices)
    }

    private fun Jol.offer(bus: String, way: Way): BusScreen.Offer {
        val source = defaultSource() ?: Source.PhoneBalance
        val passengers = listOf(PassengerGroup(defaultCategory(), 1u))
        val quote = quote(bus, way, source, passengers, oneMore = false)
        val button = words(language(), "pay-button", mapOf("sum" to sumText(quote.fare)))
        val warnings = listOfNotNull(quote.warning) + quote.doubts
        return BusScreen.Offer(quote, quote.vehicle.line, quote.vehicle.painted, warnings, button)
    }
}

/** What the screen of a bus that named itself, or is looked for, shows. */
data class BusScreen(
    /** Which bus it is and why, or that somebody may mean to cheat. */
    val says: String,
    /** The ride there; none if the code is not genuine, or no bus is found. */
    val offer: Offer?,
    /** The buses that it may be, if there is more than one. */
    val choices: List<Choice> = emptyList(),
) {
    /** A bus that it may be. */
    data class Choice(
        /** The operator's id of it. */
        val vehicle: String,
        /** The line as its sign says it; empty if nobody says. */
        val line: String,
        /** The number painted on the bus. */
        val bus: String,
    )

    /** What one tap pays. */
    data class Offer(
        val quote: Quote,
        /** The line as its sign says it. */
        val line: String,
        /** The number painted on the bus. */
        val bus: String,
        /** That a message may have paid, and what speaks against it that this is the passenger's bus. */
        val warnings: List<String>,
        /** What stands on the button, with the sum. */
        val button: String,
    )
}
