package kz.jol.app

import kz.jol.core.Fix
import kz.jol.core.OperatorEntry
import kz.jol.core.Point
import org.json.JSONObject
import java.io.Closeable
import java.io.File
import java.net.URI
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.util.Base64

/** A sandbox operator in a process of its own, with its city of buses and its hands. */
class Sandbox private constructor(private val process: Process, said: JSONObject) : Closeable {
    private val http = HttpClient.newHttpClient()

    /** What the app's list of operators would say of it. */
    val operator = OperatorEntry(
        code = said.getString("issuer"),
        address = said.getString("listening"),
        rootKey = Base64.getUrlDecoder().decode(said.getString("root")),
        tlsRoot = null,
    )

    /** Its time, which stands. */
    fun setClock(ms: Long) {
        post("/sandbox/clock", """{"set_ms":$ms}""")
    }

    /** The one-time code in the last message to this number. */
    fun codeSentTo(number: String): String = get("/sandbox/messages/$number").getString("code")

    /** The bank's word about a top-up. */
    fun bankPays(topUp: String) {
        post("/sandbox/bank/$topUp", """{"paid":true}""")
    }

    /** The next so many calls of this operation go wrong in this way. */
    fun fault(operation: String, kind: String, times: Int) {
        post("/sandbox/faults", """{"operation":"$operation","kind":"$kind","times":$times}""")
    }

    /** From here on nothing goes wrong. */
    fun heal() {
        send(request("/sandbox/faults").DELETE())
    }

    /** Whether the operator can sign tickets. */
    fun signsTickets(signs: Boolean) {
        post("/sandbox/tickets", """{"signed":$signs}""")
    }

    /** A message (`sms`) or a till (`bank_card`) paid for so many adults; they can tell this number. */
    fun paid(vehicle: String, way: String, number: String, adults: Int = 1) {
        val passengers = """[{"category":"standard","count":$adults}]"""
        post(
            "/sandbox/rides",
            """{"vehicle":"$vehicle","way":"$way","number":"$number","passengers":$passengers}""",
        )
    }

    /** The SIM of this number sends a text message; the answer. */
    fun sms(from: String, text: String): String {
        val message = JSONObject(mapOf("from" to from, "to" to "9505", "text" to text, "id" to "m-$text"))
        return post("/sandbox/messages", "$message").getString("text")
    }

    /** A card is held to a bus's terminal. */
    fun tap(vehicle: String, card: String, atMs: Long) {
        val tap = json("/v1/taps", """{"vehicle":"$vehicle","card":"$card","at_ms":$atMs}""")
        send(tap.header("authorization", "Bearer sandbox-terminal").header("idempotency-key", "tap-$atMs"))
    }

    /** An office sells a card that is nobody's yet; its number. */
    fun cardSold(category: String, form: String): String =
        post("/sandbox/cards", """{"category":"$category","form":"$form"}""").getString("number")

    /** What came with a card. */
    fun cardCode(number: String): String = post("/sandbox/cards/$number/code", "{}").getString("code")

    /** A plastic card is held to a validator. */
    fun validate(number: String) {
        post("/sandbox/validations/$number", "{}")
    }

    /** What hangs in the bus for passengers to scan. */
    fun sticker(vehicle: String): String = get("/sandbox/stickers/$vehicle").getString("code")

    /** What the bus's terminal shows now. */
    fun terminalCode(vehicle: String): String = get("/sandbox/terminals/$vehicle").getString("code")

    /** How many checks inspectors reported. */
    fun inspections(): Int = get("/sandbox/inspections").getJSONArray("checks").length()

    /** Two addresses with a transfer between them. */
    fun sample(): Sample = get("/sandbox/sample").run {
        Sample(getString("city"), getString("from"), getString("to"))
    }

    /** What the phone of somebody feels who takes this trip of this service day, from stop to stop. */
    fun passenger(city: String, trip: String, day: Int, from: String, to: String): OnBoard {
        val asked = listOf("city" to city, "trip" to trip, "day" to "$day", "from" to from, "to" to to)
            .joinToString("&") { (name, value) -> "$name=${URLEncoder.encode(value, "UTF-8")}" }
        return get("/sandbox/passenger?$asked").run {
            val fixes = getJSONArray("fixes")
            OnBoard(
                vehicle = getString("vehicle"),
                painted = getString("painted"),
                boardsMs = getLong("boards_ms"),
                terminusMs = getLong("terminus_ms"),
                fixes = List(fixes.length()) { fixes.getJSONObject(it).fix() },
            )
        }
    }

    private fun JSONObject.fix() = Fix(
        atMs = getLong("at_ms"),
        point = Point(getDouble("lat"), getDouble("lon")),
        accuracyM = getDouble("accuracy_m").toFloat(),
        speedMps = if (isNull("speed_mps")) null else getDouble("speed_mps").toFloat(),
        bearingDeg = if (isNull("bearing_deg")) null else getDouble("bearing_deg").toFloat(),
        mocked = false,
    )

    private fun get(path: String) = send(request(path).GET())
    private fun post(path: String, body: String) = send(json(path, body))

    private fun json(path: String, body: String) = request(path)
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))

    private fun request(path: String) = HttpRequest.newBuilder(URI.create(operator.address + path))

    private fun send(request: HttpRequest.Builder): JSONObject {
        val asked = request.build()
        val answer = http.send(asked, HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() == 200) { "${asked.uri()}: ${answer.statusCode()} ${answer.body()}" }
        return JSONObject(answer.body())
    }

    /** It stops when its input ends, so also when this process dies. */
    override fun close() {
        process.outputStream.close()
        process.waitFor()
    }

    data class Sample(val city: String, val from: String, val to: String)

    class OnBoard(
        val vehicle: String,
        val painted: String,
        val boardsMs: Long,
        val terminusMs: Long,
        val fixes: List<Fix>,
    )

    companion object {
        /** Its time stands at [atMs]; its keys and codes are the same each time. */
        fun start(atMs: Long): Sandbox {
            val jol = File(System.getProperty("jol.root"), "target/release/jol").path
            val process = ProcessBuilder(jol, "operator", "--at", "$atMs", "--seed", "7")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
            val line = process.inputStream.bufferedReader().readLine()
            checkNotNull(line) { "the sandbox did not start" }
            return Sandbox(process, JSONObject(line))
        }
    }
}
