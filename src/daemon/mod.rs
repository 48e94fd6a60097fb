//! The daemon: everything wired, started, kept going, reloaded and stopped. The only room that sees all others.
//!
//! [`run`] is the life of the process: build everything, then run, then wait for a signal, then drain within a deadline.
//! One PBX is one link task and one pump task with a bounded channel between them; one thread writes for all (`spool`).

pub mod clock;
mod drain;
mod health;
mod http;
mod life;
pub(crate) mod notify;
mod outbox_watch;
mod people;
pub(crate) mod pulse;
mod pump;
mod recover;
mod reload;
mod report;
mod retention;
pub mod settings;
mod shared_people;
mod sinks;
mod view;
mod wire;

use std::net::SocketAddr;

use tokio_util::sync::CancellationToken;

use crate::config::{Config, Surroundings};
use crate::pbx::backoff::StepsError;
use crate::store::StoreError;
use crate::telemetry::LogHandle;

pub use drain::DEADLINE;
pub use view::{LiveCall, LiveCredit, Started, View, Viewed, view};

/// Why the daemon cannot run, or had to end.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The state directory or the database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the last process left cannot be read.
    #[error("the journal cannot be gone on from: {0}")]
    Journal(String),
    /// The HTTP port cannot be had.
    #[error(
        "cannot listen on {address} for metrics and health; is another program there? Set `listen` in [http] to another address, or to \"off\""
    )]
    Http {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The pauses between connections contradict each other.
    #[error("PBX {pbx:?}")]
    Backoff {
        /// Which PBX.
        pbx: String,
        /// How.
        source: StepsError,
    },
    /// Metrics were set up before.
    #[error("metrics cannot be set up")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// Signals cannot be heard.
    #[error("signals cannot be heard")]
    Signals(#[source] std::io::Error),
    /// A task that should run for ever ended.
    #[error("{what} ended unexpectedly: {why}")]
    Ended {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
    /// The end took too long.
    #[error("not everything ended within {} s: {}", DEADLINE.as_secs(), late.join("; "))]
    Late {
        /// What was still going.
        late: Vec<String>,
    },
}

impl From<recover::RecoverError> for DaemonError {
    fn from(error: recover::RecoverError) -> Self {
        Self::Journal(format!("{:#}", anyhow::Error::new(error)))
    }
}

impl DaemonError {
    /// True where the state directory is to blame.
    pub fn is_state(&self) -> bool {
        matches!(self, Self::Store(_) | Self::Journal(_))
    }
}

/// Runs until a signal ends it.
///
/// # Errors
/// It could not start, a part of it failed for good, or it did not end in time.
pub async fn run(config: Config, surroundings: Surroundings, log: LogHandle) -> Result<(), DaemonError> {
    run_in_view(config, surroundings, log, Onlooker::default()).await
}

/// Who runs a daemon as a part of the own program.
#[derive(Clone, Default, Debug)]
pub struct Onlooker {
    /// Ends the daemon, as a signal does.
    pub stop: CancellationToken,
    /// Shown what goes on.
    pub view: Option<Viewed>,
}

/// Runs until a signal or the onlooker ends it.
///
/// # Errors
/// It could not start, a part of it failed for good, or it did not end in time.
pub async fn run_in_view(config: Config, surroundings: Surroundings, log: LogHandle, onlooker: Onlooker) -> Result<(), DaemonError> {
    let Onlooker { stop, view } = onlooker;
    let signals = life::Signals::listen(stop).map_err(DaemonError::Signals)?;
    let built = wire::build(config, view).await?;
    life::live(built, signals, surroundings, log).await
}
