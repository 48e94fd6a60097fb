//! What snapshots say after something was out of sight, and what becomes of it.

use strowger_protocol::csta::response::{AgentStateEntry, DeviceSnapshotData, SnapshotDeviceEntry};
use strowger_protocol::csta::{Message, Response, XmlLimits};

use super::*;

/// A call at a device: with that other side, where there is one only, in these states, its own first.
fn entries(call: &str, device: &str, other: &str, states: &[&str]) -> Vec<SnapshotDeviceEntry> {
    let other = if other.is_empty() { "<notKnown/>".to_owned() } else { format!("<deviceIdentifier>{other}</deviceIdentifier>") };
    let states: Vec<String> = states.iter().map(|state| format!("<localConnectionState>{state}</localConnectionState>")).collect();
    let states = states.concat();
    let body = format!(
        "<SnapshotDeviceResponse><crossRefIDorSnapshotData><snapshotData><snapshotDeviceResponseInfo><connectionIdentifier>\
         <callID>{call}</callID><deviceID>{device}</deviceID></connectionIdentifier><endpointDevice>{other}</endpointDevice>\
         <localCallState><compoundCallState>{states}</compoundCallState></localCallState>\
         </snapshotDeviceResponseInfo></snapshotData></crossRefIDorSnapshotData></SnapshotDeviceResponse>"
    );
    let Message::Response(Response::SnapshotDevice(snapshot)) = Message::parse(body.as_bytes(), &XmlLimits::default()).unwrap().message
    else {
        panic!("{body}")
    };
    let Some(DeviceSnapshotData::Data(data)) = snapshot.data else { panic!("{body}") };
    data.entries
}

impl Switchboard {
    fn is_in(&mut self, call: &str, device: &str, other: &str, states: &[&str]) {
        self.snapshot(Time::from_millis(3000), device, &entries(call, device, other, states));
    }

    fn gap(&mut self) {
        self.lost(Time::from_millis(2000));
        drained(self);
    }

    /// What is told of the calls that are there.
    fn present(&mut self) -> Vec<String> {
        self.resynchronised(Time::from_millis(3000));
        let told = drained(self);
        assert_eq!((told.first().map(String::as_str), told.last().map(String::as_str)), (Some("resync"), Some("in step")));
        told[1..told.len() - 1].to_vec()
    }
}

/// All that has a monitor, the trunk as well.
fn watched() -> Switchboard {
    let mut switchboard = switchboard();
    switchboard.monitored("T1", true);
    switchboard
}

fn from_outside(call: &str) -> [String; 2] {
    let by_trunk = |event: String| {
        event.replace("<cause>", "<associatedCallingDevice><deviceIdentifier>T1</deviceIdentifier></associatedCallingDevice><cause>")
    };
    [by_trunk(delivered(call, "201", "5550142", "201", "newCall")), by_trunk(established(call, "201", "5550142", "newCall"))]
}

#[test]
fn the_present_state_is_told_in_one_piece() {
    let mut switchboard = switchboard();
    assert_eq!(told(&mut switchboard, &[originated("C1", "201", "202"), delivered("C1", "202", "201", "202", "newCall")]).len(), 4);
    switchboard.lost(Time::from_millis(2000));
    switchboard.is_in("C5", "203", "5550142", &["connected", "connected"]);
    switchboard.is_in("C6", "204", "5550143", &["alerting", "connected"]);
    switchboard.snapshot(Time::from_millis(3000), "201", &[]);
    // An event about what a snapshot brought is told with it.
    assert_eq!(told(&mut switchboard, &[held("C5", "203")]), ["lost"]);
    let expected = [
        "present 5550142@C5 Calling Connected",
        "retrieved 5550142@C5",
        "present 203@C5 Called Hold",
        "present 5550143@C6 Calling Initiated",
        "present 204@C6 Called Alerting",
    ];
    assert_eq!(switchboard.present(), expected);
    assert_eq!(told(&mut switchboard, &[cleared("C5", "203", "203")]), ["cleared 203@C5 HungUp", "cleared 5550142@C5 Released"]);
}

