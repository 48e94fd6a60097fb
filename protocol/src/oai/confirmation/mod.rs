//! Confirmations: the answers to commands (OAI reference §2.3, §4.3, §7).

mod call;
mod device;
mod list;
mod monitor;
mod query;

use bytes::Bytes;

pub use call::{ConferenceMember, ConferenceResult, DeviceAndCall, TransferResult};
pub use device::{Bin, DeviceDetail, DeviceInfo, StationDetail};
pub use list::{
    Assistant, Described, Entities, Feature, Group, HuntGroup, ListPage, Named, NetworkInfo, Node, NumberedText, OffNodeDevice, SpeedDial,
    Station, Trunk, User, VoiceMail,
};
pub use monitor::{MonitorPart, MonitorsStarted, StartedMonitor};
pub use query::{
    AgentMembership, AttachedData, Attachment, CallState, Display, DisplayControl, Forwarding, HuntGroupMembers, HuntGroupTail, Member,
    NodeName, NodePassword, NodeStatus, OfferingControl, OldListPage, PasswordVerified, RetrievedData, WaitingMessage,
};
use query::{counted, write_counted};

use super::command::CommandCode;
use super::id::{Extension, InvokeId, Sequence};
use super::line::Oddities;
use super::table::{Country, Filters, Outcome};
use super::text::CallId;
use super::wire::{Field, Reader, Record, Writer};
use super::write::Style;

/// The answer to a command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Confirmation {
    /// Number of the line.
    pub sequence: Sequence,
    /// Code of the command.
    pub command: CommandCode,
    /// Its invoke id; `None` if it is not a number from 0 to 65535.
    pub invoke: Option<InvokeId>,
    /// What became of it. `None`: blank or unreadable.
    pub outcome: Option<Outcome>,
    /// What is told with it.
    pub body: ConfirmationBody,
    /// Fields behind those that are known.
    pub extra: Vec<Field>,
    /// What was odd about the line.
    pub odd: Oddities,
}

/// What a confirmation tells, by its command. Which body belongs to which command: [`ConfirmationBody`]'s documentation names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConfirmationBody {
    /// Nothing follows the outcome.
    Empty,
    /// `_NO` in node-aware mode: which nodes answered.
    Nodes(Vec<NodeStatus>),
    /// `_NA`, `_XE`: the setting in force.
    Setting(Option<bool>),
    /// `_MS`, `_MA`: monitors.
    Monitors(MonitorsStarted),
    /// `_CE`, `_QE`: filters as granted.
    Filters(Filters),
    /// `_RR`, `_PSP`, `_OEC`, `_TD`: the device or node concerned; blank for all.
    Device(Option<Extension>),
    /// `_QX`: a page of a list.
    List(ListPage),
    /// `_QL`: a page of a list, old form.
    OldList(OldListPage),
    /// `_MC`, `_CS`, `_CCT`, `_AOC`: device and call.
    Call(DeviceAndCall),
    /// `_TR`, `_TO`: the call after a transfer.
    Transfer(TransferResult),
    /// `_CN`, `_CM`: a conference.
    Conference(ConferenceResult),
    /// `_QH`: members of a hunt group.
    HuntGroup(HuntGroupMembers),
    /// `_QA`: groups of an agent.
    Agent(Vec<AgentMembership>),
    /// `_SP`: calls at a device.
    Snapshot(Vec<CallState>),
    /// `_QI`: a device.
    DeviceInfo(DeviceInfo),
    /// `_QF`: forwarding.
    Forwarding(Forwarding),
    /// `_QM`: messages that wait.
    Messages(Vec<WaitingMessage>),
    /// `_QN`: nodes.
    NodeNames(Vec<NodeName>),
    /// `_QT`: whether night mode is on.
    NightMode(Option<bool>),
    /// `_QC`: country.
    Country(Option<Country>),
    /// `_DQD`: a display.
    Display(Display),
    /// `_DEC`, `_DTD`, `_DPR`, `_DGT`, `_DCR`: a display command.
    DisplayControl(DisplayControl),
    /// `_VP`: whether a password is right.
    Password(PasswordVerified),
    /// `_ORC`: control of offered calls.
    Offering(OfferingControl),
    /// `_GAD`, `_GMD`, `_GDD`: where data is attached to a call.
    Attached(AttachedData),
    /// `_GRD`: data attached to a call.
    Retrieved(RetrievedData),
    /// `_GQD`: what is attached to a call.
    Attachments(Vec<Attachment>),
    /// Of a command whose answer is not known or not taken apart: all fields.
    Unknown(Vec<Field>),
    /// Of a known command, but without what its answer must have.
    Malformed(Vec<Field>),
}

impl Confirmation {
    /// The answer to that command with nothing but an outcome.
    pub fn new(sequence: Sequence, command: CommandCode, invoke: Option<InvokeId>, outcome: Outcome) -> Self {
        let (body, extra) = (ConfirmationBody::Empty, Vec::new());
        Self { sequence, command, invoke, outcome: Some(outcome), body, extra, odd: Oddities::default() }
    }

    /// The same with a body.
    #[must_use]
    pub fn with(self, body: ConfirmationBody) -> Self {
        Self { body, ..self }
    }

    /// True if the command was carried out.
    pub fn is_success(&self) -> bool {
        self.outcome == Some(Outcome::SUCCESS)
    }

    /// Device and call that `_MC`, `_CS`, `_CCT` and `_AOC` answer with, where the command was about the device `asked`: the samples
    /// swap the two, so the one that is `asked` is the device. `None`: another command, or one of them is missing.
    pub fn device_and_call(&self, asked: &Extension) -> Option<(Extension, CallId)> {
        match &self.body {
            ConfirmationBody::Call(fields) => fields.resolve(asked, &*self.command == "_MC"),
            _ => None,
        }
    }

