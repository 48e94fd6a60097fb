//! What is to happen in the simulated system, from the arguments.

use std::path::Path;

use clap::Args;

use super::{Exit, Failure, Naming, message};
use crate::cli::users::tell_mistakes;
use crate::directory::PeopleFile;
use crate::simulator::exchange::{Config, Exchange};
use crate::simulator::load::{self, Settings};
use crate::simulator::scenario::{Scenario, ScenarioError};
use crate::simulator::{Player, Size, Traffic, default_people_text, people_text_for, site_of};

/// Random calls.
#[derive(Args, Debug)]
pub(super) struct RandomCalls {
    /// Random calls: so many begin each second on average, 0.001 to 1000
    #[arg(long, value_name = "CALLS_PER_S", value_parser = rate)]
    load: Option<f64>,
    /// So many random calls in all [default: without end]
    #[arg(long, value_name = "COUNT", requires = "load")]
    calls: Option<u64>,
    /// The same number makes the same random calls
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Times of random calls are multiplied by this; 1 is as in life [default: 1, or what the site can carry at that rate]
    #[arg(long, value_name = "FACTOR", requires = "load", value_parser = pace)]
    pace: Option<f64>,
    /// Extensions, from 1001 on
    #[arg(long, value_name = "COUNT", default_value_t = 60, value_parser = clap::value_parser!(u32).range(60..=900))]
    stations: u32,
    /// Trunks, from 94001 on
    #[arg(long, value_name = "COUNT", default_value_t = 16, value_parser = clap::value_parser!(u32).range(16..=900))]
    trunks: u32,
    /// Nodes; several need --gateway to be seen, and people files that name devices as node:extension
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=6))]
    nodes: u16,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| (0.001..=1000.0).contains(rate));
    rate.ok_or_else(|| "must be a number from 0.001 to 1000, such as 0.5".to_owned())
}

fn pace(text: &str) -> Result<f64, String> {
    let pace = text.parse::<f64>().ok().filter(|pace| (0.0001..=10.0).contains(pace));
    pace.ok_or_else(|| "must be a number from 0.0001 to 10, such as 0.1".to_owned())
}

/// An exchange, and what happens in it.
pub(super) struct Planned {
    pub(super) exchange: Exchange,
    pub(super) traffic: Traffic,
}

impl RandomCalls {
    /// Random calls, or only what clients command.
    pub(super) fn plan(&self, people: Option<PeopleFile>, naming: Naming) -> Result<Planned, Failure> {
        let wanted = Size { stations: self.stations, trunks: self.trunks, nodes: self.nodes };
        let people = match people {
            Some(people) => people,
            None => invented(wanted)?,
        };
        let mut site = site_of(wanted, &people);
        let traffic = match self.load {
            None => Traffic::None,
            Some(calls_per_s) => {
                let pace = self.pace.unwrap_or_else(|| Settings::pace_for(calls_per_s, &site));
                load::compress(&mut site, pace);
                let settings = Settings { calls_per_s, calls: self.calls, seed: self.seed, pace };
                Traffic::Load(Box::new(load::Load::new(settings)))
            }
        };
        Ok(Planned { exchange: exchange(site, people, naming)?, traffic })
    }
}

fn invented(wanted: Size) -> Result<PeopleFile, Failure> {
    let text = if wanted.nodes > 1 { people_text_for(&site_of(wanted, &PeopleFile::default())) } else { default_people_text().to_owned() };
    PeopleFile::parse(&text).map_err(|error| Failure::new(Exit::Failed, error))
}

pub(super) fn of_scenario(scenario: Scenario, naming: Naming) -> Result<Planned, Failure> {
    let exchange = exchange(scenario.site, scenario.people, naming)?;
    Ok(Planned { exchange, traffic: Traffic::Scenario(Player::new(scenario.steps)) })
}

fn exchange(site: Config, people: PeopleFile, naming: Naming) -> Result<Exchange, Failure> {
    Exchange::new(site, naming.settings(people))
        .map_err(|error| Failure::new(Exit::Data, anyhow::Error::new(error).context("the site cannot be simulated")))
}

pub(super) fn people(file: &Path) -> Result<PeopleFile, Failure> {
    PeopleFile::read(file).map_err(|error| {
        tell_mistakes(file, &error);
        Failure::told(Exit::Data)
    })
}

/// Each mistake with its line, as editors understand it.
pub(super) fn scenario(file: &Path, people: Option<&PeopleFile>) -> Result<Scenario, Failure> {
    Scenario::read(file, people).map_err(|error| match &error {
        ScenarioError::Unreadable { .. } => Failure::new(Exit::Data, error),
        ScenarioError::Mistaken { mistakes, .. } => {
            for mistake in mistakes {
                message::plain(&format!("{}:{}: error: {}: {}", file.display(), mistake.line, mistake.what, mistake.to_do));
            }
            Failure::told(Exit::Data)
        }
    })
}
