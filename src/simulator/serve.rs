//! The socket rim: clients come and go, the simulation runs in real time.
//!
//! One task owns the simulation. Each client has a task that reads and one that writes, with bounded queues between: while the
//! inbox is full nobody is read, and what is for a client that does not read waits in the face, which cuts it off in the end.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::face::{ClientId, Face, Output};
use super::run::Simulation;
use super::traffic::Notice;
use crate::record::CallRecord;
use crate::telephony::{Now, Time};

/// Arrivals that wait for the simulation.
const INBOX: usize = 1_024;
/// Writes that wait for one client's socket.
const OUTBOX: usize = 256;
/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;
/// More clients than this wait to be let in.
const CLIENTS_MAX: usize = 1_024;
/// A client that is being closed is given so long to take what was sent before.
const FAREWELL: Duration = Duration::from_secs(2);

/// Between two tries of what failed for now.
const BREATH: Duration = Duration::from_millis(20);

/// What can be seen of a simulation from outside.
#[derive(Debug)]
pub enum Sight {
    /// A client has connected.
    Came(ClientId, SocketAddr),
    /// A client is gone, or was closed for a reason.
    Went(ClientId, Option<String>),
    /// Something of the traffic.
    Notice(Notice),
    /// A call is over: the truth of it.
    Ended(Box<CallRecord>),
}

/// Serves until the traffic is over and `linger` after that, if ever a client was there, or until `stop`. `tell` hears what happens; its failure ends everything.
///
/// While the link is cut nothing listens there: whoever connects is refused.
///
/// # Errors
/// That of `tell`, or that the address of the listener is not known.
pub async fn serve<F: Face>(
    listener: TcpListener,
    simulation: &mut Simulation<F>,
    now: impl Fn() -> Now,
    linger: Duration,
    stop: &CancellationToken,
    mut tell: impl FnMut(Sight) -> io::Result<()>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    let mut listener = Some(listener);
    let mut port = Port::new(now());
    let mut over_at: Option<Time> = None;
    loop {
        let at = port.moment(now());
        simulation.advance(at);
        port.put_out(simulation, &mut tell)?;
        if over_at.is_none() && port.last > 0 && simulation.is_done() {
            over_at = Some(at.plus(linger));
        }
        if over_at.is_some_and(|over_at| over_at <= at) {
            break;
        }
        let refused_until = simulation.refuses_until();
        if refused_until.is_some() {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).await.ok();
        }
        let again_at = listener.is_none().then(|| refused_until.unwrap_or(at.plus(BREATH)));
        let next = [simulation.poll_timeout(), over_at, again_at].into_iter().flatten().min();
        let pause = next.map(|next| Duration::from_micros(next.as_micros().saturating_sub(at.as_micros()).try_into().unwrap_or(0)));
        tokio::select! {
            accepted = accept(listener.as_ref()), if port.clients.len() < CLIENTS_MAX => match accepted {
                Ok((stream, peer)) => port.accept(stream, peer, simulation, port.moment(now()), &mut tell)?,
                // The client was gone before it was let in, or the process has no file left: neither is for ever.
                Err(_) => tokio::time::sleep(BREATH).await,
            },
            Some(arrival) = port.arrivals.recv() => port.arrived(arrival, simulation, now(), &mut tell)?,
            () = after(pause) => {}
            () = stop.cancelled() => break,
        }
    }
    port.close().await;
    Ok(())
}

async fn accept(listener: Option<&TcpListener>) -> io::Result<(TcpStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}

async fn after(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        None => std::future::pending().await,
    }
}

/// What a client's tasks tell.
enum Arrival {
    Bytes(ClientId, Bytes),
    Gone(ClientId),
    /// There is room again in what waits for its socket.
    Room(ClientId, mpsc::OwnedPermit<Bytes>),
}

struct Client {
    outgoing: mpsc::Sender<Bytes>,
    /// What found no room.
    pending: Option<Bytes>,
    reader: AbortHandle,
    writer: AbortHandle,
}

struct Port {
    /// The simulation's time goes by the monotonic clock: a wall clock that is set does not stop it.
    began: Now,
    clients: BTreeMap<ClientId, Client>,
    tasks: JoinSet<()>,
    inbox: mpsc::Sender<Arrival>,
    arrivals: mpsc::Receiver<Arrival>,
    last: u64,
}

impl Port {
    fn new(began: Now) -> Self {
        let (inbox, arrivals) = mpsc::channel(INBOX);
        Self { began, clients: BTreeMap::new(), tasks: JoinSet::new(), inbox, arrivals, last: 0 }
    }

    fn moment(&self, now: Now) -> Time {
        self.began.wall.plus(now.monotonic.saturating_sub(self.began.monotonic))
    }

