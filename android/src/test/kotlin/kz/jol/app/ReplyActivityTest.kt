package kz.jol.app

import android.content.ClipData
import android.content.ClipboardManager
import android.content.Intent
import android.content.res.Configuration
import android.graphics.Bitmap
import android.graphics.Canvas
import android.text.SpannableString
import android.view.View
import android.view.ViewGroup
import android.widget.Button
import android.widget.TextView
import kotlinx.coroutines.Dispatchers
import kz.jol.core.JolException
import kz.jol.core.Language
import kz.jol.core.MessageStanding
import kz.jol.core.Way
import org.junit.Assert.assertEquals
import org.junit.Assert.assertNotSame
import org.junit.Assert.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import java.io.File

/** An answer is shared into the app, or pasted: what it says is shown and kept, and proves nothing. */
@RunWith(RobolectricTestRunner::class)
class ReplyActivityTest {
    @get:Rule
    val scene = Scene()
    private val app = RuntimeEnvironment.getApplication() as TestApplication

    @Test
    fun `an answer that is shared is shown, and kept with its message`() {
        val (aru, answer) = answered()
        val activity = shared(SpannableString(answer)).get()
        val number = assertSaysPaid(activity)
        val known = aru.jol.messages().single()
        assertEquals(MessageStanding.SaysPaid to number, known.standing to known.number)
        assertTrue("no ticket by an answer", aru.jol.tickets().isEmpty())
    }

    @Test
    fun `any other text is said to be none of the operator's, and nothing is kept`() {
        val (aru, _) = answered()
        for (text in listOf("Оплачено! Покажите водителю", "")) {
            val card = shared(text).get().cards().single()
            assertEquals(NOT_THE_OPERATORS, card[R.id.says])
            assertEquals("Trust no such text: only the operator’s word counts.", card[R.id.next])
            assertEquals(setOf(R.id.says, R.id.next), card.keys)
        }
        assertEquals(MessageStanding.NotKnown, aru.jol.messages().single().standing)
    }

    @Test
    fun `what was copied is pasted by a tap, and by nothing else`() {
        val (aru, answer) = answered()
        copy(answer)
        val activity = opened().get()
        assertEquals("nobody tapped", 0, activity.cards().size)
        assertEquals(MessageStanding.NotKnown, aru.jol.messages().single().standing)
        val paste = activity.findViewById<Button>(R.id.paste)
        assertEquals("Paste", paste.text.toString())
        val clipboard = app.getSystemService(ClipboardManager::class.java)
        for (nothing in listOf({ copy("Hello") }, { clipboard.clearPrimaryClip() })) {
            copy(answer)
            paste.performClick()
            until("the answer") { R.id.number in activity.cards().singleOrNull().orEmpty() }
            assertSaysPaid(activity)
            nothing()
            paste.performClick()
            until("none") { activity.cards().singleOrNull()?.get(R.id.says) == NOT_THE_OPERATORS }
        }
        assertEquals(MessageStanding.SaysPaid, aru.jol.messages().single().standing)
    }

