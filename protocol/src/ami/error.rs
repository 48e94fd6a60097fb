//! What can be wrong with received bytes.

use bytes::Bytes;
use nom::error::{ErrorKind, ParseError};

/// Why bytes could not be read.
///
/// As the error of [`Decoder::next_item`](super::Decoder::next_item) it is the end of the stream
/// ([`NotAmi`](Self::NotAmi), [`NoBlankLine`](Self::NoBlankLine)): close the connection, then
/// [`reset`](super::Decoder::reset). Within [`Skipped`](super::Skipped) it says why something was left out; the stream goes on.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The first line is not the greeting of an AMI.
    #[error(
        "expected the greeting `Asterisk Call Manager/…` and got {:?}; check host and port of the PBX (AMI listens at 5038, with TLS at 5039)",
        String::from_utf8_lossy(first)
    )]
    NotAmi {
        /// What came instead: at most 64 bytes.
        first: Bytes,
    },
    /// No empty line came for long after a message over a limit.
    #[error("{limit} bytes came without the empty line that ends a message; this is no AMI, or the stream is damaged: connect anew")]
    NoBlankLine {
        /// Bytes that were read in vain.
        limit: usize,
    },
    /// A line is too long.
    #[error("a line is longer than {limit} bytes; its message was skipped: raise the limit for lines if the PBX means it")]
    LineTooLong {
        /// The limit.
        limit: usize,
    },
    /// A message is too large.
    #[error("a message is larger than {limit} bytes and was skipped: raise the limit for messages if the PBX means it")]
    MessageTooLarge {
        /// The limit.
        limit: usize,
    },
    /// A message has too many fields.
    #[error("a message has more than {limit} fields and was skipped: raise the limit for fields if the PBX means it")]
    TooManyFields {
        /// The limit.
        limit: usize,
    },
    /// The first line of a message is no field, so that nobody can say what it is.
    #[error("the first line of a message {0}; the message was skipped")]
    UnreadableMessage(Malformed),
    /// A later line of a message is no field.
    #[error("a line {0}; it was left out of its message")]
    MalformedLine(Malformed),
}

impl DecodeError {
    /// True where the stream cannot go on.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::NotAmi { .. } | Self::NoBlankLine { .. })
    }
}

/// What is wrong with a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// There is no colon in it.
    #[error("has no colon after its key")]
    NoColon,
    /// It begins with the colon.
    #[error("has no key before its colon")]
    EmptyKey,
    /// A line break, or more bytes than any key has, stand before the colon.
    #[error("has no key but something else before its colon")]
    NotAKey,
    /// Any other mismatch with the grammar.
    #[error("does not follow the grammar")]
    Grammar,
}

impl ParseError<&[u8]> for Malformed {
    fn from_error_kind(_: &[u8], _: ErrorKind) -> Self {
        Self::Grammar
    }

    fn append(_: &[u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}
