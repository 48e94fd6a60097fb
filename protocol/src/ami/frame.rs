//! Where a message ends.
//!
//! `message = 1*line CRLF`, `line = *OCTET-except-CRLF CRLF`: the first CRLF CRLF ends it, nothing else does. Where the
//! peer ends lines with LF alone, LF LF does. The raw output of an old command has a marker of its own before that.

use memchr::{memchr_iter, memmem};

const BLANK_LINE: &[u8] = b"\r\n\r\n";
const RAW_OUTPUT: &[u8] = b"Response: Follows";
pub(super) const END_COMMAND: &[u8] = b"--END COMMAND--";
const END_COMMAND_LINE: &[u8] = b"--END COMMAND--\r\n\r\n";

/// How the peer ends its lines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineEnd {
    /// CRLF, as Asterisk does. A bare LF is a byte like any other.
    CrLf,
    /// LF, with or without CR before it.
    Lf,
}

/// What ends a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Terminator {
    /// An empty line.
    BlankLine,
    /// `--END COMMAND--` and an empty line.
    EndCommand,
}

/// Where a message ends, given the bytes at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    /// Bytes of the message without what ends it.
    pub(super) content: usize,
    /// Bytes with what ends it.
    pub(super) whole: usize,
}

/// Searches for the ends of messages. What was received is given as `held` (searched before) and `fresh` (what follows).
#[derive(Clone, Debug)]
pub(super) struct Boundary {
    pub(super) line_end: LineEnd,
    blank_line: memmem::Finder<'static>,
}

impl Boundary {
    /// The longest that any message is ended by, beyond its content.
    pub(super) const LONGEST: usize = BLANK_LINE.len();
    /// Bytes of a message that must be kept so that an end cut in two is still seen.
    pub(super) const OVERLAP: usize = END_COMMAND_LINE.len() - 1;

    pub(super) fn new(line_end: LineEnd) -> Self {
        Self { line_end, blank_line: memmem::Finder::new(BLANK_LINE) }
    }

    /// What will end the message that begins with these bytes.
    ///
    /// As long as too few are at hand to tell, [`Terminator::BlankLine`] is the right answer: those few hold no end.
    pub(super) fn terminator(&self, held: &[u8], fresh: &[u8]) -> Terminator {
        if held.is_empty() && !fresh.first().is_some_and(|first| RAW_OUTPUT[..1].eq_ignore_ascii_case(&[*first])) {
            return Terminator::BlankLine;
        }
        let mut first = [0; RAW_OUTPUT.len() + 2];
        for (place, &byte) in first.iter_mut().zip(held.iter().chain(fresh)) {
            *place = byte;
        }
        let (name, line_end) = first.split_at(RAW_OUTPUT.len());
        let ended = line_end == b"\r\n" || (self.line_end == LineEnd::Lf && line_end.starts_with(b"\n"));
        if ended && name.eq_ignore_ascii_case(RAW_OUTPUT) { Terminator::EndCommand } else { Terminator::BlankLine }
    }

    /// Where the message ends, counted from the start of `held`.
    pub(super) fn find(&self, terminator: Terminator, held: &[u8], fresh: &[u8]) -> Option<End> {
        if !held.is_empty()
            && let Some(end) = self.find_across(terminator, held, fresh)
        {
            return Some(end);
        }
        let end = self.search(terminator, fresh)?;
        Some(End { content: held.len() + end.content, whole: held.len() + end.whole })
    }

    /// `find` for an end that begins in `held` and reaches into `fresh`.
    fn find_across(&self, terminator: Terminator, held: &[u8], fresh: &[u8]) -> Option<End> {
        let before = &held[held.len().saturating_sub(Self::OVERLAP)..];
        let after = &fresh[..fresh.len().min(Self::OVERLAP)];
        let mut seam = [0; 2 * Self::OVERLAP];
        seam[..before.len()].copy_from_slice(before);
        seam[before.len()..][..after.len()].copy_from_slice(after);
        let end = self.search(terminator, &seam[..before.len() + after.len()])?;
        let start = held.len() - before.len();
        Some(End { content: start + end.content, whole: start + end.whole })
    }

