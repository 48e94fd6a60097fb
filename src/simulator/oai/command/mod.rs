//! Commands: what clients ask for, and what they are answered (OAI reference §7).

mod call;
mod display;
mod feature_code;
mod gateway;
mod monitor;
mod query;
mod session;
mod station;

use std::collections::BTreeSet;

use smol_str::SmolStr;
use strowger_protocol::oai::{Command, CommandBody, CommandCode, Confirmation, ConfirmationBody, Extension, InvokeId, Outcome, Sequence};

use super::connection::Connection;
use super::desk::Desk;
use super::naming::{Naming, node_of};
use super::prepared;
use super::profile::{Licence, Profile, Role};
use super::server::ConnectionId;
use super::view::{News, Teller};
use crate::simulator::exchange::{Action, Done, Exchange, Refusal};
use crate::telephony::{DeviceId, SwitchCallId, Time};

/// What a command is carried out with.
pub(super) struct Context<'a> {
    pub(super) profile: &'a Profile,
    pub(super) id: ConnectionId,
    pub(super) connection: &'a mut Connection,
    pub(super) exchange: &'a mut Exchange,
    pub(super) desk: &'a mut Desk,
    pub(super) nodes_down: &'a BTreeSet<u16>,
    pub(super) at: Time,
    /// What monitors of every client are to be told, beyond the exchange's facts.
    pub(super) news: &'a mut Vec<News>,
    /// Lines for other clients.
    pub(super) sent: &'a mut Vec<(ConnectionId, Vec<u8>)>,
}

/// What a command is answered with.
pub(super) enum Reply {
    /// Success, and this.
    Done(ConfirmationBody),
    /// Another outcome than success, and this.
    Partly(Outcome, ConfirmationBody),
    /// Everything was sent already, or nothing is to be.
    Sent,
}

pub(super) type Replied = Result<Reply, Outcome>;

/// Success without more.
const DONE: Replied = Ok(Reply::Done(ConfirmationBody::Empty));

#[expect(clippy::unnecessary_wraps, reason = "the last expression of every command that succeeds")]
fn done(body: ConfirmationBody) -> Replied {
    Ok(Reply::Done(body))
}

/// Carries a command out, and answers it.
pub(super) fn carry_out(context: &mut Context<'_>, command: &Command) {
    let code = command.body.code().to_owned();
    let replied = context.licensed(&code).and_then(|()| context.handle(command));
    let (outcome, body) = match replied {
        Ok(Reply::Done(body)) => (Outcome::SUCCESS, body),
        Ok(Reply::Partly(outcome, body)) => (outcome, body),
        Ok(Reply::Sent) => return,
        Err(outcome) => (outcome, ConfirmationBody::Empty),
    };
    let answer = Confirmation::new(Sequence(0), CommandCode::new(&code), Some(command.invoke), outcome).with(body);
    let line = prepared::confirmation(&answer, context.profile);
    if context.connection.options.events_wait {
        context.connection.line(&line, context.profile);
    } else {
        context.connection.late_line(line);
    }
}

/// Who may use a command (OAI reference §7, "Lic").
enum Needs {
    Anything,
    Events,
    CallControl,
    Gateway,
}

fn needs(code: &str) -> Needs {
    match code {
        "_NO" | "RT" => Needs::Anything,
        "_MS" | "_MA" | "_MP" | "_CE" | "_QE" | "_XE" | "_RR" | "RR" | "_QX" | "_QL" | "_SP" | "_QI" | "_QN" | "_QT" | "_QC" => {
            Needs::Events
        }
        "_NA" | "_AP" | "_USS" | "_UQA" | "_UQI" | "_UQS" | "_UQC" | "_UQV" | "_GDR" | "_GSD" | "_GAD" | "_GMD" | "_GDD" | "_GQD"
        | "_GRD" => Needs::Gateway,
        _ => Needs::CallControl,
    }
}

