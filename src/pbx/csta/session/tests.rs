//! Dialogues with a made-up PBX.

use std::time::Duration;

use secrecy::SecretString;
use strowger_protocol::csta::request::{MonitorObject, MonitorStop, SystemStatus};
use strowger_protocol::csta::response::{
    DeviceSnapshot, DeviceSnapshotData, DevicesFollow, MonitorStarted, SessionStarted, SnapshotDeviceEntries,
};
use strowger_protocol::csta::word::SystemState;
use strowger_protocol::csta::{Decoder, ErrorCode, InvokeId, Item, Limits, Message, RawXml, Request, Response, Style, XmlLimits};

use super::Session;
use crate::pbx::csta::settings::{Device, Dialect, KeepAlive, Login, SessionUse, Settings, Timers};
use crate::pbx::session::{Fault, Notice, Output, Session as _, Status};
use crate::telephony::{DeviceKind, Event, Now, Time};

struct Rig {
    session: Session,
    now: Duration,
    decoder: Decoder,
    /// What the session sent and nobody answered yet.
    sent: Vec<(InvokeId, Message)>,
    told: Vec<Event>,
    status: Option<Status>,
    fault: Option<Fault>,
    notices: Vec<Notice>,
    shown: Vec<u8>,
    most_open: usize,
}

fn settings(dialect: Dialect, devices: &[&str]) -> Settings {
    let devices = devices.iter().map(|number| Device { number: (*number).into(), kind: DeviceKind::Extension }).collect();
    Settings { devices, discover: false, register: false, ..Settings::of(dialect) }
}

impl Rig {
    fn new(settings: Settings) -> Self {
        let mut rig = Self {
            session: Session::new(settings),
            now: Duration::ZERO,
            decoder: Decoder::new(Limits::default()),
            sent: Vec::new(),
            told: Vec::new(),
            status: None,
            fault: None,
            notices: Vec::new(),
            shown: Vec::new(),
            most_open: 0,
        };
        rig.connect();
        rig
    }

    fn connect(&mut self) {
        self.session.connected(self.clock());
        self.drain();
    }

    fn clock(&self) -> Now {
        let micros = i64::try_from(self.now.as_micros()).unwrap();
        Now { wall: Time::from_micros(1_000_000_000 + micros), monotonic: self.now }
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { bytes, shown } => {
                    self.shown.extend_from_slice(shown.as_ref().unwrap_or(&bytes));
                    self.decoder.push(bytes);
                }
                Output::Event(stamped) => self.told.push(stamped.event),
                Output::Status(status) => self.status = Some(status),
                Output::Notice(notice) => self.notices.push(notice),
                Output::Disconnect(fault) => self.fault = Some(fault),
                Output::Dee(_) => panic!("nothing was asked"),
            }
        }
        while let Some(Item::Frame(frame)) = self.decoder.next_item().unwrap() {
            self.sent.push((frame.invoke, frame.parse(&XmlLimits::default()).unwrap().message));
        }
        self.most_open = self.most_open.max(self.sent.len());
    }

    fn say(&mut self, invoke: InvokeId, message: impl Into<Message>) {
        let bytes = message.into().frame(invoke, &Style::default()).unwrap();
        self.session.received(bytes, self.clock());
        self.drain();
    }

    fn say_xml(&mut self, invoke: InvokeId, xml: &str) {
        self.say(invoke, Message::Other(RawXml::new(xml).unwrap()));
    }

    /// Time passes, the session's timers run.
    fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.session.timeout(self.clock());
            self.drain();
        }
        self.now = until;
    }

    /// The oldest request that was not answered.
    fn asked(&mut self) -> (InvokeId, Request) {
        match self.sent.remove(0) {
            (invoke, Message::Request(request)) => (invoke, request),
            other => panic!("{other:?}"),
        }
    }

    /// Answers monitors, snapshots and questions for agents, those of idle devices, until nothing more is asked.
    fn serve(&mut self, refused: &[&str]) {
        while let Some(at) = self.sent.iter().position(|(_, message)| matches!(message, Message::Request(_))) {
            let (invoke, Message::Request(request)) = self.sent.remove(at) else { panic!() };
            match request {
                Request::MonitorStart(start) => {
                    let Some(MonitorObject::Device(device)) = &start.object else { panic!("{start:?}") };
                    if refused.contains(&device.number()) {
                        self.say(invoke, Message::Error(ErrorCode::Operation("invalidDeviceID".into())));
                    } else {
                        let monitor = format!("m{}", device.number()).into();
                        self.say(invoke, Response::MonitorStart(Box::new(MonitorStarted { monitor, ..MonitorStarted::default() })));
                    }
                }
                Request::SnapshotDevice(_) => self.say(invoke, idle()),
                Request::RequestSystemStatus(_) => self.say(invoke, Response::RequestSystemStatus(Box::default())),
                Request::GetAgentState(_) => self.say(invoke, Message::Error(ErrorCode::not_supported())),
                other => panic!("{other:?}"),
            }
        }
    }

    fn spans(&self) -> usize {
        self.told.iter().filter(|event| matches!(event, Event::Resynchronised { .. })).count()
    }
}

