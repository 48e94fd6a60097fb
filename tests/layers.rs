//! The rooms of the program stand in the order of its flow, and none uses one that comes after it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Every room, in order. A room may use those before it. Who adds one decides here where it stands.
const ROOMS: &[&str] = &[
    "telephony",   // the vocabulary
    "pbx",         // protocol → telephony events
    "directory",   // who holds what
    "tracker",     // telephony events → calls, devices, agents
    "attribution", // calls and directory → who is credited
    "record",      // the shape of what is stored, and how it is made
    "engine",      // tracker, attribution and record as one pure machine
    "replay",      // captures → records
    "simulator",   // a PBX that is none, and the truth of what it did
    "privacy",     // how long personal data is kept, and what is left of it
    "store",       // where records are kept and asked for
    "spool",       // on disk before it counts, in the store's file
    "sink",        // where records are delivered
    "config",      // what the administrator wrote
    "telemetry",   // what the administrator is told
    "retention",   // when what was kept long enough goes, and that it goes
    "daemon",      // everything wired
    "hub",         // many sites into one database
    "cli",         // one file for one subcommand
];

/// Only these may open sockets.
const SOCKETS: &[&str] =
    &["src/pbx/link", "src/store/postgres", "src/sink", "src/daemon", "src/hub", "src/cli", "src/telemetry", "src/simulator/serve.rs"];

/// These read neither files nor the environment, and have no threads, beside the tests within them.
const PURE: &[&str] = &[
    "src/telephony",
    "src/pbx/ami",
    "src/pbx/oai",
    "src/tracker",
    "src/attribution.rs",
    "src/record",
    "src/privacy",
    "src/retention/turn.rs",
    "src/engine.rs",
    "src/simulator/exchange",
    "src/simulator/truth",
    "src/simulator/oai",
    "src/simulator/csta",
];

/// What is held against the simulator's truth, so the truth must not come from there.
const JUDGED: &[&str] = &["pbx", "tracker", "attribution", "engine", "replay"];

