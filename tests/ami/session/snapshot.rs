//! What is asked after login, what comes of answers, refusals and silence, and of events that arrive meanwhile.

use strowger::pbx::session::{Fault, Session as _, Status};

use super::asterisk::{Answer, field, hangup, listed, newchannel};
use super::{Asterisk, settings};

#[test]
fn each_question_waits_for_the_answer_to_the_last() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.log_in();
    let mut asked = Vec::new();
    while let [question] = asterisk.sent.as_slice() {
        asked.push(field(question, "Action").to_owned());
        asterisk.answer_all_once();
    }
    assert_eq!(
        asked,
        [
            "CoreSettings",
            "CoreStatus",
            "PJSIPShowEndpoints",
            "PJSIPShowContacts",
            "DeviceStateList",
            "Agents",
            "QueueStatus",
            "CoreShowChannels",
            "Status",
            "BridgeList",
            "ParkedCalls",
            "ConfbridgeListRooms"
        ]
    );
    assert_eq!(asterisk.statuses.last(), Some(&Status::InStep));
    assert_eq!(asterisk.told(), ["resync", "in step"]);
}

#[test]
fn every_bridge_is_looked_into() {
    let bridges = ["b1", "b2"].map(|bridge| format!("Event: BridgeListItem | BridgeUniqueid: {bridge} | BridgeType: basic"));
    let mut asterisk = Asterisk::new(settings());
    asterisk.answer_with("BridgeList", Answer::List(bridges.into()));
    asterisk.log_in();
    asterisk.answer_all();
    assert_eq!(asterisk.raw.matches("Action: BridgeInfo\r\n").count(), 2);
    assert!(asterisk.raw.contains("BridgeUniqueid: b1\r\n") && asterisk.raw.contains("BridgeUniqueid: b2\r\n"));
    assert_eq!(asterisk.statuses.last(), Some(&Status::InStep));
}

#[test]
fn what_is_listed_is_present() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("1.1", "1001")]));
    asterisk.log_in();
    asterisk.answer_all();
    assert_eq!(asterisk.told(), ["resync", "1.1 present", "in step"]);
    asterisk.tells(&hangup("1.1"));
    assert_eq!(asterisk.told(), ["1.1 leaves"]);
}

#[test]
fn refused_questions_are_told_once_with_the_privileges_that_they_need() {
    let denied = || Answer::Error("Permission denied");
    let mut asterisk = Asterisk::in_step_with(
        settings(),
        vec![
            ("CoreShowChannels", denied()),
            ("Agents", denied()),
            ("ParkedCalls", denied()),
            ("ConfbridgeListRooms", Answer::Error("None")),
        ],
    );
    assert_eq!(asterisk.degraded, Vec::<String>::new());
    let [told] = asterisk.denied.as_slice() else { panic!("{:?}", asterisk.denied) };
    for part in ["connector", "CoreShowChannels (needs system or reporting)", "Agents (needs agent)", "ParkedCalls (needs call)"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("Confbridge"), "an error of another kind: {told}");
    asterisk.pass(650);
    asterisk.answer_all();
    assert_eq!(asterisk.denied.len(), 1, "an audit that is refused says nothing more");
}

#[test]
fn a_question_without_answer_does_not_hold_up_the_others() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.answer_with("ParkedCalls", Answer::Silence);
    asterisk.log_in();
    asterisk.answer_all();
    assert_eq!(asterisk.statuses.last(), Some(&Status::Resynchronising));
    asterisk.pass(15);
    asterisk.answer_all();
    assert_eq!(asterisk.statuses.last(), Some(&Status::InStep));
    assert_eq!(asterisk.degraded.len(), 1);
    assert!(asterisk.degraded[0].contains("ParkedCalls within 15 s"), "{:?}", asterisk.degraded);
}

#[test]
fn a_snapshot_without_channels_or_agents_is_worth_nothing() {
    for question in ["CoreShowChannels", "Agents", "QueueStatus"] {
        let mut asterisk = Asterisk::new(settings());
        asterisk.answer_with(question, Answer::Silence);
        asterisk.log_in();
        asterisk.answer_all();
        asterisk.pass(15);
        assert!(matches!(&asterisk.fault, Some(Fault::Silent(text)) if text.contains(question)), "{:?}", asterisk.fault);
        assert_eq!(asterisk.told(), Vec::<String>::new());
    }
}

