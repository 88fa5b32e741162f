package kz.jol.app

import kz.jol.core.Jol
import kz.jol.core.TermsState

/** Terms, number and key, on a phone of whoever it is. */

fun Jol.acceptTerms() {
    drain(PATIENCE_MS)
    acceptTerms((account().terms as TermsState.Waiting).version)
}

fun Jol.signIn(number: String, sandbox: Sandbox) {
    signIn(number)
    drain(PATIENCE_MS)
    enterCode(sandbox.codeSentTo(number))
    drain(PATIENCE_MS)
}

fun Jol.enrol(key: PhoneKey) {
    val signature = requireNotNull(key.sign(enrolmentToSign(key.publicKey)))
    enrol(key.publicKey, signature, attestation = null)
    drain(PATIENCE_MS)
}

/** For the operator's answers, in ms: far longer than loopback needs. */
const val PATIENCE_MS: ULong = 20_000u
