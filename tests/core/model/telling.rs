//! What a PBX tells of it. It says why a device stopped ringing only where it knows, and nothing while the link is down.

use smol_str::SmolStr;
use strowger::telephony::{
    AgentId, Cause, Clearing, ConnectionId, ConnectionState, DeviceId, DeviceKind, Entry, Event, Party, Present, Scope, Stamped,
    SwitchCallId,
};

use super::story::{Login, seconds};
use super::truth::{Call, Ends, Stay};
use crate::scene::moment;

/// An event, and its place among those of one moment.
type Told = (u64, u8, Event);

pub(super) fn told(calls: &[Call], logins: &[Login], gap: Option<(u64, u64)>) -> Vec<Stamped> {
    let mut events: Vec<Told> = logins.iter().map(|login| (login.at, 0, logs(login))).collect();
    for call in calls {
        for stay in &call.stays {
            stay_events(call, stay, &mut events);
        }
    }
    if let Some((from, until)) = gap {
        events.retain(|(at, ..)| *at < from || *at > until);
        events.push((from, 0, Event::LinkLost { scope: Scope::All }));
        events.extend(snapshot(calls, logins, until).into_iter().map(|event| (until, 0, event)));
    }
    events.sort_by_key(|(at, rank, _)| (*at, *rank));
    events.into_iter().map(|(at, _, event)| Stamped { at: moment(seconds(at)), event }).collect()
}

fn logs(login: &Login) -> Event {
    let (agent, device) = (AgentId::new(login.agent), DeviceId::new(login.device));
    if login.on { Event::AgentLoggedOn { agent, device } } else { Event::AgentLoggedOff { agent, device } }
}

fn stay_events(call: &Call, stay: &Stay, events: &mut Vec<Told>) {
    let name = || ConnectionId::new(&stay.name);
    let (switch_call, connection, party) = (SwitchCallId::new(&stay.call), name(), party(stay));
    let asks = |s: &&Stay| s.call == stay.call && s.how == Entry::Consultation;
    let caller = ConnectionId::new(&call.stays.iter().find(asks).unwrap_or(&call.stays[0]).name);
    let (rank, begins) = match stay.how {
        Entry::Calling => (1, Event::Originated { call: switch_call, connection, party, dialled: Some(SmolStr::new(call.dialled)) }),
        Entry::Consultation => (1, Event::Originated { call: switch_call, connection, party, dialled: None }),
        _ if stay.kind == DeviceKind::HuntGroup => (3, Event::Queued { call: switch_call, connection, party, waiting: caller }),
        how => (3, Event::Offered { call: switch_call, connection, party, how, by: Some(caller) }),
    };
    events.push((stay.start, rank, begins));
    events.extend(stay.alert.map(|at| (at, 4, Event::Delivered { connection: name() })));
    events.extend(stay.answer.map(|at| (at, 4, Event::Established { connection: name() })));
    for (from, until) in &stay.holds {
        events.push((*from, 5, Event::Held { connection: name() }));
        if *until < stay.end {
            events.push((*until, 5, Event::Retrieved { connection: name() }));
        }
    }
    if let (Entry::Consultation, Some((into, at))) = (stay.how, &stay.joined) {
        events.push((
            *at,
            6,
            Event::CallsJoined { call: SwitchCallId::new(into), with: SwitchCallId::new(&stay.call), how: Entry::Conference },
        ));
    }
    if let Some((kind, to)) = stay.transfer {
        let target = &call.stays[to];
        let consultation = call.stays.iter().find(|s| s.how == Entry::Consultation).map(|s| ConnectionId::new(&s.name));
        let to = ConnectionId::new(&target.name);
        // Whom a transfer reaches without asking shows only later.
        let known = consultation.is_some().then(|| to.clone());
        events.push((stay.end, 7, Event::Transferred { kind, by: name(), consultation, to: known }));
        if target.how == Entry::Transfer {
            events.push((target.start, 8, Event::TransferReached { by: name(), to }));
        }
    }
    let how = match stay.ends {
        Ends::HangsUp => Clearing::HungUp,
        Ends::OtherHangsUp => Clearing::Released,
        Ends::NoAnswer => Clearing::NoAnswer,
        Ends::Busy => Clearing::Busy,
        Ends::Rejected => Clearing::Rejected,
        Ends::Elsewhere | Ends::GaveUp => Clearing::Cancelled,
        Ends::HandsOver => Clearing::Transferred,
        Ends::PutThrough => Clearing::PutThrough,
        Ends::StopsWaiting => Clearing::Abandoned,
        Ends::WaitsTooLong => Clearing::TimedOut,
    };
    events.push((
        stay.end,
        if stay.ends == Ends::HandsOver { 9 } else { 2 },
        Event::Cleared { connection: name(), how, cause: Cause::UNKNOWN },
    ));
}

/// What the PBX says is there at that moment.
fn snapshot(calls: &[Call], logins: &[Login], at: u64) -> Vec<Event> {
    let mut events = vec![Event::ResyncBegan { scope: Scope::All }];
    events.extend(
        logins.iter().filter(|login| login.on && super::reference::agent_at(login.device, at, logins) == Some(login.agent)).map(logs),
    );
    for call in calls {
        for stay in call.stays.iter().filter(|stay| stay.start < at && at < stay.end) {
            let state = match stay.answer {
                Some(answer) if answer < at => ConnectionState::Connected,
                _ if stay.alert.is_some_and(|alert| alert < at) => ConnectionState::Alerting,
                _ => ConnectionState::Initiated,
            };
            events.push(Event::Present(Present {
                call: SwitchCallId::new(&stay.call),
                connection: ConnectionId::new(&stay.name),
                party: party(stay),
                how: stay.how,
                state,
                since: moment(seconds(stay.start)),
                dialled: (stay.how == Entry::Calling).then(|| SmolStr::new(call.dialled)),
                waiting: None,
            }));
        }
    }
    events.push(Event::Resynchronised { scope: Scope::All });
    events
}

fn party(stay: &Stay) -> Party {
    Party {
        device: DeviceId::new(stay.device),
        kind: stay.kind,
        number: (stay.kind != DeviceKind::HuntGroup).then(|| SmolStr::new(stay.device)),
        name: None,
        trunk: (stay.kind == DeviceKind::External).then(|| SmolStr::new("trunk")),
    }
}
