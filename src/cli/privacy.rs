//! `strowger privacy`: what one person may ask for, and what a court may.

mod erase;
mod export;
mod hold;

use std::io::{self, Write};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Around;
use super::exit::{Exit, Failure, OrExit as _};
use crate::config::{Config, Use};
use crate::privacy::Person;
use crate::store::{Archive, Dossier, StoreError};

/// Export and erase one person's data, put legal holds
#[derive(Args, Debug)]
pub(super) struct Privacy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Export(export::Export),
    Erase(erase::Erase),
    Hold(hold::Hold),
    Receipts(Receipts),
}

/// Show the receipts of everybody who was erased, as JSON Lines; they name nobody
#[derive(Args, Debug)]
struct Receipts {}

impl Privacy {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let config = around.config(Use::Store)?;
        match &self.command {
            Command::Export(export) => export.run(&config),
            Command::Erase(erase) => erase.run(&config),
            Command::Hold(hold) => hold.run(&config, around),
            Command::Receipts(Receipts {}) => receipts(&config),
        }
    }
}

fn receipts(config: &Config) -> Result<(), Failure> {
    for archive in super::archives(config)? {
        for receipt in archive.receipts().or_exit(Exit::State)? {
            line(&mut io::stdout().lock(), &receipt)?;
        }
    }
    Ok(())
}

/// A line of JSON.
fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// One person in every database: what each has, and all that is known from any.
struct Found {
    dossiers: Vec<Dossier>,
    person: Person,
}

impl Found {
    /// By the first database that knows the name, email or id, and by the id in the others.
    fn of(archives: &[Archive], wanted: &str) -> Result<Self, StoreError> {
        let mut unknown = None;
        let mut dossiers: Vec<Dossier> = Vec::new();
        // A server has what the site's own database has, and perhaps more.
        for archive in archives.iter().rev() {
            let id = dossiers.first().map(|dossier| dossier.user.id.to_string());
            match archive.dossier(id.as_deref().unwrap_or(wanted)) {
                Ok(dossier) => dossiers.push(dossier),
                Err(error @ StoreError::UnknownUser { .. }) => unknown = Some(error),
                Err(error) => return Err(error),
            }
        }
        let Some(first) = dossiers.first() else {
            return Err(unknown.unwrap_or_else(|| StoreError::UnknownUser { wanted: wanted.to_owned(), suggestion: None }));
        };
        let mut person = first.person.clone();
        for dossier in &dossiers[1..] {
            person.names.extend(dossier.person.names.iter().cloned());
            person.emails.extend(dossier.person.emails.iter().cloned());
            person.numbers.extend(dossier.person.numbers.iter().cloned());
        }
        Ok(Self { dossiers, person })
    }
}
