//! The catalogue of facts worth knowing: each is one method that writes one log line and moves the metrics that go with it.

use std::path::Path;
use std::time::Duration;

use tracing::{debug, error, info, warn};
use uuid::Uuid;

use super::mask::Mask;
use super::metrics::{CallMetrics, LinkMetrics, SiteMetrics, state_name, word};
use crate::pbx::session::{Notice, Status};
use crate::record::{CallRecord, PartyInfo, Rule, Segment};
use crate::spool::outbox::Registered;
use crate::store::ImportReport;

/// How much of what could not be read is shown.
const SHOWN_BYTES_MAX: usize = 160;

/// How often it is shown on one connection: a peer that sends nothing else shall not fill the log.
const MALFORMED_SHOWN_MAX: u32 = 10;

/// Facts about the link to one PBX.
#[derive(Debug)]
pub struct LinkFacts {
    pbx: String,
    mask: Mask,
    metrics: LinkMetrics,
    status: Status,
    malformed: u32,
}

impl LinkFacts {
    /// For the PBX of this name.
    pub fn new(pbx: &str, mask: Mask) -> Self {
        Self { pbx: pbx.to_owned(), mask, metrics: LinkMetrics::new(pbx), status: Status::Down, malformed: 0 }
    }

    /// A connection is open. The link itself tells where to.
    pub fn connected(&mut self) {
        self.malformed = 0;
        self.metrics.connected();
    }

    /// There is no connection. The link itself tells why, and when it tries again.
    pub fn disconnected(&self, kind: &'static str) {
        self.metrics.disconnected(kind);
    }

    /// The session stands somewhere else now.
    pub fn status(&mut self, now: Status) {
        let before = std::mem::replace(&mut self.status, now);
        if before == now {
            return;
        }
        self.metrics.status(now);
        match now {
            Status::InStep => {
                self.metrics.resynced();
                info!(pbx = self.pbx, state = state_name(now), "in step with the PBX");
            }
            Status::Down | Status::LoggingIn | Status::Resynchronising => debug!(pbx = self.pbx, state = state_name(now), "link"),
        }
    }

    /// Something for the log and the counters.
    pub fn notice(&mut self, notice: &Notice) {
        match notice {
            Notice::Message { kind } => self.metrics.message(kind),
            Notice::Malformed { what, bytes } => {
                self.metrics.malformed();
                self.malformed = self.malformed.saturating_add(1);
                if self.malformed > MALFORMED_SHOWN_MAX {
                    return;
                }
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN_BYTES_MAX)]);
                let shown = self.mask.text(&shown).escape_debug().to_string();
                let more = if self.malformed == MALFORMED_SHOWN_MAX { "; more on this connection is only counted" } else { "" };
                warn!(pbx = self.pbx, error = what, bytes = shown, "skipped what could not be read{more}");
            }
            Notice::Degraded(what) | Notice::Denied(what) => {
                self.metrics.degraded();
                warn!(pbx = self.pbx, "{}", self.mask.text(what));
            }
            Notice::Info(what) => info!(pbx = self.pbx, "{}", self.mask.text(what)),
        }
    }
}

/// Facts about the calls of one PBX.
#[derive(Debug)]
pub struct CallFacts {
    pbx: String,
    mask: Mask,
    metrics: CallMetrics,
}

impl CallFacts {
    /// For the PBX of this name.
    pub fn new(pbx: &str, mask: Mask) -> Self {
        Self { pbx: pbx.to_owned(), mask, metrics: CallMetrics::new(pbx) }
    }

    /// So many calls are under way, or ended and not on disk yet.
    pub fn calls_open(&self, calls: usize) {
        self.metrics.calls_open(calls);
    }

    /// So many agents are logged on.
    pub fn agents_logged_on(&self, agents: usize) {
        self.metrics.agents_logged_on(agents);
    }

    /// A call began.
    pub fn began(&self, call: Uuid, switch_call: &str) {
        debug!(pbx = self.pbx, %call, switch_call, "call began");
    }

    /// An event named a connection that is not known (any more).
    pub fn stray(&self) {
        self.metrics.stray();
    }

    /// So many calls were open that the oldest was closed.
    pub fn overflowed(&self) {
        self.metrics.overflowed();
        error!(pbx = self.pbx, "more calls are open than can be remembered; the oldest was closed as lost");
    }

