//! `strowger spool`: is what waits sound, and for whom does it wait; out of one state directory, into another.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::{Exit, Failure, OrExit as _};
use super::show::{Times, harmless};
use super::{Around, message};
use crate::config::Use;
use crate::daemon::clock::wall;
use crate::spool::outbox::SinkState;
use crate::spool::transfer::{self, Exported, How, Imported, TransferError};
use crate::spool::{Inspection, Renumbered, inspect, renumber};

/// Check what waits for the sinks, carry it from one state directory to another, put a backup back
#[derive(Args, Debug)]
pub(super) struct Spool {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Check(Check),
    Export(Export),
    Import(Import),
    Renumber(Renumber),
}

/// Read the whole database, say whether it is sound and what waits for whom
///
/// Changes nothing and may run beside the daemon. Ends with 0 if everything is sound, with 73 if not.
#[derive(Args, Debug)]
struct Check {}

/// Write what is not delivered yet, the journal, legal holds and receipts of erasures, as JSON Lines
///
/// Also what sinks refused, and what was asked for once more. Changes nothing and may run beside the daemon. Reads around damage: what
/// it cannot read, and what does not come along, is named, and it ends with 73.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger spool export spool.jsonl                                 to another machine, or away from a damaged file
  strowger spool export | jq 'select(.entry).entry.record.id'       what waits
  strowger spool export --calls all.jsonl                           every call that is stored as well")]
struct Export {
    /// Where to: a file that is not there yet [default: standard output]
    file: Option<PathBuf>,
    /// Every call that is stored as well, delivered or not
    #[arg(long)]
    calls: bool,
}

/// Take in what `strowger spool export` wrote
///
/// The daemon must not run. All of it is taken in, or nothing; a second time changes nothing. An empty state directory goes on
/// where the other one was, so the other one must not be used any more.
#[derive(Args, Debug)]
struct Import {
    /// What `strowger spool export` wrote
    file: PathBuf,
}

/// Number under another name, after a backup of the database was put back
///
/// The daemon must not run, and should not have run on the backup. The numbers that it would give were given before: under another name
/// whoever counts them knows new ones from repeated ones. What the backup has, delivered or waiting, keeps its numbers and message ids.
#[derive(Args, Debug)]
#[command(after_long_help = "The whole procedure: docs/durability.md, \"Putting a backup back\".")]
struct Renumber {}

impl Spool {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let config = around.config(Use::Store)?;
        let directory = config.state_directory();
        match &self.command {
            Command::Check(Check {}) => check(directory),
            Command::Export(export) => export.run(directory),
            Command::Import(import) => import.run(directory),
            Command::Renumber(Renumber {}) => renumber_file(directory),
        }
    }
}

fn check(directory: &Path) -> Result<(), Failure> {
    let waiting = bar("{spinner} reading the database, {elapsed}");
    waiting.enable_steady_tick(Duration::from_millis(100));
    let inspected = inspect(directory);
    waiting.finish_and_clear();
    let inspection = inspected.or_exit(Exit::State)?;
    show(&inspection, &mut io::stdout().lock())?;
    for finding in &inspection.findings {
        message::error(&harmless(finding));
    }
    if inspection.findings.is_empty() {
        message::good(&format!("{} is sound", inspection.path.display()));
        return Ok(());
    }
    message::plain("stop strowger, run `strowger spool export`, move the file away, and import into a new one (docs/durability.md)");
    Err(Failure::told(Exit::State))
}

fn renumber_file(directory: &Path) -> Result<(), Failure> {
    let Renumbered { path, before, after, newest, waiting } = renumber(directory).or_exit(Exit::State)?;
    message::good(&format!("{}: the next number is {} of source {after}", path.display(), newest + 1));
    message::plain(&format!("numbers up to {newest} stay those of {before}, also the {waiting} entries that some sink may lack"));
    Ok(())
}

fn show(inspection: &Inspection, out: &mut dyn Write) -> io::Result<()> {
    let times = Times::local();
    writeln!(out, "database  {}, {}", inspection.path.display(), size(inspection.bytes))?;
    if let Some(source) = &inspection.source {
        writeln!(out, "source    {source}")?;
    }
    if let Some(overview) = &inspection.overview {
        let oldest = overview.oldest_at.map_or_else(String::new, |oldest| format!(", the oldest since {}", times.moment(oldest)));
        let (rows, bytes, newest) = (overview.rows, size(overview.bytes), overview.newest);
        writeln!(out, "outbox    {rows} entries, {bytes}{oldest}; newest number {newest}")?;
        for sink in &overview.sinks {
            writeln!(out, "sink      {}", sink_line(sink, &times))?;
        }
    }
    for journal in &inspection.journals {
        let alive = journal.last_alive.map_or_else(String::new, |at| format!("; last in sight {}", times.moment(at)));
        let (name, checkpoint, events) = (harmless(&journal.pbx), size(journal.checkpoint_bytes), journal.events);
        writeln!(out, "PBX       {name}: checkpoint of {checkpoint}, {events} events since{alive}")?;
    }
    Ok(())
}