impl Context<'_> {
    fn licensed(&self, code: &str) -> Result<(), Outcome> {
        let forms = &self.profile.forms;
        let (allowed, outcome) = match needs(code) {
            Needs::Anything => (true, 0),
            Needs::Events => (self.profile.licence != Licence::None, forms.unlicensed),
            Needs::CallControl => (self.profile.licence.call_control(), forms.unlicensed),
            Needs::Gateway => (self.profile.is_gateway() || forms.gateway_command_at_node == 0, forms.gateway_command_at_node),
        };
        if allowed { Ok(()) } else { Err(Outcome(outcome)) }
    }

    fn handle(&mut self, command: &Command) -> Replied {
        use CommandBody as Body;
        match &command.body {
            Body::NoOperation {}
            | Body::NodeAware { .. }
            | Body::ExpandedExtension { .. }
            | Body::ApplicationParameters { .. }
            | Body::SetScope { .. }
            | Body::ResetPort {}
            | Body::LegacyTime { .. }
            | Body::LegacyResync { .. }
            | Body::Resync { .. } => self.session(command),
            Body::MonitorStart { target, kind, filters } => self.monitor_start(command, target.as_ref(), *kind, *filters, false),
            Body::MonitorStartAdvanced { target, kind, filters } => self.monitor_start(command, target.as_ref(), *kind, *filters, true),
            Body::MonitorStop { monitor } => self.monitor_stop(monitor.as_ref()),
            Body::ChangeFilter { monitor, filters } => self.change_filter(command, monitor, *filters),
            Body::QueryFilter { monitor } => self.query_filter(monitor),
            Body::QueryList { device, list, mask, mode, size } => {
                self.query_list(command, device.as_ref(), *list, mask.0, mode.unwrap_or(1), *size)
            }
            Body::OldQueryList { device, list, .. } => self.old_list(command, device.as_ref(), *list),
            Body::QueryHuntGroup { .. }
            | Body::QueryAgent { .. }
            | Body::Snapshot { .. }
            | Body::QueryDevice { .. }
            | Body::QueryForwarding { .. }
            | Body::QueryMessages { .. }
            | Body::QueryNode { .. }
            | Body::QueryNightMode { .. }
            | Body::QueryCountry { .. }
            | Body::QueryDisplay { .. } => self.query(&command.body),
            Body::SetAgentState { .. }
            | Body::SetDnd { .. }
            | Body::SetForwarding { .. }
            | Body::SetMessageLamp { .. }
            | Body::SetVolume { .. }
            | Body::StationPassword { .. }
            | Body::StationSpeedDial { .. }
            | Body::VerifyPassword { .. } => self.station(&command.body),
            Body::RequestOffering { .. }
            | Body::EliminateOffering { .. }
            | Body::AcceptOffered { .. }
            | Body::RequestDisplay { .. }
            | Body::EliminateDisplay { .. }
            | Body::TransparentDisplay { .. }
            | Body::PromptResponses { .. }
            | Body::GenericTone { .. }
            | Body::DisplayCounter { .. }
            | Body::TransientDisplay { .. } => self.display(&command.body),
            Body::GatewayApplications {}
            | Body::GatewayInformation { .. }
            | Body::GatewayStatistics { .. }
            | Body::GatewayLinks {}
            | Body::GatewayVersion {}
            | Body::RegisterData { .. }
            | Body::SendData { .. }
            | Body::AttachData { .. }
            | Body::ModifyData { .. }
            | Body::DeleteData { .. }
            | Body::QueryData { .. }
            | Body::RetrieveData { .. } => self.gateway(&command.body),
            Body::ExtensionFeature { device, call, digits } => self.extension_feature(device, call.as_ref(), digits),
            Body::Other(other) => self.other(other),
            _ => self.call_control(&command.body),
        }
    }

    /// Answers with an outcome alone.
    pub(super) fn refuse(&mut self, code: &str, invoke: Option<InvokeId>, outcome: Outcome) {
        if code == "RR" || code == "RT" {
            return;
        }
        let answer = Confirmation::new(Sequence(0), CommandCode::new(code), invoke, outcome);
        self.connection.line(&prepared::confirmation(&answer, self.profile), self.profile);
    }

    /// Sends one answer of several.
    pub(super) fn answer(&mut self, command: &Command, outcome: Outcome, body: ConfirmationBody) {
        let answer = Confirmation::new(Sequence(0), CommandCode::new(command.body.code()), Some(command.invoke), outcome).with(body);
        self.connection.line(&prepared::confirmation(&answer, self.profile), self.profile);
    }

    fn naming(&self) -> Naming {
        Naming { expanded: self.connection.options.expanded, home: self.profile.home() }
    }

    pub(super) fn named(&self, device: &DeviceId) -> Extension {
        self.naming().extension(device)
    }

    pub(super) fn teller(&self) -> Teller<'_> {
        Teller { naming: self.naming(), profile: self.profile, exchange: self.exchange }
    }

    /// The device that a client names; outcome 9 if there is none, 25 if its node is out of reach.
    pub(super) fn device(&self, named: &Extension) -> Result<DeviceId, Outcome> {
        let nodes = self.exchange.nodes();
        let is_networked = nodes.len() > 1;
        let on = |node: u16| {
            let id = if is_networked { DeviceId::new(format!("{node}:{}", named.number)) } else { DeviceId::new(&named.number) };
            (nodes.iter().any(|known| known.number == node) && self.exchange.is_device(&id) && self.in_reach(node)).then_some(id)
        };
        let found = match (named.node, self.connection.options.scope) {
            (Some(node), _) | (None, Some(node)) => on(node),
            (None, None) => on(self.profile.home()).or_else(|| nodes.iter().find_map(|node| on(node.number))),
        };
        let device = found.ok_or(Outcome::INVALID_DEVICE_IDENTIFIER)?;
        if self.is_down(&device) { Err(Outcome::NETWORK_OUT_OF_SERVICE) } else { Ok(device) }
    }

    /// True if this server answers for that node.
    fn in_reach(&self, node: u16) -> bool {
        match self.profile.role {
            Role::Gateway => true,
            Role::Direct { node: own } => node == own || self.exchange.nodes().len() <= 1,
        }
    }

    /// True if a gateway's link to the device's node is down.
    fn is_down(&self, device: &DeviceId) -> bool {
        self.nodes_down.contains(&node_of(device, self.profile.home()))
    }

    /// True if monitors and lists may tell of that device.
    pub(super) fn is_visible(&self, device: &DeviceId) -> bool {
        self.in_reach(node_of(device, self.profile.home())) && !self.is_down(device)
    }

    /// The nodes that a blank or node argument means: those that this server answers for and that are up.
    pub(super) fn nodes(&self, named: Option<&Extension>) -> Vec<u16> {
        let wanted = named.and_then(|named| named.node).or(self.connection.options.scope);
        let all = self.exchange.nodes().iter().map(|node| node.number);
        all.filter(|node| self.in_reach(*node) && !self.nodes_down.contains(node) && wanted.is_none_or(|wanted| wanted == *node)).collect()
    }

    /// Lets the exchange do something.
    fn act(&mut self, action: Action) -> Result<Done, Outcome> {
        self.exchange.act(self.at, action).map_err(outcome)
    }
}