#[test]
fn no_room_uses_a_later_one() -> Result<()> {
    let mut wrong = Vec::new();
    for file in sources(&source().join("src"))? {
        let Some(room) = room_of(&file) else { continue };
        let place =
            place_of(&room).with_context(|| format!("the room `{room}` has no place in the order: give it one in tests/layers.rs"))?;
        for (line, used) in used_rooms(&fs::read_to_string(&file)?) {
            let other =
                place_of(&used).with_context(|| format!("{}:{line} uses `{used}`, which has no place in the order", file.display()))?;
            if other > place {
                wrong.push(format!("{}:{line}: `{room}` uses `{used}`, which comes after it", relative(&file).display()));
            }
        }
    }
    ensure!(wrong.is_empty(), "data flows one way:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn only_the_rim_opens_sockets() -> Result<()> {
    let mut wrong = Vec::new();
    for file in sources(&source().join("src"))? {
        let path = relative(&file);
        let shown = path.display().to_string();
        if SOCKETS.iter().any(|rim| shown.starts_with(rim)) {
            continue;
        }
        for (number, line) in code(&fs::read_to_string(&file)?) {
            if ["tokio::net", "std::net::Tcp", "std::net::Udp", "TcpStream", "TcpListener"].iter().any(|word| line.contains(word)) {
                wrong.push(format!("{shown}:{number}: {}", line.trim()));
            }
        }
    }
    ensure!(wrong.is_empty(), "sockets are opened by the rim only:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_core_knows_neither_files_nor_threads() -> Result<()> {
    let mut wrong = Vec::new();
    for file in sources(&source().join("src"))? {
        if !PURE.iter().any(|pure| relative(&file).starts_with(pure)) {
            continue;
        }
        for (number, line) in code(&fs::read_to_string(&file)?) {
            if ["std::fs", "std::env", "std::thread", "std::net", "std::process", "tokio::", "rusqlite::"]
                .iter()
                .any(|word| line.contains(word))
            {
                wrong.push(format!("{}:{number}: {}", relative(&file).display(), line.trim()));
            }
        }
    }
    ensure!(wrong.is_empty(), "the core is deterministic and does no I/O:\n{}", wrong.join("\n"));
    Ok(())
}

/// A truth that shared code with what it is held against would be wrong in the same way.
#[test]
fn the_simulator_shares_nothing_with_what_it_judges() -> Result<()> {
    let mut wrong = Vec::new();
    for file in sources(&source().join("src"))?.iter().filter(|file| room_of(file).is_some_and(|room| room == "simulator")) {
        for (line, used) in used_rooms(&fs::read_to_string(file)?) {
            if JUDGED.contains(&used.as_str()) {
                wrong.push(format!("{}:{line}: the simulator uses `{used}`", relative(file).display()));
            }
        }
    }
    ensure!(wrong.is_empty(), "the truth must stand alone:\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_library_lists_every_room_in_order() -> Result<()> {
    let text = fs::read_to_string(source().join("src/lib.rs"))?;
    let listed: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let there: BTreeSet<&str> = listed.iter().copied().collect();
    let ours: Vec<&str> = ROOMS.iter().copied().filter(|room| there.contains(room)).collect();
    ensure!(listed == ours, "src/lib.rs lists {listed:?}; in the order of the flow that is {ours:?}");
    Ok(())
}

/// The protocol crate depends on nothing of ours: it could be published alone.
#[test]
fn the_codec_stands_alone() -> Result<()> {
    let manifest: toml::Table = fs::read_to_string(source().join("protocol/Cargo.toml"))?.parse()?;
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table).context("no dependencies")?;
    let ours: Vec<&String> = dependencies.keys().filter(|name| name.starts_with("strowger") || name.as_str() == "tokio").collect();
    ensure!(ours.is_empty(), "{ours:?}");
    Ok(())
}

fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn relative(file: &Path) -> &Path {
    file.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(file)
}

fn place_of(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// The room that a file belongs to; `main.rs` and `lib.rs` belong to none.
fn room_of(file: &Path) -> Option<String> {
    let inner = relative(file).strip_prefix("src").ok()?;
    let first = inner.components().next()?.as_os_str().to_str()?;
    let room = first.strip_suffix(".rs").unwrap_or(first);
    (!["main", "lib"].contains(&room)).then(|| room.to_owned())
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.file_stem().is_some_and(|stem| stem != "tests") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The lines of code with their numbers: no comments, and nothing after the head of a module of tests.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").enumerate();
    lines.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
}

/// Every `crate::room` of a file, and every room of `use crate::{…}`.
fn used_rooms(text: &str) -> Vec<(usize, String)> {
    let word = |text: &str| text.chars().take_while(|letter| letter.is_ascii_lowercase() || *letter == '_').collect::<String>();
    let mut used = Vec::new();
    for (number, line) in code(text) {
        for (_, rest) in line.match_indices("crate::").map(|(at, found)| (at, &line[at + found.len()..])) {
            let rooms: Vec<String> = match rest.strip_prefix('{') {
                Some(list) => list.split(", ").map(|item| word(item.trim())).collect(),
                None => vec![word(rest)],
            };
            used.extend(rooms.into_iter().filter(|room| !room.is_empty()).map(|room| (number, room)));
        }
    }
    used
}

#[test]
fn uses_are_found_in_every_spelling() {
    let text = "use crate::pbx::link;\nuse crate::{record, tracker::Change};\nfn f(x: crate::store::Row) {} // crate::daemon\n#[cfg(test)]\nuse crate::cli;\n";
    let found: Vec<(usize, String)> = used_rooms(text);
    let expected = [(1, "pbx"), (2, "record"), (2, "tracker"), (3, "store")];
    assert_eq!(found, expected.map(|(line, room)| (line, room.to_owned())));
}
