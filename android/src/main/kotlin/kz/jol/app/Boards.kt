package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withTimeoutOrNull
import kz.jol.core.BoardKind
import kz.jol.core.BoardRow
import kz.jol.core.Jol
import kz.jol.core.NoticeView
import kz.jol.core.words

/** What comes to a stop. The core asks the operator; nothing says where the passenger is. */
open class Boards(
    private val jol: () -> Jol,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    /**
     * The screens of a stop's board, the present one first, then each that follows: with what the operator said
     * meanwhile, and with the ages as they grow. They end when the wallet is shut, and fail with
     * [kz.jol.core.JolException] if there is no such stop.
     */
    open fun screens(stop: String): Flow<BoardScreen> = flow {
        val jol = jol()
        while (true) {
            val seen = jol.revision()
            emit(jol.boardScreen(stop))
            if (withTimeoutOrNull(AGE_MS) { jol.nextChange(seen) } == seen) return@flow
        }
    }.flowOn(dispatcher)

    private fun Jol.boardScreen(stop: String): BoardScreen {
        val board = board(stop, ROWS)
        val nothing = if (board.rows.isEmpty()) words(language(), "board-nothing", emptyMap()) else null
        return BoardScreen(
            stop = board.stop,
            says = listOfNotNull(board.oldText, nothing).joinToString("\n"),
            rows = board.rows.map { row(it) },
            notices = board.notices.map { notice(it) },
        )
    }

    private fun Jol.row(row: BoardRow) = BoardScreen.Row(
        time = momentText(row.expectedMs),
        line = row.line,
        headsign = row.headsign,
        known = row.known.joinToString(", "),
        ride = words(language(), "ride", mapOf("line" to row.line, "headsign" to row.headsign)),
        comes = row.kind != BoardKind.NoLongerComing,
    )

    private fun Jol.notice(notice: NoticeView) = BoardScreen.Notice(
        title = if (notice.holds) notice.title
        else words(language(), "board-later", mapOf("notice" to notice.title)),
        text = notice.text.takeIf { it != notice.title }.orEmpty(),
    )

    private companion object {
        const val ROWS = 20u

        /** An age that is shown is never off by more. */
        const val AGE_MS = 5_000L
    }
}

/** What the screen of a stop's board shows, in the core's words; an empty text takes no room. */
data class BoardScreen(
    /** The stop's name. */
    val stop: String,
    /** How old the live data is where it is too old, and that nothing leaves. */
    val says: String,
    val rows: List<Row>,
    val notices: List<Notice>,
) {
    data class Row(
        /** When it leaves, on the city's clocks. */
        val time: String,
        /** The line as its sign says it. */
        val line: String,
        val headsign: String,
        /** How the time is known, the number painted on the bus, how full it is. */
        val known: String,
        /** Line and headsign in one sentence. */
        val ride: String,
        /** Nobody need wait for one that does not. */
        val comes: Boolean,
    ) {
        /** What TalkBack reads: that it does not come before when it should have. */
        val spoken get() = (if (comes) listOf(time, ride, known) else listOf(known, ride, time)).joinToString(". ")
    }

    /** What the operator says of the stop. */
    data class Notice(val title: String, val text: String)
}
