package kz.jol.app

import kz.jol.core.Jol
import kz.jol.core.TermsState

/** Terms, number, key and city, on a phone of whoever it is. */

fun Jol.acceptTerms() {
    settle()
    // Out of a back-up they may be accepted already.
    (account().terms as? TermsState.Waiting)?.let { acceptTerms(it.version) }
}

fun Jol.signIn(number: String, sandbox: Sandbox) {
    signIn(number)
    settle()
    enterCode(sandbox.codeSentTo(number))
    settle()
}

fun Jol.enrol(key: PhoneKey) {
    val signature = requireNotNull(key.sign(enrolmentToSign(key.publicKey)))
    enrol(key.publicKey, signature, attestation = null)
    settle()
}

fun Jol.fetchCity(city: String) {
    refreshCities()
    settle()
    chooseCity(city)
    settle()
}

/** Whatever waits is sent and answered; false if something could not be. */
fun Jol.settle(): Boolean = drain(PATIENCE_MS) == 0u

/** For the operator's answers, in ms: far longer than loopback needs. */
const val PATIENCE_MS: ULong = 20_000u
