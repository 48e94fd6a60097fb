//! The same scenario files spoken as System OAI and as CSTA: both give the truth, and so the same records.
//!
//! Where the link suffers, the gaps of both are others, as each protocol notices in its way; each is held against the truth by the gap
//! rules then.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use strowger::directory::{Assignable, Association, DeeSource, Directory, Group, Parts, PeopleFile, Person, PrimaryGroup, User, group_id};
use strowger::simulator::csta::Dialect;
use strowger::simulator::exchange::Exchange;
use strowger::simulator::oai::{Profile, Server};
use strowger::simulator::scenario::{Doing, Scenario};
use strowger::simulator::{Player, Simulation, Start, Traffic, truth};
use strowger::telephony::Time;
use uuid::Uuid;

use super::{System, settings};
use crate::faults::{is_sound, judged, summary};
use crate::load::{difference, told};
use crate::spoken::{Csta, Oai, Spoken};
use crate::stage::{Ledger, PBX, SITE, Stage};
use crate::support::program::source;

/// Longer than any of them.
const HOUR: Duration = Duration::from_hours(1);

/// All but that of two nodes: CSTA knows no gateway, and so no node that is out of sight behind one.
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
            if scenario.site.nodes.len() < 2 {
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
    assert!(files.len() >= 22, "only {} files", files.len());
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
        let by_oai: Stage<Oai> = Stage::new(simulation, strowger::pbx::oai::Settings::default(), Directory::from_people(&scenario.people));
        let by_oai = run(by_oai, scenario);
        wrong.push_str(&held(&by_oai, scenario, true, &format!("{name} by OAI")));
        for dialect in [Dialect::Generic, Dialect::OpenScape, Dialect::Dmcc] {
            let by_csta = run(staged(scenario, dialect), scenario);
            wrong.push_str(&held(&by_csta, scenario, false, &format!("{name} by CSTA, {dialect:?}")));
            let ([calls, true_by_oai], [calls_by_csta, true_by_csta]) = (counts(&by_oai), counts(&by_csta));
            let counts = [calls, true_by_oai, calls_by_csta, true_by_csta];
            if counts.iter().any(|count| *count != calls) || calls == 0 {
                writeln!(wrong, "{name}, {dialect:?}: calls and true records by OAI, and by CSTA: {counts:?}").expect("text");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn staged(scenario: &Scenario, dialect: Dialect) -> Stage<Csta> {
    let mut system = System::of("scenario", dialect);
    system.site = scenario.site.clone();
    system.people = scenario.people.clone();
    system.settings = settings(dialect, &system.profile, &system.site);
    let (_, traffic) = exchange(scenario);
    system.staged(system.site.clone(), traffic)
}

fn suffers(scenario: &Scenario) -> bool {
    scenario.steps.iter().any(|step| matches!(step.doing, Doing::Link(_)))
}

/// Plays it to its end, with people who change when they do.
fn run<P: Spoken>(mut stage: Stage<P>, scenario: &Scenario) -> Stage<P> {
    if suffers(scenario) {
        stage.ledger = Some(Ledger::default());
    }
    while stage.simulation.began().is_none() {
        stage.run(stage.now.plus(Duration::from_secs(1)));
    }
    let began = stage.simulation.began().expect("it began");
    for step in &scenario.steps {
        if let Doing::People { people, .. } = &step.doing {
            stage.directory = Arc::new(changed(&scenario.people, people, began.plus(step.at)));
        }
    }
    stage.run(stage.now.plus(HOUR));
    stage.close();
    stage
}

/// Who holds what before that moment, and from then on.
fn changed(before: &PeopleFile, after: &PeopleFile, at: Time) -> Directory {
    let parts = |file: &PeopleFile| {
        let held = file.users.iter().flat_map(|person| person.assignables().map(|(what, primary)| (person.id(), what.clone(), primary)));
        held.collect::<Vec<_>>()
    };
    let (former, latter) = (parts(before), parts(after));
    let all = former.iter().chain(latter.iter().filter(|held| !former.contains(held)));
    let association = |held: &(Uuid, Assignable, bool)| {
        let (user, assignable, primary) = held.clone();
        let from = if former.contains(held) { Time::MIN } else { at };
        Association { user, assignable, primary, from, until: (!latter.contains(held)).then_some(at) }
    };
    let user = |person: &Person| User { id: person.id(), name: person.name.clone(), email: person.email.clone() };
    let users = after.users.iter().map(user).collect();
    let group = |name: &String| Group { id: group_id(name), name: name.clone() };
    let always = |person: &Person, name| PrimaryGroup { user: person.id(), group: group(name), from: Time::MIN, until: None };
    let primary_groups = after.users.iter().flat_map(|person| person.primary_group.iter().map(|name| always(person, name))).collect();
    let dee = after.dee_memberships(DeeSource::File, Time::MIN);
    Directory::new(Parts { users, associations: all.map(association).collect(), primary_groups, dee, ..Parts::default() })
}

/// What differs from the truth; beyond the gap rules, where the link suffers.
fn held<P: Spoken>(stage: &Stage<P>, scenario: &Scenario, is_numbered: bool, name: &str) -> String {
    if !suffers(scenario) {
        return difference(stage, name);
    }
    let verdict = judged(stage, is_numbered);
    if verdict.wrong.is_empty() && is_sound(stage) && !stage.windows.closed.is_empty() {
        return String::new();
    }
    format!("{name}: {}{}", summary(stage, &verdict), told(&verdict.wrong))
}

/// Calls, and those of them that were told as they were, as far as they were seen.
fn counts<P: Spoken>(stage: &Stage<P>) -> [usize; 2] {
    match &stage.ledger {
        Some(ledger) => [ledger.truth.len(), ledger.records.len()],
        None => [stage.books.calls, stage.books.equal],
    }
}
