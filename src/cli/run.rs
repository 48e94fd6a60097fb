//! `strowger run`: the daemon.

use clap::Args;

use super::Around;
use super::exit::{Exit, Failure, OrExit as _};
use crate::config::{self, Use};
use crate::daemon::{self, DaemonError};
use crate::telemetry;

/// More threads than this are of no use: one PBX keeps two tasks busy at most.
const THREADS_MAX: usize = 4;

/// Run the daemon: connect to the PBXs, follow their calls, store a record of each
///
/// Stays in the foreground and logs to standard error: for people on a terminal, journald fields under systemd, JSON otherwise.
/// SIGHUP reads the people file and the log level anew. SIGTERM and SIGINT say good-bye to the PBXs, write everything to disk
/// and end within 10 s. Metrics and health: http://127.0.0.1:9464/metrics, /health/live, /health/ready.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger check --connect && strowger run       look for mistakes first
  strowger run --config site.toml                with another configuration
  STROWGER__LOG__LEVEL=debug strowger run        with one value overridden")]
pub(super) struct Run {}

impl Run {
    pub(super) fn run(around: &Around) -> Result<(), Failure> {
        let file = around.config_file();
        let loaded = config::load(&file, Use::Connect, &around.surroundings).map_err(|diagnosis| {
            super::tell(&diagnosis);
            Failure::told(Exit::Config)
        })?;
        let log = telemetry::init(loaded.config.log(), &around.surroundings).or_exit(Exit::Failed)?;
        for warning in loaded.diagnosis.lines() {
            tracing::warn!("{warning}");
        }
        let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(2, THREADS_MAX);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().or_exit(Exit::Failed)?;
        let result = runtime.block_on(daemon::run(loaded.config, around.surroundings.clone(), log));
        // Whatever is left was given its time already.
        runtime.shutdown_background();
        result.map_err(|error| {
            let exit = if error.is_state() { Exit::State } else { Exit::Failed };
            // The end was told in the log already.
            if matches!(error, DaemonError::Late { .. }) {
                return Failure::told(exit);
            }
            tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "the daemon cannot go on");
            Failure::told(exit)
        })
    }
}
