//! From the bytes of a connection to items.

use std::collections::VecDeque;
use std::fmt;

use bytes::{Buf, Bytes, BytesMut};

use super::counters::Counters;
use super::error::DecodeError;
use super::field::{self, Excess, Field, Walk};
use super::frame::{Boundary, END_COMMAND, End, LineEnd, Terminator};
use super::greeting::{self, PRODUCT};
use super::item::{Item, Limits, Skipped};
use super::message::Message;
use crate::quirk::Quirk;

/// Longest greeting that is waited for.
const GREETING_BYTES_MAX: usize = 256;
/// Bytes of something else than a greeting that are waited for before it is refused.
const FOREIGN_BYTES: usize = 64;
/// Bytes of malformed input kept for the log.
const SKIPPED_BYTES_MAX: usize = 256;
/// So many times the limit for messages may go by without an empty line.
const UNENDED_MESSAGES: usize = 4;
/// Places within a message are 32-bit numbers.
const MESSAGE_BYTES_CEILING: usize = 1 << 30;

/// Whose bytes are read.
#[derive(Clone, Copy, Debug)]
enum Speaker {
    Asterisk,
    Client,
}

#[derive(Debug)]
enum Stage {
    Greeting,
    Messages,
    /// Behind a message over a limit, up to what ends it; `seen` bytes of it so far.
    Discarding {
        terminator: Terminator,
        seen: usize,
    },
    Failed(DecodeError),
}

/// Turns the bytes of one connection into items; see the [module](super) for what it promises.
///
/// After each [`push`](Self::push) call [`next_item`](Self::next_item) until it gives `None` or an error.
pub struct Decoder {
    limits: Limits,
    speaker: Speaker,
    stage: Stage,
    boundary: Boundary,
    /// The part of a message that earlier chunks held, already searched for its end.
    held: BytesMut,
    /// The chunk being read; messages that lie wholly within it are slices of it.
    fresh: Bytes,
    waiting: VecDeque<Bytes>,
    /// A message to be given out after what was skipped of it.
    ready: Option<Message>,
    fields: Vec<Field>,
    /// Bytes of the stream before `held`.
    offset: u64,
    counters: Counters,
}

impl Decoder {
    /// For what Asterisk sends: a greeting is expected first.
    pub fn new(limits: Limits) -> Self {
        Self::starting(limits, Speaker::Asterisk)
    }

    /// For what a client sends: no greeting, and lines may end in LF alone.
    pub fn for_actions(limits: Limits) -> Self {
        Self::starting(limits, Speaker::Client)
    }

    fn starting(limits: Limits, speaker: Speaker) -> Self {
        let (stage, line_end) = match speaker {
            Speaker::Asterisk => (Stage::Greeting, LineEnd::CrLf),
            Speaker::Client => (Stage::Messages, LineEnd::Lf),
        };
        Self {
            limits: Limits { message_bytes: limits.message_bytes.min(MESSAGE_BYTES_CEILING), ..limits },
            speaker,
            stage,
            boundary: Boundary::new(line_end),
            held: BytesMut::new(),
            fresh: Bytes::new(),
            waiting: VecDeque::new(),
            ready: None,
            fields: Vec::new(),
            offset: 0,
            counters: Counters::default(),
        }
    }

