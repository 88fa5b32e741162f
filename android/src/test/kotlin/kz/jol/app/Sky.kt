package kz.jol.app

import android.Manifest
import android.app.Activity
import android.app.Application
import android.graphics.Bitmap
import android.graphics.Canvas
import android.location.Location
import android.location.LocationManager
import android.os.Looper
import android.os.SystemClock
import kz.jol.core.Fix
import org.robolectric.Shadows.shadowOf
import java.io.File
import java.time.Duration

/** What the receiver of a test's phone sees, and how often it is asked. */
class Sky(private val app: Application, isAllowed: Boolean = true, private val by: String = LocationManager.GPS_PROVIDER) {
    private val receiver = shadowOf(app.getSystemService(LocationManager::class.java))

    init {
        receiver.setProviderEnabled(by, true)
        isAllowed(isAllowed)
    }

    fun isAllowed(allowed: Boolean) {
        val places = arrayOf(Manifest.permission.ACCESS_FINE_LOCATION, Manifest.permission.ACCESS_COARSE_LOCATION)
        shadowOf(app).run { if (allowed) grantPermissions(*places) else denyPermissions(*places) }
    }

    /** Every so many ms, for each who asks; none if it sleeps. */
    fun asks(): List<Long> = receiver.getLegacyLocationRequests(by).map { it.intervalMillis }

    /** The phone is here now; whoever asked is told. */
    fun shows(fix: Fix, mocked: Boolean = false) {
        val place = Location(by).apply {
            latitude = fix.point.lat
            longitude = fix.point.lon
            accuracy = fix.accuracyM
            fix.speedMps?.let { speed = it }
            fix.bearingDeg?.let { bearing = it }
            // Satellites tell their own time.
            time = 1
            elapsedRealtimeNanos = SystemClock.elapsedRealtimeNanos()
            isMock = mocked
        }
        receiver.simulateLocation(by, place)
        pass(0)
    }

    /** Time passes for Android. */
    fun pass(ms: Long) = shadowOf(Looper.getMainLooper()).idleFor(Duration.ofMillis(ms))
}

/** Leaves a picture of a screen. */
fun keep(activity: Activity, name: String) {
    val window = activity.window.decorView
    val shot = Bitmap.createBitmap(window.width, window.height, Bitmap.Config.ARGB_8888)
    window.draw(Canvas(shot))
    val file = File(System.getProperty("jol.shots"), "$name.png")
    file.parentFile?.mkdirs()
    file.outputStream().use { shot.compress(Bitmap.CompressFormat.PNG, 100, it) }
}
