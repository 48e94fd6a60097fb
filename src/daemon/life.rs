//! From the first task to the last: start, wait for signals, drain.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::DaemonError;
use super::clock::SystemClock;
use super::drain::{DEADLINE, Drain};
use super::health::Health;
use super::outbox_watch::OutboxWatch;
use super::people::People;
use super::pulse::{BEAT_EVERY, Pulse};
use super::reload::Reload;
use super::retention::SiteKeeper;
use super::shared_people::SharedPeople;
use super::sinks::Sinks;
use super::view::Started;
use super::wire::{Built, Line};
use super::{http, notify, settings};
use crate::config::Surroundings;
use crate::pbx::link;
use crate::retention;
use crate::spool::{self, Spool, State};
use crate::telemetry::LogHandle;

/// The people are looked at so often, in case another process has changed them.
const PEOPLE_EVERY: Duration = Duration::from_millis(500);

/// Histograms are tidied up so often.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// For the writer to answer that it goes on.
const SPOOL_ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// What is left for the spool at the end, if all before it took all the time.
const SPOOL_CLOSE_MIN: Duration = Duration::from_secs(1);

/// Signals, heard from before anything is built: none that comes early ends the process by default.
pub(super) struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
    stop: CancellationToken,
}

enum Heard {
    Reload,
    Stop(&'static str),
}

impl Signals {
    /// `stop` counts as one of them.
    pub(super) fn listen(stop: CancellationToken) -> std::io::Result<Self> {
        Ok(Self {
            stop,
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.terminate.recv() => Heard::Stop("SIGTERM"),
            _ = self.interrupt.recv() => Heard::Stop("SIGINT"),
            () = self.stop.cancelled() => Heard::Stop("whoever started it"),
            _ = self.hangup.recv() => Heard::Reload,
        }
    }
}

/// The tasks that serve the rest and end with it.
struct Servants {
    tasks: JoinSet<()>,
    stop: CancellationToken,
}

pub(super) async fn live(built: Built, mut signals: Signals, surroundings: Surroundings, log: LogHandle) -> Result<(), DaemonError> {
    let Built { config, clock, facts, health, people, spool, mut sinks, lines, pulses, spool_pulse, http, metrics, view } = built;
    let stop_links = CancellationToken::new();
    let mut links = JoinSet::new();
    let mut pumps = JoinSet::new();
    let count = lines.len();
    for line in lines {
        start(line, clock, &stop_links, &mut links, &mut pumps);
    }
    let mut servants = Servants { tasks: JoinSet::new(), stop: CancellationToken::new() };
    let http_address = http.as_ref().and_then(|listener| listener.local_addr().ok());
    let shown_http = http_address.map_or_else(|| "off".to_owned(), |at| at.to_string());
    if let Some(listener) = http {
        let process = metrics_process::Collector::default();
        process.describe();
        let sources = http::Sources { metrics: metrics.clone(), process, health: Arc::clone(&health), pulses: Arc::clone(&pulses) };
        servants.tasks.spawn(http::serve(listener, sources, servants.stop.clone()));
    }
    servants.spawn(watch_people(Arc::clone(&people), clock));
    if let Some(settings) = config.store().cloned() {
        let (people, facts) = (Arc::clone(&people), Arc::clone(&facts));
        let shared = SharedPeople { settings, site: config.site().name().to_owned(), people, facts, clock };
        servants.spawn(shared.follow());
    }
    servants.spawn(watch_spool(spool.handle(), spool_pulse));
    let watch = OutboxWatch::new(spool.outbox(), settings::spool(&config).outbox, Arc::clone(&facts), Arc::clone(&health), clock);
    servants.spawn(watch.run());
    let keeper = SiteKeeper {
        directory: config.state_directory().to_owned(),
        site: config.site().name().to_owned(),
        server: config.store().cloned(),
        outbox: spool.outbox(),
        health: Arc::clone(&health),
    };
    servants.spawn(retention::look_after(config.retention().clone(), Arc::new(move || clock.now()), keeper));
    servants.spawn(async move {
        let mut tick = every(UPKEEP_EVERY);
        loop {
            tick.tick().await;
            metrics.run_upkeep();
        }
    });
    facts.started(config.site().name(), count, config.state_directory(), &shown_http);
    if let Some(view) = view {
        view.started(Started { http: http_address });
    }
    notify::ready(&health.line());
    servants.spawn(tell_systemd(Arc::clone(&health), pulses));

    sinks.start(config.sinks());
    let reload = Reload { facts: Arc::clone(&facts), people, surroundings, log, clock };
    let failure = loop {
        tokio::select! {
            heard = signals.next() => match heard {
                Heard::Stop(by) => {
                    facts.stopping(by);
                    break None;
                }
                Heard::Reload => {
                    notify::reloading();
                    let (reload, file) = (reload.clone(), config.file().to_owned());
                    match tokio::task::spawn_blocking(move || reload.run(&file)).await {
                        Ok(Some(config)) => sinks.exchange(config.sinks()).await,
                        Ok(None) => {}
                        Err(error) => facts.reload_refused(&error.to_string()),
                    }
                    notify::ready(&health.line());
                }
            },
            Some(ended) = pumps.join_next() => break Some(unexpected(ended)),
        }
    };
    if let Some(failure) = &failure {
        tracing::error!(error = %failure, "stopping");
    }
    health.stopping();
    notify::stopping("draining");
    stop_links.cancel();
    let late = drain(links, pumps, spool, sinks, servants).await;
    match (failure, late) {
        (Some(failure), _) => Err(failure),
        (None, Ok(took)) => {
            facts.stopped(took);
            Ok(())
        }
        (None, Err(late)) => {
            facts.stopped_late(&late.join("; "));
            Err(DaemonError::Late { late })
        }
    }
}

type Ended = (Arc<str>, Result<(), super::pump::PumpError>);

fn start(line: Line, clock: SystemClock, stop: &CancellationToken, links: &mut JoinSet<Arc<str>>, pumps: &mut JoinSet<Ended>) {
    let Line { name, link, mut session, mut sink, capture, pump, first } = line;
    let (stop, linked) = (stop.clone(), Arc::clone(&name));
    links.spawn(async move {
        let now = move || clock.now();
        let random = fastrand::Rng::new();
        // The pump has ended if it takes nothing more, and tells why itself.
        link::run(&link, &mut session, &mut sink, &now, capture, random, &stop).await.ok();
        linked
    });
    pumps.spawn(async move { (name, pump.run(first).await) });
}

fn unexpected(ended: Result<Ended, tokio::task::JoinError>) -> DaemonError {
    let (what, why) = match ended {
        Ok((name, Ok(()))) => (format!("the link to {name}"), "it gave up".to_owned()),
        Ok((name, Err(error))) => (format!("following the calls of {name}"), format!("{:#}", anyhow::Error::new(error))),
        Err(error) => ("following calls".to_owned(), error.to_string()),
    };
    DaemonError::Ended { what, why }
}

impl Servants {
    /// A task that needs no word of farewell.
    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = task => {}
            }
        });
    }
}

