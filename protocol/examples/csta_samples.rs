//! Holds a folder of CSTA samples, which are other people's and not part of this project, against the meaning of each by its file name:
//!
//! `cargo run -p strowger-protocol --example csta_samples FOLDER`
//!
//! `*.xml` is a body, `*.frame.bin` a frame with its header; BER (`*.hex`) is left alone. A sample without a meaning here need only be
//! read. Besides, each is written and read again: no element and no text may be lost, unknown parts included.

#![allow(clippy::print_stdout, reason = "it is what the program is for")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bytes::Bytes;
use strowger_protocol::csta::data::{AttachedData, Extensions};
use strowger_protocol::csta::request::MonitorObject;
use strowger_protocol::csta::word::{EventCause, LocalConnectionState, SystemState};
use strowger_protocol::csta::{
    ConnectionId, Decoder, Device, Edition, Event, HEADER, InvokeId, Item, Limits, Message, NumberType, RawXml, Received, Request,
    Response, Style, XmlLimits,
};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        println!("usage: csta_samples FOLDER");
        return ExitCode::from(2);
    };
    let samples = match samples(&folder) {
        Ok(samples) if samples.is_empty() => Err("there is neither *.xml nor *.frame.bin".to_owned()),
        other => other,
    };
    let samples = match samples {
        Ok(samples) => samples,
        Err(error) => {
            println!("{}: {error}", folder.display());
            return ExitCode::from(2);
        }
    };
    let (mut meant, mut wrong) = (0, 0);
    for (name, bytes) in &samples {
        match check(name, bytes) {
            Ok(true) => meant += 1,
            Ok(false) => println!("{name}: read; no meaning to hold it against"),
            Err(error) => {
                wrong += 1;
                println!("{name}: {error}");
            }
        }
    }
    println!("{} samples: {meant} mean what they should, {wrong} do not", samples.len());
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn samples(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut samples = BTreeMap::new();
    for entry in folder.read_dir().map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if Path::new(&name).extension().is_some_and(|kind| kind == "xml") || name.ends_with(".frame.bin") {
            samples.insert(name, std::fs::read(&path).map_err(|error| error.to_string())?);
        }
    }
    Ok(samples)
}

/// True: it means what it should. False: it was read, and nothing is known about it.
fn check(name: &str, bytes: &[u8]) -> Result<bool, String> {
    let (stem, received) = if let Some(stem) = name.strip_suffix(".frame.bin") {
        (stem, framed(bytes)?)
    } else {
        (name.strip_suffix(".xml").unwrap_or(name), Message::parse(bytes, &XmlLimits::default()).map_err(|error| error.to_string())?)
    };
    if received.unreadable > 0 {
        return Err(format!("{} elements hold nothing of their kind", received.unreadable));
    }
    // In the newest edition, which has every element.
    let written = received.message.encode(&Style::of(Edition::Ed6)).map_err(|error| error.to_string())?;
    let again = Message::parse(&written, &XmlLimits::default()).map_err(|error| format!("what was written is not read: {error}"))?;
    if again.message != received.message {
        return Err(format!("what was written means something else: {}", String::from_utf8_lossy(&written)));
    }
    let (had, has) = (contents(body(bytes, name)), contents(&written));
    let lost: Vec<&str> = had.iter().filter(|(what, count)| has.get(*what).unwrap_or(&0) < count).map(|(what, _)| what.as_str()).collect();
    if !lost.is_empty() {
        return Err(format!("what was written lacks {}", lost.join(", ")));
    }
    match meaning(stem, &received) {
        Some(true) => Ok(true),
        Some(false) => Err(format!("means something else: {received:?}")),
        None => Ok(false),
    }
}

fn body<'a>(bytes: &'a [u8], name: &str) -> &'a [u8] {
    if name.ends_with(".frame.bin") { &bytes[HEADER.min(bytes.len())..] } else { bytes }
}

/// How often each element stands there, and each text without its spaces: found without the codec, which might overlook something.
fn contents(body: &[u8]) -> BTreeMap<String, usize> {
    let text = String::from_utf8_lossy(body);
    let mut contents = BTreeMap::new();
    for part in text.split('<').skip(1) {
        let (tag, behind) = part.split_once('>').unwrap_or((part, ""));
        let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        if !tag.starts_with(['?', '!', '/']) {
            *contents.entry(format!("<{}>", name.rsplit(':').next().unwrap_or_default())).or_default() += 1;
        }
        let behind: String = behind.split_whitespace().collect();
        if !behind.is_empty() {
            *contents.entry(behind).or_default() += 1;
        }
    }
    contents
}