#[test]
fn an_answer_that_goes_on_is_not_late() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.answer_with("CoreShowChannels", Answer::Silence);
    asterisk.log_in();
    asterisk.answer_all();
    let id = asterisk.last_id();
    for n in 0..5 {
        asterisk.pass(14);
        asterisk.tells(&listed(&format!("1.{n}"), "1001").replacen(" |", &format!(" | ActionID: {id} |"), 1));
    }
    assert_eq!(asterisk.fault, None);
}

#[test]
fn an_answer_to_something_else_is_no_answer() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.log_in();
    asterisk.tells("Response: Error | ActionID: strowger-999 | Message: Permission denied");
    asterisk.tells("Response: Error | Message: Permission denied");
    asterisk.tells(&listed("9.9", "1001").replacen(" |", " | ActionID: another |", 1));
    assert_eq!(asterisk.asked(), ["CoreSettings"], "still the first question");
}

#[test]
fn an_event_during_the_snapshot_is_applied_once_on_top_of_it() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("1.1", "1001"), listed("1.2", "1003"), listed("1.3", "1004")]));
    asterisk.log_in();
    asterisk.tells(&newchannel("1.2", "1003")); // begins, and is listed as well
    asterisk.tells(&newchannel("1.4", "1005")); // begins too late to be listed
    asterisk.tells(&hangup("1.3")); // listed, and gone since
    asterisk.tells(&hangup("0.9")); // gone before the list
    asterisk.tells(&newchannel("1.5", "1006"));
    asterisk.tells(&hangup("1.5")); // all of it meanwhile
    assert_eq!(asterisk.told(), Vec::<String>::new(), "nothing is told before the present state is");
    asterisk.answer_all();
    assert_eq!(
        asterisk.told(),
        ["resync", "1.1 present", "1.3 present", "in step", "1.2 begins", "1.4 begins", "1.3 leaves", "1.5 begins", "1.5 leaves"]
    );
    for uid in ["1.1", "1.2", "1.4"] {
        asterisk.tells(&hangup(uid));
        assert_eq!(asterisk.told(), [format!("{uid} leaves")]);
    }
}

#[test]
fn an_event_during_a_snapshot_that_breaks_off_is_not_lost() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.close();
    asterisk.told();
    asterisk.sent.clear();
    asterisk.log_in();
    asterisk.tells(&hangup("1.1"));
    asterisk.close();
    assert_eq!(asterisk.told(), ["1.1 leaves", "link lost"]);
}

#[test]
fn a_restart_of_asterisk_is_noted() {
    let started = |time: &str| format!("CoreStartupDate: 2026-11-22 | CoreStartupTime: {time}");
    let mut asterisk = Asterisk::new(settings());
    for (time, restarts) in [("05:00:00", 0), ("05:00:00", 0), ("06:00:00", 1)] {
        asterisk.log_in();
        asterisk.answer_all_once();
        let id = asterisk.last_id();
        asterisk.sent.clear();
        asterisk.tells(&format!("Response: Success | ActionID: {id} | {}", started(time)));
        assert_eq!(asterisk.infos.iter().filter(|info| info.contains("restarted")).count(), restarts);
        asterisk.close();
    }
}

#[test]
fn a_loss_is_told_from_the_first_snapshot_on() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.connect();
    asterisk.says("Asterisk Call Manager/9.0.0\r\n");
    asterisk.close();
    assert_eq!(asterisk.told(), Vec::<String>::new(), "nothing is known that could be lost");
    asterisk.sent.clear();
    asterisk.log_in();
    asterisk.answer_all();
    asterisk.told();
    asterisk.pass(5);
    asterisk.close();
    assert_eq!(asterisk.events[0].at, asterisk.now().wall.minus(std::time::Duration::from_secs(5)), "the last sign of life");
    assert_eq!(asterisk.told(), ["link lost"]);
    assert_eq!(asterisk.session.poll_timeout(), None);
}
