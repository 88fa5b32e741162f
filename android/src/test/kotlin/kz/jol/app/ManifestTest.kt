package kz.jol.app

import android.content.ComponentName
import android.content.Intent
import android.content.pm.PackageManager
import org.junit.Assert.assertEquals
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
    fun `it asks for the network and for NFC, and never for messages`() {
        val asks = app.packageManager.getPackageInfo(app.packageName, PackageManager.GET_PERMISSIONS)
        val permissions = asks.requestedPermissions.orEmpty().toList()
        assertEquals(
            listOf(android.Manifest.permission.INTERNET, android.Manifest.permission.NFC),
            permissions.sorted(),
        )
        assertTrue(permissions.none { "SMS" in it || "WAP" in it || "MMS" in it })
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
