//! Two gaps in one call: what the first resync found is told by the second as what became of it in between.

use std::path::Path;
use std::time::Duration;

use strowger::directory::Directory;
use strowger::pbx::oai::Settings;
use strowger::simulator::exchange::Exchange;
use strowger::simulator::oai::{Profile, Server};
use strowger::simulator::scenario::Scenario;
use strowger::simulator::{Player, Simulation, Start, Traffic, truth};
use strowger::telephony::Time;

use crate::faults::{is_sound, judged, summary};
use crate::load::told;
use crate::stage::{Ledger, PBX, SITE, Stage};

/// Each call begins in the first gap and is answered in the second: where it rang already, by the next member of a group, and outside.
const CALLS: &str = "
    at 0s        link is cut for 2s
    at 1s        outside 01715550123 calls 1002
    at 1s        outside 01715550124 calls 3001
    at 1s        1003 dials 901715550125
    at 2s        outside 01715550125 rings
    at SECOND    link is cut for 4s
    after 1s     1002 answers
    after 500ms  1007 answers
    after 500ms  outside 01715550125 answers
    after 20s    1002 hangs up
    after 1s     outside 01715550124 hangs up
    after 1s     1003 hangs up
";

/// From the first to the second: a resync lies between them, or is under way, and so the gap is one.
const APART_S: [u64; 2] = [15, 6];

/// Each of the questions of a resync.
const QUESTION_TAKES: Duration = Duration::from_millis(60);

pub(crate) fn played(apart_s: u64) -> Stage {
    let steps = CALLS.replace("SECOND", &format!("{apart_s}s"));
    let group = format!("[[group]]\nnumber = \"3001\"\nmembers = [\"1006\", \"1007\"]\nno_answer_after = \"{apart_s}s\"");
    let scenario = Scenario::parse(&format!("title = \"Two gaps\"\nsteps = '''{steps}'''\n{group}\n"), Path::new("")).expect("a scenario");
    let truth = truth::Settings { site: SITE.into(), pbx: PBX.into(), country: None, people: scenario.people.clone() };
    let exchange = Exchange::new(scenario.site.clone(), truth).expect("a site");
    let traffic = Traffic::Scenario(Player::new(scenario.steps.clone()));
    let simulation = Simulation::new(exchange, Server::new(Profile::default()), traffic, Start::Watched(Duration::from_secs(10)));
    let mut stage = Stage::new(simulation, Settings::default(), Directory::from_people(&scenario.people));
    stage.ledger = Some(Ledger::default());
    stage.sending_takes = QUESTION_TAKES;
    stage.run(stage.now.plus(Duration::from_hours(1)));
    stage.close();
    stage
}

#[test]
fn who_was_found_ringing_did_not_answer_before() {
    for apart_s in APART_S {
        let stage = played(apart_s);
        let verdict = judged(&stage, true);
        assert!(verdict.wrong.is_empty() && is_sound(&stage), "{apart_s} s: {}{}", summary(&stage, &verdict), told(&verdict.wrong));
        let began = stage.simulation.began().expect("it began");
        let second = began.plus(Duration::from_secs(apart_s));
        let is_late = |at: Option<Time>| at.is_some_and(|at| second < at);
        let records = &stage.ledger.as_ref().expect("kept").records;
        assert!(records.len() == 3 && records.iter().all(|record| record.start_uncertain && is_late(record.answered_at)), "{records:#?}");
        let mut answered = records.iter().flat_map(|record| &record.segments).filter(|segment| segment.answered_at.is_some());
        assert!(answered.all(|segment| is_late(segment.answered_at)), "{records:#?}");
    }
}
