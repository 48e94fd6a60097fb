//! Dialogues with a made-up PBX.

mod alive;
mod damage;
mod gaps;
mod properties;
mod startup;

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
