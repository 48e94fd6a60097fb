//! What every protocol's face has, as the simulation drives it.

use bytes::Bytes;

use super::exchange::{Exchange, Fact};
use super::oai::{self, Whom};
use super::scenario::LinkFault;
use crate::telephony::Time;

/// A client's connection, numbered by who accepts it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ClientId(pub u64);

/// The exchange spoken in one protocol to any number of clients: a state machine without I/O and without a clock.
pub trait Face {
    /// A client has connected.
    fn connected(&mut self, client: ClientId, at: Time);
    /// Bytes from a client, in any chunking. What it commands is done to the exchange at once.
    fn received(&mut self, client: ClientId, bytes: Bytes, exchange: &mut Exchange, at: Time);
    /// A client's connection is gone.
    fn closed(&mut self, client: ClientId);
    /// A client's connection takes no bytes at present, or does again.
    fn stalled(&mut self, client: ClientId, is_stalled: bool);
    /// What happened in the exchange.
    fn facts(&mut self, facts: &[Fact], exchange: &Exchange);
    /// Something happens to the links of all clients.
    fn fault(&mut self, fault: &LinkFault, at: Time);
    /// When [`Face::timeout`] is wanted.
    fn poll_timeout(&self) -> Option<Time>;
    /// The moment of [`Face::poll_timeout`] has come (harmless when early).
    fn timeout(&mut self, exchange: &mut Exchange, at: Time);
    /// What is to be done, in order for each client.
    fn poll_output(&mut self) -> Option<Output>;
    /// How many clients watch the exchange: are logged in and have asked to be told what happens.
    fn watching(&self) -> usize;
}

/// What a face wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Bytes for a client, meant as one write.
    Send(ClientId, Bytes),
    /// A connection is to be closed, after what was sent before. Says why.
    Close(ClientId, String),
}

/// A face that nobody sees: for runs that only want the truth.
#[derive(Clone, Copy, Default, Debug)]
pub struct Faceless;

impl Face for Faceless {
    fn connected(&mut self, _: ClientId, _: Time) {}
    fn received(&mut self, _: ClientId, _: Bytes, _: &mut Exchange, _: Time) {}
    fn closed(&mut self, _: ClientId) {}
    fn stalled(&mut self, _: ClientId, _: bool) {}
    fn facts(&mut self, _: &[Fact], _: &Exchange) {}
    fn fault(&mut self, _: &LinkFault, _: Time) {}
    fn poll_timeout(&self) -> Option<Time> {
        None
    }
    fn timeout(&mut self, _: &mut Exchange, _: Time) {}
    fn poll_output(&mut self) -> Option<Output> {
        None
    }
    fn watching(&self) -> usize {
        0
    }
}

/// Bytes that are no frame of System OAI: read as a header, they announce more than any client takes.
const NO_FRAME: &[u8] = b"\xff\xff\xff\xff garbled on purpose\r\n";

impl Face for oai::Server {
    fn connected(&mut self, client: ClientId, at: Time) {
        Self::connected(self, oai::ConnectionId(client.0), at);
    }

    fn received(&mut self, client: ClientId, bytes: Bytes, exchange: &mut Exchange, at: Time) {
        Self::received(self, oai::ConnectionId(client.0), bytes, exchange, at);
    }

    fn closed(&mut self, client: ClientId) {
        Self::closed(self, oai::ConnectionId(client.0));
    }

    fn stalled(&mut self, client: ClientId, is_stalled: bool) {
        Self::stalled(self, oai::ConnectionId(client.0), is_stalled);
    }

    fn facts(&mut self, facts: &[Fact], exchange: &Exchange) {
        Self::facts(self, facts, exchange);
    }

    fn fault(&mut self, fault: &LinkFault, at: Time) {
        let fault = match fault {
            LinkFault::Cut(_) => oai::Fault::Cut,
            LinkFault::LoseLines(count) => oai::Fault::DropLines(*count),
            LinkFault::DoubleLines(count) => oai::Fault::DoubleLines(*count),
            LinkFault::Garble => oai::Fault::Garbage(Bytes::from_static(NO_FRAME)),
            LinkFault::IdleReset => oai::Fault::IdleReset,
        };
        Self::fault(self, Whom::Everyone, &fault, at);
    }

    fn poll_timeout(&self) -> Option<Time> {
        Self::poll_timeout(self)
    }

    fn timeout(&mut self, exchange: &mut Exchange, at: Time) {
        Self::timeout(self, exchange, at);
    }

    fn poll_output(&mut self) -> Option<Output> {
        Some(match Self::poll_output(self)? {
            oai::Output::Send { to, bytes } => Output::Send(ClientId(to.0), bytes),
            oai::Output::Close { id, why } => Output::Close(ClientId(id.0), why.to_string()),
        })
    }

    fn watching(&self) -> usize {
        Self::watching(self)
    }
}