fn sink_line(sink: &SinkState, times: &Times) -> String {
    let name = harmless(&sink.name);
    if !sink.active {
        return format!("{name}: not configured any more, has everything up to {}; {} in quarantine", sink.cursor, sink.quarantined);
    }
    let oldest = sink.depth.oldest_at.map_or_else(String::new, |oldest| format!(", the oldest since {}", times.moment(oldest)));
    let history = if sink.depth.history > 0 { format!(" and about {} earlier calls", sink.depth.history) } else { String::new() };
    format!("{name}: lacks {} entries{oldest}{history}; {} in quarantine", sink.depth.rows, sink.quarantined)
}

/// `12.3 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    let unit = (1..=UNITS.len()).rev().find(|power| bytes >> (10 * power) > 0);
    unit.map_or_else(
        || format!("{bytes} bytes"),
        |power| {
            let tenths = (bytes >> (10 * (power - 1))) * 10 / 1024;
            format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[power - 1])
        },
    )
}

impl Export {
    fn run(&self, directory: &Path) -> Result<(), Failure> {
        let bar = bar("{bar:30} {pos} of {len} rows, {eta} left");
        let mut told = |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let exported = match &self.file {
            None => {
                transfer::export(directory, self.calls, wall(), &mut BufWriter::new(io::stdout().lock()), &mut told).map_err(failure)?
            }
            Some(file) => to_file(file, |out| transfer::export(directory, self.calls, wall(), out, &mut told))?,
        };
        bar.finish_and_clear();
        let Exported { entries, calls, quarantined, replays, events, pbxs, privacy, damage } = &exported;
        for what in damage {
            message::error(what);
        }
        message::plain(&format!(
            "{entries} entries that some sink lacks, {quarantined} in quarantine, {calls} other calls, {replays} asked for once more, \
             {events} events of {pbxs} PBXs, {privacy} legal holds and receipts of erasures exported"
        ));
        if damage.is_empty() { Ok(()) } else { Err(Failure::told(Exit::State)) }
    }
}

/// The file is whole and on disk, or not there.
fn to_file(file: &Path, write: impl FnOnce(&mut dyn Write) -> Result<Exported, TransferError>) -> Result<Exported, Failure> {
    let to_do = || format!("{} cannot be made; it must not be there yet", file.display());
    let opened = File::options().write(true).create_new(true).mode(0o640).open(file).with_context(to_do).or_exit(Exit::Failed)?;
    let mut out = BufWriter::new(&opened);
    let written = write(&mut out).map_err(failure).and_then(|exported| {
        drop(out);
        opened.sync_all().with_context(|| format!("{} cannot be written", file.display())).or_exit(Exit::Failed)?;
        Ok(exported)
    });
    if written.is_err() {
        // A part of it would only mislead.
        fs::remove_file(file).ok();
    }
    written
}

impl Import {
    fn run(&self, directory: &Path) -> Result<(), Failure> {
        let bar = bar("{bar:30} {bytes} of {total_bytes}, {eta} left");
        let mut told = |done, of| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let imported = transfer::import(directory, &self.file, wall(), &mut told).map_err(failure);
        bar.finish_and_clear();
        let Imported { how, records, entries, sinks, journals, journals_left, privacy, replays, replays_left, missing } = imported?;
        let what = match how {
            How::NothingNew => {
                message::good("everything was there already; nothing was changed");
                return Ok(());
            }
            How::GoesOn => "goes on where the other one was, which must not be used any more",
            How::Merged => "has what it lacked, under numbers of its own",
        };
        message::good(&format!("{} {what}", directory.display()));
        message::plain(&format!(
            "{records} records, {entries} entries for sinks, {sinks} sinks, {replays} calls asked for once more, {journals} journals, {privacy} legal \
             holds and receipts taken in"
        ));
        if journals_left > 0 {
            message::warning(&format!("{journals_left} journals were left: those PBXs have one here already"));
        }
        if replays_left > 0 {
            message::warning(&format!(
                "{replays_left} calls that were asked for once more were left: ask here with `strowger sinks replay`"
            ));
        }
        if missing > 0 {
            message::warning(&format!("{missing} entries could not be read when it was exported, and are not here"));
        }
        Ok(())
    }
}

fn failure(error: TransferError) -> Failure {
    let exit = match &error {
        TransferError::Store(_) => Exit::State,
        TransferError::Write(_) => Exit::Failed,
        TransferError::Read { .. } | TransferError::Line { .. } | TransferError::Cut { .. } | TransferError::Newer { .. } => Exit::Data,
    };
    Failure::new(exit, error)
}

/// On standard error if people look at it, else nowhere.
fn bar(template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size(1023), "1023 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(12_900_000), "12.3 MiB");
        assert_eq!(size(4 << 30), "4.0 GiB");
    }
}
