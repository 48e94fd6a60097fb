//! The port that clients connect to: who is connected, what arrives, and what goes out.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use strowger_protocol::oai::{Command, CommandBody, CommandError, Item, Line, LinkReason, LinkStatus, Outcome};

use super::command::{self, Context};
use super::connection::{Connection, Stage};
use super::desk::Desk;
use super::fault::{Fault, Whom};
use super::login;
use super::monitor::Subject;
use super::naming::node_of;
use super::prepared;
use super::profile::Profile;
use super::view::Early;
use crate::simulator::exchange::Exchange;
use crate::telephony::Time;

/// A connection's number, given by who accepts it; never used again while it is open.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnectionId(pub u64);

/// What the server wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Bytes for a client. Each is meant as one write.
    Send {
        /// Whom for.
        to: ConnectionId,
        /// What.
        bytes: Bytes,
    },
    /// A connection is to be closed; the server has forgotten it.
    Close {
        /// Which.
        id: ConnectionId,
        /// Why.
        why: Ending,
    },
}

/// Why the server closes a connection.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Ending {
    /// No login frame in time.
    #[error("no login frame came in time")]
    NoLogin,
    /// Something else came instead of a login frame.
    #[error("what came first was no login frame")]
    NotALogin,
    /// A stream of call records was asked for.
    #[error("call records (SMDR) are not served")]
    NoSmdr,
    /// The password is wrong.
    #[error("the password is wrong")]
    BadPassword,
    /// All ports are taken.
    #[error("all {0} ports are taken")]
    PortsExceeded(u16),
    /// It does not read what is sent to it.
    #[error("the client does not read: more waits for it than there is room for")]
    TooSlow,
    /// It sends commands faster than they may be carried out.
    #[error("too many commands wait for their turn")]
    TooManyCommands,
    /// What it sends cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The link to a node failed, and the client is not node-aware.
    #[error("node {0} is lost and the client is not node-aware")]
    NodeLost(u16),
    /// A fault was asked for.
    #[error("cut on purpose")]
    Cut,
}

/// A simulated PBX's System OAI port; see the [module](super).
#[derive(Debug)]
pub struct Server {
    pub(super) profile: Profile,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) desk: Desk,
    pub(super) early: Early,
    pub(super) nodes_down: BTreeSet<u16>,
    /// How many alarms there were: each has its own id.
    pub(super) alarms: u64,
}

impl Server {
    /// A port that speaks as this profile says; nobody is connected.
    pub fn new(profile: Profile) -> Self {
        Self { profile, connections: BTreeMap::new(), desk: Desk::default(), early: Early::new(), nodes_down: BTreeSet::new(), alarms: 0 }
    }

    /// The profile in force.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// How many clients are logged in.
    pub fn logged_in(&self) -> usize {
        self.connections.values().filter(|connection| connection.is_open()).count()
    }

    /// How many clients are logged in and have monitors.
    pub fn watching(&self) -> usize {
        self.connections.values().filter(|connection| connection.is_open() && !connection.monitors.is_empty()).count()
    }

    /// A client has connected.
    pub fn connected(&mut self, id: ConnectionId, at: Time) {
        self.connections.insert(id, Connection::new(at, &self.profile));
    }

    /// A client has closed, or its connection broke.
    pub fn closed(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
        self.desk.forget(id);
    }