    /// `confirmation = CMD "," invoke "," outcome [ "," fields ]`, from the invoke id on; `_QL` has its list before the outcome.
    pub(super) fn read(sequence: Sequence, command: &str, mut odd: Oddities, fields: &mut Reader<'_>) -> Self {
        let command = CommandCode::from(command);
        let invoke = fields.take().flatten();
        let list_type = if &*command == "_QL" { fields.take().flatten() } else { None };
        let outcome = fields.take().flatten();
        let body = if fields.is_empty() && list_type.is_none() {
            ConfirmationBody::Empty
        } else if &*command == "_QL" {
            let (last, count) = (fields.take().flatten(), fields.take().flatten());
            ConfirmationBody::OldList(OldListPage { list: list_type, last, count, fields: fields.fields() })
        } else {
            let before = fields.clone();
            ConfirmationBody::read(&command, fields).unwrap_or_else(|| {
                *fields = before;
                // A refusal mostly stops after the outcome: whatever follows is no body.
                if outcome == Some(Outcome::SUCCESS) { ConfirmationBody::Malformed(fields.fields()) } else { ConfirmationBody::Empty }
            })
        };
        let extra = fields.fields();
        odd.unreadable += fields.unreadable;
        Self { sequence, command, invoke, outcome, body, extra, odd }
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
        out.bare("CF");
        out.bare(&self.command);
        out.put(&self.invoke);
        if let ConfirmationBody::OldList(page) = &self.body {
            out.put(&page.list);
        }
        out.put(&self.outcome);
        self.body.write(&mut out);
        out.fields(&self.extra);
        line.extend_from_slice(style.line_end.bytes());
    }
}

impl ConfirmationBody {
    fn read(command: &str, fields: &mut Reader<'_>) -> Option<Self> {
        Some(match command {
            "_NO" => Self::Nodes(counted(2, fields)?),
            "_NA" | "_XE" => Self::Setting(fields.take()?),
            "_MS" => Self::Monitors(MonitorsStarted::read(fields, false)?),
            "_MA" => Self::Monitors(MonitorsStarted::read(fields, true)?),
            "_CE" | "_QE" => Self::Filters(Filters::read(fields)?),
            "_RR" | "_PSP" | "_OEC" | "_TD" => Self::Device(fields.take()?),
            "_QX" => Self::List(ListPage::read(fields)?),
            "_MC" | "_CS" | "_CCT" | "_AOC" => Self::Call(DeviceAndCall::read(fields)?),
            "_TR" | "_TO" => Self::Transfer(TransferResult::read(fields)?),
            "_CN" | "_CM" => Self::Conference(ConferenceResult::read(fields)?),
            "_QH" => Self::HuntGroup(HuntGroupMembers::read(fields)?),
            "_QA" => Self::Agent(counted(3, fields)?),
            "_SP" => Self::Snapshot(counted(2, fields)?),
            "_QI" => Self::DeviceInfo(DeviceInfo::read(fields)?),
            "_QF" => Self::Forwarding(Forwarding::read(fields)?),
            "_QM" => Self::Messages(counted(6, fields)?),
            "_QN" => Self::NodeNames(counted(2, fields)?),
            "_QT" => Self::NightMode(fields.take()?),
            "_QC" => Self::Country(fields.take()?),
            "_DQD" => Self::Display(Display::read(fields)?),
            "_DEC" | "_DTD" | "_DPR" | "_DGT" | "_DCR" => Self::DisplayControl(DisplayControl::read(fields)?),
            "_VP" => Self::Password(PasswordVerified::read(fields)?),
            "_ORC" => Self::Offering(OfferingControl::read(fields)?),
            "_GAD" | "_GMD" | "_GDD" => Self::Attached(AttachedData::read(fields)?),
            "_GRD" => Self::Retrieved(RetrievedData::read(fields)?),
            "_GQD" => Self::Attachments(counted(3, fields)?),
            _ => Self::Unknown(fields.fields()),
        })
    }

    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Self::Empty => {}
            Self::Nodes(nodes) => write_counted(nodes, out),
            Self::Setting(on) | Self::NightMode(on) => out.put(on),
            Self::Monitors(monitors) => monitors.write(out),
            Self::Filters(filters) => filters.write(out),
            Self::Device(device) => out.put(device),
            Self::List(page) => page.write(out),
            Self::OldList(page) => {
                out.put(&page.last);
                out.put(&page.count);
                out.fields(&page.fields);
            }
            Self::Call(call) => call.write(out),
            Self::Transfer(transfer) => transfer.write(out),
            Self::Conference(conference) => conference.write(out),
            Self::HuntGroup(group) => group.write(out),
            Self::Agent(groups) => write_counted(groups, out),
            Self::Snapshot(calls) => write_counted(calls, out),
            Self::DeviceInfo(device) => device.write(out),
            Self::Forwarding(forwarding) => forwarding.write(out),
            Self::Messages(messages) => write_counted(messages, out),
            Self::NodeNames(nodes) => write_counted(nodes, out),
            Self::Country(country) => out.put(country),
            Self::Display(display) => display.write(out),
            Self::DisplayControl(control) => control.write(out),
            Self::Password(password) => password.write(out),
            Self::Offering(offering) => offering.write(out),
            Self::Attached(place) => place.write(out),
            Self::Retrieved(data) => data.write(out),
            Self::Attachments(attachments) => write_counted(attachments, out),
            Self::Unknown(fields) | Self::Malformed(fields) => out.fields(fields),
        }
    }
}
