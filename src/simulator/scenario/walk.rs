//! Walks a TOML text and collects every mistake with its line, instead of stopping at the first.

use std::borrow::Cow;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::directory::Mistake;

/// A key as it stands in the text.
pub(super) type Key<'i> = Spanned<Cow<'i, str>>;
/// A value as it stands in the text.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// Where lines begin, and what was found wrong so far.
pub(super) struct Walk {
    lines: Vec<usize>,
    mistakes: Vec<Mistake>,
}

impl Walk {
    /// Reads the text as TOML; what of it is none is a mistake already.
    pub(super) fn begin(text: &str) -> (Self, Spanned<DeTable<'_>>) {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        let mut walk = Self { lines: std::iter::once(0).chain(starts).collect(), mistakes: Vec::new() };
        let (root, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let line = error.span().map_or(1, |span| walk.line(span.start));
            walk.mistake(line, format!("this is not TOML ({})", error.message().trim()), "correct the line as TOML wants it");
        }
        (walk, root)
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.partition_point(|start| *start <= offset)
    }

    /// The line on which something begins.
    pub(super) fn line_of<T>(&self, spanned: &Spanned<T>) -> usize {
        self.line(spanned.span().start)
    }

    /// Something is wrong there.
    pub(super) fn mistake(&mut self, line: usize, what: impl Into<String>, to_do: impl Into<String>) {
        self.mistakes.push(Mistake { line, what: what.into(), to_do: to_do.into() });
    }

    /// Every mistake, by line.
    pub(super) fn finish(mut self) -> Vec<Mistake> {
        self.mistakes.sort();
        self.mistakes.dedup();
        self.mistakes
    }

    /// A key that nobody knows.
    pub(super) fn unknown(&mut self, key: &Key<'_>, place: &str, known: &[&str]) {
        let written = key.get_ref().as_ref();
        let to_do = match closest(written, known.iter().copied()) {
            Some(known) => format!("did you mean {known:?}?"),
            None => format!("use one of {}, or remove it", known.join(", ")),
        };
        self.mistake(self.line_of(key), format!("{place} has no key {written:?}"), to_do);
    }

    fn wrong_kind(&mut self, value: &Value<'_>, what: &str, wanted: &str) {
        let found = value.get_ref().type_str();
        let to_do = match value.get_ref() {
            DeValue::Integer(number) if wanted.starts_with('"') => format!("write it in quotes: \"{number}\""),
            _ => format!("write it as {wanted}"),
        };
        self.mistake(self.line_of(value), format!("{what} is {} {found}", article(found)), to_do);
    }

