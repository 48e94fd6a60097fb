//! What can be wrong with received bytes, and with what is to be sent.

use smol_str::SmolStr;

use super::command::CommandCode;
use super::id::InvokeId;

/// Why bytes could not be read.
///
/// As the error of [`Decoder::next_item`](super::Decoder::next_item) it is the end of the stream
/// ([`FrameTooLarge`](Self::FrameTooLarge)): close the connection, then [`reset`](super::Decoder::reset). Within
/// [`Skipped`](super::Skipped) it says why something was left out; the stream goes on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The header of a frame announces more than is taken.
    #[error(
        "a frame of {announced} bytes is announced, and at most {limit} are taken; this is no System OAI (check host and port, 4000 by default), or the stream is damaged"
    )]
    FrameTooLarge {
        /// Bytes announced.
        announced: u32,
        /// The limit.
        limit: usize,
    },
    /// A line is too long.
    #[error("a line is longer than {limit} bytes and was skipped: raise the limit for lines if the PBX means it")]
    LineTooLong {
        /// The limit.
        limit: usize,
    },
    /// A line has too many fields.
    #[error("a line has more than {limit} fields and was skipped: raise the limit for fields if the PBX means it")]
    TooManyFields {
        /// The limit.
        limit: usize,
    },
    /// A login frame without its two NULs.
    #[error("a login frame is not `type password NUL application NUL`")]
    MalformedLogin,
}

impl DecodeError {
    /// True where the stream cannot go on.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::FrameTooLarge { .. })
    }
}

/// Why a line is neither an event nor a confirmation.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LineError {
    /// The first field is no number.
    #[error("the line does not begin with a sequence number but with {0:?}")]
    Sequence(SmolStr),
    /// There is no code of an event behind the sequence number, or none of a command behind `CF`.
    #[error("the line has no code, a word of at most 16 letters and digits, where one belongs")]
    NoCode,
}

/// Why a line is no command that can be carried out.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CommandError {
    /// The line does not begin with a code.
    #[error("the line does not begin with a command code, a word of at most 16 letters and digits")]
    NoCode,
    /// The invoke id is blank or no number from 1 to 65535. The PBX answers with outcome 41.
    #[error("the invoke id of {code} is {given:?}, not a number from 1 to 65535")]
    InvokeId {
        /// The command's code.
        code: CommandCode,
        /// What stands there.
        given: SmolStr,
    },
    /// An argument that must be there is missing or cannot be read.
    #[error("{code} lacks an argument, or one of them cannot be read")]
    Argument {
        /// The command's code.
        code: CommandCode,
        /// Its invoke id; `None` for the commands that have none.
        invoke: Option<InvokeId>,
    },
}

/// Why a command cannot be sent.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EncodeError {
    /// The value would break out of its line.
    #[error("the field \"{field}\" holds a line break or NUL; remove it")]
    ControlCharacter {
        /// The value, escaped.
        field: String,
    },
    /// The value would become two.
    #[error("the field \"{field}\" holds a comma and is no text between pipes; remove it")]
    Comma {
        /// The value, escaped.
        field: String,
    },
    /// The code is no word.
    #[error("{0:?} is no command code: a code is 1 to 16 letters and digits, and `_`")]
    Code(CommandCode),
    /// 0 is no invoke id.
    #[error("an invoke id is 1 to 65535")]
    InvokeId,
}
