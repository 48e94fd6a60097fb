//! Every example scenario in virtual time: each step is done, and the truth is what its comments say.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::record::{CallRecord, Segment};
use crate::simulator::exchange::Exchange;
use crate::simulator::oai::Profile;
use crate::simulator::scenario::Scenario;
use crate::simulator::{Faceless, Notice, Player, Simulation, Start, Traffic, truth};
use crate::telephony::Time;

fn examples(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/scenarios").join(folder);
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let is_scenario = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        Path::new(name).extension().is_some_and(|extension| extension == "toml") && !name.ends_with("people.toml")
    };
    let mut files: Vec<PathBuf> = entries.filter(is_scenario).collect();
    files.sort();
    files
}

/// What happened, as people read it.
fn played(file: &Path) -> String {
    let scenario = Scenario::read(file, None).unwrap_or_else(|error| panic!("{error}"));
    if let Some(knobs) = scenario.faces.get("oai") {
        let profile: Result<Profile, _> = toml::Value::Table(knobs.clone()).try_into();
        profile.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    let settings = truth::Settings { site: "hq".into(), pbx: "mitel".into(), country: None, people: scenario.people };
    let exchange = Exchange::new(scenario.site, settings).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut simulation = Simulation::new(exchange, Faceless, Traffic::Scenario(Player::new(scenario.steps)), Start::AtOnce);
    let began = Time::parse("2026-11-22T08:00:00Z").expect("valid");
    simulation.advance(began);
    let mut text = format!("{}\n", scenario.title);
    for _ in 0..10_000 {
        while let Some(notice) = simulation.poll_notice() {
            assert!(matches!(notice, Notice::Step { .. }), "{}: {notice:?}", file.display());
        }
        while let Some(record) = simulation.poll_truth() {
            tell(&mut text, &record, began);
        }
        if simulation.is_done() {
            break;
        }
        simulation.advance(simulation.poll_timeout().expect("something is due until it is done"));
    }
    assert!(simulation.is_done(), "{} never ends", file.display());
    assert_eq!(simulation.exchange().calls().count(), 0, "{} leaves a call open", file.display());
    text
}

fn tell(text: &mut String, record: &CallRecord, began: Time) {
    let second = |at: Time| format!("{}", at.millis_since(began) / 1000);
    let number = |number: &Option<String>| number.clone().unwrap_or_else(|| "-".to_owned());
    let (from, until) = (second(record.started_at), second(record.ended_at));
    let who = format!("{} > {}", number(&record.caller.number), number(&record.dialled.number));
    writeln!(text, "{from}-{until} s {:?} {who}: {:?}", record.direction, record.outcome).expect("written");
    for Segment {
        seq,
        device,
        agent,
        role,
        started_at,
        answered_at,
        ended_at,
        outcome,
        left_by,
        cause,
        transfer,
        user,
        attribution,
        holds,
        ..
    } in &record.segments
    {
        let agent = agent.as_ref().map(|agent| format!("/{agent}")).unwrap_or_default();
        let answered = answered_at.map(|at| format!(" answered {}", second(at))).unwrap_or_default();
        let held: Vec<String> = holds.iter().map(|(from, until)| format!(" held {}-{}", second(*from), second(*until))).collect();
        let held = held.concat();
        let transfer = transfer.as_ref().map(|transfer| format!(" {:?} to {:?}", transfer.kind, transfer.to_seq)).unwrap_or_default();
        let user = user.as_ref().map_or_else(|| attribution.reason.clone(), |user| format!("{} by {:?}", user.name, attribution.rule));
        writeln!(
            text,
            "  {seq} {device}{agent} {role:?} {}-{}{answered}{held}: {outcome:?} {left_by:?} {cause}{transfer}; {user}",
            second(*started_at),
            second(*ended_at),
        )
        .expect("written");
    }
}

#[test]
fn every_example_is_played_to_its_end() {
    let files = examples("");
    assert!(files.len() > 10, "{files:?}");
    for file in files {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        insta::assert_snapshot!(name, played(&file));
    }
}

#[test]
fn every_case_of_attribution_credits_whom_it_says() {
    let files = examples("attribution");
    assert_eq!(files.len(), 8, "{files:?}");
    for file in files {
        let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        insta::assert_snapshot!(format!("attribution_{name}"), played(&file));
    }
}
