//! The lines of a message, and where their keys and values are.
//!
//! Nothing is copied: the outcome of a walk over a message is an index of places.

use memchr::memchr;
use nom::character::complete::char;
use nom::combinator::opt;
use nom::{IResult, Parser};

use super::error::Malformed;
use super::frame::{End, LineEnd};
use super::item::Limits;

type Parsed<'a, T> = IResult<&'a [u8], T, Malformed>;

/// More than any key of Asterisk has; what is longer before a colon is text.
pub(super) const KEY_BYTES_MAX: usize = 256;

/// Where one field is within its message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Field {
    tag: KeyTag,
    key: u32,
    value: u32,
    end: u32,
}

impl Field {
    #[inline]
    pub(super) fn key<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        let start = self.key as usize;
        message.get(start..start + self.tag.len()).unwrap_or_default()
    }

    #[inline]
    pub(super) fn value<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        message.get(self.value_range()).unwrap_or_default()
    }

    #[inline]
    pub(super) fn value_range(&self) -> std::ops::Range<usize> {
        self.value as usize..self.end as usize
    }

    /// True if this is a field of that key, whatever its case.
    #[inline]
    pub(super) fn is(&self, message: &[u8], tag: KeyTag, key: &[u8]) -> bool {
        self.tag == tag && self.key(message).eq_ignore_ascii_case(key)
    }
}

/// Length, first and last byte of a key: tells nearly all keys of a message apart without touching their bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct KeyTag(u32);

impl KeyTag {
    /// In both edges, the bit in which upper and lower case differ.
    const LOWER: u32 = 0x2020;

    #[inline]
    pub(super) fn of(key: &[u8]) -> Self {
        let ([first, ..], [.., last]) = (key, key) else { return Self(0) };
        Self(place(key.len()) << 16 | u32::from(*first) << 8 | u32::from(*last) | Self::LOWER)
    }

    const fn len(self) -> usize {
        (self.0 >> 16) as usize
    }
}

/// What a walk over the lines of a message found, beside the fields.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Walk {
    /// Where the message ends, if the empty line that ends it was met.
    pub(super) end: Option<End>,
    /// The first malformed line.
    pub(super) malformed: Option<MalformedLine>,
    /// How many lines were malformed.
    pub(super) malformed_lines: usize,
    /// A bare LF was met within a line.
    pub(super) bare_lf: bool,
    /// A value began right after the colon.
    pub(super) no_space: bool,
}

/// A line that is no field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct MalformedLine {
    /// What is wrong with it.
    pub(super) what: Malformed,
    /// Where it begins within the message; at 0 is the line that says what the message is.
    pub(super) at: usize,
    /// How long it is.
    pub(super) len: usize,
}

/// A limit that the lines of a message break.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Excess {
    /// A line is too long.
    Line {
        /// Where it begins within the message.
        at: usize,
        /// How long it is.
        len: usize,
    },
    /// There are too many fields.
    Fields,
}

/// `message = 1*line CRLF`, where the end of input may stand for the last CRLF CRLF.
///
/// Fills the index of the fields, up to the first empty line or the end of input. Malformed lines are left out of it.
pub(super) fn walk(input: &[u8], line_end: LineEnd, limits: &Limits, fields: &mut Vec<Field>) -> Result<Walk, Excess> {
    match line_end {
        LineEnd::CrLf => walk_lines(input, crlf_line, limits, fields),
        LineEnd::Lf => walk_lines(input, lf_line, limits, fields),
    }
}

fn walk_lines(input: &[u8], line: impl Fn(&[u8]) -> Line<'_>, limits: &Limits, fields: &mut Vec<Field>) -> Result<Walk, Excess> {
    fields.clear();
    let mut walk = Walk::default();
    let (mut rest, mut content, mut lines) = (input, 0, 0);
    while !rest.is_empty() {
        let start = input.len() - rest.len();
        let Line { bytes, bare_lf, whole, after } = line(rest);
        if bytes.is_empty() {
            walk.end = whole.then_some(End { content, whole: input.len() - after.len() });
            break;
        }
        if bytes.len() > limits.line_bytes {
            return Err(Excess::Line { at: start, len: bytes.len() });
        }
        if lines == limits.fields {
            return Err(Excess::Fields);
        }
        rest = after;
        lines += 1;
        content = start + bytes.len();
        match field(bytes) {
            Ok((value, (key, space))) if !bare_lf || memchr(b'\n', key).is_none() => {
                let value_start = content - value.len();
                let value = if bare_lf { trim_line_end(value) } else { value };
                let end = value_start + value.len();
                walk.bare_lf |= bare_lf;
                walk.no_space |= space.is_none() && !value.is_empty();
                fields.push(Field { tag: KeyTag::of(key), key: place(start), value: place(value_start), end: place(end) });
            }
            outcome => {
                let what = match outcome {
                    Err(nom::Err::Error(what) | nom::Err::Failure(what)) => what,
                    Ok(_) | Err(nom::Err::Incomplete(_)) => Malformed::NotAKey,
                };
                walk.malformed = walk.malformed.or(Some(MalformedLine { what, at: start, len: bytes.len() }));
                walk.malformed_lines += 1;
            }
        }
    }
    Ok(walk)
}

