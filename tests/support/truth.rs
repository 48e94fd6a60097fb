//! Holding records against what truly happened, by the same `compare` that the traces are held with.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::lab;
use super::program::{command, run, source};

/// How well the records of a scenario fit.
pub(crate) struct Verdict {
    pub(crate) fits: bool,
    /// Every difference, and how many checks hold.
    pub(crate) text: String,
}

/// Compares; truth and records stay in `folder` for whoever looks into a difference.
pub(crate) fn compare(folder: &Path, scenario: &str, truth: &str, records: &str) -> Result<Verdict> {
    let truth_file = folder.join(format!("{scenario}.truth.json"));
    let records_file = folder.join(format!("{scenario}.records.jsonl"));
    fs::write(&truth_file, truth)?;
    fs::write(&records_file, records)?;
    let people = lab::folder().join("lib/people.json");
    let compare = source().join("tests/traces/compare");
    let output = run(command("python3", [compare, truth_file, records_file]).arg("--people").arg(people)).context("cannot compare")?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok(Verdict { fits: output.status.success(), text })
}
