//! Every scenario file as whoever tries it meets it: the simulated system and the daemon as two programs, the stored records held
//! against the truth, and of each case of attribution what `strowger explain` says of it.
//!
//! The files are played in real time, all of a test at once: a test lasts as long as its longest file.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod near;
mod play;
mod told;

#[allow(dead_code, reason = "the simulator's tests use the rest")]
#[path = "../simulator/spoken.rs"]
mod spoken;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context as _, Result, ensure};
use strowger::record::CallRecord;

use self::play::{Language, Played, play};
use self::spoken::{Csta, Spoken as _};
use self::support::program::source;

/// Who is credited, in the cases of the design's section 4: the records are true, and `explain` tells why in words that are kept.
#[test]
fn every_case_of_attribution_is_true_and_explained() -> Result<()> {
    let played = play_all("examples/scenarios/attribution", 8)?;
    for (name, played) in &played {
        insta::assert_snapshot!(name.as_str(), played.explained()?);
    }
    Ok(())
}

#[test]
fn every_feature_is_told_as_it_was() -> Result<()> {
    play_all("examples/scenarios", 15).map(drop)
}

/// A system that speaks first, and one that wants a login.
#[test]
fn systems_that_speak_csta_are_told_as_they_were() -> Result<()> {
    let scenarios = ["inbound-to-extension", "internal-call"].map(|name| source().join(format!("examples/scenarios/{name}.toml")));
    let all = ["openscape", "dmcc"].into_iter().flat_map(|dialect| scenarios.clone().map(|file| (file, Language::Csta(dialect))));
    for (name, played) in play_at_once(all)? {
        let comparable = |calls: Vec<CallRecord>| calls.into_iter().map(Csta::comparable).collect::<Vec<_>>();
        let (mut truth, records) = (comparable(played.truth), comparable(played.records));
        if name.ends_with("dmcc") {
            // Its devices bear no names.
            truth.iter_mut().for_each(|call| call.caller.name = None);
        }
        ensure!(truth.len() == 1, "{name}: {} calls", truth.len());
        let wrong = near::wrong(&name, &truth, &records);
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
    Ok(())
}

/// Plays every scenario of a folder, and holds the records of each against its truth. There are so many at least.
fn play_all(folder: &str, at_least: usize) -> Result<Vec<(String, Played)>> {
    let files = scenarios(folder)?;
    ensure!(files.len() >= at_least, "only {} scenarios in {folder}", files.len());
    let played = play_at_once(files.into_iter().map(|file| (file, Language::Oai)))?;
    let wrong: Vec<String> = played.iter().flat_map(|(name, played)| near::wrong(name, &played.truth, &played.records)).collect();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(played)
}

/// Plays these at the same time.
fn play_at_once(all: impl Iterator<Item = (PathBuf, Language)>) -> Result<Vec<(String, Played)>> {
    let threads = all.map(|(file, language)| thread::spawn(move || play(&file, language).with_context(|| file.display().to_string())));
    let threads: Vec<_> = threads.collect();
    let played: Vec<Result<Played>> = threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect();
    played.into_iter().map(|played| played.map(|one| (one.name.clone(), one))).collect()
}

/// The files of a folder that are scenarios, not people, in order.
fn scenarios(folder: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(source().join(folder)).with_context(|| folder.to_owned())? {
        let file = entry?.path();
        let is_people = file.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("people"));
        if file.extension().is_some_and(|kind| kind == "toml") && !is_people {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
