//! The command line: what was typed becomes one command, the command ends with one exit code.
//!
//! Each subcommand has its file with its arguments, its help and what it does. Data goes to standard output, everything for
//! people to standard error ([`message`]); exit codes stand in [`exit`].

mod calls;
mod capture;
mod check;
mod demo;
pub mod exit;
mod explain;
mod generate;
mod hub;
pub mod message;
mod moment;
mod privacy;
mod replay;
mod retention;
mod run;
mod schema;
mod show;
mod simulate;
mod sinks;
mod spool;
mod users;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::{self, Config, Diagnosis, Pbx, Surroundings, Use};
use crate::store::{Archive, OnServer, Store};
use exit::{Exit, Failure, OrExit as _};

/// Connects to telephone systems, follows every call and credits it to the person who handled it.
#[derive(Parser, Debug)]
#[command(name = "strowger", version, propagate_version = true, max_term_width = 110, after_long_help = exit::HELP)]
pub struct Arguments {
    /// Configuration file [default: $STROWGER_CONFIG, ./strowger.toml, /etc/strowger/strowger.toml]
    #[arg(long, short, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::Demo),
    Run(run::Run),
    Check(check::Check),
    Calls(calls::Calls),
    Explain(explain::Explain),
    Users(users::Users),
    Sinks(sinks::Sinks),
    Retention(retention::Retention),
    Privacy(privacy::Privacy),
    Capture(capture::Capture),
    Replay(replay::ReplayCaptures),
    Schema(schema::Schema),
    Hub(hub::Hub),
    Simulate(simulate::Simulate),
    Spool(spool::Spool),
    #[command(flatten)]
    Generate(generate::Generate),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help that was asked for goes to standard output and is success; a reader that went away is no failure.
            drop(error.print());
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Success.into() };
        }
    };
    let around = Around { named: arguments.config, surroundings: Surroundings::of_process() };
    let result = match arguments.command {
        Command::Demo(demo) => demo.run(),
        Command::Run(run::Run {}) => run::Run::run(&around),
        Command::Check(check) => check.run(&around),
        Command::Calls(calls) => calls.run(&around),
        Command::Explain(explain) => explain.run(&around),
        Command::Users(users) => users.run(&around),
        Command::Sinks(sinks) => sinks.run(&around),
        Command::Retention(retention) => retention.run(&around),
        Command::Privacy(privacy) => privacy.run(&around),
        Command::Capture(capture) => capture.run(&around),
        Command::Replay(replay) => replay.run(&around),
        Command::Schema(schema::Schema {}) => schema::Schema::run(),
        Command::Hub(hub) => hub.run(&around),
        Command::Simulate(simulate) => simulate.run(),
        Command::Spool(spool) => spool.run(&around),
        Command::Generate(generate) => generate.run(&mut Arguments::command()),
    };
    match result {
        Ok(()) => Exit::Success.into(),
        Err(failure) => {
            if let Some(error) = failure.error() {
                message::error(&format!("{error:#}"));
            }
            failure.exit().into()
        }
    }
}

/// What every command may need: the environment and where the configuration is.
struct Around {
    named: Option<PathBuf>,
    surroundings: Surroundings,
}

impl Around {
    fn config_file(&self) -> PathBuf {
        config::find(self.named.as_deref(), &self.surroundings)
    }

    /// The configuration for `purpose`; mistakes and warnings are told.
    fn config(&self, purpose: Use) -> Result<Config, Failure> {
        match config::load(&self.config_file(), purpose, &self.surroundings) {
            Ok(loaded) => {
                tell(&loaded.diagnosis);
                Ok(loaded.config)
            }
            Err(diagnosis) => {
                tell(&diagnosis);
                Err(Failure::told(Exit::Config))
            }
        }
    }

    /// Where people and calls are asked for: it must be there.
    fn store(&self) -> Result<Archive, Failure> {
        archive(&self.config(Use::Store)?)
    }
}

/// Where people and calls are asked for: PostgreSQL where one is configured, else the state directory.
fn archive(config: &Config) -> Result<Archive, Failure> {
    match config.store() {
        Some(settings) => OnServer::connect(settings, config.site().name(), true).map(Archive::Postgres),
        None => Store::open_existing(config.state_directory()).map(Archive::Sqlite),
    }
    .or_exit(Exit::State)
}

/// Every database that this site's calls are kept in: the state directory's where there is one, then the server's.
fn archives(config: &Config) -> Result<Vec<Archive>, Failure> {
    let is_there = crate::store::database_path(config.state_directory()).exists();
    let local = (is_there || config.store().is_none()).then(|| Store::open_existing(config.state_directory()).map(Archive::Sqlite));
    let server = config.store().map(|settings| OnServer::connect(settings, config.site().name(), true).map(Archive::Postgres));
    local.into_iter().chain(server).collect::<Result<_, _>>().or_exit(Exit::State)
}

/// The PBX that is meant: by its name, or the only one.
fn choose_pbx<'a>(config: &'a Config, name: Option<&str>) -> Result<&'a Pbx, Failure> {
    let names = || config.pbxs().iter().map(Pbx::name).collect::<Vec<_>>().join(", ");
    match (name, config.pbxs()) {
        (None, [only]) => Ok(only),
        (None, _) => Err(Failure::new(Exit::Usage, anyhow::anyhow!("there are several PBXs; name one with --pbx: {}", names()))),
        (Some(name), _) => config
            .pbx(name)
            .ok_or_else(|| Failure::new(Exit::Usage, anyhow::anyhow!("no [[pbx]] is named {name:?}; these are: {}", names()))),
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

fn tell(diagnosis: &Diagnosis) {
    diagnosis.lines().for_each(|line| message::plain(&line));
}
