use super::Scene;
use crate::sandbox::desk::INSPECTOR_NUMBER;
use jol_core::account::{SignIn, TermsState};
use jol_core::clock::SimulatedClock;
use jol_core::entropy::SeededEntropy;
use jol_core::inspector::{Inspector, VerdictView};
use jol_core::jol::Opening;
use std::sync::Arc;

/// An inspector with a phone.
pub struct Staff<'a> {
    scene: &'a Scene<'a>,
    /// The app.
    pub inspector: Inspector,
    /// The phone's clocks.
    pub clock: SimulatedClock,
}

impl<'a> Scene<'a> {
    /// An inspector with a new phone.
    ///
    /// # Panics
    /// If the app cannot be opened.
    pub fn inspector(&'a self, name: &str) -> Staff<'a> {
        self.inspector_with(self.opening(name))
    }

    /// The same, opened with this.
    ///
    /// # Panics
    /// If the app cannot be opened.
    pub fn inspector_with(&'a self, opening: Opening) -> Staff<'a> {
        let clock = self.phone_clock();
        let entropy = Arc::new(SeededEntropy::new(self.next_seed()));
        let inspector = Inspector::open_simulated(opening, Arc::new(clock.clone()), entropy);
        Staff { scene: self, inspector: inspector.expect("the app"), clock }
    }
}

impl Staff<'_> {
    /// Keys, time and the list of revoked tickets come.
    ///
    /// # Panics
    /// If the outbox cannot be read.
    pub fn refresh(&self) {
        self.inspector.refresh().expect("asked");
        self.inspector.jol().drain(20_000).expect("the outbox");
        self.scene.note("inspector", "has keys, time and list");
    }

    /// Signs in with the number of the operator's inspectors.
    ///
    /// # Panics
    /// If that does not succeed.
    pub fn sign_in(&self) {
        let jol = self.inspector.jol();
        let settle = || jol.drain(20_000).expect("the outbox");
        settle();
        if let TermsState::Waiting { version, .. } = jol.account().expect("an account").terms {
            jol.accept_terms(version).expect("the terms that were shown");
        }
        jol.sign_in(INSPECTOR_NUMBER).expect("a number");
        settle();
        jol.enter_code(&self.scene.code_sent_to(INSPECTOR_NUMBER)).expect("a code");
        settle();
        let account = jol.account().expect("an account");
        assert!(matches!(account.sign_in, SignIn::SignedIn { .. }), "not signed in: {account:?}");
        self.scene.note("inspector", "is signed in");
    }

    /// Tells the operator what was seen.
    ///
    /// # Panics
    /// If the outbox cannot be read.
    pub fn upload(&self) {
        self.inspector.upload().expect("kept");
        self.inspector.jol().drain(20_000).expect("the outbox");
        self.scene.note("inspector", "tells what was seen");
    }

    /// Boards a bus, by the number painted on it.
    ///
    /// # Panics
    /// If that is no number.
    pub fn board(&self, painted: &str) {
        self.inspector.begin_check(painted).expect("a bus");
        self.scene.note("inspector", format!("boards bus {painted}"));
    }

    /// Looks at a code, and answers the verdict and its reason.
    ///
    /// # Panics
    /// If there is no verdict.
    pub fn look(&self, code: &str) -> (String, Option<String>) {
        let verdict = self.view(code);
        (verdict.verdict, verdict.reason)
    }

    /// The whole screen.
    ///
    /// # Panics
    /// If there is no verdict.
    pub fn view(&self, code: &str) -> VerdictView {
        let view = self.inspector.inspect_text(code).expect("a verdict");
        self.scene.note("inspector", format!("reads: {} {:?}", view.text, view.facts));
        view
    }
}
