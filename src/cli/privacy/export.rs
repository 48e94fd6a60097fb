//! `strowger privacy export`: one person's data, for that person.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use anyhow::Context as _;
use aws_lc_rs::digest::{Context, SHA256};
use clap::Args;
use serde_json::{Value, json};

use super::{Found, line};
use crate::cli::exit::{Exit, Failure, OrExit as _};
use crate::cli::{archives, message};
use crate::config::Config;
use crate::daemon::clock::wall;
use crate::privacy::disclosed;
use crate::store::{Archive, Dossier};
use crate::telephony::Time;

/// Write everything that is kept of one person, as JSON Lines, for that person
///
/// The person's row, what the person holds and held, groups, and every call with a part credited to the person. Of others in these
/// calls no name is told, and of outside numbers that are not the person's own the last four digits are not (docs/privacy.md).
/// The SHA-256 of what was written is told at the end, for the receipt of a later erasure.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger privacy export --user noor@example.com noor.jsonl
  strowger privacy export --user 'Noor Haddad' | jq 'select(.call).call.started_at'")]
pub(super) struct Export {
    /// Name, email or id
    #[arg(long)]
    user: String,
    /// Where to: a file that is not there yet [default: standard output]
    file: Option<PathBuf>,
}

impl Export {
    pub(super) fn run(&self, config: &Config) -> Result<(), Failure> {
        let archives = archives(config)?;
        let found = Found::of(&archives, &self.user).or_exit(Exit::Failed)?;
        let Some(archive) = archives.last() else { return Ok(()) };
        let (calls, sha256) = match &self.file {
            None => write(archive, &found, &mut BufWriter::new(io::stdout().lock()))?,
            Some(path) => {
                let to_do = || format!("{} cannot be made; it must not be there yet", path.display());
                let opened =
                    File::options().write(true).create_new(true).mode(0o600).open(path).with_context(to_do).or_exit(Exit::Failed)?;
                let written = write(archive, &found, &mut BufWriter::new(&opened)).and_then(|written| {
                    opened.sync_all().with_context(|| format!("{} cannot be written", path.display())).or_exit(Exit::Failed)?;
                    Ok(written)
                });
                if written.is_err() {
                    // A part of it would only mislead.
                    std::fs::remove_file(path).ok();
                }
                written?
            }
        };
        message::good(&format!("{calls} calls; SHA-256 {sha256}"));
        Ok(())
    }
}

/// How many calls, and the digest of all that was written.
fn write(archive: &Archive, found: &Found, out: &mut dyn Write) -> Result<(u64, String), Failure> {
    let mut out = Hashing { out, context: Context::new(&SHA256) };
    line(
        &mut out,
        &json!({"strowger_privacy_export": {"format": 1, "version": env!("CARGO_PKG_VERSION"), "exported_at": wall().to_string()}}),
    )?;
    if let Some(dossier) = found.dossiers.first() {
        for row in rows(dossier) {
            line(&mut out, &row)?;
        }
    }
    let mut calls = 0;
    let mut show = |record: &crate::record::CallRecord| {
        calls += 1;
        line(&mut out, &json!({"call": disclosed(record, &found.person)}))
    };
    archive.calls_of(found.person.id, &mut show).or_exit(Exit::State)??;
    line(&mut out, &json!({"end": {"calls": calls}}))?;
    out.flush()?;
    let digest = out.context.finish();
    Ok((calls, digest.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))))
}

/// What is kept of the person beside calls.
fn rows(dossier: &Dossier) -> Vec<Value> {
    let from = |from: Time| (from > Time::MIN).then(|| from.to_string());
    let until = |until: Option<Time>| until.map(|until| until.to_string());
    let user = &dossier.user;
    let person = json!({"person": {"id": user.id, "name": user.name, "email": user.email, "names_in_calls": dossier.person.names,
        "is_in_people_file": dossier.is_present, "is_under_legal_hold": dossier.is_held}});
    let held = dossier.associations.iter().map(|held| {
        let (kind, number) = (held.assignable.kind(), held.assignable.number());
        json!({"association": {"kind": kind, "number": number, "primary": held.primary, "from": from(held.from), "until": until(held.until)}})
    });
    let groups = dossier
        .memberships
        .iter()
        .map(|held| json!({"group": {"name": held.group.name, "from": from(held.from), "until": until(held.until)}}));
    let primary = dossier
        .primary_groups
        .iter()
        .map(|held| json!({"primary_group": {"name": held.group.name, "from": from(held.from), "until": until(held.until)}}));
    let own: Vec<&str> = dossier.associations.iter().map(|held| held.assignable.number()).collect();
    let along = dossier.person.numbers.iter().filter(|number| !own.contains(&number.as_str()));
    let along = along.map(|number| json!({"rings_along": {"number": number}}));
    [person].into_iter().chain(held).chain(groups).chain(primary).chain(along).collect()
}

/// Whatever goes through is in the digest.
struct Hashing<'a> {
    out: &'a mut dyn Write,
    context: Context,
}

impl Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.context.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
