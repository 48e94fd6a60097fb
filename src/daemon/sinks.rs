//! The sinks as tasks: started, exchanged on reload, and given their time at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::clock::SystemClock;
use super::health::Health;
use crate::config::Config;
use crate::sink::{
    Delivery, Desk, FileSink, From, Kind, NatsSink, PostgresSink, Report, STANDARD_LADDER, Settings, Sink, Status, Steps, Stop, Waits,
    WebhookSink,
};
use crate::spool::outbox::{self, QUARANTINE_MAX, Start};
use crate::spool::{Clock, Outbox};
use crate::store::StoreError;
use crate::telemetry::SinkFacts;
use crate::telemetry::fact::SiteFacts;

/// Longest wait between two attempts where the standard's ladder does not hold and nothing else is configured.
const RETRY_MAX: Duration = Duration::from_mins(1);

/// How long a sink may take to end its batch when it is exchanged.
const EXCHANGE_WITHIN: Duration = Duration::from_secs(20);

/// How long sinks may go on delivering at the end.
const LAST_DELIVERIES: Duration = Duration::from_secs(2);

/// What a batch that is under way may take beyond that.
const LAST_BATCH: Duration = Duration::from_millis(500);

/// All sinks.
pub(super) struct Sinks {
    site: String,
    outbox: Outbox,
    desk: Desk,
    clock: SystemClock,
    facts: Arc<SiteFacts>,
    health: Arc<Health>,
    running: BTreeMap<String, Running>,
    told: BTreeMap<String, Arc<SinkFacts>>,
    /// The newest number before the sinks that run were started, and at the first time before anything was stored.
    newest: u64,
}

/// One sink that runs.
struct Running {
    stop: Stop,
    task: JoinHandle<()>,
}

impl Sinks {
    /// Says to the outbox which sinks there are; none runs yet. To be called before records are handed to the spool.
    pub(super) fn build(
        config: &Config,
        outbox: Outbox,
        facts: Arc<SiteFacts>,
        health: Arc<Health>,
        clock: SystemClock,
    ) -> Result<Self, StoreError> {
        let desk = Desk::open(config.state_directory())?;
        let site = config.site().name().to_owned();
        let newest = *outbox.newest().borrow();
        let sinks = Self { site, outbox, desk, clock, facts, health, running: BTreeMap::new(), told: BTreeMap::new(), newest };
        sinks.register(config.sinks())?;
        Ok(sinks)
    }

    /// Starts them.
    pub(super) fn start(&mut self, settings: &[Settings]) {
        for settings in settings {
            self.start_one(settings);
        }
    }

    /// Exchanges all sinks for these. Each ends its batch first, so that nothing is delivered twice.
    pub(super) async fn exchange(&mut self, settings: &[Settings]) {
        for running in self.running.values() {
            running.stop.at_once.cancel();
        }
        for (name, running) in std::mem::take(&mut self.running) {
            if !ended(running.task, EXCHANGE_WITHIN).await {
                tracing::warn!(sink = name, "did not end its batch in time; it may deliver some of it twice, with the same message ids");
            }
        }
        if let Err(error) = self.register(settings) {
            self.facts.reload_refused(&error.to_string());
        }
        let is_gone = |name: &String| settings.iter().all(|sink| sink.name != *name);
        self.told.iter().filter(|(name, _)| is_gone(name)).for_each(|(_, facts)| facts.gone());
        self.told.retain(|name, _| !is_gone(name));
        self.health.keep_sinks(|name| !is_gone(&name.to_owned()));
        self.newest = *self.outbox.newest().borrow();
        self.start(settings);
    }

    /// Lets them deliver what is left, for a short while.
    pub(super) async fn end(self) {
        let tasks: Vec<(Stop, JoinHandle<()>)> = self.running.into_values().map(|running| (running.stop, running.task)).collect();
        let deadline = tokio::time::Instant::now() + LAST_DELIVERIES;
        for (stop, _) in &tasks {
            stop.after_all.cancel();
        }
        for (stop, mut task) in tasks {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                stop.at_once.cancel();
                // What was under way is delivered again at the next start, with the same message ids.
                ended(task, LAST_BATCH).await;
            }
        }
    }

    fn register(&self, settings: &[Settings]) -> Result<(), StoreError> {
        let start = |from| if from == From::Beginning { Start::Beginning } else { Start::Present };
        let sinks: Vec<outbox::Sink> =
            settings.iter().map(|sink| outbox::Sink { name: sink.name.clone(), start: start(sink.from) }).collect();
        self.facts.sinks_registered(&self.outbox.register(&sinks, self.clock.now().wall)?);
        Ok(())
    }

    fn start_one(&mut self, settings: &Settings) {
        let sources = self.outbox.sources();
        let clock = self.clock;
        let clock: Clock = Arc::new(move || clock.now());
        match &settings.kind {
            Kind::File(file) => self.spawn(settings, FileSink::new(file.clone(), &settings.name, sources, self.newest, clock)),
            Kind::Nats(nats) => self.spawn(settings, NatsSink::new(nats.clone(), &self.site, sources)),
            Kind::Postgres(postgres) => self.spawn(settings, PostgresSink::new((**postgres).clone())),
            Kind::Webhook(webhook) => match WebhookSink::new(webhook, clock) {
                Ok(sink) => self.spawn(settings, sink),
                // The files were looked at when the configuration was read.
                Err(error) => tracing::error!(sink = settings.name, %error, "cannot start; what is for it waits"),
            },
        }
    }

    fn spawn<S: Sink + 'static>(&mut self, settings: &Settings, sink: S) {
        let (steps, retry_max) = match settings.kind {
            Kind::Webhook(_) => (Steps::Standard, STANDARD_LADDER[STANDARD_LADDER.len() - 1]),
            Kind::File(_) | Kind::Nats(_) | Kind::Postgres(_) => (Steps::Doubling, RETRY_MAX),
        };
        let facts = self.told.entry(settings.name.clone()).or_insert_with(|| Arc::new(SinkFacts::new(&settings.name)));
        let (facts, health, clock) = (Arc::clone(facts), Arc::clone(&self.health), self.clock);
        let delivery = Delivery {
            sink,
            outbox: self.outbox.clone(),
            desk: self.desk.clone(),
            waits: Waits::new(steps, settings.retry_max.unwrap_or(retry_max), fastrand::Rng::new()),
            quarantine_max: QUARANTINE_MAX,
            clock: Arc::new(move || clock.now()),
            report: Arc::new(move |report| {
                facts.report(report, clock.now().wall);
                if let Report::Status(status) = report {
                    health.sink(status);
                }
            }),
            status: Status::new(&settings.name, settings.kind.name(), self.clock.now().wall),
            stuck: None,
        };
        let stop = Stop::default();
        let task = tokio::spawn(delivery.run(stop.clone()));
        self.running.insert(settings.name.clone(), Running { stop, task });
    }
}

/// Waits for the end, or makes one.
async fn ended(mut task: JoinHandle<()>, within: Duration) -> bool {
    let is_ended = tokio::time::timeout(within, &mut task).await.is_ok();
    if !is_ended {
        task.abort();
        task.await.ok();
    }
    is_ended
}
