//! From words to telephony events.

use serde::de::DeserializeOwned;
use smol_str::SmolStr;
use strowger::telephony::{
    AgentId, Cause, Clearing, ConnectionId, ConnectionState, DeviceId, DeviceKind, Entry, Event, Party, Present, Scope, Stamped,
    SwitchCallId, Time, TransferKind,
};

use super::moment;

/// One line.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a scene has few steps")]
pub(crate) enum Step {
    Event(Stamped),
    /// The last sign of life of the process that ended.
    Restart(Time),
}

/// When it happens.
pub(crate) fn start_of(step: &Step) -> Time {
    match step {
        Step::Event(stamped) => stamped.at,
        Step::Restart(at) => *at,
    }
}

/// Understands a script; panics at what it does not understand.
pub(crate) fn script(text: &str) -> Vec<Step> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty()).map(step).collect()
}

fn step(line: &str) -> Step {
    let mut words = line.split_whitespace();
    let at = words.next().and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no time in: {line}"));
    let rest: Vec<&str> = words.collect();
    if rest == ["restart"] {
        return Step::Restart(moment(at));
    }
    let event = event(&rest).unwrap_or_else(|| panic!("not understood: {line}"));
    Step::Event(Stamped { at: moment(at), event })
}

fn event(words: &[&str]) -> Option<Event> {
    Some(match words {
        ["link", "lost"] => Event::LinkLost { scope: Scope::All },
        ["resync"] => Event::ResyncBegan { scope: Scope::All },
        ["in", "step"] => Event::Resynchronised { scope: Scope::All },
        [agent, "logs", "on", "at", device] => Event::AgentLoggedOn { agent: AgentId::new(agent), device: DeviceId::new(device) },
        [agent, "logs", "off", "at", device] => Event::AgentLoggedOff { agent: AgentId::new(agent), device: DeviceId::new(device) },
        [call, "begins", who, more @ ..] => {
            let (connection, party) = party(who);
            Event::Originated { call: SwitchCallId::new(call), connection, party, dialled: word(more, "dials").map(SmolStr::new) }
        }
        [call, "offers", who, more @ ..] => {
            let (connection, party) = party(who);
            let how = word(more, "as").map_or(Entry::Called, named);
            Event::Offered { call: SwitchCallId::new(call), connection, party, how, by: word(more, "by").map(ConnectionId::new) }
        }
        [call, "queues", what, "for", waiting] => {
            let (connection, party) = party(what);
            Event::Queued { call: SwitchCallId::new(call), connection, party, waiting: ConnectionId::new(waiting) }
        }
        [call, "present", who, state, more @ ..] => {
            let (connection, party) = party(who);
            let is_path = !matches!(party.kind, DeviceKind::Extension | DeviceKind::External | DeviceKind::Trunk);
            let usual = if is_path { Entry::Queue } else { Entry::Called };
            Event::Present(Present {
                call: SwitchCallId::new(call),
                connection,
                party,
                how: word(more, "as").map_or(usual, named),
                state: named::<ConnectionState>(state),
                since: moment(word(more, "since")?.parse().ok()?),
                dialled: word(more, "dials").map(SmolStr::new),
                waiting: word(more, "for").map(ConnectionId::new),
            })
        }
        [call, "joins", with] => {
            Event::CallsJoined { call: SwitchCallId::new(call), with: SwitchCallId::new(with), how: Entry::Conference }
        }
        [connection, "alerts"] => Event::Delivered { connection: ConnectionId::new(connection) },
        [connection, "answers"] => Event::Established { connection: ConnectionId::new(connection) },
        [connection, "holds"] => Event::Held { connection: ConnectionId::new(connection) },
        [connection, "retrieves"] => Event::Retrieved { connection: ConnectionId::new(connection) },
        [connection, "fails"] => Event::Failed { connection: ConnectionId::new(connection) },
        [connection, "diverts"] => Event::Diverted { connection: ConnectionId::new(connection), to: None },
        [by, "transfers", kind, more @ ..] => Event::Transferred {
            kind: named::<TransferKind>(kind),
            by: ConnectionId::new(by),
            consultation: word(more, "via").map(ConnectionId::new),
            to: word(more, "to").map(ConnectionId::new),
        },
        [by, "reached", to] => Event::TransferReached { by: ConnectionId::new(by), to: ConnectionId::new(to) },
        [connection, "entered", "as", how] => Event::Entered { connection: ConnectionId::new(connection), how: named(how) },
        [connection, "leaves", how] => {
            Event::Cleared { connection: ConnectionId::new(connection), how: named::<Clearing>(how), cause: Cause::NORMAL_CLEARING }
        }
        _ => return None,
    })
}

fn word<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    words.iter().position(|word| *word == key).and_then(|at| words.get(at + 1)).copied()
}

fn named<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_value(serde_json::Value::from(name)).unwrap_or_else(|_| panic!("no such name: {name}"))
}

/// `a=1001`: connection a of extension 1001; `q=queue:3001`: of another kind.
fn party(text: &str) -> (ConnectionId, Party) {
    let (connection, device) = text.split_once('=').unwrap_or_else(|| panic!("no connection: {text}"));
    let (kind, number) = device.split_once(':').unwrap_or(("extension", device));
    let (kind, is_person) = match kind {
        "extension" => (DeviceKind::Extension, true),
        "outside" => (DeviceKind::External, true),
        "trunk" => (DeviceKind::Trunk, true),
        "queue" => (DeviceKind::HuntGroup, false),
        "park" => (DeviceKind::Park, false),
        "conference" => (DeviceKind::Conference, false),
        "mailbox" => (DeviceKind::VoiceMail, false),
        "ivr" => (DeviceKind::Ivr, false),
        other => panic!("no such kind: {other}"),
    };
    let party = Party {
        device: DeviceId::new(number),
        kind,
        number: is_person.then(|| SmolStr::new(number)),
        name: None,
        trunk: matches!(kind, DeviceKind::External | DeviceKind::Trunk).then(|| SmolStr::new("trunk")),
    };
    (ConnectionId::new(connection), party)
}