/// A call as a client names it.
fn call_id(call: &strowger_protocol::oai::CallId) -> SwitchCallId {
    SwitchCallId::new(call.as_str())
}

/// A destination as a client writes it, without what is ignored in dial strings (OAI reference §1.4).
fn dialled(digits: &str) -> SmolStr {
    digits.chars().filter(|digit| !matches!(digit, '-' | '(' | ')' | ';' | ' ')).collect()
}

fn outcome(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::InvalidDevice => Outcome::INVALID_DEVICE_IDENTIFIER,
        Refusal::Incompatible => Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT,
        Refusal::InvalidCalledDevice => Outcome::INVALID_CALLED_DEVICE,
        Refusal::InvalidCall => Outcome::INVALID_CALL_IDENTIFIER,
        Refusal::CallRenumbered => Outcome::CALL_IDENTIFIER_CHANGED,
        Refusal::InvalidDestination => Outcome::INVALID_DESTINATION,
        Refusal::InvalidAgent => Outcome::INVALID_AGENT,
        Refusal::WrongState => Outcome::INVALID_OBJECT_STATE,
        Refusal::NoActiveCall => Outcome::NO_ACTIVE_CALL,
        Refusal::NoHeldCall => Outcome::NO_HELD_CALL,
        Refusal::NothingToClear => Outcome::NO_CONNECTION_TO_CLEAR,
        Refusal::NothingToAnswer => Outcome::NO_CALL_TO_ANSWER,
        Refusal::ResourceBusy => Outcome::RESOURCE_BUSY,
        Refusal::ResourcesExhausted | Refusal::FactsWaiting => Outcome::RESOURCES_NOT_AVAILABLE,
        Refusal::OutOfService => Outcome::GENERIC_STATE_INCOMPATIBILITY,
        Refusal::ConferenceFull => Outcome::CONFERENCE_MEMBER_LIMIT,
        Refusal::OutOfRange => Outcome::VALUE_OUT_OF_RANGE,
        Refusal::AlreadyThere => Outcome::GENERIC_UNSPECIFIED,
    }
}
