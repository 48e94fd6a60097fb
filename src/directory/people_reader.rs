//! From TOML to what is written in it, with lines: syntax, names of keys, kinds of values. What contradicts what is `people_check`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::people_check::check;
use super::{Assignable, Mistake, PeopleFile};
use crate::telephony::{AgentId, DeviceId};

/// A value and the line it stands on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct At<T> {
    pub(super) line: usize,
    pub(super) value: T,
}

/// One `[[users]]` as written.
#[derive(Default, Debug)]
pub(super) struct WrittenPerson {
    pub(super) line: usize,
    pub(super) name: Option<At<String>>,
    pub(super) email: Option<At<String>>,
    pub(super) primary: Option<At<Assignable>>,
    /// A primary is written, even if it could not be understood.
    pub(super) has_primary: bool,
    pub(super) secondary: Vec<At<Assignable>>,
    pub(super) groups: Vec<At<String>>,
    pub(super) primary_group: Option<At<String>>,
}

/// One `[[dee]]` as written.
#[derive(Default, Debug)]
pub(super) struct WrittenDee {
    pub(super) line: usize,
    pub(super) main: Option<At<String>>,
    pub(super) members: Vec<At<String>>,
}

/// Reads a people file whole; all its mistakes, sorted by line, where there are any.
pub(super) fn read(text: &str) -> Result<PeopleFile, Vec<Mistake>> {
    let mut reader = Reader { lines: line_starts(text), mistakes: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map_or(1, |span| reader.line(span.start));
        reader.mistake(line, format!("this is not TOML ({})", error.message().trim()), "correct the line as TOML wants it");
    }
    let (mut people, mut dee) = (Vec::new(), Vec::new());
    for (key, value) in root.get_ref() {
        match key.get_ref().as_ref() {
            "users" => people = reader.tables("users", value, Reader::person),
            "dee" => dee = reader.tables("dee", value, Reader::dee),
            _ => reader.unknown(key, "a people file", &["users", "dee"]),
        }
    }
    let mut mistakes = reader.mistakes;
    let (file, contradictions) = check(&people, &dee);
    mistakes.extend(contradictions);
    if mistakes.is_empty() {
        return Ok(file);
    }
    mistakes.sort();
    mistakes.dedup();
    Err(mistakes)
}

type Key<'i> = Spanned<std::borrow::Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

struct Reader {
    lines: Vec<usize>,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    fn line_of<T>(&self, spanned: &Spanned<T>) -> usize {
        self.line(spanned.span().start)
    }

    fn mistake(&mut self, line: usize, what: impl Into<String>, to_do: impl Into<String>) {
        self.mistakes.push(Mistake { line, what: what.into(), to_do: to_do.into() });
    }

    fn unknown(&mut self, key: &Key<'_>, place: &str, known: &[&str]) {
        let written = key.get_ref().as_ref();
        let close = known.iter().map(|known| (strsim::jaro_winkler(written, known), known)).max_by(|a, b| a.0.total_cmp(&b.0));
        let to_do = match close {
            Some((likeness, known)) if likeness > 0.75 => format!("did you mean {known:?}?"),
            _ => format!("use one of {}, or remove it", known.join(", ")),
        };
        self.mistake(self.line_of(key), format!("{place} has no key {written:?}"), to_do);
    }

    fn wrong_kind(&mut self, value: &Value<'_>, what: &str, wanted: &str) {
        let found = value.get_ref().type_str();
        let to_do = match value.get_ref() {
            DeValue::Integer(number) => format!("write it in quotes: \"{number}\""),
            _ => format!("write {wanted}"),
        };
        self.mistake(self.line_of(value), format!("{what} is {} {found}", article(found)), to_do);
    }

