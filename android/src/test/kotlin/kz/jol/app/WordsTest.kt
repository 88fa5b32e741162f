package kz.jol.app

import org.junit.Assert.assertEquals
import org.junit.Test
import org.w3c.dom.Element
import java.io.File
import javax.xml.parsers.DocumentBuilderFactory

/** The few words that are not in the core's catalogue. */
class WordsTest {
    @Test
    fun `every word is there in Kazakh and Russian and takes the same arguments`() {
        val translated = words("values").filter { it.getAttribute("translatable") != "false" }
        val english = translated.associate(::arguments)
        assertEquals(english, words("values-kk").associate(::arguments))
        assertEquals(english, words("values-ru").associate(::arguments))
    }

    private fun words(folder: String): List<Element> {
        val file = File(System.getProperty("jol.root"), "android/src/main/res/$folder/strings.xml")
        val document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file)
        val nodes = document.getElementsByTagName("string")
        return (0 until nodes.length).map { nodes.item(it) as Element }
    }

    private fun arguments(word: Element): Pair<String, List<String>> {
        val arguments = Regex("""%\d\$[sd]""").findAll(word.textContent).map { it.value }
        return word.getAttribute("name") to arguments.sorted().toList()
    }
}
