//! Tables of knobs, from files and scenarios.

use std::path::Path;

use anyhow::Context as _;

use super::{Exit, Failure};
use crate::cli::exit::OrExit as _;

pub(super) fn read(file: &Path) -> Result<toml::Table, Failure> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display())).or_exit(Exit::Data)?;
    text.parse::<toml::Table>().with_context(|| format!("{} is no TOML", file.display())).or_exit(Exit::Data)
}

/// Tables within tables are overlaid as well.
pub(super) fn overlay(table: &mut toml::Table, over: &toml::Table) {
    for (key, value) in over {
        match (table.get_mut(key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(over)) => overlay(inner, over),
            _ => {
                table.insert(key.clone(), value.clone());
            }
        }
    }
}
