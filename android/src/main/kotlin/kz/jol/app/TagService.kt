package kz.jol.app

import android.nfc.cardemulation.HostApduService
import android.os.Bundle
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicInteger

/** Where Android hands over what a reader says to this phone: bytes in, the core's reply out ([Tag]). */
class TagService : HostApduService() {
    /** One command after the other, and none on the main thread: opening the wallet and signing take time. */
    private val commands = Executors.newSingleThreadExecutor()
    private val tag get() = (application as JolApplication).tag

    /** How many readers have gone: what is ready too late for one is not for the next. */
    private val gone = AtomicInteger()

    override fun processCommandApdu(command: ByteArray, extras: Bundle?): ByteArray? {
        val before = gone.get()
        commands.execute {
            val reply = tag.reply(command) { startActivity(BusActivity.intent(this, it.text)) }
            if (reply != null && gone.get() == before) sendResponseApdu(reply)
        }
        // It comes later.
        return null
    }

    override fun onDeactivated(reason: Int) {
        gone.incrementAndGet()
        // Android may say so after it let the service go.
        if (!commands.isShutdown) commands.execute { tag.gone() }
    }

    override fun onDestroy() {
        commands.shutdown()
        super.onDestroy()
    }
}
