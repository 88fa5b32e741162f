package kz.jol.app

import android.content.Intent
import android.nfc.cardemulation.HostApduService
import android.os.Binder
import android.os.Bundle
import android.os.Looper
import android.os.Message
import android.os.Messenger
import android.os.Parcel
import org.junit.Assert.assertArrayEquals
import org.robolectric.Robolectric
import org.robolectric.Shadows.shadowOf
import java.time.Duration
import java.util.concurrent.ConcurrentLinkedQueue

/** A reader that this phone is held to, with Android's NFC process between them: it sends commands in messages. */
class Reader : AutoCloseable {
    private val service = Robolectric.buildService(TagService::class.java).create()
    private val phone = Messenger(service.get().onBind(Intent(HostApduService.SERVICE_INTERFACE)))

    /** They come on the service's thread. */
    private val replies = ConcurrentLinkedQueue<ByteArray>()

    /** In another process: what is sent to it is written into a parcel, and out of it (IMessenger.aidl). */
    private val here = Messenger(object : Binder() {
        override fun onTransact(code: Int, data: Parcel, reply: Parcel?, flags: Int): Boolean {
            data.enforceInterface("android.os.IMessenger")
            val said = data.readTypedObject(Message.CREATOR)!!
            check(said.what == HostApduService.MSG_RESPONSE_APDU)
            replies += said.data.getByteArray(HostApduService.KEY_DATA)!!
            return true
        }
    })

    /** The reply to a command. */
    fun send(command: ByteArray): ByteArray {
        val message = Message.obtain(null, HostApduService.MSG_COMMAND_APDU)
        message.data = Bundle().apply { putByteArray(HostApduService.KEY_DATA, command) }
        message.replyTo = here
        phone.send(message)
        var looks = 0
        until("a reply") {
            // A screen that is being drawn anew holds it up until its frame.
            if (replies.isEmpty() && ++looks % 500 == 0) shadowOf(Looper.getMainLooper()).idleFor(FRAME)
            replies.isNotEmpty()
        }
        return replies.remove()
    }

    /** What was replied before the status, which is 9000. */
    fun done(command: ByteArray): ByteArray {
        val reply = send(command)
        assertArrayEquals(DONE, reply.takeLast(2).toByteArray())
        return reply.copyOf(reply.size - 2)
    }

    /** The NDEF message, as the NFC Forum has it read (T4T 2.0, 5.4). */
    fun message(): ByteArray {
        done(SELECT_NDEF)
        done(SELECT_CONTAINER)
        val container = done(read(0, 15))
        val most = container.number(3)
        done(byteArrayOf(0, 0xa4.toByte(), 0, 0x0c, 2) + container.copyOfRange(9, 11))
        val length = done(read(0, 2)).number(0)
        var message = byteArrayOf()
        while (message.size < length) {
            message += done(read(2 + message.size, minOf(most, length - message.size))).also { check(it.isNotEmpty()) }
        }
        return message
    }

    /** The phone is pulled away, and the core heard of it: the service does one thing after the other. */
    fun leave() {
        phone.send(Message.obtain(null, HostApduService.MSG_DEACTIVATED))
        assertArrayEquals("not a command", hex("6700"), send(hex("00A4")))
    }

    override fun close() {
        service.destroy()
    }

    private fun ByteArray.number(at: Int) = (this[at].toInt() and 0xff shl 8) or (this[at + 1].toInt() and 0xff)

    companion object {
        private val FRAME = Duration.ofMillis(20)
        val DONE = hex("9000")
        val SELECT_NDEF = hex("00A4040007D276000085010100")
        val SELECT_CONTAINER = hex("00A4000C02E103")
        val SELECT_MESSAGE = hex("00A4000C02E104")
        val SELECT_BUS = hex("00A4040007F04A4F4C42555300")

        fun read(from: Int, length: Int) =
            byteArrayOf(0, 0xb0.toByte(), (from / 256).toByte(), from.toByte(), length.toByte())

        /** A terminal's name for its bus. */
        fun nameBus(sticker: String) = sticker.toByteArray().let { hex("80420000") + it.size.toByte() + it }

        fun hex(text: String) = text.chunked(2).map { it.toInt(16).toByte() }.toByteArray()
    }
}