    /// The entries of `[[name]]`, each with its line.
    pub(super) fn tables<'v, 'i>(&mut self, name: &str, value: &'v Value<'i>) -> Vec<(usize, &'v DeTable<'i>)> {
        let Some(entries) = value.get_ref().as_array() else {
            let found = value.get_ref().type_str();
            let what = format!("{name:?} is {} {found}, not a list", article(found));
            self.mistake(self.line_of(value), what, format!("begin each entry with [[{name}]], in double brackets"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for entry in entries {
            match entry.get_ref().as_table() {
                Some(table) => tables.push((self.line_of(entry), table)),
                None => self.wrong_kind(entry, &format!("an entry of {name:?}"), &format!("a table that begins with [[{name}]]")),
            }
        }
        tables
    }

    /// The table `[name]`.
    pub(super) fn table<'v, 'i>(&mut self, name: &str, value: &'v Value<'i>) -> Option<&'v DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_kind(value, &format!("{name:?}"), &format!("a table that begins with [{name}]"));
        }
        table
    }

    /// A text that is not empty.
    pub(super) fn text(&mut self, what: &str, value: &Value<'_>) -> Option<String> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_kind(value, what, "\"…\", in quotes");
            return None;
        };
        let text = text.trim();
        if text.is_empty() || text.chars().any(char::is_control) {
            self.mistake(self.line_of(value), format!("{what} is empty or has a control character"), "write a text, or remove the entry");
            return None;
        }
        Some(text.to_owned())
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, what: &str, value: &Value<'_>) -> Vec<String> {
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong_kind(value, what, "a list: [\"…\", \"…\"]");
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.text(&format!("an entry of {what}"), entry)).collect()
    }

    /// A whole number from `from` to `to`.
    pub(super) fn number(&mut self, what: &str, value: &Value<'_>, from: u32, to: u32) -> Option<u32> {
        let DeValue::Integer(written) = value.get_ref() else {
            self.wrong_kind(value, what, &format!("a whole number from {from} to {to}"));
            return None;
        };
        let number = written.to_string().parse().ok().filter(|number| (from..=to).contains(number));
        if number.is_none() {
            self.mistake(self.line_of(value), format!("{what} is {written}"), format!("use a whole number from {from} to {to}"));
        }
        number
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, what: &str, value: &Value<'_>) -> Option<bool> {
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_kind(value, what, "true or false");
        }
        flag
    }

    /// A length of time such as `20s` or `1m30s`.
    pub(super) fn time(&mut self, what: &str, value: &Value<'_>) -> Option<Duration> {
        let text = self.text(what, value)?;
        let time = duration(&text);
        if time.is_none() {
            self.mistake(self.line_of(value), format!("{what} {text:?} is no length of time"), "write it as 20s, 500ms or 1m30s");
        }
        time
    }

    /// A length of time, or `never`; `place` stays as it is where neither can be understood.
    pub(super) fn time_or_never(&mut self, what: &str, value: &Value<'_>, place: &mut Option<Duration>) {
        if value.get_ref().as_str() == Some("never") {
            *place = None;
        } else if let Some(time) = self.time(what, value) {
            *place = Some(time);
        }
    }

    /// One word of a closed list.
    pub(super) fn choice<T: Copy>(&mut self, what: &str, value: &Value<'_>, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(what, value)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice);
        if found.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let to_do = match closest(&text, words.iter().copied()) {
                Some(word) => format!("did you mean {word:?}?"),
                None => format!("use one of {}", words.join(", ")),
            };
            self.mistake(self.line_of(value), format!("{what} cannot be {text:?}"), to_do);
        }
        found
    }

    /// An entry lacks a key that it cannot do without.
    pub(super) fn missing(&mut self, line: usize, entry: &str, key: &str) {
        self.mistake(line, format!("{entry} has no {key:?}"), format!("add {key} = …"));
    }
}

/// The likeliest of what is known, if any is like what was written.
pub(super) fn closest<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let likeness = known.map(|known| (strsim::jaro_winkler(&written, &known.to_lowercase()), known));
    likeness.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// `20s`, `500ms`, `1m30s`, `1h`: numbers with units, the largest first; at most a week.
pub(super) fn duration(text: &str) -> Option<Duration> {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    let mut rest = text;
    let mut total = Duration::ZERO;
    let mut last_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, after) = rest.split_at(digits);
        let unit_end = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit_ms: u64 = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" | "min" => 60_000,
            "h" => 3_600_000,
            _ => return None,
        };
        if unit_ms >= last_unit {
            return None;
        }
        let milliseconds = number.parse::<f64>().ok()? * f64::from(u32::try_from(unit_ms).ok()?);
        total += Duration::try_from_secs_f64((milliseconds / 1000.0 * 1e6).round() / 1e6).ok()?;
        last_unit = unit_ms;
        rest = after;
    }
    (last_unit != u64::MAX && total <= WEEK).then_some(total)
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'i']) { "an" } else { "a" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        for (text, milliseconds) in [("20s", 20_000), ("500ms", 500), ("1m30s", 90_000), ("2min", 120_000), ("0s", 0), ("1.5s", 1_500)] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "20", "s", "20 s", "1s1m", "3d", "1.2.3s", "-1s", "1s2s", "9999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
