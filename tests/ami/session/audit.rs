//! Reload and audit: what changed or ended without an event.

use strowger::telephony::{Event, Scope};

use super::asterisk::{Answer, hangup, listed, newchannel};
use super::{Asterisk, settings};

fn member(name: &str, extension: &str, since: u64) -> String {
    format!(
        "Event: QueueMember | Queue: support | Name: {name} | Location: PJSIP/{extension} | StateInterface: PJSIP/{extension} | \
         Paused: 0 | LoginTime: {since}"
    )
}

fn added(name: &str, extension: &str) -> String {
    format!(
        "Event: QueueMemberAdded | Queue: support | MemberName: {name} | Interface: PJSIP/{extension} | StateInterface: PJSIP/{extension}"
    )
}

/// In step, with a call that Asterisk will forget.
fn with_call() -> Asterisk {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.pass(1);
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.told();
    asterisk
}

/// Time goes by, with a sign of life now and then and answers to what is asked.
fn live(asterisk: &mut Asterisk, seconds: u64) {
    for _ in 0..seconds {
        asterisk.pass(1);
        asterisk.answer_all();
        asterisk.says("Event: VarSet\r\n\r\n");
    }
}

#[test]
fn a_call_that_asterisk_forgot_is_found_and_ended() {
    let mut asterisk = with_call();
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("2.2", "1003")]));
    live(&mut asterisk, 590);
    assert_eq!(asterisk.told(), Vec::<String>::new());
    live(&mut asterisk, 60);
    assert_eq!(asterisk.told(), ["1.1 lost"]);
    asterisk.tells(&hangup("1.1"));
    assert_eq!(asterisk.told(), Vec::<String>::new(), "it ends once");
}

#[test]
fn a_call_that_is_listed_goes_on() {
    let mut asterisk = with_call();
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("1.1", "1001")]));
    live(&mut asterisk, 2000);
    assert_eq!(asterisk.told(), Vec::<String>::new());
}

#[test]
fn an_audit_that_gets_no_whole_answer_ends_nothing() {
    for answer in [Answer::Silence, Answer::Error("Permission denied"), Answer::Error("out of order")] {
        let mut asterisk = with_call();
        asterisk.answer_with("CoreShowChannels", answer);
        live(&mut asterisk, 2000);
        assert_eq!(asterisk.told(), Vec::<String>::new());
        asterisk.tells(&hangup("1.1"));
        assert_eq!(asterisk.told(), ["1.1 leaves"]);
    }
}

#[test]
fn what_begins_and_ends_beside_the_list_is_no_loss() {
    let mut asterisk = with_call();
    asterisk.pass(9);
    asterisk.answer_with("CoreShowChannels", Answer::Silence);
    live(&mut asterisk, 595);
    let id = asterisk.last_id();
    // The list was made when 1.1 had just gone and 1.2 was not there yet, and overtakes the event of either.
    asterisk.list("CoreShowChannels", &id, vec![listed("2.2", "1003")]);
    asterisk.tells(&hangup("1.1"));
    asterisk.tells(&newchannel("1.2", "1002"));
    assert_eq!(asterisk.told(), ["1.1 leaves", "1.2 begins"]);
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("1.2", "1002")]));
    live(&mut asterisk, 30);
    assert_eq!(asterisk.told(), Vec::<String>::new());
}

#[test]
fn a_clock_that_is_behind_makes_no_call_look_forgotten() {
    let mut asterisk = Asterisk::in_step(settings());
    let stamp = |asterisk: &Asterisk, late_us: i64| {
        let told = asterisk.now().wall.as_micros() - late_us;
        format!(" | Timestamp: {}.{:06} | Uniqueid", told / 1_000_000, told % 1_000_000)
    };
    asterisk.answer_with("CoreShowChannels", Answer::Silence);
    live(&mut asterisk, 601);
    let id = asterisk.last_id();
    // Half a second behind: told as born before the question, though it is younger than the list.
    let young = newchannel("1.1", "1001").replacen(" | Uniqueid", &stamp(&asterisk, 500_000), 1);
    asterisk.tells(&young);
    asterisk.list("CoreShowChannels", &id, vec![listed("2.2", "1003")]);
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("1.1", "1001")]));
    live(&mut asterisk, 700);
    assert_eq!(asterisk.told(), ["1.1 begins"]);
}

