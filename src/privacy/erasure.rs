//! One person taken out of records and texts: names and emails become a word that says so, the person's own outside numbers lose
//! their last digits, and the identity becomes another one. The call itself stays.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::truncated;
use crate::record::{CallRecord, PartyInfo};

/// From so many digits on a number is one of the outside world, and may be a person's own.
const OUTSIDE_DIGITS_MIN: usize = 7;

/// Whom it is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Person {
    /// As records and people have it.
    pub id: Uuid,
    /// Every name that is known of the person.
    pub names: BTreeSet<String>,
    /// The emails.
    pub emails: BTreeSet<String>,
    /// What the person holds or held, and the devices that rang along.
    pub numbers: BTreeSet<String>,
}

impl Person {
    /// The person's own numbers outside the PBX: extensions and agent IDs are the site's.
    pub fn outside_numbers(&self) -> impl Iterator<Item = &String> {
        self.numbers.iter().filter(|number| digits(number).len() >= OUTSIDE_DIGITS_MIN)
    }

    /// Whether this party is the person, as far as can be seen.
    pub(super) fn is(&self, party: &PartyInfo) -> bool {
        let is_name = party.name.as_ref().is_some_and(|name| self.names.iter().any(|own| same(own, name)));
        is_name || party.number.as_ref().is_some_and(|number| self.has(number))
    }

    /// Whether that number is the person's.
    pub(super) fn has(&self, number: &str) -> bool {
        self.numbers.contains(number) || self.outside_numbers().any(|own| same_number(own, number))
    }
}

/// A person, and what takes the person's place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Erasure {
    /// Who.
    pub person: Person,
    /// The identity that nobody can compute.
    pub as_id: Uuid,
    /// The word that stands for the name.
    pub as_name: String,
}

impl Erasure {
    /// `as_id` is a fresh one, made at random.
    pub fn new(person: Person, as_id: Uuid) -> Self {
        let id = as_id.simple().to_string();
        Self { person, as_id, as_name: format!("erased {}", &id[..8]) }
    }

    /// The record without the person; `None`: there is nothing of the person in it.
    pub fn record(&self, record: &CallRecord) -> Option<CallRecord> {
        let mut erased = record.clone();
        for party in [&mut erased.caller, &mut erased.dialled] {
            self.change(&mut party.name);
            self.number(&mut party.number);
            self.number(&mut party.e164);
        }
        self.change(&mut erased.trunk);
        for segment in &mut erased.segments {
            let mut device = Some(std::mem::take(&mut segment.device));
            self.number(&mut device);
            segment.device = device.unwrap_or_default();
            self.number(&mut segment.agent);
            if let Some(user) = segment.user.as_mut().filter(|user| user.id == self.person.id) {
                user.id = self.as_id;
                user.name.clone_from(&self.as_name);
            }
            self.change(&mut segment.attribution.association);
            for sentence in &mut segment.attribution.considered {
                if let Some(text) = self.text(sentence) {
                    *sentence = text;
                }
            }
        }
        (erased != *record).then_some(erased)
    }

    /// The text without names, emails and outside numbers of the person; `None`: it has none.
    pub fn text(&self, text: &str) -> Option<String> {
        let own: Vec<(String, String)> = self.person.outside_numbers().map(|number| (number.clone(), truncated(number))).collect();
        let names = self.words().into_iter().map(|word| (word, self.as_name.clone()));
        replaced(text, &names.chain(own).collect::<Vec<_>>())
    }

    /// The same for every text within a JSON value, but numbers stay: what is going on depends on them. Whether anything changed.
    pub fn state(&self, value: &mut Value) -> bool {
        let names: Vec<(String, String)> = self.words().into_iter().map(|word| (word, self.as_name.clone())).collect();
        walk(value, &names)
    }

    fn change(&self, text: &mut Option<String>) {
        if let Some(changed) = text.as_deref().and_then(|text| self.text(text)) {
            *text = Some(changed);
        }
    }

    fn number(&self, number: &mut Option<String>) {
        let Some(text) = number.as_deref() else { return };
        if self.person.outside_numbers().any(|own| same_number(own, text)) {
            *number = Some(truncated(text));
        } else {
            self.change(number);
        }
    }

    /// What the person is called, the longest first; also `Last, First` and `Last First`, as telephone systems show names.
    fn words(&self) -> Vec<String> {
        let turned = self.person.names.iter().filter_map(|name| name.rsplit_once(' '));
        let turned = turned.flat_map(|(first, last)| [format!("{last}, {first}"), format!("{last} {first}")]);
        let all = self.person.names.iter().chain(&self.person.emails).cloned().chain(turned);
        let mut words: Vec<String> = all.filter(|word| !word.trim().is_empty()).collect::<BTreeSet<_>>().into_iter().collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words
    }
}

