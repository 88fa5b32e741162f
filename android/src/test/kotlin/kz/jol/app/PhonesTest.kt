package kz.jol.app

import kz.jol.core.Category
import kz.jol.core.DeviceState
import kz.jol.core.DeviceWish
import kz.jol.core.JolException
import kz.jol.core.Money
import kz.jol.core.Refusal
import kz.jol.core.SignIn
import kz.jol.core.TravelQuery
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** More than one phone of an account, and a wallet that moves to a new one. */
class PhonesTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a new phone waits until an old one confirms it`() {
        val old = scene.passenger()
        old.jol.registerCard(Category.STANDARD, "")
        old.drain()
        old.jol.topUp(old.jol.cards().first().number, "app", Money(30_000))
        old.drain()
        val new = scene.passenger()
        assertTrue(new.waits())
        old.asks()
        val asked = old.jol.phones().single { !it.own }
        assertTrue(asked.text, asked.text.contains("Test phone") && asked.waitsUntilMs != null)

        new.asks()
        new.jol.changePhone(new.jol.phones().first { !it.own }.id, DeviceWish.REMOVE)
        new.drain()
        assertEquals(Refusal.DeviceWaits, new.jol.account().refusal)
        old.jol.changePhone(asked.id, DeviceWish.CONFIRM)
        old.drain()
        new.asks()
        assertTrue(!new.waits())

        old.jol.changePhone(asked.id, DeviceWish.REMOVE)
        old.drain()
        assertEquals(1, old.jol.phones().size)
        new.asks()
        assertEquals(SignIn.SignedOut, new.jol.account().signIn)
    }

    @Test
    fun `a back-up brings a phone's history to another one`() {
        val old = scene.passenger()
        old.pay(old.quote(old.board().vehicle))
        val code = old.jol.newRecoveryCode()
        val file = old.jol.backUp(code)
        val history = old.jol.travelDetails(TravelQuery()).entries

        val new = scene.newcomer()
        assertThrows(JolException.BadInput::class.java) { new.jol.restore(file, new.jol.newRecoveryCode()) }
        assertThrows(JolException.BadInput::class.java) { new.jol.restore(file, code.dropLast(1)) }
        assertTrue(new.jol.travelDetails(TravelQuery()).entries.isEmpty())
        assertEquals(1u, new.jol.restore(file, code).rides)
        assertEquals(history.map { it.id }, new.jol.travelDetails(TravelQuery()).entries.map { it.id })
        new.signUp()
        assertEquals(history.map { it.id }, new.jol.travelDetails(TravelQuery()).entries.map { it.id })
        assertNull("nothing was damaged", new.jol.rebuilt())
    }

    private fun Passenger.asks() {
        jol.refresh()
        drain()
    }

    private fun Passenger.waits() = (jol.account().device as DeviceState.Enrolled).waitsUntilMs != null
}
