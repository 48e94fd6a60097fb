//! What the demo shows: finished calls that scroll by, and on a terminal the open calls below them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::words;
use crate::cli::show::Times;
use crate::daemon::LiveCall;
use crate::record::{CallOutcome, CallRecord};
use crate::telephony::Time;

/// Lines for open calls on a terminal.
const LIVE_LINES: usize = 8;
/// Redraws of them each second.
const HZ: u8 = 8;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// By PBX, newest first.
pub(super) type Live = BTreeMap<Arc<str>, Vec<LiveCall>>;

/// Standard output, as it is.
pub(super) struct Screen {
    times: Times,
    face: Face,
    finished: u64,
    credited: u64,
}

enum Face {
    /// A terminal: the open calls stand at the bottom.
    Terminal(Board),
    /// A file or another program: a line when a call begins, is answered, ends.
    Stream(Told),
}

struct Board {
    all: MultiProgress,
    head: ProgressBar,
    lines: Vec<ProgressBar>,
}

/// What was told of the open calls.
#[derive(Default)]
struct Told {
    begun: BTreeSet<Uuid>,
    answered: BTreeSet<Uuid>,
}

impl Screen {
    pub(super) fn of_process() -> Self {
        let is_terminal = io::stdout().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let face = if is_terminal { Face::Terminal(Board::new()) } else { Face::Stream(Told::default()) };
        Self { times: Times::local(), face, finished: 0, credited: 0 }
    }

    /// A line that scrolls by. An error: nobody reads any more.
    pub(super) fn say(&self, line: &str) -> io::Result<()> {
        match &self.face {
            Face::Terminal(board) => board.all.println(line),
            Face::Stream(_) => {
                let mut out = anstream::stdout().lock();
                writeln!(out, "{line}").and_then(|()| out.flush())
            }
        }
    }

    /// A call is over and on disk.
    pub(super) fn ended(&mut self, record: &CallRecord) -> io::Result<()> {
        self.finished += 1;
        self.credited += u64::from(record.segments.iter().any(|segment| segment.user.is_some()));
        let words::Finished { call, people } = words::finished(record, &self.times.clock(record.ended_at));
        let style = match record.outcome {
            CallOutcome::Answered => AnsiColor::Green.on_default(),
            CallOutcome::Abandoned | CallOutcome::NoAnswer => AnsiColor::Yellow.on_default(),
            CallOutcome::Busy | CallOutcome::Rejected | CallOutcome::Failed | CallOutcome::LinkLost => AnsiColor::Red.on_default(),
        };
        self.say(&format!("{style}{call}{style:#}"))?;
        people.iter().try_for_each(|person| self.say(&format!("              {person}")))
    }

    /// The open calls, as they are now.
    pub(super) fn live(&mut self, live: &Live, now: Time) -> io::Result<()> {
        let calls: Vec<&LiveCall> = live.values().flatten().collect();
        match &mut self.face {
            Face::Terminal(board) => {
                let counts = format!("{} calls now, {} finished, {} of them credited", calls.len(), self.finished, self.credited);
                board.show(&counts, &calls, now);
                Ok(())
            }
            Face::Stream(told) => {
                let lines = told.news(&calls, &self.times, now);
                lines.iter().try_for_each(|line| self.say(line))
            }
        }
    }

    /// Takes the open calls off the screen; what scrolled by stays.
    pub(super) fn end(&mut self) {
        if let Face::Terminal(board) = &self.face {
            board.lines.iter().chain([&board.head]).for_each(ProgressBar::finish_and_clear);
            board.all.clear().ok();
        }
        self.face = Face::Stream(Told::default());
    }

    /// How many calls ended, and how many of them are credited to somebody.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.finished, self.credited)
    }
}

impl Board {
    fn new() -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stdout_with_hz(HZ));
        let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let line = || all.add(ProgressBar::new_spinner().with_style(style.clone()));
        let head = line();
        let lines = (0..LIVE_LINES).map(|_| line()).collect();
        Self { all, head, lines }
    }

    fn show(&self, counts: &str, calls: &[&LiveCall], now: Time) {
        self.head.set_message(format!("{BOLD}─── {counts}; Ctrl-C ends it{BOLD:#}"));
        // The oldest of those that fit stay where they are: a new call comes at the end.
        let shown: Vec<&&LiveCall> = calls.iter().take(self.lines.len()).rev().collect();
        for (index, line) in self.lines.iter().enumerate() {
            line.set_message(shown.get(index).map_or_else(String::new, |call| words::live(call, now)));
        }
    }
}

impl Told {
    fn news(&mut self, calls: &[&LiveCall], times: &Times, now: Time) -> Vec<String> {
        let mut lines = Vec::new();
        let clock = times.clock(now);
        for call in calls.iter().rev() {
            let answered = words::answered(call).filter(|_| self.answered.insert(call.id));
            let begins = self.begun.insert(call.id);
            if begins || answered.is_some() {
                lines.push(format!("{DIM}{clock}  {}{DIM:#}", words::live(call, now)));
            }
        }
        // Only what is open is remembered.
        let open: BTreeSet<Uuid> = calls.iter().map(|call| call.id).collect();
        self.begun.retain(|id| open.contains(id));
        self.answered.retain(|id| open.contains(id));
        lines
    }
}
