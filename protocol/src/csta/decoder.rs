//! From the bytes of a connection to frames.

use std::collections::VecDeque;
use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

use super::error::DecodeError;
use super::frame::{Frame, HEADER, Header, InvokeId};

/// Bytes of a skipped frame kept for the log.
const SKIPPED_BYTES_MAX: usize = 256;

/// What a peer may send at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a frame, its header included. A longer one is skipped.
    pub frame_bytes: usize,
}

/// 65,535 bytes, all that a header can announce.
impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: usize::from(u16::MAX) }
    }
}

/// What a stream consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A frame of XML.
    Frame(Frame),
    /// A frame was left out.
    Skipped(Skipped),
}

/// A frame that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Why.
    pub what: DecodeError,
    /// Its invoke id: a request may be answered with an error.
    pub invoke: InvokeId,
    /// The first bytes of its body, at most 256.
    pub bytes: Bytes,
}

/// What a decoder has seen since it was made; a reset does not clear it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Bytes pushed.
    pub bytes: u64,
    /// Frames given out.
    pub frames: u64,
    /// Frames left out: the sum of the following three.
    pub skipped: u64,
    /// Of these, those with a SOAP envelope.
    pub soap: u64,
    /// Of these, those of an unknown format.
    pub unknown_format: u64,
    /// Of these, those that are too long.
    pub too_large: u64,
}

/// Turns the bytes of one direction of a connection into frames; see the [module](super) for what it promises.
///
/// After each [`push`](Self::push) call [`next_item`](Self::next_item) until it gives `None` or an error.
pub struct Decoder {
    limits: Limits,
    failed: Option<DecodeError>,
    /// A frame was read already: what is odd from here on is no other protocol.
    begun: bool,
    /// The part of a frame that earlier chunks held.
    held: BytesMut,
    /// The chunk being read.
    fresh: Bytes,
    waiting: VecDeque<Bytes>,
    /// The frame that is being left out.
    skipping: Option<Skipping>,
    counters: Counters,
}

/// A frame that is being left out: only its first bytes are kept.
struct Skipping {
    what: DecodeError,
    invoke: InvokeId,
    /// Bytes of the body that are still to come.
    left: usize,
    kept: BytesMut,
}

