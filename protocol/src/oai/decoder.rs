//! From the bytes of a connection to lines.

use std::collections::VecDeque;
use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

use super::data;
use super::error::DecodeError;
use super::frame::{self, HEADER};
use super::line::Line;
use super::login::Login;

/// Bytes of malformed input kept for the log.
const SKIPPED_BYTES_MAX: usize = 256;

/// What a peer may send at most.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of a frame's payload. More is fatal.
    pub frame_bytes: usize,
    /// Bytes of a line.
    pub line_bytes: usize,
    /// Fields of a line, counting each comma.
    pub fields: usize,
}

/// 1 MiB a frame and a line; 65,536 fields, three times the confirmation of 9999 monitors.
impl Default for Limits {
    fn default() -> Self {
        Self { frame_bytes: 1024 * 1024, line_bytes: 1024 * 1024, fields: 65_536 }
    }
}

/// What a stream consists of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A login frame; only from clients.
    Login(Login),
    /// A line that is not empty.
    Line(Line),
    /// Something was left out.
    Skipped(Skipped),
}

/// Input that was left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skipped {
    /// Why.
    pub what: DecodeError,
    /// The first bytes of it, at most 256; none of a login.
    pub bytes: Bytes,
}

/// What a decoder has seen since it was made; a reset does not clear it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counters {
    /// Bytes pushed.
    pub bytes: u64,
    /// Frames read, empty ones included.
    pub frames: u64,
    /// Frames without a payload.
    pub empty_frames: u64,
    /// Lines given out.
    pub lines: u64,
    /// Frames that held more than one line.
    pub shared_frames: u64,
    /// Lines and logins left out.
    pub skipped: u64,
}

/// Turns the bytes of one direction of a connection into items; see the [module](super) for what it promises.
///
/// After each [`push`](Self::push) call [`next_item`](Self::next_item) until it gives `None` or an error.
pub struct Decoder {
    limits: Limits,
    from_client: bool,
    failed: Option<DecodeError>,
    /// The part of a frame that earlier chunks held, header included.
    held: BytesMut,
    /// The chunk being read.
    fresh: Bytes,
    waiting: VecDeque<Bytes>,
    /// What is left of the payload being given out.
    payload: Bytes,
    /// Lines given out of that payload.
    given: u32,
    counters: Counters,
}

impl Decoder {
    /// For what the PBX sends.
    pub fn new(limits: Limits) -> Self {
        Self::starting(limits, false)
    }

    /// For what a client sends: a login frame first, then command lines.
    pub fn for_client(limits: Limits) -> Self {
        Self::starting(limits, true)
    }

    fn starting(limits: Limits, from_client: bool) -> Self {
        Self {
            limits,
            from_client,
            failed: None,
            held: BytesMut::new(),
            fresh: Bytes::new(),
            waiting: VecDeque::new(),
            payload: Bytes::new(),
            given: 0,
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
            if let Some(error) = &self.failed {
                return Err(error.clone());
            }
            if let Some(item) = self.line() {
                return Ok(Some(item));
            }
            if !self.frame() {
                if self.failed.is_some() {
                    continue;
                }
                match self.waiting.pop_front() {
                    Some(next) => self.fresh = next,
                    None => return Ok(None),
                }
            } else if self.from_client && self.payload.first().is_some_and(|&byte| Login::begins_with(byte)) {
                return Ok(Some(self.login()));
            }
        }
    }

    /// Forgets the stream: what is pushed next is the start of a new connection. The counters stay.
    pub fn reset(&mut self) {
        *self = Self { counters: self.counters, ..Self::starting(self.limits, self.from_client) };
    }

    /// What was seen since this decoder was made.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes pushed and not yet given out or skipped.
    pub fn buffered(&self) -> usize {
        self.held.len() + self.fresh.len() + self.payload.len() + self.waiting.iter().map(Bytes::len).sum::<usize>()
    }

    /// The first bytes, at most 64, of the frame that is still incomplete, its header included: what a peer said that says no more.
    pub fn incomplete(&self) -> Bytes {
        Bytes::copy_from_slice(&self.held[..self.held.len().min(64)])
    }

    /// Takes the next payload out of what was pushed. False: it is not there yet, and `fresh` is used up.
    fn frame(&mut self) -> bool {
        if !self.gather(HEADER) {
            return false;
        }
        let header = if self.held.is_empty() { &self.fresh[..] } else { &self.held[..] };
        let announced = frame::payload_bytes(header).unwrap_or_default();
        let payload = usize::try_from(announced).unwrap_or(usize::MAX);
        if payload > self.limits.frame_bytes {
            self.fail(DecodeError::FrameTooLarge { announced, limit: self.limits.frame_bytes });
            return false;
        }
        if !self.gather(HEADER + payload) {
            return false;
        }
        self.payload = if self.held.is_empty() { self.fresh.split_to(HEADER + payload) } else { std::mem::take(&mut self.held).freeze() };
        self.payload.advance(HEADER);
        self.given = 0;
        self.counters.frames += 1;
        self.counters.empty_frames += u64::from(payload == 0);
        true
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

    fn login(&mut self) -> Item {
        let payload = std::mem::take(&mut self.payload);
        if let Some(login) = Login::parse(&payload) {
            return Item::Login(login);
        }
        self.counters.skipped += 1;
        Item::Skipped(Skipped { what: DecodeError::MalformedLogin, bytes: Bytes::new() })
    }

    /// The next line of the payload that is not empty.
    fn line(&mut self) -> Option<Item> {
        while !self.payload.is_empty() {
            let end = data::line_end(&self.payload);
            let line = Line::new(self.payload.split_to(end));
            while matches!(self.payload.first(), Some(b'\r' | b'\n' | 0 | b' ')) {
                self.payload.advance(1);
            }
            if line.raw().is_empty() {
                continue;
            }
            self.given += 1;
            self.counters.shared_frames += u64::from(self.given == 2);
            if let Some(what) = self.excess(&line) {
                self.counters.skipped += 1;
                let bytes = Bytes::copy_from_slice(&line.raw()[..line.raw().len().min(SKIPPED_BYTES_MAX)]);
                return Some(Item::Skipped(Skipped { what, bytes }));
            }
            self.counters.lines += 1;
            return Some(Item::Line(line));
        }
        None
    }

    fn excess(&self, line: &Line) -> Option<DecodeError> {
        if line.raw().len() > self.limits.line_bytes {
            return Some(DecodeError::LineTooLong { limit: self.limits.line_bytes });
        }
        let fields = memchr::memchr_iter(b',', line.raw()).count() + 1;
        (fields > self.limits.fields).then_some(DecodeError::TooManyFields { limit: self.limits.fields })
    }

    fn fail(&mut self, error: DecodeError) {
        self.held = BytesMut::new();
        self.fresh = Bytes::new();
        self.waiting.clear();
        self.payload = Bytes::new();
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
