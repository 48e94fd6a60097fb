//! What goes wrong, in an order that is drawn: something is killed, cut off, slowed, made to swallow, or full, and mended after a while.
//! Several may be so at once, each once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use jiff::{SignedDuration, Timestamp};

use super::path::{Path, drawn};
use super::support::clock::{Deadline, now, wait_for};

/// How long a start or a mending may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// From a moment until it is on disk, on a busy machine.
const FORGOTTEN: SignedDuration = SignedDuration::from_secs(2);

/// What may be troubled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Part {
    Daemon,
    Hub,
    Nats,
    Postgres,
    /// The site's.
    Disk,
    /// To the telephone system.
    Link,
    /// One of [`Path::ways`].
    Way(usize),
}

/// While nothing could be seen of the telephone system, at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blind {
    pub(crate) from: Timestamp,
    pub(crate) until: Timestamp,
}

pub(crate) struct Storm {
    random: fastrand::Rng,
    /// Until when what is troubled.
    troubled: BTreeMap<Part, Deadline>,
    counts: BTreeMap<&'static str, u64>,
    /// Nothing of it is on disk since then: what is killed now forgets as much.
    unwritten_since: Option<Timestamp>,
    /// Out of sight since then, with as many connections to the telephone system as there were.
    blind_since: Option<(Timestamp, u64)>,
    blind: Vec<Blind>,
}

