//! `strowger check`: every mistake in the configuration and the people file, at once; with `--connect` the PBXs as well.

use std::path::Path;

use clap::Args;

use super::exit::{Exit, Failure, OrExit as _};
use super::users::tell_mistakes;
use super::{Around, message, tell};
use crate::config::{self, Config, Pbx, Use};
use crate::daemon::clock::SystemClock;
use crate::daemon::settings;
use crate::directory::PeopleFile;
use crate::hub;
use crate::pbx::link::{self, Loss, ProbeFailure, ProbeReport};
use crate::pbx::session::{Fault, Notice};
use crate::store::postgres::{Postgres, PostgresError};
use crate::store::{OnServer, StoreError};

/// Check the configuration, and with --connect the PBX as well
///
/// Finds every mistake in the configuration file, the environment overrides and the people file at once and tells each with
/// its line. Nothing is changed; a running daemon is not disturbed. A hub's file (with a section [hub]) is checked as such; --connect
/// then makes stream, consumer and tables where they are not there.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger check                             check ./strowger.toml or /etc/strowger/strowger.toml
  strowger check --connect                   log in to each PBX as well, read its state, tell what is missing
  strowger check --config site.toml          check another file, for example before copying it over")]
pub(super) struct Check {
    /// Connect to each PBX, log in and read its state; connect to the server of `[store]`
    #[arg(long)]
    connect: bool,
}

impl Check {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let file = around.config_file();
        if config::is_hub(&file) {
            return self.check_hub(&file, around);
        }
        let config = match config::load(&file, Use::Connect, &around.surroundings) {
            Ok(loaded) => {
                tell(&loaded.diagnosis);
                message::good(&file.display().to_string());
                Some(loaded.config)
            }
            Err(diagnosis) => {
                tell(&diagnosis);
                None
            }
        };
        let Some(config) = config.filter(people) else { return Err(Failure::told(Exit::Config)) };
        if self.connect { connect(&config) } else { Ok(()) }
    }

    fn check_hub(&self, file: &Path, around: &Around) -> Result<(), Failure> {
        let (config, warnings) = config::load_hub(file, &around.surroundings).map_err(|diagnosis| {
            tell(&diagnosis);
            Failure::told(Exit::Config)
        })?;
        tell(&warnings);
        message::good(&file.display().to_string());
        if !self.connect {
            return Ok(());
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().or_exit(Exit::Failed)?;
        let (stream, database) =
            runtime.block_on(async { tokio::join!(hub::probe(config.hub()), Postgres::connect(&config.hub().postgres)) });
        let nats = &config.hub().nats;
        let mut is_good = true;
        match stream {
            Ok(()) => message::good(&format!("stream {} at {}", nats.stream, nats.servers.join(", "))),
            Err(error) => {
                is_good = false;
                message::error(&super::chain(&error));
            }
        }
        match database {
            Ok(database) => message::good(database.place()),
            Err(error) => {
                is_good = false;
                message::error(&super::chain(&error));
            }
        }
        if is_good { Ok(()) } else { Err(Failure::told(Exit::Unavailable)) }
    }
}

/// False if there are mistakes.
fn people(config: &Config) -> bool {
    let Some(file) = config.people_file() else { return true };
    match PeopleFile::read(file) {
        Ok(people) => {
            for warning in &people.warnings {
                message::plain(&format!("{}:{}: warning: {}: {}", file.display(), warning.line, warning.what, warning.to_do));
            }
            message::good(&format!("{} ({} users)", file.display(), people.users.len()));
            true
        }
        Err(error) => {
            tell_mistakes(file, &error);
            false
        }
    }
}

fn connect(config: &Config) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().or_exit(Exit::Failed)?;
    let store = config.store().map_or(Ok(()), |settings| try_store(settings, config.site().name()));
    let worst = config.pbxs().iter().filter_map(|pbx| runtime.block_on(try_one(pbx)).err()).max_by_key(|exit| *exit as u8);
    worst.map_or(store.map_err(Failure::told), |exit| Err(Failure::told(exit)))
}

/// Whether people and calls can be asked for there.
fn try_store(settings: &crate::store::postgres::Settings, site: &str) -> Result<(), Exit> {
    match OnServer::connect(settings, site, true) {
        Ok(_) => {
            message::good(&settings.place());
            Ok(())
        }
        Err(StoreError::Postgres(error @ PostgresError::OlderSchema { .. })) => {
            message::warning(&error.to_string());
            Ok(())
        }
        Err(error) => {
            message::error(&error.to_string());
            Err(Exit::Unavailable)
        }
    }
}

async fn try_one(pbx: &Pbx) -> Result<(), Exit> {
    let Some(connect) = pbx.connect() else { return Err(Exit::Config) };
    let name = pbx.name();
    let link = settings::link(pbx, connect).map_err(|error| {
        message::error(&format!("PBX {name}: {error}"));
        Exit::Config
    })?;
    let clock = SystemClock::start();
    let mut session = settings::session(pbx);
    let report = link::probe(&link, &mut session, &move || clock.now(), settings::in_step_within(pbx)).await;
    tell_report(name, &report)
}

fn tell_report(name: &str, report: &ProbeReport) -> Result<(), Exit> {
    let mut is_denied = false;
    for remark in &report.remarks {
        match remark {
            Notice::Info(what) => message::plain(&format!("PBX {name}: {what}")),
            Notice::Degraded(what) => message::warning(&format!("PBX {name}: {what}")),
            Notice::Denied(what) => {
                is_denied = true;
                message::error(&format!("PBX {name}: {what}"));
            }
            Notice::Malformed { what, .. } => message::warning(&format!("PBX {name}: skipped what could not be read: {what}")),
            Notice::Message { .. } => {}
        }
    }
    let Some(failure) = &report.failure else {
        let tls = report.tls.as_ref().map_or_else(|| "without TLS".to_owned(), |tls| format!("by {tls}"));
        let address = report.address.map_or_else(String::new, |address| format!(" at {address}"));
        message::good(&format!("PBX {name}{address} {tls}: logged in and read in {:.1} s", report.took.as_secs_f64()));
        return if is_denied { Err(Exit::Refused) } else { Ok(()) };
    };
    message::error(&format!("PBX {name}: {}", super::chain(failure)));
    Err(match failure {
        ProbeFailure::Lost(Loss::Fault(Fault::LoginRefused(_) | Fault::ClosedAtLogin(_))) => Exit::Refused,
        _ if is_denied => Exit::Refused,
        ProbeFailure::Connect(_) | ProbeFailure::Lost(_) | ProbeFailure::Late(_) => Exit::Unavailable,
    })
}
