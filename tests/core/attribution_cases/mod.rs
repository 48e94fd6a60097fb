//! Who is credited: a table of named cases, each a few telephony events, the people, and the credit of every segment.
//!
//! The events of a case are put in the order of their times. Times of associations are seconds of the same clock.

mod agent;
mod dee;
mod extension;
mod gap;
mod group;
mod path;

use crate::scene::people::people;
use crate::scene::{credits, play_steps, script, start_of};

struct Case {
    name: &'static str,
    people: &'static str,
    events: &'static [&'static str],
    /// Of every segment, as [`credits`] tells them.
    credits: &'static [&'static str],
}

/// 1001 calls 1002, which alerts at 2 and answers at 4; over at 9.
const ANSWERED: &str = "
    1 A begins a=1001 dials 1002
    1 A offers b=1002 by a
    2 b alerts
    4 b answers
    4 a answers
    9 a leaves hung_up
    9 b leaves released";

/// 1001 calls 1002, which alerts from 2 to 9 and does not answer.
const UNANSWERED: &str = "
    1 A begins a=1001 dials 1002
    1 A offers b=1002 by a
    2 b alerts
    9 b leaves no_answer
    9 a leaves released";

/// From outside: 1001 and the member 1011 alert at 2; the member answers at 4.
const BY_MEMBER: &str = "
    1 A begins a=outside:01705550100 dials 1001
    1 A offers b=1001 by a
    1 A offers c=1011 by a
    2 b alerts
    2 c alerts
    4 c answers
    4 a answers
    4 b leaves cancelled
    9 a leaves hung_up
    9 c leaves released";

/// The calling side of these, where it does not matter.
const ANN: &str = "1001: Ann by primary_extension (associated)";
const OUTSIDE: &str = "01705550100: nobody by none (external)";

#[test]
fn every_case() {
    let mut wrong = Vec::new();
    for case in [agent::CASES, extension::CASES, dee::CASES, path::CASES, group::CASES, gap::CASES].into_iter().flatten() {
        let mut steps = script(&case.events.join("\n"));
        steps.sort_by_key(start_of);
        let played = play_steps(&steps, &people(case.people));
        let got: Vec<String> = played.records.iter().flat_map(credits).collect();
        if got != case.credits || played.open != 0 || played.stray != 0 {
            wrong.push(format!(
                "{}:\n expected {:#?}\n got {got:#?}\n open {} stray {}",
                case.name, case.credits, played.open, played.stray
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
