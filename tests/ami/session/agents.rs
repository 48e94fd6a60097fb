//! Agents: where they are logged on, and in which state.

use strowger::pbx::ami::{AgentSource, Naming, Settings};
use strowger::telephony::{AgentState, Event};

use super::asterisk::{hangup, newchannel};
use super::{Asterisk, settings};

fn member(event: &str, queue: &str, name: &str, interface: &str, more: &str) -> String {
    format!("Event: {event} | Queue: {queue} | MemberName: {name} | Interface: {interface} | StateInterface: {interface}{more}")
}

/// The states that were told, and forgets everything.
fn states(asterisk: &mut Asterisk) -> Vec<(String, AgentState, Option<String>)> {
    let state = |stamped: strowger::telephony::Stamped| match stamped.event {
        Event::AgentState { agent, state, reason } => Some((agent.to_string(), state, reason.map(Into::into))),
        _ => None,
    };
    asterisk.events.drain(..).filter_map(state).collect()
}

#[test]
fn logged_on_while_a_member_of_any_queue() {
    let mut asterisk = Asterisk::in_step(settings());
    for (event, queue, told) in [
        ("QueueMemberAdded", "sales", vec!["2001 on at 1001"]),
        ("QueueMemberAdded", "support", vec![]),
        ("QueueMemberAdded", "support", vec![]),
        ("QueueMemberRemoved", "sales", vec![]),
        ("QueueMemberRemoved", "sales", vec![]),
        ("QueueMemberRemoved", "support", vec!["2001 off at 1001"]),
        ("QueueMemberRemoved", "support", vec![]),
    ] {
        asterisk.tells(&member(event, queue, "2001", "PJSIP/1001", ""));
        let mut got = asterisk.told();
        got.dedup();
        // A member that is added again may be told again: the newest login is the same.
        assert!(got == told || told.is_empty() && event == "QueueMemberAdded" && got == ["2001 on at 1001"], "{event} {queue}: {got:?}");
    }
}

#[test]
fn the_agent_id_is_where_the_settings_say() {
    for (source, name, interface, agent) in [
        (AgentSource::MemberName, "2001", "PJSIP/1001", Some("2001 on at 1001")),
        (AgentSource::MemberName, "Anna", "Local/2001@agents/n", None),
        (AgentSource::Both, "2001", "PJSIP/1001", Some("2001 on at 1001")),
        (AgentSource::Both, "Anna", "PJSIP/1001", None),
        (AgentSource::Interface, "2001", "PJSIP/1001", None),
    ] {
        let naming = Naming { agent_source: source, ..settings().naming };
        let mut asterisk = Asterisk::in_step(Settings { naming, ..settings() });
        asterisk.tells(&member("QueueMemberAdded", "sales", name, interface, ""));
        assert_eq!(asterisk.told(), agent.into_iter().collect::<Vec<_>>(), "{source:?} {name} {interface}");
    }
}

#[test]
fn a_waiting_line_is_a_login_and_no_call() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.tells("Event: AgentLogin | Channel: PJSIP/1001-1.1 | Agent: 2001 | Uniqueid: 1.1");
    assert_eq!(asterisk.told(), ["1.1 begins", "Discarded { call: SwitchCallId(\"1.1\") }", "2001 on at 1001"]);
    asterisk.tells("Event: AgentLogin | Channel: PJSIP/1001-1.1 | Agent: 2001 | Uniqueid: 1.1");
    assert_eq!(asterisk.told(), Vec::<String>::new(), "told twice it is one");
    asterisk.tells("Event: AgentLogoff | Agent: 2001 | Logintime: 9 | Uniqueid: 1.1");
    assert_eq!(asterisk.told(), ["2001 off at 1001"]);
    asterisk.tells(&hangup("1.1"));
    assert_eq!(asterisk.told(), Vec::<String>::new());
}

#[test]
fn a_line_that_ends_without_a_log_off_logs_off() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.tells("Event: AgentLogin | Channel: PJSIP/1001-1.1 | Agent: 2001 | Uniqueid: 1.1");
    asterisk.told();
    asterisk.tells(&hangup("1.1"));
    assert_eq!(asterisk.told(), ["2001 off at 1001"]);
    asterisk.tells("Event: AgentLogoff | Agent: 2001 | Logintime: 9 | Uniqueid: 1.1");
    assert_eq!(asterisk.told(), Vec::<String>::new());
}

#[test]
fn a_second_login_on_a_line_ends_the_first() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.tells("Event: AgentLogin | Channel: PJSIP/1001-1.1 | Agent: 2001 | Uniqueid: 1.1");
    asterisk.told();
    asterisk.tells("Event: AgentLogin | Channel: PJSIP/1001-1.1 | Agent: 2002 | Uniqueid: 1.1");
    assert_eq!(asterisk.told(), ["2001 off at 1001", "2002 on at 1001"]);
    asterisk.tells(&hangup("1.1"));
    assert_eq!(asterisk.told(), ["2002 off at 1001"]);
}

#[test]
fn pauses_with_their_reasons() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&member("QueueMemberAdded", "sales", "2001", "PJSIP/1001", ""));
    asterisk.tells(&member("QueueMemberPause", "sales", "2001", "PJSIP/1001", " | Paused: 1 | PausedReason: lunch"));
    asterisk.tells(&member("QueueMemberPause", "sales", "2001", "PJSIP/1001", " | Paused: 1 | Reason: meeting"));
    asterisk.tells(&member("QueueMemberPause", "sales", "2001", "PJSIP/1001", " | Paused: 0 | PausedReason: lunch"));
    let is = |state, reason: Option<&str>| ("2001".to_owned(), state, reason.map(ToOwned::to_owned));
    let told = states(&mut asterisk);
    assert_eq!(told, [is(AgentState::NotReady, Some("lunch")), is(AgentState::NotReady, Some("meeting")), is(AgentState::Ready, None)]);
}

#[test]
fn after_call_work_ends_by_itself_but_ends_no_pause() {
    let wrap_up = " | Wrapuptime: 5";
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&member("QueueMemberAdded", "sales", "2001", "PJSIP/1001", wrap_up));
    asterisk.tells(&member("AgentComplete", "sales", "2001", "PJSIP/1001", ""));
    asterisk.pass(6);
    asterisk.tells("Event: DeviceStateChange | Device: PJSIP/1009 | State: NOT_INUSE");
    let told: Vec<AgentState> = states(&mut asterisk).into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(told, [AgentState::WorkingAfterCall, AgentState::Ready]);

    asterisk.tells(&member("AgentComplete", "sales", "2001", "PJSIP/1001", ""));
    asterisk.tells(&member("QueueMemberPause", "sales", "2001", "PJSIP/1001", " | Paused: 1"));
    asterisk.pass(6);
    asterisk.tells("Event: DeviceStateChange | Device: PJSIP/1009 | State: NOT_INUSE");
    let told: Vec<AgentState> = states(&mut asterisk).into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(told, [AgentState::WorkingAfterCall, AgentState::NotReady], "whoever paused meanwhile stays paused");
}
