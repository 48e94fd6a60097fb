//! `strowger privacy erase`: one person taken out of everything that is kept; the calls stay.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use aws_lc_rs::digest::{SHA256, digest};
use clap::Args;
use uuid::{Builder, Uuid};

use super::{Found, line};
use crate::cli::exit::{Exit, Failure, OrExit as _};
use crate::cli::show::harmless;
use crate::cli::{archives, message};
use crate::config::Config;
use crate::daemon::clock::wall;
use crate::privacy::Erasure;
use crate::store::{Archive, Erased, StoreError};

/// Take one person out of everything that is kept; the calls stay, and are nobody's
///
/// Name, email and identity are replaced in the people, in every record, in what waits for sinks or was refused, and in what a restart
/// needs; outside numbers of the person's own lose their last four digits. What sinks have taken already is out of reach.
/// A receipt is stored and printed as JSON; it does not say whom. Broken off, the next call of this command completes it.
///
/// Refused while the people file has the person (the next import would bring the name back) or while a legal hold stands.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger privacy erase --user noor@example.com --dry-run
  strowger privacy erase --user noor@example.com --yes --export noor.jsonl > receipt.json")]
pub(super) struct Erase {
    /// Name, email or id
    #[arg(long)]
    user: String,
    /// Say what would be changed, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Yes, it cannot be undone
    #[arg(long)]
    yes: bool,
    /// What was handed to the person before: its SHA-256 goes into the receipt
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
}

impl Erase {
    pub(super) fn run(&self, config: &Config) -> Result<(), Failure> {
        let archives = archives(config)?;
        let pace = Pace { batch: config.retention().batch_calls, pause: config.retention().pause };
        if !self.dry_run {
            complete(&archives, pace)?;
        }
        let found = Found::of(&archives, &self.user).or_exit(Exit::Failed)?;
        refuse(&found)?;
        if self.dry_run {
            return self.tell(&archives, &found);
        }
        if !self.yes {
            let what = "it cannot be undone: look with --dry-run, then say --yes";
            return Err(Failure::new(Exit::Usage, anyhow!(what)));
        }
        let sha256 = self.export.as_ref().map(|file| {
            let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display())).or_exit(Exit::Failed)?;
            Ok::<_, Failure>(digest(&SHA256, &bytes).as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
        });
        let (id, as_id) = (random()?, random()?);
        let erasure = Erasure::new(found.person, as_id);
        match carry_out(&archives, id, &erasure, sha256.transpose()?.as_ref(), pace)? {
            Carried::Out => Ok(()),
            Carried::Held => {
                let what = "a legal hold was put on the person meanwhile: what is not done waits until it has ended, and the next \
                            `strowger privacy erase` completes it";
                Err(Failure::new(Exit::Failed, anyhow!(what)))
            }
        }
    }

    fn tell(&self, archives: &[Archive], found: &Found) -> Result<(), Failure> {
        message::plain(&format!("{} would be erased; nothing was changed", harmless(&self.user)));
        for archive in archives {
            let credited = archive.concerned(found.person.id).or_exit(Exit::State)?.credited;
            message::plain(&format!(
                "{}: {credited} calls are credited to this person, and become nobody's that is known",
                archive.place()
            ));
        }
        let names: Vec<&str> = found.person.names.iter().chain(&found.person.emails).map(String::as_str).collect();
        message::plain(&format!("replaced wherever they stand: {}", harmless(&names.join(", "))));
        let numbers: Vec<&str> = found.person.outside_numbers().map(String::as_str).collect();
        if !numbers.is_empty() {
            message::plain(&format!("lose their last four digits: {}", harmless(&numbers.join(", "))));
        }
        Ok(())
    }
}

/// How much at once, and how long between.
#[derive(Clone, Copy)]
struct Pace {
    batch: usize,
    pause: Duration,
}

fn refuse(found: &Found) -> Result<(), Failure> {
    if found.dossiers.iter().any(|dossier| dossier.is_held) {
        let what = "a legal hold stands: `strowger privacy hold list` says whose, `strowger privacy hold remove` ends it";
        return Err(Failure::new(Exit::Failed, anyhow!(what)));
    }
    if found.dossiers.iter().any(|dossier| dossier.is_present) {
        let what = "the people file still has this person, and its next import would bring the name back: take the person out of it, \
                    `strowger users import FILE`, then erase";
        return Err(Failure::new(Exit::Failed, anyhow!(what)));
    }
    Ok(())
}

/// What became of an erasure.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Carried {
    Out,
    /// A legal hold stands: it waits.
    Held,
}

fn is_held(archives: &[Archive], erasure: &Erasure) -> Result<bool, Failure> {
    for archive in archives {
        if archive.holds(false).or_exit(Exit::State)?.iter().any(|hold| hold.user == erasure.person.id) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What was begun and broken off goes on as it was begun, in every database; but not under a legal hold.
fn complete(archives: &[Archive], pace: Pace) -> Result<(), Failure> {
    let mut pending = BTreeSet::new();
    for archive in archives {
        pending.extend(archive.pending_erasures().or_exit(Exit::State)?);
    }
    for id in pending {
        let begun = archives.iter().map(|archive| archive.pending_erasure(id)).find_map(Result::transpose).transpose();
        if let Some((erasure, sha256)) = begun.or_exit(Exit::State)? {
            if !is_held(archives, &erasure)? {
                message::plain("an erasure that was broken off goes on");
                if carry_out(archives, id, &erasure, sha256.as_ref(), pace)? == Carried::Out {
                    continue;
                }
            }
            message::warning(
                "an erasure that was broken off stays as it is: a legal hold was put on the person meanwhile (`strowger privacy hold list`); \
                 when that has ended, the next `strowger privacy erase` completes it",
            );
        }
    }
    Ok(())
}

/// Noted everywhere before anything is changed anywhere: a crash forgets no database.
fn carry_out(archives: &[Archive], id: Uuid, erasure: &Erasure, sha256: Option<&String>, pace: Pace) -> Result<Carried, Failure> {
    for archive in archives.iter().rev() {
        archive.begin_erasure(id, erasure, sha256.cloned(), wall()).or_exit(Exit::State)?;
    }
    // What this database still sends reaches the server in its new form before the server's turn.
    for archive in archives {
        let receipt = loop {
            match archive.erase_step(id, pace.batch, wall()).or_exit(Exit::State)? {
                // The daemon writes in between.
                Erased::Going => thread::sleep(pace.pause),
                Erased::Done(receipt) => break receipt,
                Erased::Held => return Ok(Carried::Held),
            }
        };
        line(&mut io::stdout().lock(), &receipt)?;
        if receipt.changed.unreadable > 0 {
            message::warning(&format!("{} stored records cannot be read, and were left", receipt.changed.unreadable));
        }
        if let Archive::Sqlite(store) = archive {
            scour(store.scour());
        }
    }
    Ok(Carried::Out)
}

fn scour(scoured: Result<bool, StoreError>) {
    match scoured {
        Ok(true) => {}
        Ok(false) => message::warning(
            "the daemon works there: free room in the file may hold remnants of what it had removed before, until the file is written anew (docs/privacy.md)",
        ),
        Err(error) => message::warning(&format!("the file could not be written anew, free room in it may hold remnants: {error}")),
    }
}

fn random() -> Result<Uuid, Failure> {
    let mut bytes = [0; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Failure::new(Exit::Failed, anyhow!("the system gives no random numbers")))?;
    Ok(Builder::from_random_bytes(bytes).into_uuid())
}
