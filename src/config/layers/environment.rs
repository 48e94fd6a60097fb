//! `STROWGER__HTTP__LISTEN` is `http.listen`; `STROWGER__PBX__0__SECRET` or, for a PBX named `hq`, `STROWGER__PBX__HQ__SECRET` is `pbx[0].secret`.
//!
//! Values are written plainly: lists with commas between, no quotes.

use config::{Map, Value};

use super::super::diagnose::{Diagnosis, Place};
use super::super::key::{Key, Kind};
use super::super::locate::Surroundings;
use super::{Layer, PREFIX, Places, choose, join, unknown};

/// Sections of one name that the environment may address by number.
const SECTIONS_MAX: usize = 64;

pub(super) fn read(
    root: &'static [Key],
    surroundings: &Surroundings,
    file: &Layer,
    places: &mut Places,
    diagnosis: &mut Diagnosis,
) -> Layer {
    let mut layer = Layer::default();
    for (variable, rest, value) in surroundings.beginning_with(PREFIX) {
        let segments: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        let place = Place::Variable(variable.to_owned());
        match resolve(root, &segments, file, places) {
            Ok((key, path, sections)) => {
                for section in sections {
                    if !places.knows(&section) {
                        places.put(&section, place.clone());
                    }
                    if !section.ends_with(']') {
                        layer.put(&section, Map::<String, Value>::new());
                    }
                }
                places.put(&path, place.clone());
                match parse(&key.kind, value) {
                    Ok(value) => {
                        layer.0.insert(path, value);
                    }
                    Err(what) => diagnosis.error(place, format!("`{path}` {what}")),
                }
            }
            Err(what) => diagnosis.error(place, what),
        }
    }
    layer
}

type Resolved = (&'static Key, String, Vec<String>);

/// The key that a variable means, its path, and the sections on the way.
fn resolve(root: &'static [Key], segments: &[String], file: &Layer, places: &Places) -> Result<Resolved, String> {
    let (mut keys, mut path, mut sections) = (root, String::new(), Vec::new());
    let mut segments = segments.iter();
    while let Some(segment) = segments.next() {
        let key = keys.iter().find(|key| key.name == segment).ok_or_else(|| unknown(segment, keys, &path, root))?;
        path = join(&path, key.name);
        match &key.kind {
            Kind::Section { keys: inner, .. } => {
                sections.push(path.clone());
                keys = inner;
            }
            Kind::Sections(inner) => {
                let which =
                    segments.next().ok_or_else(|| format!("`{path}` needs a number or a name: {}", key.name.to_uppercase() + "__0__…"))?;
                path = format!("{path}[{}]", index(which, &path, file, places)?);
                sections.push(path.clone());
                keys = inner;
            }
            Kind::Map => return Err(format!("`{path}` can only be written in the file")),
            Kind::Text | Kind::Secret | Kind::Path | Kind::Boolean | Kind::Integer { .. } | Kind::Choice(_) | Kind::List => {
                return match segments.next() {
                    None => Ok((key, path, sections)),
                    Some(more) => Err(format!("`{path}` is {}, there is no `{more}` in it", key.kind.name())),
                };
            }
        }
    }
    Err(format!("`{path}` is a section; name a key in it"))
}

/// By number, or by the name that the file gives.
fn index(which: &str, path: &str, file: &Layer, places: &Places) -> Result<usize, String> {
    let count = (0..=SECTIONS_MAX).take_while(|index| places.knows(&format!("{path}[{index}]"))).count();
    if let Ok(index) = which.parse::<usize>() {
        return if index <= count && index < SECTIONS_MAX {
            Ok(index)
        } else {
            Err(format!("there is no `{path}[{index}]`; the next that can be added is `{path}[{count}]`"))
        };
    }
    let alike = |name: &str| name.to_lowercase().replace(['-', '.', ' '], "_") == which;
    let named = |index: &usize| {
        file.0.get(&format!("{path}[{index}].name")).and_then(|name| name.clone().into_string().ok()).is_some_and(|name| alike(&name))
    };
    (0..count).find(named).ok_or_else(|| format!("no `[[{path}]]` is named `{which}`"))
}

fn parse(kind: &Kind, text: &str) -> Result<Value, String> {
    let wrong = || format!("is not right; it must be {}", kind.name());
    let value: config::ValueKind = match kind {
        Kind::Text | Kind::Secret | Kind::Path => text.to_owned().into(),
        Kind::Boolean => text.parse::<bool>().map_err(|_| wrong())?.into(),
        Kind::Integer { min, max } => text
            .parse::<i64>()
            .ok()
            .filter(|number| (min..=max).contains(&number))
            .ok_or_else(|| format!("is {text}; it must be {}", kind.name()))?
            .into(),
        Kind::Choice(words) => {
            choose(words, text)?;
            text.to_owned().into()
        }
        Kind::List => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(|item| Value::new(None, item.to_owned())).collect::<Vec<_>>().into()
        }
        Kind::Map | Kind::Section { .. } | Kind::Sections(_) => return Err(wrong()),
    };
    Ok(Value::new(None, value))
}
