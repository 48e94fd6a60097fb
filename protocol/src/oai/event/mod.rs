//! Events: what the PBX tells unasked (OAI reference §5).
//!
//! Each is sent once for each monitor that sees it. Fields that newer versions append are kept in [`Event::extra`], fields
//! missing at the end are blank. An event without what makes it one (the call of a call event) is [`EventBody::Malformed`].

mod agent;
mod call;
mod feature;
mod system;

use bytes::Bytes;
use smol_str::SmolStr;

pub use agent::{AgentLogon, AgentState};
pub use call::{
    CallCleared, ConferenceParty, Conferenced, ConnectionCleared, Delivered, Diverted, Established, Failed, Held, NetworkReached,
    Originated, Queued, Retrieved, ServiceInitiated, Transferred,
};
pub use feature::{
    CallInfo, Callback, DisplayControlEliminated, DisplayEnteredExtension, DisplayLanguageChanged, DisplayStationChange, DoNotDisturb,
    ElapsedTime, FeatureReport, FeatureStatus, Forwarded, GeneralInformation, MessageWaiting, Mute, OfferingEnded, Online,
};
pub use system::{
    Alarm, ApplicationData, ConnectionStatus, DatabaseChange, ExtensionChange, LinkStatus, MonitorEnded, NightMode, PortsExceeded,
    ResyncEnded, ResyncResponse, SmdrRecord,
};

use super::id::{MonitorId, Sequence};
use super::line::Oddities;
use super::table::Resync;
use super::wire::{Field, Reader, Record, Writer};
use super::write::Style;

/// An event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// Number of the line.
    pub sequence: Sequence,
    /// Resync_Code: blank if it happens now; see [`Event::resync_kind`].
    pub resync: Option<u32>,
    /// The monitor that saw it. `None` for RS, RD, PE, LS, CS and GDA, which have none.
    pub monitor: Option<MonitorId>,
    /// What happened.
    pub body: EventBody,
    /// Fields behind those that are known.
    pub extra: Vec<Field>,
    /// What was odd about the line.
    pub odd: Oddities,
}

/// An event whose fields are not taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawEvent {
    /// Its code.
    pub code: SmolStr,
    /// All fields behind the prefix.
    pub fields: Vec<Field>,
}

macro_rules! events {
    ($($code:literal $variant:ident($record:ty), $text:literal;)*) => {
        /// What happened, by the code of the event.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub enum EventBody {
            $(#[doc = concat!("`", $code, "`: ", $text, ".")] $variant($record),)*
            /// `FE`: features of a station.
            FeatureStatus(FeatureStatus),
            /// A code that is not known.
            Unknown(RawEvent),
            /// A known code, but without what makes it such an event.
            Malformed(RawEvent),
        }

        impl EventBody {
            /// The codes that are known.
            pub const CODES: &'static [&'static str] = &[$($code,)* "FE"];

            /// Its code on the wire.
            pub fn code(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $code,)*
                    Self::FeatureStatus(_) => "FE",
                    Self::Unknown(raw) | Self::Malformed(raw) => &raw.code,
                }
            }

            /// An event of that place in [`Self::CODES`].
            #[cfg(test)]
            fn sample(place: usize, in_resync: bool, entropy: &mut crate::oai::sample::Entropy<'_>) -> Self {
                match Self::CODES.get(place).copied() {
                    $(Some($code) => Self::$variant(crate::oai::sample::Sample::sample(entropy)),)*
                    Some("FE") => Self::FeatureStatus(FeatureStatus::sample(in_resync, entropy)),
                    _ => Self::Unknown(crate::oai::sample::Sample::sample(entropy)),
                }
            }

            fn read(code: &str, in_resync: bool, fields: &mut Reader<'_>) -> Self {
                let before = fields.clone();
                let body = match code {
                    $($code => <$record>::read(fields).map(Self::$variant),)*
                    "FE" => FeatureStatus::read(fields, in_resync).map(Self::FeatureStatus),
                    _ => return Self::Unknown(RawEvent { code: code.into(), fields: fields.fields() }),
                };
                body.unwrap_or_else(|| {
                    *fields = before;
                    Self::Malformed(RawEvent { code: code.into(), fields: fields.fields() })
                })
            }

            fn write(&self, out: &mut Writer<'_>) {
                match self {
                    $(Self::$variant(record) => record.write(out),)*
                    Self::FeatureStatus(status) => status.write(out),
                    Self::Unknown(raw) | Self::Malformed(raw) => out.fields(&raw.fields),
                }
            }
        }
    };
}