#[test]
fn a_reload_tells_of_members_that_came_and_went_without_an_event() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&added("2001", "1001"));
    asterisk.tells(&added("2002", "1002"));
    assert_eq!(asterisk.told(), ["2001 on at 1001", "2002 on at 1002"]);
    asterisk.answer_with("QueueStatus", Answer::List(vec![member("2002", "1002", 5), member("2003", "1003", 6)]));
    asterisk.tells("Event: Reload | Module: app_queue.so | Status: 0");
    assert_eq!(asterisk.sent.len(), 1);
    asterisk.answer_all();
    let told = asterisk.told();
    assert!(told.contains(&"2001 off at 1001".to_owned()) && told.contains(&"2003 on at 1003".to_owned()), "{told:?}");
    assert!(!told.iter().any(|told| told.contains("2002")), "{told:?}");
}

#[test]
fn a_reload_whose_questions_get_no_answer_logs_nobody_off() {
    for answer in [Answer::Silence, Answer::Error("Permission denied")] {
        let mut asterisk = Asterisk::in_step(settings());
        asterisk.tells(&added("2001", "1001"));
        asterisk.told();
        asterisk.answer_with("PJSIPShowEndpoints", Answer::List(vec!["Event: EndpointList | ObjectName: 1001".into()]));
        asterisk.answer_with("QueueStatus", answer);
        asterisk.tells("Event: Reload | Module: app_queue.so | Status: 0");
        live(&mut asterisk, 100);
        assert_eq!(asterisk.told(), Vec::<String>::new());
    }
}

#[test]
fn a_reload_moves_no_agent_back_to_where_he_was() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&added("2001", "1001"));
    asterisk.tells(&newchannel("1.1", "1002"));
    asterisk.tells("Event: AgentLogin | Channel: PJSIP/1002-1.1 | Agent: 2001 | Uniqueid: 1.1");
    let told = asterisk.told();
    assert_eq!(told.last().map(String::as_str), Some("2001 on at 1002"), "{told:?}");
    asterisk.answer_with("QueueStatus", Answer::List(vec![member("2001", "1001", 5)]));
    asterisk.tells("Event: Reload | Module: app_queue.so | Status: 0");
    asterisk.answer_all();
    assert_eq!(asterisk.told(), Vec::<String>::new());
}

#[test]
fn a_reload_while_something_else_is_asked_is_followed_up() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.answer_with("CoreShowChannels", Answer::Silence);
    live(&mut asterisk, 601);
    let id = asterisk.last_id();
    asterisk.tells("Event: Reload | Module: app_queue.so | Status: 0");
    assert_eq!(asterisk.sent, Vec::<String>::new(), "the audit goes first");
    asterisk.list("CoreShowChannels", &id, Vec::new());
    assert_eq!(asterisk.asked(), ["PJSIPShowEndpoints"]);

    let mut asterisk = Asterisk::new(settings());
    asterisk.log_in();
    asterisk.tells("Event: Reload | Module: app_queue.so | Status: 0");
    asterisk.answer_all();
    assert_eq!(asterisk.raw.matches("Action: QueueStatus").count(), 2, "the snapshot may be older than the reload");
}

#[test]
fn reloads_do_not_put_the_audit_off() {
    let mut asterisk = with_call();
    asterisk.answer_with("CoreShowChannels", Answer::List(vec![listed("2.2", "1003")]));
    for _ in 0..13 {
        live(&mut asterisk, 50);
        asterisk.tells("Event: Reload | Module: app_queue.so | Status: 0");
    }
    assert_eq!(asterisk.told(), ["1.1 lost"]);
}

#[test]
fn reloads_one_upon_the_other_ask_once_at_a_time() {
    let mut asterisk = Asterisk::in_step(settings());
    for _ in 0..10 {
        asterisk.tells("Event: Reload | Module: All | Status: 0");
    }
    assert_eq!(asterisk.sent.len(), 1);
    asterisk.answer_all();
    assert_eq!(asterisk.fault, None);
    assert!(!asterisk.events.iter().any(|stamped| stamped.event == Event::ResyncBegan { scope: Scope::All }));
}
