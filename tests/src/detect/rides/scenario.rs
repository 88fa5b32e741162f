//! The ways in which one bus is taken for another.

use super::constants as of;
use super::{Boarding, Stage};
use crate::world::dice::Dice;
use crate::world::traffic::{Mood, RunIdx, Seen};
use clap::ValueEnum;

/// What is confusing about a ride.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Scenario {
    /// A ride like any other, where lines meet.
    Ordinary,
    /// Another bus of the line is 10 to 60 s ahead or behind.
    Bunch,
    /// A bus passes the other way when one sets out.
    Opposite,
    /// A bus of another line sets out together and stays on the same street.
    Parallel,
    /// All is slow, and the next bus is just ahead or behind.
    Jam,
    /// Several others are parked where one boards.
    Terminal,
    /// No fix for 40 to 120 s.
    Tunnel,
    /// Reports once a minute, 20 to 45 s old.
    SlowFeed,
    /// The phone's clock is off by 4 to 20 s.
    ClockSkew,
    /// The own bus does not report.
    NoFeed,
    /// The own bus does not report, the one ahead of it does.
    GhostBunch,
    /// On foot, on no bus.
    Pedestrian,
    /// On a bicycle, on no bus.
    Cyclist,
    /// In a car behind a bus.
    CarNear,
    /// Off one bus, and on the next.
    Transfer,
    /// Off the bus.
    Alight,
    /// Two buses report with one another's ids.
    SwappedId,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Scenario; 17] = [
        Scenario::Ordinary,
        Scenario::Bunch,
        Scenario::Opposite,
        Scenario::Parallel,
        Scenario::Jam,
        Scenario::Terminal,
        Scenario::Tunnel,
        Scenario::SlowFeed,
        Scenario::ClockSkew,
        Scenario::NoFeed,
        Scenario::GhostBunch,
        Scenario::Pedestrian,
        Scenario::Cyclist,
        Scenario::CarNear,
        Scenario::Transfer,
        Scenario::Alight,
        Scenario::SwappedId,
    ];

    /// As it is written on the command line and in cases.
    pub fn name(self) -> String {
        self.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned())
    }

    /// Nobody is on a bus.
    pub(super) fn is_null(self) -> bool {
        matches!(self, Scenario::Pedestrian | Scenario::Cyclist | Scenario::CarNear)
    }

    /// What the phone learns suffices to know.
    pub(super) fn is_decidable(self) -> bool {
        !matches!(self, Scenario::NoFeed | Scenario::GhostBunch | Scenario::SwappedId)
    }

    /// The street that it needs.
    pub(super) fn mood(self, dice: &mut Dice) -> Mood {
        match self {
            Scenario::Bunch | Scenario::GhostBunch => Mood::Bunched,
            Scenario::Jam => Mood::Jammed { share: dice.between(of::JAM.0, of::JAM.1) },
            _ => Mood::Usual,
        }
    }

    /// Whether a boarding is one of this kind; with what was found, by name.
    pub(super) fn fits(self, stage: &Stage<'_>, boarding: &Boarding) -> Option<Vec<(&'static str, f64)>> {
        let traffic = &stage.traffic;
        let departure_ms = boarding.halt.departure_ms;
        let own = traffic.bus_of(boarding.run);
        let here = traffic.seen(own, departure_ms)?;
        let others = || {
            let all = (0..traffic.buses()).filter(|bus| *bus != own);
            all.filter_map(|bus| Some((bus, traffic.seen(bus, departure_ms)?)))
        };
        let metres = |seen: &Seen| here.point.metres_to(seen.point);
        let turned =
            |seen: &Seen| ((seen.bearing_deg - here.bearing_deg + 180.0).rem_euclid(360.0) - 180.0).abs();
        match self {
            Scenario::Bunch | Scenario::GhostBunch => {
                let gap_s = |run: RunIdx| {
                    let halt = traffic.halt(run, boarding.stop)?;
                    Some((halt.departure_ms - departure_ms) as f64 / 1_000.0)
                };
                let same = traffic.runs().filter(|run| {
                    *run != boarding.run && traffic.pattern(*run) == traffic.pattern(boarding.run)
                });
                let is_near = |gap: &f64| {
                    let ahead = -gap;
                    (of::BUNCH_S.0..=of::BUNCH_S.1).contains(&if self == Scenario::GhostBunch {
                        ahead
                    } else {
                        gap.abs()
                    })
                };
                same.filter_map(gap_s).find(is_near).map(|gap| vec![("gap", gap)])
            }
            Scenario::Opposite => {
                let is_opposite = |(_, seen): &(usize, Seen)| {
                    seen.speed_mps > 2.0 && turned(seen) > 150.0 && metres(seen) < of::BESIDE_M
                };
                others().find(is_opposite).map(|(_, seen)| vec![("gapm", metres(&seen))])
            }
            Scenario::Parallel => {
                let later_ms = departure_ms + 60_000;
                let then = traffic.seen(own, later_ms)?;
                let stays = |bus: usize| {
                    traffic.seen(bus, later_ms).is_some_and(|seen| {
                        seen.speed_mps + then.speed_mps > 0.0
                            && seen.point.metres_to(then.point) < of::STILL_BESIDE_M
                    })
                };
                let is_parallel = |(bus, seen): &(usize, Seen)| {
                    let other_line = traffic.line(seen.run) != traffic.line(here.run);
                    other_line && turned(seen) < 30.0 && metres(seen) < of::BESIDE_M && stays(*bus)
                };
                let moves = here.point.metres_to(then.point) > 120.0;
                let found = others().filter(|_| moves).find(is_parallel);
                found.map(|(_, seen)| vec![("gapm", metres(&seen))])
            }
            Scenario::Jam => {
                let is_near = |(_, seen): &(usize, Seen)| {
                    turned(seen) < 30.0 && (of::JAM_GAP_M.0..of::JAM_GAP_M.1).contains(&metres(seen))
                };
                others().find(is_near).map(|(_, seen)| vec![("gapm", metres(&seen))])
            }
            Scenario::Terminal => {
                let is_parked =
                    |(_, seen): &(usize, Seen)| seen.speed_mps < 0.1 && metres(seen) < of::PARKED_M;
                let parked = others().filter(is_parked).count();
                (parked >= of::PARKED).then(|| vec![("parked", parked as f64)])
            }
            _ => Some(Vec::new()),
        }
    }
}
