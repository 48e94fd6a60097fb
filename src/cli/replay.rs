//! `strowger replay`: from captured traffic to records, without a PBX.

use std::fs::File;
use std::io::{self, BufReader, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::{Exit, Failure, OrExit as _};
use super::users::tell_mistakes;
use super::{Around, message};
use crate::config::{Config, Pbx, Use};
use crate::daemon::settings;
use crate::directory::{Directory, PeopleFile};
use crate::pbx::capture::Reader;
use crate::record::CallRecord;
use crate::replay::{Counts, Replay};

/// What is read of a capture at once.
const BUFFER_BYTES: usize = 256 * 1024;

/// Turn captured traffic into call records, without a PBX
///
/// Prints the records as JSON Lines on standard output, in the order in which the calls ended, and nothing else. Sends nothing and
/// stores nothing. Time is the capture's own: the same capture gives the same records, byte for byte. Several captures of one
/// PBX are taken as following each other. People come from the people file of the configuration, as if it had always held.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Captures are written by `strowger capture`, or by `strowger run` with [pbx.capture]: JSON Lines that people can read.

Examples:
  strowger replay monday.jsonl                                   with ./strowger.toml
  strowger replay --config site.toml --pbx hq hq.1.jsonl hq.jsonl
  strowger replay monday.jsonl | jq 'select(.outcome == \"abandoned\")'")]
pub(super) struct ReplayCaptures {
    /// PBX whose traffic this is [default: the only one of the configuration]
    #[arg(long, value_name = "NAME")]
    pbx: Option<String>,
    /// Captures, in the order of time
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
}

impl ReplayCaptures {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let config = around.config(Use::Replay)?;
        let pbx = super::choose_pbx(&config, self.pbx.as_deref())?;
        let directory = Arc::new(people(&config, pbx)?);
        // Every file is opened before the first is read, so that a wrong name is told at once.
        let opened = self.captures.iter().map(|path| open(path)).collect::<Result<Vec<_>, Failure>>()?;
        let progress = progress(&opened);
        let mut replay = Replay::new(settings::passive(pbx), settings::naming(&config, pbx), directory);
        let mut out = Records { out: io::BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock()), failure: None };
        for (path, file, _) in opened {
            let mut reader = Reader::new(path.display().to_string(), BufReader::with_capacity(BUFFER_BYTES, progress.wrap_read(file)));
            for entry in &mut reader {
                let (at, entry) = entry.or_exit(Exit::Data)?;
                replay.entry(at, entry, &mut |record| out.write(&record));
                out.check()?;
            }
            if let Some(warning) = reader.warning() {
                progress.suspend(|| message::warning(&warning.to_string()));
            }
        }
        let (counts, faults) = replay.finish(&mut |record| out.write(&record));
        out.check()?;
        out.out.flush()?;
        progress.finish_and_clear();
        for fault in faults {
            message::warning(&format!("here a live session would have given the connection up: {fault}"));
        }
        tell(&counts);
        Ok(())
    }
}

/// Where records go; a failure is kept for when it can be told.
struct Records<W> {
    out: W,
    failure: Option<io::Error>,
}

impl<W: Write> Records<W> {
    fn write(&mut self, record: &CallRecord) {
        if self.failure.is_none() {
            let written = serde_json::to_writer(&mut self.out, record).map_err(io::Error::from);
            self.failure = written.and_then(|()| self.out.write_all(b"\n")).err();
        }
    }

    fn check(&mut self) -> Result<(), io::Error> {
        self.failure.take().map_or(Ok(()), Err)
    }
}

/// The people of the configuration's file, as if it had always held.
pub(super) fn people(config: &Config, pbx: &Pbx) -> Result<Directory, Failure> {
    let people = match config.people_file() {
        None => Directory::default(),
        Some(file) => Directory::from_people(&PeopleFile::read(file).map_err(|error| {
            tell_mistakes(file, &error);
            Failure::told(Exit::Data)
        })?),
    };
    Ok(people.with_dee(settings::dee(pbx)))
}

fn open(path: &Path) -> Result<(PathBuf, Box<dyn Read>, u64), Failure> {
    if path == Path::new("-") {
        return Ok((PathBuf::from("standard input"), Box::new(io::stdin().lock()), 0));
    }
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (bytes, file) = opened
        .map_err(|error| Failure::new(Exit::Data, anyhow::Error::new(error).context(format!("cannot read capture {}", path.display()))))?;
    Ok((path.to_owned(), Box::new(file), bytes))
}

/// On standard error if people look at it, else nowhere.
fn progress(captures: &[(PathBuf, Box<dyn Read>, u64)]) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(captures.iter().map(|(_, _, bytes)| bytes).sum()), ProgressDrawTarget::stderr_with_hz(10));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn tell(counts: &Counts) {
    let Counts { bytes, events, records, malformed, stray, faults: _ } = counts;
    message::plain(&format!("{records} records of {events} events in {bytes} bytes; {malformed} could not be read, {stray} stray"));
}
