//! `strowger demo`: a simulated PBX and the daemon that follows it, in one process; nothing else is needed.

mod pbx;
mod place;
mod screen;
mod words;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::place::Place;
use self::screen::Screen;
use super::exit::{Exit, Failure, OrExit as _};
use crate::config::{self, Config, Surroundings, Use};
use crate::daemon::{self, Onlooker, Started, View, clock};
use crate::{simulator, telemetry};

/// The open calls are looked at so often.
const LOOK_EVERY: Duration = Duration::from_millis(125);

/// More threads than this are of no use.
const THREADS_MAX: usize = 4;

/// For tasks that were told to end.
const LEFT_BEHIND: Duration = Duration::from_secs(2);

/// As the records name them.
const SITE: &str = "demo";
const PBX: &str = "mitel";

const CONFIG: &str = "strowger.toml";
const PEOPLE: &str = "people.toml";
const LOG: &str = "strowger.log";

/// Show it at work: a simulated PBX with invented people, and who is credited with each call
///
/// Needs nothing installed and touches nothing of yours: a simulated Mitel system with extensions, agents, hunt groups and devices
/// that ring along (DEE), random traffic, and the daemon that follows it, all in this one process on the loopback address. On a
/// terminal the open calls stand at the bottom and finished ones scroll by, with who is credited and why. Ctrl-C ends it and leaves
/// nothing behind.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Examples:
  strowger demo                              until Ctrl-C
  strowger demo --calls-per-second 5         more traffic
  strowger demo --for 60 > calls.txt         a minute of it as text
  strowger demo --keep demo                  keep data, configuration and log in ./demo, to look into them afterwards:
                                             strowger -c demo/strowger.toml calls")]
pub(super) struct Demo {
    /// How many calls begin each second, on average: 0.01 to 50
    #[arg(long, value_name = "RATE", default_value = "2", value_parser = rate)]
    calls_per_second: f64,
    /// The same number gives the same traffic [default: another each time]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Keep the data in this directory instead of removing it at the end
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// End by itself after so many seconds
    #[arg(long = "for", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.01..=50.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.01 to 50, such as 0.5".to_owned())
}

impl Demo {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let seed = self.seed.unwrap_or_else(|| fastrand::u64(..));
        let threads = std::thread::available_parallelism().map_or(1, usize::from).clamp(2, THREADS_MAX);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().or_exit(Exit::Failed)?;
        // Signals are heard before there is anything to be left behind.
        let stop = runtime.block_on(async { self.until_enough() }).context("signals cannot be heard").or_exit(Exit::Failed)?;
        let place = match &self.keep {
            Some(directory) => Place::that_stays(directory),
            None => Place::that_goes(&mut fastrand::Rng::new()),
        };
        let place = place.or_exit(Exit::Failed)?;
        let result = runtime.block_on(self.show(&place, seed, stop));
        // Whatever is left was given its time already; nothing of it may still be writing when the directory goes.
        runtime.shutdown_timeout(LEFT_BEHIND);
        drop(place);
        result
    }

    /// Cancelled by the first signal, or when the time is over.
    fn until_enough(&self) -> std::io::Result<CancellationToken> {
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        // The terminal is gone.
        let mut hangup = signal(SignalKind::hangup())?;
        let (stop, time) = (CancellationToken::new(), self.seconds.map(Duration::from_secs));
        let cancelled = stop.clone();
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
                () = after(time) => {}
            }
            cancelled.cancel();
        });
        Ok(stop)
    }

    async fn show(&self, place: &Place, seed: u64, stop: CancellationToken) -> Result<(), Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.context("cannot listen on 127.0.0.1, where the simulated PBX is to be").or_exit(Exit::Failed)?;
        let pbx = listener.local_addr().or_exit(Exit::Failed)?;
        place.write(PEOPLE, simulator::default_people_text()).or_exit(Exit::Failed)?;
        let config = configure(place, pbx)?;
        let log = telemetry::init_into(&place.path().join(LOG), config.log()).or_exit(Exit::Failed)?;

        let stop_pbx = CancellationToken::new();
        let pbx_task = tokio::spawn(pbx::serve(listener, self.calls_per_second, seed, stop_pbx.clone())?);
        let (viewed, view) = daemon::view();
        let onlooker = Onlooker { stop: stop.clone(), view: Some(viewed) };
        // Variables that override a real configuration are not meant for this one.
        let daemon = daemon::run_in_view(config, Surroundings::from_pairs([]), log, onlooker);
        let (ended, ()) = tokio::join!(daemon, watch(Screen::of_process(), view, place, seed, &stop));
        stop_pbx.cancel();
        timeout(LEFT_BEHIND, pbx_task).await.ok();
        ended.map_err(|error| {
            let what = format!("the daemon of the demo could not go on{}", place.hint(LOG));
            Failure::new(Exit::Failed, anyhow::Error::new(error).context(what))
        })
    }
}

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => std::future::pending().await,
    }
}

