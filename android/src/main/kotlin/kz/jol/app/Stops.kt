package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kz.jol.core.Jol
import kz.jol.core.NearStop
import kz.jol.core.words

/** The stops around the passenger. The city's pack tells them, without a network. */
class Stops(
    private val jol: () -> Jol,
    private val fixes: Fixes,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    /** The nearest first, as of a first fix and of each that the core wants after it. */
    fun near(): Flow<List<StopRow>> = flow {
        val jol = jol()
        var isSeen = false
        fixes.wanted { if (isSeen) jol.nextFixInMs() else FIRST_MS }.collect { fix ->
            if (fix == null) return@collect
            isSeen = true
            // The app is in front: what it sees now finds the bus sooner.
            jol.observe(fix)
            emit(jol.stopsNear(fix.point, ROWS).map { jol.row(it) })
        }
    }.flowOn(dispatcher)

    private fun Jol.row(near: NearStop) = StopRow(
        id = near.stop.id,
        name = near.stop.name,
        far = words(language(), "far-metres", mapOf("n" to "${near.metres}")),
        lines = near.lines.joinToString(", "),
    )

    private companion object {
        const val ROWS = 20u

        /** How often the first fix is looked for: the core wants none before it. */
        const val FIRST_MS = 5_000L
    }
}

/** A stop near by, in the core's words. */
data class StopRow(
    /** By which its board is asked for. */
    val id: String,
    val name: String,
    /** How far it is, straight. */
    val far: String,
    /** The lines that halt there, as their signs say them. */
    val lines: String,
) {
    /** What TalkBack reads. */
    val spoken get() = listOf(name, far, lines).filter(String::isNotEmpty).joinToString(". ")
}
