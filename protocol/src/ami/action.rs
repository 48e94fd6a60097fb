//! What a client sends.

use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};

use super::field::KEY_BYTES_MAX;
use super::message::{Kind, Message};

/// Longest line that Asterisk reads, its end included.
const LINE_BYTES_MAX: usize = 1024;
/// Most lines that Asterisk reads of one action.
const LINES_MAX: usize = 128;

pub(super) const MASK: &[u8] = b"***";

/// Why an action cannot be encoded.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EncodeError {
    /// The key is not a word.
    #[error("`{key}` cannot be a key: a key is 1 to {KEY_BYTES_MAX} printable ASCII characters without space and colon")]
    Key {
        /// That key, escaped.
        key: String,
    },
    /// The value would break out of its line.
    #[error("the value of `{key}` holds a line break or NUL; remove it")]
    ControlCharacter {
        /// Key of the field.
        key: String,
    },
    /// An action without a name.
    #[error("an action needs a name")]
    NoName,
    /// The line is longer than Asterisk reads.
    #[error("the line of `{key}` is {bytes} bytes long with its end, and Asterisk reads {LINE_BYTES_MAX}: shorten the value")]
    LineTooLong {
        /// Key of the field.
        key: String,
        /// Bytes of the line.
        bytes: usize,
    },
    /// More lines than Asterisk reads.
    #[error("the action `{name}` has more than {LINES_MAX} lines, and Asterisk reads no more: split it")]
    TooManyLines {
        /// Name of the action.
        name: String,
    },
    /// The message is no action.
    #[error("the message is no action: its first line is not `Action`")]
    NotAnAction,
}

/// An action for Asterisk: `Action: name`, then fields in the order added. Shown without secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Action {
    fields: Vec<(String, Vec<u8>)>,
}

impl Action {
    /// An action of that name.
    pub fn new(name: &str) -> Result<Self, EncodeError> {
        if name.is_empty() {
            return Err(EncodeError::NoName);
        }
        Self { fields: Vec::new() }.field("Action", name)
    }

    /// `name` is known to be a plain word.
    pub(super) fn known(name: &'static str) -> Self {
        Self { fields: vec![("Action".to_owned(), name.into())] }
    }

    /// Key and value are known to be plain words.
    pub(super) fn known_field(mut self, key: &'static str, value: &'static str) -> Self {
        self.fields.push((key.to_owned(), value.into()));
        self
    }

    /// Adds a field. Keys may repeat. Refused is what Asterisk would read as something else or not at all.
    pub fn field(mut self, key: &str, value: impl AsRef<[u8]>) -> Result<Self, EncodeError> {
        let value = value.as_ref();
        if key.is_empty() || key.len() > KEY_BYTES_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':') {
            return Err(EncodeError::Key { key: key.escape_debug().to_string() });
        }
        if value.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
            return Err(EncodeError::ControlCharacter { key: key.to_owned() });
        }
        let bytes = key.len() + 2 + value.len() + 2;
        if bytes > LINE_BYTES_MAX {
            return Err(EncodeError::LineTooLong { key: key.to_owned(), bytes });
        }
        if self.fields.len() == LINES_MAX {
            return Err(EncodeError::TooManyLines { name: String::from_utf8_lossy(self.name()).into_owned() });
        }
        self.fields.push((key.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// Its name.
    pub fn name(&self) -> &[u8] {
        self.fields.first().map_or(&[], |(_, name)| name)
    }

    /// Value of the first field of that key, whatever its case.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_slice())
    }

    /// `action = "Action:" SP name CRLF *( key ":" SP value CRLF ) CRLF`
    pub fn encode(&self) -> Bytes {
        self.write(|_, value| value)
    }

    /// The same with `***` for the values of `Secret` and `Key`: fit for logs and captures.
    pub fn encode_masked(&self) -> Bytes {
        self.write(|key, value| if is_secret(key.as_bytes()) { MASK } else { value })
    }

    /// True if [`encode_masked`](Self::encode_masked) differs from [`encode`](Self::encode).
    pub fn has_secret(&self) -> bool {
        self.fields.iter().any(|(key, _)| is_secret(key.as_bytes()))
    }

    fn write<'a>(&'a self, shown: impl Fn(&str, &'a [u8]) -> &'a [u8]) -> Bytes {
        let bytes: usize = self.fields.iter().map(|(key, value)| key.len() + value.len() + 4).sum();
        let mut out = BytesMut::with_capacity(bytes + 2 + MASK.len());
        for (key, value) in &self.fields {
            out.put_slice(key.as_bytes());
            out.put_slice(b": ");
            out.put_slice(shown(key, value));
            out.put_slice(b"\r\n");
        }
        out.put_slice(b"\r\n");
        out.freeze()
    }
}

