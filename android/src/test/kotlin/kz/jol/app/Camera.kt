package kz.jol.app

import android.graphics.Rect
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.NotFoundException
import com.google.zxing.ReaderException
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import kz.jol.core.Inspector
import kz.jol.core.Jol
import kz.jol.core.QrCode
import kz.jol.core.ScannedCode
import kz.jol.core.VerdictView
import java.nio.ByteBuffer

/** What a camera sees: brightness, row by row, in a direct buffer as Android's cameras give it. */
class Camera(val width: Int, val height: Int, luma: ByteArray) {
    private val bytes = luma
    private val frame: ByteBuffer = ByteBuffer.allocateDirect(luma.size).put(luma).rewind()

    /**
     * By a reader of codes that shares nothing with ours; [NotFoundException] without one. Of codes as
     * dense as a ticket's it takes the wrong corners in 2 of 100, however clean the picture: then it is
     * shown the part of the screen that holds the code, and no search is needed.
     */
    fun text(part: Rect = Rect(0, 0, width, height)): String = try {
        read(Rect(0, 0, width, height), DecodeHintType.TRY_HARDER)
    } catch (missed: ReaderException) {
        read(part, DecodeHintType.PURE_BARCODE)
    }

    private fun read(part: Rect, how: DecodeHintType): String {
        val luma =
            PlanarYUVLuminanceSource(bytes, width, height, part.left, part.top, part.width(), part.height(), false)
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(luma)), mapOf(how to true)).text
    }

    /** By a passenger's core: the codes in the picture, which is so many degrees from standing upright. */
    fun scan(jol: Jol, rotation: Int = 0): List<ScannedCode> =
        jol.scan(frame, width.toUInt(), height.toUInt(), width.toUInt(), rotation.toUShort())

    /** By an inspector's core. */
    fun verdict(inspector: Inspector): VerdictView? =
        inspector.inspectFrame(frame, width.toUInt(), height.toUInt(), width.toUInt(), 0u)

    companion object {
        /** Of a screen's pixels, ARGB. */
        fun of(width: Int, height: Int, pixels: IntArray) = Camera(
            width, height,
            ByteArray(pixels.size) { at ->
                val (red, green, blue) = listOf(16, 8, 0).map { pixels[at] shr it and 0xFF }
                ((306 * red + 601 * green + 117 * blue) shr 10).toByte()
            },
        )

        fun of(code: QrCode) = of(code.matrix())

        /** Of a code alone, large and straight. */
        fun of(code: CodeMatrix): Camera {
            val side = (code.size + 2 * QUIET) * MODULE
            return Camera(
                side, side,
                ByteArray(side * side) { at ->
                    val (x, y) = at % side / MODULE - QUIET to at / side / MODULE - QUIET
                    val inside = x in 0 until code.size && y in 0 until code.size
                    if (inside && code[x, y]) 0 else -1
                },
            )
        }

        /** Pixels a module, and modules of white around a code. */
        const val MODULE = 6
        const val QUIET = 4
    }
}
