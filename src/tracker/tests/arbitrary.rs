//! Events without rhyme or reason, about so few things that they meet.

use proptest::prelude::*;
use smol_str::SmolStr;

use crate::telephony::{
    AgentId, AgentState, Cause, Clearing, ConnectionId, ConnectionState, DeviceChange, DeviceId, DeviceKind, Entry, Event, Party, Present,
    Scope, Stamped, SwitchCallId, Time, TransferKind,
};

/// Later than all of it.
pub(super) const END: Time = Time::from_millis(1_000_000);

pub(super) fn stamped() -> impl Strategy<Value = Stamped> {
    // In any order: clocks step back.
    (0..900_000_i64, 0..1000_i64, event()).prop_map(|(ms, us, event)| Stamped { at: Time::from_micros(ms * 1000 + us), event })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => calls(),
        12 => within_calls(),
        3 => gaps(),
        3 => agents(),
        1 => devices(),
    ]
}

fn gaps() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => scope().prop_map(|scope| Event::LinkLost { scope }),
        2 => scope().prop_map(|scope| Event::ResyncBegan { scope }),
        2 => scope().prop_map(|scope| Event::Resynchronised { scope }),
        3 => present().prop_map(Event::Present),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![2 => Just(Scope::All), 1 => Just(Scope::Node(SmolStr::new("2")))]
}

fn calls() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (call(), connection(), party(), prop::option::of(number())).prop_map(|(call, connection, party, dialled)| Event::Originated {
            call,
            connection,
            party,
            dialled,
        }),
        4 => (call(), connection(), party(), entry(), prop::option::of(connection())).prop_map(|(call, connection, party, how, by)| {
            Event::Offered { call, connection, party, how, by }
        }),
        2 => (call(), connection(), party(), connection()).prop_map(|(call, connection, party, waiting)| Event::Queued {
            call,
            connection,
            party,
            waiting,
        }),
        2 => (call(), call()).prop_map(|(call, with)| Event::CallsJoined { call, with, how: Entry::Conference }),
        2 => (call(), call()).prop_map(|(from, to)| Event::Renumbered { from, to }),
        1 => call().prop_map(|call| Event::CallKept { call }),
        1 => call().prop_map(|call| Event::CallCleared { call }),
        1 => call().prop_map(|call| Event::Discarded { call }),
    ]
}

fn within_calls() -> impl Strategy<Value = Event> {
    prop_oneof![
        2 => connection().prop_map(|connection| Event::Delivered { connection }),
        3 => connection().prop_map(|connection| Event::Established { connection }),
        2 => connection().prop_map(|connection| Event::Held { connection }),
        2 => connection().prop_map(|connection| Event::Retrieved { connection }),
        1 => connection().prop_map(|connection| Event::Diverted { connection, to: None }),
        1 => connection().prop_map(|connection| Event::Failed { connection }),
        1 => (connection(), number()).prop_map(|(connection, number)| Event::Dialled { connection, number }),
        1 => (connection(), entry()).prop_map(|(connection, how)| Event::Entered { connection, how }),
        2 => (any::<bool>(), connection(), prop::option::of(connection()), prop::option::of(connection())).prop_map(
            |(blind, by, consultation, to)| Event::Transferred {
                kind: if blind { TransferKind::Blind } else { TransferKind::Attended },
                by,
                consultation,
                to,
            }
        ),
        1 => (connection(), connection()).prop_map(|(by, to)| Event::TransferReached { by, to }),
        4 => (connection(), clearing()).prop_map(|(connection, how)| Event::Cleared { connection, how, cause: Cause::UNKNOWN }),
    ]
}

fn agents() -> impl Strategy<Value = Event> {
    let state = prop::sample::select(vec![AgentState::Ready, AgentState::NotReady, AgentState::WorkingAfterCall, AgentState::Busy]);
    prop_oneof![
        3 => (agent(), device()).prop_map(|(agent, device)| Event::AgentLoggedOn { agent, device }),
        2 => (agent(), device()).prop_map(|(agent, device)| Event::AgentLoggedOff { agent, device }),
        1 => (agent(), state).prop_map(|(agent, state)| Event::AgentState { agent, state, reason: None }),
    ]
}

fn devices() -> impl Strategy<Value = Event> {
    (device(), 0..4, any::<bool>()).prop_map(|(device, what, on)| {
        Event::Device(match what {
            0 => DeviceChange::InService(device),
            1 => DeviceChange::OutOfService(device),
            2 => DeviceChange::DoNotDisturb(device, on),
            _ => DeviceChange::Forwarding(device, on, None),
        })
    })
}

fn present() -> impl Strategy<Value = Present> {
    let state = prop::sample::select(vec![
        ConnectionState::Null,
        ConnectionState::Initiated,
        ConnectionState::Alerting,
        ConnectionState::Connected,
        ConnectionState::Hold,
        ConnectionState::Queued,
    ]);
    (call(), connection(), party(), entry(), state, 0..900_000_i64, prop::option::of(connection())).prop_map(
        |(call, connection, party, how, state, since, waiting)| Present {
            call,
            connection,
            party,
            how,
            state,
            since: Time::from_millis(since),
            dialled: None,
            waiting,
        },
    )
}

fn call() -> impl Strategy<Value = SwitchCallId> {
    (0..6).prop_map(|n| SwitchCallId::new(format!("call {n}")))
}

fn connection() -> impl Strategy<Value = ConnectionId> {
    let turn = (0..2, call()).prop_map(|(line, call)| ConnectionId::turn(&format!("line {line}"), &call));
    prop_oneof![4 => (0..7).prop_map(|n| ConnectionId::new(format!("connection {n}"))), 1 => turn]
}

fn device() -> impl Strategy<Value = DeviceId> {
    (0..8).prop_map(|n| DeviceId::new(format!("100{n}")))
}

fn agent() -> impl Strategy<Value = AgentId> {
    (0..8).prop_map(|n| AgentId::new(format!("200{n}")))
}

fn number() -> impl Strategy<Value = SmolStr> {
    (0..3).prop_map(|n| SmolStr::new(format!("0170555010{n}")))
}

fn party() -> impl Strategy<Value = Party> {
    let kind = prop::sample::select(vec![
        DeviceKind::Extension,
        DeviceKind::Extension,
        DeviceKind::Extension,
        DeviceKind::HuntGroup,
        DeviceKind::Trunk,
        DeviceKind::VoiceMail,
        DeviceKind::Park,
        DeviceKind::Conference,
        DeviceKind::Ivr,
        DeviceKind::External,
    ]);
    (device(), kind).prop_map(|(device, kind)| Party { device, kind, number: None, name: None, trunk: None })
}

fn entry() -> impl Strategy<Value = Entry> {
    prop::sample::select(vec![
        Entry::Calling,
        Entry::Called,
        Entry::Queue,
        Entry::Consultation,
        Entry::Transfer,
        Entry::Forward,
        Entry::Pickup,
        Entry::Conference,
        Entry::Monitor,
    ])
}

fn clearing() -> impl Strategy<Value = Clearing> {
    prop::sample::select(vec![
        Clearing::HungUp,
        Clearing::Released,
        Clearing::Transferred,
        Clearing::Parked,
        Clearing::PickedUp,
        Clearing::AnsweredElsewhere,
        Clearing::Cancelled,
        Clearing::NoAnswer,
        Clearing::Busy,
        Clearing::Rejected,
        Clearing::Failed,
        Clearing::Diverted,
        Clearing::PutThrough,
        Clearing::Abandoned,
        Clearing::TimedOut,
        Clearing::Lost,
    ])
}