/// The only frame, whole and byte by byte; an event's invoke id is 9999.
fn framed(bytes: &[u8]) -> Result<Received, String> {
    let heard = |size: usize| {
        let mut decoder = Decoder::new(Limits::default());
        let mut items = Vec::new();
        for chunk in bytes.chunks(size) {
            decoder.push(Bytes::copy_from_slice(chunk));
            while let Some(item) = decoder.next_item().map_err(|error| error.to_string())? {
                items.push(item);
            }
        }
        Ok::<_, String>((items, decoder.buffered()))
    };
    let whole = heard(bytes.len())?;
    if whole != heard(1)? {
        return Err("byte by byte it is another frame".to_owned());
    }
    match &whole.0[..] {
        [Item::Frame(frame)] if whole.1 == 0 => {
            let received = frame.parse(&XmlLimits::default()).map_err(|error| error.to_string())?;
            let is_event = matches!(received.message, Message::Event(_));
            if is_event == (frame.invoke == InvokeId::EVENT) { Ok(received) } else { Err(format!("has the invoke id {}", frame.invoke)) }
        }
        other => Err(format!("is no single frame: {other:?}")),
    }
}

/// What the table beside the samples says of each. Numbers and names in them are not repeated here: what shape they have is.
fn meaning(stem: &str, received: &Received) -> Option<bool> {
    let edition = &received.edition;
    Some(match (stem, &received.message) {
        ("osv-service-initiated", Message::Event(Event::ServiceInitiated(event))) => {
            let permitted = event.local.permitted.as_ref().and_then(|all| all.call_control.as_ref());
            *edition == Edition::Ed4
                && digits(&event.monitor, 10)
                && connection(&event.connection, 32)
                && event.initiating.number() == event.connection.number()
                && noa_is_not_known(&event.initiating)
                && event.local.state == Some(LocalConnectionState::Initiated)
                && event.local.cause == Some(EventCause::MakeCall)
                && permitted.is_some_and(|services| services.is_set("clearConnection"))
                && private(event.tail.extensions.as_ref(), "extendedServicesPermitted")
        }
        ("osv-delivered-entering-distribution", Message::Event(Event::Delivered(event))) => {
            let caller = event.parties.calling.as_ref().and_then(Device::id).map(|id| id.canonical());
            let characteristics = event.media.characteristics.as_ref();
            let seen = ["acdCall", "priorityCall", "highPriorityCall", "sensitiveCall"];
            let Some(AttachedData::Octets(correlator)) = &event.local.correlator else { return Some(false) };
            *edition == Edition::Ed4
                && connection(&event.connection, 32)
                && event.alerting.number() == event.connection.number()
                && noa_is_not_known(&event.alerting)
                && caller.is_some_and(|caller| {
                    let parameter = |name| caller.parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
                    caller.name.is_some()
                        && parameter("displayNumber") == Some(caller.number)
                        && parameter("uid") == Some(&event.connection.call)
                })
                && event.parties.last_redirection == Some(Device::NotRequired)
                && event.local.state == Some(LocalConnectionState::Alerting)
                && event.local.cause == Some(EventCause::EnteringDistribution)
                && correlator.octets().is_some_and(|octets| octets.starts_with(b"urn:"))
                && event.network.called.as_ref().is_some_and(|device| device.number().is_some())
                && event.network.associated_calling == Some(Device::NotKnown)
                && seen.iter().all(|name| characteristics.is_some_and(|all| all.is_set(name)))
                && private(event.tail.extensions.as_ref(), "cdrTrunkSeizureDateTime")
        }
        ("osv-make-call-response", Message::Response(Response::MakeCall(started))) => {
            *edition == Edition::Ed4 && connection(&started.connection, 32) && started.other.is_empty()
        }
        ("zultys-make-call-response", Message::Response(Response::MakeCall(started))) => {
            *edition == Edition::None
                && connection(&started.connection, 2)
                && matches!(&started.other[..], [called] if called.name() == "calledDevice")
        }
        ("osv-monitor-start-response", Message::Response(Response::MonitorStart(started))) => {
            digits(&started.monitor, 10) && started.filter.is_none()
        }
        ("osv-monitor-stop-staticOndDN", Message::Request(Request::MonitorStop(stop))) => {
            digits(&stop.monitor, 10) && private(stop.extensions.as_ref(), "staticOndDN")
        }
        ("osv-start-application-session-pos-response", Message::Response(Response::StartApplicationSession(started))) => {
            let vendor = started.extensions.as_ref().and_then(|extensions| extensions.other.first());
            *edition == Edition::None
                && digits(&started.session, 9)
                && Edition::of(Some(&started.version)) == Edition::Ed4
                && started.duration_s == Some(600)
                && vendor.is_some_and(|vendor| vendor.text_of("actualHBT").as_deref() == Some("0"))
        }
        ("osv-system-status-response", Message::Response(Response::SystemStatus(done)))
        | ("osv-clear-connection-response", Message::Response(Response::ClearConnection(done))) => {
            *edition == Edition::Ed4 && done.extensions.is_none() && done.other.is_empty()
        }
        ("osv-client-system-register", Message::Request(Request::SystemRegister(register))) => {
            register.types.is_set("systemStatus") && register.types.get("requestSystemStatus") == Some(false)
        }
        ("osv-client-start-application-session-no-ns", Message::Request(Request::StartApplicationSession(start))) => {
            let versions = &start.versions.versions;
            *edition == Edition::None
                && !start.application.id.is_empty()
                && matches!(&versions[..], [one] if Edition::of(Some(one)) == Edition::Ed4)
                && start.duration_s == Some(600)
        }
        ("osv-client-system-status-ed2", Message::Request(Request::SystemStatus(status))) => {
            *edition == Edition::Ed2 && status.state == Some(SystemState::Normal)
        }
        ("osv-client-system-status-prefixed", Message::Request(Request::SystemStatus(status))) => {
            *edition == Edition::Ed4 && status.state.is_none()
        }
        ("dmcc-client-monitor-start", Message::Request(Request::MonitorStart(start))) => {
            let Some(MonitorObject::Device(device)) = &start.object else { return Some(false) };
            let filter = start.filter.as_ref().and_then(|filter| filter.physical_device.as_ref());
            let inverted = privates(start.extensions.as_ref()).iter().any(|raw| raw.text_of("invertFilter").as_deref() == Some("true"));
            *edition == Edition::Ed3
                && device.number_type == Some(NumberType::OtherPlan)
                && device.attribute("mediaClass") == Some("notKnown")
                && digits(device.number(), 5)
                && filter.is_some_and(|filter| filter.iter().filter(|(_, value)| *value).count() == 4)
                && inverted
        }
        ("dmcc-client-snapshot-device", Message::Request(Request::SnapshotDevice(snapshot))) => {
            *edition == Edition::Ed3 && digits(snapshot.device.number(), 5) && private(snapshot.extensions.as_ref(), "getStationStatus")
        }
        ("dmcc-client-reset-application-session-timer", Message::Request(Request::ResetApplicationSessionTimer(reset))) => {
            reset.session.ends_with("-0") && reset.duration_s == Some(180)
        }
        ("dmcc-start-application-session-pos-response", Message::Response(Response::StartApplicationSession(started))) => {
            started.session.ends_with("-0") && started.version.ends_with("/csta/ed3/priv4") && started.duration_s == Some(180)
        }
        ("dmcc-get-device-id-response", message @ Message::Other(raw)) => {
            message.is_answer() && raw.name() == "GetDeviceIdResponse" && raw.text_of("device").is_some_and(|text| text.contains("::"))
        }
        _ if KNOWN.contains(&stem) => false,
        _ => return None,
    })
}

