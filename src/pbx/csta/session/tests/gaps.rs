//! Monitors and snapshots: how they are placed, and what is told when something was out of sight.

use super::*;

#[test]
fn monitors_are_bounded_in_flight_and_refused_ones_are_tried_later() {
    let numbers: Vec<String> = (1000..1500).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let generic = Settings { application_session: SessionUse::None, ..settings(Dialect::Generic, &numbers) };
    let mut rig = Rig::new(generic);
    rig.serve(&["1007", "1300"]);
    assert!(rig.most_open <= 16, "{}", rig.most_open);
    assert_eq!((rig.status, rig.spans(), rig.session.watches.monitored()), (Some(Status::InStep), 1, 498));
    let denied = rig.notices.iter().filter(|notice| matches!(notice, Notice::Denied(text) if text.contains("invalidDeviceID"))).count();
    assert_eq!(denied, 2);
    rig.sent.clear();
    rig.wait(599);
    let monitors = |rig: &Rig| rig.sent.iter().filter(|(_, message)| matches!(message, Message::Request(Request::MonitorStart(_)))).count();
    assert_eq!(monitors(&rig), 0);
}

#[test]
fn a_monitor_that_is_not_answered_or_ends_is_placed_again() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.asked();
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::Resynchronising), 1));
    rig.wait(10);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::InStep), 1));
    rig.wait(2);
    rig.serve(&[]);
    assert_eq!((rig.session.watches.monitored(), rig.spans()), (2, 2));
    rig.wait(2);
    rig.say(id(5), Request::MonitorStop(Box::new(MonitorStop { monitor: "m201".into(), ..MonitorStop::default() })));
    assert!(matches!(rig.sent.remove(0), (invoke, Message::Response(Response::MonitorStop(_))) if invoke == id(5)));
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::Resynchronising), 1));
    assert!(matches!(rig.told.last(), Some(Event::LinkLost { .. })), "its device is out of sight: {:?}", rig.told);
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored(), rig.spans()), (Some(Status::InStep), 2, 3));
    // It ends again: it is not placed again at once.
    rig.say(id(6), Request::MonitorStop(Box::new(MonitorStop { monitor: "m201".into(), ..MonitorStop::default() })));
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::InStep), 1));
    rig.wait(2);
    rig.serve(&[]);
    assert_eq!((rig.session.watches.monitored(), rig.spans()), (2, 5));
}

#[test]
fn lost_messages_and_a_lost_connection_are_gaps() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.told.clear();
    rig.say(id(1), status(SystemState::MessagesLost));
    assert_eq!(rig.sent.len(), 3, "{:?}", rig.sent);
    rig.sent.remove(0);
    rig.serve(&[]);
    assert!(matches!(rig.told[..], [Event::LinkLost { .. }, Event::ResyncBegan { .. }, Event::Resynchronised { .. }]), "{:?}", rig.told);
    let call = "<OriginatedEvent><originatedConnection><callID>1</callID><deviceID>201</deviceID></originatedConnection>\
        <callingDevice><deviceIdentifier>201</deviceIdentifier></callingDevice></OriginatedEvent>";
    rig.say_xml(InvokeId::EVENT, call);
    rig.told.clear();
    rig.session.closed(rig.clock());
    rig.drain();
    assert!(matches!(rig.told[..], [Event::LinkLost { .. }]));
    rig.connect();
    rig.serve(&[]);
    assert!(matches!(rig.told[1..], [Event::ResyncBegan { .. }, Event::Resynchronised { .. }]), "{:?}", rig.told);
}

#[test]
fn a_long_snapshot_comes_in_parts() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    let (invoke, _) = rig.asked();
    rig.say(invoke, Response::MonitorStart(Box::new(MonitorStarted { monitor: "1".into(), ..MonitorStarted::default() })));
    let (invoke, Request::SnapshotDevice(_)) = rig.asked() else { panic!() };
    let data = Some(DeviceSnapshotData::Service("4".into()));
    rig.say(invoke, Response::SnapshotDevice(Box::new(DeviceSnapshot { data, ..DeviceSnapshot::default() })));
    assert_ne!(rig.status, Some(Status::InStep));
    rig.say_xml(
        InvokeId::EVENT,
        "<SnapshotDeviceData><serviceCrossRefID>4</serviceCrossRefID><lastSegment>true</lastSegment><snapshotData><snapshotDeviceResponseInfo>\
         <connectionIdentifier><callID>1</callID><deviceID>201</deviceID></connectionIdentifier><localCallState><simpleCallState>callReceived\
         </simpleCallState></localCallState></snapshotDeviceResponseInfo></snapshotData></SnapshotDeviceData>",
    );
    assert_eq!(rig.status, Some(Status::InStep));
    assert_eq!(rig.told.iter().filter(|event| matches!(event, Event::Present(_))).count(), 1, "{:?}", rig.told);
}

