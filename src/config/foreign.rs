//! Keys of another driver than the PBX's own, or of another type than the sink's: they would do nothing, so they are refused.

use super::catalogue::{PBX, SINK};
use super::key::{Key, Kind};
use super::meant::Judge;

/// Those at `path`, the section of a PBX with this driver.
pub(super) fn of_driver(driver: &str, path: &str, judge: &mut Judge<'_>) {
    refuse(PBX, &Asked { is: driver, word: "driver", owner: "PBX", section: "pbx" }, path, judge);
}

/// Those at `path`, the section of a sink of this type.
pub(super) fn of_type(kind: &str, path: &str, judge: &mut Judge<'_>) {
    refuse(SINK, &Asked { is: kind, word: "type", owner: "sink", section: "sinks" }, path, judge);
}

/// What decides, and how messages call it.
struct Asked<'a> {
    is: &'a str,
    word: &'static str,
    owner: &'static str,
    section: &'static str,
}

fn refuse(keys: &[Key], asked: &Asked<'_>, path: &str, judge: &mut Judge<'_>) {
    for key in keys {
        let at = format!("{path}.{}", key.name);
        if key.of.is_empty() || key.of.contains(&asked.is) || !judge.places.knows(&at) {
            continue;
        }
        let whose = key.of.iter().map(|whose| format!("{whose:?}")).collect::<Vec<_>>().join(" or ");
        let Asked { is, word, owner, section } = asked;
        let hint =
            namesake(keys, key.name, is, section).map_or_else(String::new, |section| format!("; for {is:?} it stands in `[{section}]`"));
        judge.error(&at, format!("`{at}` is for {word} {whose}; this {owner} has {is:?}{hint}"));
    }
}

/// The section of this driver or type that has a key of the same name.
fn namesake(keys: &[Key], name: &str, is: &str, section: &str) -> Option<String> {
    let mut own = keys.iter().filter(|key| key.of.contains(&is));
    own.find_map(|key| section_with(name, key, section))
}

fn section_with(name: &str, section: &Key, path: &str) -> Option<String> {
    let (Kind::Section { keys, .. } | Kind::Sections(keys)) = section.kind else { return None };
    let path = format!("{path}.{}", section.name);
    if keys.iter().any(|key| key.name == name) {
        return Some(path);
    }
    keys.iter().find_map(|key| section_with(name, key, &path))
}
