//! What clients ask, and what they are answered.

mod call;
mod device;
mod monitor;
mod session;

use smol_str::SmolStr;
use strowger_protocol::csta::request::Request;
use strowger_protocol::csta::{ErrorCode, InvokeId, Message, Response};

use super::cause::refused;
use super::connection::Connection;
use super::naming::{Naming, Numbers};
use super::profile::Profile;
use super::server::Server;
use crate::simulator::exchange::{Action, Done, Exchange};
use crate::simulator::face::ClientId;
use crate::telephony::{DeviceId, Time};

/// One client's request, and what it may touch.
struct Context<'a> {
    profile: &'a Profile,
    naming: &'a Naming,
    numbers: &'a mut Numbers,
    connection: &'a mut Connection,
    exchange: &'a mut Exchange,
    last_number: &'a mut u64,
    at: Time,
    /// What follows the answer.
    after: Vec<Request>,
}

/// An answer; `None`: there is none.
type Answered = Result<Option<Response>, ErrorCode>;

/// A message from a client.
pub(super) fn receive(server: &mut Server, client: ClientId, invoke: InvokeId, message: &Message, exchange: &mut Exchange, at: Time) {
    let Some(connection) = server.connections.get_mut(&client) else { return };
    let mut context = Context {
        profile: &server.profile,
        naming: &server.naming,
        numbers: &mut server.numbers,
        connection,
        exchange,
        last_number: &mut server.last_number,
        at,
        after: Vec::new(),
    };
    let answer = match message {
        Message::Request(request) => context.answer(request),
        Message::Response(Response::SystemStatus(_)) => {
            context.connection.status_heard();
            Ok(None)
        }
        Message::Other(raw) => context.element(raw),
        // Answers to what the server told; events are its own to send.
        Message::Response(_) | Message::Error(_) | Message::Event(_) => Ok(None),
    };
    let Context { after, connection, .. } = context;
    let answer = match answer {
        Ok(Some(response)) => Some(Message::Response(response)),
        Ok(None) => None,
        Err(error) => Some(Message::Error(error)),
    };
    if let Some(answer) = answer {
        connection.send(invoke, &answer, &server.profile, &server.style);
    }
    for request in after {
        connection.ask(request, &server.profile, &server.style);
    }
}

impl Context<'_> {
    fn answer(&mut self, request: &Request) -> Answered {
        if let Some(answer) = self.of_session(request) {
            return answer;
        }
        if !self.connection.is_open(self.profile) {
            return Err(ErrorCode::Operation(SmolStr::new_static("securityViolation")));
        }
        match request {
            Request::MonitorStart(start) => self.monitor_start(start),
            Request::ChangeMonitorFilter(change) => self.change_filter(change),
            Request::MonitorStop(stop) => self.monitor_stop(stop),
            Request::GetMonitors(_) => Ok(Some(self.get_monitors())),
            Request::SnapshotDevice(snapshot) => self.snapshot_device(snapshot),
            Request::SnapshotCall(snapshot) => self.snapshot_call(snapshot),
            Request::GetSwitchingFunctionDevices(wanted) => self.devices(wanted),
            Request::GetLogicalDeviceInformation(query) => self.logical_device(query),
            Request::GetAgentState(get) => self.agent_state(get),
            Request::SetAgentState(set) => self.set_agent_state(set),
            Request::GetForwarding(query) => self.forwarding(query),
            Request::SetForwarding(set) => self.set_forwarding(set),
            Request::GetDoNotDisturb(query) => self.do_not_disturb(query),
            Request::SetDoNotDisturb(set) => self.set_do_not_disturb(set),
            other => self.call_control(other),
        }
    }

    /// The device that is meant, which must be there.
    fn device(&self, named: &strowger_protocol::csta::DeviceId) -> Result<DeviceId, ErrorCode> {
        let device = DeviceId::new(named.number());
        if self.exchange.is_device(&device) { Ok(device) } else { Err(invalid_device()) }
    }

    fn act(&mut self, action: Action) -> Result<Done, ErrorCode> {
        self.exchange.act(self.at, action).map_err(refused)
    }

    /// A number that no other session, registration or long answer has.
    fn number(&mut self) -> SmolStr {
        *self.last_number += 1;
        smol_str::format_smolstr!("{:08}", self.last_number)
    }
}

fn invalid_device() -> ErrorCode {
    ErrorCode::Operation(SmolStr::new_static("invalidDeviceID"))
}
