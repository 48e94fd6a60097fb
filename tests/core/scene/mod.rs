//! Scenes: telephony events written in words, played through an engine, and its records told in words again.
//!
//! One line is one event, `SECONDS WORDS`:
//!
//! ```text
//! 1   A begins a=1001 dials 1002           the party a, extension 1001, begins the switch call A
//! 1.1 A offers b=1002 by a                 `as ENTRY` where it is not simply called
//! 1.2 b alerts                             answers, holds, retrieves, diverts, fails
//! 2   A queues q=queue:3001 for a          park:701, conference:800, mailbox:…, ivr:…; outside:… and trunk:… for `offers`
//! 3   b transfers blind                    `attended`; `via CONNECTION` of its consultation; `to CONNECTION` where known
//! 4   b reached c                          b's transfer reached c
//! 5   c entered as pickup
//! 6   A joins B                            B is part of A from here on
//! 9   a leaves hung_up                     or any other clearing
//! 0   2001 logs on at 1002                 `logs off at`
//! 7   link lost  ·  resync  ·  in step
//! 8   A present a=1001 connected since 1   `as ENTRY`, `dials NUMBER`, `for CONNECTION`
//! 8   restart                              the program is killed, and goes on from a checkpoint
//! ```

#![allow(dead_code, reason = "each test program uses its part")]

pub(crate) mod people;
mod script;
mod sketch;

use strowger::directory::Directory;
use strowger::engine::{Engine, Outcome};
use strowger::record::{CallIdentity, CallRecord, Naming};
use strowger::telephony::{Country, Stamped, Time};
use strowger::tracker::{Change, Limits};

pub(crate) use script::{Step, script, start_of};
pub(crate) use sketch::{credits, sketch};

/// The scenes' clock begins here.
const BEGINNING: &str = "2026-11-22T05:00:00Z";

/// The moment so many seconds after the beginning.
pub(crate) fn moment(seconds: f64) -> Time {
    let beginning = Time::parse(BEGINNING).expect("valid");
    #[expect(clippy::cast_possible_truncation, reason = "a few minutes")]
    Time::from_micros(beginning.as_micros() + (seconds * 1e6).round() as i64)
}

/// The seconds of a moment.
pub(crate) fn seconds(at: Time) -> f64 {
    let beginning = Time::parse(BEGINNING).expect("valid");
    #[expect(clippy::cast_precision_loss, reason = "a few minutes")]
    let micros = (at.as_micros() - beginning.as_micros()) as f64;
    micros / 1e6
}

pub(crate) fn naming() -> Naming {
    Naming { site: "hq".into(), pbx: "pbx".into(), country: Country::new("us"), identity: CallIdentity::Number }
}

/// What came of a scene.
#[derive(Debug)]
pub(crate) struct Played {
    pub(crate) records: Vec<CallRecord>,
    /// Calls that never ended.
    pub(crate) open: usize,
    /// Events that named nobody known.
    pub(crate) stray: usize,
    pub(crate) changes: Vec<Change>,
}

/// Plays a script from an empty engine.
pub(crate) fn play(text: &str, directory: &Directory) -> Played {
    play_steps(&script(text), directory)
}

pub(crate) fn play_steps(steps: &[Step], directory: &Directory) -> Played {
    let mut engine = Engine::new(naming(), Limits::default());
    let mut played = Played { records: Vec::new(), open: 0, stray: 0, changes: Vec::new() };
    let mut outcomes = Vec::new();
    for step in steps {
        match step {
            Step::Event(stamped) => engine.handle(stamped, directory, &mut outcomes),
            Step::Restart(at) => {
                engine = restarted(&engine);
                engine.handle(&Engine::resume(*at), directory, &mut outcomes);
            }
        }
        for outcome in outcomes.drain(..) {
            match outcome {
                Outcome::Record(record) => played.records.push(*record),
                Outcome::Gap(_) => {}
                Outcome::Change(change) => {
                    played.stray += usize::from(change == Change::Stray);
                    played.changes.push(change);
                }
            }
        }
    }
    played.open = engine.tracker().open_calls();
    played
}

/// Plays events that were not written in words.
pub(crate) fn play_events(events: &[Stamped], directory: &Directory) -> Played {
    let steps: Vec<Step> = events.iter().cloned().map(Step::Event).collect();
    play_steps(&steps, directory)
}

/// Another process's engine, from this one's checkpoint.
pub(crate) fn restarted(engine: &Engine) -> Engine {
    let checkpoint = engine.checkpoint().expect("written");
    Engine::restored(naming(), Limits::default(), &checkpoint).expect("read")
}

/// Events alone, for scenes without restarts.
pub(crate) fn events(text: &str) -> Vec<Stamped> {
    let event = |step| match step {
        Step::Event(stamped) => stamped,
        Step::Restart(_) => panic!("a restart is no event"),
    };
    script(text).into_iter().map(event).collect()
}
