package kz.jol.app

import android.app.Activity
import android.content.ComponentName
import android.content.Intent
import android.content.IntentFilter
import android.net.Uri
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.runBlocking
import kz.jol.app.Messages.Opened
import kz.jol.core.MessageStanding
import kz.jol.core.OutgoingMessage
import kz.jol.core.Way
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotNull
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf

/** The tap that opens a message in another app: which app with what, what is known from then on, once. */
@RunWith(RobolectricTestRunner::class)
class MessagesTest {
    @get:Rule
    val scene = Scene()
    private val app = RuntimeEnvironment.getApplication()
    private val screen = Robolectric.buildActivity(Activity::class.java).setup().get()

    /** As on a phone: what no app opens fails. */
    @Before
    fun noAppsButThoseThatAreThere() = shadowOf(app).checkActivities(true)

    @Test
    fun `an SMS opens with number and text, and its ride is not known from then on`() {
        val (aru, message) = composed(Way.SMS)
        there("com.example.sms", Intent.ACTION_SENDTO, "smsto")
        val messages = messages(aru)
        assertTrue("nothing before the tap", aru.jol.messages().isEmpty())
        assertEquals(Opened.NOW, messages.opens(message))
        val opened = started()!!
        assertEquals(Intent.ACTION_SENDTO, opened.action)
        assertEquals(Uri.parse("smsto:9505"), opened.data)
        assertEquals(message.text, opened.getStringExtra("sms_body"))
        assertEquals(message.vehicle.painted, message.text)
        assertNull("whichever app the passenger writes with", opened.`package`)
        val known = aru.jol.messages().single()
        assertEquals(message.id to MessageStanding.NotKnown, known.message to known.standing)
        val quote = aru.quote(message.vehicle.vehicle)
        assertEquals(message.id, quote.byMessage)
        assertNotNull(quote.warning)
    }

    @Test
    fun `it is remembered before the other app is in front`() {
        val (aru, message) = composed(Way.SMS)
        var known = -1
        runBlocking { messages(aru).open(message) { known = aru.jol.messages().size } }
        assertEquals(1, known)
    }

    @Test
    fun `a second tap opens nothing, and neither does one at the same time`() {
        val (aru, message) = composed(Way.SMS)
        there("com.example.sms", Intent.ACTION_SENDTO, "smsto")
        val messages = messages(aru)
        val taps = runBlocking { List(2) { async { messages.open(message, screen::startActivity) } }.awaitAll() }
        assertEquals(listOf(Opened.NOW, Opened.BEFORE), taps)
        assertEquals(Opened.BEFORE, messages.opens(message))
        assertNotNull(started())
        assertNull(started())
        assertEquals(1, aru.jol.messages().size)

        // It was taken back: opened again it would be sent and not be known.
        aru.jol.messageNotSent(message.id)
        assertEquals(Opened.BEFORE, messages.opens(message))
        assertNull(started())
        val anew = aru.jol.message(message.vehicle.vehicle, Way.SMS, Passenger.adults(1))
        assertEquals(Opened.NOW, messages.opens(anew))
        assertEquals(anew.id, aru.jol.messages().single().message)
    }

    @Test
    fun `what the wallet does not remember is not opened, and a tap later is`() {
        val (aru, message) = composed(Way.SMS)
        there("com.example.sms", Intent.ACTION_SENDTO, "smsto")
        var works = false
        val messages = Messages({ if (works) aru.jol else throw CancellationException("no wallet") }, HERE)
        assertThrows(CancellationException::class.java) { messages.opens(message) }
        assertNull(started())
        works = true
        assertEquals(Opened.NOW, messages.opens(message))
    }

    @Test
    fun `a messenger opens by its link, in an app that the city names and no browser`() {
        val (aru, message) = composed(Way.MESSENGER)
        assertEquals(listOf("org.telegram.messenger", "ph.telegra.Telegraph"), message.apps)
        there("com.example.browser", Intent.ACTION_VIEW, "https")
        there("ph.telegra.Telegraph", Intent.ACTION_VIEW, "https")
        assertEquals(Opened.NOW, messages(aru).opens(message))
        val opened = started()!!
        assertEquals(Intent.ACTION_VIEW to Uri.parse(message.link), opened.action to opened.data)
        assertEquals("the first one is not there", "ph.telegra.Telegraph", opened.`package`)
        assertNull("one app", started())
        assertEquals(MessageStanding.NotKnown, aru.jol.messages().single().standing)
    }

    @Test
    fun `without such an app nothing is opened, it is said, and the ride is as before`() {
        val (aru, message) = composed(Way.MESSENGER)
        there("com.example.browser", Intent.ACTION_VIEW, "https")
        assertEquals(Opened.NOWHERE, messages(aru).opens(message))
        assertNull(started())
        assertTrue(aru.jol.messages().isEmpty())
        assertNull(aru.quote(message.vehicle.vehicle).warning)
        val sms = aru.jol.message(message.vehicle.vehicle, Way.SMS, Passenger.adults(1))
        assertEquals("a tablet without SMS", Opened.NOWHERE, messages(aru).opens(sms))
        assertTrue(aru.jol.messages().isEmpty())
    }

    @Test
    fun `where the city names no app, any takes the link`() {
        val (aru, message) = composed(Way.MESSENGER)
        there("com.example.browser", Intent.ACTION_VIEW, "https")
        assertEquals(Opened.NOW, messages(aru).opens(message.copy(apps = emptyList())))
        val opened = started()!!
        assertEquals(Uri.parse(message.link) to null, opened.data to opened.`package`)
    }

    /** Somebody on a bus, without a network, and the message that pays it. */
    private fun composed(way: Way): Pair<Passenger, OutgoingMessage> {
        val aru = scene.passenger()
        val bus = aru.board()
        scene.loseNetwork()
        return aru to aru.jol.message(bus.vehicle, way, Passenger.adults(1))
    }

    private fun messages(aru: Passenger) = Messages({ aru.jol }, HERE)

    private fun Messages.opens(message: OutgoingMessage) = runBlocking { open(message, screen::startActivity) }

    /** An app that opens what begins so. */
    private fun there(name: String, action: String, scheme: String) {
        val opens = IntentFilter(action).apply {
            addCategory(Intent.CATEGORY_DEFAULT)
            addDataScheme(scheme)
        }
        val component = ComponentName(name, "$name.Main")
        shadowOf(app.packageManager).run {
            addActivityIfNotPresent(component)
            addIntentFilterForActivity(component, opens)
        }
    }

    private fun started(): Intent? = shadowOf(screen).nextStartedActivity

    private companion object {
        /** The test's own thread. */
        val HERE = Dispatchers.Unconfined
    }
}
