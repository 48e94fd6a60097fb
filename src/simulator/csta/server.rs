//! The port that clients connect to: who is connected, what arrives, and what goes out.

use std::collections::BTreeMap;

use bytes::Bytes;
use strowger_protocol::csta::{DecodeError, Item, Style, XmlLimits};

use super::connection::{Connection, Ending};
use super::monitor::Subject;
use super::naming::{Naming, Numbers};
use super::profile::Profile;
use super::request;
use super::tell::Arranger;
use crate::simulator::exchange::{Exchange, Fact};
use crate::simulator::face::{ClientId, Face, Output};
use crate::simulator::scenario::LinkFault;
use crate::telephony::Time;

/// Bytes that are no frame: read as a header, they announce less than a header.
const NO_FRAME: &[u8] = b"\x00\x00\x00\x01garb";

/// A simulated PBX's CSTA port; see the [module](super).
#[derive(Debug)]
pub struct Server {
    pub(super) profile: Profile,
    pub(super) style: Style,
    pub(super) naming: Naming,
    pub(super) numbers: Numbers,
    pub(super) arranger: Arranger,
    pub(super) connections: BTreeMap<ClientId, Connection>,
    /// Sessions and long answers are numbered.
    pub(super) last_number: u64,
}

impl Server {
    /// A port that speaks as this profile says; nobody is connected.
    pub fn new(profile: Profile) -> Self {
        Self {
            style: profile.style(),
            naming: Naming::new(&profile),
            numbers: Numbers::default(),
            arranger: Arranger::default(),
            connections: BTreeMap::new(),
            last_number: 0,
            profile,
        }
    }

    /// The profile in force.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// How many monitors all clients have.
    pub fn monitors(&self) -> usize {
        self.connections.values().map(|connection| connection.monitors.len()).sum()
    }

    fn frames(&mut self, client: ClientId, exchange: &mut Exchange, at: Time) {
        loop {
            let Some(connection) = self.connections.get_mut(&client).filter(|connection| connection.ending.is_none()) else { return };
            match connection.decoder.next_item() {
                Ok(Some(Item::Frame(frame))) => match frame.parse(&XmlLimits::default()) {
                    Ok(received) => request::receive(self, client, frame.invoke, &received.message, exchange, at),
                    Err(error) => connection.end(Ending::Unreadable(error.to_string())),
                },
                Ok(Some(Item::Skipped(skipped))) => connection.end(unreadable(skipped.what)),
                Ok(None) => return,
                Err(error) => connection.end(unreadable(error)),
            }
        }
    }
}

fn unreadable(error: DecodeError) -> Ending {
    Ending::Unreadable(error.to_string())
}

impl Face for Server {
    fn connected(&mut self, client: ClientId, at: Time) {
        self.connections.insert(client, Connection::new(at, &self.profile, &self.style));
    }

    fn received(&mut self, client: ClientId, bytes: Bytes, exchange: &mut Exchange, at: Time) {
        let Some(connection) = self.connections.get_mut(&client) else { return };
        connection.decoder.push(bytes);
        self.frames(client, exchange, at);
    }

    fn closed(&mut self, client: ClientId) {
        self.connections.remove(&client);
    }

    fn stalled(&mut self, client: ClientId, is_stalled: bool) {
        if let Some(connection) = self.connections.get_mut(&client) {
            connection.is_stalled = is_stalled;
        }
    }

    fn facts(&mut self, facts: &[Fact], exchange: &Exchange) {
        self.tell(facts, exchange);
    }

    fn fault(&mut self, fault: &LinkFault, _: Time) {
        let (profile, style) = (&self.profile, &self.style);
        for connection in self.connections.values_mut() {
            match fault {
                LinkFault::Cut(_) => connection.end(Ending::Cut),
                LinkFault::LoseLines(count) => connection.drop = *count,
                LinkFault::DoubleLines(count) => connection.double = *count,
                LinkFault::Garble => connection.raw(Bytes::from_static(NO_FRAME), profile),
                LinkFault::IdleReset if connection.session.is_some() => connection.expire(profile, style),
                LinkFault::IdleReset => {
                    let all: Vec<_> = connection.monitors.iter().map(|(id, _)| id.clone()).collect();
                    for monitor in all {
                        connection.end_monitor(&monitor, profile, style);
                    }
                }
            }
        }
    }

    fn poll_timeout(&self) -> Option<Time> {
        self.connections.values().filter_map(Connection::poll_timeout).min()
    }

    fn timeout(&mut self, _: &mut Exchange, at: Time) {
        for connection in self.connections.values_mut().filter(|connection| connection.poll_timeout().is_some_and(|due| due <= at)) {
            connection.timeout(at, &self.profile, &self.style);
        }
    }

    fn poll_output(&mut self) -> Option<Output> {
        let mut ended = None;
        for (&client, connection) in &mut self.connections {
            if let Some(bytes) = connection.write(&self.profile) {
                return Some(Output::Send(client, bytes));
            }
            if let Some(why) = connection.ending.take() {
                ended = Some((client, why));
                break;
            }
        }
        let (client, why) = ended?;
        self.closed(client);
        Some(Output::Close(client, why.to_string()))
    }

    fn watching(&self) -> usize {
        let watches =
            |connection: &&Connection| connection.monitors.iter().any(|(_, monitor)| !matches!(monitor.subject, Subject::Call(_)));
        self.connections.values().filter(|connection| connection.is_open(&self.profile)).filter(watches).count()
    }
}
