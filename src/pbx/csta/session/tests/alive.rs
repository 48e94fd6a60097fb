//! Signs of life.

use super::*;

#[test]
fn without_a_session_the_status_keeps_the_connection_alive() {
    let mut rig = Rig::new(Settings { keep_alive: KeepAlive::Session, agents: false, ..settings(Dialect::Generic, &["201"]) });
    let (invoke, _) = rig.asked();
    rig.say(invoke, Message::Error(ErrorCode::not_supported()));
    rig.serve(&[]);
    assert_eq!(rig.status, Some(Status::InStep));
    rig.wait(30);
    assert!(matches!(rig.asked(), (_, Request::RequestSystemStatus(_))));
}

#[test]
fn silence_is_noticed() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.wait(30);
    let (invoke, Request::RequestSystemStatus(_)) = rig.asked() else { panic!() };
    rig.say(invoke, Message::Error(ErrorCode::not_supported()));
    rig.wait(80);
    assert!(matches!(rig.fault, Some(Fault::Silent(_))), "{:?}", rig.fault);
}

/// A length that is too large makes a frame of what follows, and nothing of it is heard.
#[test]
fn bytes_that_become_no_frame_are_no_sign_of_life() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.session.received(bytes::Bytes::from_static(b"\0\0\xff\xff9999"), rig.clock());
    for _ in 0..100 {
        rig.wait(1);
        rig.session.received(bytes::Bytes::from_static(b"<HeldEvent/>"), rig.clock());
        rig.drain();
    }
    assert!(matches!(rig.fault, Some(Fault::Silent(_))), "{:?}", rig.fault);
}

#[test]
fn an_element_that_keeps_alive_goes_out_while_the_pbx_talks() {
    let keep_alive = KeepAlive::Element("<keepalive/>".into());
    let generic = Settings { application_session: SessionUse::None, agents: false, keep_alive, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    for _ in 0..12 {
        rig.wait(10);
        rig.say_xml(InvokeId::EVENT, "<DoNotDisturbEvent><monitorCrossRefID>m201</monitorCrossRefID></DoNotDisturbEvent>");
    }
    let elements = rig.sent.iter().filter(|(_, message)| matches!(message, Message::Other(raw) if raw.name() == "keepalive")).count();
    assert!((3..=5).contains(&elements), "{elements} in 120 s");
}
