//! The shape of one entry of the catalogue.

/// A key: its name inside its section, what may stand there, what holds if nothing does.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) preset: Preset,
    /// For the reference: whole sentences.
    pub(super) about: &'static str,
    /// The drivers of a PBX, or types of a sink, that alone have this key; empty: all have.
    pub(super) of: &'static [&'static str],
}

/// What may stand there.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A text that is never repeated in a message.
    Secret,
    /// A path; a relative one counts from the directory of the configuration file.
    Path,
    /// `true` or `false`.
    Boolean,
    /// A whole number between two bounds, both allowed.
    Integer { min: i64, max: i64 },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of texts.
    List,
    /// A table of texts by names that the administrator chooses.
    Map,
    /// `[section]`. An optional one is absent as a whole, with its defaults, unless something of it is written.
    Section { keys: &'static [Key], optional: bool },
    /// `[[section]]`, any number of times.
    Sections(&'static [Key]),
}

/// What holds if nothing is written.
#[derive(Clone, Copy)]
pub(super) enum Preset {
    /// Nothing: it must be written.
    Required,
    /// Nothing: it may be left out. The words say what that means.
    Absent(&'static str),
    /// This TOML value.
    Value(&'static str),
    /// Sections have no value of their own.
    None,
}

impl Kind {
    /// As a message and the reference call it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Text | Self::Secret => "text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { min, max } => format!("a whole number from {min} to {max}"),
            Self::Choice(words) => one_of(words),
            Self::List => "a list of texts".to_owned(),
            Self::Map => "a table of texts".to_owned(),
            Self::Section { .. } => "a section".to_owned(),
            Self::Sections(_) => "sections in double brackets".to_owned(),
        }
    }
}

/// `"a" or "b"`.
pub(super) fn one_of(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ")
}
