//! `strowger replay` over every recording: the records equal the truth, twice the same input gives the same bytes, and so
//! does the same input in other pieces.

mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use support::program::{STROWGER, command, good, source, target};
use support::truth::compare;

/// Where it is written what became of each recording, for the table that `scripts/test` prints.
const RESULTS: &str = "tmp/recordings";

#[test]
fn recordings_of_asterisk_22() -> Result<()> {
    all_equal_their_truth("ami")
}

#[test]
fn recordings_of_asterisk_16() -> Result<()> {
    all_equal_their_truth("ami/asterisk16")
}

#[test]
fn harder_recordings_of_asterisk_22() -> Result<()> {
    all_equal_their_truth("hard")
}

#[test]
fn harder_recordings_of_asterisk_16() -> Result<()> {
    all_equal_their_truth("hard/asterisk16")
}

#[test]
fn in_pieces_of_any_size_the_same_records() -> Result<()> {
    let folder = target().join("tmp/pieces");
    fs::create_dir_all(&folder)?;
    let mut random = fastrand::Rng::with_seed(1891);
    // Single bytes make a capture a hundred times longer: enough of them are cut so small.
    let sizes: [(&str, &[usize]); 4] = [("ami/asterisk16", &[1, 80]), ("ami", &[80, 5_000]), ("hard/asterisk16", &[80]), ("hard", &[700])];
    for (set, pieces) in sizes {
        for capture in captures(set)? {
            let whole = replay(&capture)?;
            for &piece_max in pieces {
                let cut = folder.join(format!("{piece_max}.capture.jsonl"));
                fs::write(&cut, in_pieces(&fs::read_to_string(&capture)?, piece_max, &mut random)?)?;
                ensure!(replay(&cut)? == whole, "{} gives other records in pieces of up to {piece_max} bytes", capture.display());
            }
        }
    }
    Ok(())
}

fn all_equal_their_truth(folder: &str) -> Result<()> {
    let results = target().join(RESULTS);
    let kept = results.join(folder);
    fs::create_dir_all(&kept)?;
    let mut differences = Vec::new();
    for capture in captures(folder)? {
        let name =
            capture.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".capture.jsonl")).context("a name")?;
        let records = replay(&capture)?;
        ensure!(replay(&capture)? == records, "{name}: the second time it gives other records");
        let truth = fs::read_to_string(capture.with_file_name(format!("{name}.truth.json")))?;
        let verdict = compare(&kept, name, &truth, &records)?;
        let last = verdict.text.lines().last().unwrap_or_default();
        let count = last.split_once(": ").map_or(last, |(_, count)| count);
        fs::write(results.join(format!("{}-{name}.result", folder.replace('/', "-"))), format!("{name}\t{folder}\t{count}\n"))?;
        if !verdict.fits {
            differences.push(verdict.text);
        }
    }
    ensure!(differences.is_empty(), "{} recordings differ:\n{}", differences.len(), differences.join("\n"));
    Ok(())
}

fn captures(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = source().join("tests/traces").join(folder);
    let mut captures = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.to_str().is_some_and(|path| path.ends_with(".capture.jsonl")) {
            captures.push(path);
        }
    }
    ensure!(!captures.is_empty(), "no recordings in {}", folder.display());
    captures.sort();
    Ok(captures)
}

fn replay(capture: &Path) -> Result<String> {
    let config = source().join("tests/traces/strowger.toml");
    good(command(STROWGER, ["replay", "--config"]).arg(config).arg(capture))
}

/// The same capture with all that came in cut into pieces, each at the time of the whole.
fn in_pieces(capture: &str, piece_max: usize, random: &mut fastrand::Rng) -> Result<String> {
    let mut cut = String::new();
    for line in capture.lines() {
        let entry: Value = serde_json::from_str(line)?;
        let Some(text) = entry.get("in").and_then(Value::as_str) else {
            writeln!(cut, "{line}")?;
            continue;
        };
        let mut rest = text;
        while !rest.is_empty() {
            let mut at = random.usize(1..=piece_max).min(rest.len());
            while !rest.is_char_boundary(at) {
                at += 1;
            }
            let (piece, after) = rest.split_at(at);
            writeln!(cut, "{}", json!({"t": entry["t"], "in": piece}))?;
            rest = after;
        }
    }
    Ok(cut)
}
