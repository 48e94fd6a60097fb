//! Servers, hubs and what came into the database.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::site::Site;
use crate::support::clock::wait_for;
pub(crate) use crate::support::hub::Hub;
use crate::support::postgres::PostgresServer;
use crate::support::program::target;

/// How long anything may take on a busy machine before it counts as failed.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const DATABASE: &str = "strowger";

/// An empty folder for the test of this name.
pub(crate) fn folder(name: &str) -> Result<PathBuf> {
    let folder = target().join("tmp/hub").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Waits until all calls of the sites are in the database, and holds that each is there once and none else.
pub(crate) fn all_there_once(postgres: &PostgresServer, sites: &[&Site], hubs: &[&Hub]) -> Result<()> {
    let wanted: BTreeSet<String> = sites.iter().flat_map(|site| site.calls.iter().cloned()).collect();
    let count = wait_for("all calls are in the database", PATIENCE, || {
        let count: usize = postgres.sql(DATABASE, "SELECT count(DISTINCT id) FROM calls")?.parse()?;
        Ok((count >= wanted.len()).then_some(count))
    });
    let ends = || hubs.iter().map(|hub| hub.log_end()).collect::<Vec<_>>().join("\n--\n");
    let there = postgres.sql(DATABASE, "SELECT id FROM calls")?;
    let there: Vec<String> = there.lines().map(str::to_owned).collect();
    count.with_context(|| format!("{} of {} are there\n{}", there.len(), wanted.len(), ends()))?;
    ensure!(there.len() == wanted.len(), "{} rows of {} calls", there.len(), wanted.len());
    ensure!(there.into_iter().collect::<BTreeSet<_>>() == wanted, "other calls than those that were published");
    Ok(())
}