fn walk(value: &mut Value, words: &[(String, String)]) -> bool {
    match value {
        Value::String(text) => match replaced(text, words) {
            Some(changed) => {
                *text = changed;
                true
            }
            None => false,
        },
        Value::Array(items) => walk_all(items.iter_mut(), words),
        Value::Object(fields) => walk_all(fields.values_mut(), words),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn walk_all<'a>(values: impl Iterator<Item = &'a mut Value>, words: &[(String, String)]) -> bool {
    let mut changed = false;
    for value in values {
        changed |= walk(value, words);
    }
    changed
}

/// Every whole-word occurrence replaced, in whatever case it is written; `None`: there is none.
fn replaced(text: &str, words: &[(String, String)]) -> Option<String> {
    let words: Vec<(Vec<char>, &str)> =
        words.iter().map(|(word, by)| (word.chars().flat_map(char::to_lowercase).collect(), by.as_str())).collect();
    let mut out = String::new();
    let (mut place, mut copied, mut before) = (0, 0, None::<char>);
    while let Some(letter) = text[place..].chars().next() {
        let begins = !before.is_some_and(char::is_alphanumeric) || !letter.is_alphanumeric();
        let found = begins.then(|| words.iter().find_map(|(word, by)| Some((length_of(word, &text[place..])?, *by)))).flatten();
        let step = match found {
            Some((length, by)) => {
                out.push_str(&text[copied..place]);
                out.push_str(by);
                copied = place + length;
                length
            }
            None => letter.len_utf8(),
        };
        before = text[..place + step].chars().next_back();
        place += step;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

/// How many bytes of the text's beginning are this word (in lower case), and end where a word ends.
fn length_of(word: &[char], text: &str) -> Option<usize> {
    let mut wanted = word.iter();
    for (place, letter) in text.char_indices() {
        if wanted.as_slice().is_empty() {
            let ends = !letter.is_alphanumeric() || !word.last().is_some_and(|last| last.is_alphanumeric());
            return ends.then_some(place);
        }
        if !letter.to_lowercase().all(|lower| wanted.next() == Some(&lower)) {
            return None;
        }
    }
    wanted.as_slice().is_empty().then_some(text.len())
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

/// Long numbers by their last digits: what stands before is a country or area code.
fn same_number(own: &str, number: &str) -> bool {
    let (own, number) = (digits(own), digits(number));
    let significant = |digits: &str| digits.trim_start_matches('0').to_owned();
    let (own, number) = (significant(&own), significant(&number));
    let long = own.len().min(number.len()) >= OUTSIDE_DIGITS_MIN - 1;
    long && (own.ends_with(&number) || number.ends_with(&own))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn erasure(names: &[&str], numbers: &[&str]) -> Erasure {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let person = Person { id: Uuid::from_u128(1), names: texts(names), emails: texts(&["noor@example.com"]), numbers: texts(numbers) };
        Erasure::new(person, Uuid::from_u128(0xabcd_ef01 << 96))
    }

    #[test]
    fn names_emails_and_own_outside_numbers_go_from_texts() {
        let erasure = erasure(&["Noor Haddad"], &["1001", "01715550009"]);
        let cases = [
            ("extension 1001 is Noor Haddad's (primary)", Some("extension 1001 is erased abcdef01's (primary)")),
            ("NOOR HADDAD", Some("erased abcdef01")),
            ("Haddad, Noor (mobile)", Some("erased abcdef01 (mobile)")),
            ("<sip:noor@example.com>", Some("<sip:erased abcdef01>")),
            ("dee 1001 > 01715550009", Some("dee 1001 > 0171555xxxx")),
            ("Noor Haddadson", None),
            ("Xnoor haddad", None),
            ("Noor Haddad and noor haddad", Some("erased abcdef01 and erased abcdef01")),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(erasure.text(text).as_deref(), expected, "{text}");
        }
        let umlaut = self::erasure(&["Jürgen İnan"], &[]);
        assert_eq!(umlaut.text("von JÜRGEN İNAN!").as_deref(), Some("von erased abcdef01!"));
    }

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        assert!(same_number("01715550009", "+49 171 5550009"));
        assert!(!same_number("01715550009", "01715550008"));
        assert!(!same_number("1001", "1001"), "extensions are the site's");
    }

    #[test]
    fn states_keep_numbers() {
        let erasure = erasure(&["Noor Haddad"], &["01715550009"]);
        let mut state = serde_json::json!({"a": [{"name": "Noor Haddad", "device": "01715550009"}], "n": 5});
        assert!(erasure.state(&mut state));
        assert_eq!(state, serde_json::json!({"a": [{"name": "erased abcdef01", "device": "01715550009"}], "n": 5}));
        assert!(!erasure.state(&mut state));
    }
}