fn ends(rig: &mut Rig) {
    let invoke = id(7);
    rig.say(invoke, Request::MonitorStop(Box::new(MonitorStop { monitor: "m201".into(), ..MonitorStop::default() })));
}

#[test]
fn a_monitor_that_keeps_ending_is_placed_again_later_each_time() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.wait(3);
    ends(&mut rig);
    rig.serve(&[]);
    assert_eq!(rig.session.watches.monitored(), 2, "at once");
    let mut pauses = Vec::new();
    for _ in 0..4 {
        rig.wait(3);
        ends(&mut rig);
        let mut pause = 0;
        while rig.session.watches.monitored() < 2 {
            rig.wait(1);
            rig.serve(&[]);
            pause += 1;
        }
        pauses.push(pause);
    }
    assert_eq!(pauses, [2, 4, 8, 16]);
}

#[test]
fn a_snapshot_that_is_not_told_is_asked_for_once_more() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    let (invoke, _) = rig.asked();
    rig.say(invoke, Response::MonitorStart(Box::new(MonitorStarted { monitor: "m201".into(), ..MonitorStarted::default() })));
    for tries in 1..=2 {
        let (invoke, Request::SnapshotDevice(_)) = rig.asked() else { panic!("{tries}") };
        rig.say(invoke, Message::Error(ErrorCode::Operation("generic".into())));
    }
    assert_eq!((rig.status, rig.sent.len()), (Some(Status::InStep), 0));
    assert!(rig.notices.iter().any(|notice| matches!(notice, Notice::Degraded(text) if text.contains("those that were known there stay"))));
}

#[test]
fn a_pbx_that_begins_anew_gets_its_monitors_anew() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    assert_eq!(rig.status, Some(Status::InStep));
    rig.say(id(1), status(SystemState::Initializing));
    assert_eq!(rig.status, Some(Status::Resynchronising));
    rig.say(id(2), status(SystemState::Enabled));
    let monitors = rig.sent.iter().filter(|(_, message)| matches!(message, Message::Request(Request::MonitorStart(_)))).count();
    assert_eq!(monitors, 2, "{:?}", rig.sent);
    rig.sent.retain(|(_, message)| matches!(message, Message::Request(_)));
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::InStep), 2));
}

#[test]
fn the_state_that_was_asked_for_counts() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    let poll = |rig: &mut Rig, state: SystemState| {
        rig.wait(30);
        let (invoke, Request::RequestSystemStatus(_)) = rig.asked() else { panic!() };
        let told = strowger_protocol::csta::response::SystemStatusReported { state: Some(state), ..Default::default() };
        rig.say(invoke, Response::RequestSystemStatus(Box::new(told)));
    };
    poll(&mut rig, SystemState::Disabled);
    assert_eq!(rig.status, Some(Status::Resynchronising));
    poll(&mut rig, SystemState::Normal);
    rig.serve(&[]);
    assert_eq!(rig.status, Some(Status::InStep));
}

#[test]
fn a_device_that_is_refused_after_a_reconnection_is_not_waited_for() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.session.closed(rig.clock());
    rig.drain();
    rig.connect();
    rig.serve(&["202"]);
    let connection = |name: &str, device: &str| format!("<{name}><callID>C1</callID><deviceID>{device}</deviceID></{name}>");
    let device = |name: &str, number: &str| format!("<{name}><deviceIdentifier>{number}</deviceIdentifier></{name}>");
    let events = [
        ("OriginatedEvent", [connection("originatedConnection", "201"), device("callingDevice", "201")]),
        ("EstablishedEvent", [connection("establishedConnection", "202"), device("answeringDevice", "202")]),
    ];
    for (name, parts) in events {
        rig.say_xml(InvokeId::EVENT, &format!("<{name}>{}</{name}>", parts.concat()));
    }
    assert!(rig.session.switchboard.has_calls());
    let parts = [connection("droppedConnection", "201"), device("releasingDevice", "201")].concat();
    rig.say_xml(InvokeId::EVENT, &format!("<ConnectionClearedEvent>{parts}</ConnectionClearedEvent>"));
    assert!(!rig.session.switchboard.has_calls(), "{:?}", rig.told);
}