    /// The entries of `[[name]]`.
    fn tables<T>(&mut self, name: &str, value: &Value<'_>, read: fn(&mut Self, usize, &DeTable<'_>) -> T) -> Vec<T> {
        let Some(entries) = value.get_ref().as_array() else {
            self.mistake(
                self.line_of(value),
                format!("{name:?} is {} {}, not a list", article(value.get_ref().type_str()), value.get_ref().type_str()),
                format!("begin each entry with [[{name}]], in double brackets"),
            );
            return Vec::new();
        };
        let mut read_entries = Vec::new();
        for entry in entries {
            match entry.get_ref().as_table() {
                Some(table) => read_entries.push(read(self, self.line_of(entry), table)),
                None => {
                    self.wrong_kind(entry, &format!("an entry of {name:?}"), &format!("each entry as a table that begins with [[{name}]]"));
                }
            }
        }
        read_entries
    }

    fn person(&mut self, line: usize, table: &DeTable<'_>) -> WrittenPerson {
        let mut person = WrittenPerson { line, ..WrittenPerson::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => person.name = self.text(value, "name", "the display name in quotes, such as name = \"Noor Haddad\""),
                "email" => person.email = self.text(value, "email", "the address in quotes, such as email = \"noor@example.com\""),
                "primary" => {
                    person.has_primary = true;
                    person.primary = self.assignable(value, "primary");
                }
                "secondary" => person.secondary = self.assignables(value),
                "groups" => person.groups = self.texts(value, "groups", "a list of names, such as groups = [\"Sales\"]"),
                "primary_group" => {
                    person.primary_group = self.text(value, "primary_group", "one of the groups, such as primary_group = \"Sales\"");
                }
                _ => self.unknown(key, "a user", &["name", "email", "primary", "secondary", "groups", "primary_group"]),
            }
        }
        if !table.keys().any(|key| key.get_ref() == "name") {
            self.mistake(line, "a user without a name", "add name = \"…\"");
        }
        person
    }

    fn dee(&mut self, line: usize, table: &DeTable<'_>) -> WrittenDee {
        let mut dee = WrittenDee { line, ..WrittenDee::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "main" => dee.main = self.text(value, "main", "the main extension in quotes, such as main = \"1001\""),
                "members" => dee.members = self.texts(value, "members", "a list of numbers in quotes, such as members = [\"1011\"]"),
                _ => self.unknown(key, "a DEE group", &["main", "members"]),
            }
        }
        for (name, example) in [("main", "main = \"…\""), ("members", "members = [\"…\"]")] {
            if !table.keys().any(|key| key.get_ref() == name) {
                self.mistake(line, format!("a DEE group without {name:?}"), format!("add {example}"));
            }
        }
        dee
    }

    fn text(&mut self, value: &Value<'_>, what: &str, wanted: &str) -> Option<At<String>> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(value, what, wanted);
            return None;
        };
        let line = self.line_of(value);
        if text.trim().is_empty() {
            self.mistake(line, format!("{what} is empty"), format!("write {wanted}, or remove the entry"));
            return None;
        }
        if text.chars().any(char::is_control) {
            self.mistake(line, format!("{what} has a control character"), "remove it");
            return None;
        }
        Some(At { line, value: text.trim().to_owned() })
    }

    fn texts(&mut self, value: &Value<'_>, what: &str, wanted: &str) -> Vec<At<String>> {
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong_kind(value, what, wanted);
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.text(entry, &format!("an entry of {what}"), wanted)).collect()
    }

    fn assignables(&mut self, value: &Value<'_>) -> Vec<At<Assignable>> {
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong_kind(value, "secondary", "a list, such as secondary = [{ extension = \"1002\" }]");
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.assignable(entry, "an entry of secondary")).collect()
    }

    fn assignable(&mut self, value: &Value<'_>, what: &str) -> Option<At<Assignable>> {
        const WANTED: &str = "{ extension = \"1001\" } or { agent = \"2001\" }";
        let line = self.line_of(value);
        let Some(table) = value.get_ref().as_table() else {
            self.wrong_kind(value, what, WANTED);
            return None;
        };
        let mut found = Vec::new();
        for (key, number) in table {
            let kind = key.get_ref().as_ref();
            if !matches!(kind, "extension" | "agent") {
                self.unknown(key, what, &["extension", "agent"]);
                continue;
            }
            let number = self.text(number, kind, &format!("the number in quotes, such as {kind} = \"1001\""));
            found.push(number.map(|number| match kind {
                "agent" => Assignable::Agent(AgentId::new(number.value)),
                _ => Assignable::Extension(DeviceId::new(number.value)),
            }));
        }
        match found.as_slice() {
            [] => {
                if table.is_empty() {
                    self.mistake(line, format!("{what} names neither an extension nor an agent"), format!("write {WANTED}"));
                }
                None
            }
            [one] => one.clone().map(|value| At { line, value }),
            _ => {
                self.mistake(
                    line,
                    format!("{what} names both an extension and an agent"),
                    "keep one here and write the other under secondary",
                );
                None
            }
        }
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'i']) { "an" } else { "a" }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1)).collect()
}
