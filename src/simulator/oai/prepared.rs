//! Lines that are ready but for the number before them.

use smol_str::SmolStr;
use strowger_protocol::oai::{
    self, Confirmation, Country, Event, EventBody, MonitorId, PremiumFeatures, ResyncEnded, ResyncResponse, Sequence,
};

use super::connection::Connection;
use super::profile::{Profile, Role};
use crate::telephony::Time;

/// Bytes of `000,` before a line.
const NUMBER: usize = 4;

/// An event that several monitors are told, without what differs: number, Resync_Code and monitor.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    code: SmolStr,
    /// The fields behind the monitor's.
    fields: Vec<u8>,
}

impl Prepared {
    pub(super) fn new(body: EventBody, profile: &Profile) -> Self {
        let code = SmolStr::new(body.code());
        let (body, cut) = fitting(body, profile);
        let mut line = Vec::with_capacity(128);
        Event::new(Sequence(0), None, body).encode_into(&profile.style(), &mut line);
        line.truncate(line.len() - cut);
        let fields = line.split_off((NUMBER + code.len() + 3).min(line.len()));
        Self { code, fields }
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// The line for one monitor.
    pub(super) fn line(&self, resync: Option<u32>, monitor: u32, profile: &Profile) -> Vec<u8> {
        let digits = usize::from(profile.style().monitor_digits);
        let code = resync.map(|code| code.to_string()).unwrap_or_default();
        let mut line = format!("{},{code},{monitor:0digits$},", self.code).into_bytes();
        line.extend_from_slice(&self.fields);
        line
    }
}

/// The body without what the profile's protocol version lacks, and how many bytes of commas are to go from the end of its line.
fn fitting(body: EventBody, profile: &Profile) -> (EventBody, usize) {
    match body {
        EventBody::Delivered(delivered) if !profile.since(7, 0) => (EventBody::Delivered(oai::Delivered { group: None, ..delivered }), 1),
        EventBody::ServiceInitiated(initiated) if !profile.since(8, 10) => {
            (EventBody::ServiceInitiated(oai::ServiceInitiated { callback_target: None, ..initiated }), 1)
        }
        EventBody::CallCleared(cleared) if !profile.since(8, 0) => {
            (EventBody::CallCleared(oai::CallCleared { transferred: None, destination: None, ..cleared }), 2)
        }
        EventBody::CallInfo(info) if !profile.since(9, 0) => {
            (EventBody::CallInfo(oai::CallInfo { outside_name: None, outside_number: None, ..info }), 2)
        }
        EventBody::Online(online) if !profile.since(8, 10) => (EventBody::Online(oai::Online { physical_type: None, ..online }), 1),
        EventBody::ResyncResponse(response) if !profile.since(6, 0) => {
            (EventBody::ResyncResponse(ResyncResponse { tcp_ip: None, ..response }), 1)
        }
        other => (other, 0),
    }
}

/// The line of an event that no monitor tells.
pub(super) fn unmonitored(resync: Option<u32>, body: EventBody, profile: &Profile) -> Vec<u8> {
    let (body, cut) = fitting(body, profile);
    let mut line = Vec::with_capacity(64);
    Event { resync, ..Event::new(Sequence(0), None::<MonitorId>, body) }.encode_into(&profile.style(), &mut line);
    line.truncate(line.len() - cut);
    line.split_off(NUMBER)
}

/// The line of a confirmation.
pub(super) fn confirmation(confirmation: &Confirmation, profile: &Profile) -> Vec<u8> {
    let mut line = Vec::with_capacity(64);
    confirmation.encode_into(&profile.style(), &mut line);
    line.split_off(NUMBER)
}

/// RS with that code.
pub(super) fn resync_response(resync: u32, profile: &Profile, at: Time) -> Vec<u8> {
    let local = profile.local(at);
    let node = match profile.role {
        Role::Gateway => 0,
        Role::Direct { node } => node,
    };
    let body = EventBody::ResyncResponse(ResyncResponse {
        time: Some(local.strftime("%H:%M").to_string().into()),
        date: Some(local.strftime("%m%d%y").to_string().into()),
        protocol: Some(profile.protocol.to_string().into()),
        software: Some(profile.software.as_str().into()),
        premium: Some(PremiumFeatures(profile.licence.number())),
        node: Some(node),
        networking: Some(profile.networking),
        country: Some(Country(profile.country)),
        tcp_ip: Some(true),
    });
    unmonitored(Some(resync), body, profile)
}

/// RS and RD as after power-up: number 000, code 0 (OAI reference §2.1).
pub(super) fn power_up(connection: &mut Connection, profile: &Profile, at: Time) {
    connection.restart_numbers();
    connection.line(&resync_response(0, profile, at), profile);
    connection.line(&resync_ended(0, None, profile), profile);
}

/// RD with that code.
pub(super) fn resync_ended(resync: u32, device: Option<oai::Extension>, profile: &Profile) -> Vec<u8> {
    unmonitored(Some(resync), EventBody::ResyncEnded(ResyncEnded { device }), profile)
}
