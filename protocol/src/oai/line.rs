//! One line, and what it may be.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use smol_str::SmolStr;

use super::confirmation::Confirmation;
use super::data;
use super::error::LineError;
use super::event::Event;
use super::id::Sequence;
use super::text;
use super::wire::{Reader, Wire};

/// A line as received, without its end.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Line(Bytes);

impl Line {
    /// Of the bytes of one line. CR, LF, NUL and spaces at the end are dropped, unless they are counted data.
    pub fn new(mut bytes: Bytes) -> Self {
        let last = bytes.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n' | 0 | b' '));
        let kept = last.map_or(0, |last| last + 1).max(data::protected(&bytes));
        bytes.truncate(kept);
        Self(bytes)
    }

    /// The bytes received.
    pub fn raw(&self) -> &Bytes {
        &self.0
    }

    /// Its characters; see [`text`] for the character set.
    pub fn text(&self) -> Cow<'_, str> {
        text::decode(&self.0)
    }

    /// What the PBX says with it.
    pub fn parse(&self) -> Result<Message, LineError> {
        Message::parse(&self.text())
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text(), out)
    }
}

/// What the PBX sends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    /// Something happened.
    Event(Event),
    /// The answer to a command.
    Confirmation(Confirmation),
}

impl Message {
    /// `message = SEQ "," ( "CF" confirmation / code event )`, without line end.
    pub fn parse(line: &str) -> Result<Self, LineError> {
        let mut fields = Reader::new(line);
        let odd = Oddities { odd_pipes: fields.odd_pipes(), unreadable: 0 };
        let first = fields.next().unwrap_or_default();
        let sequence = <u16 as Wire>::read(first).map(Sequence).ok_or_else(|| LineError::Sequence(shortened(first)))?;
        match code(fields.next()).ok_or(LineError::NoCode)? {
            "CF" => {
                let command = code(fields.next()).ok_or(LineError::NoCode)?;
                Ok(Self::Confirmation(Confirmation::read(sequence, command, odd, &mut fields)))
            }
            code => Ok(Self::Event(Event::read(sequence, code, odd, &mut fields))),
        }
    }

    /// Its number.
    pub fn sequence(&self) -> Sequence {
        match self {
            Self::Event(event) => event.sequence,
            Self::Confirmation(confirmation) => confirmation.sequence,
        }
    }

    /// What was odd about the line.
    pub fn odd(&self) -> Oddities {
        match self {
            Self::Event(event) => event.odd,
            Self::Confirmation(confirmation) => confirmation.odd,
        }
    }
}

/// Longest code of an event or command; those that are known have at most four characters.
const CODE_BYTES_MAX: usize = 16;

/// `code = 1*16( ALPHA / DIGIT / "_" )`
pub(super) fn code(field: Option<&str>) -> Option<&str> {
    let word = |code: &str| code.len() <= CODE_BYTES_MAX && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    field.map(str::trim).filter(|code| !code.is_empty() && word(code))
}

/// At most 40 characters of it.
pub(super) fn shortened(text: &str) -> SmolStr {
    text.chars().take(40).collect()
}

/// What was not as the reference has it in a line that could be read nevertheless.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Oddities {
    /// It has an odd number of pipes, so that each comma was taken for the end of a field.
    pub odd_pipes: bool,
    /// So many fields hold something else than belongs there; they count as blank.
    pub unreadable: u32,
}

impl Oddities {
    /// True if there is something odd.
    pub const fn any(self) -> bool {
        self.odd_pipes || self.unreadable > 0
    }
}
