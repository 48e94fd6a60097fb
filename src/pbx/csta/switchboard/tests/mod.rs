//! Flows of CSTA §6 as the monitors tell them, and what becomes of them. 201 to 205 are monitored, 300 is a group, T1 a trunk.

mod forwarding;
mod gaps;
mod out_of_sight;

use strowger_protocol::csta::{Message, XmlLimits};

use super::Switchboard;
use crate::pbx::csta::settings::{Device, Dialect, Settings};
use crate::telephony::{Cause, DeviceKind, Event, Time};

fn switchboard() -> Switchboard {
    let device = |number: &str, kind| Device { number: number.into(), kind };
    let mut devices: Vec<Device> = (201..=205).map(|number| device(&number.to_string(), DeviceKind::Extension)).collect();
    devices.push(device("300", DeviceKind::HuntGroup));
    devices.push(device("T1", DeviceKind::Trunk));
    let mut switchboard = Switchboard::new(&Settings { devices, ..Settings::of(Dialect::Generic) });
    for number in ["201", "202", "203", "204", "205", "300"] {
        switchboard.monitored(number, true);
    }
    switchboard
}

/// Takes events, one millisecond after the other, and gives what is told of them in short.
fn told(switchboard: &mut Switchboard, events: &[String]) -> Vec<String> {
    let mut told = Vec::new();
    for (at, body) in events.iter().enumerate() {
        let message = Message::parse(body.as_bytes(), &XmlLimits::default()).unwrap().message;
        let Message::Event(event) = message else { panic!("{body}") };
        switchboard.event(Time::from_millis(1000 + i64::try_from(at).unwrap()), &event);
        told.extend(drained(switchboard));
    }
    told
}

fn drained(switchboard: &mut Switchboard) -> Vec<String> {
    std::iter::from_fn(|| switchboard.poll()).map(|stamped| short(&stamped.event)).collect()
}

fn short(event: &Event) -> String {
    let to = |to: &Option<crate::telephony::ConnectionId>| to.as_ref().map_or("-".to_owned(), ToString::to_string);
    match event {
        Event::Originated { connection, .. } => format!("originated {connection}"),
        Event::Dialled { number, .. } => format!("dialled {number}"),
        Event::Offered { connection, how, party, .. } => {
            let trunk = party.trunk.as_ref().map(|trunk| format!(" by {trunk}")).unwrap_or_default();
            format!("offered {connection} {how:?}{trunk}")
        }
        Event::Delivered { connection } => format!("delivered {connection}"),
        Event::Established { connection } => format!("established {connection}"),
        Event::Held { connection } => format!("held {connection}"),
        Event::Retrieved { connection } => format!("retrieved {connection}"),
        Event::Queued { connection, waiting, .. } => format!("queued {connection} for {waiting}"),
        Event::Diverted { connection, to } => format!("diverted {connection} to {}", to.as_deref().unwrap_or("-")),
        Event::Transferred { kind, by, consultation, to: target } => {
            format!("transferred {kind:?} by {by} asking {} to {}", to(consultation), to(target))
        }
        Event::TransferReached { to, .. } => format!("reached {to}"),
        Event::Entered { connection, how } => format!("entered {connection} {how:?}"),
        Event::CallsJoined { call, with, .. } => format!("joined {call} with {with}"),
        Event::Failed { connection } => format!("failed {connection}"),
        Event::Cleared { connection, how, cause } => {
            let cause = if *cause == Cause::NORMAL_CLEARING { String::new() } else { format!(" {cause}") };
            format!("cleared {connection} {how:?}{cause}")
        }
        Event::Present(present) => format!("present {} {:?} {:?}", present.connection, present.how, present.state),
        Event::LinkLost { .. } => "lost".to_owned(),
        Event::ResyncBegan { .. } => "resync".to_owned(),
        Event::Resynchronised { .. } => "in step".to_owned(),
        Event::AgentLoggedOn { agent, device } => format!("on {agent} {device}"),
        Event::AgentLoggedOff { agent, device } => format!("off {agent} {device}"),
        Event::AgentState { agent, state, .. } => format!("agent {agent} {state:?}"),
        other => format!("{other:?}"),
    }
}

