//! `strowger simulate`: a telephone system that is none, at a port.

mod csta;
mod face;
mod knobs;
mod traffic;
mod truth;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use self::csta::Csta;
use self::face::Face;
use self::traffic::RandomCalls;
use self::truth::{Naming, Truth};
use super::exit::{Exit, Failure, OrExit as _};
use super::message;
use crate::daemon::clock::SystemClock;
use crate::simulator::scenario::Scenario;
use crate::simulator::serve::{Sight, serve};
use crate::simulator::{self, Notice, Simulation, Start, Traffic, oai};

/// Simulate a telephone system
#[derive(Args, Debug)]
pub(super) struct Simulate {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Oai(Box<Oai>),
    Csta(Box<Csta>),
    People(People),
}

/// Simulate a Mitel system (MiVoice Office 250 and its like) that speaks System OAI
///
/// Prints `listening on ADDRESS` on standard error when ready. What happens there is a scenario, random load, or only what clients command.
/// It begins one second after the first client has logged in and set monitors. When every step is done, or every call is made and over,
/// it waits two seconds more, closes the connections and ends; Ctrl-C ends it at any time. With neither scenario nor --calls it goes on
/// until Ctrl-C. Scenario files and everything else: docs/simulator.md.
#[derive(Args, Debug)]
#[command(after_long_help = "\
Unless a scenario says otherwise there are extensions 1001 to 1060, agents 2001 to 2020, hunt groups 3001 to 3006, trunks 94001 to 94016 and
invented people, which `strowger simulate people` prints as a people file.

Exit codes:
   0  the traffic is over, or it was interrupted
   1  a step of the scenario was refused, the address is taken, or the truth cannot be written
   2  the arguments are wrong
  65  the scenario, the people file or the profile cannot be used

Examples:
  strowger simulate oai --listen 127.0.0.1:4000 --scenario examples/scenarios/internal-call.toml
  strowger simulate oai --listen 127.0.0.1:4000 --load 2 --calls 1000 --seed 7 --truth truth.jsonl
  strowger simulate oai --listen 127.0.0.1:4000 --load 1 --gateway --nodes 2 --idle-timer-s 60")]
struct Oai {
    /// Address and port to listen at; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    listen: SocketAddr,
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    face: Face,
}

/// What happens, and how the run goes, in whichever protocol.
#[derive(Args, Debug)]
struct What {
    /// What happens, step by step
    #[arg(long, value_name = "FILE", conflicts_with_all = ["load", "calls", "seed", "pace", "stations", "trunks", "nodes"])]
    scenario: Option<PathBuf>,
    #[command(flatten)]
    load: RandomCalls,
    /// Who holds what, instead of the invented people or those of the scenario
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    #[command(flatten)]
    truth: Truth,
    /// When the traffic begins: when a client watches, or at once
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = Begin::Watched)]
    start: Begin,
    /// How long after the first client watches the traffic begins, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 1_000)]
    settle_ms: u64,
    /// How long the connections stay when the traffic is over, in milliseconds
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 2_000)]
    linger_ms: u64,
    /// Tell every step of the scenario, and who connects
    #[arg(long, short)]
    verbose: bool,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Begin {
    /// When the first client has logged in and set monitors
    Watched,
    /// At once; with nobody ever connected it goes on listening
    Now,
}

/// Print the people of the default site as a people file
#[derive(Args, Debug)]
struct People {
    /// For a site of so many nodes
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=6))]
    nodes: u16,
    /// Of so many extensions
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(60..=900))]
    stations: u32,
}

impl Simulate {
    pub(super) fn run(&self) -> Result<(), Failure> {
        match &self.command {
            Command::Oai(oai) => oai.run(),
            Command::Csta(csta) => csta.run(),
            Command::People(people) => people.run(),
        }
    }
}

impl People {
    fn run(&self) -> Result<(), Failure> {
        let wanted = simulator::Size { nodes: self.nodes, stations: self.stations, ..simulator::Size::default() };
        let site = simulator::site_of(wanted, &crate::directory::PeopleFile::default());
        Ok(io::stdout().lock().write_all(simulator::people_text_for(&site).as_bytes())?)
    }
}

