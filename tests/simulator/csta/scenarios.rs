//! The same scenario files spoken as System OAI and as CSTA: both give the truth, and so the same records.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use strowger::directory::Directory;
use strowger::simulator::csta::Dialect;
use strowger::simulator::exchange::Exchange;
use strowger::simulator::oai::{Profile, Server};
use strowger::simulator::scenario::{Doing, Scenario};
use strowger::simulator::{Player, Simulation, Start, Traffic, truth};

use super::{System, settings};
use crate::load::difference;
use crate::spoken::Oai;
use crate::stage::{PBX, SITE, Stage};
use crate::support::program::source;

/// Longer than any of them.
const HOUR: Duration = Duration::from_hours(1);

/// Those that are not told without gaps, with people who change, or of several nodes are tested elsewhere.
fn scenarios() -> Vec<(PathBuf, Scenario)> {
    let mut found = Vec::new();
    for folder in ["examples/scenarios", "examples/scenarios/attribution"] {
        for entry in fs::read_dir(source().join(folder)).expect("a folder") {
            let file = entry.expect("an entry").path();
            let is_people = file.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("people"));
            if file.extension().is_none_or(|kind| kind != "toml") || is_people {
                continue;
            }
            let scenario = Scenario::read(&file, None).expect("a scenario");
            let is_other = |doing: &Doing| matches!(doing, Doing::Link(_) | Doing::People { .. });
            if scenario.site.nodes.len() < 2 && !scenario.steps.iter().any(|step| is_other(&step.doing)) {
                found.push((file, scenario));
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

fn exchange(scenario: &Scenario) -> (Exchange, Traffic) {
    let truth = truth::Settings { site: SITE.into(), pbx: PBX.into(), country: None, people: scenario.people.clone() };
    let exchange = Exchange::new(scenario.site.clone(), truth).expect("a site");
    (exchange, Traffic::Scenario(Player::new(scenario.steps.clone())))
}

#[test]
fn the_same_files_give_the_same_records_in_both_protocols() {
    let files = scenarios();
    assert!(files.len() >= 20, "only {} files", files.len());
    let wanted = std::env::var("STROWGER_SYSTEM").unwrap_or_default();
    let mut wrong = String::new();
    for (file, scenario) in &files {
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if !name.contains(&wanted) {
            continue;
        }
        let (exchange_, traffic) = exchange(scenario);
        let knobs = scenario.faces.get("oai").cloned().unwrap_or_default();
        let profile: Profile = toml::Value::Table(knobs).try_into().expect("knobs");
        let simulation = Simulation::new(exchange_, Server::new(profile), traffic, Start::Watched(Duration::from_secs(10)));
        let mut by_oai: Stage<Oai> =
            Stage::new(simulation, strowger::pbx::oai::Settings::default(), Directory::from_people(&scenario.people));
        by_oai.run(by_oai.now.plus(HOUR));
        by_oai.close();
        wrong.push_str(&difference(&by_oai, &format!("{name} by OAI")));
        for dialect in [Dialect::Generic, Dialect::OpenScape, Dialect::Dmcc] {
            let by_csta = played(scenario, dialect);
            wrong.push_str(&difference(&by_csta, &format!("{name} by CSTA, {dialect:?}")));
            let counts = [&by_oai.books.calls, &by_oai.books.equal, &by_csta.books.calls, &by_csta.books.equal];
            if counts.iter().any(|count| **count != by_oai.books.calls) || by_oai.books.calls == 0 {
                writeln!(wrong, "{name}, {dialect:?}: calls and true records by OAI, and by CSTA: {counts:?}").expect("text");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn played(scenario: &Scenario, dialect: Dialect) -> Stage<crate::spoken::Csta> {
    let mut system = System::of("scenario", dialect);
    system.site = scenario.site.clone();
    system.people = scenario.people.clone();
    system.settings = settings(dialect, &system.profile, &system.site);
    let (_, traffic) = exchange(scenario);
    let mut stage = system.staged(system.site.clone(), traffic);
    stage.run(stage.now.plus(HOUR));
    stage.close();
    stage
}
