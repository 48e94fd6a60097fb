//! Greeting and login.

use strowger::pbx::ami::{Auth, Settings};
use strowger::pbx::session::{Fault, Session as _, Status};

use super::asterisk::{field, secret, with_auth};
use super::{Asterisk, settings};

#[test]
fn greetings() {
    for (greeting, asks, degraded, fault) in [
        ("Asterisk Call Manager/11.0.0\r\n", true, false, false),
        ("Asterisk Call Manager/9.0.0\r\n", true, false, false),
        ("Asterisk Call Manager/5.0.2\r\n", true, false, false),
        ("Asterisk Call Manager/7.0\n", true, false, false),
        ("Asterisk Call Manager/2.10.5\r\n", true, true, false),
        ("Asterisk Call Manager/1.3\r\n", false, false, true),
        ("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n", false, false, true),
        ("SSH-2.0-OpenSSH_9.2p1\r\n", false, false, true),
        ("Event: FullyBooted\r\n\r\n", false, false, true),
        ("\u{16}\u{3}\u{1}\u{2}\r\n", false, false, true),
    ] {
        let mut asterisk = Asterisk::new(settings());
        asterisk.connect();
        asterisk.says(greeting);
        assert_eq!(asterisk.sent.len(), usize::from(asks), "{greeting:?}: {:?}", asterisk.sent);
        assert_eq!(asterisk.degraded.len(), usize::from(degraded), "{greeting:?}: {:?}", asterisk.degraded);
        assert_eq!(asterisk.fault.is_some(), fault, "{greeting:?}: {:?}", asterisk.fault);
        assert!(asterisk.fault.is_none_or(|fault| fault.is_configuration()), "retried slowly: {greeting:?}");
    }
}

#[test]
fn a_greeting_in_pieces_is_one() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.connect();
    for piece in ["Aster", "isk Call Manager/9.0.0", "\r", "\n"] {
        assert_eq!(asterisk.sent, Vec::<String>::new());
        asterisk.says(piece);
    }
    assert_eq!(asterisk.asked(), ["Challenge"]);
}

#[test]
fn whoever_speaks_http_is_the_wrong_peer() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.connect();
    asterisk.says("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    assert!(matches!(&asterisk.fault, Some(Fault::WrongPeer(text)) if text.contains("HTTP")), "{:?}", asterisk.fault);
    asterisk.says("Response: Success\r\n\r\nEvent: FullyBooted\r\n\r\n");
    asterisk.pass(100);
    assert_eq!(asterisk.sent, Vec::<String>::new(), "nothing is said to whoever is given up");
}

#[test]
fn nobody_greets() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.connect();
    asterisk.pass(9);
    assert_eq!(asterisk.fault, None);
    asterisk.pass(1);
    assert!(matches!(asterisk.fault, Some(Fault::WrongPeer(_))), "{:?}", asterisk.fault);
    assert_eq!(asterisk.session.poll_timeout(), None);
}

#[test]
fn by_challenge_the_secret_is_not_on_the_wire() {
    let mut asterisk = Asterisk::new(with_auth(Auth::Md5));
    asterisk.connect();
    asterisk.says("Asterisk Call Manager/9.0.0\r\n");
    assert_eq!(asterisk.sent, ["Action: Challenge | AuthType: MD5"]);
    asterisk.tells("Response: Success | Challenge: 787635682");
    let login = asterisk.sent.last().expect("sent").clone();
    assert_eq!(field(&login, "Username"), "connector");
    assert_eq!(field(&login, "AuthType"), "MD5");
    assert_eq!(field(&login, "Events"), "system,call,agent,user");
    // md5sum of the challenge and the secret
    assert_eq!(field(&login, "Key"), "f712a4f22b4f5fd61aedc72cc4ee14ee");
    assert!(!asterisk.raw.contains(secret()));
    assert!(!asterisk.shown.contains(field(&login, "Key")), "{}", asterisk.shown);
}

#[test]
fn by_secret_a_capture_does_not_show_it() {
    let mut asterisk = Asterisk::new(with_auth(Auth::Plain));
    asterisk.connect();
    asterisk.says("Asterisk Call Manager/9.0.0\r\n");
    assert_eq!(field(asterisk.sent.last().expect("sent"), "Secret"), secret());
    assert!(asterisk.shown.contains("Action: Login") && asterisk.shown.contains("connector"), "{}", asterisk.shown);
    assert!(!asterisk.shown.contains(secret()), "{}", asterisk.shown);
}