/// The trunk's snapshot and the station's speak of the same party outside, whichever comes first.
#[test]
fn a_trunk_stands_for_the_party_outside() {
    for trunk_first in [true, false] {
        let mut switchboard = watched();
        let mut seen = [("201", "5550142"), ("T1", "201")];
        if trunk_first {
            seen.reverse();
        }
        for (device, other) in seen {
            switchboard.is_in("C1", device, other, &["connected", "connected"]);
        }
        let mut present = switchboard.present();
        present.sort();
        let told_as = |line: &str| present.iter().any(|told| told.starts_with(line));
        assert!(present.len() == 4 && told_as("present T1@C1") && told_as("present 201@C1"), "{trunk_first}: {present:#?}");
        let after = told(&mut switchboard, &[cleared("C1", "T1", "T1"), cleared("C1", "201", "201")]);
        assert_eq!(after, ["cleared T1@C1 HungUp", "cleared 201@C1 Released"], "{trunk_first}");
    }
}

/// A conference does not say who is on the other side.
#[test]
fn a_party_outside_that_was_known_goes_on_by_its_trunk() {
    let mut switchboard = watched();
    told(&mut switchboard, &from_outside("C1"));
    switchboard.gap();
    for device in ["T1", "201", "202"] {
        switchboard.is_in("C1", device, "", &["connected", "connected", "connected"]);
    }
    let expected = [
        "present T1@C1 Calling Connected",
        "retrieved T1@C1",
        "present 201@C1 Called Connected",
        "retrieved 201@C1",
        "present 202@C1 Called Connected",
        "retrieved 202@C1",
    ];
    assert_eq!(switchboard.present(), expected);
}

/// A program that begins anew tells what it finds under the names that it told before.
#[test]
fn a_party_outside_has_the_same_name_after_a_restart() {
    let mut before = watched();
    let first = told(&mut before, &from_outside("C1"));
    assert_eq!(first[0], "originated T1@C1");
    let mut after = watched();
    after.is_in("C1", "201", "5550142", &["connected", "connected"]);
    after.is_in("C1", "T1", "201", &["connected", "connected"]);
    assert!(after.present().contains(&"present T1@C1 Calling Connected".to_owned()));
}

/// Who is put on hold or handed over waits while another one rings, and calls nobody.
#[test]
fn who_talked_before_the_gap_does_not_call_after_it() {
    let mut switchboard = watched();
    told(&mut switchboard, &from_outside("C1"));
    switchboard.gap();
    switchboard.is_in("C1", "T1", "202", &["connected", "alerting"]);
    switchboard.is_in("C1", "202", "5550142", &["alerting", "connected"]);
    switchboard.present();
    let after = told(&mut switchboard, &[established("C1", "202", "5550142", "newCall"), cleared("C1", "202", "202")]);
    assert_eq!(after[..2], ["established 202@C1", "cleared 202@C1 HungUp"]);
}

#[test]
fn who_hangs_up_while_another_one_rings_after_the_gap_ends_the_call() {
    let mut switchboard = watched();
    told(&mut switchboard, &from_outside("C1"));
    switchboard.gap();
    switchboard.is_in("C1", "T1", "202", &["connected", "alerting"]);
    switchboard.is_in("C1", "202", "5550142", &["alerting", "connected"]);
    switchboard.present();
    let after = told(&mut switchboard, &[cleared("C1", "T1", "T1"), cleared("C1", "202", "T1")]);
    assert_eq!(after, ["cleared T1@C1 HungUp", "cleared 202@C1 Cancelled"]);
}

#[test]
fn why_a_device_failed_is_known_after_the_gap() {
    let mut switchboard = switchboard();
    let failed = [connection("failedConnection", "C1", "202"), device("failingDevice", "202"), device("callingDevice", "201")];
    told(&mut switchboard, &[originated("C1", "201", "202"), event("FailedEvent", &failed, "busy")]);
    switchboard.gap();
    switchboard.is_in("C1", "201", "202", &["connected", "fail"]);
    switchboard.is_in("C1", "202", "201", &["fail", "connected"]);
    assert_eq!(switchboard.present(), ["present 201@C1 Calling Initiated", "present 202@C1 Called Initiated"]);
    assert_eq!(told(&mut switchboard, &[cleared("C1", "201", "201")])[0], "cleared 201@C1 HungUpOnTone busy");
}

