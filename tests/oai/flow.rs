//! A flow: what happens at a PBX, as the lines that it says, with their moments.
//!
//! ```text
//! # what it shows
//! station 100                  a station; what else there is: trunk, mailbox, node
//! group 273 kind 2: 2003@105   a hunt group of that type with its agents and where they are logged on
//!
//! 1.0 [D] OR,,M100,507,…       a second of the flow; documented or constructed; a line. `M100`: the cross reference of 100
//!     [C] DE,…                 at the same moment
//! 2.0 > _RR,2:                 the client has sent this command by now (since the last such line)
//! 2.0 state ES,%,M100,…        from now on a resync tells this; `%` is its code. `state none` forgets all
//! 3.0 power up                 RS 0 and RD, as after an idle reset
//! 3.0 loses 2                  two lines get lost
//! ```

use std::fs;
use std::path::PathBuf;

use crate::support::oai::plan::{Device, Group, Plan};
use crate::support::program::source;

#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) plan: Plan,
    /// In order of time.
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// Milliseconds of the flow.
    pub(crate) at: u64,
    pub(crate) what: What,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum What {
    /// The PBX says this, without its sequence number.
    Line(String),
    /// The client has said this, without its invoke id.
    Heard(String),
    State(Option<String>),
    PowerUp,
    Loses(u16),
}

/// Where the flows lie.
pub(crate) fn folder() -> PathBuf {
    source().join("tests/oai/flows")
}

/// All of them, in the order of their names.
pub(crate) fn all() -> Vec<Flow> {
    let mut names: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder()).expect("there are flows") {
        let path = entry.expect("a file").path();
        if path.extension().is_some_and(|extension| extension == "flow") {
            names.push(path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned());
        }
    }
    names.sort();
    names.iter().map(|name| named(name)).collect()
}

pub(crate) fn named(name: &str) -> Flow {
    let text = fs::read_to_string(folder().join(format!("{name}.flow"))).expect("a flow");
    parse(name, &text)
}

fn parse(name: &str, text: &str) -> Flow {
    let mut flow = Flow { name: name.to_owned(), plan: Plan { nodes: Vec::new(), ..Plan::default() }, steps: Vec::new() };
    let mut at = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Some(moment) = milliseconds(first) {
            at = moment;
            flow.steps.push(Step { at, what: what(name, rest.trim()) });
        } else if first.starts_with('[') || [">", "state", "power", "loses"].contains(&first) {
            flow.steps.push(Step { at, what: what(name, line) });
        } else {
            add(&mut flow.plan, first, rest.trim(), name);
        }
    }
    if flow.plan.nodes.is_empty() {
        flow.plan.nodes.push(1);
    }
    assert!(flow.steps.is_sorted_by_key(|step| step.at), "{name}: its moments step back");
    flow
}

fn milliseconds(word: &str) -> Option<u64> {
    let (seconds, thousandths) = word.split_once('.')?;
    let thousandths = format!("{thousandths:0<3}");
    Some(seconds.parse::<u64>().ok()? * 1000 + thousandths.parse::<u64>().ok()?)
}

fn what(name: &str, text: &str) -> What {
    if let Some(command) = text.strip_prefix("> ") {
        return What::Heard(command.to_owned());
    }
    if text == "power up" {
        return What::PowerUp;
    }
    if let Some(state) = text.strip_prefix("state ") {
        return What::State((state != "none").then(|| state.to_owned()));
    }
    if let Some(lines) = text.strip_prefix("loses ") {
        return What::Loses(lines.parse().expect("a number of lines"));
    }
    let line = ["[D] ", "[C] "].iter().find_map(|tag| text.strip_prefix(tag));
    What::Line(line.unwrap_or_else(|| panic!("{name}: neither documented nor constructed: {text}")).to_owned())
}

fn add(plan: &mut Plan, word: &str, rest: &str, name: &str) {
    let (extension, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let device = Device { extension: extension.to_owned(), name: more.to_owned() };
    match word {
        "station" => plan.stations.push(device),
        "trunk" => plan.trunks.push(device),
        "mailbox" => plan.mailboxes.push(device),
        "node" => plan.nodes.push(extension.parse().expect("a node")),
        "group" => {
            let (kind, members) = more.strip_prefix("kind ").and_then(|more| more.split_once(':')).expect("kind N: members");
            let members = members.split_whitespace().map(|member| {
                let (agent, device) = member.split_once('@').expect("AGENT@DEVICE");
                (agent.to_owned(), device.to_owned(), u8::from(!device.is_empty()))
            });
            let members: Vec<(String, String, u8)> = members.collect();
            plan.agents.extend(members.iter().filter(|(agent, at, _)| agent != at).map(|(agent, ..)| agent.clone()));
            let device = Device { name: String::new(), ..device };
            plan.groups.push(Group { device, kind: kind.parse().expect("a kind"), members });
        }
        _ => panic!("{name}: not understood: {word} {rest}"),
    }
}
