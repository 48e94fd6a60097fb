//! One whole message.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use super::field::{Field, KeyTag};

/// What a message is, by the key of its first line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// `Event:`, from Asterisk.
    Event,
    /// `Response:`, from Asterisk.
    Response,
    /// `Action:`, to Asterisk.
    Action,
    /// Anything else.
    Other,
}

/// One whole message: a list of fields in the order received, keys repeated as they came.
///
/// Values are the bytes received, without the one space after the colon and without the line's end. Keys are compared
/// without case. A clone shares the bytes. A message keeps alive the chunk that it was received in.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    raw: Bytes,
    fields: Box<[Field]>,
    output_from: usize,
    kind: Kind,
}

impl Message {
    /// `fields` is not empty and indexes `raw`; raw command output begins at `output_from`.
    pub(super) fn new(raw: Bytes, fields: &[Field], output_from: usize) -> Self {
        let key = fields.first().map_or(&[][..], |first| first.key(&raw));
        let kind = if key.eq_ignore_ascii_case(b"Event") {
            Kind::Event
        } else if key.eq_ignore_ascii_case(b"Response") {
            Kind::Response
        } else if key.eq_ignore_ascii_case(b"Action") {
            Kind::Action
        } else {
            Kind::Other
        };
        Self { fields: fields.into(), output_from, kind, raw }
    }

    /// What the first line says that it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Value of the first line: the name of the event or action, or the outcome in a response.
    pub fn name(&self) -> &[u8] {
        self.fields.first().map_or(&[], |first| first.value(&self.raw))
    }

    /// Value of the first field of that key.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.field(key).map(|field| field.value(&self.raw))
    }

    /// Values of all fields of that key.
    pub fn get_all(&self, key: &str) -> impl Iterator<Item = &[u8]> {
        let tag = KeyTag::of(key.as_bytes());
        let wanted = move |field: &&Field| field.is(&self.raw, tag, key.as_bytes());
        self.fields.iter().filter(wanted).map(|field| field.value(&self.raw))
    }

    /// Value of the first field of that key as text, trimmed; bytes that are no UTF-8 become U+FFFD.
    pub fn text(&self, key: &str) -> Option<Cow<'_, str>> {
        self.get(key).map(|value| String::from_utf8_lossy(value.trim_ascii()))
    }

    /// Value of the first field of that key as text, trimmed; `None` also if it is no UTF-8.
    #[inline]
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(|value| std::str::from_utf8(value.trim_ascii()).ok())
    }

    /// Value of the first field of that key, sharing the message's bytes.
    pub fn value_bytes(&self, key: &str) -> Option<Bytes> {
        self.field(key).map(|field| self.raw.slice(field.value_range()))
    }

    /// All fields, keys and values, in the order received.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|field| (field.key(&self.raw), field.value(&self.raw)))
    }

    /// Lines of a command's output: the `Output` fields, or the raw lines that Asterisk up to 13 sends instead.
    pub fn output(&self) -> impl Iterator<Item = &[u8]> {
        let raw = self.raw.get(self.output_from..).unwrap_or_default();
        let raw_lines = raw.split_inclusive(|&byte| byte == b'\n').map(|line| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            line.strip_suffix(b"\r").unwrap_or(line)
        });
        self.get_all("Output").chain(raw_lines)
    }

    /// The bytes received, without the empty line that ended them.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    #[inline]
    fn field(&self, key: &str) -> Option<&Field> {
        let tag = KeyTag::of(key.as_bytes());
        self.fields.iter().find(|field| field.is(&self.raw, tag, key.as_bytes()))
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = out.debug_map();
        for (key, value) in self.fields() {
            let value = if super::action::is_secret(key) { super::action::MASK } else { value };
            map.entry(&String::from_utf8_lossy(key), &String::from_utf8_lossy(value));
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ami::{Decoder, Item, Limits};

    fn message(bytes: &'static [u8]) -> Message {
        let mut decoder = Decoder::for_actions(Limits::default());
        decoder.push(Bytes::from_static(bytes));
        match decoder.next_item() {
            Ok(Some(Item::Message(message))) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn fields_are_found_by_key_in_any_case() {
        let event = message(b"Event: TestEvent\r\nState: one\r\nstate: two\r\nStale: x\r\nCallerIDName:  Ada \xff \r\n\r\n");
        assert_eq!(event.get("STATE"), Some(&b"one"[..]));
        assert_eq!(event.get_all("State").collect::<Vec<_>>(), [&b"one"[..], b"two"]);
        assert_eq!(event.get("Stat"), None);
        assert_eq!(event.get(""), None);
        assert_eq!(event.get("CallerIDName"), Some(&b" Ada \xff "[..]));
        assert_eq!(event.text("CallerIDName").as_deref(), Some("Ada \u{fffd}"));
        assert_eq!(event.str("CallerIDName"), None);
        assert_eq!(event.fields().len(), 5);
    }

    #[test]
    fn the_first_line_alone_says_what_it_is() {
        assert_eq!(message(b"event: X\r\nAction: Y\r\n\r\n").kind(), Kind::Event);
        assert_eq!(message(b"RESPONSE: X\r\n\r\n").kind(), Kind::Response);
        assert_eq!(message(b"Action: X\r\n\r\n").kind(), Kind::Action);
        let other = message(b"CallerIDName: Event: Hangup\r\nEvent: Hangup\r\n\r\n");
        assert_eq!((other.kind(), other.name()), (Kind::Other, &b"Event: Hangup"[..]));
    }

    #[test]
    fn values_share_the_bytes_received() {
        let event = message(b"Event: Hangup\r\nCause: 16\r\n\r\n");
        let value = event.value_bytes("Cause").unwrap();
        assert_eq!(value, "16");
        assert!(event.raw().as_ptr_range().contains(&value.as_ptr()));
    }

    #[test]
    fn secrets_are_not_shown() {
        let login = message(b"Action: Login\nUsername: connector\nSecret: hush\nKey: hush\n\n");
        let shown = format!("{login:?}");
        assert!(shown.contains("connector") && !shown.contains("hush"), "{shown}");
    }
}
