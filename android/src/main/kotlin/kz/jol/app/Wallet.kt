package kz.jol.app

import android.content.Context
import android.os.Build
import android.provider.Settings
import android.util.Base64
import kz.jol.core.Jol
import kz.jol.core.Language
import kz.jol.core.Opening
import kz.jol.core.OperatorEntry
import org.json.JSONArray
import org.json.JSONObject
import java.io.File
import java.util.UUID

/** What the core is told when the wallet of this phone is opened. */
object Wallet {
    /** Opens it, or makes a new one. May take seconds on the first call: the phone makes its keys. */
    fun open(context: Context): Jol {
        val dataKey = DataKey(File(context.noBackupFilesDir, "data.key"))
        return Jol.open(opening(context, operators(context).first(), dataKey.open()))
    }

    /** The wallet with this operator, under this data key. */
    fun opening(context: Context, operator: OperatorEntry, dataKey: ByteArray) = Opening(
        folder = File(context.filesDir, "wallet").path,
        operator = operator,
        dataKey = dataKey,
        bootId = bootId(context),
        deviceName = Build.MODEL,
        language = language(context),
        appVersion = context.packageManager.getPackageInfo(context.packageName, 0).versionName.orEmpty(),
    )

    /** The operators that this app knows, the usual one first. */
    fun operators(context: Context): List<OperatorEntry> {
        val list = JSONArray(context.resources.openRawResource(R.raw.operators).bufferedReader().use { it.readText() })
        return List(list.length()) { list.getJSONObject(it).operator() }
    }

    private fun JSONObject.operator() = OperatorEntry(
        code = getString("code"),
        address = getString("address"),
        rootKey = Base64.decode(getString("root_key"), Base64.URL_SAFE),
        tlsRoot = null,
    )

    /** How often this phone was started. Where it does not count, no time outlives this process. */
    private fun bootId(context: Context): String =
        Settings.Global.getString(context.contentResolver, Settings.Global.BOOT_COUNT)
            ?: UUID.randomUUID().toString()

    /** The passenger's language, of the three that the core speaks. */
    fun language(context: Context): Language =
        when (context.resources.configuration.locales[0].language) {
            "kk" -> Language.KK
            "ru" -> Language.RU
            else -> Language.EN
        }
}
