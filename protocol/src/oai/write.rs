//! The fields of a line, written one after the other, and how lines are written where PBXs differ.

use super::error::EncodeError;
use super::read::Field;
use super::text;
use super::wire::Wire;

/// Fields behind one another, with commas between them.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
    style: Style,
    /// Refuses what cannot stand in a field instead of leaving it out.
    strict: bool,
    pub(super) masked: bool,
    error: Option<EncodeError>,
    /// Behind the last field that is not blank.
    significant: usize,
}

/// How lines are written where PBXs differ: a simulator speaks like any of them (OAI reference §1.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// What ends a line.
    pub line_end: LineEnd,
    /// Least digits of a cross-reference id.
    pub monitor_digits: u8,
    /// Least digits of a count.
    pub count_digits: u8,
    /// Least digits of the mask of a list.
    pub mask_digits: u8,
    /// Least digits of a cause.
    pub cause_digits: u8,
    /// Whether QU has 20 parts instead of 18.
    pub long_queued: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { line_end: LineEnd::CrLf, monitor_digits: 6, count_digits: 4, mask_digits: 1, cause_digits: 2, long_queued: false }
    }
}

/// What ends a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineEnd {
    /// Nothing: the frame ends it.
    None,
    /// CR.
    Cr,
    /// LF.
    Lf,
    /// CR LF, as the specification has it for the PBX.
    CrLf,
}

impl LineEnd {
    /// Its bytes.
    pub const fn bytes(self) -> &'static [u8] {
        match self {
            Self::None => b"",
            Self::Cr => b"\r",
            Self::Lf => b"\n",
            Self::CrLf => b"\r\n",
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>, style: Style) -> Self {
        let significant = out.len();
        Self { out, first: true, style, strict: false, masked: false, error: None, significant }
    }

    pub(super) fn strict(out: &'a mut Vec<u8>, masked: bool) -> Self {
        Self { strict: true, masked, ..Self::new(out, Style::default()) }
    }

    /// True for what a client writes: it goes back to the PBX as the PBX wrote it.
    pub(super) fn is_command(&self) -> bool {
        self.strict
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    fn comma(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
    }

    /// A field without pipes. Commas and line ends, which would make it two, are refused or left out; pipes are left out.
    pub(super) fn bare(&mut self, text: &str) {
        self.comma();
        let start = self.out.len();
        let unfit = |byte: &u8| matches!(byte, b',' | b'|' | b'\r' | b'\n' | 0);
        if text.bytes().any(|byte| unfit(&byte)) {
            self.refuse(text, b",\r\n\0");
            text::encode_into(&text.replace([',', '|', '\r', '\n', '\0'], ""), self.out);
        } else {
            text::encode_into(text, self.out);
        }
        if self.out.len() > start {
            self.significant = self.out.len();
        }
    }

    /// A field between pipes. Line ends are refused or left out; pipes are left out.
    pub(super) fn piped(&mut self, text: &str) {
        self.comma();
        self.out.push(b'|');
        if text.bytes().any(|byte| matches!(byte, b'|' | b'\r' | b'\n' | 0)) {
            self.refuse(text, b"\r\n\0");
            text::encode_into(&text.replace(['|', '\r', '\n', '\0'], ""), self.out);
        } else {
            text::encode_into(text, self.out);
        }
        self.out.push(b'|');
        self.significant = self.out.len();
    }

    /// Bytes whose number an earlier field gives.
    pub(super) fn counted(&mut self, data: &[u8]) {
        self.comma();
        if self.strict && data.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            self.error.get_or_insert(EncodeError::ControlCharacter { field: text::decode(data).escape_debug().to_string() });
        }
        self.out.extend_from_slice(data);
        self.significant = self.out.len();
    }

    pub(super) fn number(&mut self, value: u32, digits: u8) {
        self.bare(&smol_str::format_smolstr!("{value:0width$}", width = usize::from(digits)));
    }

    pub(super) fn hex(&mut self, value: u32, digits: u8) {
        self.bare(&smol_str::format_smolstr!("{value:0width$X}", width = usize::from(digits)));
    }

    pub(super) fn put<T: Wire>(&mut self, value: &T) {
        value.write(self);
    }

    pub(super) fn fields(&mut self, fields: &[Field]) {
        for field in fields {
            self.put(field);
        }
    }

    /// Takes off the blank fields at the end.
    pub(super) fn trim(&mut self) {
        self.out.truncate(self.significant);
    }

    pub(super) fn finish(self) -> Result<(), EncodeError> {
        self.error.map_or(Ok(()), Err)
    }

    fn refuse(&mut self, text: &str, refused: &[u8]) {
        if self.strict
            && let Some(byte) = text.bytes().find(|byte| refused.contains(byte))
        {
            let field = text.escape_debug().to_string();
            self.error.get_or_insert(match byte {
                b',' => EncodeError::Comma { field },
                _ => EncodeError::ControlCharacter { field },
            });
        }
    }
}
