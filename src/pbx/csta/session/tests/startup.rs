//! From the connection to the first monitor: who speaks first, sessions, logins, lists of devices.

use super::*;

#[test]
fn openscape_speaks_first_and_is_answered_at_once() {
    let mut rig = Rig::new(settings(Dialect::OpenScape, &["201", "202"]));
    assert!(rig.sent.is_empty());
    rig.say(id(0), status(SystemState::Enabled));
    assert!(matches!(rig.sent.remove(0), (invoke, Message::Response(Response::SystemStatus(_))) if invoke == id(0)));
    rig.serve(&[]);
    assert_eq!((rig.status, rig.spans()), (Some(Status::InStep), 1));
}

#[test]
fn a_pbx_that_does_not_speak_first_is_spoken_to() {
    let mut rig = Rig::new(settings(Dialect::OpenScape, &["201"]));
    rig.wait(5);
    rig.serve(&[]);
    assert_eq!(rig.status, Some(Status::InStep));
    assert!(rig.notices.iter().any(|notice| matches!(notice, Notice::Degraded(_))));
}

#[test]
fn a_session_with_a_login_is_refreshed_at_half_time_and_ended() {
    let login = Login {
        user: "cti".into(),
        password: SecretString::from("hush"),
        namespace: "http://www.avaya.com/csta".into(),
        cleanup_delay_s: Some(60),
        element: None,
    };
    let mut rig = Rig::new(Settings { login: Some(login), ..settings(Dialect::Dmcc, &["201"]) });
    let (invoke, Request::StartApplicationSession(start)) = rig.asked() else { panic!() };
    let login = start.application.specific.unwrap().login.unwrap();
    assert_eq!((login.user.as_str(), login.password.reveal(), start.duration_s), ("cti", "hush", Some(180)));
    assert!(!String::from_utf8_lossy(&rig.shown).contains("hush"));
    let started = SessionStarted { session: "S-0".into(), duration_s: Some(100), ..SessionStarted::default() };
    rig.say(invoke, Response::StartApplicationSession(Box::new(started)));
    let (invoke, Request::MonitorStart(start)) = rig.asked() else { panic!() };
    assert!(matches!(start.object, Some(MonitorObject::Device(device)) if device.text == "201:::0"));
    rig.say(invoke, Response::MonitorStart(Box::new(MonitorStarted { monitor: "1".into(), ..MonitorStarted::default() })));
    rig.serve(&[]);
    rig.wait(49);
    assert!(rig.sent.is_empty());
    rig.wait(1);
    let (_, Request::ResetApplicationSessionTimer(reset)) = rig.asked() else { panic!() };
    assert_eq!(reset.session, "S-0");
    rig.wait(10);
    assert!(matches!(rig.fault, Some(Fault::Silent(_))), "{:?}", rig.fault);
}

#[test]
fn a_session_that_is_refused_is_told_or_done_without() {
    let refusal = || Response::StartApplicationSessionRefused(Box::default());
    let mut rig = Rig::new(settings(Dialect::Dmcc, &["201"]));
    let (invoke, _) = rig.asked();
    rig.say(invoke, refusal());
    assert!(rig.fault.as_ref().is_some_and(Fault::is_configuration));

    let mut rig = Rig::new(settings(Dialect::MxOne, &["201"]));
    let (invoke, _) = rig.asked();
    rig.say(invoke, refusal());
    rig.serve(&[]);
    assert_eq!((rig.status, rig.fault), (Some(Status::InStep), None));
}

#[test]
fn a_login_of_the_products_own_and_one_monitor() {
    let login = Login {
        user: "a&b".into(),
        password: SecretString::from("hush"),
        namespace: "".into(),
        cleanup_delay_s: None,
        element: Some("<loginRequest><userName>{user}</userName><pwd>{password}</pwd></loginRequest>".into()),
    };
    let mut rig = Rig::new(Settings { login: Some(login), ..settings(Dialect::Zultys, &[]) });
    let (_, Message::Other(sent)) = rig.sent.remove(0) else { panic!() };
    assert_eq!((sent.text_of("userName").as_deref(), sent.text_of("pwd").as_deref()), (Some("a&b"), Some("hush")));
    assert!(!String::from_utf8_lossy(&rig.shown).contains("hush"));
    rig.serve(&[]);
    assert_eq!(rig.status, Some(Status::InStep));
    rig.wait(30);
    assert!(matches!(&rig.sent[..], [(_, Message::Other(raw))] if raw.name() == "keepalive"));
}

#[test]
fn devices_come_in_a_list_before_its_answer_or_after_it() {
    let list = |last: bool, number: &str| {
        format!(
            "<SwitchingFunctionDevices><serviceCrossRefID>9</serviceCrossRefID><lastSegment>{last}</lastSegment>\
             <deviceList><device><deviceID>{number}</deviceID></device></deviceList></SwitchingFunctionDevices>"
        )
    };
    for early in [false, true] {
        let base = settings(Dialect::Generic, &[]);
        let mut rig = Rig::new(Settings { application_session: SessionUse::None, discover: true, agents: false, ..base });
        let (invoke, Request::GetSwitchingFunctionDevices(_)) = rig.asked() else { panic!() };
        let answer = || Response::GetSwitchingFunctionDevices(Box::new(DevicesFollow { service: "9".into(), ..DevicesFollow::default() }));
        if early {
            rig.say_xml(InvokeId::EVENT, &list(false, "201"));
            rig.say_xml(id(77), &list(true, "202"));
            rig.say(invoke, answer());
        } else {
            rig.say(invoke, answer());
            rig.say_xml(InvokeId::EVENT, &list(false, "201"));
            rig.say_xml(id(77), &list(true, "202"));
        }
        rig.serve(&[]);
        assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::InStep), 2), "{early}");
    }
}

#[test]
fn who_answers_nothing_or_lets_nothing_be_monitored_is_not_in_step() {
    let mut rig = Rig::new(settings(Dialect::Generic, &["201"]));
    rig.wait(40);
    assert!(matches!(rig.fault, Some(Fault::Silent(_))), "{:?}", rig.fault);

    let mut rig = Rig::new(Settings { discover: true, ..settings(Dialect::OpenScape, &[]) });
    rig.say(id(0), status(SystemState::Enabled));
    rig.wait(20);
    assert!(matches!(rig.fault, Some(Fault::Unusable(_))), "{:?}", rig.fault);

    let timers = Timers { refused: Duration::from_secs(5), ..Timers::default() };
    let refused = Settings { application_session: SessionUse::None, timers, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(refused);
    rig.serve(&["201"]);
    assert_eq!((rig.status, rig.fault.as_ref()), (Some(Status::Resynchronising), None));
    assert!(rig.notices.iter().any(|notice| matches!(notice, Notice::Degraded(text) if text.contains("none of 1 devices"))));
    rig.wait(5);
    rig.serve(&[]);
    assert_eq!((rig.status, rig.spans()), (Some(Status::InStep), 1));
}