fn idle() -> Response {
    let data = Some(DeviceSnapshotData::Data(SnapshotDeviceEntries::default()));
    Response::SnapshotDevice(Box::new(DeviceSnapshot { data, ..DeviceSnapshot::default() }))
}

fn status(state: SystemState) -> Request {
    Request::SystemStatus(Box::new(SystemStatus { state: Some(state), ..SystemStatus::default() }))
}

fn id(number: u16) -> InvokeId {
    InvokeId::new(number).unwrap()
}

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
fn monitors_are_bounded_in_flight_and_refused_ones_are_tried_later() {
    let numbers: Vec<String> = (1000..1500).map(|number| number.to_string()).collect();
    let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
    let generic = Settings { application_session: SessionUse::None, ..settings(Dialect::Generic, &numbers) };
    let mut rig = Rig::new(generic);
    rig.serve(&["1007", "1300"]);
    assert!(rig.most_open <= 16, "{}", rig.most_open);
    assert_eq!((rig.status, rig.spans(), rig.session.watches.monitored()), (Some(Status::InStep), 1, 498));
    let denied = rig.notices.iter().filter(|notice| matches!(notice, Notice::Denied(text) if text.contains("invalidDeviceID"))).count();
    assert_eq!(denied, 2);
    rig.sent.clear();
    rig.wait(599);
    let monitors = |rig: &Rig| rig.sent.iter().filter(|(_, message)| matches!(message, Message::Request(Request::MonitorStart(_)))).count();
    assert_eq!(monitors(&rig), 0);
}

