use super::Scene;
use jol_core::account::{SignIn, TermsState};
use jol_core::clock::SimulatedClock;
use jol_core::entropy::SeededEntropy;
use jol_core::inspector::{Inspector, VerdictView};
use jol_core::jol::Opening;
use jol_core::qr::read_image;
use jol_core::ticket::NumberKind;
use jol_core::ticket::presentation::challenge_from_text;
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
    /// Signs in with a number, as any phone does.
    ///
    /// # Panics
    /// If it does not succeed.
    pub fn sign_in(&self, number: &str) {
        let jol = self.inspector.jol();
        let drain = || jol.drain(20_000).expect("the outbox");
        drain();
        if let TermsState::Waiting { version, .. } = jol.account().expect("an account").terms {
            jol.accept_terms(version).expect("the terms that were shown");
        }
        jol.sign_in(number).expect("a number");
        drain();
        jol.enter_code(&self.scene.code_sent_to(number)).expect("a code was sent");
        drain();
        let account = jol.account().expect("an account");
        assert!(matches!(account.sign_in, SignIn::SignedIn { .. }), "not signed in: {account:?}");
        self.scene.note("inspector", format!("signed in as {number}"));
    }

    /// What was seen goes to the operator.
    ///
    /// # Panics
    /// If this phone may not tell it.
    pub fn upload(&self) {
        self.inspector.upload().expect("an inspector's session");
        self.inspector.jol().drain(20_000).expect("the outbox");
        self.scene.note("inspector", "told the operator what was seen");
    }

    /// Looks up a number, and answers the whole screen.
    ///
    /// # Panics
    /// If there is no verdict.
    pub fn number(&self, kind: NumberKind, typed: &str) -> VerdictView {
        let view = self.inspector.check_number(kind, typed).expect("a verdict");
        self.scene.note("inspector", format!("types {typed}: {} {:?}", view.text, view.facts));
        view
    }

    /// Holds a card to the phone, and answers the whole screen.
    ///
    /// # Panics
    /// If there is no verdict.
    pub fn card(&self, read: &str) -> VerdictView {
        let view = self.inspector.check_card_tap(read).expect("a verdict");
        self.scene.note("inspector", format!("reads card {read}: {} {:?}", view.text, view.facts));
        view
    }

    /// Keys, time and the list of revoked tickets come.
    ///
    /// # Panics
    /// If the outbox cannot be read.
    pub fn refresh(&self) {
        self.inspector.refresh().expect("asked");
        self.inspector.jol().drain(20_000).expect("the outbox");
        self.scene.note("inspector", "has keys, time and list");
    }

    /// Boards a bus, by the number painted on it; its register comes, if there is a network.
    ///
    /// # Panics
    /// If that is no number.
    pub fn board(&self, painted: &str) {
        self.inspector.begin_check(painted).expect("a bus");
        self.inspector.jol().drain(20_000).expect("the outbox");
        self.scene.note("inspector", format!("boards bus {painted}"));
    }

    /// Shows a challenge, and answers what a passenger's camera reads of it.
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn challenge(&self) -> [u8; 8] {
        let code = self.inspector.challenge().expect("a code");
        let found = read_image(&code.to_luma(4).expect("drawn"));
        self.scene.note("inspector", "shows a challenge");
        challenge_from_text(&found.first().expect("a code").text).expect("a challenge")
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
