package kz.jol.app

import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.PlanarYUVLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader
import kz.jol.core.Inspector
import kz.jol.core.VerdictView
import java.nio.ByteBuffer

/** What a camera sees: brightness, row by row, in a direct buffer as Android's cameras give it. */
class Camera(val width: Int, val height: Int, luma: ByteArray) {
    private val bytes = luma
    private val frame: ByteBuffer = ByteBuffer.allocateDirect(luma.size).put(luma).rewind()

    /** By a reader of codes that shares nothing with ours; [com.google.zxing.NotFoundException] without one. */
    fun text(): String {
        val luma = PlanarYUVLuminanceSource(bytes, width, height, 0, 0, width, height, false)
        val hints = mapOf(DecodeHintType.TRY_HARDER to true)
        return QRCodeReader().decode(BinaryBitmap(HybridBinarizer(luma)), hints).text
    }

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

        private const val MODULE = 6
        private const val QUIET = 4
    }
}
