package kz.jol.app

import android.content.Context
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.util.AttributeSet
import android.view.View
import kotlin.math.min

/**
 * Draws a code so that a camera reads it: black on white by day and by night, whole pixels for each
 * module, and the quiet zone of four modules that ISO/IEC 18004 asks for.
 */
class QrView(context: Context, attributes: AttributeSet?) : View(context, attributes) {
    /** The code to draw; with none the view is white. */
    var code: CodeMatrix? = null
        set(code) {
            field = code
            invalidate()
        }

    private val ink = Paint().apply { color = Color.BLACK }

    /** A square as wide as it may be, but no higher than leaves room for the signs: half a code is none. */
    override fun onMeasure(widthSpec: Int, heightSpec: Int) {
        val window = resources.configuration.screenHeightDp * resources.displayMetrics.density
        val side = min(MeasureSpec.getSize(widthSpec), (window * SHARE_OF_THE_WINDOW).toInt())
        setMeasuredDimension(resolveSize(side, widthSpec), side)
    }

    override fun onDraw(canvas: Canvas) {
        canvas.drawColor(Color.WHITE)
        val code = code ?: return
        val module = min(width, height) / (code.size + 2 * QUIET_MODULES)
        val left = (width - code.size * module) / 2
        val top = (height - code.size * module) / 2
        for (y in 0 until code.size) {
            var x = 0
            while (x < code.size) {
                val start = x
                while (x < code.size && code[x, y]) x++
                if (x > start) canvas.drawRun(left, top, module, start..<x, y)
                x++
            }
        }
    }

    /** A run of dark modules is one rectangle: no hairline between two of them. */
    private fun Canvas.drawRun(left: Int, top: Int, module: Int, run: IntRange, y: Int) = drawRect(
        (left + run.first * module).toFloat(),
        (top + y * module).toFloat(),
        (left + (run.last + 1) * module).toFloat(),
        (top + (y + 1) * module).toFloat(),
        ink,
    )

    private companion object {
        const val QUIET_MODULES = 4
        const val SHARE_OF_THE_WINDOW = 0.55f
    }
}