    /// A call ended, and its record is on disk. `durable_after`: since its end was seen; `None` for what was recovered.
    pub fn ended(&self, record: &CallRecord, durable_after: Option<Duration>) {
        self.metrics.ended(record, durable_after);
        info!(
            pbx = self.pbx,
            call = %record.id,
            direction = word(&record.direction),
            caller = %self.mask.text(&party(&record.caller)),
            dialled = %self.mask.text(&party(&record.dialled)),
            outcome = word(&record.outcome),
            duration_s = seconds(record.ended_at.millis_since(record.started_at)),
            answered_after_s = record.answered_at.map(|at| seconds(at.millis_since(record.started_at))),
            credited = %self.mask.text(&credits(record)),
            uncertain = record.start_uncertain || record.end_uncertain || !record.gaps.is_empty(),
            "call ended"
        );
    }

    /// An agent logged on.
    pub fn agent_logged_on(&self, agent: &str, device: &str) {
        info!(pbx = self.pbx, agent, device, "agent logged on");
    }

    /// An agent's login ended; `how`: `logged_off`, `superseded`, `lost`.
    pub fn agent_logged_off(&self, agent: &str, device: &str, how: &'static str) {
        info!(pbx = self.pbx, agent, device, how, "agent logged off");
    }

    /// The PBX said which devices ring with some main extensions.
    pub fn dee_reported(&self, mains: usize, begun: usize, ended: usize) {
        if begun + ended > 0 {
            info!(pbx = self.pbx, mains, begun, ended, "the PBX says which devices ring together; earlier calls stay where they are");
        } else {
            debug!(pbx = self.pbx, mains, "the PBX says as before which devices ring together");
        }
    }

    /// What the PBX said of the members of main extensions cannot be stored.
    pub fn dee_not_stored(&self, mains: usize, error: &str) {
        error!(pbx = self.pbx, mains, error, "which devices ring together is not stored; it holds as before until the PBX is asked again");
    }

    /// A device is a DEE member of two mains.
    pub fn dee_conflict(&self, device: &str, mains: &str) {
        warn!(pbx = self.pbx, device = %self.mask.text(device), mains, "DEE conflict: its calls are credited to nobody until one main lets it go");
    }
}

/// Facts about the site: the life of the process, the spool, the people.
#[derive(Debug, Default)]
pub struct SiteFacts {
    metrics: SiteMetrics,
}

impl SiteFacts {
    /// With all values from 0.
    pub fn new() -> Self {
        Self::default()
    }

    /// Something was made durable.
    pub fn committed(&self, queued: usize, journal_events: u64, took: Duration) {
        self.metrics.committed(queued, journal_events, took);
    }

    /// So much waits for the sinks; `used`: of what may wait.
    pub fn outbox(&self, entries: u64, bytes: u64, oldest_age: Duration, used: f64) {
        self.metrics.outbox(entries, bytes, oldest_age, used);
    }

    /// So much waits for the sinks that soon nothing more is taken.
    pub fn outbox_nearly_full(&self, entries: u64, bytes: u64, percent: u64, waits_for: &str) {
        warn!(entries, bytes, percent, waits_for, "the outbox fills; at 100 % reading from the PBX pauses until the sinks take something");
    }

    /// There is room again.
    pub fn outbox_has_room(&self, percent: u64) {
        info!(percent, "the outbox has room again");
    }

    /// Everything is built and runs.
    pub fn started(&self, site: &str, pbxs: usize, state_directory: &Path, http: &str) {
        let version = env!("CARGO_PKG_VERSION");
        info!(site, version, pbxs, state = %state_directory.display(), http, "started");
    }

    /// The state of a PBX came back from the journal.
    pub fn recovered(&self, pbx: &str, calls_open: usize, events: usize, last_alive: &str) {
        info!(pbx, calls_open, events, last_alive, "went on from the journal; open calls are compared with the PBX once it is in step");
    }

    /// Nothing can be written to disk.
    pub fn spool_stalled(&self, error: &str) {
        self.metrics.stalled(true);
        error!(error, "records cannot be written; reading from the PBX pauses when the queue is full, nothing is dropped");
    }

    /// Writing works again.
    pub fn spool_recovered(&self) {
        self.metrics.stalled(false);
        info!("records are written again");
    }

