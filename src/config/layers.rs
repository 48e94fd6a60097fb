//! Defaults, file, environment: three layers of the same shape, checked against the catalogue, merged by the `config` crate.
//!
//! Each layer is a list of leaves by path (`pbx[0].address`), so that a later layer replaces single values and never whole
//! sections. What is wrong in a layer is told and left out, so that the rest is looked at as well.

use std::collections::BTreeMap;

use config::{ConfigError, Map, Source, Value, ValueKind};
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::diagnose::{Diagnosis, Place, at, closest};
use super::key::{Key, Kind, Preset, one_of};
use super::locate::Surroundings;

mod environment;

/// The prefix of variables that override the file.
pub(super) const PREFIX: &str = "STROWGER__";

/// What was written, with the places of it.
pub(super) struct Typed<W> {
    pub(super) written: W,
    pub(super) places: Places,
}

/// Where each path was written.
#[derive(Default)]
pub(super) struct Places(BTreeMap<String, Place>);

impl Places {
    /// The place of `path`, or of the innermost section round it that was written.
    pub(super) fn of(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return place.clone();
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => return Place::File,
            }
        }
    }

    /// True if something was written there, right or wrong.
    pub(super) fn knows(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn put(&mut self, path: &str, place: Place) {
        self.0.insert(path.to_owned(), place);
    }
}

/// Leaves by path.
#[derive(Clone, Default, Debug)]
struct Layer(BTreeMap<String, Value>);

impl Layer {
    fn put(&mut self, path: &str, kind: impl Into<ValueKind>) {
        self.0.insert(path.to_owned(), Value::new(None, kind));
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.iter().map(|(path, value)| (path.clone(), value.clone())).collect())
    }
}

/// Reads all layers of a file with these keys. `None` where the mistakes leave nothing to go on with.
pub(super) fn read<W: DeserializeOwned>(
    text: &str,
    root: &'static [Key],
    surroundings: &Surroundings,
    diagnosis: &mut Diagnosis,
) -> Option<Typed<W>> {
    let (document, syntax) = DeTable::parse_recoverable(text);
    let mut broken_lines = Vec::new();
    for error in &syntax {
        let place = error.span().map_or(Place::File, |span| at(text, span.start));
        if let Place::At { line, .. } = place {
            // The first thing wrong in a line is the cause, the others mostly follow from it.
            if broken_lines.contains(&line) {
                continue;
            }
            broken_lines.push(line);
        }
        diagnosis.error(place, format!("not TOML: {}", error.message()));
    }

    let mut file = File { text, root, layer: Layer::default(), places: Places::default(), diagnosis, broken_lines };
    file.section(document.get_ref(), root, "");
    let File { layer: file, mut places, .. } = file;
    let overrides = environment::read(root, surroundings, &file, &mut places, diagnosis);
    if !syntax.is_empty() {
        return None;
    }

    let mut defaults = Layer::default();
    fill(root, "", &places, &mut defaults, diagnosis);
    let merged = config::Config::builder().add_source(defaults).add_source(file).add_source(overrides).build();
    match merged.and_then(config::Config::try_deserialize::<W>) {
        Ok(written) => Some(Typed { written, places }),
        Err(error) => {
            diagnosis.error(Place::File, error.to_string());
            None
        }
    }
}

/// The file while it is read.
struct File<'a> {
    text: &'a str,
    root: &'static [Key],
    layer: Layer,
    places: Places,
    diagnosis: &'a mut Diagnosis,
    broken_lines: Vec<usize>,
}

