//! The whole way of a record, from a simulated telephone system to the database at the centre, while everything on it is killed,
//! cut off, slowed and filled up again and again: afterwards every call of the truth is in every database exactly once.
//!
//! `STROWGER_FAULTS` is the number of faults, `STROWGER_SEED` draws others, `STROWGER_LOAD` is the calls in a second, fewer for a busy
//! machine; docs/durability.md says how a long run is made.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

mod faults;
mod held;
mod path;

// The judge of `--test simulator`, by wall clock.
#[allow(dead_code, reason = "the simulator's tests use the rest")]
#[path = "../simulator/compare.rs"]
mod compare;
#[path = "../simulator/judge/mod.rs"]
mod judge;
#[allow(dead_code, reason = "the simulator's tests use the rest")]
#[path = "../simulator/windows.rs"]
mod windows;

#[path = "../support/mod.rs"]
mod support;

use std::io::{Write as _, stderr};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use self::faults::Storm;
use self::path::Path;
use self::support::clock::wait_for;

/// In CI.
const FAULTS: u64 = 30;

/// From one fault to the next so many calls end: at four a second a fault every one to two seconds.
const CALLS_PER_FAULT: u64 = 4;
const CALLS_PER_S: u64 = 4;

/// Calls after the last fault, while which everything comes back.
const CALLS_AFTER: u64 = 80;

/// How long a busy machine may take to bring everything that waited to where it belongs.
const PATIENCE: Duration = Duration::from_mins(3);

#[test]
fn whatever_fails_every_call_is_in_every_database_once() -> Result<()> {
    let number = |name: &str, otherwise: u64| std::env::var(name).ok().map_or(Ok(otherwise), |text| text.parse::<u64>());
    let faults = number("STROWGER_FAULTS", FAULTS).context("STROWGER_FAULTS")?;
    let seed = number("STROWGER_SEED", 1).context("STROWGER_SEED")?;
    let load = number("STROWGER_LOAD", CALLS_PER_S).context("STROWGER_LOAD")?;
    let mut path = Path::up(faults * CALLS_PER_FAULT + CALLS_AFTER, load, seed)?;
    let mut storm = Storm::new(seed);
    storm.rage(&mut path, faults, CALLS_PER_FAULT)?;
    // Faults that come after the last call show nothing.
    let calls_left = CALLS_AFTER.saturating_sub(path.simulated.calls_over()? - faults * CALLS_PER_FAULT);
    ensure!(
        calls_left > 0,
        "this machine is too busy for {load} calls a second: all were over before the last fault; set STROWGER_LOAD lower"
    );
    storm.quieten(&mut path)?;
    let blind = storm.blind();
    path.simulated.ended()?;
    path.daemon.settled().context("calls stay open after the storm")?;
    path.try_all_sinks_now()?;
    let kept = wait_for("all databases have the same", PATIENCE, || held::if_equal(&path))
        .with_context(|| held::how_it_stands(&path).unwrap_or_else(|error| format!("{error:#}")))?;
    ensure!(path.daemon.stop()?.success(), "the daemon does not stop in order");
    let truth = path.simulated.truth()?;
    let told = held::hold(&truth, &kept, &blind)?;
    writeln!(stderr(), "seed {seed}: {}\n{told}", storm.told())?;
    Ok(())
}