fn connection(name: &str, call: &str, device: &str) -> String {
    format!("<{name}><callID>{call}</callID><deviceID>{device}</deviceID></{name}>")
}

fn device(name: &str, number: &str) -> String {
    format!("<{name}><deviceIdentifier>{number}</deviceIdentifier></{name}>")
}

fn event(name: &str, parts: &[String], cause: &str) -> String {
    format!("<{name}><monitorCrossRefID>1</monitorCrossRefID>{}<cause>{cause}</cause></{name}>", parts.concat())
}

fn originated(call: &str, from: &str, to: &str) -> String {
    event(
        "OriginatedEvent",
        &[connection("originatedConnection", call, from), device("callingDevice", from), device("calledDevice", to)],
        "newCall",
    )
}

fn delivered(call: &str, at: &str, from: &str, to: &str, cause: &str) -> String {
    let parts =
        [connection("connection", call, at), device("alertingDevice", at), device("callingDevice", from), device("calledDevice", to)];
    event("DeliveredEvent", &parts, cause)
}

fn established(call: &str, at: &str, from: &str, cause: &str) -> String {
    let parts = [connection("establishedConnection", call, at), device("answeringDevice", at), device("callingDevice", from)];
    event("EstablishedEvent", &parts, cause)
}

fn cleared(call: &str, at: &str, by: &str) -> String {
    event("ConnectionClearedEvent", &[connection("droppedConnection", call, at), device("releasingDevice", by)], "normalClearing")
}

fn held(call: &str, at: &str) -> String {
    event("HeldEvent", &[connection("heldConnection", call, at), device("holdingDevice", at)], "consultation")
}

fn diverted(call: &str, at: &str, to: &str, cause: &str) -> String {
    let parts = [connection("connection", call, at), device("divertingDevice", at), device("newDestination", to)];
    event("DivertedEvent", &parts, cause)
}

fn item(new: (&str, &str), old: Option<(&str, &str)>) -> String {
    let old = old.map(|(call, device)| connection("oldConnection", call, device)).unwrap_or_default();
    format!("<connectionListItem>{}{old}</connectionListItem>", connection("newConnection", new.0, new.1))
}

fn transferred(old: (&str, &str), second: Option<&str>, to: &str, items: &[String]) -> String {
    let second = second.map(|call| connection("secondaryOldCall", call, old.1)).unwrap_or_default();
    let parts = [
        connection("primaryOldCall", old.0, old.1),
        second,
        device("transferringDevice", old.1),
        device("transferredToDevice", to),
        format!("<transferredConnections>{}</transferredConnections>", items.concat()),
    ];
    event("TransferedEvent", &parts, "transfer")
}

#[test]
fn a_call_that_both_monitors_tell_is_told_once() {
    let mut switchboard = switchboard();
    let flow = [
        event("ServiceInitiatedEvent", &[connection("initiatedConnection", "C1", "201"), device("initiatingDevice", "201")], "makeCall"),
        originated("C1", "201", "202"),
        delivered("C1", "202", "201", "202", "newCall"),
        delivered("C1", "202", "N&lt;201&gt;;noa=nk", "202", "newCall"),
        established("C1", "202", "201", "newCall"),
        established("C1", "N&lt;202&gt;", "201", "newCall"),
        cleared("C1", "201", "201"),
        cleared("C1", "201", "201"),
        cleared("C1", "202", "202"),
        cleared("C1", "202", "202"),
    ];
    let expected = [
        "originated 201@C1",
        "dialled 202",
        "offered 202@C1 Called",
        "delivered 202@C1",
        "established 202@C1",
        "established 201@C1",
        "cleared 201@C1 HungUp",
        "cleared 202@C1 Released",
    ];
    assert_eq!(told(&mut switchboard, &flow), expected);
    assert!(!switchboard.has_calls());
    // The other monitor first, and an event that comes late.
    let late = [delivered("C2", "202", "201", "202", "newCall"), originated("C2", "201", "202"), cleared("C1", "202", "202")];
    assert_eq!(told(&mut switchboard, &late), ["originated 201@C2", "dialled 202", "offered 202@C2 Called", "delivered 202@C2"]);
}

