//! What cannot be understood, and what is only overheard.

use super::*;

#[test]
fn what_is_not_known_or_damaged_is_answered_or_told() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.say_xml(id(3), "<SomethingNew/>");
    assert_eq!(rig.sent.remove(0), (id(3), Message::Error(ErrorCode::not_supported())));
    let body = b"<!DOCTYPE a [<!ENTITY b \"c\">]><HeldEvent>&b;</HeldEvent>";
    rig.session.received(strowger_protocol::csta::frame(InvokeId::EVENT, body, 9999).unwrap(), rig.clock());
    rig.drain();
    assert!(rig.notices.iter().any(|notice| matches!(notice, Notice::Malformed { what, .. } if what.contains("DTD"))));
    assert_eq!(rig.fault, None);
    rig.session.received(bytes::Bytes::from_static(&[0, 0, 0, 3, 0, 0, 0, 0]), rig.clock());
    rig.drain();
    assert!(matches!(rig.fault, Some(Fault::Protocol(_))));
    let mut rig = Rig::new(settings(Dialect::OpenScape, &[]));
    for body in ["<SystemStatus><systemStatus>normal</systemStatus>", "<SystemStatus/>\0\0\u{0}00000001<SystemStatus/>"] {
        rig.connect();
        rig.session.received(strowger_protocol::csta::frame(id(1), body.as_bytes(), 9999).unwrap(), rig.clock());
        rig.drain();
        let told = rig.fault.take();
        let named = |text: &String| ["length", "well-formed"].iter().any(|word| text.contains(word));
        assert!(matches!(&told, Some(Fault::Protocol(text)) if named(text)), "{body}: {told:?}");
    }
    rig.connect();
    rig.session.received(bytes::Bytes::from_static(b"HTTP/1.1 400 Bad Request"), rig.clock());
    rig.drain();
    assert!(matches!(rig.fault, Some(Fault::WrongPeer(_))));
}

#[test]
fn a_capture_is_followed_without_asking() {
    let mut session = Session::passive(settings(Dialect::Generic, &["201"]));
    let now = Now { wall: Time::from_millis(1), monotonic: Duration::ZERO };
    session.connected(now);
    let call = "<OriginatedEvent><originatedConnection><callID>1</callID><deviceID>201</deviceID></originatedConnection></OriginatedEvent>";
    session.received(strowger_protocol::csta::frame(InvokeId::EVENT, call.as_bytes(), 9999).unwrap(), now);
    session.received(Message::from(idle()).frame(id(4), &Style::default()).unwrap(), now);
    session.timeout(Now { monotonic: session.poll_timeout().unwrap(), ..now });
    let outputs: Vec<Output> = std::iter::from_fn(|| session.poll_output()).collect();
    assert!(outputs.iter().all(|output| !matches!(output, Output::Send { .. })));
    let told = outputs.iter().filter(|output| matches!(output, Output::Event(_))).count();
    assert_eq!(told, 4, "{outputs:?}");
}
