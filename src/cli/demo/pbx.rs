//! The demo's telephone system: the simulator's default site, with more lines, under random load.

use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::exit::{Exit, Failure, OrExit as _};
use crate::daemon::clock::SystemClock;
use crate::simulator::exchange::Exchange;
use crate::simulator::load::{self, Load};
use crate::simulator::oai::{Profile, Server};
use crate::simulator::{self, Simulation, Size, Start, Traffic, serve, truth};

/// People are in more of a hurry than in life, so that there is something to see within seconds.
const PACE: f64 = 0.25;

/// Lines to the outside: so many that calls need not be hurried on to make room for the next.
const TRUNKS: u32 = 32;

/// From the moment that the daemon watches to the first call.
const SETTLE: Duration = Duration::from_millis(200);

/// Serves at that address until `stop`; the same seed gives the same traffic.
pub(super) fn serve(
    listener: TcpListener,
    calls_per_s: f64,
    seed: u64,
    stop: CancellationToken,
) -> Result<impl Future<Output = ()> + Send + 'static, Failure> {
    let people = simulator::default_people().or_exit(Exit::Failed)?;
    let mut site = simulator::site_of(Size { trunks: TRUNKS, ..Size::default() }, &people);
    let pace = load::Settings::pace_for(calls_per_s, &site).min(PACE);
    load::compress(&mut site, pace);
    let load = Load::new(load::Settings { calls_per_s, calls: None, seed, pace });
    let truth = truth::Settings { site: super::SITE.to_owned(), pbx: super::PBX.to_owned(), country: None, people };
    let exchange = Exchange::new(site, truth).or_exit(Exit::Failed)?;
    let face = Server::new(Profile::default());
    let mut simulation = Simulation::new(exchange, face, Traffic::Load(Box::new(load)), Start::Watched(SETTLE));
    let clock = SystemClock::start();
    Ok(async move {
        // Nothing here can fail: what the simulation tells is dropped.
        serve::serve(listener, &mut simulation, move || clock.now(), Duration::ZERO, &stop, |_| Ok(())).await.ok();
    })
}
