package kz.jol.app

import android.animation.ObjectAnimator
import android.animation.ValueAnimator
import android.content.Context
import android.graphics.Color
import android.util.AttributeSet
import android.view.animation.LinearInterpolator
import android.widget.FrameLayout
import android.widget.TextView

/**
 * The operator's colour and word of the day, for a driver's eye. The word goes to and fro, so that a picture
 * of it gives itself away; where the passenger removed animations it stands still.
 */
class DayBand(context: Context, attributes: AttributeSet?) : FrameLayout(context, attributes) {
    private var motion: ObjectAnimator? = null
    private var across = 0f
    private val word: TextView get() = findViewById(R.id.day_word)

    /** Whether the word is on its way. */
    val moves: Boolean get() = motion != null

    /** Shows this day's, or nothing at all. */
    fun show(day: TicketScreen.Day?) {
        visibility = if (day == null) GONE else VISIBLE
        if (day == null) return
        setBackgroundColor(Color.parseColor(day.colour))
        word.setTextColor(Color.parseColor(day.ink))
        // TalkBack speaks a text each time it is set.
        if (word.text.toString() != day.word) word.text = day.word
    }

    override fun onLayout(changed: Boolean, left: Int, top: Int, right: Int, bottom: Int) {
        super.onLayout(changed, left, top, right, bottom)
        move(isShown)
    }

    /** Nothing moves behind another screen. */
    override fun onVisibilityAggregated(isVisible: Boolean) {
        super.onVisibilityAggregated(isVisible)
        move(isVisible)
    }

    private fun move(seen: Boolean) {
        val room = (width - paddingLeft - paddingRight - word.width).toFloat()
        val wanted = seen && room > 0 && ValueAnimator.areAnimatorsEnabled()
        if (wanted && moves && across == room) return
        motion?.cancel()
        motion = null
        word.translationX = 0f
        if (!wanted) return
        across = room
        motion = ObjectAnimator.ofFloat(word, TRANSLATION_X, 0f, room).apply {
            duration = ACROSS_MS
            interpolator = LinearInterpolator()
            repeatCount = ValueAnimator.INFINITE
            repeatMode = ValueAnimator.REVERSE
            start()
        }
    }

    private companion object {
        /** Slow enough to be read by somebody who glances up. */
        const val ACROSS_MS = 4_000L
    }
}
