package kz.jol.app

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.coroutines.withContext
import kz.jol.core.GetOffView
import kz.jol.core.Jol
import kz.jol.core.Journey

/** The ride that the passenger is on, up to their stop. */
class Rides(
    private val jol: () -> Jol,
    private val fixes: Fixes,
    private val dispatcher: CoroutineDispatcher = Dispatchers.IO,
) {
    /** From now on the end of this ride is watched. [RideService] says when it comes. */
    suspend fun watch(journey: Journey, leg: UInt): GetOffView =
        withContext(dispatcher) { jol().watchGetOff(journey, leg) }

    /**
     * What is to be said of the ride whose end is watched, now and after each fix that the core wants or misses.
     * It ends with the watch; none if nothing is watched.
     */
    fun gettingOff(): Flow<GetOffView> = flow {
        val jol = jol()
        var view = jol.getOff(null)?.also { emit(it) }
        fixes.wanted { view?.nextFixInMs }.collect { fix -> view = jol.getOff(fix)?.also { emit(it) } }
    }.flowOn(dispatcher)

    /** Nothing is watched any more. */
    suspend fun forget() = withContext(dispatcher) { jol().forgetGetOff() }
}
