package kz.jol.app

import android.Manifest
import android.app.Notification
import android.app.NotificationChannel
import android.app.NotificationManager
import android.app.PendingIntent
import android.app.Service
import android.content.Context
import android.content.Intent
import android.content.pm.ServiceInfo
import android.graphics.drawable.Icon
import android.os.Build
import android.os.IBinder
import android.os.PowerManager
import kotlinx.coroutines.Job
import kotlinx.coroutines.MainScope
import kotlinx.coroutines.cancel
import kotlinx.coroutines.launch
import kz.jol.core.GetOffView
import kz.jol.core.JolException

/** On the bus: tells the passenger when their stop comes, also while the screen is off ([Rides.gettingOff]). */
class RideService : Service() {
    private val scope = MainScope()
    private var telling: Job? = null
    private val rides get() = (application as JolApplication).rides
    private val notifications get() = getSystemService(NotificationManager::class.java)

    /** Where no fix comes the time tells, and time stands still in a phone that sleeps. */
    private val awake by lazy {
        getSystemService(PowerManager::class.java).newWakeLock(PowerManager.PARTIAL_WAKE_LOCK, "jol:ride")
    }

    override fun onBind(intent: Intent): IBinder? = null

    override fun onCreate() {
        super.onCreate()
        val quiet = NotificationChannel(RIDE, getString(R.string.ride), NotificationManager.IMPORTANCE_LOW)
        // With the phone's own sound.
        val alert = NotificationChannel(GET_OFF, getString(R.string.get_off), NotificationManager.IMPORTANCE_HIGH)
        alert.enableVibration(true)
        notifications.createNotificationChannels(listOf(quiet, alert))
    }

    override fun onStartCommand(intent: Intent?, flags: Int, id: Int): Int {
        telling?.cancel()
        if (!comesForward()) {
            stopSelf(id)
            return START_NOT_STICKY
        }
        if (!awake.isHeld) awake.acquire()
        telling = scope.launch {
            try {
                if (intent?.action == END) rides.forget() else rides.gettingOff().collect(::tell)
            } catch (_: JolException) {
                // A wallet that was shut has nothing to say.
            }
            stopSelf(id)
        }
        return START_STICKY
    }

    override fun onDestroy() {
        scope.cancel()
        if (awake.isHeld) awake.release()
        super.onDestroy()
    }

    /** False where Android started it anew in the background, and lets it read no position there. */
    private fun comesForward(): Boolean = try {
        val ride = ride("")
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.Q) startForeground(RIDE_ID, ride)
        else startForeground(RIDE_ID, ride, ServiceInfo.FOREGROUND_SERVICE_TYPE_LOCATION)
        true
    } catch (_: SecurityException) {
        false
    } catch (_: IllegalStateException) {
        false
    }

    private fun tell(view: GetOffView) {
        notifications.notify(RIDE_ID, ride(view.stop))
        val text = view.text ?: return
        val alert = notification(GET_OFF, text).setCategory(Notification.CATEGORY_NAVIGATION).setAutoCancel(true)
        notifications.notify(GET_OFF_ID, alert.setStyle(Notification.BigTextStyle().bigText(text)).build())
    }

    private fun ride(stop: String): Notification {
        val end = Intent(this, RideService::class.java).setAction(END)
        val ends = PendingIntent.getService(this, 0, end, PendingIntent.FLAG_IMMUTABLE)
        // In Android's own word.
        val action = Notification.Action.Builder(null as Icon?, getString(android.R.string.cancel), ends).build()
        return notification(RIDE, stop).setOngoing(true).addAction(action).build()
    }

    private fun notification(channel: String, title: String) =
        Notification.Builder(this, channel).setSmallIcon(R.drawable.bus).setContentTitle(title)

    companion object {
        private const val END = "end"
        private const val RIDE = "ride"
        private const val GET_OFF = "get-off"
        private const val RIDE_ID = 1
        private const val GET_OFF_ID = 2

        /** What a screen asks the passenger for, before a ride's end is watched. */
        val PERMISSIONS =
            if (Build.VERSION.SDK_INT < Build.VERSION_CODES.TIRAMISU) Fixes.PERMISSIONS
            else Fixes.PERMISSIONS + Manifest.permission.POST_NOTIFICATIONS

        /**
         * Goes with the ride whose end is watched ([Rides.watch]). To be called by a screen: from the background
         * Android lets no service read a position. False where the passenger does not let it.
         */
        fun start(context: Context): Boolean {
            val isAllowed = (context.applicationContext as JolApplication).fixes.areAllowed
            if (isAllowed) context.startForegroundService(Intent(context, RideService::class.java))
            return isAllowed
        }
    }
}