impl Decoder {
    /// For either direction: both sides frame alike.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            failed: None,
            begun: false,
            held: BytesMut::new(),
            fresh: Bytes::new(),
            waiting: VecDeque::new(),
            skipping: None,
            counters: Counters::default(),
        }
    }

    /// Takes the next bytes of the stream. After a fatal error they are dropped.
    pub fn push(&mut self, bytes: Bytes) {
        self.counters.bytes += bytes.len() as u64;
        if bytes.is_empty() || self.failed.is_some() {
            return;
        }
        if self.fresh.is_empty() {
            self.fresh = bytes;
        } else {
            self.waiting.push_back(bytes);
        }
    }

    /// The next item; `None`: push more bytes. An error is fatal, and repeats until [`reset`](Self::reset).
    pub fn next_item(&mut self) -> Result<Option<Item>, DecodeError> {
        loop {
            if let Some(error) = self.failed {
                return Err(error);
            }
            if let Some(item) = self.item() {
                return Ok(Some(item));
            }
            if self.failed.is_none() && self.fresh.is_empty() {
                match self.waiting.pop_front() {
                    Some(next) => self.fresh = next,
                    None => return Ok(None),
                }
            }
        }
    }

    /// Forgets the stream: what is pushed next is the start of a new connection. The counters stay.
    pub fn reset(&mut self) {
        *self = Self { counters: self.counters, ..Self::new(self.limits) };
    }

    /// What was seen since this decoder was made.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes pushed and not yet given out or skipped.
    pub fn buffered(&self) -> usize {
        self.held.len() + self.fresh.len() + self.waiting.iter().map(Bytes::len).sum::<usize>()
    }

    /// The first bytes, at most 64, of the frame that is still incomplete, its header included: what a peer said that says no more.
    pub fn incomplete(&self) -> Bytes {
        Bytes::copy_from_slice(&self.held[..self.held.len().min(64)])
    }

    /// The next item of `held` and `fresh`. `None`: `fresh` is used up, a frame is to be skipped, or the stream is damaged.
    fn item(&mut self) -> Option<Item> {
        if self.skipping.is_some() {
            return self.skip();
        }
        if !self.gather(HEADER) {
            return None;
        }
        let header = Header::parse(if self.held.is_empty() { &self.fresh } else { &self.held })?;
        if let Some(what) = self.unwanted(header) {
            if what.is_fatal() {
                self.fail(what);
                return None;
            }
            self.begin_skipping(what, header);
            return self.skip();
        }
        let length = usize::from(header.length);
        if !self.gather(length) {
            return None;
        }
        let mut body = if self.held.is_empty() { self.fresh.split_to(length) } else { std::mem::take(&mut self.held).freeze() };
        body.advance(HEADER);
        self.begun = true;
        self.counters.frames += 1;
        Some(Item::Frame(Frame { invoke: header.invoke, body }))
    }

    fn unwanted(&self, header: Header) -> Option<DecodeError> {
        let soap = header.indicator >> 8 == 1;
        if header.indicator != 0 && !soap && !self.begun {
            return Some(DecodeError::NotCsta { header: header.bytes() });
        }
        if usize::from(header.length) < HEADER {
            return Some(DecodeError::LengthTooShort { length: header.length });
        }
        match header.indicator {
            0 if usize::from(header.length) > self.limits.frame_bytes => {
                Some(DecodeError::FrameTooLarge { length: header.length, limit: self.limits.frame_bytes })
            }
            0 => None,
            _ if soap => Some(DecodeError::Soap),
            indicator => Some(DecodeError::UnknownFormat { indicator }),
        }
    }

    fn begin_skipping(&mut self, what: DecodeError, header: Header) {
        if self.held.is_empty() {
            self.fresh.advance(HEADER);
        } else {
            // No more than the header was gathered so far.
            self.held = BytesMut::new();
        }
        self.begun = true;
        self.counters.skipped += 1;
        match what {
            DecodeError::Soap => self.counters.soap += 1,
            DecodeError::UnknownFormat { .. } => self.counters.unknown_format += 1,
            _ => self.counters.too_large += 1,
        }
        let left = usize::from(header.length) - HEADER;
        self.skipping = Some(Skipping { what, invoke: header.invoke, left, kept: BytesMut::new() });
    }

    /// Leaves out what is there of the frame; the item when it is over.
    fn skip(&mut self) -> Option<Item> {
        let skipping = self.skipping.as_mut()?;
        let part = self.fresh.split_to(skipping.left.min(self.fresh.len()));
        let keep = part.len().min(SKIPPED_BYTES_MAX - skipping.kept.len());
        skipping.kept.extend_from_slice(&part[..keep]);
        skipping.left -= part.len();
        if skipping.left > 0 {
            return None;
        }
        let Skipping { what, invoke, kept, .. } = self.skipping.take()?;
        Some(Item::Skipped(Skipped { what, invoke, bytes: kept.freeze() }))
    }

    /// True if so many bytes of the frame are there: all in `fresh`, or all in `held`.
    fn gather(&mut self, wanted: usize) -> bool {
        if self.held.is_empty() && self.fresh.len() >= wanted {
            return true;
        }
        let missing = wanted.saturating_sub(self.held.len()).min(self.fresh.len());
        let part = self.fresh.split_to(missing);
        self.held.extend_from_slice(&part);
        self.held.len() >= wanted
    }

    fn fail(&mut self, error: DecodeError) {
        self.held = BytesMut::new();
        self.fresh = Bytes::new();
        self.waiting.clear();
        self.skipping = None;
        self.failed = Some(error);
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Decoder")
            .field("limits", &self.limits)
            .field("buffered", &self.buffered())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
