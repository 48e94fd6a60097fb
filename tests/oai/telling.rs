//! The same facts told in all the ways in which a PBX may tell them: the records must not change.

use crate::flow::{Flow, Step, What};
use crate::support::oai::frame::Writing;

/// What becomes of the copies of one fact: every monitor that sees it gets a line of its own (OAI reference §4.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Copies {
    AsWritten,
    /// Only the first, or only the last of them comes.
    First,
    Last,
    /// Each comes twice, for the same monitor and for another one.
    Twice,
    /// They come in the opposite order.
    Reversed,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Telling {
    pub(crate) name: &'static str,
    pub(crate) copies: Copies,
    pub(crate) writing: Writing,
    /// After 999 comes this.
    pub(crate) wraps_to: u16,
    /// Lines that the PBX said before the flow begins.
    pub(crate) said_before: u16,
}

/// All the ways.
pub(crate) fn all() -> Vec<Telling> {
    let plain = Telling { name: "plain", copies: Copies::AsWritten, writing: Writing::default(), wraps_to: 0, said_before: 0 };
    let copies = |name, copies| Telling { name, copies, ..plain };
    let writing = |name, writing| Telling { name, writing, ..plain };
    let form = Writing::default();
    vec![
        plain,
        copies("first copies only", Copies::First),
        copies("last copies only", Copies::Last),
        copies("copies twice", Copies::Twice),
        copies("copies reversed", Copies::Reversed),
        writing("byte by byte", Writing { piece: 1, ..form }),
        writing("in pieces of seven bytes", Writing { piece: 7, ..form }),
        writing("several lines a frame", Writing { several: true, ..form }),
        writing("ends with CR", Writing { end: b"\r", ..form }),
        writing("ends with LF", Writing { end: b"\n", ..form }),
        writing("ends with NUL", Writing { end: b"\r\n\0", ..form }),
        writing("ends with spaces", Writing { end: b"  \r\n", ..form }),
        writing("several lines a frame, CR", Writing { end: b"\r", several: true, piece: 5 }),
        Telling { name: "sequence wraps to 000", said_before: 990, ..plain },
        Telling { name: "sequence wraps to 001", said_before: 990, wraps_to: 1, ..plain },
    ]
}

/// The flow's steps as they are told.
pub(crate) fn told(flow: &Flow, copies: Copies) -> Vec<Step> {
    match copies {
        Copies::AsWritten => flow.steps.clone(),
        Copies::Twice => flow.steps.iter().flat_map(thrice).collect(),
        Copies::First => flow
            .steps
            .iter()
            .enumerate()
            .filter(|(at, _)| !(0..*at).any(|other| same(flow, *at, other)))
            .map(|(_, step)| step.clone())
            .collect(),
        Copies::Last => {
            let later = |at: usize| (at + 1..flow.steps.len()).any(|other| same(flow, at, other));
            flow.steps.iter().enumerate().filter(|(at, _)| !later(*at)).map(|(_, step)| step.clone()).collect()
        }
        Copies::Reversed => {
            let mut steps = flow.steps.clone();
            for at in 0..flow.steps.len() {
                let others: Vec<usize> = (0..flow.steps.len()).filter(|other| *other == at || same(flow, at, *other)).collect();
                let place = others.iter().position(|other| *other == at).expect("itself");
                steps[others[others.len() - 1 - place]] = flow.steps[at].clone();
            }
            steps
        }
    }
}

fn thrice(step: &Step) -> Vec<Step> {
    let What::Line(line) = &step.what else { return vec![step.clone()] };
    let fields: Vec<&str> = line.split(',').collect();
    if fields[2].starts_with('M') {
        let other = [&fields[..2], &["000998"], &fields[3..]].concat().join(",");
        vec![step.clone(), step.clone(), Step { at: step.at, what: What::Line(other) }]
    } else {
        vec![step.clone()]
    }
}

/// Whether two steps are copies of one fact: they differ in whose they are, and in the state of the connection, only.
fn same(flow: &Flow, one: usize, other: usize) -> bool {
    let (one, other) = (&flow.steps[one], &flow.steps[other]);
    match (&one.what, &other.what) {
        (What::Line(a), What::Line(b)) => one.at == other.at && payload(a) == payload(b),
        _ => false,
    }
}

/// Code and fields without monitor and connection state.
fn payload(line: &str) -> Vec<&str> {
    let fields: Vec<&str> = line.split(',').collect();
    let state = match fields[0] {
        "SI" | "HE" | "RE" => Some(5),
        "OR" => Some(9),
        "DE" => Some(16),
        "ES" | "ER" => Some(13),
        "QU" => Some(fields.len() - 2),
        "DI" => Some(7),
        "TR" => Some(12),
        "XC" | "FA" | "NT" => Some(6),
        _ => None,
    };
    let kept = |index: &usize| *index != 2 && Some(*index) != state;
    (0..fields.len()).filter(kept).map(|index| fields[index]).collect()
}