    /// Bytes from a client, in any chunking. Commands act on the exchange; hand its facts to [`Server::facts`] afterwards.
    pub fn received(&mut self, id: ConnectionId, bytes: Bytes, exchange: &mut Exchange, at: Time) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        connection.decoder.push(bytes);
        loop {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            if connection.ending.is_some() {
                return;
            }
            match connection.decoder.next_item() {
                Ok(Some(Item::Login(login))) => login::login(self, id, &login, at),
                Ok(Some(Item::Line(line))) => {
                    match connection.stage {
                        Stage::Login(_) => connection.end(Ending::NotALogin),
                        Stage::Open => connection.queue(line, at),
                        Stage::Ignored => {}
                    }
                    self.carry_out(id, exchange, at);
                }
                Ok(Some(Item::Skipped(skipped))) => {
                    if matches!(connection.stage, Stage::Login(_)) {
                        connection.end(Ending::Unreadable(skipped.what.to_string()));
                    }
                }
                Ok(None) => return,
                Err(error) => {
                    connection.end(Ending::Unreadable(error.to_string()));
                    return;
                }
            }
        }
    }

    /// The moment of [`Server::poll_timeout`] has come; harmless when early.
    pub fn timeout(&mut self, exchange: &mut Exchange, at: Time) {
        let due: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.timeout().is_some_and(|due| due <= at))
            .map(|(&id, _)| id)
            .collect();
        for id in due {
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            match connection.stage {
                Stage::Login(until) if until <= at => connection.end(Ending::NoLogin),
                Stage::Open if connection.idle_at <= at => self.idle_reset(id, at),
                _ => {
                    connection.end_resync(at, &self.profile);
                    self.carry_out(id, exchange, at);
                }
            }
        }
    }

    /// When [`Server::timeout`] is wanted.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.connections.values().filter_map(Connection::timeout).min()
    }

    /// What the server wants done, in order for each connection. `None`: nothing more until the next input.
    pub fn poll_output(&mut self) -> Option<Output> {
        let mut ended = None;
        for (&id, connection) in &mut self.connections {
            connection.flush_late(&self.profile);
            let must_close = connection.ending.is_some();
            if (!connection.is_stalled || must_close)
                && connection.ending != Some(Ending::TooSlow)
                && let Some(bytes) = connection.outbox.write(&self.profile.wire)
            {
                return Some(Output::Send { to: id, bytes });
            }
            if let Some(why) = connection.ending.take() {
                ended = Some((id, why));
                break;
            }
        }
        let (id, why) = ended?;
        self.closed(id);
        Some(Output::Close { id, why })
    }

    /// Says whether a client's connection takes bytes now. While it does not, what is for it waits here, up to
    /// [`Profile::output_limit`]; beyond, it is cut off ([`Ending::TooSlow`]).
    pub fn stalled(&mut self, id: ConnectionId, is_stalled: bool) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.is_stalled = is_stalled;
        }
    }

    /// Makes something go wrong.
    pub fn fault(&mut self, whom: Whom, fault: &Fault, at: Time) {
        let ids: Vec<ConnectionId> = match whom {
            Whom::Everyone => self.connections.keys().copied().collect(),
            Whom::One(id) => vec![id],
        };
        for id in ids {
            if *fault == Fault::IdleReset {
                self.idle_reset(id, at);
            }
            let Some(connection) = self.connections.get_mut(&id) else { continue };
            match fault {
                Fault::DropLines(count) => connection.faults.drop = *count,
                Fault::DoubleLines(count) => connection.faults.double = *count,
                Fault::Cut => connection.end(Ending::Cut),
                Fault::IdleReset => {}
                Fault::Garbage(bytes) => connection.raw(bytes.clone(), &self.profile),
                Fault::Line(line) => connection.line(line.as_bytes(), &self.profile),
                Fault::Refuse { command, outcome } => connection.faults.refuse = Some((command.clone(), *outcome)),
                Fault::Obey => (connection.faults.refuse, connection.faults.deaf) = (None, false),
                Fault::Delay(delay) => connection.faults.delay = *delay,
                Fault::Deaf => connection.faults.deaf = true,
            }
        }
    }

    /// The idle timer of a connection has expired (OAI reference §1.5).
    fn idle_reset(&mut self, id: ConnectionId, at: Time) {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| connection.is_open()) else { return };
        for line in self.desk.offering_ended(id, connection, &self.profile) {
            connection.line(&line, &self.profile);
        }
        connection.reset();
        connection.idle_at = at.plus(self.profile.idle());
        prepared::power_up(connection, &self.profile, at);
    }

    /// Carries out the commands whose turn it is.
    pub(super) fn carry_out(&mut self, id: ConnectionId, exchange: &mut Exchange, at: Time) {
        while let Some(line) = self.connections.get_mut(&id).and_then(|connection| connection.due(at)) {
            self.obey(id, &line, exchange, at);
        }
    }

    fn obey(&mut self, id: ConnectionId, line: &Line, exchange: &mut Exchange, at: Time) {
        let Some(mut connection) = self.connections.remove(&id) else { return };
        let text = line.text();
        let code = text.split(',').next().unwrap_or_default().trim().to_owned();
        if CommandBody::CODES.contains(&code.as_str()) {
            connection.idle_at = at.plus(self.profile.idle());
        }
        let mut news = Vec::new();
        let mut sent = Vec::new();
        if !connection.faults.deaf {
            let mut context = Context {
                profile: &self.profile,
                id,
                connection: &mut connection,
                exchange: &mut *exchange,
                desk: &mut self.desk,
                nodes_down: &self.nodes_down,
                at,
                news: &mut news,
                sent: &mut sent,
            };
            match Command::parse(&text) {
                _ if context.connection.faults.refusal(&code).is_some() => {
                    let outcome = Outcome(context.connection.faults.refusal(&code).unwrap_or_default());
                    context.refuse(&code, text.split(',').nth(1).and_then(|invoke| invoke.trim().parse().ok()), outcome);
                }
                Ok(command) => command::carry_out(&mut context, &command),
                Err(CommandError::NoCode) => context.refuse("", None, Outcome::INVALID_COMMAND),
                Err(CommandError::InvokeId { code, .. }) => context.refuse(&code, None, Outcome::INVALID_INVOKE_ID),
                Err(CommandError::Argument { code, invoke }) => context.refuse(&code, invoke, Outcome::VALUE_OUT_OF_RANGE),
            }
        }
        self.connections.insert(id, connection);
        self.send_data(sent);
        self.tell_news(&news, exchange);
    }

    /// Gateway data from one client to others.
    fn send_data(&mut self, sent: Vec<(ConnectionId, Vec<u8>)>) {
        for (to, line) in sent {
            if let Some(connection) = self.connections.get_mut(&to).filter(|connection| connection.is_open()) {
                connection.event(line, &self.profile);
            }
        }
    }

    /// The link between gateway and node fails or is back (OAI reference §2.4, §5.5).
    pub(super) fn node_link(&mut self, node: u16, up: bool) {
        if !self.profile.is_gateway() || up != self.nodes_down.contains(&node) {
            return;
        }
        if up {
            self.nodes_down.remove(&node);
        } else {
            self.nodes_down.insert(node);
        }
        let reason = if up { LinkReason::TCP_RECONNECTED } else { LinkReason::TCP_FAILED };
        let line = prepared::unmonitored(
            None,
            strowger_protocol::oai::EventBody::LinkStatus(LinkStatus { node: Some(node), up: Some(up), reason: Some(reason) }),
            &self.profile,
        );
        let home = self.profile.home();
        for connection in self.connections.values_mut().filter(|connection| connection.is_open()) {
            if !connection.options.node_aware {
                if !up {
                    connection.end(Ending::NodeLost(node));
                }
                continue;
            }
            connection.event(line.clone(), &self.profile);
            if !up && self.profile.forms.node_loss_ends_monitors {
                let gone: Vec<u32> = connection
                    .monitors
                    .iter()
                    .filter(|(_, monitor)| match &monitor.subject {
                        Subject::Device(device) | Subject::Via(device) => node_of(device, home) == node,
                        Subject::System(of) => *of == node,
                        Subject::Call(_) | Subject::Agent(_) | Subject::Termination => false,
                    })
                    .map(|(id, _)| id)
                    .collect();
                for id in gone {
                    connection.monitors.stop(id);
                }
            }
        }
    }
}
