//! On the way: which bus it is, one tap, the ticket, the terminus.

use super::RideError;
use super::story::{PATIENCE_MS, Story, camera, opening, wrong};
use super::teller::timed;
use crate::world::phone::PhoneFix;
use jol_core::clock::Clock;
use jol_core::detect::{Candidate, Fix, Sighting};
use jol_core::entropy::SeededEntropy;
use jol_core::inspector::Inspector;
use jol_core::jol::Jol;
use jol_core::pay::{PaymentState, Source, Way};
use jol_core::plan::{Journey, Leg};
use jol_core::qr::{Correction, Frame, QrCode, Reader};
use jol_core::realtime::BoardKind;
use jol_core::text::say;
use jol_core::travel::TravelQuery;
use jol_core::wallet::{Category, PassengerGroup};
use std::sync::Arc;

/// The bus that the passenger is in.
pub(super) struct Boarded {
    vehicle: String,
    painted: String,
    way: Way,
    terminus_ms: i64,
}

impl Story {
    /// Walks to the stop, looks at its board, boards, and lets the phone find out which bus it is.
    pub(super) fn board(&mut self, journey: &Journey) -> Result<Boarded, RideError> {
        let ride = journey.legs.iter().find_map(Leg::ride).ok_or_else(|| wrong("the journey has no ride"))?;
        let (from, to) = (&ride.from_stop, &ride.to_stop);
        let felt = self.town.data.live.passenger(&ride.trip_id, ride.service_day, &from.id, &to.id);
        let felt = felt.ok_or_else(|| wrong("nobody can tell how this ride feels"))?;
        let first_ms = felt.fixes.first().map_or(felt.boards_ms, |fix| fix.at_ms);
        self.wait_until(first_ms)?;
        // The board asks for live times; they are there when it is looked at again.
        self.does("the stop board", |jol| jol.board(&from.id, 6))?;
        self.drain("the live times")?;
        let rows = self.does("the stop board", |jol| jol.board(&from.id, 6))?.rows;
        self.teller.say(format!("Board of {}:", from.name));
        for row in &rows {
            let (time, known) = (self.time(row.expected_ms), row.known.join(", "));
            self.teller.say(format!("  {time}  {:>5}  {} ({known})", row.line, row.headsign));
        }
        let live = rows.iter().filter(|row| matches!(row.kind, BoardKind::Live { .. })).count();
        self.teller.fact("board_rows", rows.len());
        self.teller.fact("board_live", live);
        let proposed = self.look_for_the_bus(&felt.fixes, felt.boards_ms, felt.alights_ms)?;
        let (vehicle, painted, way) = match proposed {
            Some((bus, after_s)) if bus.vehicle == felt.vehicle => {
                self.teller
                    .say(format!("Boarded bus {}: the phone found it {after_s} s after boarding", bus.label));
                self.teller.fact("found", "by position");
                self.teller.fact("found_after_s", after_s);
                (bus.vehicle, bus.label, Way::App)
            }
            Some((bus, _)) => {
                return Err(wrong(&format!(
                    "the phone found bus {}, but it is bus {}",
                    bus.label, felt.painted
                )));
            }
            None => self.scan_the_code(&felt.vehicle)?,
        };
        self.teller.fact("vehicle", vehicle.clone());
        self.teller.step("board", "The stop's board, boarding, which bus it is")?;
        Ok(Boarded { vehicle, painted, way, terminus_ms: felt.terminus_ms })
    }

    fn look_for_the_bus(
        &mut self,
        fixes: &[PhoneFix],
        boards_ms: i64,
        alights_ms: i64,
    ) -> Result<Option<(Candidate, i64)>, RideError> {
        let mut shown = String::new();
        self.does("opening the pay screen", |jol| jol.look_for_bus(true))?;
        for fix in fixes.iter().filter(|fix| fix.at_ms < alights_ms) {
            self.wait_until(fix.at_ms)?;
            let fix = Fix {
                at_ms: fix.at_ms,
                point: fix.point,
                accuracy_m: fix.accuracy_m,
                speed_mps: Some(fix.speed_mps),
                bearing_deg: fix.bearing_deg,
                mocked: false,
            };
            let sighting = self.does("looking for the bus", |jol| jol.observe(&fix))?;
            match sighting {
                // Before boarding a proposal would be about somebody else's bus.
                Sighting::Proposed { bus, .. } if fix.at_ms > boards_ms => {
                    return Ok(Some((bus, (fix.at_ms - boards_ms) / 1_000)));
                }
                Sighting::Choose { candidates, .. } => {
                    shown = candidates.iter().map(|c| c.label.as_str()).collect::<Vec<_>>().join(", ");
                }
                _ => {}
            }
        }
        self.teller.say(format!("The phone cannot tell the buses apart here (it offers: {shown})"));
        Ok(None)
    }

