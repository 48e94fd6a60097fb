//! `strowger privacy hold`: calls of somebody that must be kept as they are.

use std::io::{self, BufWriter, Write};

use clap::{Args, Subcommand};

use super::Found;
use crate::cli::exit::{Exit, Failure, OrExit as _};
use crate::cli::show::{Times, harmless};
use crate::cli::{Around, archives, message};
use crate::config::Config;
use crate::daemon::clock::wall;

/// Put, end and list legal holds
///
/// While a hold stands, calls with a part that is credited to that user are neither anonymised nor deleted, and the user cannot be
/// erased.
#[derive(Args, Debug)]
pub(super) struct Hold {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Add(Add),
    Remove(Remove),
    List(List),
}

/// Put a hold on a user
#[derive(Args, Debug)]
struct Add {
    /// Name, email or id
    #[arg(long)]
    user: String,
    /// Why: the case, without names
    #[arg(long, default_value = "")]
    reason: String,
    /// Who says so [default: $SUDO_USER or $USER]
    #[arg(long)]
    by: Option<String>,
}

/// End the hold on a user
#[derive(Args, Debug)]
struct Remove {
    /// Name, email or id
    #[arg(long)]
    user: String,
    /// Who says so [default: $SUDO_USER or $USER]
    #[arg(long)]
    by: Option<String>,
}

/// List the holds that stand: on whom, since when, by whom, why
#[derive(Args, Debug)]
struct List {
    /// Those that have ended as well
    #[arg(long)]
    all: bool,
}

impl Hold {
    pub(super) fn run(&self, config: &Config, around: &Around) -> Result<(), Failure> {
        let who = |by: &Option<String>| {
            let known = || ["SUDO_USER", "USER"].into_iter().find_map(|name| around.surroundings.get(name)).map(ToOwned::to_owned);
            by.clone().or_else(known).unwrap_or_else(|| "unknown".to_owned())
        };
        match &self.command {
            Command::Add(add) => add.run(config, &who(&add.by)),
            Command::Remove(remove) => remove.run(config, &who(&remove.by)),
            Command::List(list) => list.run(config),
        }
    }
}

impl Add {
    fn run(&self, config: &Config, by: &str) -> Result<(), Failure> {
        let archives = archives(config)?;
        let user = Found::of(&archives, &self.user).or_exit(Exit::Failed)?.person.id;
        let mut added = false;
        for archive in &archives {
            added |= archive.add_hold(user, &self.reason, by, wall()).or_exit(Exit::State)?;
        }
        let what = if added { "is under a hold now" } else { "was under a hold already; nothing was changed" };
        message::good(&format!("{} {what}", harmless(&self.user)));
        Ok(())
    }
}

impl Remove {
    fn run(&self, config: &Config, by: &str) -> Result<(), Failure> {
        let archives = archives(config)?;
        let user = Found::of(&archives, &self.user).or_exit(Exit::Failed)?.person.id;
        let mut removed = false;
        for archive in &archives {
            removed |= archive.remove_hold(user, by, wall()).or_exit(Exit::State)?;
        }
        if !removed {
            return Err(Failure::new(Exit::Failed, anyhow::anyhow!("there is no hold on {}", self.user)));
        }
        message::good(&format!("{} is under no hold any more", harmless(&self.user)));
        Ok(())
    }
}

impl List {
    fn run(&self, config: &Config) -> Result<(), Failure> {
        let times = Times::local();
        // Each database has all of them; the server also those that were put elsewhere.
        let Some(archive) = archives(config)?.pop() else { return Ok(()) };
        let mut out = BufWriter::new(io::stdout().lock());
        for hold in archive.holds(self.all).or_exit(Exit::State)? {
            let name = hold.name.unwrap_or_else(|| hold.user.to_string());
            let (name, by, reason) =
                (harmless(&name).into_owned(), harmless(&hold.added_by).into_owned(), harmless(&hold.reason).into_owned());
            write!(out, "{name}  since {} by {by}", times.moment(hold.added_at))?;
            if let (Some(by), Some(at)) = (&hold.removed_by, hold.removed_at) {
                write!(out, ", until {} by {}", times.moment(at), harmless(by))?;
            }
            writeln!(out, "{}{reason}", if reason.is_empty() { "" } else { ": " })?;
        }
        Ok(out.flush()?)
    }
}
