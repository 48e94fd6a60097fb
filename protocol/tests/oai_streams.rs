//! Generated streams of System OAI held against the property that the fuzz target checks, and the limits of its decoder.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use bytes::Bytes;
use proptest::prelude::*;
use strowger_protocol::oai::{
    CallId, Command, CommandBody, CommandError, Counted, DecodeError, Decoder, EncodeError, Extension, Field, Filters, Item, Limits,
    ListMask, ListType, Login, MonitorType, OtherCommand, Service, frame,
};

#[path = "../fuzz/src/oai.rs"]
#[allow(unreachable_pub, reason = "public for the fuzz targets")]
mod properties;

const REFERENCE: &str = include_str!("../testdata/oai/reference.txt");

/// Pieces that lines are made of, with all that may be mistaken for something else.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = REFERENCE.lines().filter(|line| !line.starts_with('#')).map(|line| line.as_bytes().to_vec()).collect();
    let codes = prop::sample::select(vec![
        "001,CF,_MS,7,0,",
        "001,CF,_QX,7,0,1,",
        "001,CF,_QH,7,0,",
        "001,CF,_QI,7,0,",
        "001,CF,_GRD,7,0,",
        "001,QU,,1,",
        "001,CO,,1,",
        "001,DC,,1,",
        "001,FE,5,1,",
        "001,SMR,,1,",
        "001,GDA,,,",
        "_MS,7,",
        "_CM,7,1,",
        "_GSD,7,1,",
        "_QX,7,",
        "_XX,7,",
        "RR,",
    ]);
    let parts = prop::sample::select(vec![
        ",", ",,", "|", "||", "|a, b|", "1", "0", "007", "4", "1001", "2:1001", "2:", "A:00FC", "C:", "S:1", "3F", "I", "E", "N", "\r",
        "\n", "\r\n", "\0", " ", "\u{fc}",
    ]);
    prop_oneof![
        3 => prop::sample::select(lines),
        3 => codes.prop_map(|code| code.as_bytes().to_vec()),
        8 => parts.prop_map(|part| part.chars().map(|character| u8::try_from(character).unwrap()).collect()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ]
}

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat());
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join(&b'\n'))
}

proptest! {
    #[test]
    fn any_cut_of_any_frames_gives_the_same_lines(mode in 0..4_u8, cut in any::<u8>(), lines in lines()) {
        properties::wire(&[vec![mode | 4, cut], lines].concat());
    }

    #[test]
    fn any_bytes_are_taken(mode in 0..4_u8, cut in any::<u8>(), stream in prop::collection::vec(prop_oneof![1 => Just(0), 1 => any::<u8>()], 0..400)) {
        properties::wire(&[vec![mode, cut], stream].concat());
    }
}

fn items(decoder: &mut Decoder, bytes: &[u8]) -> Vec<Item> {
    decoder.push(Bytes::copy_from_slice(bytes));
    std::iter::from_fn(|| decoder.next_item().unwrap()).collect()
}

fn lines_of(bytes: &[u8]) -> Vec<String> {
    let line = |item| match item {
        Item::Line(line) => line.text().into_owned(),
        other => panic!("{other:?}"),
    };
    items(&mut Decoder::new(Limits::default()), bytes).into_iter().map(line).collect()
}

#[test]
fn a_payload_may_hold_several_lines_and_any_end() {
    assert_eq!(
        lines_of(&frame([&b"001,RD,0,\r\n\r\n002,RY,,1,105,2003\r003,RD,0\n\0 "[..]])),
        ["001,RD,0,", "002,RY,,1,105,2003", "003,RD,0"]
    );
    assert_eq!(lines_of(&[frame([]), frame([&b"\r\n"[..]]), frame([&b"001,RD,0, "[..]])].concat()), ["001,RD,0,"]);
}

