//! CSTA: the messages of the reference, what peers do to them, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::disallowed_methods, reason = "what a document costs is told by a clock")]

use std::fmt::Write;

use bytes::Bytes;
use strowger_protocol::csta::event::Event;
use strowger_protocol::csta::request::{MonitorObject, Request};
use strowger_protocol::csta::response::{DeviceSnapshotData, ErrorCode, Response};
use strowger_protocol::csta::word::{EventCause, LocalConnectionState, SystemState};
use strowger_protocol::csta::{
    DecodeError, Decoder, Device, Edition, EncodeError, Encoding, InvokeId, Item, Limits, Message, RawXml, Received, SESSION_NAMESPACE,
    Spelling, Style, XmlError, XmlLimits,
};

const REFERENCE: &str = include_str!("../testdata/csta/reference.txt");

fn documented() -> impl Iterator<Item = String> {
    let namespace = |of: &str| format!("xmlns=\"{of}\"");
    let lines = REFERENCE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(move |line| line.replacen("NS:", &namespace(Edition::Ed6.namespace()), 1).replacen("AS:", &namespace(SESSION_NAMESPACE), 1))
}

fn read(body: impl AsRef<[u8]>) -> Result<Received, XmlError> {
    Message::parse(body.as_ref(), &XmlLimits::default())
}

fn message(body: &str) -> Message {
    read(body).unwrap_or_else(|error| panic!("{error}: {body}")).message
}

