//! The phone as a card: what each command does, and what is replied.

use super::apdu::{Command, READ_BINARY, SELECT, Status};
use super::ndef;

/// The NDEF application of a Type 4 Tag (T4T 2.0 §5.4.2).
pub const NDEF_AID: [u8; 7] = [0xd2, 0x76, 0x00, 0x00, 0x85, 0x01, 0x01];
/// The application in which a bus's terminal names its bus: `F0` for names that nobody registers (ISO/IEC 7816-4
/// §8.2.1.2), and `JOLBUS`.
pub const BUS_AID: [u8; 7] = [0xf0, b'J', b'O', b'L', b'B', b'U', b'S'];
/// The version of that application, which its selection is answered with.
pub const PROTOCOL: u8 = 1;
/// CLA and INS of the command that names the bus.
pub const NAME_BUS: [u8; 2] = [0x80, 0x42];

/// The capability container and the file with the message.
const CONTAINER_ID: [u8; 2] = [0xe1, 0x03];
const MESSAGE_ID: [u8; 2] = [0xe1, 0x04];
/// So many bytes a read at most: with status, header and check they are one frame of 256 bytes.
const LONGEST_READ: u8 = 240;
/// The size of the file with the message: the longest ticket, its record and their length fit.
const FILE_SIZE: u16 = 512;

/// What a tag can do (T4T 2.0 §5.1): its own length, version 2.0, the longest read and write, and where the message is:
/// a file of 512 bytes that anybody reads and nobody writes.
const CONTAINER: [u8; 15] = {
    let [id, nth] = MESSAGE_ID;
    let [high, low] = FILE_SIZE.to_be_bytes();
    [0, 15, 0x20, 0, LONGEST_READ, 0, 52, 4, 6, id, nth, high, low, 0, 0xff]
};

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// This is the reply.
    Reply(Vec<u8>),
    /// The message is asked for: the reply comes from [`Tag::hold`].
    WantsMessage,
    /// A terminal names its bus by this text, a sticker's; nobody vouches for it yet. The reply is a status.
    Named {
        /// As in the code that hangs in the bus.
        sticker: String,
    },
}

/// A phone as its readers see it. What a reader was told stays the same until it asks anew: a message
/// is frozen when its file is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag(Current);

/// What is current.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Current {
    #[default]
    Nothing,
    /// The NDEF application, without a file.
    Application,
    Container,
    /// The file with the message, which is being waited for.
    Awaited,
    /// The file with its message, its length before it.
    Message(Vec<u8>),
    /// The terminal's application.
    Bus,
}

impl Tag {
    /// Answers a command of a reader. Nothing is waited for twice: a reader that does not wait for the
    /// message begins anew.
    pub fn respond(&mut self, command: &[u8]) -> Step {
        let read = Command::read(command).and_then(|command| self.act(&command));
        read.unwrap_or_else(|status| Step::Reply(status.reply()))
    }

    /// Holds out the text of a ticket's code to the reader that selected the file, or an empty message: what
    /// to reply. None if nobody waits.
    pub fn hold(&mut self, text: Option<&str>) -> Option<Vec<u8>> {
        if self.0 != Current::Awaited {
            return None;
        }
        let message = text.map(ndef::ticket_message).unwrap_or_default();
        let length = u16::try_from(message.len()).ok().filter(|length| *length <= FILE_SIZE - 2);
        let file = length.map(|length| [&length.to_be_bytes(), message.as_slice()].concat());
        self.0 = Current::Message(file.unwrap_or_else(|| vec![0, 0]));
        Some(Status::Done.reply())
    }

    /// Whether the message is being waited for.
    pub fn is_waiting(&self) -> bool {
        self.0 == Current::Awaited
    }

    fn act(&mut self, command: &Command<'_>) -> Result<Step, Status> {
        if [command.class, command.instruction] == NAME_BUS {
            return self.named(command);
        }
        match (command.class, command.instruction) {
            (0, SELECT) => self.select(command),
            (0, READ_BINARY) => self.read(command).map(Step::Reply),
            (0, _) => Err(Status::WrongInstruction),
            _ => Err(Status::WrongClass),
        }
    }

    fn select(&mut self, command: &Command<'_>) -> Result<Step, Status> {
        match command.parameters {
            // By name; P2 asks for a description of the file or for none, and there is none.
            [4, 0 | 0x0c] if command.data == NDEF_AID => self.0 = Current::Application,
            [4, 0 | 0x0c] if command.data == BUS_AID => {
                self.0 = Current::Bus;
                return Ok(Step::Reply(Status::Done.after(&[PROTOCOL])));
            }
            [4, 0 | 0x0c] => return Err(Status::NotFound),
            [0, 0 | 0x0c] if command.data.len() != 2 => return Err(Status::WrongLength),
            [0, 0 | 0x0c] => return self.select_file(command.data),
            _ => return Err(Status::WrongParameters),
        }
        Ok(Step::Reply(Status::Done.reply()))
    }

    fn select_file(&mut self, id: &[u8]) -> Result<Step, Status> {
        if matches!(self.0, Current::Nothing | Current::Bus) {
            return Err(Status::NotFound);
        }
        if id == MESSAGE_ID {
            self.0 = Current::Awaited;
            return Ok(Step::WantsMessage);
        }
        if id != CONTAINER_ID {
            return Err(Status::NotFound);
        }
        self.0 = Current::Container;
        Ok(Step::Reply(Status::Done.reply()))
    }

    /// A piece of the current file; shorter than asked for where the file ends.
    fn read(&self, command: &Command<'_>) -> Result<Vec<u8>, Status> {
        let file: &[u8] = match &self.0 {
            Current::Container => &CONTAINER,
            Current::Message(file) => file,
            Current::Awaited => return Err(Status::NotNow),
            Current::Nothing | Current::Application | Current::Bus => return Err(Status::NoFile),
        };
        let offset = usize::from(u16::from_be_bytes(command.parameters));
        let expected = command.expected.filter(|_| command.data.is_empty()).ok_or(Status::WrongLength)?;
        // The highest bit of P1 would name a file by its short id; there are none.
        if offset >= 0x8000 {
            return Err(Status::WrongParameters);
        }
        let rest = file.get(offset..).filter(|rest| !rest.is_empty()).ok_or(Status::WrongOffset)?;
        let length = expected.min(LONGEST_READ.into()).min(rest.len());
        Ok(Status::Done.after(rest.get(..length).unwrap_or_default()))
    }

    fn named(&self, command: &Command<'_>) -> Result<Step, Status> {
        if self.0 != Current::Bus {
            return Err(Status::WrongInstruction);
        }
        if command.parameters != [0, 0] {
            return Err(Status::WrongParameters);
        }
        let sticker = std::str::from_utf8(command.data).ok().filter(|text| !text.is_empty());
        Ok(Step::Named { sticker: sticker.ok_or(Status::WrongData)?.to_owned() })
    }
}

#[cfg(test)]
#[path = "tag_tests.rs"]
mod tests;