#[test]
fn a_frame_over_the_limit_is_the_end() {
    let mut decoder = Decoder::new(Limits::default());
    assert_eq!(items(&mut decoder, &frame([&vec![b'x'; 1 << 20][..]])).len(), 1);
    decoder.push(Bytes::from_static(b"\x01\0\x10\0"));
    let error = DecodeError::FrameTooLarge { announced: (1 << 20) + 1, limit: 1 << 20 };
    assert!(error.is_fatal());
    assert_eq!(decoder.next_item(), Err(error.clone()));
    decoder.push(frame([&b"001,RD,0,\r\n"[..]]));
    assert_eq!((decoder.next_item(), decoder.buffered()), (Err(error), 0));
    decoder.reset();
    assert_eq!(items(&mut decoder, &frame([&b"001,RD,0,\r\n"[..]])).len(), 1);
    assert_eq!((decoder.counters().frames, decoder.counters().lines), (2, 2));
}

#[test]
fn lines_over_a_limit_are_skipped_and_told() {
    let limits = Limits { line_bytes: 20, fields: 4, ..Limits::default() };
    let mut decoder = Decoder::new(limits);
    let told =
        items(&mut decoder, &frame([&b"001,ZZ,xxxxxxxxxxxxxx\r\n"[..], b"002,ZZ,,,\r\n", b"003,ZZ,,\r\n", b"004,ZZ,xxxxxxxxxxxxx\r\n"]));
    match &told[..] {
        [Item::Skipped(long), Item::Skipped(wide), Item::Line(_), Item::Line(_)] => {
            assert_eq!((&long.what, &long.bytes[..]), (&DecodeError::LineTooLong { limit: 20 }, &b"001,ZZ,xxxxxxxxxxxxxx"[..]));
            assert_eq!(wide.what, DecodeError::TooManyFields { limit: 4 });
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((decoder.counters().skipped, decoder.counters().shared_frames), (2, 1));
}

#[test]
fn nine_thousand_monitors_fit() {
    let pairs: Vec<_> = (1..=9999).map(|id| format!("{id:06},{:07}", 1_000_000 + id)).collect();
    let line = format!("003,CF,_MS,2,0,9999,{},A:00FC,C:FFFE,F:1FFF\r\n", pairs.join(","));
    let Item::Line(line) = items(&mut Decoder::new(Limits::default()), &frame([line.as_bytes()])).remove(0) else { panic!() };
    let strowger_protocol::oai::Message::Confirmation(confirmation) = line.parse().unwrap() else { panic!() };
    assert!(
        matches!(confirmation.body, strowger_protocol::oai::ConfirmationBody::Monitors(started) if started.monitors.len() == 9999 && started.filters.is_some())
    );
}

#[test]
fn a_client_logs_in_and_asks() {
    let login = Login { service: Service::SystemOai, password: "1234".into(), application: "Connector".to_owned() };
    let ask = Command::new(7, CommandBody::NoOperation {});
    let stream = [login.encode().unwrap(), ask.encode().unwrap(), Bytes::from_static(b"\x03\0\0\0\x87ab")].concat();
    let told = items(&mut Decoder::for_client(Limits::default()), &stream);
    match &told[..] {
        [Item::Login(read), Item::Line(line), Item::Skipped(malformed)] => {
            assert_eq!((read, line.raw()), (&login, &Bytes::from_static(b"_NO,7")));
            assert_eq!((&malformed.what, malformed.bytes.len()), (&DecodeError::MalformedLogin, 0));
        }
        other => panic!("{other:?}"),
    }
}

fn sent(invoke: u16, body: CommandBody) -> Result<String, EncodeError> {
    Command::new(invoke, body).line().map(|line| String::from_utf8(line.to_vec()).unwrap())
}

#[test]
fn the_documented_commands() {
    let monitor = |target: Option<Extension>, kind, filters| CommandBody::MonitorStart { target, kind: Some(kind), filters };
    let stations = monitor(None, MonitorType::ALL_STATIONS, Filters::everything());
    assert_eq!(sent(2, stations).unwrap(), "_MS,2,,3,A:FFFF,C:FFFF,F:FFFF\r");
    let system = monitor(None, MonitorType::SYSTEM, Filters::every_system_event());
    assert_eq!(sent(3, system).unwrap(), "_MS,3,,11,S:FFFF\r");
    let none = Filters { agent: Some(0), feature: Some(0), ..Filters::default() };
    assert_eq!(sent(4, monitor(Some("100".into()), MonitorType::DEVICE, none)).unwrap(), "_MS,4,100,1,A:0000,,F:0000\r");
    let list = CommandBody::QueryList { device: None, list: ListType::USERS, mask: ListMask(0x1f), mode: Some(2), size: Some(20) };
    assert_eq!(sent(5, list).unwrap(), "_QX,5,,21,1F,2,20\r");
    assert_eq!(sent(245, CommandBody::Resync { device: Some(Extension::node(2)) }).unwrap(), "_RR,245,2:\r");
    assert_eq!(sent(0, CommandBody::LegacyResync { device: None }).unwrap(), "RR\r");
    assert_eq!(sent(9, CommandBody::MonitorStop { monitor: Some("000015".into()) }).unwrap(), "_MP,9,000015\r");
    let transfer = Command::parse("_TO,5,100,18532,102,,,,,").unwrap();
    assert!(
        matches!(&transfer.body, CommandBody::TransferOneStep { device, destination, cli_name: None, .. } if **destination == *"102" && *device == Extension::new("100"))
    );
    assert_eq!(transfer.line().unwrap(), "_TO,5,100,18532,102\r");
    let template = CommandBody::Other(OtherCommand::new("_QUD", ["1001", "|x, y|"]));
    assert_eq!(sent(6, template).unwrap(), "_QUD,6,1001,|x, y|\r");
    let extra = Command::parse("_DTD,7,100,1,|Hello|,3").unwrap();
    assert_eq!(extra.extra, [Field::Text("Hello".into()), Field::Bare("3".into())]);
    assert_eq!(extra.line().unwrap(), "_DTD,7,100,1,|Hello|,3\r");
}

#[test]
fn no_value_becomes_a_line_or_an_argument() {
    let call = |call: &str| sent(1, CommandBody::Answer { device: "100".into(), call: CallId::from(call) });
    assert!(matches!(call("5\r07"), Err(EncodeError::ControlCharacter { .. })));
    assert!(matches!(call("5\n_CC,1,100,5"), Err(EncodeError::ControlCharacter { .. })));
    assert!(matches!(call("507,1"), Err(EncodeError::Comma { .. })));
    assert_eq!(call("5|07").unwrap(), "_AC,1,100,507\r");
    let show = |text: &str| sent(1, CommandBody::TransientDisplay { device: "100".into(), tone: None, text: Some(text.into()) });
    assert!(matches!(show("a\rb"), Err(EncodeError::ControlCharacter { .. })));
    assert_eq!(show("a|b, c").unwrap(), "_TD,1,100,,|ab, c|\r");
    let data = CommandBody::SendData { application: 3, data: Counted(Bytes::from_static(b"a\r_CC,1")) };
    assert!(matches!(sent(1, data), Err(EncodeError::ControlCharacter { .. })));
    assert_eq!(sent(0, CommandBody::NoOperation {}), Err(EncodeError::InvokeId));
    let code = OtherCommand::new("_X\r_CC", []);
    assert!(matches!(sent(1, CommandBody::Other(code)), Err(EncodeError::Code(_))));
}

#[test]
fn passwords_are_not_shown() {
    let verify = Command::parse("_VP,9,,0,|hush|").unwrap();
    assert!(!format!("{verify:?}").contains("hush"));
    assert_eq!(&verify.encode_masked().unwrap()[4..], b"_VP,9,,0,|***|\r");
}

#[test]
fn what_is_no_command_is_told() {
    assert_eq!(Command::parse(""), Err(CommandError::NoCode));
    for (line, given) in [("_NO", ""), ("_NO,", ""), ("_NO,0", "0"), ("_NO,65536", "65536"), ("_NO,x", "x")] {
        assert_eq!(Command::parse(line), Err(CommandError::InvokeId { code: "_NO".into(), given: given.into() }), "{line}");
    }
    assert_eq!(Command::parse("_CC,7,100"), Err(CommandError::Argument { code: "_CC".into(), invoke: Some(7) }));
    assert_eq!(Command::parse("_SA,7,105,2003,ready"), Err(CommandError::Argument { code: "_SA".into(), invoke: Some(7) }));
    let odd = Command::parse("_MC,7,1001,5550123,,maybe").unwrap();
    assert_eq!(odd.odd.unreadable, 1);
}