impl File<'_> {
    fn section(&mut self, table: &DeTable<'_>, keys: &[Key], path: &str) {
        for (name, value) in table {
            let place = at(self.text, name.span().start);
            let Some(key) = keys.iter().find(|key| key.name == name.get_ref()) else {
                self.error(place, unknown(name.get_ref(), keys, path, self.root));
                continue;
            };
            let path = join(path, key.name);
            self.places.put(&path, place.clone());
            self.value(value.get_ref(), key, &path, value.span().start);
        }
    }

    fn value(&mut self, value: &DeValue<'_>, key: &Key, path: &str, offset: usize) {
        let place = at(self.text, offset);
        match (&key.kind, value) {
            (Kind::Section { keys, .. }, DeValue::Table(table)) => {
                self.layer.put(path, Map::<String, Value>::new());
                self.section(table, keys, path);
            }
            (Kind::Sections(keys), DeValue::Array(array)) if array.iter().all(|item| item.get_ref().is_table()) => {
                for (index, item) in array.iter().enumerate() {
                    let path = format!("{path}[{index}]");
                    self.places.put(&path, at(self.text, item.span().start));
                    if let DeValue::Table(table) = item.get_ref() {
                        self.section(table, keys, &path);
                    }
                }
            }
            (Kind::Sections(_), DeValue::Table(_)) => {
                let name = key.name;
                self.error(place, format!("`[{name}]` must be written `[[{name}]]`, in double brackets: it can be repeated"));
            }
            (Kind::Text | Kind::Secret | Kind::Path, DeValue::String(text)) => self.layer.put(path, text.clone().into_owned()),
            (Kind::Boolean, DeValue::Boolean(value)) => self.layer.put(path, *value),
            (Kind::Integer { min, max }, DeValue::Integer(written)) => {
                match i64::from_str_radix(written.as_str(), written.radix()).ok().filter(|number| (min..=max).contains(&number)) {
                    Some(number) => self.layer.put(path, number),
                    None => self.error(place, format!("`{path}` is {written}; it must be {}", key.kind.name())),
                }
            }
            (Kind::Choice(words), DeValue::String(text)) => match choose(words, text) {
                Ok(()) => self.layer.put(path, text.clone().into_owned()),
                Err(what) => self.error(place, format!("`{path}` {what}")),
            },
            (Kind::List, DeValue::Array(array)) => {
                let mut texts = Vec::with_capacity(array.len());
                for (index, item) in array.iter().enumerate() {
                    let place = at(self.text, item.span().start);
                    self.places.put(&format!("{path}[{index}]"), place.clone());
                    match item.get_ref() {
                        DeValue::String(text) => texts.push(Value::new(None, text.clone().into_owned())),
                        other => self.error(place, wrong_type(&format!("{path}[{index}]"), "text", other)),
                    }
                }
                self.layer.put(path, texts);
            }
            (Kind::Map, DeValue::Table(table)) => {
                let mut texts = Map::new();
                for (name, item) in table {
                    match item.get_ref() {
                        DeValue::String(text) => {
                            texts.insert(name.get_ref().clone().into_owned(), Value::new(None, text.clone().into_owned()));
                        }
                        other => {
                            let place = at(self.text, item.span().start);
                            self.error(place, wrong_type(&format!("{path}.\"{}\"", name.get_ref()), "text", other));
                        }
                    }
                }
                self.layer.put(path, texts);
            }
            (kind, other) => self.error(place, wrong_type(path, &kind.name(), other)),
        }
    }

    /// A line that is no TOML is told once; what was made of its remains is not worth a word.
    fn error(&mut self, place: Place, text: String) {
        if !matches!(&place, Place::At { line, .. } if self.broken_lines.contains(line)) {
            self.diagnosis.error(place, text);
        }
    }
}

/// Puts the defaults of what was not written, and tells what had to be.
fn fill(keys: &[Key], path: &str, places: &Places, defaults: &mut Layer, diagnosis: &mut Diagnosis) {
    for key in keys {
        let path = join(path, key.name);
        match (&key.kind, &key.preset) {
            (Kind::Section { keys, optional }, _) => {
                if !optional || places.knows(&path) {
                    defaults.put(&path, Map::<String, Value>::new());
                    fill(keys, &path, places, defaults, diagnosis);
                }
            }
            (Kind::Sections(keys), _) => {
                for index in (0..).map(|index| format!("{path}[{index}]")).take_while(|path| places.knows(path)) {
                    fill(keys, &index, places, defaults, diagnosis);
                }
            }
            (_, Preset::Value(literal)) => defaults.0.extend(literal_value(literal).map(|value| (path, value))),
            (_, Preset::Required) if !places.knows(&path) => {
                diagnosis.error(places.of(&path), format!("`{path}` is missing; it must be {}", key.kind.name()));
            }
            (_, Preset::Required | Preset::Absent(_) | Preset::None) => {}
        }
    }
}

/// A default as the catalogue writes it.
fn literal_value(literal: &str) -> Option<Value> {
    let value = match DeValue::parse(literal).ok()?.into_inner() {
        DeValue::String(text) => ValueKind::from(text.into_owned()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.into(),
        DeValue::Boolean(value) => value.into(),
        DeValue::Array(_) => Vec::<Value>::new().into(),
        DeValue::Table(_) => Map::<String, Value>::new().into(),
        DeValue::Float(_) | DeValue::Datetime(_) => return None,
    };
    Some(Value::new(None, value))
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn choose(words: &[&str], text: &str) -> Result<(), String> {
    if words.contains(&text) {
        return Ok(());
    }
    let hint = closest(text, words.iter().copied()).map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"));
    Err(format!("is \"{text}\"; it must be {}{hint}", one_of(words)))
}

fn unknown(name: &str, keys: &[Key], path: &str, root: &[Key]) -> String {
    let place = if path.is_empty() { "at the top".to_owned() } else { format!("in `{path}`") };
    if let Some(meant) = closest(name, keys.iter().map(|key| key.name)) {
        return format!("unknown key `{name}` {place}; did you mean `{meant}`?");
    }
    let elsewhere = places_of(name, root, "");
    match elsewhere.first() {
        Some(section) => format!("unknown key `{name}` {place}; it belongs in `[{section}]`"),
        None => format!(
            "unknown key `{name}` {place}; known are {}",
            keys.iter().map(|key| format!("`{}`", key.name)).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The sections that have a key of this name.
fn places_of(name: &str, keys: &[Key], path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for key in keys {
        if let Kind::Section { keys, .. } | Kind::Sections(keys) = &key.kind {
            let path = join(path, key.name);
            if keys.iter().any(|key| key.name == name) {
                found.push(path.clone());
            }
            found.extend(places_of(name, keys, &path));
        }
    }
    found
}

fn wrong_type(path: &str, wanted: &str, found: &DeValue<'_>) -> String {
    let found = match found {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    };
    format!("`{path}` is {found}; it must be {wanted}")
}
