//! Commands as a reader sends them to a card, and the two bytes that end each reply (ISO/IEC 7816-4).

/// Makes an application or a file the current one.
pub const SELECT: u8 = 0xa4;
/// Reads of the current file.
pub const READ_BINARY: u8 = 0xb0;

/// A command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command<'a> {
    /// CLA: 0 for the commands of the standard.
    pub class: u8,
    /// INS: what is to be done.
    pub instruction: u8,
    /// P1 and P2: how.
    pub parameters: [u8; 2],
    /// What goes with it.
    pub data: &'a [u8],
    /// Ne: how many bytes are expected back at most; none: only a status.
    pub expected: Option<usize>,
}

impl<'a> Command<'a> {
    /// A command from its bytes, in the short or the extended form (§5.2, cases 1 to 4).
    ///
    /// # Errors
    /// [`Status::WrongLength`] if the lengths in it contradict its own.
    pub fn read(bytes: &'a [u8]) -> Result<Command<'a>, Status> {
        let [class, instruction, p1, p2, body @ ..] = bytes else { return Err(Status::WrongLength) };
        let short = |le: u8| if le == 0 { 256 } else { usize::from(le) };
        let long = |le: [u8; 2]| if le == [0, 0] { 65_536 } else { usize::from(u16::from_be_bytes(le)) };
        let (data, expected): (&[u8], Option<usize>) = match *body {
            [] => (&[], None),
            [le] => (&[], Some(short(le))),
            [0, high, low] => (&[], Some(long([high, low]))),
            [0, high, low, ref rest @ ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                match rest.split_at_checked(length).filter(|_| length > 0) {
                    Some((data, [])) => (data, None),
                    Some((data, &[high, low])) => (data, Some(long([high, low]))),
                    _ => return Err(Status::WrongLength),
                }
            }
            [length, ref rest @ ..] => match rest.split_at_checked(length.into()).filter(|_| length > 0) {
                Some((data, [])) => (data, None),
                Some((data, &[le])) => (data, Some(short(le))),
                _ => return Err(Status::WrongLength),
            },
        };
        Ok(Command { class: *class, instruction: *instruction, parameters: [*p1, *p2], data, expected })
    }

    /// Its bytes in the short form; none if it needs the extended one.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let [p1, p2] = self.parameters;
        let mut bytes = vec![self.class, self.instruction, p1, p2];
        if !self.data.is_empty() {
            bytes.push(u8::try_from(self.data.len()).ok()?);
            bytes.extend_from_slice(self.data);
        }
        match self.expected {
            None => {}
            Some(256) => bytes.push(0),
            Some(expected) => bytes.push(u8::try_from(expected).ok().filter(|le| *le > 0)?),
        }
        Some(bytes)
    }
}

/// How a command ended: SW1 and SW2 (§5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Status {
    /// Done.
    Done = 0x9000,
    /// The lengths in the command do not fit.
    WrongLength = 0x6700,
    /// The operator did not sign that.
    NotGenuine = 0x6982,
    /// Not now: the phone cannot tell yet, or an answer is being waited for.
    NotNow = 0x6985,
    /// No file is the current one.
    NoFile = 0x6986,
    /// What goes with the command is not what it says.
    WrongData = 0x6a80,
    /// There is no such application or file.
    NotFound = 0x6a82,
    /// P1 and P2 ask for something that there is not here.
    WrongParameters = 0x6a86,
    /// Beyond the end of the file.
    WrongOffset = 0x6b00,
    /// There is no such command here.
    WrongInstruction = 0x6d00,
    /// There are no commands of this class here.
    WrongClass = 0x6e00,
    /// The phone is out of order.
    Failed = 0x6f00,
}

impl Status {
    /// A reply that says only this.
    pub fn reply(self) -> Vec<u8> {
        self.after(&[])
    }

    /// A reply that says this after some bytes.
    pub fn after(self, bytes: &[u8]) -> Vec<u8> {
        [bytes, &(self as u16).to_be_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Result<(Vec<u8>, Option<usize>), Status> {
        Command::read(bytes).map(|command| (command.data.to_vec(), command.expected))
    }

    #[test]
    fn every_case_of_the_standard_is_read() {
        let head = |body: &[u8]| [&[0, SELECT, 4, 0], body].concat();
        assert_eq!(read(&head(&[])), Ok((vec![], None)), "1");
        assert_eq!(read(&head(&[0])), Ok((vec![], Some(256))), "2 short");
        assert_eq!(read(&head(&[15])), Ok((vec![], Some(15))), "2 short");
        assert_eq!(read(&head(&[0, 1, 2])), Ok((vec![], Some(258))), "2 extended");
        assert_eq!(read(&head(&[0, 0, 0])), Ok((vec![], Some(65_536))), "2 extended");
        assert_eq!(read(&head(&[2, 7, 8])), Ok((vec![7, 8], None)), "3 short");
        assert_eq!(read(&head(&[0, 0, 2, 7, 8])), Ok((vec![7, 8], None)), "3 extended");
        assert_eq!(read(&head(&[2, 7, 8, 0])), Ok((vec![7, 8], Some(256))), "4 short");
        assert_eq!(read(&head(&[0, 0, 2, 7, 8, 1, 0])), Ok((vec![7, 8], Some(256))), "4 extended");
        for wrong in [&[0, 1][..], &[2, 7], &[2, 7, 8, 0, 0], &[0, 0, 2, 7], &[0, 0, 0, 7], &[0, 0, 1, 7, 0]]
        {
            assert_eq!(read(&head(wrong)), Err(Status::WrongLength), "{wrong:?}");
        }
        for length in 0..4 {
            assert_eq!(read(&head(&[])[..length]), Err(Status::WrongLength));
        }
    }

    #[test]
    fn a_status_ends_a_reply() {
        assert_eq!(Status::Done.reply(), [0x90, 0]);
        assert_eq!(Status::WrongOffset.after(&[1]), [1, 0x6b, 0]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            (class, instruction, parameters) in any::<(u8, u8, [u8; 2])>(),
            data in prop::collection::vec(any::<u8>(), 0..=255),
            expected in prop::option::of(1..=256usize),
        ) {
            let command = Command { class, instruction, parameters, data: &data, expected };
            let bytes = command.to_bytes().expect("a short one");
            prop_assert_eq!(Command::read(&bytes), Ok(command));
        }
    }
}
