package kz.jol.app

import com.google.zxing.BarcodeFormat
import com.google.zxing.EncodeHintType
import com.google.zxing.qrcode.QRCodeWriter
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel
import kz.jol.app.TicketScreen.Passengers

/** Screens as the core would word them. */
object Samples {
    /** As long as a ticket's text may be: QR version 10, level L, alphanumeric. */
    val LONGEST = "JOL1:" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".repeat(9).take(390)

    val ENGLISH = TicketScreen(
        line = "30Б",
        bus = "217",
        standing = "Valid on this bus to the last stop",
        left = "31 min left",
        until = "Until 14:32",
        passengers = listOf(Passengers("Adult", 1), Passengers("School pupil", 2)),
        sum = "200 ₸",
        hint = "Show this to the inspector or the driver",
        code = matrix(LONGEST),
        codeFreshMs = 15_000,
        ended = false,
    )
    val RUSSIAN = ENGLISH.copy(
        standing = "Действует в этом автобусе до конечной",
        left = "Осталось 31 мин",
        until = "Действует до 14:32",
        passengers = listOf(Passengers("Взрослый", 1), Passengers("Школьник", 2)),
        hint = "Покажите контролёру или водителю",
    )
    val KAZAKH = ENGLISH.copy(
        standing = "Осы автобуста соңғы аялдамаға дейін жарамды",
        left = "31 мин қалды",
        until = "Аяқталатын уақыты: 14:32",
        passengers = listOf(Passengers("Ересек", 1), Passengers("Оқушы", 2)),
        hint = "Бақылаушыға немесе жүргізушіге көрсетіңіз",
    )
    val ENDED = RUSSIAN.copy(
        standing = "Билет больше не действует",
        left = "Поездка закончена",
        until = "Действовал до 14:32",
        hint = "Чек лежит в «Деталях поездок»",
        code = null,
        ended = true,
    )

    fun matrix(text: String): CodeMatrix {
        val hints = mapOf(
            EncodeHintType.MARGIN to 0,
            EncodeHintType.ERROR_CORRECTION to ErrorCorrectionLevel.L,
        )
        val bits = QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0, hints)
        val size = bits.width
        return CodeMatrix(size, List(size * size) { bits[it % size, it / size] })
    }
}