#[test]
fn a_call_from_outside_ends_with_the_monitored_side() {
    let mut switchboard = switchboard();
    let flow = [
        delivered("C1", "201", "5550142", "201", "newCall")
            .replace("<cause>", "<associatedCallingDevice><deviceIdentifier>T1</deviceIdentifier></associatedCallingDevice><cause>"),
        established("C1", "201", "5550142", "newCall"),
        cleared("C1", "201", "201"),
    ];
    let told = told(&mut switchboard, &flow);
    let expected = [
        "originated T1@C1",
        "dialled 201",
        "offered 201@C1 Called",
        "delivered 201@C1",
        "established 201@C1",
        "established T1@C1",
        "cleared 201@C1 HungUp",
        "cleared T1@C1 Released",
    ];
    assert_eq!(told, expected);
    assert!(!switchboard.has_calls());
}

#[test]
fn a_call_to_outside_goes_by_its_trunk() {
    let mut switchboard = switchboard();
    let reached = [
        connection("outboundConnection", "C1", "T1"),
        device("networkInterfaceUsed", "T1"),
        device("callingDevice", "201"),
        device("calledDevice", "5550142"),
    ];
    let flow = [
        originated("C1", "201", "5550142"),
        event("NetworkReachedEvent", &reached, "normal"),
        established("C1", "5550142", "201", "newCall"),
        cleared("C1", "T1", "T1"),
        cleared("C1", "201", "201"),
    ];
    let expected = [
        "originated 201@C1",
        "dialled 5550142",
        "offered T1@C1 Called by T1",
        "established T1@C1",
        "established 201@C1",
        "cleared T1@C1 HungUp",
        "cleared 201@C1 Released",
    ];
    assert_eq!(told(&mut switchboard, &flow), expected);
}

#[test]
fn a_call_that_is_not_answered_goes_on() {
    let mut switchboard = switchboard();
    let flow = [
        originated("C1", "201", "202"),
        delivered("C1", "202", "201", "202", "newCall"),
        diverted("C1", "202", "203", "callForwardNoAnswer"),
        delivered("C1", "203", "201", "202", "callForwardNoAnswer"),
        cleared("C1", "201", "201"),
        cleared("C1", "203", "201"),
    ];
    let expected = [
        "originated 201@C1",
        "dialled 202",
        "offered 202@C1 Called",
        "delivered 202@C1",
        "cleared 202@C1 NoAnswer callForwardNoAnswer",
        "offered 203@C1 Forward",
        "delivered 203@C1",
        "cleared 201@C1 HungUp",
        "cleared 203@C1 Cancelled",
    ];
    assert_eq!(told(&mut switchboard, &flow), expected);
}

#[test]
fn a_queue_offers_to_its_members() {
    let mut switchboard = switchboard();
    let queued = [
        connection("queuedConnection", "C1", "300"),
        device("queue", "300"),
        device("callingDevice", "5550142"),
        device("calledDevice", "300"),
    ];
    let flow = [
        event("QueuedEvent", &queued, "enteringDistribution"),
        diverted("C1", "300", "201", "distributed"),
        delivered("C1", "201", "5550142", "300", "distributed"),
        cleared("C1", "201", "201").replace("normalClearing", "callNotAnswered"),
        delivered("C1", "202", "5550142", "300", "distributed"),
        established("C1", "202", "5550142", "distributed"),
        cleared("C1", "5550142", "5550142"),
        cleared("C1", "202", "202"),
    ];
    let expected = [
        "originated 5550142@C1",
        "dialled 300",
        "queued 300@C1 for 5550142@C1",
        "offered 201@C1 Queue",
        "delivered 201@C1",
        "cleared 201@C1 NoAnswer callNotAnswered",
        "offered 202@C1 Queue",
        "delivered 202@C1",
        "established 202@C1",
        "cleared 300@C1 PutThrough",
        "established 5550142@C1",
        "cleared 5550142@C1 HungUp",
        "cleared 202@C1 Released",
    ];
    assert_eq!(told(&mut switchboard, &flow), expected);
}