/// Whichever of the two snapshots comes first.
#[test]
fn who_waits_while_somebody_rings_calls() {
    for trunk_first in [true, false] {
        let mut switchboard = watched();
        let mut seen = [("201", "5550142", ["alerting", "connected"]), ("T1", "201", ["connected", "alerting"])];
        if trunk_first {
            seen.reverse();
        }
        for (device, other, states) in seen {
            switchboard.is_in("C1", device, other, &states);
        }
        assert_eq!(switchboard.present(), ["present T1@C1 Calling Initiated", "present 201@C1 Called Alerting"], "{trunk_first}");
    }
}

/// Which call is older is not known where both were found: the one on hold was first.
#[test]
fn of_two_calls_that_were_found_the_held_one_is_older() {
    let mut switchboard = watched();
    switchboard.is_in("C2", "202", "201", &["connected", "connected"]);
    switchboard.is_in("C1", "201", "5550142", &["hold", "connected"]);
    switchboard.is_in("C1", "T1", "201", &["connected", "hold"]);
    switchboard.is_in("C2", "201", "202", &["connected", "connected"]);
    switchboard.present();
    let items = [item(("C1", "T1"), Some(("C1", "T1"))), item(("C1", "202"), Some(("C2", "202")))];
    let told = told(&mut switchboard, &[transferred(("C1", "201"), Some("C2"), "202", &items)]);
    assert!(told.contains(&"joined C1 with C2".to_owned()), "{told:#?}");
}

#[test]
fn a_mailbox_calls_nobody_and_who_hears_a_tone_calls() {
    let mut switchboard = watched();
    switchboard.devices.learn("250", DeviceKind::VoiceMail);
    switchboard.monitored("250", true);
    switchboard.is_in("C1", "250", "5550142", &["connected", "connected"]);
    switchboard.is_in("C1", "T1", "250", &["connected", "connected"]);
    switchboard.is_in("C2", "203", "", &["connected"]);
    let present = switchboard.present();
    for line in ["present T1@C1 Calling Connected", "present 250@C1 Called Connected", "present 203@C2 Calling Initiated"] {
        assert!(present.contains(&line.to_owned()), "{present:#?}");
    }
}

#[test]
fn dial_tone_is_no_call_in_a_snapshot_either() {
    let mut switchboard = switchboard();
    switchboard.is_in("C1", "201", "", &["initiated"]);
    assert_eq!(switchboard.present(), Vec::<String>::new());
    assert_eq!(told(&mut switchboard, &[originated("C1", "201", "202")]), ["originated 201@C1", "dialled 202"]);
}

#[test]
fn a_number_that_was_given_anew_is_another_call() {
    let mut switchboard = switchboard();
    told(&mut switchboard, &[originated("C1", "201", "202"), established("C1", "202", "201", "newCall")]);
    switchboard.gap();
    switchboard.is_in("C1", "203", "204", &["connected", "connected"]);
    switchboard.is_in("C1", "204", "203", &["connected", "connected"]);
    let present = switchboard.present();
    assert_eq!(present[..2], ["cleared 201@C1 Lost unknown", "cleared 202@C1 Lost unknown"], "{present:#?}");
    assert_eq!(present[2..].iter().filter(|line| line.starts_with("present")).count(), 2, "{present:#?}");
}

/// Who holds no more, and whom a call was to be handed to before, is of no matter after the gap.
#[test]
fn what_was_begun_before_the_gap_is_over_with_it() {
    let mut switchboard = switchboard();
    let items = [item(("C1", "5550142"), Some(("C1", "5550142")))];
    let transfer = transferred(("C1", "201"), None, "203", &items).replace("<cause>transfer", "<cause>singleStepTransfer");
    told(&mut switchboard, &from_outside("C1"));
    told(&mut switchboard, &[transfer]);
    switchboard.gap();
    switchboard.is_in("C1", "204", "5550142", &["connected", "connected"]);
    switchboard.present();
    let after = told(&mut switchboard, &[delivered("C1", "205", "5550142", "205", "newCall")]);
    assert_eq!(after[0], "offered 205@C1 Called");
}

