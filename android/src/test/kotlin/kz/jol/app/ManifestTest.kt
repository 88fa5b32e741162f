package kz.jol.app

import android.content.ComponentName
import android.content.Intent
import android.content.pm.PackageManager
import android.content.pm.ServiceInfo
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertTrue
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment

/** What the app asks the phone for, and offers to other apps. */
@RunWith(RobolectricTestRunner::class)
class ManifestTest {
    private val app = RuntimeEnvironment.getApplication()

    @Test
    fun `it asks for the network, for NFC, and for places while it is used, and never for messages`() {
        val asks = app.packageManager.getPackageInfo(app.packageName, PackageManager.GET_PERMISSIONS)
        val permissions = asks.requestedPermissions.orEmpty().toList()
        assertEquals(
            listOf(
                android.Manifest.permission.ACCESS_COARSE_LOCATION,
                android.Manifest.permission.ACCESS_FINE_LOCATION,
                android.Manifest.permission.FOREGROUND_SERVICE,
                android.Manifest.permission.FOREGROUND_SERVICE_LOCATION,
                android.Manifest.permission.INTERNET,
                android.Manifest.permission.NFC,
                android.Manifest.permission.POST_NOTIFICATIONS,
                android.Manifest.permission.WAKE_LOCK,
            ),
            permissions.sorted(),
        )
        assertTrue("what screens ask for", permissions.containsAll(RideService.PERMISSIONS.toList()))
        assertTrue(permissions.none { "SMS" in it || "WAP" in it || "MMS" in it })
    }

    @Test
    fun `the service of a ride may read positions, and no other app starts it`() {
        val service = app.packageManager.getServiceInfo(ComponentName(app, RideService::class.java), 0)
        assertEquals(ServiceInfo.FOREGROUND_SERVICE_TYPE_LOCATION, service.foregroundServiceType)
        assertFalse(service.exported)
    }

    @Test
    fun `a text that is shared comes to the screen of answers, under the app's name`() {
        fun takers(type: String) =
            app.packageManager.queryIntentActivities(Intent(Intent.ACTION_SEND).setType(type), 0)
        val taker = takers("text/plain").single()
        val screen = ComponentName(taker.activityInfo.packageName, taker.activityInfo.name)
        assertEquals(ComponentName(app, ReplyActivity::class.java), screen)
        assertTrue("by any app", taker.activityInfo.exported)
        assertEquals("Jol", taker.loadLabel(app.packageManager).toString())
        assertTrue("and nothing else", takers("image/png").isEmpty())
    }
}