/// `raw-head = 1*( ( "Response" / "Privilege" / "ActionID" / "Message" ) ":" [ SP ] value CRLF )`: its length.
///
/// What follows in the answer to a command of Asterisk up to 13 is raw text.
pub(super) fn raw_head(message: &[u8], line_end: LineEnd) -> usize {
    const KEYS: [&[u8]; 4] = [b"Response", b"Privilege", b"ActionID", b"Message"];
    let line = match line_end {
        LineEnd::CrLf => crlf_line,
        LineEnd::Lf => lf_line,
    };
    let mut rest = message;
    while let Line { bytes, bare_lf: false, whole: true, after } = line(rest) {
        if !field(bytes).is_ok_and(|(_, (key, _))| KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))) {
            break;
        }
        rest = after;
    }
    message.len() - rest.len()
}

/// A line without its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Line<'a> {
    bytes: &'a [u8],
    /// An LF that ends no line is in it.
    bare_lf: bool,
    /// Its end was seen.
    whole: bool,
    after: &'a [u8],
}

/// `line = *OCTET-except-CRLF ( CRLF / end )`
fn crlf_line(input: &[u8]) -> Line<'_> {
    let (mut from, mut bare_lf) = (0, false);
    while let Some(lf) = memchr(b'\n', &input[from..]) {
        let (before, after) = input.split_at(from + lf);
        if let Some(bytes) = before.strip_suffix(b"\r") {
            return Line { bytes, bare_lf, whole: true, after: &after[1..] };
        }
        from += lf + 1;
        bare_lf = true;
    }
    Line { bytes: input, bare_lf, whole: false, after: &[] }
}

/// `line = *OCTET-except-LF ( [ CR ] LF / end )`
fn lf_line(input: &[u8]) -> Line<'_> {
    let Some(lf) = memchr(b'\n', input) else { return Line { bytes: input, bare_lf: false, whole: false, after: &[] } };
    let bytes = input[..lf].strip_suffix(b"\r").unwrap_or(&input[..lf]);
    Line { bytes, bare_lf: false, whole: true, after: &input[lf + 1..] }
}

/// `field = key ":" [ SP ] value`, `value = *OCTET`
///
/// What remains is the value.
fn field(line: &[u8]) -> Parsed<'_, (&[u8], Option<char>)> {
    let (rest, key) = key(line)?;
    let (value, (_, space)) = (char(':'), opt(char(' '))).parse(rest)?;
    Ok((value, (key, space)))
}

/// `key = 1*OCTET-except-":"`
fn key(line: &[u8]) -> Parsed<'_, &[u8]> {
    match colon(line) {
        None => Err(nom::Err::Error(Malformed::NoColon)),
        Some(0) => Err(nom::Err::Error(Malformed::EmptyKey)),
        Some(len) if len > KEY_BYTES_MAX => Err(nom::Err::Error(Malformed::NotAKey)),
        Some(len) => Ok((&line[len..], &line[..len])),
    }
}

/// Where the first colon is. Nearly all keys are shorter than 16 bytes: those are looked at in one register.
fn colon(line: &[u8]) -> Option<usize> {
    const ONES: u128 = u128::from_ne_bytes([0x01; 16]);
    const TOPS: u128 = u128::from_ne_bytes([0x80; 16]);
    const COLONS: u128 = u128::from_ne_bytes([b':'; 16]);
    let Some((first, more)) = line.split_first_chunk::<16>() else { return line.iter().position(|&byte| byte == b':') };
    let differing = u128::from_le_bytes(*first) ^ COLONS;
    // The lowest bit left is the top bit of the first byte that does not differ.
    let equal = differing.wrapping_sub(ONES) & !differing & TOPS;
    if equal == 0 { memchr(b':', more).map(|at| first.len() + at) } else { Some(equal.trailing_zeros() as usize / 8) }
}

