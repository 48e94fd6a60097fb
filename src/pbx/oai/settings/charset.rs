//! How the PBX's texts are written (OAI §1.2 leaves it open).

use std::borrow::Cow;

use strowger_protocol::oai::Line;

/// A character set.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Charset {
    /// Windows-1252: each byte is a character, none is lost.
    #[default]
    Windows1252,
    /// ISO-8859-1: the same, but for 0x80 to 0x9F, which are control characters.
    Iso8859_1,
    /// UTF-8; bytes that are none become U+FFFD.
    Utf8,
}

impl Charset {
    /// The characters of a line.
    pub fn text(self, line: &Line) -> Cow<'_, str> {
        match self {
            Self::Windows1252 => line.text(),
            Self::Iso8859_1 => Cow::Owned(line.raw().iter().map(|byte| char::from(*byte)).collect()),
            Self::Utf8 => String::from_utf8_lossy(line.raw()),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_same_bytes_in_each() {
        let line = Line::new(Bytes::from_static(b"J\xc3\xb6rg \x80"));
        let told = [Charset::Windows1252, Charset::Iso8859_1, Charset::Utf8].map(|charset| charset.text(&line).into_owned());
        assert_eq!(told, ["J\u{c3}\u{b6}rg \u{20ac}", "J\u{c3}\u{b6}rg \u{80}", "J\u{f6}rg \u{fffd}"]);
    }
}
