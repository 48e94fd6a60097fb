//! `strowger hub`: from a stream into the database of many sites; and what that database may lack.

mod completeness;

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, OrExit as _};
use super::{Around, tell};
use crate::config::{self, HubConfig};
use crate::daemon::DaemonError;
use crate::{hub, telemetry};

/// Store what many sites publish in one PostgreSQL; or tell what it may lack
///
/// Takes call records and gaps from a NATS JetStream stream and stores them in PostgreSQL. Any number of hubs may share the work.
/// It has a configuration file of its own: see `strowger config-reference`. Stays in the foreground; SIGTERM and SIGINT store what is
/// held and end within 10 s. Metrics and health: http://127.0.0.1:9465/metrics, /health/live, /health/ready.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger check --config hub.toml --connect && strowger hub --config hub.toml
  strowger hub completeness                      the last seven days of all sites
  strowger hub completeness --site hq --day 2026-11-22
  strowger hub completeness --json | jq '.days[] | select(.missing > 0)'")]
pub(super) struct Hub {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
    Completeness(completeness::Completeness),
}

impl Hub {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        match &self.command {
            None => run(around),
            Some(Command::Completeness(completeness)) => completeness.run(&config(around)?),
        }
    }
}

/// The hub's configuration; mistakes and warnings are told.
fn config(around: &Around) -> Result<HubConfig, Failure> {
    match load(around) {
        Ok((config, warnings)) => {
            tell(&warnings);
            Ok(config)
        }
        Err(failure) => Err(failure),
    }
}

fn load(around: &Around) -> Result<(HubConfig, config::Diagnosis), Failure> {
    let file = config::find_hub(around.named.as_deref(), &around.surroundings);
    config::load_hub(&file, &around.surroundings).map_err(|diagnosis| {
        tell(&diagnosis);
        Failure::told(Exit::Config)
    })
}

fn run(around: &Around) -> Result<(), Failure> {
    let (config, warnings) = load(around)?;
    // Its level stays as it was at the start.
    let _log = telemetry::init(config.log(), &around.surroundings).or_exit(Exit::Failed)?;
    for warning in warnings.lines() {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().or_exit(Exit::Failed)?;
    let result = runtime.block_on(hub::run(config));
    runtime.shutdown_background();
    result.map_err(|error: DaemonError| {
        tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "the hub cannot go on");
        Failure::told(Exit::Failed)
    })
}