impl Oai {
    fn run(&self) -> Result<(), Failure> {
        self.what.run(self.listen, |scenario| {
            let knobs = scenario.and_then(|scenario| scenario.faces.get("oai"));
            Ok(oai::Server::new(self.face.profile(knobs)?))
        })
    }
}

impl What {
    /// Serves it at that address, as the face that `face` makes speaks.
    fn run<F: simulator::Face>(
        &self,
        listen: SocketAddr,
        face: impl FnOnce(Option<&Scenario>) -> Result<F, Failure>,
    ) -> Result<(), Failure> {
        let people = self.people.as_deref().map(traffic::people).transpose()?;
        let scenario = self.scenario.as_deref().map(|file| traffic::scenario(file, people.as_ref())).transpose()?;
        let face = face(scenario.as_ref())?;
        let mut records = self.truth.open()?;
        let naming = self.truth.naming()?;
        let planned = match scenario {
            Some(scenario) => traffic::of_scenario(scenario, naming),
            None => self.load.plan(people, naming),
        }?;
        let start = match self.start {
            Begin::Watched => Start::Watched(Duration::from_millis(self.settle_ms)),
            Begin::Now => Start::AtOnce,
        };
        let mut simulation = Simulation::new(planned.exchange, face, planned.traffic, start);
        let mut outcome = Outcome { is_verbose: self.verbose, ..Outcome::default() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().or_exit(Exit::Failed)?;
        runtime.block_on(async {
            let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen at {listen}"));
            let listener = listener.or_exit(Exit::Failed)?;
            let stop = until_interrupted().context("signals cannot be heard").or_exit(Exit::Failed)?;
            let clock = SystemClock::start();
            message::plain(&format!("listening on {}", listener.local_addr().or_exit(Exit::Failed)?));
            let linger = Duration::from_millis(self.linger_ms);
            let served = serve(
                listener,
                &mut simulation,
                || clock.now(),
                linger,
                &stop,
                |sight| {
                    if let Sight::Ended(record) = &sight {
                        records.write(record)?;
                    }
                    outcome.see(&sight);
                    Ok(())
                },
            );
            served.await.context("the truth cannot be written").or_exit(Exit::Failed)
        })?;
        records.finish().context("the truth cannot be written").or_exit(Exit::Failed)?;
        outcome.tell(simulation.traffic());
        if outcome.refused > 0 { Err(Failure::told(Exit::Failed)) } else { Ok(()) }
    }
}

/// What came of it.
#[derive(Default, Debug)]
struct Outcome {
    is_verbose: bool,
    records: u64,
    refused: u64,
}

impl Outcome {
    fn see(&mut self, sight: &Sight) {
        match sight {
            Sight::Ended(_) => self.records += 1,
            Sight::Notice(Notice::Refused { line, sentence, why }) => {
                self.refused += 1;
                message::warning(&format!("line {line}: {sentence}: refused: {why}"));
            }
            Sight::Went(client, Some(why)) => message::plain(&format!("client {} closed: {why}", client.0)),
            Sight::Notice(Notice::Step { line, sentence }) if self.is_verbose => message::plain(&format!("line {line}: {sentence}")),
            Sight::Came(client, peer) if self.is_verbose => message::plain(&format!("client {} from {peer}", client.0)),
            Sight::Went(client, None) if self.is_verbose => message::plain(&format!("client {} gone", client.0)),
            Sight::Notice(Notice::Step { .. }) | Sight::Came(..) | Sight::Went(..) => {}
        }
    }

    fn tell(&self, traffic: &Traffic) {
        let made = match traffic {
            Traffic::Load(load) => format!("{} calls made, ", load.placed()),
            Traffic::Scenario(_) | Traffic::None => String::new(),
        };
        message::plain(&format!("{made}{} calls told", self.records));
    }
}

fn until_interrupted() -> io::Result<CancellationToken> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = CancellationToken::new();
    let cancelled = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(stop)
}