/// The samples that have a meaning above.
const KNOWN: &[&str] = &[
    "osv-service-initiated",
    "osv-delivered-entering-distribution",
    "osv-make-call-response",
    "zultys-make-call-response",
    "osv-monitor-start-response",
    "osv-monitor-stop-staticOndDN",
    "osv-start-application-session-pos-response",
    "osv-system-status-response",
    "osv-clear-connection-response",
    "osv-client-system-register",
    "osv-client-start-application-session-no-ns",
    "osv-client-system-status-ed2",
    "osv-client-system-status-prefixed",
    "dmcc-client-monitor-start",
    "dmcc-client-snapshot-device",
    "dmcc-client-reset-application-session-timer",
    "dmcc-start-application-session-pos-response",
    "dmcc-get-device-id-response",
];

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn connection(connection: &ConnectionId, call_length: usize) -> bool {
    connection.call.len() == call_length && connection.number().is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn noa_is_not_known(device: &Device) -> bool {
    device.id().is_some_and(|id| id.canonical().parameters == [("noa", "nk")])
}

fn privates(extensions: Option<&Extensions>) -> &[RawXml] {
    extensions.and_then(|extensions| extensions.private_data.as_ref()).map_or(&[], |data| &data.private)
}

fn private(extensions: Option<&Extensions>, element: &str) -> bool {
    privates(extensions).iter().any(|raw| raw.text_of(element).is_some())
}
