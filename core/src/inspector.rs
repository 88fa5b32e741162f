//! `Inspector`: the same for staff, with a file of its own.
//!
//! An inspector's phone signs in, keeps the operator's keys, time, list of revoked tickets and the register
//! of the vehicle that is checked, and checks every way to pay without a network: codes, numbers, cards.
//! What it uploads says which ticket was seen where, and no more.

mod ages;
mod paper;
mod told;

pub use ages::ListView;

use self::told::Told;
use crate::clock::{Clock, SystemClock};
use crate::entropy::{Entropy, SystemEntropy, random};
use crate::jol::{Jol, JolError, Opening, Staff, name_of};
use crate::nfc::ndef;
use crate::operator::wire::{Base64, InspectionEntry};
use crate::qr::{CodeError, Correction, Frame, QrCode, Reader};
use crate::ticket::presentation::challenge_to_text;
use crate::ticket::till::{PaperSeen, PaperTicket};
use crate::ticket::{
    CannotTell, Check, IntentVerdict, Lookup, NumberKind, Paid, Says, SeenSet, ShownIntent, ShownNumber,
    Verdict, inspect, inspect_intent, is_shown, look_up,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The inspector's side of Jol.
pub struct Inspector {
    jol: Arc<Jol>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    check: Mutex<Ongoing>,
}

/// The check of one vehicle.
struct Ongoing {
    vehicle: Option<String>,
    began_ms: Option<i64>,
    challenge: Option<[u8; 8]>,
    seen: SeenSet,
    papers: PaperSeen,
    /// The passenger who is looked at is a minor, as the inspector sees.
    minor: bool,
    reader: Reader,
}

impl Ongoing {
    fn of(vehicle: Option<String>, began_ms: Option<i64>) -> Ongoing {
        let (seen, papers) = (SeenSet::default(), PaperSeen::default());
        let reader = Reader::new(Reader::BUDGET_MS);
        Ongoing { vehicle, began_ms, challenge: None, seen, papers, minor: false, reader }
    }
}

/// What an inspector reads on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictView {
    /// `valid`, `not_valid` or `cannot_tell`: green, red or amber.
    pub verdict: String,
    /// The stable name of the reason, if it is not valid or cannot be told.
    pub reason: Option<String>,
    /// The verdict and its reason in words.
    pub text: String,
    /// What is to be known and is no refusal, in words.
    pub facts: Vec<String>,
    /// The line that was paid.
    pub line: Option<String>,
    /// The bus that was paid.
    pub bus: Option<String>,
    /// Who rides: categories and how many.
    pub passengers: Vec<crate::jol::PassengerWords>,
    /// The ticket's id, hexadecimal.
    pub ticket: Option<String>,
    /// What the operator says is to be done, where a minor has no valid ticket.
    pub rule: Option<String>,
}

impl Inspector {
    /// Opens the inspector's file and starts the link. May take tens of milliseconds.
    pub fn open(opening: Opening) -> Result<Inspector, JolError> {
        let jol = Jol::open(opening)?;
        Ok(Inspector::with(jol, Arc::new(SystemClock), Arc::new(SystemEntropy)))
    }