#[test]
fn busy_and_the_tone_after_it() {
    let mut switchboard = switchboard();
    let failed = [
        connection("failedConnection", "C1", "202"),
        device("failingDevice", "202"),
        device("callingDevice", "201"),
        device("calledDevice", "202"),
    ];
    let flow = [originated("C1", "201", "202"), event("FailedEvent", &failed, "busy"), cleared("C1", "201", "201")];
    let expected = [
        "originated 201@C1",
        "dialled 202",
        "offered 202@C1 Called",
        "failed 202@C1",
        "cleared 201@C1 HungUpOnTone busy",
        "cleared 202@C1 Busy busy",
    ];
    assert_eq!(told(&mut switchboard, &flow), expected);
}

/// Whichever number the call goes by after it.
#[test]
fn an_announced_transfer_under_either_number_or_a_new_one() {
    for number in ["C1", "C2", "C3"] {
        for listed in [true, false] {
            let mut switchboard = switchboard();
            let old = |call, device| listed.then_some((call, device));
            let items = [item((number, "5550142"), old("C1", "5550142")), item((number, "202"), old("C2", "202"))];
            let copy = transferred(("C1", "201"), Some("C2"), "202", &items);
            let flow = [
                delivered("C1", "201", "5550142", "201", "newCall"),
                established("C1", "201", "5550142", "newCall"),
                held("C1", "201"),
                originated("C2", "201", "202"),
                delivered("C2", "202", "201", "202", "consultation"),
                established("C2", "202", "201", "consultation"),
                copy.clone(),
                copy,
                cleared("C2", "201", "201"),
                cleared(number, "202", "202"),
            ];
            let told = told(&mut switchboard, &flow);
            let expected = [
                "entered 201@C2 Consultation",
                "transferred Attended by 201@C1 asking 201@C2 to 202@C2",
                "joined C1 with C2",
                "cleared 201@C1 Transferred transfer",
                "cleared 201@C2 Transferred transfer",
                "joined C1 with C3",
                "cleared 202@C2 HungUp",
                "cleared 5550142@C1 Released",
            ];
            let is_new = number == "C3";
            let expected: Vec<&str> = expected.into_iter().filter(|line| is_new || *line != "joined C1 with C3").collect();
            assert_eq!(told[told.len() - expected.len()..], expected, "{number} {listed}: {told:#?}");
            assert!(!switchboard.has_calls(), "{number} {listed}");
        }
    }
}

/// Both of its calls came to it: then neither was to ask somebody.
#[test]
fn who_was_called_twice_and_joins_both_asked_nobody() {
    let mut switchboard = switchboard();
    let flow = [
        originated("C1", "202", "201"),
        established("C1", "201", "202", "newCall"),
        held("C1", "201"),
        originated("C2", "203", "201"),
        established("C2", "201", "203", "newCall"),
        transferred(
            ("C1", "201"),
            Some("C2"),
            "203",
            &[item(("C1", "202"), Some(("C1", "202"))), item(("C1", "203"), Some(("C2", "203")))],
        ),
    ];
    let told = told(&mut switchboard, &flow);
    assert!(told.contains(&"transferred Attended by 201@C1 asking - to 203@C2".to_owned()), "{told:#?}");
}

/// A mobile that calls the desk whose twin it is.
#[test]
fn a_number_that_calls_itself_by_another_trunk_is_there_twice() {
    let mut switchboard = switchboard();
    switchboard.devices.learn("T2", DeviceKind::Trunk);
    let reached = [
        connection("outboundConnection", "C1", "T2"),
        device("networkInterfaceUsed", "T2"),
        device("callingDevice", "5550142"),
        device("calledDevice", "5550142"),
    ];
    let by_trunk = "<associatedCallingDevice><deviceIdentifier>T1</deviceIdentifier></associatedCallingDevice><cause>";
    let flow = [
        delivered("C1", "201", "5550142", "201", "multipleAlerting").replace("<cause>", by_trunk),
        event("NetworkReachedEvent", &reached, "newCall"),
        established("C1", "201", "5550142", "newCall"),
        cleared("C1", "T2", "201"),
    ];
    let told = told(&mut switchboard, &flow);
    assert_eq!(told[0], "originated T1@C1");
    assert!(told.contains(&"offered T2@C1 Called by T2".to_owned()), "{told:#?}");
    assert_eq!(told.last().unwrap(), "cleared T2@C1 AnsweredElsewhere answeredElsewhere");
}