    @Test
    fun `two answers are two cards, and another text takes their place`() {
        val (_, answer) = answered()
        val controller = shared("$answer\n\n${answer.replace(Regex("""\d{5,}"""), "40817")}")
        assertEquals(2, controller.get().cards().size)
        controller.newIntent(send("Hello"))
        until("the other text") { controller.get().cards().size == 1 }
    }

    @Test
    fun `a turn of the phone loses nothing`() {
        val (_, answer) = answered()
        copy(answer)
        val controller = opened()
        controller.get().findViewById<View>(R.id.paste).performClick()
        val turned = Configuration(controller.get().resources.configuration)
        turned.orientation = Configuration.ORIENTATION_LANDSCAPE
        until("the answer") { controller.get().cards().isNotEmpty() }
        val before = controller.get()
        controller.configurationChange(turned).visible()
        assertNotSame(before, controller.get())
        until("the answer again") { controller.get().cards().isNotEmpty() }
        assertSaysPaid(controller.get())
    }

    @Test
    fun `a wallet that does not open is said`() {
        app.messages = Messages({ throw JolException.Storage("full") }, Dispatchers.Main.immediate)
        val card = shared("Hello").get().cards().single()
        assertEquals(setOf(R.id.says), card.keys)
        assertTrue(card.getValue(R.id.says).isNotEmpty())
    }

    @Test
    @Config(qualifiers = "+kk", fontScale = 2f)
    fun `in Kazakh, with letters twice as large, nothing is cut`() = assertWhole(Language.KK, "Қою")

    @Test
    @Config(qualifiers = "+ru", fontScale = 2f)
    fun `in Russian, with letters twice as large, nothing is cut`() = assertWhole(Language.RU, "Вставить")

    private fun assertWhole(language: Language, paste: String) {
        val (aru, answer) = answered()
        aru.jol.setLanguage(language)
        val activity = shared(answer).get()
        assertEquals(4, activity.cards().single().size)
        assertEquals(paste, activity.findViewById<Button>(R.id.paste).text.toString())
        val page = activity.findViewById<View>(R.id.page)
        shoot(page, "reply-${language.name.lowercase()}-large-letters")
        for (text in page.texts()) {
            val room = text.height - text.compoundPaddingTop - text.compoundPaddingBottom
            assertTrue("“${text.text}” is cut: ${text.layout.height} in $room", text.layout.height <= room)
            for (line in 0 until text.layout.lineCount) {
                assertTrue("“${text.text}” is cut at its side", text.layout.getLineMax(line) <= text.layout.width)
                assertEquals("“${text.text}” is shortened", 0, text.layout.getEllipsisCount(line))
            }
        }
    }

    /** For who looks at it: android/target/shots. */
    private fun shoot(page: View, name: String) {
        val shot = Bitmap.createBitmap(page.width, page.height, Bitmap.Config.ARGB_8888)
        page.draw(Canvas(shot))
        val file = File(System.getProperty("jol.shots"), "$name.png")
        file.parentFile?.mkdirs()
        file.outputStream().use { shot.compress(Bitmap.CompressFormat.PNG, 100, it) }
    }

    /** Its number, which stands there large and in words. */
    private fun assertSaysPaid(activity: ReplyActivity): String {
        val card = activity.cards().single()
        assertEquals("The answer says: paid. Not proven until the operator confirms it.", card[R.id.says])
        val number = card.getValue(R.id.number)
        assertEquals("Number for the inspector: $number", card[R.id.next])
        assertEquals("Genuine answers come from: 9505", card[R.id.senders])
        return number
    }

    /** Somebody who opened a message and sent it, and what they got. */
    private fun answered(): Pair<Passenger, String> {
        val aru = scene.passenger().also { app.hold(it.jol, it.key::sign) }
        val message = aru.jol.message(aru.board().vehicle, Way.SMS, Passenger.adults(1))
        scene.loseNetwork()
        aru.jol.messageOpened(message)
        return aru to scene.sandbox.sms(Passenger.NUMBER, message.text)
    }

    private fun send(text: CharSequence) = Intent(app, ReplyActivity::class.java)
        .setAction(Intent.ACTION_SEND).setType("text/plain").putExtra(Intent.EXTRA_TEXT, text)

    private fun shared(text: CharSequence) = started(send(text)).also { controller ->
        until("the core's word") { controller.get().cards().isNotEmpty() }
    }

    private fun opened() = started(ReplyActivity.intent(app))

    private fun started(intent: Intent): ActivityController<ReplyActivity> =
        Robolectric.buildActivity(ReplyActivity::class.java, intent).setup()

    private fun copy(text: String) =
        app.getSystemService(ClipboardManager::class.java).setPrimaryClip(ClipData.newPlainText(null, text))

    /** What stands on each card, by the line's id. */
    private fun ReplyActivity.cards(): List<Map<Int, String>> {
        val list = findViewById<ViewGroup>(R.id.replies)
        return List(list.childCount) { at ->
            list.getChildAt(at).texts().filter { it.isShown }.associate { it.id to it.text.toString() }
        }
    }

    private fun View.texts(): List<TextView> = when (this) {
        is TextView -> listOf(this).filter { it.isShown }
        is ViewGroup -> (0 until childCount).flatMap { getChildAt(it).texts() }
        else -> emptyList()
    }

    private companion object {
        const val NOT_THE_OPERATORS = "This is none of the operator’s answers."
    }
}
