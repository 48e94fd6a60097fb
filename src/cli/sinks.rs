//! `strowger sinks`: how destinations stand, and what can be done for them by hand.
//!
//! All of it goes through tables of the database, which a running daemon looks at every second.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::exit::{Exit, Failure, OrExit as _};
use super::show::{Times, harmless};
use super::{Around, message, moment};
use crate::config::{Use, closest};
use crate::sink::{Again, Desk, State, Status};
use crate::spool::outbox::{Body, Outbox, Place, Quarantined, SinkState};
use crate::telephony::Time;

/// So much is read from the outbox or the quarantine at once.
const PAGE: usize = 500;

/// So much of the quarantine is listed if nothing else is said.
const LIMIT: u32 = 500;

/// Show how sinks stand; retry, replay, skip
///
/// A running daemon does what is asked within a second; else the next one does it when it starts.
#[derive(Args, Debug)]
pub(super) struct Sinks {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    List(List),
    #[command(subcommand)]
    Quarantine(Quarantine),
    Replay(Replay),
    Enable(Enable),
    Disable(Disable),
    Skip(Skip),
    Forget(Forget),
}

/// List all sinks: state, what waits, the oldest of it, the last error, quarantine
#[derive(Args, Debug)]
struct List {
    /// As one JSON object for each
    #[arg(long)]
    json: bool,
}

/// What sinks refused for good
#[derive(Subcommand, Debug)]
enum Quarantine {
    /// List what is in quarantine, and why, the oldest first
    List {
        /// Of this sink only
        sink: Option<String>,
        /// No more than that
        #[arg(long, value_name = "N", default_value_t = LIMIT, value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Show one message as it would be delivered
    Show {
        /// The sink
        sink: String,
        /// Message id, as `list` shows it
        message: String,
    },
    /// Try again: one message, or all of the sink
    Retry {
        /// The sink
        sink: String,
        /// Message id; all without it
        message: Option<String>,
    },
    /// Give up: one message, or all of the sink; the calls stay in the history
    Drop {
        /// The sink
        sink: String,
        /// Message id
        #[arg(required_unless_present = "all")]
        message: Option<String>,
        /// All of the sink
        #[arg(long, conflicts_with = "message")]
        all: bool,
    },
}

/// Deliver calls once more, to this sink only
///
/// They come with their usual message ids, so a receiver that remembers them takes them for what they are. Calls of the history
/// only: gaps are not delivered again.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger sinks replay crm --since 2026-11-20 --until 2026-11-22
  strowger sinks replay crm --call 5f1c09a2b3")]
struct Replay {
    /// The sink
    sink: String,
    /// Calls that began then or later
    #[arg(long, value_name = "MOMENT", required_unless_present = "call")]
    since: Option<String>,
    /// Calls that began before
    #[arg(long, value_name = "MOMENT", default_value = "now")]
    until: String,
    /// The call of this id, or its beginning
    #[arg(long, value_name = "ID", conflicts_with = "since")]
    call: Option<String>,
}

/// Deliver again to a sink that is disabled, and try one that fails at once
#[derive(Args, Debug)]
struct Enable {
    /// The sink
    sink: String,
}

/// Deliver nothing to a sink until it is enabled; what is for it waits
#[derive(Args, Debug)]
struct Disable {
    /// The sink
    sink: String,
}

/// Pass over what waits for a sink, for good; the calls stay in the history
#[derive(Args, Debug)]
struct Skip {
    /// The sink
    sink: String,
    /// So many messages, from the oldest
    #[arg(long, value_name = "COUNT", required_unless_present = "all")]
    next: Option<usize>,
    /// All that waits now
    #[arg(long, conflicts_with = "next")]
    all: bool,
}

/// Forget a sink that is no longer configured: its place, and what is in its quarantine
#[derive(Args, Debug)]
struct Forget {
    /// The sink
    sink: String,
}

/// Where all of this is.
struct Tables {
    outbox: Outbox,
    desk: Desk,
    sinks: Vec<SinkState>,
}

impl Tables {
    fn open(around: &Around) -> Result<Self, Failure> {
        let config = around.config(Use::Store)?;
        let outbox = Outbox::open_existing(config.state_directory()).or_exit(Exit::State)?;
        let desk = Desk::open(config.state_directory()).or_exit(Exit::State)?;
        let sinks = outbox.overview().or_exit(Exit::State)?.sinks;
        Ok(Self { outbox, desk, sinks })
    }

