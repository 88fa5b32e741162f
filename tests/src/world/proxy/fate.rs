use crate::world::dice::Dice;

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the phone to the operator.
    Up,
    /// From the operator to the phone.
    Down,
}

/// A place in the bytes that a connection carries in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// After so many bytes.
    Byte(u64),
    /// So many bytes into a TLS record, or at its end if it is shorter; the first record is 0.
    Record {
        /// Which one.
        nth: u32,
        /// How far inside; a header has 5 bytes.
        inside: u32,
    },
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order.
    Fin,
    /// At once: `SO_LINGER` 0.
    Rst,
}

/// Until when bytes are held back; in any case until the proxy lets everything go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until then.
    LetGo,
    /// Until a connection that came later has brought an answer.
    LaterOne,
    /// Until the phone has given the connection up; then they arrive.
    PhoneGone,
}

/// What happens at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The connection ends, on both sides.
    Cut(End),
    /// What follows waits.
    Hold(Until),
    /// So many bytes that just passed come once more.
    Double(usize),
}

/// What somebody on the way says to these bytes of the phone in place of the operator, who is asked all the
/// same; none if they do not care.
pub type Lie = fn(&[u8]) -> Option<Vec<u8>>;

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fate {
    /// In pieces of so many bytes; none: as they come.
    pub pieces: Option<usize>,
    /// What happens, and where.
    pub event: Option<(Way, At, Event)>,
    /// Who lies on the way.
    pub lie: Option<Lie>,
}

impl Fate {
    /// One event, else nothing.
    pub fn of(way: Way, at: At, event: Event) -> Fate {
        Fate { event: Some((way, at, event)), ..Fate::default() }
    }

    /// Any fate, on TLS or not. Doubled bytes are for TLS, which notices: TCP itself doubles none.
    pub fn draw(dice: &mut Dice, is_tls: bool) -> Fate {
        let pieces = dice.chance(0.3).then(|| *dice.pick(&[1, 7, 64, 500]));
        let way = *dice.pick(&[Way::Up, Way::Down]);
        let at = if is_tls && dice.chance(0.6) {
            At::Record { nth: dice.below(12) as u32, inside: *dice.pick(&[0, 3, 5, 40, 200]) }
        } else {
            // As many places below 100 bytes as between 1 000 and 16 000.
            At::Byte(dice.between(0.0, 14.0).exp2() as u64)
        };
        let end = *dice.pick(&[End::Fin, End::Rst]);
        let event = match dice.below(10) {
            0..3 => None,
            3..6 => Some(Event::Cut(end)),
            6 => Some(Event::Hold(Until::LetGo)),
            7 => Some(Event::Hold(Until::LaterOne)),
            8 => Some(Event::Hold(Until::PhoneGone)),
            _ if is_tls => Some(Event::Double(1 + dice.below(300))),
            // Before the first byte: nobody is there.
            _ => return Fate::of(Way::Up, At::Byte(0), Event::Cut(End::Rst)),
        };
        Fate { pieces, event: event.map(|event| (way, at, event)), lie: None }
    }
}

/// The bytes that a connection carried.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// To the operator.
    pub up: Vec<u8>,
    /// To the phone.
    pub down: Vec<u8>,
}

impl Carried {
    pub(super) fn of(&self, way: Way) -> &[u8] {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }

    /// How many whole TLS records went this way.
    pub fn records(&self, way: Way) -> u32 {
        let mut position = Position::default();
        self.of(way).iter().for_each(|byte| position.pass(*byte));
        position.records
    }
}

/// How far a direction is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Position {
    bytes: u64,
    records: u32,
    /// Of the record that is under way.
    inside: u32,
    length: u32,
}

impl Position {
    pub(super) fn pass(&mut self, byte: u8) {
        self.bytes += 1;
        self.inside += 1;
        // Type, version, length (RFC 8446 §5.1).
        match self.inside {
            4 => self.length = u32::from(byte) << 8,
            5 => self.length |= u32::from(byte),
            _ => {}
        }
        if self.inside >= 5 && self.inside == 5 + self.length {
            (self.records, self.inside) = (self.records + 1, 0);
        }
    }

    pub(super) fn is_at(&self, at: At) -> bool {
        match at {
            At::Byte(bytes) => self.bytes >= bytes,
            At::Record { nth, inside } => {
                self.records > nth || (self.records == nth && self.inside >= inside)
            }
        }
    }
}