#[test]
fn a_transfer_without_asking() {
    let mut switchboard = switchboard();
    let items = [item(("C1", "5550142"), Some(("C1", "5550142")))];
    let flow = [
        delivered("C1", "201", "5550142", "201", "newCall"),
        established("C1", "201", "5550142", "newCall"),
        transferred(("C1", "201"), None, "203", &items).replace("<cause>transfer", "<cause>singleStepTransfer"),
        delivered("C1", "203", "5550142", "203", "singleStepTransfer"),
        established("C1", "203", "5550142", "singleStepTransfer"),
        cleared("C1", "5550142", "5550142"),
        cleared("C1", "203", "203"),
    ];
    let told = told(&mut switchboard, &flow);
    let expected = [
        "transferred Blind by 201@C1 asking - to -",
        "cleared 201@C1 Transferred singleStepTransfer",
        "offered 203@C1 Transfer",
        "delivered 203@C1",
        "reached 203@C1",
        "established 203@C1",
        "cleared 5550142@C1 HungUp",
        "cleared 203@C1 Released",
    ];
    assert_eq!(told[told.len() - 8..], expected, "{told:#?}");
}

#[test]
fn a_conference_of_three() {
    let mut switchboard = switchboard();
    let items = [
        item(("C3", "5550142"), Some(("C1", "5550142"))),
        item(("C3", "202"), Some(("C2", "202"))),
        item(("C3", "201"), Some(("C1", "201"))),
    ];
    let parts = [
        connection("primaryOldCall", "C1", "201"),
        connection("secondaryOldCall", "C2", "201"),
        device("conferencingDevice", "201"),
        device("addedParty", "202"),
        format!("<conferenceConnections>{}</conferenceConnections>", items.concat()),
    ];
    let conferenced = event("ConferencedEvent", &parts, "conference");
    let flow = [
        delivered("C1", "201", "5550142", "201", "newCall"),
        established("C1", "201", "5550142", "newCall"),
        held("C1", "201"),
        originated("C2", "201", "202"),
        delivered("C2", "202", "201", "202", "consultation"),
        established("C2", "202", "201", "consultation"),
        conferenced.clone(),
        conferenced,
        cleared("C3", "202", "202"),
        cleared("C3", "201", "201"),
    ];
    let told = told(&mut switchboard, &flow);
    let expected = [
        "retrieved 201@C1",
        "entered 201@C2 Consultation",
        "entered 202@C2 Conference",
        "joined C1 with C2",
        "cleared 201@C2 Conferenced conference",
        "joined C1 with C3",
        "cleared 202@C2 HungUp",
        "cleared 201@C1 HungUp",
        "cleared 5550142@C1 Released",
    ];
    assert_eq!(told[told.len() - 9..], expected, "{told:#?}");
}

#[test]
fn several_ring_and_one_answers() {
    let mut switchboard = switchboard();
    let flow = [
        delivered("C1", "201", "5550142", "201", "multipleAlerting"),
        delivered("C1", "202", "5550142", "201", "multipleAlerting"),
        established("C1", "202", "5550142", "newCall"),
        cleared("C1", "201", "201"),
    ];
    let told = told(&mut switchboard, &flow);
    assert_eq!(told.last().unwrap(), "cleared 201@C1 AnsweredElsewhere answeredElsewhere");
}

#[test]
fn agents_are_told_once_and_known_by_their_device() {
    let mut switchboard = switchboard();
    let agent = |name: &str, id: &str| {
        let id = if id.is_empty() { String::new() } else { format!("<agentID>{id}</agentID>") };
        format!("<{name}>{}{id}</{name}>", device("agentDevice", "201"))
    };
    let flow = [
        agent("AgentLoggedOnEvent", "7001"),
        agent("AgentLoggedOnEvent", "7001"),
        agent("AgentReadyEvent", ""),
        agent("AgentReadyEvent", "7001"),
        agent("AgentBusyEvent", ""),
        agent("AgentLoggedOffEvent", ""),
    ];
    assert_eq!(told(&mut switchboard, &flow), ["on 7001 201", "agent 7001 Ready", "agent 7001 Busy", "off 7001 201"]);
}