    /// Takes the next bytes of the stream. After a fatal error they are dropped.
    pub fn push(&mut self, bytes: Bytes) {
        self.counters.bytes += bytes.len() as u64;
        if bytes.is_empty() || matches!(self.stage, Stage::Failed(_)) {
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
        if let Some(message) = self.ready.take() {
            return Ok(Some(self.message_item(message)));
        }
        loop {
            if let Stage::Failed(error) = &self.stage {
                return Err(error.clone());
            }
            if self.fresh.is_empty() {
                match self.waiting.pop_front() {
                    Some(next) => self.fresh = next,
                    None => return Ok(None),
                }
            }
            let item = match self.stage {
                Stage::Greeting => self.greeting(),
                Stage::Discarding { terminator, seen } => {
                    self.discard(terminator, seen);
                    None
                }
                Stage::Messages | Stage::Failed(_) => self.message(),
            };
            if item.is_some() {
                return Ok(item);
            }
        }
    }

    /// Forgets the stream: what is pushed next is the start of a new connection. The counters stay.
    pub fn reset(&mut self) {
        *self = Self { counters: self.counters, ..Self::starting(self.limits, self.speaker) };
    }

    /// What was seen since this decoder was made.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Bytes pushed and not yet given out or skipped.
    pub fn buffered(&self) -> usize {
        self.held.len() + self.fresh.len() + self.waiting.iter().map(Bytes::len).sum::<usize>()
    }

    /// The first bytes, at most 64, of the item that is still incomplete: what a peer said that says no more.
    pub fn incomplete(&self) -> Bytes {
        Bytes::copy_from_slice(&self.held[..self.held.len().min(FOREIGN_BYTES)])
    }

    fn greeting(&mut self) -> Option<Item> {
        let line_end = self.fresh.iter().position(|&byte| byte == b'\n').map(|lf| lf + 1);
        let room = GREETING_BYTES_MAX.saturating_sub(self.held.len());
        let taken = self.fresh.split_to(line_end.unwrap_or(self.fresh.len()).min(room));
        self.held.extend_from_slice(&taken);
        let whole_line = self.held.ends_with(b"\n");
        let foreign = !self.held.starts_with(&PRODUCT[..PRODUCT.len().min(self.held.len())]);
        if !whole_line && self.held.len() < if foreign { FOREIGN_BYTES } else { GREETING_BYTES_MAX } {
            return None;
        }
        self.offset += self.held.len() as u64;
        let received = std::mem::take(&mut self.held).freeze();
        let (line, line_end) = match (received.strip_suffix(b"\r\n"), received.strip_suffix(b"\n")) {
            (Some(line), _) => (line, LineEnd::CrLf),
            (None, Some(line)) => (line, LineEnd::Lf),
            (None, None) => (received.as_ref(), LineEnd::CrLf),
        };
        let Some((greeting, full_version)) = greeting::greeting(&received.slice_ref(line)).filter(|_| whole_line) else {
            let first = &received[..received.len().min(FOREIGN_BYTES)];
            self.fail(DecodeError::NotAmi { first: Bytes::copy_from_slice(first.trim_ascii_end()) });
            return None;
        };
        if !full_version {
            self.counters.strike(Quirk::AmiShortVersion);
        }
        if line_end == LineEnd::Lf {
            self.counters.strike(Quirk::AmiLfOnly);
            self.boundary = Boundary::new(line_end);
        }
        self.stage = Stage::Messages;
        Some(Item::Greeting(greeting))
    }

    fn message(&mut self) -> Option<Item> {
        if self.skip_blank_line() {
            return None;
        }
        let terminator = self.boundary.terminator(&self.held, &self.fresh);
        if terminator == Terminator::BlankLine && self.held.is_empty() {
            match field::walk(&self.fresh, self.boundary.line_end, &self.limits, &mut self.fields) {
                Ok(Walk { end: None, .. }) => return self.hold(None, terminator),
                Ok(walk @ Walk { end: Some(end), .. }) if end.content <= self.limits.message_bytes => {
                    let (raw, start) = self.take(end);
                    return Some(self.walked_message(raw, start, &walk, end.content));
                }
                Ok(_) | Err(_) => {}
            }
        }
        match self.boundary.find(terminator, &self.held, &self.fresh) {
            Some(end) if end.content <= self.limits.message_bytes => {
                let (raw, start) = self.take(end);
                Some(self.whole_message(raw, start, terminator))
            }
            end => self.hold(end, terminator),
        }
    }

    /// `[ CR ] LF` before a message.
    fn skip_blank_line(&mut self) -> bool {
        let (of_held, of_fresh) = match (self.held.as_ref(), self.fresh.as_ref()) {
            ([], [b'\r', b'\n', ..]) => (0, 2),
            ([], [b'\n', ..]) => (0, 1),
            ([b'\r'], [b'\n', ..]) => (1, 1),
            _ => return false,
        };
        self.held.clear();
        self.fresh.advance(of_fresh);
        self.offset += (of_held + of_fresh) as u64;
        self.counters.strike(Quirk::AmiEmptyMessage);
        true
    }

    /// The content of the message that ends there, and where it begins in the stream; what ends it is dropped.
    fn take(&mut self, end: End) -> (Bytes, u64) {
        let start = self.offset;
        self.offset += end.whole as u64;
        let mut content = self.fresh.split_to(end.whole - self.held.len());
        if !self.held.is_empty() {
            self.held.extend_from_slice(&content);
            content = std::mem::take(&mut self.held).freeze();
        }
        content.truncate(end.content);
        (content, start)
    }

    fn whole_message(&mut self, mut raw: Bytes, start: u64, terminator: Terminator) -> Item {
        let line_end = self.boundary.line_end;
        let mut head = raw.len();
        if terminator == Terminator::EndCommand {
            self.counters.strike(Quirk::AmiRawCommandOutput);
            raw.truncate(raw.len() - END_COMMAND.len());
            head = field::raw_head(&raw, line_end);
        }
        match field::walk(&raw[..head], line_end, &self.limits, &mut self.fields) {
            Ok(walk) => self.walked_message(raw, start, &walk, head),
            Err(excess) => self.over_limit(&raw, start, excess),
        }
    }

    /// A message whose fields are indexed; raw command output begins at `output_from`.
    fn walked_message(&mut self, raw: Bytes, start: u64, walk: &Walk, output_from: usize) -> Item {
        if walk.bare_lf {
            self.counters.strike(Quirk::AmiBareLf);
        }
        if walk.no_space {
            self.counters.strike(Quirk::AmiNoSpaceAfterColon);
        }
        let Some(line) = walk.malformed else {
            return self.message_item(Message::new(raw, &self.fields, output_from));
        };
        self.counters.malformed_lines += walk.malformed_lines as u64;
        let (bytes, offset) = (clipped(&raw[line.at..line.at + line.len]), start + line.at as u64);
        let what = if line.at == 0 {
            self.counters.skipped_messages += 1;
            DecodeError::UnreadableMessage(line.what)
        } else {
            self.ready = Some(Message::new(raw, &self.fields, output_from));
            DecodeError::MalformedLine(line.what)
        };
        Item::Skipped(Skipped { what, bytes, offset, lines: walk.malformed_lines })
    }

    fn message_item(&mut self, message: Message) -> Item {
        self.counters.messages += 1;
        Item::Message(message)
    }

    /// Keeps the start of a message whose end has not come, as far as it may go. Beyond that, or where the end is known
    /// to be beyond, the message is given up.
    fn hold(&mut self, end: Option<End>, terminator: Terminator) -> Option<Item> {
        let most = self.limits.message_bytes + Boundary::LONGEST;
        let wanted = end.map_or(most, |end| end.whole.min(most));
        let part = self.fresh.split_to((wanted - self.held.len()).min(self.fresh.len()));
        self.held.extend_from_slice(&part);
        if self.held.len() < wanted {
            return None;
        }
        let mut held = std::mem::take(&mut self.held);
        let start = self.offset;
        let content = &held[..=self.limits.message_bytes];
        let walk = field::walk(content, self.boundary.line_end, &self.limits, &mut self.fields);
        let skipped = match (terminator, walk) {
            (Terminator::BlankLine, Err(excess)) => self.over_limit(content, start, excess),
            _ => self.skipped_whole(DecodeError::MessageTooLarge { limit: self.limits.message_bytes }, content, start),
        };
        self.fields = Vec::new();
        self.stage = Stage::Discarding { terminator, seen: held.len() };
        self.held = BytesMut::from(held.split_off(held.len().saturating_sub(Boundary::OVERLAP)).as_ref());
        Some(skipped)
    }

    fn discard(&mut self, terminator: Terminator, seen: usize) {
        let most = self.limits.message_bytes.saturating_mul(UNENDED_MESSAGES);
        let before = seen - self.held.len();
        let end = self.boundary.find(terminator, &self.held, &self.fresh);
        let seen = end.map_or(seen + self.fresh.len(), |end| before + end.whole);
        if seen > most {
            self.fail(DecodeError::NoBlankLine { limit: most });
        } else if let Some(end) = end {
            self.fresh.advance(end.whole - self.held.len());
            self.held = BytesMut::new();
            self.offset += seen as u64;
            self.stage = Stage::Messages;
        } else {
            self.held.extend_from_slice(&self.fresh[self.fresh.len().saturating_sub(Boundary::OVERLAP)..]);
            self.held.advance(self.held.len().saturating_sub(Boundary::OVERLAP));
            self.fresh = Bytes::new();
            self.stage = Stage::Discarding { terminator, seen };
        }
    }

    fn over_limit(&mut self, message: &[u8], start: u64, excess: Excess) -> Item {
        match excess {
            Excess::Line { at, len } => {
                let what = DecodeError::LineTooLong { limit: self.limits.line_bytes };
                self.skipped_whole(what, &message[at..at + len], start + at as u64)
            }
            Excess::Fields => self.skipped_whole(DecodeError::TooManyFields { limit: self.limits.fields }, message, start),
        }
    }

    fn skipped_whole(&mut self, what: DecodeError, bytes: &[u8], offset: u64) -> Item {
        self.counters.skipped_messages += 1;
        Item::Skipped(Skipped { what, bytes: clipped(bytes), offset, lines: 0 })
    }

    fn fail(&mut self, error: DecodeError) {
        self.stage = Stage::Failed(error);
        self.held = BytesMut::new();
        self.fresh = Bytes::new();
        self.waiting = VecDeque::new();
    }
}

impl fmt::Debug for Decoder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Decoder");
        shown.field("limits", &self.limits).field("speaker", &self.speaker).field("stage", &self.stage);
        shown.field("buffered", &self.buffered()).field("counters", &self.counters).finish_non_exhaustive()
    }
}

fn clipped(bytes: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&bytes[..bytes.len().min(SKIPPED_BYTES_MAX)])
}