impl TryFrom<&Message> for Action {
    type Error = EncodeError;

    fn try_from(message: &Message) -> Result<Self, EncodeError> {
        if message.kind() != Kind::Action {
            return Err(EncodeError::NotAnAction);
        }
        if message.name().is_empty() {
            return Err(EncodeError::NoName);
        }
        message.fields().try_fold(Self { fields: Vec::new() }, |action, (key, value)| action.field(&String::from_utf8_lossy(key), value))
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from_utf8_lossy(&self.encode_masked()).escape_debug().to_string())
    }
}

/// True for the keys whose values open a login.
pub(super) fn is_secret(key: &[u8]) -> bool {
    key.eq_ignore_ascii_case(b"Secret") || key.eq_ignore_ascii_case(b"Key")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action() -> Action {
        Action::new("Ping").unwrap()
    }

    #[test]
    fn what_asterisk_would_not_read_is_refused() {
        let long = |bytes: usize| "x".repeat(bytes);
        assert_eq!(Action::new(""), Err(EncodeError::NoName));
        assert!(matches!(Action::new("Ping\r\nAction: Command"), Err(EncodeError::ControlCharacter { .. })));
        for key in ["", "a:b", "a b", "a\r\nb", "a\nb", "a\0b", "größe", &long(KEY_BYTES_MAX + 1)] {
            assert!(matches!(action().field(key, "x"), Err(EncodeError::Key { .. })), "{key:?}");
        }
        for value in ["a\rb", "a\nb", "a\r\n\r\nAction: Command", "\0", "x\n"] {
            assert!(matches!(action().field("Variable", value), Err(EncodeError::ControlCharacter { .. })), "{value:?}");
        }
        assert!(action().field("Key", long(LINE_BYTES_MAX - "Key: \r\n".len())).is_ok());
        assert!(matches!(
            action().field("Key", long(LINE_BYTES_MAX - "Key: \r\n".len() + 1)),
            Err(EncodeError::LineTooLong { bytes: 1025, .. })
        ));
        let full = (1..LINES_MAX).try_fold(action(), |action, line| action.field("Variable", line.to_string())).unwrap();
        assert!(matches!(full.field("Variable", "x"), Err(EncodeError::TooManyLines { .. })));
    }

    #[test]
    fn anything_else_is_carried() {
        let encoded = action().field("CallerID", "Zoë \"Z\" <1001>: \t\u{7f}").unwrap().field("Empty", "").unwrap().encode();
        assert_eq!(encoded, "Action: Ping\r\nCallerID: Zoë \"Z\" <1001>: \t\u{7f}\r\nEmpty: \r\n\r\n");
    }

    #[test]
    fn secrets_are_masked_whatever_the_case_of_their_key() {
        let login = action().field("SECRET", "hush").unwrap().field("key", "hush").unwrap().field("Keyword", "shown").unwrap();
        assert_eq!(login.encode_masked(), "Action: Ping\r\nSECRET: ***\r\nkey: ***\r\nKeyword: shown\r\n\r\n");
        assert!(login.has_secret() && !action().has_secret());
        assert!(!format!("{login:?}").contains("hush"));
    }
}
