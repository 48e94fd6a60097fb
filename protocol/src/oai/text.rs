//! Text of the PBX: bytes to characters and back, and the types for texts, call numbers and secrets.
//!
//! The character set is not documented (OAI reference §1.2). It is read as Windows-1252, of which ISO-8859-1 differs only
//! in control characters that nobody sends; the five bytes without a meaning there become U+0081, U+008D, U+008F, U+0090
//! and U+009D. So each byte is one character and each of these characters is that byte again: nothing is lost.

use std::borrow::Cow;
use std::fmt;

use smol_str::SmolStr;

/// What the bytes 0x80 to 0x9F mean.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–',
    '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Stands for a character that Windows-1252 lacks.
const REPLACEMENT: u8 = b'?';

/// The characters of these bytes; borrowed if all are ASCII.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|&byte| character(byte)).collect()),
    }
}

/// The byte of each character; `?` for one that Windows-1252 lacks.
pub fn encode(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    encode_into(text, &mut bytes);
    bytes
}

pub(super) fn encode_into(text: &str, out: &mut Vec<u8>) {
    if text.is_ascii() {
        out.extend_from_slice(text.as_bytes());
    } else {
        out.extend(text.chars().map(|character| byte(character).unwrap_or(REPLACEMENT)));
    }
}

fn character(byte: u8) -> char {
    match byte {
        0x80..=0x9f => HIGH.get(usize::from(byte - 0x80)).copied().unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

/// The byte of a character. `None`: Windows-1252 lacks it.
pub(super) fn byte(character: char) -> Option<u8> {
    match u8::try_from(u32::from(character)) {
        Ok(byte @ (0..=0x7f | 0xa0..=0xff)) => Some(byte),
        _ => HIGH.iter().position(|&high| high == character).and_then(|at| u8::try_from(at + 0x80).ok()),
    }
}

macro_rules! string {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(SmolStr);

        impl $name {
            /// Of these characters.
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(SmolStr::new(text))
            }

            /// Its characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Its characters, owned.
            pub fn into_inner(self) -> SmolStr {
                self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(SmolStr::new(text))
            }
        }

        impl From<SmolStr> for $name {
            fn from(text: SmolStr) -> Self {
                Self(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(SmolStr::from(text))
            }
        }

        impl From<$name> for SmolStr {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}
pub(super) use string;

macro_rules! shown {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), out)
            }
        }
    };
}
pub(super) use shown;

string! {
    /// A text that stands between pipes on the wire: `|Doe, John|` is `Doe, John`.
    ///
    /// `Some` of an empty text is `||`, which is not the same as a blank field. Pipes, line ends and NUL are dropped when
    /// it is written, for the grammar knows no escape (OAI reference §1.4).
    Text
}
shown!(Text);

string! {
    /// A password: written between pipes, never shown.
    Secret
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

string! {
    /// A Call_ID: opaque, never to be parsed or ordered by meaning (OAI reference §1.4).
    CallId
}
shown!(CallId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_one_character_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = decode(&bytes);
        assert_eq!(text.chars().count(), 256);
        assert_eq!(encode(&text), bytes);
        assert_eq!(decode(b"M\xfcller \x80 5").as_ref(), "Müller € 5");
    }

    #[test]
    fn what_the_character_set_lacks_becomes_a_question_mark() {
        assert_eq!(encode("Łukasz \u{80}ß"), b"?ukasz ?\xdf");
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("1234")), "***");
    }
}