#[test]
fn a_monitor_that_is_not_answered_or_ends_is_placed_again() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.asked();
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::Resynchronising), 1));
    rig.wait(10);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::InStep), 1));
    rig.wait(2);
    rig.serve(&[]);
    assert_eq!((rig.session.watches.monitored(), rig.spans()), (2, 2));
    rig.say(id(5), Request::MonitorStop(Box::new(MonitorStop { monitor: "m201".into(), ..MonitorStop::default() })));
    assert!(matches!(rig.sent.remove(0), (invoke, Message::Response(Response::MonitorStop(_))) if invoke == id(5)));
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::Resynchronising), 1));
    assert!(matches!(rig.told.last(), Some(Event::LinkLost { .. })), "its device is out of sight: {:?}", rig.told);
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored(), rig.spans()), (Some(Status::InStep), 2, 3));
    // It holds too short a time to be placed again at once.
    rig.say(id(6), Request::MonitorStop(Box::new(MonitorStop { monitor: "m201".into(), ..MonitorStop::default() })));
    rig.serve(&[]);
    assert_eq!((rig.status, rig.session.watches.monitored()), (Some(Status::InStep), 1));
    rig.wait(2);
    rig.serve(&[]);
    assert_eq!((rig.session.watches.monitored(), rig.spans()), (2, 5));
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
fn lost_messages_and_a_lost_connection_are_gaps() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201", "202"]) };
    let mut rig = Rig::new(generic);
    rig.serve(&[]);
    rig.told.clear();
    rig.say(id(1), status(SystemState::MessagesLost));
    assert_eq!(rig.sent.len(), 3, "{:?}", rig.sent);
    rig.sent.remove(0);
    rig.serve(&[]);
    assert!(matches!(rig.told[..], [Event::LinkLost { .. }, Event::ResyncBegan { .. }, Event::Resynchronised { .. }]), "{:?}", rig.told);
    let call = "<OriginatedEvent><originatedConnection><callID>1</callID><deviceID>201</deviceID></originatedConnection>\
        <callingDevice><deviceIdentifier>201</deviceIdentifier></callingDevice></OriginatedEvent>";
    rig.say_xml(InvokeId::EVENT, call);
    rig.told.clear();
    rig.session.closed(rig.clock());
    rig.drain();
    assert!(matches!(rig.told[..], [Event::LinkLost { .. }]));
    rig.connect();
    rig.serve(&[]);
    assert!(matches!(rig.told[1..], [Event::ResyncBegan { .. }, Event::Resynchronised { .. }]), "{:?}", rig.told);
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
fn a_long_snapshot_comes_in_parts() {
    let generic = Settings { application_session: SessionUse::None, agents: false, ..settings(Dialect::Generic, &["201"]) };
    let mut rig = Rig::new(generic);
    let (invoke, _) = rig.asked();
    rig.say(invoke, Response::MonitorStart(Box::new(MonitorStarted { monitor: "1".into(), ..MonitorStarted::default() })));
    let (invoke, Request::SnapshotDevice(_)) = rig.asked() else { panic!() };
    let data = Some(DeviceSnapshotData::Service("4".into()));
    rig.say(invoke, Response::SnapshotDevice(Box::new(DeviceSnapshot { data, ..DeviceSnapshot::default() })));
    assert_ne!(rig.status, Some(Status::InStep));
    rig.say_xml(
        InvokeId::EVENT,
        "<SnapshotDeviceData><serviceCrossRefID>4</serviceCrossRefID><lastSegment>true</lastSegment><snapshotData><snapshotDeviceResponseInfo>\
         <connectionIdentifier><callID>1</callID><deviceID>201</deviceID></connectionIdentifier><localCallState><simpleCallState>callReceived\
         </simpleCallState></localCallState></snapshotDeviceResponseInfo></snapshotData></SnapshotDeviceData>",
    );
    assert_eq!(rig.status, Some(Status::InStep));
    assert_eq!(rig.told.iter().filter(|event| matches!(event, Event::Present(_))).count(), 1, "{:?}", rig.told);
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

mod properties {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;

    /// Messages that a PBX may send, about few calls and devices, in any order.
    fn message() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec![
            ("OriginatedEvent", "originatedConnection", "callingDevice"),
            ("DeliveredEvent", "connection", "alertingDevice"),
            ("EstablishedEvent", "establishedConnection", "answeringDevice"),
            ("HeldEvent", "heldConnection", "holdingDevice"),
            ("RetrievedEvent", "retrievedConnection", "retrievingDevice"),
            ("QueuedEvent", "queuedConnection", "queue"),
            ("DivertedEvent", "connection", "divertingDevice"),
            ("FailedEvent", "failedConnection", "failingDevice"),
            ("NetworkReachedEvent", "outboundConnection", "networkInterfaceUsed"),
            ("ConnectionClearedEvent", "droppedConnection", "releasingDevice"),
            ("CallClearedEvent", "clearedCall", "x"),
            ("TransferedEvent", "primaryOldCall", "transferringDevice"),
            ("ConferencedEvent", "primaryOldCall", "conferencingDevice"),
            ("AgentBusyEvent", "x", "agentDevice"),
            ("MonitorStop", "x", "y"),
            ("SystemStatus", "x", "y"),
        ]);
        let device = || prop::sample::select(vec!["201", "202", "203", "300", "T1", "5550142", ""]);
        let call = || prop::sample::select(vec!["C1", "C2", "C3", ""]);
        let more = (call(), call(), device(), device(), any::<bool>(), any::<bool>());
        (name, call(), device(), device(), more).prop_map(|((name, connection, subject), call, at, other, more)| {
            let (second, new, item, to, with_second, with_old) = more;
            let part =
                |name: &str, call: &str, device: &str| format!("<{name}><callID>{call}</callID><deviceID>{device}</deviceID></{name}>");
            let named = |name: &str, device: &str| format!("<{name}><deviceIdentifier>{device}</deviceIdentifier></{name}>");
            let list = if name.starts_with("Trans") { "transferredConnections" } else { "conferenceConnections" };
            let old = if with_old { part("oldConnection", call, item) } else { String::new() };
            let secondary = if with_second { part("secondaryOldCall", second, at) } else { String::new() };
            format!(
                "<{name}><monitorCrossRefID>m{at}</monitorCrossRefID>{}{}{}{}{}{}{secondary}<agentID>7</agentID>\
                 <{list}><connectionListItem>{}{old}</connectionListItem></{list}></{name}>",
                part(connection, call, at),
                named(subject, at),
                named("callingDevice", other),
                named("newDestination", to),
                named("transferredToDevice", to),
                named("addedParty", to),
                part("newConnection", new, item),
            )
        })
    }

    /// Everything that a session says of it, with time passing and the connection lost in between.
    fn heard(messages: &[(String, u8)], chunk: usize) -> Vec<Output> {
        let generic = Settings { application_session: SessionUse::None, ..settings(Dialect::Generic, &["201", "202", "203"]) };
        let mut session = Session::new(generic);
        let mut out = Vec::new();
        let mut clock = Now { wall: Time::from_millis(1_000_000), monotonic: Duration::ZERO };
        session.connected(clock);
        for (body, pause) in messages {
            let step = Duration::from_millis(u64::from(*pause) * 20);
            clock = Now { wall: clock.wall.plus(step), monotonic: clock.monotonic + step };
            session.timeout(clock);
            if *pause == 255 {
                session.closed(clock);
                session.connected(clock);
            }
            let frame = strowger_protocol::csta::frame(InvokeId::EVENT, body.as_bytes(), usize::MAX).unwrap();
            for part in frame.chunks(chunk) {
                session.received(Bytes::copy_from_slice(part), clock);
            }
            out.extend(std::iter::from_fn(|| session.poll_output()));
        }
        session.closed(clock);
        out.extend(std::iter::from_fn(|| session.poll_output()));
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(192))]

        /// No order of messages makes it panic; the same ones give the same, however they are cut; and no part of a call is told to
        /// begin twice or to end twice.
        #[test]
        fn any_messages_in_any_order(messages in prop::collection::vec((message(), any::<u8>()), 0..60), chunk in 1..200_usize) {
            let whole = heard(&messages, usize::MAX);
            prop_assert_eq!(&whole, &heard(&messages, chunk));
            let mut open = std::collections::BTreeSet::new();
            let events: Vec<Event> =
                whole.into_iter().filter_map(|output| if let Output::Event(stamped) = output { Some(stamped.event) } else { None }).collect();
            for event in events.clone() {
                match event {
                    Event::Originated { connection, .. } | Event::Offered { connection, .. } | Event::Queued { connection, .. } => {
                        prop_assert!(open.insert(connection.clone()), "{} begins twice: {:#?}", connection, events);
                    }
                    Event::Cleared { connection, .. } => prop_assert!(open.remove(&connection), "{} ends twice: {:#?}", connection, events),
                    // What is not present is gone.
                    Event::ResyncBegan { .. } => open.clear(),
                    Event::Present(present) => {
                        open.insert(present.connection);
                    }
                    Event::Delivered { connection }
                    | Event::Established { connection }
                    | Event::Held { connection }
                    | Event::Retrieved { connection }
                    | Event::Failed { connection }
                    | Event::Diverted { connection, .. }
                    | Event::Transferred { by: connection, .. }
                    | Event::Entered { connection, .. } => prop_assert!(open.contains(&connection), "{} is not there: {:#?}", connection, events),
                    _ => {}
                }
            }
        }
    }
}
