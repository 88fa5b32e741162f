//! `Inspector`: the same for staff, with a file of its own.
//!
//! An inspector's phone signs in, keeps the operator's keys, time and list of revoked tickets, and
//! checks tickets without a network. What it uploads says which ticket was seen where, and no more.

mod paper;

use crate::clock::{Clock, SystemClock};
use crate::entropy::{Entropy, SystemEntropy, random};
use crate::jol::{Jol, JolError, Opening};
use crate::operator::wire::InspectionEntry;
use crate::qr::{CodeError, Correction, Frame, QrCode, Reader};
use crate::text::{Language, say};
use crate::ticket::presentation::challenge_to_text;
use crate::ticket::till::{PaperSeen, PaperTicket};
use crate::ticket::{
    CannotTell, Check, NotValid, Paid, Presentation, SeenSet, ShownVoucher, Verdict, inspect,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How long the reader may look at one frame, in ms.
const FRAME_BUDGET_MS: u32 = 40;

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
    reader: Reader,
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
        let check = Ongoing {
            vehicle: None,
            began_ms: None,
            challenge: None,
            seen: SeenSet::default(),
            papers: PaperSeen::default(),
            reader: Reader::new(FRAME_BUDGET_MS),
        };
        Inspector { jol: Arc::new(jol), clock, entropy, check: Mutex::new(check) }
    }

    /// Signing in, terms, the link: as for any phone.
    pub fn jol(&self) -> Arc<Jol> {
        self.jol.clone()
    }

    /// Fetches what checking needs: keys, time, the list of revoked tickets.
    pub fn refresh(&self) -> Result<(), JolError> {
        self.jol.ask_for_checking()
    }

    /// The inspector boards this bus: what is bought from now on is shown as a fact, and a ticket that
    /// is seen twice in this check is refused. `bus` is the painted number.
    pub fn begin_check(&self, bus: &str) -> Result<(), JolError> {
        let bus: String = bus.chars().filter(|c| !c.is_whitespace()).collect();
        if bus.is_empty() {
            return Err(JolError::bad("bus"));
        }
        let began_ms = self.jol.operator_time_ms()?;
        let mut check = self.lock();
        *check = Ongoing {
            vehicle: Some(bus),
            began_ms,
            challenge: None,
            seen: SeenSet::default(),
            papers: PaperSeen::default(),
            reader: Reader::new(FRAME_BUDGET_MS),
        };
        Ok(())
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
            .find(|found| {
                Presentation::is_ticket(&found.text)
                    || ShownVoucher::is_voucher(&found.text)
                    || PaperTicket::is_paper(&found.text)
            })
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
        let now_ms = self.jol.operator_time_ms()?;
        let (keys, status) = self.jol.for_checking()?;
        let language = self.jol.language();
        let Some(keys) = keys else {
            return Ok(view_of(&no_keys(), language));
        };
        let mut check = self.lock();
        let verdict = inspect(
            text,
            &Check {
                keys: &keys,
                status: status.as_ref(),
                now_ms,
                vehicle: check.vehicle.as_deref(),
                challenge: check.challenge,
                began_ms: check.began_ms,
                seen: &check.seen,
                terminals: None,
            },
        );
        check.challenge = None;
        let vehicle = check.vehicle.clone().unwrap_or_default();
        if let (Some(paid), Some(now_ms)) = (paid_of(&verdict), now_ms) {
            let entry = InspectionEntry {
                ticket: paid.id().to_string(),
                counter: paid.counter(),
                verdict: verdict.code().to_owned(),
                vehicle,
                at_ms: now_ms,
            };
            if matches!(verdict, Verdict::Valid { .. }) {
                check.seen.add(paid, now_ms);
            }
            drop(check);
            self.jol.add_inspection(&entry)?;
        }
        Ok(view_of(&verdict, language))
    }

    /// Uploads what was seen since the last upload: ticket, verdict, vehicle, time.
    pub fn upload(&self) -> Result<(), JolError> {
        self.jol.upload_inspections()
    }

    fn lock(&self) -> MutexGuard<'_, Ongoing> {
        self.check.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_keys() -> Verdict {
    Verdict::CannotTell { reason: CannotTell::KeysTooOld, paid: None, facts: Default::default() }
}

fn paid_of(verdict: &Verdict) -> Option<&Paid> {
    match verdict {
        Verdict::Valid { paid, .. } => Some(paid),
        Verdict::NotValid { paid, .. } | Verdict::CannotTell { paid, .. } => paid.as_ref(),
    }
}

fn view_of(verdict: &Verdict, language: Language) -> VerdictView {
    let plain = |message: &str| say(language, message, &[]);
    let (reason, reason_text, facts) = match verdict {
        Verdict::Valid { facts, .. } => (None, None, Some(facts)),
        Verdict::NotValid { reason, .. } => (Some(reason.code()), Some(reason_text(reason, language)), None),
        Verdict::CannotTell { reason, facts, .. } => {
            (Some(reason.code()), Some(plain(&message_of(reason.code()))), Some(facts))
        }
    };
    let facts = facts.map(|facts| {
        let all = [
            (facts.bought_after_check_began, "fact-bought-after"),
            (facts.time_by_phone, "fact-time-by-phone"),
            (facts.unattested, "fact-unattested"),
            (facts.answered_challenge, "fact-answered-challenge"),
            (facts.continued, "fact-continued"),
            (facts.status_age_s.is_none(), "fact-no-status-list"),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, message)| plain(message)).collect()
    });
    let verdict_text = match verdict {
        Verdict::Valid { .. } => plain("verdict-valid"),
        Verdict::NotValid { .. } => plain("verdict-not-valid"),
        Verdict::CannotTell { .. } => plain("verdict-cannot-tell"),
    };
    let paid = paid_of(verdict);
    let passengers = paid.map(Paid::passengers).unwrap_or_default();
    VerdictView {
        verdict: verdict.code().to_owned(),
        reason: reason.map(str::to_owned),
        text: reason_text.map_or(verdict_text.clone(), |reason| format!("{verdict_text}. {reason}")),
        facts: facts.unwrap_or_default(),
        line: paid.and_then(Paid::line).map(str::to_owned),
        bus: paid.map(|paid| paid.vehicle().to_owned()),
        passengers: passengers.iter().map(|group| crate::jol::PassengerWords::of(group, language)).collect(),
        ticket: paid.map(|paid| paid.id().to_string()),
    }
}

fn reason_text(reason: &NotValid, language: Language) -> String {
    let message = message_of(reason.code());
    match reason {
        NotValid::WrongVehicle { vehicle } => say(language, &message, &[("bus", vehicle)]),
        NotValid::NoRideLeft { rides } => say(language, &message, &[("rides", &rides.to_string())]),
        NotValid::WrongSlot { age_s } => say(language, &message, &[("age", &age_s.to_string())]),
        _ => say(language, &message, &[]),
    }
}

/// The catalogue's id of a reason: `wrong_slot` is `reason-wrong-slot`.
fn message_of(code: &str) -> String {
    format!("reason-{}", code.replace('_', "-"))
}
