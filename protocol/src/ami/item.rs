//! What a decoder gives out, and what it may be given.

use bytes::Bytes;

use super::error::DecodeError;
use super::greeting::Greeting;
use super::message::Message;

/// What a peer may send at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a line, without its end.
    pub line_bytes: usize,
    /// Bytes of a message, without the empty line that ends it; at most 1 GiB.
    pub message_bytes: usize,
    /// Fields of a message, which for a command includes each line of its output.
    pub fields: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { line_bytes: 64 * 1024, message_bytes: 1024 * 1024, fields: 512 }
    }
}

/// What a stream consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// The first line of a connection.
    Greeting(Greeting),
    /// A whole message.
    Message(Message),
    /// Something was left out. For a malformed line within a message, that message follows.
    Skipped(Skipped),
}

/// Input that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Why.
    pub what: DecodeError,
    /// The first bytes of it, at most 256: of the malformed or overlong line, otherwise of the message.
    pub bytes: Bytes,
    /// Where those bytes were in the stream, counted from the start of the connection.
    pub offset: u64,
    /// How many lines of the message are malformed; 0 where a limit was broken.
    pub lines: usize,
}