    fn search(&self, terminator: Terminator, bytes: &[u8]) -> Option<End> {
        match (terminator, self.line_end) {
            (Terminator::BlankLine, LineEnd::CrLf) => {
                self.blank_line.find(bytes).map(|content| End { content, whole: content + BLANK_LINE.len() })
            }
            (Terminator::BlankLine, LineEnd::Lf) => memchr_iter(b'\n', bytes).find_map(|content| {
                let blank = blank_line_end(&bytes[content + 1..])?;
                let whole = content + 1 + blank;
                let content = bytes[..content].strip_suffix(b"\r").map_or(content, <[u8]>::len);
                Some(End { content, whole })
            }),
            (Terminator::EndCommand, line_end) => end_command(bytes, line_end),
        }
    }
}

/// `"--END COMMAND--" CRLF CRLF`, where the marker may begin within another that is none.
fn end_command(bytes: &[u8], line_end: LineEnd) -> Option<End> {
    let mut from = 0;
    while let Some(marker) = memmem::find(&bytes[from..], END_COMMAND) {
        let content = from + marker + END_COMMAND.len();
        let first = blank_line_end(&bytes[content..]);
        let both = first.and_then(|first| Some(first + blank_line_end(&bytes[content + first..])?));
        if let Some(both) = both.filter(|&both| line_end == LineEnd::Lf || both == BLANK_LINE.len()) {
            return Some(End { content, whole: content + both });
        }
        from += marker + 1;
    }
    None
}

/// `[ CR ] LF` at the start: its length.
fn blank_line_end(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(line_end: LineEnd, bytes: &[u8]) -> Option<(usize, usize)> {
        let boundary = Boundary::new(line_end);
        let whole = boundary.find(boundary.terminator(&[], bytes), &[], bytes);
        for cut in 0..=bytes.len() {
            let (held, fresh) = bytes.split_at(cut);
            if boundary.find(boundary.terminator(&[], held), &[], held).is_none() {
                assert_eq!(boundary.find(boundary.terminator(held, fresh), held, fresh), whole, "cut at {cut}");
            }
        }
        whole.map(|end| (end.content, end.whole))
    }

    #[test]
    fn known_ends() {
        type Case = (LineEnd, &'static [u8], Option<(usize, usize)>);
        let table: [Case; 13] = [
            (LineEnd::CrLf, b"A: b\r\n\r\nC: d", Some((4, 8))),
            (LineEnd::CrLf, b"A: b\n\r\n\r\nC: d", Some((5, 9))),
            (LineEnd::CrLf, b"A: b\n\nC: d", None),
            (LineEnd::CrLf, b"A: b\r\nC: d\r\n\r", None),
            (LineEnd::Lf, b"A: b\n\nC: d", Some((4, 6))),
            (LineEnd::Lf, b"A: b\r\n\r\nC: d", Some((4, 8))),
            (LineEnd::Lf, b"A: b\nC: d\n", None),
            (LineEnd::CrLf, b"Response: Follows\r\na\r\n\r\nb\n--END COMMAND--\r\n\r\n", Some((41, 45))),
            (LineEnd::CrLf, b"response: follows\r\n--END COMMAND--\n\n--END COMMAND--\r\n\r\n", Some((51, 55))),
            (LineEnd::CrLf, b"Response: Follows\r\n--END COMMAND--END COMMAND--\r\n\r\n", Some((47, 51))),
            (LineEnd::CrLf, b"Response: Follows me\r\n\r\n", Some((20, 24))),
            (LineEnd::Lf, b"Response: Follows\na\n\nb\n--END COMMAND--\n\n", Some((38, 40))),
            (LineEnd::CrLf, b"Response: Follows\r\n\r\n", None),
        ];
        for (line_end, bytes, expected) in table {
            assert_eq!(end(line_end, bytes), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
