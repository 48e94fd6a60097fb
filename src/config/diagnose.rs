//! Mistakes with their places: collected, never thrown one by one.

use std::fmt;
use std::path::{Path, PathBuf};

/// Everything found wrong or doubtful in one configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnosis {
    file: PathBuf,
    mistakes: Vec<Mistake>,
}

/// One finding.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mistake {
    /// How bad.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// What is wrong, and what to do.
    pub text: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// Nothing starts with it.
    Error,
    /// It works, but should be mended.
    Warning,
}

/// Where something was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// In the file as a whole: something is missing.
    File,
    /// In the file, both counted from 1, columns in characters.
    At {
        /// Line.
        line: usize,
        /// Column.
        column: usize,
    },
    /// In an environment variable.
    Variable(String),
}

impl Diagnosis {
    pub(super) fn of(file: &Path) -> Self {
        Self { file: file.to_owned(), mistakes: Vec::new() }
    }

    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let mut diagnosis = Self::of(file);
        let hint = match error.kind() {
            std::io::ErrorKind::NotFound => "; name another with --config, or write one (docs/config.md)",
            std::io::ErrorKind::PermissionDenied => "; this program must be allowed to read it",
            _ => "",
        };
        diagnosis.error(Place::File, format!("cannot be read: {error}{hint}"));
        diagnosis
    }

    pub(super) fn error(&mut self, place: Place, text: impl Into<String>) {
        self.add(Mistake { severity: Severity::Error, place, text: text.into() });
    }

    pub(super) fn warning(&mut self, place: Place, text: impl Into<String>) {
        self.add(Mistake { severity: Severity::Warning, place, text: text.into() });
    }

    fn add(&mut self, mistake: Mistake) {
        if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    pub(super) fn sort(&mut self) {
        self.mistakes.sort_by(|a, b| a.place.cmp(&b.place));
    }

    /// True if nothing should start.
    pub fn has_mistakes(&self) -> bool {
        self.mistakes.iter().any(|mistake| mistake.severity == Severity::Error)
    }

    /// The findings in the order of the file.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }

    /// Each finding as a line: `strowger.toml:12:1: error: …`, as editors understand it.
    pub fn lines(&self) -> impl Iterator<Item = String> + '_ {
        self.mistakes.iter().map(|mistake| {
            let severity = match mistake.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let file = self.file.display();
            match &mistake.place {
                Place::File => format!("{file}: {severity}: {}", mistake.text),
                Place::At { line, column } => format!("{file}:{line}:{column}: {severity}: {}", mistake.text),
                Place::Variable(name) => format!("${name}: {severity}: {}", mistake.text),
            }
        })
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.lines();
        if let Some(first) = lines.next() {
            f.write_str(&first)?;
        }
        lines.try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl std::error::Error for Diagnosis {}

/// Line and column of a byte offset.
pub(super) fn at(text: &str, offset: usize) -> Place {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |position| position + 1);
    let line = before.split(|&byte| byte == b'\n').count();
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    Place::At { line, column }
}

/// The candidate that was most likely meant, if one is near enough to suggest.
pub fn closest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase().replace('-', "_");
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&typed, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, candidate)| *likeness > 0.8 || strsim::damerau_levenshtein(&typed, candidate) <= 2)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "a = 1\nü = 2\n";
        assert_eq!(at(text, 0), Place::At { line: 1, column: 1 });
        assert_eq!(at(text, text.find('2').expect("there")), Place::At { line: 2, column: 5 });
        assert_eq!(at(text, 999), Place::At { line: 3, column: 1 });
    }

    #[test]
    fn suggests_what_is_near_and_nothing_else() {
        assert_eq!(closest("adress", ["name", "address", "auth"]), Some("address"));
        assert_eq!(closest("Keep-Alive", ["keep_alive_s", "dead_after_s"]), Some("keep_alive_s"));
        assert_eq!(closest("colour", ["name", "address"]), None);
    }
}
