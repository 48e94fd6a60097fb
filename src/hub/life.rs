//! The life of the process: build, run until a signal, end within a deadline.

use std::sync::Arc;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::consumer::Consumers;
use super::health::{End, Health};
use super::http::{self, STILL};
use super::keep::Keeper;
use super::retention::HubKeeper;
use super::worker::Worker;
use crate::config::{HttpListen, Hub, HubConfig, Retention};
use crate::daemon::clock::SystemClock;
use crate::daemon::pulse::{BEAT_EVERY, Pulse};
use crate::daemon::{DEADLINE, DaemonError, notify};
use crate::pbx::backoff::{Backoff, Ladder, Steps};
use crate::retention::look_after;
use crate::store::postgres::Postgres;
use crate::telemetry::hub::HubFacts;
use crate::telemetry::metrics;

/// What waits is asked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Between tries while an end is away.
const RETRY_MIN: Duration = Duration::from_millis(200);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Runs until a signal ends it.
///
/// # Errors
/// The port cannot be had, or what was held could not be stored or handed back in time.
pub async fn run(config: HubConfig) -> Result<(), DaemonError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(DaemonError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(DaemonError::Signals)?;
    let rendered = metrics::install("")?;
    let listener = match config.http() {
        HttpListen::Off => None,
        HttpListen::At(address) => Some(TcpListener::bind(address).await.map_err(|source| DaemonError::Http { address, source })?),
    };
    let settings = config.hub().clone();
    let clock = SystemClock::start();
    let pulses: Vec<Pulse> = (0..settings.workers).map(|number| Pulse::new(format!("worker {number}"), clock)).collect();
    let health = Arc::new(Health::new(pulses.clone()));
    let facts = Arc::new(HubFacts::new());
    let stop = CancellationToken::new();
    let mut servants = JoinSet::new();
    let shown_http = listener.as_ref().and_then(|listener| listener.local_addr().ok()).map_or("off".to_owned(), |at| at.to_string());
    if let Some(listener) = listener {
        servants.spawn(serve(listener, rendered, Arc::clone(&health)));
    }
    facts.started(&settings.nats.stream, &settings.consumer, &shown_http);
    notify::ready(&health.line());
    servants.spawn(tell_systemd(Arc::clone(&health)));

    let mut workers = JoinSet::new();
    workers.spawn(work(settings, config.retention().clone(), Arc::clone(&health), Arc::clone(&facts), pulses, clock, stop.clone()));
    let by = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
    };
    facts.stopping(by);
    health.stopping();
    notify::stopping("storing what is held");
    stop.cancel();
    let late = timeout(DEADLINE, async { while workers.join_next().await.is_some() {} }).await.is_err();
    servants.abort_all();
    if late {
        // Nothing is lost by it: what is not acknowledged comes again.
        return Err(DaemonError::Late { late: vec!["storing what was taken".to_owned()] });
    }
    facts.stopped();
    Ok(())
}

/// Connects to both ends, then lets the workers work until `stop`.
async fn work(
    settings: Hub,
    retention: Retention,
    health: Arc<Health>,
    facts: Arc<HubFacts>,
    pulses: Vec<Pulse>,
    clock: SystemClock,
    stop: CancellationToken,
) {
    let connecting = async { tokio::join!(database(&settings, &health, &facts), stream(&settings, &health, &facts)) };
    let beat = async {
        let mut tick = every(BEAT_EVERY);
        loop {
            tick.tick().await;
            pulses.iter().for_each(Pulse::beat);
        }
    };
    let (postgres, consumers) = tokio::select! {
        () = stop.cancelled() => return,
        () = beat => return,
        connected = connecting => connected,
    };
    let mut workers = JoinSet::new();
    for pulse in pulses {
        let keeper = Keeper {
            client: consumers.client().clone(),
            postgres: postgres.clone(),
            facts: Arc::clone(&facts),
            health: Arc::clone(&health),
            pulse: pulse.clone(),
            clock,
            backoff: backoff(),
            stop: stop.clone(),
        };
        let worker = Worker {
            consumers: consumers.clone(),
            batch_max: settings.batch_messages_max,
            keeper,
            facts: Arc::clone(&facts),
            health: Arc::clone(&health),
            pulse,
            backoff: backoff(),
            stop: stop.clone(),
        };
        workers.spawn(worker.run());
    }
    let mut looking = JoinSet::new();
    let keeper = HubKeeper { postgres: postgres.clone() };
    looking.spawn(look_after(retention, Arc::new(move || clock.now()), keeper));
    looking.spawn(look(consumers, postgres, health, facts));
    while workers.join_next().await.is_some() {}
}

async fn database(settings: &Hub, health: &Health, facts: &HubFacts) -> Postgres {
    let mut backoff = backoff();
    loop {
        match Postgres::connect(&settings.postgres).await {
            Ok(postgres) => {
                health.set(End::Postgres, Ok(()));
                facts.database_back();
                return postgres;
            }
            Err(error) => {
                let what = format!("{:#}", anyhow::Error::new(error));
                facts.cannot_start_yet("PostgreSQL", &what);
                health.set(End::Postgres, Err(what));
            }
        }
        tokio::time::sleep(backoff.next(Ladder::Quick)).await;
    }
}

async fn stream(settings: &Hub, health: &Health, facts: &HubFacts) -> Consumers {
    let mut backoff = backoff();
    loop {
        match Consumers::connect(settings).await {
            Ok(consumers) => return consumers,
            Err(error) => {
                let what = format!("{:#}", anyhow::Error::new(error));
                facts.cannot_start_yet("NATS", &what);
                health.set(End::Nats, Err(what));
            }
        }
        tokio::time::sleep(backoff.next(Ladder::Quick)).await;
    }
}

/// Looks now and then at what waits in the stream and in the quarantine.
async fn look(consumers: Consumers, postgres: Postgres, health: Arc<Health>, facts: Arc<HubFacts>) {
    let mut tick = every(LOOK_EVERY);
    loop {
        tick.tick().await;
        let Ok(waiting) = consumers.waiting().await else { continue };
        let quarantined = postgres.quarantined().await.ok();
        health.set_waiting(waiting, quarantined);
        facts.waiting(waiting, quarantined);
    }
}

async fn serve(listener: TcpListener, metrics: PrometheusHandle, health: Arc<Health>) {
    let process = metrics_process::Collector::default();
    process.describe();
    let upkeep = async {
        let mut tick = every(LOOK_EVERY);
        loop {
            tick.tick().await;
            metrics.run_upkeep();
        }
    };
    tokio::select! {
        () = http::serve(listener, http::Sources { metrics: metrics.clone(), process, health }) => {}
        () = upkeep => {}
    }
}

/// The watchdog is fed while all workers go round.
async fn tell_systemd(health: Arc<Health>) {
    let watchdog = notify::watchdog_interval();
    let mut tick = every(watchdog.map_or(LOOK_EVERY, |interval| (interval / 2).min(LOOK_EVERY)));
    let mut told = String::new();
    loop {
        tick.tick().await;
        if watchdog.is_some() && !health.pulses().iter().any(|pulse| pulse.is_still(STILL)) {
            notify::watchdog();
        }
        let line = health.line();
        if line != told {
            notify::status(&line);
            told = line;
        }
    }
}

fn backoff() -> Backoff {
    // Both bounds are whole, and in order.
    let steps = Steps::new(RETRY_MIN, RETRY_MAX, 0.5).unwrap_or(Steps::quick());
    Backoff::new(steps, Steps::slow(), fastrand::Rng::new())
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut tick = interval(period);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tick
}
