//! The writer: elements in the order in which they are put.

use bytes::Bytes;
use smol_str::SmolStr;

use super::cursor::allowed;
use super::style::{Encoding, Spelling, Style};
use crate::csta::error::EncodeError;

pub(in crate::csta) struct Writer<'s> {
    style: &'s Style,
    namespace: &'s str,
    out: String,
    depth: usize,
    /// The element just opened holds no element yet.
    leaf: bool,
    /// Names are written without the prefix.
    plain: bool,
    edition: u8,
    refused: Option<EncodeError>,
}

impl<'s> Writer<'s> {
    /// The root element will be in that namespace; empty: in none.
    pub(in crate::csta) fn new(style: &'s Style, namespace: &'s str) -> Self {
        let mut out = String::with_capacity(512);
        if style.declaration {
            let encoding = if style.encoding == Encoding::Utf8 { "UTF-8" } else { "ISO-8859-1" };
            out.push_str("<?xml version=\"1.0\" encoding=\"");
            out.push_str(encoding);
            out.push_str("\"?>");
        }
        Self { style, namespace, out, depth: 0, leaf: false, plain: false, edition: style.edition.number(), refused: None }
    }

    /// The body.
    pub(in crate::csta) fn finish(self) -> Result<Bytes, EncodeError> {
        if let Some(refused) = self.refused {
            return Err(refused);
        }
        if self.style.encoding == Encoding::Utf8 || self.out.is_ascii() {
            return Ok(Bytes::from(self.out));
        }
        let mut bytes = Vec::with_capacity(self.out.len());
        for character in self.out.chars() {
            match u8::try_from(u32::from(character)) {
                Ok(byte) => bytes.push(byte),
                Err(_) => bytes.extend_from_slice(format!("&#{};", u32::from(character)).as_bytes()),
            }
        }
        Ok(bytes.into())
    }

    pub(in crate::csta) fn style(&self) -> &'s Style {
        self.style
    }

    /// True if the edition has what came in with that one; with none: what all have.
    pub(in crate::csta) fn has(&self, since: &[u8]) -> bool {
        since.iter().all(|edition| self.edition >= *edition)
    }

    pub(in crate::csta) fn open(&mut self, name: &str) {
        self.begin(name);
        self.out.push('>');
    }

    pub(in crate::csta) fn open_with<'a>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.begin(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.escaped(name, value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// An element of another namespace, which it declares itself, and its children: they have no prefix.
    pub(in crate::csta) fn open_plain<'a>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.plain = true;
        self.open_with(name, attributes);
    }

    pub(in crate::csta) fn close_plain(&mut self, name: &str) {
        self.close(name);
        self.plain = false;
    }

    pub(in crate::csta) fn close(&mut self, name: &str) {
        self.depth -= 1;
        if self.out.ends_with('>') && self.leaf {
            self.out.pop();
            self.out.push_str("/>");
        } else {
            if !self.leaf {
                self.line();
            }
            self.out.push_str("</");
            self.name(name);
            self.out.push('>');
        }
        self.leaf = false;
    }

    pub(in crate::csta) fn text(&mut self, name: &str, text: &str) {
        self.escaped(name, text);
    }

    pub(in crate::csta) fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        self.escaped(name, text);
        self.close(name);
    }

    /// An element as it is.
    pub(in crate::csta) fn raw(&mut self, xml: &str) {
        self.line();
        self.out.push_str(xml);
        self.leaf = false;
    }

    /// Of the spellings of a name the one to be written: the schema's first, the correct one last.
    pub(in crate::csta) fn spelt<'n>(&self, schema: &'n str, others: &[&'n str]) -> &'n str {
        match self.style.spelling {
            Spelling::Schema => schema,
            Spelling::Corrected => others.last().copied().unwrap_or(schema),
        }
    }

    fn begin(&mut self, name: &str) {
        self.line();
        self.out.push('<');
        self.name(name);
        if self.depth == 0 && !self.namespace.is_empty() {
            self.out.push_str(if self.style.prefix.is_empty() { " xmlns" } else { " xmlns:" });
            self.out.push_str(&self.style.prefix);
            self.out.push_str("=\"");
            self.escaped(name, self.namespace);
            self.out.push('"');
        }
        self.depth += 1;
        self.leaf = true;
    }

    fn name(&mut self, name: &str) {
        if !self.plain && !self.style.prefix.is_empty() {
            self.out.push_str(&self.style.prefix);
            self.out.push(':');
        }
        self.out.push_str(name);
    }

    fn line(&mut self) {
        if self.style.indent && !self.out.is_empty() {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn escaped(&mut self, element: &str, text: &str) {
        for character in text.chars() {
            match character {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                // Read back as they are: a parser takes line ends and, in attributes, tabs for spaces.
                '\r' => self.out.push_str("&#13;"),
                '\n' => self.out.push_str("&#10;"),
                '\t' => self.out.push_str("&#9;"),
                _ if allowed(character) => self.out.push(character),
                _ => {
                    self.refused.get_or_insert_with(|| EncodeError::ControlCharacter { element: SmolStr::new(element), character });
                }
            }
        }
    }
}