/// Links say good-bye, pumps hand in what is left, sinks deliver what they can, the spool makes all durable, then the rest. How long it took, or what was late.
async fn drain(
    mut links: JoinSet<Arc<str>>,
    mut pumps: JoinSet<Ended>,
    spool: Spool,
    sinks: Sinks,
    mut servants: Servants,
) -> Result<Duration, Vec<String>> {
    let mut drain = Drain::begin(DEADLINE);
    spool.write_beyond_bounds();
    drain.stage("saying good-bye to the PBX", async { while links.join_next().await.is_some() {} }).await;
    drain.stage("following the last events", async { while pumps.join_next().await.is_some() {} }).await;
    // What is still waiting for room in the queue must let go of it.
    links.abort_all();
    pumps.abort_all();
    // What the last events finished goes out as well, where the destinations take it: the rest waits on disk.
    if spool.handle().flush(DEADLINE.saturating_sub(drain.took()) / 2).await.is_ok() {
        drain.stage("delivering the last records", sinks.end()).await;
    }
    let left = DEADLINE.saturating_sub(drain.took()).max(SPOOL_CLOSE_MIN);
    let handle = spool.handle();
    let closed = timeout(left, tokio::task::spawn_blocking(move || spool.close(left))).await;
    let mut late = drain.late().to_vec();
    match closed {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(not_durable))) => late.push(format!("writing records ({not_durable})")),
        Ok(Err(error)) => late.push(format!("writing records ({error})")),
        Err(_) => late.push(format!("writing records ({} wait{})", handle.queued(), why(&handle.state()))),
    }
    servants.stop.cancel();
    servants.tasks.abort_all();
    while servants.tasks.join_next().await.is_some() {}
    if late.is_empty() { Ok(drain.took()) } else { Err(late) }
}

fn why(state: &State) -> String {
    match state {
        State::Ok => String::new(),
        State::Stalled { error, .. } => format!("; {error}"),
    }
}

async fn watch_people(people: Arc<People>, clock: SystemClock) {
    let mut tick = every(PEOPLE_EVERY);
    let mut told = false;
    loop {
        tick.tick().await;
        let (people, now) = (Arc::clone(&people), clock.now().wall);
        let result = tokio::task::spawn_blocking(move || people.refresh(now)).await;
        match result {
            Ok(Ok(())) => told = false,
            Ok(Err(error)) if !told => {
                told = true;
                tracing::error!(%error, "people cannot be read anew; those known before stay");
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

/// Asks the writer for a sign of life. A disk that refuses is known and told; a writer that does not even say so is not alive.
async fn watch_spool(spool: spool::Handle, pulse: Pulse) {
    let mut tick = every(BEAT_EVERY);
    loop {
        tick.tick().await;
        if spool.flush(SPOOL_ANSWERS_WITHIN).await.is_ok() || spool.state() != State::Ok {
            pulse.beat();
        }
    }
}

/// The watchdog is fed while all loops go round; the status line follows the state.
async fn tell_systemd(health: Arc<Health>, pulses: Arc<[Pulse]>) {
    let interval = notify::watchdog_interval();
    let mut tick = every(interval.map_or(BEAT_EVERY, |interval| (interval / 2).min(BEAT_EVERY)));
    let patience = interval.unwrap_or_default().max(SPOOL_ANSWERS_WITHIN * 2);
    let (mut told, mut complained) = (String::new(), false);
    loop {
        tick.tick().await;
        let still: Vec<&str> = pulses.iter().filter(|pulse| pulse.is_still(patience)).map(Pulse::name).collect();
        if still.is_empty() {
            complained = false;
            if interval.is_some() {
                notify::watchdog();
            }
        } else if !complained {
            complained = true;
            tracing::error!(standing_still = still.join(", "), "a loop stands still; the watchdog is not fed");
        }
        let line = health.line();
        if line != told {
            notify::status(&line);
            told = line;
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut tick = interval(period);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}
