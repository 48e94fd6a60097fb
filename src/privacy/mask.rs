//! What takes the place of a number or a name: the number without its last digits, or a pseudonym.

use std::fmt;

use aws_lc_rs::hmac;
use uuid::{Builder, Uuid};

/// So many digits at the end of a number are taken away.
const DIGITS_TAKEN: usize = 4;

/// What stands where a digit was.
const TAKEN: char = 'x';

/// A shorter key could be found by trying.
pub const KEY_BYTES_MIN: usize = 16;

/// How many bytes of a pseudonym's digest are shown, as two hexadecimal digits each.
const SHOWN_BYTES: usize = 10;

/// What becomes of numbers, and of who is credited.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// The last four digits go, and so does who is credited.
    Truncate,
    /// Each becomes a pseudonym, the same one for the same key, so that calls can still be counted by number and by person.
    Pseudonym(Box<Key>),
}

/// What pseudonyms are made with (HMAC-SHA256). Never shown.
#[derive(Clone)]
pub struct Key(hmac::Key);

impl Key {
    /// From at least [`KEY_BYTES_MIN`] bytes that nobody can guess; `None`: they are too few.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= KEY_BYTES_MIN).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, bytes)))
    }

    /// The same text as another kind of thing has another pseudonym.
    fn digest(&self, kind: &str, text: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(kind.as_bytes());
        context.update(b"\0");
        context.update(text.as_bytes());
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        digest
    }

    /// The pseudonym of a text, of this kind.
    pub(super) fn text(&self, kind: &str, text: &str) -> String {
        self.digest(kind, text).iter().take(SHOWN_BYTES).fold("p".to_owned(), |shown, byte| format!("{shown}{byte:02x}"))
    }

    /// The pseudonym of an identity.
    pub(super) fn id(&self, id: Uuid) -> Uuid {
        let digest = self.digest("user", &id.to_string());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The number with its last four digits taken away; of what is no number nothing is left.
pub fn truncated(number: &str) -> String {
    let is_grouping = |letter: char| letter.is_whitespace() || "+-./()*#".contains(letter);
    if !number.chars().all(|letter| letter.is_ascii_digit() || letter == TAKEN || is_grouping(letter)) {
        return String::from_iter([TAKEN; DIGITS_TAKEN]);
    }
    let digits = number.chars().filter(|letter| letter.is_ascii_digit() || *letter == TAKEN).count();
    let mut place = 0;
    let masked = number.chars().map(|letter| {
        if is_grouping(letter) {
            return letter;
        }
        place += 1;
        if place + DIGITS_TAKEN > digits { TAKEN } else { letter }
    });
    masked.collect()
}

/// Whether a number was [`truncated`]: there is nothing to find it by.
pub fn is_truncated(number: &str) -> bool {
    number.ends_with(TAKEN) && truncated(number) == number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncating() {
        let cases = [
            ("+4930555010", "+493055xxxx"),
            ("030 555-0100", "030 555-xxxx"),
            ("1001", "xxxx"),
            ("12", "xx"),
            ("*97", "*xx"),
            ("anonymous", "xxxx"),
            ("alice@example.com", "xxxx"),
            ("", ""),
        ];
        for (number, expected) in cases {
            assert_eq!(truncated(number), expected, "{number}");
            assert_eq!(truncated(expected), expected, "twice is once");
            assert_eq!(is_truncated(expected), !expected.is_empty(), "{expected}");
            assert!(!is_truncated(number), "{number}");
        }
    }

    #[test]
    fn pseudonyms_are_stable_and_of_their_kind_and_key() {
        let key = Key::new(b"a key of sixteen or more bytes").expect("long enough");
        let other = Key::new(b"another key of sixteen or more bytes").expect("long enough");
        let pseudonym = key.text("number", "+493055501001");
        assert_eq!(pseudonym, key.text("number", "+493055501001"));
        assert_ne!(pseudonym, key.text("agent", "+493055501001"));
        assert_ne!(pseudonym, other.text("number", "+493055501001"));
        assert_eq!((pseudonym.len(), pseudonym.starts_with('p')), (21, true));
        assert_ne!(key.id(Uuid::NAMESPACE_DNS), Uuid::NAMESPACE_DNS);
        assert!(Key::new(b"short").is_none());
        assert_eq!(format!("{key:?}"), "Key(…)");
    }
}