fn trim_line_end(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    &value[..end]
}

/// A place within a message; the decoder keeps no message whose places would not fit.
#[allow(clippy::cast_possible_truncation, reason = "the index of what is longer than 4 GiB is never used")]
const fn place(at: usize) -> u32 {
    at as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_fields() {
        type Case = (&'static [u8], Result<(&'static [u8], &'static [u8]), Malformed>);
        let table: [Case; 12] = [
            (b"Event: Hangup", Ok((b"Event", b"Hangup"))),
            (b"AccountCode: ", Ok((b"AccountCode", b""))),
            (b"AccountCode:", Ok((b"AccountCode", b""))),
            (b"Channel:PJSIP/1001-00000031", Ok((b"Channel", b"PJSIP/1001-00000031"))),
            (b"RemoteAddress: IPV4/TCP/192.0.2.1:5038", Ok((b"RemoteAddress", b"IPV4/TCP/192.0.2.1:5038"))),
            (b"Output:   indented  ", Ok((b"Output", b"  indented  "))),
            (b"ConnectedLineNumber: 1", Ok((b"ConnectedLineNumber", b"1"))),
            (b"DestConnectedLineName: 1", Ok((b"DestConnectedLineName", b"1"))),
            (b"CallerIDName: \xff\xfe\x00", Ok((b"CallerIDName", b"\xff\xfe\x00"))),
            (b"no colon", Err(Malformed::NoColon)),
            (b"no colon in a line longer than a register", Err(Malformed::NoColon)),
            (b": value", Err(Malformed::EmptyKey)),
        ];
        for (line, expected) in table {
            let outcome = field(line).map(|(value, (key, _))| (key, value)).map_err(|error| match error {
                nom::Err::Error(what) | nom::Err::Failure(what) => what,
                nom::Err::Incomplete(_) => Malformed::Grammar,
            });
            assert_eq!(outcome, expected, "{}", String::from_utf8_lossy(line));
            if let Ok((key, value)) = outcome {
                let again = [key, b": ", value].concat();
                assert_eq!(field(&again), Ok((value, (key, Some(' ')))), "backwards: {}", String::from_utf8_lossy(line));
            }
        }
    }

    #[test]
    fn what_is_longer_than_a_key_is_none() {
        let line = [b"k".repeat(KEY_BYTES_MAX + 1), b": value".to_vec()].concat();
        assert_eq!(field(&line), Err(nom::Err::Error(Malformed::NotAKey)));
        assert!(field(&line[1..]).is_ok());
    }

    #[test]
    fn the_colon_is_found_wherever_it_is() {
        for len in 0..40 {
            // Neighbours of the colon in value, and bytes with the top bit, must not be taken for it.
            for filler in [b'x', b':' - 1, b':' + 1, b':' | 0x80, 0, 0xff] {
                let mut line = vec![filler; len];
                assert_eq!(colon(&line), None);
                for at in (0..len).rev() {
                    line[at] = b':';
                    assert_eq!(colon(&line), Some(at), "{len} bytes of {filler}");
                }
            }
        }
    }

    #[test]
    fn known_lines() {
        let crlf: [(&[u8], Line<'_>); 5] = [
            (b"A: b\r\nC", Line { bytes: b"A: b", bare_lf: false, whole: true, after: b"C" }),
            (b"A: b\nx\r\n", Line { bytes: b"A: b\nx", bare_lf: true, whole: true, after: b"" }),
            (b"A: b\r\r\n", Line { bytes: b"A: b\r", bare_lf: false, whole: true, after: b"" }),
            (b"\r\nA", Line { bytes: b"", bare_lf: false, whole: true, after: b"A" }),
            (b"A: b\r", Line { bytes: b"A: b\r", bare_lf: false, whole: false, after: b"" }),
        ];
        for (input, expected) in crlf {
            assert_eq!(crlf_line(input), expected, "{}", String::from_utf8_lossy(input));
        }
        let lf: [(&[u8], Line<'_>); 3] = [
            (b"A: b\nC", Line { bytes: b"A: b", bare_lf: false, whole: true, after: b"C" }),
            (b"A: b\r\nC", Line { bytes: b"A: b", bare_lf: false, whole: true, after: b"C" }),
            (b"A: b\r", Line { bytes: b"A: b\r", bare_lf: false, whole: false, after: b"" }),
        ];
        for (input, expected) in lf {
            assert_eq!(lf_line(input), expected, "{}", String::from_utf8_lossy(input));
        }
    }
}