impl Storm {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: fastrand::Rng::with_seed(seed),
            troubled: BTreeMap::new(),
            counts: BTreeMap::new(),
            unwritten_since: None,
            blind_since: None,
            blind: Vec::new(),
        }
    }

    /// So many faults, one whenever so many more calls are over, at a drawn moment.
    pub(crate) fn rage(&mut self, path: &mut Path, faults: u64, calls_per_fault: u64) -> Result<()> {
        for number in 1..=faults {
            let calls = number * calls_per_fault;
            while path.simulated.calls_over()? < calls {
                self.watch(path)?;
            }
            // A slow machine makes up for what it lags behind.
            let moment = Deadline::after(drawn(&mut self.random, 0, 700));
            while !moment.is_over() && path.simulated.calls_over()? < calls + calls_per_fault {
                self.watch(path)?;
            }
            self.watch(path)?;
            self.strike(path)?;
            if number % 50 == 0 {
                writeln!(std::io::stderr(), "{number} faults, {calls} calls: {}", self.told())?;
            }
        }
        Ok(())
    }

    /// Mends what is troubled, and waits until all of it works.
    pub(crate) fn quieten(&mut self, path: &mut Path) -> Result<()> {
        for part in std::mem::take(&mut self.troubled).into_keys() {
            Self::mend(part, path)?;
        }
        wait_for("everything works again", PATIENCE, || {
            self.watch(path)?;
            Ok((self.blind_since.is_none() && self.unwritten_since.is_none() && path.is_ready()).then_some(()))
        })
        .with_context(|| path.daemon.log_end())?;
        path.nats.ready()?;
        path.postgres.ready()?;
        path.hub.ready()
    }

    pub(crate) fn blind(&self) -> Vec<Blind> {
        self.blind.clone()
    }

    /// How often what happened.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for (what, count) in &self.counts {
            write!(text, "{}{count} × {what}", if text.is_empty() { "" } else { ", " }).expect("text");
        }
        text
    }

    /// Mends what is due, and looks at what the programs do.
    fn watch(&mut self, path: &mut Path) -> Result<()> {
        let due: Vec<Part> = self.troubled.iter().filter(|(_, until)| until.is_over()).map(|(part, _)| *part).collect();
        for part in due {
            self.troubled.remove(&part);
            Self::mend(part, path)?;
        }
        let is_down = |part| self.troubled.contains_key(&part);
        if !is_down(Part::Hub)
            && let Some(status) = path.hub.has_ended()?
        {
            bail!("the hub ended by itself: {status}; {}", path.hub.log_end());
        }
        if !is_down(Part::Daemon) {
            if let Some(status) = path.daemon.has_ended()? {
                // It cannot begin on a disk that is full, says so and ends; whoever supervises it tries again.
                ensure!(self.unwritten_since.is_some(), "the daemon ended by itself: {status}; {}", path.daemon.log_end());
                *self.counts.entry("start refused on the full disk").or_default() += 1;
                self.troubled.insert(Part::Daemon, Deadline::after(Duration::from_millis(200)));
            }
            self.look(path);
        }
        sleep(Duration::from_millis(10));
        Ok(())
    }

    /// Whether it sees the telephone system again, and can write.
    fn look(&mut self, path: &Path) {
        let is_unsure = self.blind_since.is_some() || self.unwritten_since.is_some();
        let may_be_well = [Part::Daemon, Part::Disk, Part::Link].iter().all(|part| !self.troubled.contains_key(part));
        if !is_unsure || !may_be_well || self.blind_since.is_some_and(|(_, connections)| path.to_pbx.accepted() <= connections) {
            return;
        }
        if path.is_ready() {
            self.unwritten_since = None;
            if let Some((from, _)) = self.blind_since.take() {
                // That it sees again is not on disk at once: the next kill may forget it.
                let joined = self.blind.pop_if(|last| from.duration_since(last.until) < FORGOTTEN);
                self.blind.push(Blind { from: joined.map_or(from, |last| last.from), until: now() });
            }
        }
    }

    fn strike(&mut self, path: &mut Path) -> Result<()> {
        let part = loop {
            let part = match self.random.u8(0..100) {
                0..11 => Part::Daemon,
                11..28 => Part::Hub,
                28..44 => Part::Nats,
                44..59 => Part::Postgres,
                59..66 => Part::Disk,
                66..69 => Part::Link,
                _ => Part::Way(self.random.usize(0..path.ways.len())),
            };
            if !self.troubled.contains_key(&part) {
                break part;
            }
            self.watch(path)?;
        };
        let (name, longest_ms) = match part {
            Part::Daemon => {
                self.blind_now(path, self.unwritten_since);
                path.daemon.kill()?;
                if self.random.u8(0..4) == 0 {
                    // Killed again while it starts.
                    path.daemon.start()?;
                    sleep(drawn(&mut self.random, 0, 300));
                    path.daemon.kill()?;
                }
                ("daemon killed", 1_000)
            }
            Part::Hub => {
                path.hub.kill()?;
                ("hub killed", 3_000)
            }
            Part::Nats => {
                path.nats.kill()?;
                ("nats-server killed", 3_000)
            }
            Part::Postgres => {
                path.postgres.kill()?;
                ("PostgreSQL killed", 3_000)
            }
            Part::Disk => {
                self.unwritten_since.get_or_insert_with(now);
                path.disk.fill()?;
                ("disk full", 2_000)
            }
            Part::Link => {
                self.blind_now(path, None);
                path.to_pbx.cut();
                ("link to the telephone system cut", 1_000)
            }
            Part::Way(number) => {
                let way = &path.ways[number].1;
                match self.random.u8(0..5) {
                    0..2 => {
                        way.cut();
                        ("network cut", 3_000)
                    }
                    2..4 => {
                        way.slow(drawn(&mut self.random, 20, 400));
                        ("network slowed", 4_000)
                    }
                    _ => {
                        way.deafen();
                        ("network swallows", 4_000)
                    }
                }
            }
        };
        *self.counts.entry(name).or_default() += 1;
        let wait = drawn(&mut self.random, 20, longest_ms);
        self.troubled.insert(part, Deadline::after(wait));
        Ok(())
    }

    fn blind_now(&mut self, path: &Path, since: Option<Timestamp>) {
        let (from, connections) = (since.unwrap_or_else(now), path.to_pbx.accepted());
        let from = self.blind_since.map_or(from, |(earlier, _)| earlier.min(from));
        self.blind_since = Some((from, connections));
    }

    fn mend(part: Part, path: &mut Path) -> Result<()> {
        match part {
            Part::Daemon => path.daemon.start(),
            Part::Hub => path.hub.start(),
            Part::Nats => path.nats.start_again(),
            Part::Postgres => path.postgres.launch(),
            Part::Disk => path.disk.free(),
            Part::Link => {
                path.to_pbx.mend();
                Ok(())
            }
            Part::Way(number) => {
                path.ways[number].1.mend();
                Ok(())
            }
        }
    }
}
