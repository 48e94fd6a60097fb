//! Scenario files: a site, and what happens there step by step. `docs/simulator.md` describes them.
//!
//! They speak no protocol: the same file drives every face of the simulator. What a face can be told beyond that stands in a table of
//! its own (`[oai]`).

mod doing;
mod error;
mod group;
mod sentence;
mod site;
mod steps;
mod system;
mod walk;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use doing::{AgentDeed, Doing, LinkFault};
pub use error::ScenarioError;
pub use sentence::{SENTENCES, Sentence};
pub(super) use site::qualify;

use super::default_site::{complete, default_site};
use super::exchange::Config;
use super::people::default_people;
use crate::directory::{Mistake, PeopleFile};
use walk::Walk;

/// The faces that may have a table of their own.
const FACES: &[&str] = &["oai", "csta"];
/// The keys before the tables.
const KEYS: &[&str] = &["title", "people", "site", "steps"];

/// A site and what happens there.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// Who holds what at the beginning.
    pub people: PeopleFile,
    /// The people file, where it names one.
    pub people_file: Option<PathBuf>,
    /// The exchange.
    pub site: Config,
    /// The tables of the faces, by name.
    pub faces: BTreeMap<String, toml::Table>,
    /// In the order of time.
    pub steps: Vec<Step>,
}

/// Something that happens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its line in the file.
    pub line: usize,
    /// When, counted from the first moment.
    pub at: Duration,
    /// As written.
    pub sentence: String,
    /// What.
    pub doing: Doing,
}

impl Scenario {
    /// Reads the file; the files that it names are beside it. `people`: instead of those that it names.
    pub fn read(path: &Path, people: Option<&PeopleFile>) -> Result<Self, ScenarioError> {
        let text = fs::read_to_string(path).map_err(|source| ScenarioError::Unreadable { path: path.to_owned(), source })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        read(&text, folder, people).map_err(|mistakes| ScenarioError::Mistaken { path: path.to_owned(), mistakes })
    }

    /// Understands a text; the files that it names are in `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ScenarioError> {
        read(text, folder, None).map_err(|mistakes| ScenarioError::Mistaken { path: PathBuf::new(), mistakes })
    }
}

fn read(text: &str, folder: &Path, instead: Option<&PeopleFile>) -> Result<Scenario, Vec<Mistake>> {
    let (mut walk, root) = Walk::begin(text);
    let root = root.get_ref();
    let title = root.get("title").and_then(|value| walk.text("title", value));
    if title.is_none() && !root.contains_key("title") {
        walk.missing(1, "the scenario", "title");
    }
    let people_file = root.get("people").and_then(|value| Some((walk.line_of(value), folder.join(walk.text("people", value)?))));
    let people = match (&people_file, instead) {
        (_, Some(people)) => people.clone(),
        (Some((line, file)), None) => people_of(&mut walk, *line, file),
        (None, None) => default_people().unwrap_or_default(),
    };
    let is_empty = root.get("site").and_then(|value| walk.choice("site", value, &[("default", false), ("empty", true)]));
    let mut site = if is_empty == Some(true) { Config::default() } else { default_site(&people) };
    for (key, value) in root {
        let name = key.get_ref().as_ref();
        if !KEYS.contains(&name) && !FACES.contains(&name) && !site::TABLES.contains(&name) {
            let known: Vec<&str> = [KEYS, FACES, site::TABLES].concat();
            walk.unknown(key, "a scenario", &known);
        }
        if FACES.contains(&name) {
            walk.table(name, value);
        }
    }
    for name in site::TABLES {
        if let Some(value) = root.get(*name) {
            site::apply(&mut walk, &mut site, name, value);
        }
    }
    if is_empty == Some(true) {
        site.dee.extend(super::default_site::dee(&site, &people));
    }
    site::qualify(&mut site);
    complete(&mut site);
    let mut steps = root.get("steps").map(|value| steps::steps(&mut walk, text, value, &site, folder)).unwrap_or_default();
    if !root.contains_key("steps") {
        walk.missing(1, "the scenario", "steps");
    }
    for Step { line, doing, .. } in &mut steps {
        if let Doing::People { file, people } = doing {
            **people = people_of(&mut walk, *line, file);
        }
    }
    let mistakes = walk.finish();
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut tables: toml::Table = text.parse().unwrap_or_default();
    let face = |name: &&str| match tables.remove(*name) {
        Some(toml::Value::Table(table)) => Some(((*name).to_owned(), table)),
        _ => None,
    };
    let faces = FACES.iter().filter_map(face).collect();
    Ok(Scenario { title: title.unwrap_or_default(), people, people_file: people_file.map(|(_, file)| file), site, faces, steps })
}

/// The people of a file; what is wrong with it is told where it is named.
fn people_of(walk: &mut Walk, line: usize, file: &Path) -> PeopleFile {
    PeopleFile::read(file).unwrap_or_else(|error| {
        walk.mistake(line, error.to_string(), "correct the people file, or name another");
        PeopleFile::default()
    })
}

#[cfg(test)]
mod tests;
