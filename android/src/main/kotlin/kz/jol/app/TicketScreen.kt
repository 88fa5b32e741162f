package kz.jol.app

/**
 * All that the screen of a ticket, or of a payment that is not known yet, shows, ready to be drawn. The
 * core decides and words it; the shell only lays it out. Every text is in the passenger's language, and an
 * empty one takes no room.
 */
data class TicketScreen(
    val state: State,
    /** Whose ticket it is; none while that is not known. */
    val ride: String?,
    /** The line as its sign says it: "30Б". */
    val line: String,
    /** The number painted on the bus. */
    val bus: String,
    /** What this ticket is good for, that it has ended, that it is not known yet, or that there is none. */
    val standing: String,
    /** How long ago it was paid; empty once it has ended, and while that is not known. */
    val paid: String,
    val passengers: List<Passengers>,
    /** What was paid, with the currency's sign. */
    val sum: String,
    /** What to do with this screen; why it was not paid, and the next step. */
    val hint: String,
    /** That the passenger seems to have left the bus, or to be on another one; it changes nothing. */
    val parted: String,
    /** The bus on which they seem to be instead, by the operator's id: a tap on [parted] offers to pay there. */
    val instead: String?,
    /** Whom to call where it was not paid. */
    val calls: List<Call>,
    /** The code as it is to be shown now; none on a ticket that has ended, or where the key is gone. */
    val code: CodeMatrix?,
    /** For how long [code] is shown before a new one takes its place. */
    val codeFreshMs: Long,
    /** [code] is the answer to an inspector's challenge. */
    val answers: Boolean,
    /** The colour and word of the day; none where they are not known, and on what is no valid ticket. */
    val day: Day?,
) {
    val ended get() = state == State.ENDED

    enum class State { VALID, NOT_KNOWN, ENDED, NOT_PAID }

    /** What a driver without a scanner looks for; colours are "#rrggbb", [ink] can be read on [colour]. */
    data class Day(val colour: String, val ink: String, val word: String)

    /** What the passenger reads of a line of the operator's, and what a tap on it opens: the dialler. */
    data class Call(val text: String, val link: String)

    /** How many travel in one category. */
    data class Passengers(val category: String, val count: Int)
}

/** A code as the core made it: square, row by row from the top left, without a quiet zone. */
data class CodeMatrix(val size: Int, val dark: List<Boolean>) {
    init {
        require(dark.size == size * size) { "${dark.size} modules are no square of $size" }
    }

    operator fun get(x: Int, y: Int): Boolean = dark[y * size + x]
}