    fn accept<F: Face>(
        &mut self,
        stream: TcpStream,
        peer: SocketAddr,
        simulation: &mut Simulation<F>,
        at: Time,
        tell: &mut impl FnMut(Sight) -> io::Result<()>,
    ) -> io::Result<()> {
        while self.tasks.try_join_next().is_some() {}
        self.last += 1;
        let id = ClientId(self.last);
        if !simulation.connected(id, at) {
            // The link is cut.
            return Ok(());
        }
        // Each write is to be seen as one; a socket that cannot promise that is served all the same.
        stream.set_nodelay(true).ok();
        let (reading, writing) = stream.into_split();
        let (outgoing, queue) = mpsc::channel(OUTBOX);
        let reader = self.tasks.spawn(read(id, reading, self.inbox.clone()));
        let writer = self.tasks.spawn(write(writing, queue));
        self.clients.insert(id, Client { outgoing, pending: None, reader, writer });
        tell(Sight::Came(id, peer))
    }

    fn arrived<F: Face>(
        &mut self,
        arrival: Arrival,
        simulation: &mut Simulation<F>,
        now: Now,
        tell: &mut impl FnMut(Sight) -> io::Result<()>,
    ) -> io::Result<()> {
        match arrival {
            Arrival::Bytes(id, bytes) if self.clients.contains_key(&id) => simulation.received(id, bytes, self.moment(now)),
            Arrival::Gone(id) => {
                if let Some(client) = self.clients.remove(&id) {
                    self.farewell(client);
                    simulation.closed(id);
                    tell(Sight::Went(id, None))?;
                }
            }
            Arrival::Room(id, permit) => {
                if let Some(bytes) = self.clients.get_mut(&id).and_then(|client| client.pending.take()) {
                    permit.send(bytes);
                    simulation.stalled(id, false);
                }
            }
            // From a client that was closed meanwhile.
            Arrival::Bytes(..) => {}
        }
        Ok(())
    }

    /// Everything that the simulation has to say.
    fn put_out<F: Face>(&mut self, simulation: &mut Simulation<F>, tell: &mut impl FnMut(Sight) -> io::Result<()>) -> io::Result<()> {
        while let Some(output) = simulation.poll_output() {
            match output {
                Output::Send(id, bytes) => {
                    if self.send(id, bytes) {
                        simulation.stalled(id, true);
                    }
                }
                Output::Close(id, why) => {
                    if let Some(client) = self.clients.remove(&id) {
                        self.farewell(client);
                        tell(Sight::Went(id, Some(why)))?;
                    }
                }
            }
        }
        while let Some(notice) = simulation.poll_notice() {
            tell(Sight::Notice(notice))?;
        }
        while let Some(record) = simulation.poll_truth() {
            tell(Sight::Ended(Box::new(record)))?;
        }
        Ok(())
    }

    /// True: there is no room for more.
    fn send(&mut self, id: ClientId, bytes: Bytes) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return false };
        match client.outgoing.try_send(bytes) {
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(bytes)) => {
                client.pending = Some(bytes);
                let (outgoing, inbox) = (client.outgoing.clone(), self.inbox.clone());
                self.tasks.spawn(async move {
                    if let Ok(permit) = outgoing.reserve_owned().await {
                        // The simulation is over where nobody takes it.
                        inbox.send(Arrival::Room(id, permit)).await.ok();
                    }
                });
                true
            }
        }
    }

    /// It may still take what was sent before, for a while; nothing more is heard of it.
    fn farewell(&mut self, client: Client) {
        client.reader.abort();
        self.tasks.spawn(async move {
            drop(client.outgoing);
            tokio::time::sleep(FAREWELL).await;
            client.writer.abort();
        });
    }

    async fn close(mut self) {
        for client in std::mem::take(&mut self.clients).into_values() {
            client.reader.abort();
        }
        let all = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(FAREWELL, all).await.ok();
    }
}

async fn read(id: ClientId, mut reading: OwnedReadHalf, inbox: mpsc::Sender<Arrival>) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(READ_BYTES);
        let has_more = reading.read_buf(&mut buffer).await.is_ok_and(|count| count > 0);
        let arrival = if has_more { Arrival::Bytes(id, buffer.split().freeze()) } else { Arrival::Gone(id) };
        // The simulation is over where nobody takes it.
        if inbox.send(arrival).await.is_err() || !has_more {
            return;
        }
    }
}

/// Writes until nothing more will come.
async fn write(mut writing: OwnedWriteHalf, mut queue: mpsc::Receiver<Bytes>) {
    while let Some(bytes) = queue.recv().await {
        if writing.write_all(&bytes).await.is_err() {
            return;
        }
    }
    // The client is gone where this fails.
    writing.shutdown().await.ok();
}

#[cfg(test)]
mod tests;