fn event(body: &str) -> Event {
    match message(body) {
        Message::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn plain(edition: Edition) -> Style {
    Style { declaration: false, ..Style::of(edition) }
}

#[test]
fn the_documented_messages_are_read_and_written_the_same() {
    let mut names = std::collections::BTreeSet::new();
    for line in documented() {
        let received = read(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        names.insert(received.message.name().to_owned());
        assert!(!matches!(received.message, Message::Other(_)) && received.unreadable == 0, "{line}");
        let debugged = format!("{:?}", received.message);
        assert!(debugged.matches("other: [").count() == debugged.matches("other: []").count(), "{line} has unknown parts: {debugged}");
        let written = received.message.encode(&plain(Edition::Ed6)).unwrap();
        assert_eq!(std::str::from_utf8(&written).unwrap(), line);
    }
    assert!(names.len() > 80, "{}", names.len());
}

/// What peers do to messages without changing what they mean.
#[test]
fn tolerated_forms_mean_the_same() {
    let held = "<HeldEvent xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed4\"><monitorCrossRefID>1</monitorCrossRefID>\
        <heldConnection><callID>C1</callID><deviceID>201</deviceID></heldConnection>\
        <holdingDevice><deviceIdentifier>201</deviceIdentifier></holdingDevice><localConnectionInfo>hold</localConnectionInfo></HeldEvent>";
    let meant = message(held);
    let forms = [
        held.replace("<HeldEvent", "<?xml version='1.0' encoding='utf-8' standalone='yes'?><!-- c --><HeldEvent"),
        format!("\u{feff}{held}\r\n"),
        held.replace('<', "<ns3:").replace("<ns3:/", "</ns3:").replace("xmlns=", "xmlns:ns3="),
        held.replace("<callID>C1</callID><deviceID>201</deviceID>", "<deviceID>201</deviceID><callID>C1</callID>"),
        held.replace("<callID>C1", "<callID>\n  C1\n"),
        held.replace("xmlns=", "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:schemaLocation=\"a file://x\" xmlns="),
        held.replace("<deviceIdentifier>201</deviceIdentifier>", "201"),
        held.replace("<deviceIdentifier>201</deviceIdentifier>", "<deviceIdentifier><![CDATA[201]]></deviceIdentifier>"),
        held.replace("<deviceIdentifier>201", "<deviceIdentifier>2&#48;&#x31;"),
        held.replace("http://www.ecma-international.org", "http://www.ecmainternational.org"),
    ];
    for form in &forms {
        assert_eq!(message(form), meant, "{form}");
    }
    assert_eq!(read(&forms[2]).unwrap().edition, Edition::Ed4);
    assert_eq!(
        read(
            held.split_once(" xmlns")
                .map(|_| held.replace(" xmlns=\"http://www.ecma-international.org/standards/ecma-323/csta/ed4\"", ""))
                .unwrap()
        )
        .unwrap()
        .edition,
        Edition::None
    );
}

#[test]
fn spellings_of_the_schema_and_correct_ones() {
    for name in ["TransferedEvent", "TransferredEvent"] {
        assert!(matches!(event(&format!("<{name}/>")), Event::Transferred(_)));
    }
    let Message::Error(error) =
        message("<CSTAErrorCode><systemResourceAvailability>resourceBusy</systemResourceAvailability></CSTAErrorCode>")
    else {
        panic!()
    };
    assert_eq!(
        (error.to_string().as_str(), error.clone()),
        ("resourceBusy (system resource)", ErrorCode::SystemResource("resourceBusy".into()))
    );
    let corrected = Style { spelling: Spelling::Corrected, ..plain(Edition::None) };
    assert_eq!(
        Message::Error(error).encode(&corrected).unwrap(),
        "<CSTAErrorCode><systemResourceAvailability>resourceBusy</systemResourceAvailability></CSTAErrorCode>"
    );
    assert!(message("<TransferedEvent/>").encode(&corrected).unwrap().starts_with(b"<TransferredEvent>"));
    let Message::Request(Request::SystemStatus(status)) = message("<SystemStatus><systemStatus>messageLost</systemStatus></SystemStatus>")
    else {
        panic!()
    };
    assert_eq!(status.state, Some(SystemState::MessagesLost));
    let Message::Request(Request::MonitorStart(start)) = message(
        "<MonitorStart><monitorObject><deviceObject/></monitorObject>\
         <requestedMonitorFilter><callControl><held>1</held></callControl></requestedMonitorFilter></MonitorStart>",
    ) else {
        panic!()
    };
    assert!(matches!(&start.object, Some(MonitorObject::Device(device)) if device.text.is_empty()));
    assert!(start.filter.unwrap().call_control.unwrap().is_set("held"));
}

#[test]
fn what_is_not_known_is_kept() {
    let body = "<HeldEvent xmlns=\"urn:e\" xmlns:v=\"urn:v\"><v:thing a=\"1\"><b/></v:thing><monitorCrossRefID>1</monitorCrossRefID>\
        <cause>aNewCause</cause><extensions><v:beat>0</v:beat></extensions></HeldEvent>";
    let Event::Held(held) = event(body) else { panic!() };
    assert_eq!(held.other, [RawXml::new("<v:thing xmlns:v=\"urn:v\" a=\"1\"><b/></v:thing>").unwrap()]);
    assert_eq!(held.local.cause, Some(EventCause::Other("aNewCause".into())));
    let extensions = held.tail.extensions.as_ref().unwrap();
    assert_eq!((extensions.other[0].name(), extensions.other[0].text_of("beat").unwrap().as_str()), ("beat", "0"));
    let written = Message::Event(Event::Held(held.clone())).encode(&Style::default()).unwrap();
    assert_eq!(read(&written).unwrap().message, Message::Event(Event::Held(held)));

    let Message::Other(raw) = message("<loginRequest type=\"User\"><userName>cti</userName></loginRequest>") else { panic!() };
    assert_eq!((raw.name(), raw.text_of("userName").as_deref(), raw.text_of("none")), ("loginRequest", Some("cti"), None));
    assert!(Message::Other(RawXml::new("<a:GetDeviceIdResponse xmlns:a='urn:a'/>").unwrap()).is_answer());
    assert!(!message("<SomethingEvent/>").is_answer());
}

#[test]
fn what_holds_nothing_of_its_kind_is_counted_and_left_out() {
    let body = "<QueuedEvent><numberQueued>many</numberQueued><callsInFront>2</callsInFront></QueuedEvent>";
    let received = read(body).unwrap();
    let Message::Event(Event::Queued(queued)) = received.message else { panic!() };
    assert_eq!((queued.number_queued, queued.calls_in_front, received.unreadable), (None, Some(2), 1));
    assert_eq!(queued.queue, Device::NotKnown);
}

#[test]
fn a_snapshot_that_some_peers_send_has_no_data() {
    let Message::Response(Response::SnapshotDevice(snapshot)) =
        message("<SnapshotDeviceResponse><serviceCrossRefID>7</serviceCrossRefID></SnapshotDeviceResponse>")
    else {
        panic!()
    };
    assert!(snapshot.data.is_none() && snapshot.service.as_deref() == Some("7"));
    let idle = "<SnapshotDeviceResponse><crossRefIDorSnapshotData><snapshotData/></crossRefIDorSnapshotData></SnapshotDeviceResponse>";
    let Message::Response(Response::SnapshotDevice(snapshot)) = message(idle) else { panic!() };
    assert!(matches!(snapshot.data, Some(DeviceSnapshotData::Data(data)) if data.entries.is_empty()));
}

#[test]
fn older_editions_lack_what_came_later() {
    let line = documented().find(|line| line.starts_with("<DeliveredEvent")).unwrap();
    let Event::Delivered(mut delivered) = event(&line) else { panic!() };
    delivered.tail.locations = Some(RawXml::new("<locationInfoList/>").unwrap());
    let written =
        |edition| String::from_utf8(Message::Event(Event::Delivered(delivered.clone())).encode(&plain(edition)).unwrap().to_vec()).unwrap();
    assert!(written(Edition::Ed6).contains("locationInfoList") && !written(Edition::Ed4).contains("locationInfoList"));
    assert!(written(Edition::None).starts_with("<DeliveredEvent><monitorCrossRefID>"));
}

#[test]
fn secrets_are_neither_shown_nor_logged() {
    let login = documented().find(|line| line.contains("hush")).unwrap();
    let message = message(&login);
    assert!(!format!("{message:?}").contains("hush"));
    let masked = message.encode(&Style::default().masking()).unwrap();
    assert!(!masked.windows(4).any(|part| part == b"hush") && masked.windows(3).any(|part| part == b"***"));
}

#[test]
fn characters_of_either_encoding() {
    let Event::Held(mut held) = event("<HeldEvent><callID/></HeldEvent>") else { panic!() };
    held.holding = Device::of("Zo\u{eb} \u{20ac} <&>\"\r\n\tx");
    let message = Message::Event(Event::Held(held.clone()));
    for encoding in [Encoding::Utf8, Encoding::Latin1] {
        let written = message.encode(&Style { encoding, ..Style::default() }).unwrap();
        assert_eq!(read(&written).unwrap().message, message);
    }
    assert_eq!(
        message.encode(&Style { encoding: Encoding::Latin1, ..Style::default() }).unwrap().split(|byte| *byte == 0xeb).count() - 1,
        1
    );
    held.holding = Device::of("a\u{1}b");
    let error = EncodeError::ControlCharacter { element: "deviceIdentifier".into(), character: '\u{1}' };
    assert_eq!(Message::Event(Event::Held(held)).encode(&Style::default()), Err(error));
}

/// Some thousand stations in one list do not fit into a frame: the segments are the sender's business, and the codec says so.
#[test]
fn a_message_over_the_limit_is_not_sent() {
    let mut list = String::from("<SwitchingFunctionDevices><deviceList>");
    for number in 0..1000 {
        write!(list, "<device><deviceID>{number}</deviceID></device>").unwrap();
    }
    list.push_str("</deviceList></SwitchingFunctionDevices>");
    let error = message(&list).frame(InvokeId::EVENT, &Style::default()).unwrap_err();
    assert!(matches!(error, EncodeError::TooLarge { limit: 32_766, .. }), "{error}");
}

// What is refused.

fn refused(body: impl AsRef<[u8]>) -> XmlError {
    read(body).unwrap_err()
}

#[test]
fn hostile_documents_are_refused() {
    let laughs = "<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;&lol;\">]><HeldEvent>&lol2;</HeldEvent>";
    assert_eq!(refused(laughs), XmlError::Doctype);
    assert_eq!(refused(format!("<?xml version=\"1.0\"?>\n{laughs}")), XmlError::Doctype);
    assert_eq!(refused("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), XmlError::Doctype);
    assert_eq!(refused("<!doctype a><a/>"), XmlError::Doctype);
    assert_eq!(refused("<HeldEvent><cause>&lol9;</cause></HeldEvent>"), XmlError::Entity("lol9".into()));
    assert_eq!(refused("<HeldEvent><cause>&#0;</cause></HeldEvent>"), XmlError::Character("#0".into()));
    assert_eq!(refused("<HeldEvent><cause>&#xD800;</cause></HeldEvent>"), XmlError::Character("#xD800".into()));
    let attribute = "<MonitorStart><monitorObject><deviceObject a=\"&lol;\"/></monitorObject></MonitorStart>";
    assert_eq!(refused(attribute), XmlError::Entity("lol".into()));

    assert_eq!(refused("<a>".repeat(20_000)), XmlError::TooDeep { limit: 32 });
    assert_eq!(refused(format!("<HeldEvent>{}</HeldEvent>", "<a/>".repeat(16_000))), XmlError::TooManyElements { limit: 8192 });
    assert_eq!(refused(format!("<HeldEvent a=\"{}\"/>", "x".repeat(60_000))), XmlError::AttributesTooLong { limit: 4096 });
    let many = (0..40).fold(String::new(), |all, at| all + &format!(" a{at}=\"1\""));
    assert_eq!(refused(format!("<HeldEvent{many}/>")), XmlError::TooManyAttributes { limit: 32 });
    let scopes = (0..31).fold(String::new(), |all, at| all + &format!("<a xmlns:p{at}=\"u\" xmlns:q{at}=\"u\">"));
    assert_eq!(refused(scopes), XmlError::TooManyNamespaces { limit: 32 });
}

#[test]
fn damaged_documents_are_refused() {
    assert_eq!(refused(""), XmlError::Empty);
    assert_eq!(refused(" \r\n\0\0"), XmlError::Empty);
    assert_eq!(refused("<HeldEvent><cause>normal</cause>"), XmlError::Unfinished("/cause".into()));
    assert!(matches!(refused("<HeldEvent><cau"), XmlError::Malformed { .. }));
    assert!(matches!(refused("<HeldEvent></OtherEvent>"), XmlError::Malformed { .. }));
    assert!(matches!(refused("plain text"), XmlError::Malformed { at: 0, .. }));
    assert_eq!(refused("<HeldEvent/><HeldEvent/>"), XmlError::Trailing { at: 12 });
    assert_eq!(refused(b"<HeldEvent><cause>\xff</cause></HeldEvent>"), XmlError::NotEncoded { at: 18, encoding: "UTF-8" });
    assert_eq!(refused("<?xml version=\"1.0\" encoding=\"UTF-7\"?><a/>"), XmlError::Encoding("UTF-7".into()));
    assert_eq!(refused(b"\xfe\xff\0<\0a"), XmlError::Encoding("UTF-16".into()));
    for error in [refused("<HeldEvent></OtherEvent>"), refused(""), refused("<a>".repeat(99))] {
        assert!(error.to_string().len() < 300);
    }
}

/// A body of the largest size that costs as much as a body can is read in a bounded time: it takes milliseconds, and many seconds if
/// the cost grew with the square of the length.
#[test]
fn the_dearest_documents_are_cheap() {
    let namespaces = (0..30).fold(String::new(), |all, at| all + &format!(" xmlns:p{at}=\"u\""));
    let unknown = "<p1:a/>".repeat(8000);
    let flags = (0..5000).fold(String::new(), |all, at| all + &format!("<f{at}>1</f{at}>"));
    let text = "&lt;".repeat(16_000);
    let open = std::iter::repeat_n("<p2:b>", 30).collect::<String>();
    for body in [
        format!("<HeldEvent{namespaces}>{unknown}</HeldEvent>"),
        format!("<HeldEvent><callCharacteristics>{flags}</callCharacteristics></HeldEvent>"),
        format!("<HeldEvent><cause>{text}</cause></HeldEvent>"),
        format!("<HeldEvent{namespaces}>{open}"),
    ] {
        let begun = std::time::Instant::now();
        drop(read(&body));
        assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?} for {} bytes", begun.elapsed(), body.len());
    }
}

// Frames.

fn items(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Item> {
    decoder.push(Bytes::copy_from_slice(bytes));
    std::iter::from_fn(|| decoder.next_item().unwrap()).collect()
}

fn framed(indicator: u16, invoke: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len() + 8).unwrap();
    [&indicator.to_be_bytes()[..], &length.to_be_bytes(), &invoke, body].concat()
}

#[test]
fn frames_that_are_left_out_are_counted() {
    let stream = [
        framed(0, *b"0001", b"<a/>"),
        framed(0x0100, *b"0002", b"<Envelope/>"),
        framed(0x0742, *b"0003", &[b'x'; 1000]),
        framed(0, *b"0004", &[b' '; 200]),
        framed(0x0100, *b"0005", b""),
        framed(0, [0, 0, 0, 6], b"<b/>"),
    ]
    .concat();
    let told = |chunk: usize| {
        let mut decoder = Decoder::new(Limits { frame_bytes: 100 });
        let items: Vec<Item> = stream.chunks(chunk).flat_map(|chunk| items(&mut decoder, chunk)).collect();
        (items, decoder.counters(), decoder.buffered())
    };
    let (items, counters, left) = told(stream.len());
    for chunk in 1..40 {
        assert_eq!(told(chunk), (items.clone(), counters, left), "in chunks of {chunk}");
    }
    assert_eq!((counters.frames, counters.skipped, counters.soap, counters.unknown_format, counters.too_large, left), (2, 4, 2, 1, 1, 0));
    match &items[..] {
        [Item::Frame(first), Item::Skipped(soap), Item::Skipped(unknown), Item::Skipped(large), Item::Skipped(_), Item::Frame(last)] => {
            assert_eq!((first.invoke.to_string(), &first.body[..]), ("0001".to_owned(), &b"<a/>"[..]));
            assert_eq!((soap.what, &soap.bytes[..], soap.invoke.number()), (DecodeError::Soap, &b"<Envelope/>"[..], Some(2)));
            assert_eq!((unknown.what, unknown.bytes.len()), (DecodeError::UnknownFormat { indicator: 0x0742 }, 256));
            assert_eq!(large.what, DecodeError::FrameTooLarge { length: 208, limit: 100 });
            assert_eq!((last.invoke.number(), last.invoke.bytes()), (None, [0, 0, 0, 6]));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_peer_that_is_none_and_a_wrong_length_end_the_stream() {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(Bytes::from_static(b"HTTP/1.1 400 Bad Request\r\n"));
    let error = decoder.next_item().unwrap_err();
    assert!(error.is_fatal() && matches!(error, DecodeError::NotCsta { .. }));
    decoder.push(Bytes::from(framed(0, *b"0001", b"<a/>")));
    assert_eq!((decoder.next_item(), decoder.buffered()), (Err(error), 0));
    decoder.reset();
    assert_eq!(items(&mut decoder, &framed(0, *b"0001", b"<a/>")).len(), 1);
    decoder.push(Bytes::from_static(&[0, 0, 0, 7, b'0', b'0', b'0', b'2']));
    assert_eq!(decoder.next_item(), Err(DecodeError::LengthTooShort { length: 7 }));
}

/// Peers that count characters where bytes are to be counted: the frame is damaged, which is told, and what is left over cannot be
/// taken for a frame of XML.
#[test]
fn a_length_in_characters_is_told() {
    let body = "<HeldEvent><cause>\u{fc}\u{fc}\u{fc}</cause></HeldEvent>".as_bytes();
    let mut stream = framed(0, *b"9999", body);
    let short = u16::try_from(body.len() + 8 - 3).unwrap().to_be_bytes();
    stream[2..4].copy_from_slice(&short);
    stream.extend(framed(0, *b"9999", b"<a/>"));
    let mut decoder = Decoder::new(Limits::default());
    let told = items(&mut decoder, &stream);
    let Item::Frame(first) = &told[0] else { panic!("{told:?}") };
    assert!(matches!(first.parse(&XmlLimits::default()), Err(XmlError::Malformed { .. } | XmlError::Unfinished(_))));
    assert_eq!((told.len(), decoder.counters().frames), (1, 1));
}

#[test]
fn subject_and_monitored_device_are_told_apart() {
    let line = documented().find(|line| line.starts_with("<NetworkReachedEvent")).unwrap();
    let Event::NetworkReached(event) = event(&line) else { panic!() };
    assert_eq!((event.connection.number(), event.network_interface.number()), (Some("T1"), Some("T1")));
    assert_eq!(event.local.state, Some(LocalConnectionState::Connected));
}
