//! What waits to be sent to one client.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// How many bytes one write takes together, where nothing splits it.
const WRITE: usize = 64 << 10;

/// Bytes that waited longer than there is room for are dropped with the connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overflow;

/// Frames in the order in which they are to be sent.
#[derive(Default, Debug)]
pub(super) struct Outbox {
    waiting: VecDeque<Bytes>,
    /// What is left of a write that is sent in pieces.
    rest: Bytes,
    bytes: usize,
}

impl Outbox {
    /// Refused if more than `limit` bytes would wait.
    pub(super) fn push(&mut self, frame: Bytes, limit: usize) -> Result<(), Overflow> {
        if self.bytes + frame.len() > limit {
            return Err(Overflow);
        }
        self.bytes += frame.len();
        self.waiting.push_back(frame);
        Ok(())
    }

    /// What is to be written next, in pieces of `split` bytes where that is not 0.
    pub(super) fn write(&mut self, split: usize) -> Option<Bytes> {
        if self.rest.is_empty() {
            self.rest = self.together()?;
        }
        let size = if split == 0 { self.rest.len() } else { split.min(self.rest.len()) };
        self.bytes = self.bytes.saturating_sub(size);
        Some(self.rest.split_to(size))
    }

    fn together(&mut self) -> Option<Bytes> {
        let first = self.waiting.pop_front()?;
        if self.waiting.is_empty() {
            return Some(first);
        }
        let mut write = BytesMut::from(first.as_ref());
        while write.len() < WRITE
            && let Some(next) = self.waiting.pop_front()
        {
            write.extend_from_slice(&next);
        }
        Some(write.freeze())
    }
}