/// Written down, so that other commands can be pointed at it, and read as any configuration is.
fn configure(place: &Place, pbx: SocketAddr) -> Result<Config, Failure> {
    let text = format!(
        "# The demo's. It holds while the demo runs: the simulated PBX goes with it.\n\
         [site]\nname = \"{SITE}\"\n\n[state]\ndirectory = \"state\"\n\n[people]\nfile = \"{PEOPLE}\"\n\n\
         [http]\nlisten = \"127.0.0.1:0\"\n\n[[pbx]]\nname = \"{PBX}\"\ndriver = \"oai\"\naddress = \"{pbx}\"\n"
    );
    let file = place.write(CONFIG, &text).or_exit(Exit::Failed)?;
    match config::load(&file, Use::Connect, &Surroundings::from_pairs([])) {
        Ok(loaded) => Ok(loaded.config),
        Err(diagnosis) => {
            super::tell(&diagnosis);
            Err(Failure::told(Exit::Config))
        }
    }
}

/// Until the daemon has ended.
async fn watch(mut screen: Screen, mut view: View, place: &Place, seed: u64, stop: &CancellationToken) {
    let mut tick = interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let shown = tokio::select! {
            changed = view.started.changed() => match changed {
                Ok(()) => match *view.started.borrow_and_update() {
                    Some(started) => introduce(&screen, started, place, seed),
                    None => Ok(()),
                },
                // The daemon is gone.
                Err(_) => break,
            },
            Some(record) = view.ended.recv() => screen.ended(&record),
            _ = tick.tick() => {
                let live = view.calls.borrow_and_update().clone();
                screen.live(&live, clock::wall())
            }
        };
        if shown.is_err() {
            // Nobody reads any more.
            stop.cancel();
            break;
        }
    }
    while let Ok(record) = view.ended.try_recv() {
        screen.ended(&record).ok();
    }
    screen.end();
    let (finished, credited) = screen.counts();
    let data = if place.stays() { format!("the data stay in {}", place.path().display()) } else { "nothing is left behind".to_owned() };
    screen.say(&format!("{finished} calls finished, {credited} of them credited to somebody; {data}")).ok();
}

fn introduce(screen: &Screen, started: Started, place: &Place, seed: u64) -> std::io::Result<()> {
    let directory = place.path();
    let shown = |name: &str| directory.join(name).display().to_string();
    let fate = if place.stays() { "stays" } else { "goes at the end; --keep DIR keeps it" };
    screen.say(&format!("A simulated Mitel system, and the daemon that follows its calls (--seed {seed}). Ctrl-C ends it."))?;
    if let Some(http) = started.http {
        screen.say(&format!("  HTTP API  http://{http}/health/ready"))?;
        screen.say(&format!("  metrics   http://{http}/metrics"))?;
    }
    screen.say(&format!("  data      {} ({fate})", directory.display()))?;
    screen.say(&format!("  people    {}", shown(PEOPLE)))?;
    screen.say(&format!("  log       {}", shown(LOG)))?;
    screen.say(&format!("  history   {} -c {} calls", program(), shown(CONFIG)))?;
    screen.say("")
}

/// As it was called.
fn program() -> String {
    std::env::args_os().next().map_or_else(|| "strowger".to_owned(), |name| Path::new(&name).display().to_string())
}
