//! `strowger retention`: what is due by `[retention]`, said or done now.

use std::io::{self, Write};
use std::thread;

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, OrExit as _};
use super::show::Times;
use super::{Around, message};
use crate::config::{Config, Use};
use crate::daemon::clock::wall;
use crate::privacy::Tally;
use crate::retention::is_far;
use crate::store::{Archive, Sweep};
use crate::telephony::Time;

/// Anonymise and delete what was kept long enough, or say what would be
#[derive(Args, Debug)]
pub(super) struct Retention {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Run(Run),
}

/// Do now what `[retention]` says; the daemon does it once a day by itself
///
/// Works in small transactions and may run beside the daemon: in the database of the state directory, and for this site on the
/// server of `[store]`. Broken off, it goes on the next time; a second time changes nothing more.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger retention run --dry-run    how many calls, of which time, would lose numbers and names, go, or stay by a legal hold
  strowger retention run              do it")]
struct Run {
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Retention {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let Command::Run(run) = &self.command;
        run.run(&around.config(Use::Store)?)
    }
}

impl Run {
    fn run(&self, config: &Config) -> Result<(), Failure> {
        let retention = config.retention();
        if retention.policy.is_off() {
            message::plain("[retention] has neither `anonymise_after_days` nor `delete_after_days`: calls are kept for ever");
            return Ok(());
        }
        let numbers = retention.numbers().map_err(|what| Failure::new(Exit::Config, anyhow::anyhow!(what)))?;
        let sweep = Sweep { policy: retention.policy, numbers, now: wall(), dry_run: self.dry_run, batch: retention.batch_calls };
        for archive in super::archives(config)? {
            let out = &mut io::stdout().lock();
            writeln!(out, "{}", archive.place())?;
            // Before it is done, for whoever dry-runs it or looks on.
            if let Some(last) = archive.last_sweep().or_exit(Exit::State)?.filter(|last| is_far(*last, sweep.now)) {
                show_clocks(last, sweep.now, out)?;
            }
            let tally = over(&archive, &sweep, || thread::sleep(retention.pause)).or_exit(Exit::State)?;
            self.show(&tally, out)?;
        }
        Ok(())
    }

    fn show(&self, tally: &Tally, out: &mut dyn Write) -> io::Result<()> {
        let [anonymised, deleted] = if self.dry_run { ["would anonymise", "would delete"] } else { ["anonymised", "deleted"] };
        writeln!(out, "  {anonymised:<15}  {}", tally.anonymised)?;
        writeln!(out, "  {deleted:<15}  {}", tally.deleted)?;
        writeln!(out, "  {:<15}  {}", "kept by a hold", tally.held)?;
        if tally.unreadable.calls > 0 {
            writeln!(out, "  {:<15}  {}", "cannot be read", tally.unreadable)?;
        }
        Ok(())
    }
}

/// A clock that is ahead deletes too much, and a person sees that at a glance.
fn show_clocks(last: Time, now: Time, out: &mut dyn Write) -> io::Result<()> {
    let (times, days) = (Times::local(), now.millis_since(last) / (24 * 3_600_000));
    writeln!(out, "  {:<15}  {}", "clock says", times.moment_and_zone(now))?;
    writeln!(out, "  {:<15}  {}, {days} days ago by this clock", "last run", times.moment_and_zone(last))
}

/// A whole run over one database.
fn over(archive: &Archive, sweep: &Sweep, pause: impl Fn()) -> Result<Tally, crate::store::StoreError> {
    let (mut tally, mut mark) = (Tally::default(), None);
    loop {
        let step = archive.sweep(sweep, mark)?;
        tally.plus(&step.tally);
        mark = step.next;
        if mark.is_none() {
            break;
        }
        if step.tally != Tally::default() && !sweep.dry_run {
            pause();
        }
    }
    if !sweep.dry_run {
        archive.swept(sweep, &tally)?;
    }
    Ok(tally)
}