    /// The people file was imported; each hand-over is told, the rest is counted.
    pub fn people_imported(&self, file: &Path, report: &ImportReport) {
        self.metrics.imported(if report.is_unchanged() { "unchanged" } else { "done" });
        for moved in &report.moved {
            info!(assignable = %moved.assignable, from = moved.from, to = moved.to, "changed hands; earlier calls stay where they are");
        }
        info!(
            file = %file.display(),
            added = report.added.len(),
            changed = report.changed.len(),
            moved = report.moved.len(),
            ended = report.ended.len(),
            gone = report.gone.len(),
            unchanged = report.unchanged,
            "people imported"
        );
    }

    /// The people file cannot be used; who was known stays known.
    pub fn people_refused(&self, file: &Path, error: &str) {
        self.metrics.imported("failed");
        error!(file = %file.display(), error, "people not imported; those known before stay");
    }

    /// The server that keeps the people cannot be used; those copied last hold.
    pub fn people_server_away(&self, error: &str) {
        warn!(error, "people cannot be asked of their server; those known last hold until it is back");
    }

    /// It can again.
    pub fn people_server_back(&self, server: &str) {
        info!(server, "people are asked of their server again");
    }

    /// What the server knows of people was copied.
    pub fn people_taken(&self, users: usize) {
        info!(users, "people taken over from their server");
    }

    /// The directory of people in use changed.
    pub fn people_known(&self, users: usize) {
        self.metrics.users(users);
        debug!(users, "people known");
    }

    /// Which sinks there are was said to the outbox.
    pub fn sinks_registered(&self, registered: &Registered) {
        for sink in &registered.added {
            info!(sink, "new sink");
        }
        for (sink, missed) in &registered.returned {
            match missed {
                0 => info!(sink, "the sink is back; it goes on where it was"),
                missed => warn!(
                    sink,
                    missed, "the sink is back; what it missed is no longer kept: `strowger sinks replay` delivers calls once more"
                ),
            }
        }
        for gone in &registered.gone {
            let (sink, waited) = (&gone.name, gone.waited);
            warn!(
                sink,
                waited, "the sink is no longer configured; nothing is kept for it. Its place is remembered until `strowger sinks forget`"
            );
        }
    }

    /// A reload was done.
    pub fn reloaded(&self, level: &str) {
        self.metrics.reloaded("done");
        info!(level, "reloaded people, sinks and log level; other changes hold after a restart");
    }

    /// A reload was refused; everything goes on as before.
    pub fn reload_refused(&self, error: &str) {
        self.metrics.reloaded("failed");
        error!(error, "not reloaded; everything goes on as before");
    }

    /// Asked to stop.
    pub fn stopping(&self, by: &str) {
        info!(by, "stopping");
    }

    /// Everything ended in time.
    pub fn stopped(&self, took: Duration) {
        info!(took_s = took.as_secs_f64(), "stopped; everything seen is on disk");
    }

    /// Something did not end in time.
    pub fn stopped_late(&self, waiting_for: &str) {
        error!(waiting_for, "stopped without waiting any longer; what is not on disk is reconciled with the PBX at the next start");
    }
}

#[allow(clippy::cast_precision_loss, reason = "a call of 285,000 years is not expected")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

fn party(party: &PartyInfo) -> String {
    match (&party.number, &party.name) {
        (Some(number), Some(name)) => format!("{number} ({name})"),
        (Some(one), None) | (None, Some(one)) => one.clone(),
        (None, None) => "unknown".to_owned(),
    }
}

/// Who is credited, by which rule, for what: `Noor Haddad [agent 2001 at 1001] answered 75.2 s; …`.
fn credits(record: &CallRecord) -> String {
    let credited = record.segments.iter().filter(|segment| segment.user.is_some());
    let told: Vec<String> = credited.map(credit).collect();
    if told.is_empty() { "nobody".to_owned() } else { told.join("; ") }
}

fn credit(segment: &Segment) -> String {
    let user = segment.user.as_ref().map_or("nobody", |user| user.name.as_str());
    let rule = match segment.attribution.rule {
        Rule::Agent => format!("agent {} at {}", segment.agent.as_deref().unwrap_or("?"), segment.device),
        other => format!("{} {}", word(&other), segment.device),
    };
    let talk = if segment.answered_at.is_some() { format!(" {:.1}s", seconds(segment.talk_ms)) } else { String::new() };
    let sure = if segment.attribution.uncertain { ", uncertain" } else { "" };
    format!("{user} [{rule}{sure}] {}{talk}", word(&segment.outcome))
}