events! {
    "SI" ServiceInitiated(ServiceInitiated), "service initiated";
    "OR" Originated(Originated), "originated";
    "DE" Delivered(Delivered), "delivered";
    "ES" Established(Established), "established";
    "ER" EstablishedRouting(Established), "an outside destination answered, but has not accepted yet";
    "HE" Held(Held), "held";
    "RE" Retrieved(Retrieved), "retrieved";
    "QU" Queued(Queued), "queued";
    "DI" Diverted(Diverted), "diverted";
    "TR" Transferred(Transferred), "transferred";
    "CO" Conferenced(Conferenced), "conferenced";
    "XC" ConnectionCleared(ConnectionCleared), "connection cleared";
    "CC" CallCleared(CallCleared), "call cleared";
    "FA" Failed(Failed), "failed";
    "NT" NetworkReached(NetworkReached), "network reached";
    "OF" Offered(Delivered), "offered: about to ring, under offering control";
    "LN" AgentLoggedOn(AgentLogon), "agent logged on";
    "LF" AgentLoggedOff(AgentLogon), "agent logged off";
    "RY" AgentReady(AgentState), "agent ready";
    "NRY" AgentNotReady(AgentState), "agent not ready";
    "WNR" AgentWorkNotReady(AgentState), "agent wraps up";
    "DND" DoNotDisturb(DoNotDisturb), "do-not-disturb";
    "FW" Forwarded(Forwarded), "forwarding";
    "MW" MessageWaiting(MessageWaiting), "message waiting";
    "MU" Mute(Mute), "mute";
    "CI" CallInfo(CallInfo), "call information";
    "CB" Callback(Callback), "callback";
    "ET" ElapsedTime(ElapsedTime), "elapsed time";
    "GI" GeneralInformation(GeneralInformation), "general information";
    "OL" Online(Online), "online or offline";
    "OE" OfferingEnded(OfferingEnded), "offering ended";
    "DCE" DisplayControlEliminated(DisplayControlEliminated), "display control eliminated";
    "DLC" DisplayLanguageChanged(DisplayLanguageChanged), "display language changed";
    "DSC" DisplayStationChange(DisplayStationChange), "display station change";
    "DEE" DisplayEnteredExtension(DisplayEnteredExtension), "display entered extension";
    "DC" DatabaseChange(DatabaseChange), "database change";
    "EC" ExtensionChange(ExtensionChange), "extension change";
    "NM" NightMode(NightMode), "night mode";
    "AG" Alarm(Alarm), "alarm";
    "SMR" SmdrRecord(SmdrRecord), "call record";
    "LS" LinkStatus(LinkStatus), "link status";
    "CS" ConnectionStatus(ConnectionStatus), "connection status";
    "GDA" ApplicationData(ApplicationData), "data from an application";
    "RS" ResyncResponse(ResyncResponse), "resync response";
    "RD" ResyncEnded(ResyncEnded), "resync ended";
    "PE" PortsExceeded(PortsExceeded), "ports exceeded";
    "ME" MonitorEnded(MonitorEnded), "monitor ended";
}

#[cfg(test)]
impl Event {
    /// An event of that place in [`EventBody::CODES`].
    pub(super) fn sample(place: usize, entropy: &mut super::sample::Entropy<'_>) -> Self {
        use super::sample::Sample;
        let (sequence, resync): (u16, Option<u32>) = (Sample::sample(entropy), Sample::sample(entropy));
        let body = EventBody::sample(place, resync.is_some(), entropy);
        let monitor = if without_monitor(body.code()) { None } else { Sample::sample(entropy) };
        Self { resync, ..Self::new(Sequence(sequence), monitor, body) }
    }
}

/// True for the codes whose prefix has no monitor.
fn without_monitor(code: &str) -> bool {
    matches!(code, "RS" | "RD" | "PE" | "LS" | "CS")
}

impl Event {
    /// An event as it happens.
    pub fn new(sequence: Sequence, monitor: Option<MonitorId>, body: EventBody) -> Self {
        Self { sequence, resync: None, monitor, body, extra: Vec::new(), odd: Oddities::default() }
    }

    /// What it is part of.
    pub fn resync_kind(&self) -> Resync {
        Resync::from(self.resync)
    }

    /// `event = SEQ "," CODE "," resync [ "," monitor ] "," fields`, from the resync code on.
    pub(super) fn read(sequence: Sequence, code: &str, mut odd: Oddities, fields: &mut Reader<'_>) -> Self {
        let resync = fields.take().flatten();
        let monitor = if without_monitor(code) { None } else { fields.take().flatten() };
        let body = EventBody::read(code, resync.is_some(), fields);
        let extra = fields.fields();
        odd.unreadable += fields.unreadable;
        Self { sequence, resync, monitor, body, extra, odd }
    }

    /// The line, with its end.
    pub fn encode(&self, style: &Style) -> Bytes {
        let mut line = Vec::with_capacity(128);
        self.encode_into(style, &mut line);
        line.into()
    }

    /// Appends the line, with its end.
    pub fn encode_into(&self, style: &Style, line: &mut Vec<u8>) {
        let mut out = Writer::new(line, *style);
        out.number(self.sequence.0.into(), 3);
        out.bare(self.body.code());
        out.put(&self.resync);
        if !without_monitor(self.body.code()) {
            out.put(&self.monitor);
        }
        self.body.write(&mut out);
        out.fields(&self.extra);
        line.extend_from_slice(style.line_end.bytes());
    }
}