    /// The code in the bus, scanned: what a passenger does when the phone cannot tell.
    fn scan_the_code(&mut self, vehicle: &str) -> Result<(String, String, Way), RideError> {
        let text = self.sandbox.bus_code(vehicle)?;
        let code = QrCode::of(&text, Correction::M).map_err(|error| wrong(&error.to_string()))?;
        let shot = camera(self.seed).shoot(&code, 20, 200);
        let scanned = self.does("scanning the bus's code", |jol| {
            jol.scan(&shot.luma, shot.width, shot.height, shot.width, 0)
        })?;
        let text = scanned
            .first()
            .map(|code| code.text.clone())
            .ok_or_else(|| wrong("the bus's code did not read"))?;
        let bus = self.does("the bus's code", |jol| jol.bus_by_code(&text))?;
        self.teller.say(format!("Scanned the code in the bus: bus {}, plate {}", bus.painted, bus.plate));
        self.teller.fact("found", "by its code");
        Ok((bus.vehicle, bus.painted, Way::BusQr))
    }

    pub(super) fn pay(&mut self, boarded: &Boarded) -> Result<String, RideError> {
        let one = vec![PassengerGroup { category: Category::Standard, count: 1 }];
        let quote = |story: &Story| {
            story.does("the fare", |jol| {
                jol.quote(&boarded.vehicle, boarded.way, Source::PhoneBalance, one.clone(), false)
            })
        };
        let first = quote(self)?;
        let button = say(self.language, "pay-button", &[("sum", &first.fare.to_string())]);
        self.teller.say(format!("[ {button} ] line {}, bus {}", first.vehicle.line, first.vehicle.painted));
        let signature = self.key.sign(&first.to_sign);
        let key = self.does("paying", |jol| jol.pay(&first, Some(&signature)))?;
        let pending = self.does("the payment", |jol| jol.payment(&key))?;
        // The second tap comes while nobody knows what became of the first, or just after.
        let second = quote(self)?;
        let again =
            self.does("tapping again", |jol| jol.pay(&second, Some(&self.key.sign(&second.to_sign))))?;
        self.drain("paying")?;
        let paid = self.does("the payment", |jol| jol.payment(&key))?;
        let PaymentState::Paid { ride } = paid.state.clone() else {
            return Err(wrong(&format!("not paid: {:?}", paid.state)));
        };
        if again != key || second.paid_by.as_deref() != Some(&key) {
            return Err(wrong("a second tap made a second payment"));
        }
        if pending.fare != first.fare || paid.fare != first.fare {
            return Err(wrong("the sum is not the one on the button"));
        }
        let third = quote(self)?;
        let later =
            self.does("tapping a third time", |jol| jol.pay(&third, Some(&self.key.sign(&third.to_sign))))?;
        let spent = self.does("the ledger", |jol| jol.spent_from(&Source::PhoneBalance))?;
        if later != key || spent != first.fare {
            return Err(wrong(&format!("charged {spent} instead of {}", first.fare)));
        }
        self.teller.say(say(self.language, "paid", &[("sum", &paid.fare.to_string())]));
        self.teller.say(format!("Tapped again: {}", say(self.language, "already-paid", &[])));
        self.teller.fact("fare_tiyn", paid.fare.tiyn);
        self.teller.step("pay", "One tap from the phone's balance, and a second")?;
        Ok(ride)
    }

    /// The ticket on the screen, through a camera, to an inspector without a network.
    pub(super) fn show(&mut self, boarded: &Boarded, ride: &str) -> Result<(), RideError> {
        let inspector = self.inspector(&boarded.painted)?;
        let code = self.show_anew(ride)?;
        let view = self.does("the ticket", |jol| jol.ticket(ride))?;
        self.teller.say(say(self.language, "line-and-bus", &[("line", &view.line), ("bus", &view.bus)]));
        let who: Vec<String> =
            view.passengers.iter().map(|who| format!("{} × {}", who.category, who.count)).collect();
        self.teller.say(format!("{} · {} · {}", who.join(", "), view.sum_text, view.state_text));
        self.teller.picture(code.to_terminal());
        let camera = camera(self.seed);
        let shot = camera.shoot(&code, 24, 90);
        let frame = Frame::new(shot.luma.as_slice(), shot.width, shot.height, shot.width, 0)
            .map_err(|error| wrong(&error.to_string()))?;
        let scanned = Reader::new(1_000).read(&frame, &self.clock);
        let verdict = inspector
            .inspect_frame(&frame)
            .map_err(|error| RideError::Jol { doing: "inspecting".into(), error })?
            .ok_or_else(|| wrong(&format!("the inspector's phone read nothing ({} codes)", scanned.len())))?;
        if verdict.verdict != "valid" {
            return Err(wrong(&format!("the inspector says: {}", verdict.text)));
        }
        self.teller.say(format!(
            "Seen by a camera: {}×{} pixels, tilted {}°, noise σ {}",
            shot.width, shot.height, camera.tilt_degrees, camera.noise_sigma
        ));
        self.teller.say(format!("The inspector, without a network: {}", verdict.text));
        for fact in &verdict.facts {
            self.teller.say(format!("  {fact}"));
        }
        self.teller.fact("qr_version", code.version);
        self.teller.fact("verdict", verdict.verdict);
        self.teller.step("show", "The ticket, a camera, an inspector")
    }

