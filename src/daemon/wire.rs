//! Builds everything, in an order in which nothing can be needed before it is there. Nothing runs yet but the spool's writer.

use std::collections::BTreeMap;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use super::clock::SystemClock;
use super::health::Health;
use super::people::{People, Side};
use super::pulse::Pulse;
use super::pump::{Progress, Pump};
use super::recover;
use super::report::{OpenCalls, Reporter};
use super::sinks::Sinks;
use super::view::Viewed;
use super::{DaemonError, http, settings};
use crate::config::{Config, HttpListen, Pbx};
use crate::pbx::capture::{self, Target};
use crate::pbx::link::{self, Asker, Duct};
use crate::pbx::session::Session;
use crate::spool::{Entry, Spool};
use crate::store::Store;
use crate::telemetry::Mask;
use crate::telemetry::fact::{CallFacts, LinkFacts, SiteFacts};
use crate::telemetry::metrics;

/// How many batches of a link may wait for the engine.
const BATCHES_MAX: usize = 16;

/// Everything, built.
pub(super) struct Built {
    pub(super) config: Config,
    pub(super) clock: SystemClock,
    pub(super) facts: Arc<SiteFacts>,
    pub(super) health: Arc<Health>,
    pub(super) people: Arc<People>,
    pub(super) spool: Spool,
    pub(super) sinks: Sinks,
    pub(super) lines: Vec<Line>,
    pub(super) pulses: Arc<[Pulse]>,
    pub(super) spool_pulse: Pulse,
    pub(super) http: Option<TcpListener>,
    pub(super) metrics: PrometheusHandle,
    pub(super) view: Option<Viewed>,
}

/// One PBX's link, session and pump.
pub(super) struct Line {
    pub(super) name: Arc<str>,
    pub(super) link: link::Settings,
    pub(super) session: Box<dyn Session>,
    pub(super) sink: Duct,
    pub(super) capture: Option<capture::Writer>,
    pub(super) pump: Pump,
    pub(super) first: Option<Entry>,
}

pub(super) async fn build(config: Config, view: Option<Viewed>) -> Result<Built, DaemonError> {
    let clock = SystemClock::start();
    let metrics = metrics::install(config.site().name())?;
    let facts = Arc::new(SiteFacts::new());
    let mask = Mask::new(config.log().mask_numbers);
    let health = Arc::new(Health::new(config.site().name(), config.pbxs().iter().map(Pbx::name), clock.now().wall));
    // A port that is taken is told before the state directory is touched.
    let http = match config.http() {
        HttpListen::Off => None,
        HttpListen::At(address) => Some(http::bind(address).await.map_err(|source| DaemonError::Http { address, source })?),
    };

    let calls: Vec<Arc<CallFacts>> = config.pbxs().iter().map(|pbx| Arc::new(CallFacts::new(pbx.name(), mask))).collect();
    let open = |(index, calls): (usize, &Arc<CallFacts>)| Arc::new(OpenCalls::new(index, Arc::clone(calls), Arc::clone(&health)));
    let open: Vec<Arc<OpenCalls>> = calls.iter().enumerate().map(open).collect();
    let told = config.pbxs().iter().zip(calls.iter().zip(&open));
    let told = told.map(|(pbx, (calls, open))| (pbx.name().to_owned(), (Arc::clone(calls), Arc::clone(open))));
    let reporter =
        Reporter { site: Arc::clone(&facts), health: Arc::clone(&health), pbxs: told.collect::<BTreeMap<_, _>>(), view: view.clone() };
    let tell = move |report| reporter.tell(report);
    let spool = Spool::open(config.state_directory(), settings::spool(&config), Arc::new(move || clock.now()), tell)?;

    let sinks = Sinks::build(&config, spool.outbox(), Arc::clone(&facts), Arc::clone(&health), clock)?;
    let store = Store::open(config.state_directory())?;
    let ducts: Vec<_> = config.pbxs().iter().map(|_| Duct::new(BATCHES_MAX)).collect();
    let side = |((pbx, facts), (_, _, asker)): ((&Pbx, &Arc<CallFacts>), &(_, _, Asker))| Side {
        pbx: settings::name(pbx),
        dee: settings::dee(pbx),
        asker: asker.clone(),
        facts: Arc::clone(facts),
    };
    let people = Arc::new(People::new(store, config.pbxs().iter().zip(&calls).zip(&ducts).map(side), Arc::clone(&facts)));
    if let Some(file) = config.people_file() {
        // Who is known already stays known: calls are not left unseen because of a slip in a file.
        match people.import(file, clock.now().wall) {
            Ok(report) => facts.people_imported(file, &report),
            Err(error) => facts.people_refused(file, &error.to_string()),
        }
    }
    people.refresh(clock.now().wall)?;

    let mut lines = Vec::with_capacity(config.pbxs().len());
    for ((index, pbx), (sink, deliveries, _)) in config.pbxs().iter().enumerate().zip(ducts) {
        let Some(connect) = pbx.connect() else { continue };
        let name = settings::name(pbx);
        let recovered = spool.recover(&name)?;
        let resumed = recover::resume(&name, settings::naming(&config, pbx), &recovered, &people, index)?;
        if let Some(last_alive) = resumed.last_alive {
            facts.recovered(&name, resumed.engine.tracker().open_calls(), resumed.events, &last_alive.to_string());
        }
        let pump = Pump {
            pbx: Arc::clone(&name),
            index,
            engine: resumed.engine,
            deliveries,
            spool: spool.handle(),
            people: Arc::clone(&people),
            link_facts: LinkFacts::new(pbx.name(), mask),
            call_facts: Arc::clone(&calls[index]),
            open: Arc::clone(&open[index]),
            health: Arc::clone(&health),
            pulse: Pulse::new(format!("calls of {}", pbx.name()), clock),
            clock,
            progress: Progress::default(),
            view: view.clone(),
        };
        lines.push(Line {
            link: settings::link(pbx, connect).map_err(|source| DaemonError::Backoff { pbx: pbx.name().to_owned(), source })?,
            session: settings::session(pbx),
            capture: open_capture(pbx),
            first: resumed.first,
            name,
            sink,
            pump,
        });
    }
    let spool_pulse = Pulse::new("writing records", clock);
    let pulses: Arc<[Pulse]> = lines.iter().map(|line| line.pump.pulse.clone()).chain([spool_pulse.clone()]).collect();
    Ok(Built { config, clock, facts, health, people, spool, sinks, lines, pulses, spool_pulse, http, metrics, view })
}

/// Calls matter more than the capture of them: without it the daemon goes on.
fn open_capture(pbx: &Pbx) -> Option<capture::Writer> {
    let wanted = pbx.capture()?;
    let path = wanted.directory.join(format!("{}.jsonl", pbx.name()));
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o750).create(&wanted.directory);
    let keep = u32::try_from(wanted.keep).unwrap_or(u32::MAX);
    let opened = made.map_err(|error| error.to_string()).and_then(|()| {
        let target = Target::Rotating { path: path.clone(), bytes_max: wanted.bytes_max, keep };
        capture::Writer::create(target).map_err(|error| format!("{:#}", anyhow::Error::new(error)))
    });
    opened.map_err(|error| tracing::error!(pbx = pbx.name(), file = %path.display(), error, "traffic is not captured")).ok()
}