    /// As [`Inspector::open`], with a clock and chance that a test holds in its hand.
    #[cfg(feature = "simulated")]
    pub fn open_simulated(
        opening: Opening,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Inspector, JolError> {
        let jol = Jol::open_simulated(opening, clock.clone(), entropy.clone())?;
        Ok(Inspector::with(jol, clock, entropy))
    }

    fn with(jol: Jol, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Inspector {
        let check = Mutex::new(Ongoing::of(None, None));
        Inspector { jol: Arc::new(jol), clock, entropy, check }
    }

    /// Signing in, terms, the link: as for any phone.
    pub fn jol(&self) -> Arc<Jol> {
        self.jol.clone()
    }

    /// Whether who is signed in may check tickets. An inspector signs in as any passenger does, with a number
    /// that the operator knows as an inspector's.
    pub fn staff(&self) -> Result<Staff, JolError> {
        self.jol.staff()
    }

    /// Fetches what checking needs: keys, time, the list of revoked tickets; for an inspector who is signed
    /// in, the register of the bus that is checked and the terminals' keys.
    pub fn refresh(&self) -> Result<(), JolError> {
        self.jol.ask_for_checking()
    }

    /// The inspector boards this bus: what is bought from now on is shown as a fact, and a ticket that
    /// is seen twice in this check is refused. `bus` is the painted number. Its register is asked for, and
    /// kept for when there is no network.
    pub fn begin_check(&self, bus: &str) -> Result<(), JolError> {
        let bus: String = bus.chars().filter(|c| !c.is_whitespace()).collect();
        if bus.is_empty() {
            return Err(JolError::bad("bus"));
        }
        self.jol.check_vehicle(&bus)?;
        let began_ms = self.jol.operator_time_ms()?;
        *self.lock() = Ongoing::of(Some(bus), began_ms);
        Ok(())
    }

    /// The lists that verdicts rest on, and how old each is.
    pub fn lists(&self) -> Result<Vec<ListView>, JolError> {
        let vehicle = self.lock().vehicle.clone();
        let (kept, now_ms) = (self.jol.for_checking(vehicle.as_deref())?, self.jol.operator_time_ms()?);
        Ok(ages::lists(&kept, now_ms, self.jol.language()))
    }

    /// Whether the passenger who is looked at next is a minor, as the inspector sees. Holds for one verdict.
    pub fn set_minor(&self, minor: bool) {
        self.lock().minor = minor;
    }

    /// What the operator says is to be done where a minor has no valid ticket.
    pub fn rule_for_minors(&self) -> Result<Option<String>, JolError> {
        let language = self.jol.language();
        Ok(self.jol.rule_for_minors()?.map(|rule| rule.in_language(language).to_owned()))
    }

    /// A challenge for a passenger whose phone does not know the time: they scan this code, their phone
    /// signs it, and the next ticket must answer it.
    pub fn challenge(&self) -> Result<QrCode, JolError> {
        let challenge: [u8; 8] = random(&*self.entropy);
        self.lock().challenge = Some(challenge);
        QrCode::of(&challenge_to_text(challenge), Correction::M)
            .map_err(|error: CodeError| JolError::internal(&error.to_string()))
    }

    /// Looks at a camera frame; none while there is no code in it. May take 40 ms.
    pub fn inspect_frame(&self, frame: &Frame<'_>) -> Result<Option<VerdictView>, JolError> {
        let found = {
            let mut check = self.lock();
            check.reader.read(frame, &*self.clock)
        };
        found
            .iter()
            .find(|found| is_shown(&found.text))
            .or(found.first())
            .map_or(Ok(None), |found| self.inspect_text(&found.text).map(Some))
    }

    /// As [`Inspector::inspect_frame`], from the rows of a camera's picture.
    pub fn inspect_pixels(
        &self,
        luma: &[u8],
        width: u32,
        height: u32,
        row_stride: u32,
        rotation_degrees: u16,
    ) -> Result<Option<VerdictView>, JolError> {
        let frame = Frame::new(luma, width, height, row_stride, rotation_degrees)
            .map_err(|error| JolError::BadInput { field: error.to_string() })?;
        self.inspect_frame(&frame)
    }

    /// Looks at the text of a code. Needs no network.
    pub fn inspect_text(&self, text: &str) -> Result<VerdictView, JolError> {
        if PaperTicket::is_paper(text) {
            return self.inspect_paper(text);
        }
        let (kept, now_ms) = (self.jol.for_checking(None)?, self.jol.operator_time_ms()?);
        let terminals = self.jol.terminal_key_for(text)?;
        let mut check = self.lock();
        let Some(keys) = kept.keys else { return self.tell(check, no_keys(), None, None) };
        let challenge = check.challenge.take();
        let knows = Check {
            keys: &keys,
            status: kept.status.as_ref(),
            now_ms,
            vehicle: check.vehicle.as_deref().map(name_of),
            challenge,
            began_ms: check.began_ms,
            seen: &check.seen,
            terminals: terminals.as_ref(),
        };
        if ShownIntent::is_intent(text) {
            let verdict = inspect_intent(text, &knows);
            return self.tell_intent(check, verdict, text, challenge, now_ms);
        }
        let verdict = inspect(text, &knows);
        let entry =
            paid_of(&verdict).zip(now_ms).map(|(paid, now_ms)| check.entry_of(paid, verdict.code(), now_ms));
        if let (Verdict::Valid { paid, .. }, Some(now_ms)) = (&verdict, now_ms) {
            check.seen.add(paid, now_ms);
        }
        self.tell(check, Told::of_code(&verdict), entry, None)
    }

    /// The same, of the NDEF message that this phone read from a passenger's: a ticket as a tag.
    pub fn inspect_tag(&self, message: &[u8]) -> Result<VerdictView, JolError> {
        self.inspect_text(&ndef::text_of(message).ok_or_else(|| JolError::bad("code"))?)
    }

    /// Looks up a number that a passenger says or shows: a card's, the one in a text message, a receipt's.
    /// By the register of the bus, without a network. A number that finds a ride is valid with the fact that
    /// anybody may know it.
    pub fn check_number(&self, kind: NumberKind, typed: &str) -> Result<VerdictView, JolError> {
        self.check_shown(ShownNumber::Typed(kind, typed))
    }

    /// Looks up a card that was held to the inspector's phone, by its number or its chip's.
    pub fn check_card_tap(&self, read: &str) -> Result<VerdictView, JolError> {
        self.check_shown(ShownNumber::Tapped(read))
    }

    fn check_shown(&self, shown: ShownNumber<'_>) -> Result<VerdictView, JolError> {
        let (ShownNumber::Tapped(number) | ShownNumber::Typed(_, number)) = shown;
        if !number.chars().any(char::is_alphanumeric) {
            return Err(JolError::bad("number"));
        }
        let vehicle = self.lock().vehicle.clone();
        let (kept, now_ms) = (self.jol.for_checking(vehicle.as_deref())?, self.jol.operator_time_ms()?);
        let mut check = self.lock();
        let Some(keys) = kept.keys else { return self.tell(check, no_keys(), None, None) };
        let lookup = Lookup {
            keys: &keys,
            register: kept.register.as_ref(),
            status: kept.status.as_ref(),
            now_ms,
            began_ms: check.began_ms,
            seen: &check.seen,
        };
        let verdict = look_up(shown, &lookup);
        let entry = verdict.ride.as_ref().zip(now_ms).map(|(ride, now_ms)| InspectionEntry {
            ticket: Some(ride.id.to_string()),
            ..check.entry(verdict.says.code(), now_ms)
        });
        if let (Says::Valid, Some(ride), Some(now_ms)) = (&verdict.says, &verdict.ride, now_ms) {
            check.seen.add_ride(ride.id, now_ms);
        }
        let told = Told::of_number(verdict, name_of(vehicle.as_deref().unwrap_or_default()));
        self.tell(check, told, entry, None)
    }

    /// As [`Inspector::tell`], of a payment that is not known yet.
    fn tell_intent(
        &self,
        mut check: MutexGuard<'_, Ongoing>,
        verdict: IntentVerdict,
        text: &str,
        challenge: Option<[u8; 8]>,
        now_ms: Option<i64>,
    ) -> Result<VerdictView, JolError> {
        let Some(intent) = &verdict.intent else {
            return self.tell(check, Told::only(verdict.says), None, None);
        };
        let asked = self.jol.time_of_day(&intent.city, intent.tapped_s.saturating_mul(1_000))?;
        let challenge = challenge.filter(|_| verdict.answered_challenge);
        let entry = now_ms.map(|now_ms| InspectionEntry {
            intent: Some(text.to_owned()),
            challenge: challenge.map(|challenge| Base64(challenge.to_vec())),
            ..check.entry(verdict.says.code(), now_ms)
        });
        if let (Says::CannotTell(_), Some(now_ms)) = (&verdict.says, now_ms) {
            check.seen.add_intent(intent.payment, now_ms);
        }
        self.tell(check, Told::of_intent(verdict), entry, Some(&asked))
    }

    /// Keeps what is uploaded later, and says the verdict in words.
    fn tell(
        &self,
        mut check: MutexGuard<'_, Ongoing>,
        told: Told,
        entry: Option<InspectionEntry>,
        asked: Option<&str>,
    ) -> Result<VerdictView, JolError> {
        let minor = std::mem::take(&mut check.minor);
        drop(check);
        if let Some(entry) = entry {
            self.jol.add_inspection(&entry)?;
        }
        let rule = self.jol.rule_for_minors()?;
        Ok(told.view(self.jol.language(), asked, rule.as_ref(), minor))
    }

    /// Uploads what was seen since the last upload: ticket, verdict, vehicle, time. Only an inspector's
    /// session may (`NotSignedIn`, `NotStaff`); until then it is kept.
    pub fn upload(&self) -> Result<(), JolError> {
        self.jol.upload_inspections()
    }

    fn lock(&self) -> MutexGuard<'_, Ongoing> {
        self.check.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ongoing {
    /// What is uploaded of a look, but for what was looked at.
    fn entry(&self, verdict: &str, now_ms: i64) -> InspectionEntry {
        InspectionEntry {
            ticket: None,
            intent: None,
            challenge: None,
            counter: None,
            verdict: verdict.to_owned(),
            vehicle: self.vehicle.clone().unwrap_or_default(),
            at_ms: now_ms,
        }
    }

    /// Of something that the operator signed. A voucher is for the bus that the phone signed, whichever bus
    /// this is.
    fn entry_of(&self, paid: &Paid, verdict: &str, now_ms: i64) -> InspectionEntry {
        let entry = self.entry(verdict, now_ms);
        let vehicle = if paid.counter().is_some() { paid.vehicle().to_owned() } else { entry.vehicle };
        InspectionEntry { ticket: Some(paid.id().to_string()), counter: paid.counter(), vehicle, ..entry }
    }
}

fn no_keys() -> Told {
    Told::only(Says::CannotTell(CannotTell::KeysTooOld))
}

fn paid_of(verdict: &Verdict) -> Option<&Paid> {
    match verdict {
        Verdict::Valid { paid, .. } => Some(paid),
        Verdict::NotValid { paid, .. } | Verdict::CannotTell { paid, .. } => paid.as_ref(),
    }
}