    /// The sink of that name, which must be known.
    fn sink(&self, name: &str) -> Result<&SinkState, Failure> {
        self.sinks.iter().find(|sink| sink.name == name).ok_or_else(|| {
            let names = self.sinks.iter().map(|sink| sink.name.as_str());
            let hint = closest(name, names).map_or_else(String::new, |near| format!("; did you mean {near:?}?"));
            let to_do = "a sink is known once a daemon has run with it in its configuration";
            Failure::new(Exit::Failed, anyhow::anyhow!("no sink is called {name:?}{hint} ({to_do})"))
        })
    }
}

impl Sinks {
    pub(super) fn run(&self, around: &Around) -> Result<(), Failure> {
        let tables = Tables::open(around)?;
        match &self.command {
            Command::List(list) => list.run(&tables),
            Command::Quarantine(quarantine) => quarantine.run(&tables),
            Command::Replay(replay) => replay.run(&tables),
            Command::Enable(Enable { sink }) => {
                tables.desk.enable(&tables.sink(sink)?.name).or_exit(Exit::State)?;
                message::good(&format!("{sink} is tried now"));
                Ok(())
            }
            Command::Disable(Disable { sink }) => {
                tables.desk.disable(&tables.sink(sink)?.name, "disabled by hand").or_exit(Exit::State)?;
                message::good(&format!("{sink} is disabled; what is for it waits until `strowger sinks enable {sink}`"));
                Ok(())
            }
            Command::Skip(skip) => skip.run(&tables),
            Command::Forget(forget) => forget.run(&tables),
        }
    }
}

impl List {
    fn run(&self, tables: &Tables) -> Result<(), Failure> {
        if tables.sinks.is_empty() && !self.json {
            message::plain("there are no sinks; `[[sinks]]` in the configuration makes some (docs/sinks.md)");
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        let times = Times::local();
        for sink in &tables.sinks {
            let status = tables.desk.status(&sink.name).or_exit(Exit::State)?;
            let replays = tables.desk.replays_left(&sink.name).or_exit(Exit::State)?;
            if self.json {
                writeln!(out, "{}", json(sink, status.as_ref(), replays))?;
            } else {
                tell(&mut out, sink, status.as_ref(), replays, &times)?;
            }
        }
        Ok(out.flush()?)
    }
}

fn state(sink: &SinkState, status: Option<&Status>) -> &'static str {
    if sink.active { status.map_or("not started yet", |status| status.state.name()) } else { "no longer configured" }
}

fn tell(out: &mut impl Write, sink: &SinkState, status: Option<&Status>, replays: u64, times: &Times) -> io::Result<()> {
    let kind = status.map_or("", |status| status.kind.as_str());
    writeln!(out, "{}  {kind}  {}", harmless(&sink.name), state(sink, status))?;
    let waiting = sink.depth.rows + sink.depth.history;
    let oldest = sink.depth.oldest_at.map_or_else(String::new, |at| format!(", the oldest since {}", times.moment(at)));
    writeln!(out, "  waiting     {waiting}{oldest}")?;
    if replays > 0 {
        writeln!(out, "  once more   {replays}")?;
    }
    writeln!(out, "  quarantine  {}", sink.quarantined)?;
    let Some(status) = status else { return Ok(()) };
    if let Some(at) = status.delivered_at {
        writeln!(out, "  delivered   last {}", times.moment(at))?;
    }
    if let Some((at, error)) = &status.last_error {
        writeln!(out, "  last error  {}: {}", times.moment(*at), harmless(error))?;
    }
    if let (State::Failing | State::QuarantineFull, Some(at)) = (status.state, status.next_try_at) {
        writeln!(out, "  next try    {}, after {} failures in a row", times.moment(at), status.failures)?;
    }
    Ok(())
}

fn json(sink: &SinkState, status: Option<&Status>, replays: u64) -> serde_json::Value {
    let shown = |time: Option<Time>| time.map(|time| time.to_string());
    let (error_at, error) = status.and_then(|status| status.last_error.clone()).unzip();
    serde_json::json!({
        "name": sink.name,
        "type": status.map(|status| &status.kind),
        "state": state(sink, status),
        "waiting": sink.depth.rows + sink.depth.history,
        "oldest_at": shown(sink.depth.oldest_at),
        "replays": replays,
        "quarantined": sink.quarantined,
        "cursor": sink.cursor,
        "delivered_at": shown(status.and_then(|status| status.delivered_at)),
        "last_error": error,
        "last_error_at": shown(error_at),
        "next_try_at": shown(status.and_then(|status| status.next_try_at)),
    })
}

impl Quarantine {
    fn run(&self, tables: &Tables) -> Result<(), Failure> {
        match self {
            Self::List { sink, limit } => list_quarantined(tables, sink.as_deref(), *limit),
            Self::Show { sink, message } => {
                let found = find(tables, sink, message)?;
                Ok(writeln!(io::stdout(), "{}", found.entry.json)?)
            }
            Self::Retry { sink, message } => {
                tables.sink(sink)?;
                let count = tables.outbox.ask_retry(sink, message.as_deref()).or_exit(Exit::State)?;
                if let (0, Some(message)) = (count, message) {
                    return Err(missing(sink, message));
                }
                message::good(&format!("{count} to be tried again"));
                Ok(())
            }
            Self::Drop { sink, message, .. } => {
                tables.sink(sink)?;
                let dropped = tables.outbox.give_up(sink, message.as_deref()).or_exit(Exit::State)?;
                if let (0, Some(message)) = (dropped, message) {
                    return Err(missing(sink, message));
                }
                message::good(&format!("{dropped} given up; the calls stay in the history"));
                Ok(())
            }
        }
    }
}

fn list_quarantined(tables: &Tables, sink: Option<&str>, limit: u32) -> Result<(), Failure> {
    if let Some(name) = sink {
        tables.sink(name)?;
    }
    let times = Times::local();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (mut left, mut last) = (usize::try_from(limit).unwrap_or(usize::MAX), None);
    while left > 0 {
        let page = tables.outbox.quarantined(sink, last, left.min(PAGE)).or_exit(Exit::State)?;
        let Some(end) = page.last() else { break };
        (left, last) = (left - page.len(), Some(end.number));
        for one in &page {
            let kind = if matches!(one.entry.body, Body::Record(_)) { "call" } else { "gap" };
            let again = if one.retry { " (to be tried again)" } else { "" };
            let (sink, message, reason) = (harmless(&one.sink), harmless(&one.entry.message_id), harmless(&one.reason));
            writeln!(out, "{sink}  {message}  {kind}  {}  {reason}{again}", times.moment(one.at))?;
        }
    }
    out.flush()?;
    if left == 0 && !tables.outbox.quarantined(sink, last, 1).or_exit(Exit::State)?.is_empty() {
        message::plain(&format!("only the oldest {limit} are shown; `--limit` shows more"));
    }
    Ok(())
}

fn find(tables: &Tables, sink: &str, message: &str) -> Result<Quarantined, Failure> {
    tables.sink(sink)?;
    let found = tables.outbox.quarantined_message(sink, message).or_exit(Exit::State)?;
    found.ok_or_else(|| missing(sink, message))
}

fn missing(sink: &str, message: &str) -> Failure {
    let what = format!("no message {message:?} is in the quarantine of {sink}; `strowger sinks quarantine list {sink}` shows what is");
    Failure::new(Exit::Failed, anyhow::anyhow!(what))
}

impl Replay {
    fn run(&self, tables: &Tables) -> Result<(), Failure> {
        if !tables.sink(&self.sink)?.active {
            let what = format!("{:?} is no longer configured; nothing is delivered to it", self.sink);
            return Err(Failure::new(Exit::Failed, anyhow::anyhow!(what)));
        }
        let (now, times) = (crate::daemon::clock::wall(), Times::local());
        let moment = |text: &str| moment::parse(text, now, times.zone()).map_err(|what| Failure::new(Exit::Usage, anyhow::anyhow!(what)));
        let which = match (&self.call, &self.since) {
            (Some(id), _) => Again::Id(id.to_lowercase()),
            (None, since) => Again::Begun(moment(since.as_deref().unwrap_or("now"))?, moment(&self.until)?),
        };
        let count = tables.desk.ask_again(&self.sink, &which).or_exit(Exit::State)?;
        if count == 0 && self.call.is_some() {
            return Err(Failure::new(Exit::Failed, anyhow::anyhow!("no call has that id, or it is asked for already")));
        }
        message::good(&format!("{count} calls to be delivered to {} once more", self.sink));
        Ok(())
    }
}

impl Skip {
    fn run(&self, tables: &Tables) -> Result<(), Failure> {
        let sink = tables.sink(&self.sink)?;
        let (upto, count) = if let Some(count) = self.next {
            let mut last = None;
            let mut left = count;
            while left > 0 {
                let page = tables.outbox.read(&sink.name, last, left.min(PAGE), usize::MAX).or_exit(Exit::State)?;
                let Some(entry) = page.last() else { break };
                left -= page.len();
                last = Some(entry.place);
            }
            (last, u64::try_from(count - left).unwrap_or(u64::MAX))
        } else {
            let newest = *tables.outbox.newest().borrow();
            (Some(Place::Sequence(newest)), sink.depth.rows + sink.depth.history)
        };
        if let Some(upto) = upto {
            tables.outbox.advance(&sink.name, upto).or_exit(Exit::State)?;
        }
        message::good(&format!(
            "{count} passed over for {}; `strowger sinks replay` delivers calls of the history all the same",
            sink.name
        ));
        Ok(())
    }
}

impl Forget {
    fn run(&self, tables: &Tables) -> Result<(), Failure> {
        let sink = tables.sink(&self.sink)?;
        if sink.active {
            let what = format!("{:?} is configured: take it out of the configuration and reload first", sink.name);
            return Err(Failure::new(Exit::Failed, anyhow::anyhow!(what)));
        }
        tables.desk.forget(&sink.name).or_exit(Exit::State)?;
        message::good(&format!("{} is forgotten", sink.name));
        Ok(())
    }
}