/// Under a number of its own from then on, by which alone it is known after a restart.
#[test]
fn the_number_of_calls_that_are_joined_is_told() {
    let mut switchboard = switchboard();
    let items = [item(("C3", "203"), Some(("C1", "203"))), item(("C3", "202"), Some(("C2", "202")))];
    let flow = [
        originated("C1", "203", "201"),
        established("C1", "201", "203", "newCall"),
        held("C1", "201"),
        originated("C2", "201", "202"),
        established("C2", "202", "201", "consultation"),
        transferred(("C1", "201"), Some("C2"), "202", &items),
    ];
    assert!(told(&mut switchboard, &flow).contains(&"joined C1 with C3".to_owned()));
}

#[test]
fn who_is_not_said_to_be_logged_on_is_not() {
    let mut switchboard = switchboard();
    let on = format!("<AgentLoggedOnEvent>{}<agentID>7001</agentID></AgentLoggedOnEvent>", device("agentDevice", "201"));
    assert_eq!(told(&mut switchboard, &[on]), ["on 7001 201"]);
    switchboard.gap();
    switchboard.agents("201", &[AgentStateEntry { logged_on: Some(false), ..AgentStateEntry::default() }]);
    assert_eq!(switchboard.present(), Vec::<String>::new());
}

/// The group's monitor tells it as well as the telephone's.
#[test]
fn who_leaves_one_group_is_logged_on_in_the_other() {
    let mut switchboard = switchboard();
    let log = |name: &str, group: &str| {
        format!("<{name}>{}<agentID>7001</agentID><acdGroup>{group}</acdGroup></{name}>", device("agentDevice", "201"))
    };
    let flow = [log("AgentLoggedOnEvent", "300"), log("AgentLoggedOnEvent", "301"), log("AgentLoggedOffEvent", "300")];
    assert_eq!(told(&mut switchboard, &flow), ["on 7001 201"]);
    assert_eq!(told(&mut switchboard, &[log("AgentLoggedOffEvent", "300")]), Vec::<String>::new());
    assert_eq!(told(&mut switchboard, &[log("AgentLoggedOffEvent", "301")]), ["off 7001 201"]);
}

#[test]
fn a_snapshot_that_an_event_overtook_brings_nobody_back() {
    let mut switchboard = watched();
    told(&mut switchboard, &from_outside("C1"));
    told(&mut switchboard, &[delivered("C1", "202", "5550142", "201", "newCall"), established("C1", "202", "5550142", "conference")]);
    switchboard.gap();
    let message = Message::parse(cleared("C1", "202", "202").as_bytes(), &XmlLimits::default()).unwrap().message;
    let Message::Event(event) = message else { panic!() };
    switchboard.event(Time::from_millis(2500), &event);
    drained(&mut switchboard);
    switchboard.is_in("C1", "202", "", &["connected", "connected", "connected"]);
    switchboard.is_in("C1", "201", "5550142", &["connected", "connected"]);
    let present = switchboard.present();
    assert!(!present.iter().any(|line| line.contains("202")), "{present:?}");
}

#[test]
fn what_is_not_told_of_a_device_stays_as_it_was() {
    let mut switchboard = watched();
    told(&mut switchboard, &from_outside("C1"));
    switchboard.gap();
    switchboard.untold("201");
    let present = switchboard.present();
    assert!(present.iter().any(|line| line.starts_with("present 201@C1")), "{present:?}");
}

#[test]
fn an_agent_who_is_told_here_is_not_elsewhere() {
    let mut switchboard = watched();
    let agent = |device: &str| {
        let body = format!(
            "<AgentLoggedOnEvent><monitorCrossRefID>1</monitorCrossRefID><agentDevice><deviceIdentifier>{device}</deviceIdentifier>\
             </agentDevice><agentID>7001</agentID></AgentLoggedOnEvent>"
        );
        body
    };
    assert_eq!(told(&mut switchboard, &[agent("202")]), ["on 7001 202"]);
    switchboard.gap();
    switchboard.agents("201", &[AgentStateEntry { agent: Some("7001".into()), logged_on: Some(true), ..AgentStateEntry::default() }]);
    assert_eq!(switchboard.present(), ["on 7001 201"]);
}
