//! `strowger users`: who holds which extension and agent ID; import of a people file.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, OrExit as _};
use super::show::{Times, harmless};
use super::{Around, message};
use crate::config::{Use, closest};
use crate::daemon::settings;
use crate::directory::{Assignable, Association, DeeMembership, DeeSource, PeopleError, PeopleFile};
use crate::store::{Archive, DeeEntry, OnServer, Store, UserEntry};
use crate::telephony::Time;

/// Import people, and show who holds what
#[derive(Args, Debug)]
pub(super) struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Import(Import),
    List(List),
    Show(Show),
}

/// Import a people file; what changed hands changes hands now
///
/// The file is the whole truth: who is no longer in it holds nothing any more. Calls that ended keep the user that they were
/// credited to. A running daemon takes the change up at once. A file with mistakes changes nothing.
#[derive(Args, Debug)]
#[command(after_long_help = "\
A people file:
  [[users]]
  name = \"Noor Haddad\"
  email = \"noor@example.com\"
  primary = { extension = \"1001\" }                       # or { agent = \"2001\" }
  secondary = [{ extension = \"1002\" }, { agent = \"2007\" }]
  groups = [\"Sales\", \"Export\"]
  primary_group = \"Sales\"

Examples:
  strowger users import people.toml              import it
  strowger users import --dry-run people.toml    only look for mistakes")]
struct Import {
    /// People file
    file: PathBuf,
    /// Look for mistakes and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// List everybody and what they hold now
#[derive(Args, Debug)]
struct List {
    /// Those who are gone as well
    #[arg(long)]
    gone: bool,
}

/// Show what a user holds and ever held, and the devices that ring along (DEE)
#[derive(Args, Debug)]
#[command(after_long_help = "\
Example:
  strowger users show 'Noor Haddad'")]
struct Show {
    /// Name, email or id
    user: String,
}

impl Users {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        match &self.command {
            Command::Import(import) => import.run(around),
            Command::List(list) => list.run(around),
            Command::Show(show) => show.run(around),
        }
    }
}

impl Import {
    fn run(&self, around: &Around) -> Result<(), Failure> {
        let people = PeopleFile::read(&self.file).map_err(|error| {
            tell_mistakes(&self.file, &error);
            Failure::told(Exit::Data)
        })?;
        for warning in &people.warnings {
            message::plain(&format!("{}:{}: warning: {}: {}", self.file.display(), warning.line, warning.what, warning.to_do));
        }
        if self.dry_run {
            message::good(&format!("{} ({} users); nothing was changed", self.file.display(), people.users.len()));
            return Ok(());
        }
        let config = around.config(Use::Store)?;
        let now = crate::daemon::clock::wall();
        let report = match config.store() {
            None => Store::open(config.state_directory()).and_then(|store| store.import_people(&people, now)),
            // A running daemon takes it from there.
            Some(settings) => OnServer::connect(settings, config.site().name(), false)
                .and_then(|server| Archive::Postgres(server).import_people(&people, now)),
        };
        let report = report.or_exit(Exit::State)?;
        Ok(writeln!(io::stdout(), "{report}")?)
    }
}

/// Each mistake with its line, as editors understand it.
pub(super) fn tell_mistakes(file: &std::path::Path, error: &PeopleError) {
    for mistake in error.mistakes() {
        message::plain(&format!("{}:{}: error: {}: {}", file.display(), mistake.line, mistake.what, mistake.to_do));
    }
    if error.mistakes().is_empty() {
        message::error(&error.to_string());
    }
}

impl List {
    fn run(&self, around: &Around) -> Result<(), Failure> {
        let users = around.store()?.users(self.gone).or_exit(Exit::State)?;
        if users.is_empty() {
            message::plain("nobody is known; `strowger users import FILE` makes people known");
        }
        let width = users.iter().map(|entry| entry.user.name.chars().count()).max().unwrap_or_default();
        let mut out = io::BufWriter::new(io::stdout().lock());
        for entry in &users {
            writeln!(out, "{:<width$}  {}", harmless(&entry.user.name), holdings(entry))?;
        }
        Ok(out.flush()?)
    }
}

/// `extension 1001 (primary), agent 2007; Sales (primary), Export`.
fn holdings(entry: &UserEntry) -> String {
    let primary = entry.primary.iter().map(|(held, _)| format!("{held} (primary)"));
    let held: Vec<String> = primary.chain(entry.secondary.iter().map(|(held, _)| held.to_string())).collect();
    let mut text = if held.is_empty() { "holds nothing".to_owned() } else { held.join(", ") };
    if !entry.groups.is_empty() {
        text = format!("{text}; {}", groups(entry));
    }
    if entry.gone_at.is_some() {
        text.push_str("; gone");
    }
    harmless(&text).into_owned()
}

fn groups(entry: &UserEntry) -> String {
    let is_primary = |group: &String| entry.primary_group.as_ref() == Some(group);
    let shown = entry.groups.iter().map(|group| if is_primary(group) { format!("{group} (primary)") } else { group.clone() });
    shown.collect::<Vec<_>>().join(", ")
}

impl Show {
    fn run(&self, around: &Around) -> Result<(), Failure> {
        let config = around.config(Use::Store)?;
        let store = super::archive(&config)?;
        let everybody = store.users(true).or_exit(Exit::State)?;
        let wanted = self.user.to_lowercase();
        let is_wanted = |entry: &&UserEntry| {
            let email = entry.user.email.as_ref().map(|email| email.to_lowercase());
            entry.user.name.to_lowercase() == wanted || email.as_ref() == Some(&wanted) || entry.user.id.to_string() == wanted
        };
        let found: Vec<&UserEntry> = everybody.iter().filter(is_wanted).collect();
        if found.is_empty() {
            let names = everybody.iter().map(|entry| entry.user.name.as_str());
            let hint = closest(&self.user, names).map_or_else(String::new, |name| format!("; did you mean {name:?}?"));
            return Err(Failure::new(Exit::Failed, anyhow::anyhow!("nobody is called {:?}{hint}", self.user)));
        }
        let times = Times::local();
        let mut members = store.dee_memberships().or_exit(Exit::State)?;
        let configured = config.pbxs().iter().flat_map(|pbx| {
            let entry = |membership| DeeEntry { pbx: Some(pbx.name().to_owned()), membership };
            settings::dee(pbx).into_iter().map(entry)
        });
        members.extend(configured);
        members.sort_by(|a, b| (&a.membership.member, a.membership.from).cmp(&(&b.membership.member, b.membership.from)));
        let mut out = io::BufWriter::new(io::stdout().lock());
        for entry in found {
            writeln!(out, "{}", harmless(&entry.user.name))?;
            if let Some(email) = &entry.user.email {
                writeln!(out, "  email      {}", harmless(email))?;
            }
            writeln!(out, "  id         {}", entry.user.id)?;
            if !entry.groups.is_empty() {
                writeln!(out, "  groups     {}", harmless(&groups(entry)))?;
            }
            if let Some(gone) = entry.gone_at {
                writeln!(out, "  gone       {}", times.moment(gone))?;
            }
            for held in store.associations(entry.user.id).or_exit(Exit::State)? {
                let kind = if held.primary { "primary" } else { "secondary" };
                writeln!(out, "  {kind:<9}  {:<16}  {}", shown(&held.assignable), span(held.from, held.until, &times))?;
                let Assignable::Extension(main) = &held.assignable else { continue };
                for entry in members.iter().filter(|entry| held.primary && entry.membership.main == *main) {
                    let Some((from, until)) = common(&held, &entry.membership) else { continue };
                    let member = harmless(entry.membership.member.as_str());
                    writeln!(out, "  DEE        {member:<16}  {}, {}", span(from, until, &times), source(entry))?;
                }
            }
        }
        Ok(out.flush()?)
    }
}

/// When both hold; `None`: never.
fn common(held: &Association, membership: &DeeMembership) -> Option<(Time, Option<Time>)> {
    let from = held.from.max(membership.from);
    let until = [held.until, membership.until].into_iter().flatten().min();
    until.is_none_or(|until| from < until).then_some((from, until))
}

fn source(entry: &DeeEntry) -> String {
    let pbx = entry.pbx.as_deref().unwrap_or_default();
    match entry.membership.source {
        DeeSource::File => "by the people file".to_owned(),
        DeeSource::Config => format!("by the configuration of {pbx}"),
        DeeSource::PbxList => format!("by the list of {pbx}"),
        DeeSource::PbxQuery => format!("by the answer of {pbx}"),
    }
}

fn shown(assignable: &Assignable) -> String {
    harmless(&assignable.to_string()).into_owned()
}

fn span(from: Time, until: Option<Time>, times: &Times) -> String {
    let from = if from == Time::MIN { "from the beginning".to_owned() } else { format!("from {}", times.moment(from)) };
    until.map_or_else(|| from.clone(), |until| format!("{from} until {}", times.moment(until)))
}
