package kz.jol.app

import kz.jol.core.CardForm
import kz.jol.core.CardStanding
import kz.jol.core.CardStep
import kz.jol.core.CardWish
import kz.jol.core.Category
import kz.jol.core.JolException
import kz.jol.core.LookupStanding
import kz.jol.core.Money
import kz.jol.core.PurchaseItem
import kz.jol.core.PurchaseStanding
import kz.jol.core.Refusal
import kz.jol.core.Source
import kz.jol.core.TopUpStanding
import kz.jol.core.TravelKind
import kz.jol.core.TravelQuery
import kz.jol.core.TravelState
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test

/** The wallet's cards: how they stand, what is bought, and a card as a code. */
class CardsTest {
    @get:Rule
    val scene = Scene()

    @Test
    fun `a card is named, stopped, opened again, and gives its balance to another`() {
        val aru = scene.passenger()
        aru.jol.register(Category.STANDARD, CardForm.VIRTUAL, "", false)
        aru.drain()
        aru.jol.register(Category.SCHOOL, CardForm.VIRTUAL, "Dias", true)
        aru.drain()
        val (own, child) = aru.jol.cardViews()
        assertEquals(CardStanding.ProofBeingChecked, child.standing)
        assertTrue(child.child && child.ridesAs == Category.STANDARD)
        aru.jol.topUp(child.number, "app", Money(20_000))
        aru.drain()
        aru.jol.renameCard(child.id, "For Dias")
        aru.jol.orderCards(listOf(child.id))
        aru.jol.setDefaultSource(Source.SmartCard(child.id))
        aru.jol.refresh()
        aru.drain()
        assertEquals(listOf("For Dias", own.name), aru.jol.cardViews().map { it.name })
        assertEquals(Source.SmartCard(child.id), aru.jol.defaultSource())

        aru.jol.changeCard(child.id, CardWish.BLOCK)
        aru.drain()
        assertEquals(CardStep.UNBLOCK, aru.jol.cardViews().first().step)
        assertEquals(Source.PhoneBalance, aru.jol.defaultSource())
        aru.jol.changeCard(child.id, CardWish.LOSE)
        aru.jol.moveCard(child.id, own.id)
        aru.drain()
        val (lost, kept) = aru.jol.cardViews()
        assertEquals(CardStanding.Moved, lost.standing)
        assertEquals(Money(20_000), kept.balance)
        assertEquals(CardStanding.ProofBeingChecked, kept.standing)
        assertTrue(aru.jol.cardAccounts().all { it.elsewhere == Money(0) })
        for (card in listOf(child, own)) {
            val query = TravelQuery(sources = listOf(Source.SmartCard(card.id)))
            val line = aru.jol.travelDetails(query).entries.single { it.kind == TravelKind.MOVE }
            assertEquals(Money(20_000) to TravelState.PAID, line.sum to line.state)
            assertTrue(line.card!!.endsWith(child.number.takeLast(4)))
            assertTrue(line.toCard!!.endsWith(own.number.takeLast(4)))
            assertEquals(line.sum, aru.jol.receipt(line.receipt!!).amount)
        }
    }

    @Test
    fun `a printed card is bought once, at the price that was shown`() {
        val aru = scene.passenger()
        val printed = PurchaseItem.Card(Category.STANDARD, CardForm.QR_PRINTED, false)
        val offer = aru.jol.offers().first { it.item == printed }
        assertEquals(Money(30_000), offer.price)
        scene.loseNetwork()
        val key = aru.jol.buy(offer, Source.PhoneBalance)
        assertEquals("a second tap", key, aru.jol.buy(offer, Source.PhoneBalance))
        assertEquals(PurchaseStanding.Asked, aru.jol.purchases().single().standing)
        scene.findNetwork(aru.jol)
        val bought = aru.jol.purchases().single().standing as PurchaseStanding.Bought
        val card = aru.jol.cardViews().single()
        assertEquals(bought.what, card.id)
        assertTrue(card.form == CardForm.QR_PRINTED && card.balance == Money(0) && card.limitText != null)
        assertEquals(offer.price, aru.jol.spentFrom(Source.PhoneBalance))
        assertTrue(aru.jol.passes().isEmpty())
    }

    @Test
    fun `a card in the app is a code that the phone signs`() {
        val aru = scene.passenger()
        aru.jol.register(Category.STANDARD, CardForm.QR_APP, "Aru", false)
        aru.drain()
        aru.jol.refresh()
        aru.drain()
        val card = aru.jol.cardViews().single()
        assertTrue(card.showsCode)
        val toSign = aru.jol.cardToSign(card.id)
        val code = aru.jol.presentCard(card.id, toSign.slot, aru.sign(toSign.message))
        assertTrue(Camera.of(code).text().startsWith("JOLQ1:"))
        assertThrows(JolException.BadSignature::class.java) {
            aru.jol.presentCard(card.id, toSign.slot + 1u, aru.sign(toSign.message))
        }
    }

    @Test
    fun `a plastic card is claimed with its code, and what it is topped up with waits at a validator`() {
        val aru = scene.passenger()
        val number = scene.sandbox.cardSold("senior", "physical")
        val code = scene.sandbox.cardCode(number)
        aru.jol.claimCard(number, if (code == "000000") "000001" else "000000", "Ata", false)
        aru.drain()
        assertEquals(Refusal.WrongCode(2u), aru.jol.account().refusal)
        assertTrue(aru.jol.cards().isEmpty())
        aru.jol.claimCard(number, code, "Ata", false)
        aru.drain()
        assertNull(aru.jol.account().refusal)
        val card = aru.jol.cardViews().single()
        assertEquals(CardForm.PHYSICAL to "Ata", card.form to card.name)
        assertEquals(Category.STANDARD, aru.jol.defaultCategory())
        aru.jol.setDefaultCategory(Category.SENIOR)
        assertEquals(Category.SENIOR, aru.jol.defaultCategory())

        aru.jol.topUp(number, "app", Money(20_000))
        aru.drain()
        val waits = aru.jol.topUps().single().standing as TopUpStanding.AtValidator
        assertTrue(waits.untilMs > scene.clock.nowMs())
        assertEquals("paid, and not on the card yet", Money(0), aru.jol.cards().single().balance)
        scene.sandbox.validate(number)
        aru.jol.refreshTopUps()
        aru.jol.refresh()
        aru.drain()
        assertEquals(TopUpStanding.Done, aru.jol.topUps().single().standing)
        assertEquals(Money(20_000), aru.jol.cards().single().balance)
    }

    @Test
    fun `by its number alone a card tells its masked category, and is topped up`() {
        val aru = scene.passenger()
        val bola = scene.passenger("+77011234568")
        aru.jol.registerCard(Category.STANDARD, "Aru")
        aru.drain()
        val number = aru.jol.cards().single().number
        bola.jol.lookUpCard(number, null)
        bola.drain()
        val found = bola.jol.cardLookup()?.standing as LookupStanding.Found
        assertTrue(!found.isPreferential)
        assertNull(found.balance)
        bola.jol.lookUpCard(number, "000000")
        bola.drain()
        assertEquals(LookupStanding.NotTold(Refusal.CodeExpired), bola.jol.cardLookup()?.standing)
        val key = bola.jol.topUp(number, "app", Money(10_000))
        bola.drain()
        assertEquals(TopUpStanding.Done, bola.jol.topUps().single().standing)
        assertTrue(bola.jol.topUpText(key).contains("100 ₸"))
        bola.jol.returnedFromBank("https://jol.kz/back?status=paid")
    }
}