#[test]
fn a_secret_is_shown_nowhere() {
    for auth in [Auth::Md5, Auth::Plain] {
        let mut asterisk = Asterisk::in_step(with_auth(auth));
        asterisk.tells("Response: Error | Message: Authentication failed");
        asterisk.session.stop(asterisk.now());
        asterisk.close();
        let everything =
            format!("{:?} {:?} {:?} {:?} {:?}", asterisk.shown, asterisk.infos, asterisk.degraded, asterisk.fault, asterisk.session);
        assert!(!everything.contains(secret()), "{auth:?}");
    }
}

#[test]
fn a_refused_login_names_the_account_and_is_retried_slowly() {
    for auth in [Auth::Md5, Auth::Plain] {
        let mut asterisk = Asterisk::new(with_auth(auth));
        asterisk.connect();
        asterisk.says("Asterisk Call Manager/9.0.0\r\n");
        if auth == Auth::Md5 {
            asterisk.tells("Response: Success | Challenge: 1");
        }
        asterisk.tells("Response: Error | Message: Authentication failed");
        let fault = asterisk.fault.as_ref().expect("given up");
        assert!(matches!(fault, Fault::LoginRefused(_)) && fault.is_configuration());
        assert!(fault.to_string().contains("connector") && fault.to_string().contains("Authentication failed"), "{fault}");
        assert!(!fault.to_string().contains(secret()));
    }
}

#[test]
fn a_refused_challenge_is_a_refused_login() {
    for answer in ["Response: Error | Message: Must specify AuthType", "Response: Success | Message: no challenge"] {
        let mut asterisk = Asterisk::new(settings());
        asterisk.connect();
        asterisk.says("Asterisk Call Manager/9.0.0\r\n");
        asterisk.tells(answer);
        assert!(matches!(asterisk.fault, Some(Fault::LoginRefused(_))), "{:?}", asterisk.fault);
    }
}

#[test]
fn nobody_answers_the_login() {
    let mut asterisk = Asterisk::new(settings());
    asterisk.connect();
    asterisk.pass(5);
    asterisk.says("Asterisk Call Manager/9.0.0\r\n");
    asterisk.pass(5);
    assert!(matches!(asterisk.fault, Some(Fault::Unusable(_))), "{:?}", asterisk.fault);
}

#[test]
fn a_user_name_that_breaks_a_line_is_refused_before_it_is_sent() {
    let mut asterisk = Asterisk::new(Settings { username: "a\r\nAction: Command".into(), auth: Auth::Plain, ..settings() });
    asterisk.connect();
    asterisk.says("Asterisk Call Manager/9.0.0\r\n");
    assert_eq!(asterisk.sent, Vec::<String>::new());
    assert!(matches!(&asterisk.fault, Some(fault) if fault.is_configuration()), "{:?}", asterisk.fault);
}

#[test]
fn without_fully_booted_it_is_taken_as_it_is_and_said() {
    let mut asterisk = Asterisk::new(with_auth(Auth::Plain));
    asterisk.connect();
    asterisk.says("Asterisk Call Manager/9.0.0\r\n");
    asterisk.tells("Response: Success | Message: Authentication accepted");
    asterisk.sent.clear();
    asterisk.pass(4);
    assert_eq!((asterisk.sent.len(), asterisk.degraded.len()), (0, 0));
    asterisk.pass(1);
    assert_eq!(asterisk.degraded.len(), 1);
    assert!(asterisk.degraded[0].contains("FullyBooted"), "{:?}", asterisk.degraded);
    asterisk.answer_all();
    assert_eq!(asterisk.statuses, [Status::LoggingIn, Status::Resynchronising, Status::InStep]);
    asterisk.tells("Event: FullyBooted | Status: Fully Booted");
    assert_eq!(asterisk.sent, Vec::<String>::new(), "one that comes late begins nothing");
}

#[test]
fn a_new_connection_logs_in_anew() {
    let mut asterisk = Asterisk::in_step(settings());
    asterisk.close();
    asterisk.sent.clear();
    asterisk.log_in();
    asterisk.answer_all();
    assert_eq!(asterisk.statuses[2..], [Status::InStep, Status::Down, Status::LoggingIn, Status::Resynchronising, Status::InStep]);
}