    /// The app was closed meanwhile and is opened again: the ticket's code comes from the wallet alone.
    fn show_anew(&mut self, ride: &str) -> Result<QrCode, RideError> {
        self.jol.close();
        let opening = self.opening(&SeededEntropy::new(self.seed));
        // The same data key, but no other chance twice.
        let entropy = Arc::new(SeededEntropy::new(self.seed ^ 0xC01D));
        let clock = Arc::new(self.clock.clone());
        let (code, ms) = timed(|| {
            self.jol = Jol::open_simulated(opening, clock, entropy)?;
            let to_sign = self.jol.to_sign(ride, None)?;
            let signature = self.key.sign(&to_sign.message);
            self.jol.present(ride, to_sign.slot, None, Some(&signature))
        });
        let code =
            code.map_err(|error| RideError::Jol { doing: "the ticket after a start".into(), error })?;
        self.teller.say(format!("The app was closed and opened again: its code after {ms:.1} ms"));
        self.teller.shown_in(ms);
        Ok(code)
    }

    /// An inspector who was online this morning, and is not now.
    fn inspector(&self, bus: &str) -> Result<Inspector, RideError> {
        let failed = |doing: &str| {
            let doing = doing.to_owned();
            move |error| RideError::Jol { doing, error }
        };
        let entropy = Arc::new(SeededEntropy::new(self.seed ^ 0x1235));
        let folder = self.folder.join("inspector");
        let opening = opening(&self.sandbox, &folder, self.language, "an inspector's phone", &*entropy);
        let inspector = Inspector::open_simulated(opening, Arc::new(self.clock.clone()), entropy)
            .map_err(failed("opening the inspector's file"))?;
        inspector.refresh().map_err(failed("fetching the keys"))?;
        inspector.jol().drain(PATIENCE_MS).map_err(failed("fetching the keys"))?;
        inspector.jol().close();
        inspector.begin_check(bus).map_err(failed("beginning the check"))?;
        Ok(inspector)
    }

    pub(super) fn arrive(&mut self, boarded: &Boarded, ride: &str) -> Result<(), RideError> {
        let ended_ms = boarded.terminus_ms + 60_000;
        self.wait_until(ended_ms.max(self.clock.wall_ms() + 11 * 60_000))?;
        self.does("asking what the operator holds", Jol::refresh)?;
        self.drain("asking what the operator holds")?;
        let view = self.does("the ticket", |jol| jol.ticket(ride))?;
        if view.is_valid {
            return Err(wrong("the ticket is still valid after the terminus"));
        }
        self.teller.say(format!("{}  {}", self.time(self.clock.wall_ms()), view.state_text));
        let rides = TravelQuery { ways: Way::ALL.to_vec(), ..TravelQuery::default() };
        let page = self.does("Travel Details", |jol| jol.travel_details(&rides))?;
        let [rode] = page.entries.as_slice() else {
            return Err(wrong(&format!("{} rides in Travel Details instead of one", page.entries.len())));
        };
        let Some(key) = rode.receipt.as_ref().filter(|_| rode.ride.as_deref() == Some(ride)) else {
            return Err(wrong("Travel Details do not show the ride"));
        };
        self.teller.say(format!("{}  {}, {}: {}", self.time(rode.at_ms), rode.what, rode.how, rode.became));
        let receipt = self.does("the receipt", |jol| jol.receipt(key))?;
        if receipt.amount != rode.spent || receipt.outcome != "paid" {
            return Err(wrong("the receipt says something else"));
        }
        self.teller.say(format!("Receipt {}: {} ₸, signature checked", receipt.reference, receipt.amount));
        let month = self.does("the month", |jol| jol.month_sum(rode.at_ms))?;
        if month.spent != rode.spent || month.rides != 1 {
            return Err(wrong(&format!("the month's sum is {} ₸", month.spent)));
        }
        self.teller
            .say(format!("{:02}.{}: {} ride, {} ₸", month.month, month.year, month.rides, month.spent));
        if !self.does("the ledger", Jol::ledger_is_balanced)? {
            return Err(wrong("the wallet's ledger does not balance"));
        }
        self.teller.fact("month_tiyn", month.spent.tiyn);
        self.teller.step("arrive", "The terminus, Travel Details, the month")
    }
}
