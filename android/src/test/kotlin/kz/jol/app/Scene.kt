package kz.jol.app

import kz.jol.core.Inspector
import kz.jol.core.Jol
import kz.jol.core.SimulatedClock
import kz.jol.core.Till
import org.junit.Assert.assertTrue
import org.junit.rules.ExternalResource
import org.junit.rules.TemporaryFolder

/** An operator, one clock for all, and who meets in a bus. All of it is gone after the test. */
class Scene : ExternalResource() {
    private val folder = TemporaryFolder()
    private val open = mutableListOf<() -> Unit>()
    private var people = 0
    lateinit var sandbox: Sandbox
        private set
    val clock = SimulatedClock.at(Passenger.MORNING_MS)

    override fun before() {
        folder.create()
        sandbox = Sandbox.start(Passenger.MORNING_MS)
    }

    override fun after() {
        open.asReversed().forEach { it() }
        sandbox.close()
        folder.delete()
    }

    /** Somebody whose phone is ready to pay. */
    fun passenger(number: String = Passenger.NUMBER): Passenger = newcomer(number).also { it.signUp() }

    /** Somebody who opens the app for the first time. */
    fun newcomer(number: String = Passenger.NUMBER): Passenger {
        val passenger = Passenger(sandbox, nextFolder(), number, clock)
        open += passenger::close
        return passenger
    }

    /** Somebody with the inspector's app, which has fetched nothing yet. */
    fun newInspector(): Inspector {
        val inspector = clock.openInspector(Passenger.opening(nextFolder(), sandbox.operator), seed())
        open += { inspector.phone().shut() }
        return inspector
    }

    /** An inspector of the operator's, with keys and lists. */
    fun inspector(): Inspector = newInspector().also {
        it.phone().acceptTerms()
        it.phone().signIn(INSPECTOR, sandbox)
        it.refresh()
        it.phone().settle()
    }

    /** Somebody with the conductor's app, signed in and with a key. */
    fun till(number: String, key: PhoneKey): Till {
        val till = clock.openTill(Passenger.opening(nextFolder(), sandbox.operator), seed())
        open += { till.phone().shut() }
        val phone = till.phone()
        phone.acceptTerms()
        phone.signIn(number, sandbox)
        phone.enrol(key)
        phone.fetchCity(sandbox.sample().city)
        return till
    }

    fun pass(ms: Long) {
        clock.advanceMs(ms)
        sandbox.setClock(clock.nowMs())
    }

    /** No phone reaches the operator. */
    fun loseNetwork() = sandbox.fault("*", "drop_request", times = 9_999)

    /** The network is back, and this phone sees it. */
    fun findNetwork(phone: Jol) {
        sandbox.heal()
        phone.networkChanged()
        // What was under way when it came back is lost, and goes once more.
        assertTrue("all that waited is told", phone.settle() || phone.settle())
    }

    private fun nextFolder() = folder.newFolder("phone-${++people}")
    private fun seed() = (100 + people).toULong()

    companion object {
        /** Whom the sandbox knows as its staff. */
        const val INSPECTOR = "+77012505001"
        const val CONDUCTOR = "+77012505002"
    }
}
