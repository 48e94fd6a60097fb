//! Signs of life, shutdown, the end; and what cannot be read.

use std::time::Duration;

use strowger::pbx::ami::Settings;
use strowger::pbx::session::{Fault, Session as _, Status};

use super::asterisk::{Answer, hangup, newchannel};
use super::{Asterisk, settings};

#[test]
fn silence_is_asked_about_and_an_answer_is_enough() {
    let mut asterisk = Asterisk::in_step(settings());
    for _ in 0..20 {
        asterisk.pass(9);
        assert_eq!(asterisk.sent, Vec::<String>::new());
        asterisk.pass(2);
        assert_eq!(asterisk.sent.len(), 1, "asked once");
        assert!(asterisk.sent[0].starts_with("Action: Ping | ActionID: "), "{:?}", asterisk.sent);
        asterisk.answer_all();
    }
    assert_eq!(asterisk.fault, None);
}

#[test]
fn any_bytes_are_a_sign_of_life() {
    let mut asterisk = Asterisk::in_step(settings());
    for _ in 0..20 {
        asterisk.pass(9);
        asterisk.says("Event: VarSet\r\n\r\n");
    }
    assert_eq!(asterisk.sent, Vec::<String>::new());
}

#[test]
fn a_dead_peer_is_given_up() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.pass(29);
    assert_eq!(asterisk.asked(), ["Ping"]);
    assert_eq!(asterisk.fault, None);
    asterisk.pass(1);
    assert!(matches!(&asterisk.fault, Some(fault @ Fault::Silent(_)) if !fault.is_configuration()), "{:?}", asterisk.fault);
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.told();
    asterisk.close();
    assert_eq!(asterisk.told(), ["link lost"]);
}

#[test]
fn a_dead_peer_during_the_snapshot_too() {
    let patient = Settings { action_timeout: Duration::from_secs(1000), ..settings() };
    let mut asterisk = Asterisk::new(patient);
    asterisk.answer_with("Ping", Answer::Silence);
    asterisk.log_in();
    asterisk.pass(30);
    assert!(matches!(asterisk.fault, Some(Fault::Silent(_))), "{:?}", asterisk.fault);
}

#[test]
fn timers_that_are_due_at_odd_times_do_not_spin() {
    let (short, long) = (Duration::from_secs(3), Duration::from_secs(40));
    for settings in [
        Settings { keep_alive: short, ..settings() },
        Settings { keep_alive: long, dead_after: short, ..settings() },
        Settings { login_timeout: long, dead_after: short, keep_alive: short, ..settings() },
        Settings { action_timeout: long, audit_interval: short, ..settings() },
        Settings { action_timeout: short, audit_interval: short, keep_alive: short, ..settings() },
    ] {
        // `pass` fails where a timer comes back at once.
        let mut asterisk = Asterisk::new(settings);
        asterisk.connect();
        asterisk.pass(8);
        asterisk.says("Asterisk Call Manager/9.0.0\r\n");
        asterisk.pass(8);
        asterisk.tells("Response: Success | Challenge: 1");
        asterisk.pass(8);
        asterisk.tells("Response: Success");
        asterisk.sent.clear();
        asterisk.pass(8);
        asterisk.tells("Event: FullyBooted");
        asterisk.answer_with("CoreShowChannels", Answer::Silence);
        asterisk.answer_with("DeviceStateList", Answer::Silence);
        for _ in 0..10 {
            asterisk.answer_all();
            asterisk.pass(8);
            asterisk.tells("Event: Reload");
        }
        asterisk.close();
        asterisk.pass(100);
    }
}

#[test]
fn shutdown_is_told_and_the_calls_are_weighed_when_it_is_back() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.tells(&newchannel("1.1", "1001"));
    asterisk.told();
    asterisk.tells("Event: Shutdown | Shutdown: Cleanly | Restart: False");
    assert!(asterisk.infos.iter().any(|info| info.contains("shuts down (Cleanly)")), "{:?}", asterisk.infos);
    asterisk.close();
    assert_eq!(asterisk.told(), ["link lost"]);
    assert_eq!(asterisk.statuses.last(), Some(&Status::Down));
    asterisk.sent.clear();
    asterisk.log_in();
    asterisk.answer_all();
    assert_eq!(asterisk.told(), ["resync", "in step"]);
    asterisk.tells(&hangup("1.1"));
    assert_eq!(asterisk.told(), Vec::<String>::new(), "a channel of before is nobody's");
}

#[test]
fn good_bye_is_said_to_whoever_knows_us() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.session.stop(asterisk.now());
    asterisk.says("Response: Goodbye\r\nMessage: Thanks for all the fish.\r\n\r\n");
    assert_eq!(asterisk.asked(), ["Logoff"]);
    asterisk.close();
    assert_eq!(asterisk.fault, None);

    let mut stranger = Asterisk::new(settings());
    stranger.connect();
    stranger.session.stop(stranger.now());
    stranger.says("");
    assert_eq!(stranger.sent, Vec::<String>::new());
}

#[test]
fn what_cannot_be_read_is_skipped_and_counted() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.says("Event: Newchannel\r\nno colon here\r\n\r\n");
    asterisk.says("\u{0}\u{1}\u{2}\r\n\r\n");
    asterisk.tells(&newchannel("1.1", "1001"));
    assert!(asterisk.malformed > 0);
    assert_eq!(asterisk.told(), ["1.1 begins"]);
    assert_eq!(asterisk.fault, None);
}

#[test]
fn what_breaks_the_limits_ends_the_connection() {
    let mut asterisk = Asterisk::in_step(settings());
    let endless = "x".repeat(70_000);
    asterisk.says(&endless);
    asterisk.says(&endless);
    asterisk.says("\r\n\r\n");
    let calls_go_on = asterisk.fault.is_none();
    asterisk.tells(&newchannel("1.1", "1001"));
    assert_eq!(asterisk.told().is_empty(), !calls_go_on, "either skipped or given up: {:?} {}", asterisk.fault, asterisk.malformed);
    assert!(asterisk.malformed > 0 || matches!(asterisk.fault, Some(Fault::Protocol(_))), "{:?}", asterisk.fault);
}
