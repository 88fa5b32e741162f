package kz.jol.app

import android.Manifest
import android.annotation.SuppressLint
import android.content.Context
import android.content.pm.PackageManager
import android.location.Location
import android.location.LocationListener
import android.location.LocationManager
import android.location.LocationRequest
import android.os.Build
import android.os.Bundle
import android.os.Looper
import android.os.SystemClock
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.withTimeoutOrNull
import kz.jol.core.Fix
import kz.jol.core.Point

/** What the phone's receiver tells, as often as the core wants it. No position is kept or logged here. */
class Fixes(
    private val context: Context,
    /** The phone's clock, in ms since 1970. */
    private val nowMs: () -> Long = System::currentTimeMillis,
) {
    private val phone = context.getSystemService(LocationManager::class.java)

    /** Whether the passenger lets the receiver be asked. A place to the nearest kilometre finds no bus. */
    val areAllowed: Boolean
        get() = context.checkSelfPermission(Manifest.permission.ACCESS_FINE_LOCATION) ==
            PackageManager.PERMISSION_GRANTED

    /**
     * A fix each time that one is wanted, or null where none came in time or may be asked for. [inMs] is the
     * core's word, asked after each is dealt with: none, and the receiver sleeps and the fixes end.
     */
    fun wanted(inMs: () -> Long?): Flow<Fix?> = flow {
        var awake: Awake? = null
        var newest = 0L
        try {
            while (true) {
                val everyMs = inMs() ?: break
                val lasts = awake?.takeIf { it.everyMs == everyMs }
                if (lasts == null && awake != null) {
                    // One that is asked anew answers at once: it has to sleep before.
                    awake.sleep()
                    delay(everyMs)
                }
                val receiver = lasts ?: Awake(everyMs).also { awake = it }
                val patienceMs = if (lasts == null) LATE_MS else everyMs + LATE_MS
                val place = withTimeoutOrNull(patienceMs) { receiver.after(newest) }
                newest = place?.elapsedRealtimeNanos ?: newest
                emit(place?.let(::fix))
            }
        } finally {
            awake?.sleep()
        }
    }

    /** Its time is by the phone's clock, not by the satellites'. */
    private fun fix(place: Location): Fix {
        val ageMs = (SystemClock.elapsedRealtimeNanos() - place.elapsedRealtimeNanos) / 1_000_000
        return Fix(
            atMs = nowMs() - ageMs.coerceAtLeast(0),
            point = Point(place.latitude, place.longitude),
            accuracyM = if (place.hasAccuracy()) place.accuracy else NOBODY_KNOWS_M,
            speedMps = if (place.hasSpeed()) place.speed else null,
            bearingDeg = if (place.hasBearing()) place.bearing else null,
            mocked = isMock(place),
        )
    }

    @Suppress("DEPRECATION")
    private fun isMock(place: Location) =
        if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S) place.isMock else place.isFromMockProvider

    /** The receiver, from now on and until it sleeps. */
    private inner class Awake(val everyMs: Long) : LocationListener {
        private val places = Channel<Location>(Channel.CONFLATED)

        init {
            if (areAllowed) ask()
        }

        /** The first one since this moment: Android hands the last known one over again. */
        suspend fun after(nanos: Long): Location {
            while (true) {
                val place = places.receive()
                if (place.elapsedRealtimeNanos > nanos) return place
            }
        }

        fun sleep() = phone.removeUpdates(this)

        // The permission was looked at.
        @SuppressLint("MissingPermission")
        private fun ask() {
            if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.S && phone.hasProvider(LocationManager.FUSED_PROVIDER)) {
                val wish = LocationRequest.Builder(everyMs).setQuality(LocationRequest.QUALITY_HIGH_ACCURACY).build()
                phone.requestLocationUpdates(LocationManager.FUSED_PROVIDER, wish, context.mainExecutor, this)
            } else if (LocationManager.GPS_PROVIDER in phone.allProviders) {
                val main = Looper.getMainLooper()
                phone.requestLocationUpdates(LocationManager.GPS_PROVIDER, everyMs, 0f, this, main)
            }
        }

        override fun onLocationChanged(place: Location) {
            places.trySend(place)
        }

        // Before Android 11 these have no body of their own.
        override fun onProviderEnabled(provider: String) = Unit
        override fun onProviderDisabled(provider: String) = Unit

        @Deprecated("Android 9 and before call it.")
        override fun onStatusChanged(provider: String, status: Int, extras: Bundle?) = Unit
    }

    companion object {
        /** What a screen asks the passenger for. Android grants the first only beside the second. */
        val PERMISSIONS = arrayOf(
            Manifest.permission.ACCESS_FINE_LOCATION,
            Manifest.permission.ACCESS_COARSE_LOCATION,
        )

        /** So much later than wanted a fix may come. */
        private const val LATE_MS = 10_000L

        /** The core believes no fix that is as vague as this. */
        private const val NOBODY_KNOWS_M = 100_000f
    }
}
