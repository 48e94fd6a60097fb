//! One connection from its first byte to its last.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, ReadHalf, split};
use tokio::time::{Instant, sleep_until};

use super::connect::{Connected, Duplex};
use super::driver::{Driver, Halt, maybe};
use super::error::Loss;
use super::outgoing::Outgoing;
use super::sink::{Delivery, LinkSink};
use super::{Clock, tls};
use crate::pbx::capture::Entry;
use crate::pbx::session::Session;
use crate::telephony::{Now, Time};

/// What is read at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// A rest of a block that is still worth reading into. What small chunks keep alive of a block stays in proportion to them.
const ROOM_BYTES: usize = 16 * 1024;

/// How a connection ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) halt: Halt,
    /// How long the session was in step on it.
    pub(super) in_step_for: Option<Duration>,
}

struct Incoming {
    reader: ReadHalf<Box<dyn Duplex>>,
    buffer: BytesMut,
}

impl Incoming {
    /// The next bytes; none at the end. May be dropped at any await without losing anything.
    async fn read(&mut self) -> io::Result<Bytes> {
        if self.buffer.capacity() < ROOM_BYTES {
            self.buffer.reserve(CHUNK_BYTES);
        }
        self.reader.read_buf(&mut self.buffer).await?;
        Ok(self.buffer.split().freeze())
    }
}

impl<S, K, C> Driver<'_, S, K, C>
where
    S: Session + ?Sized,
    K: LinkSink,
    C: Clock,
{
    /// Drives the session on this connection until one of the two ends.
    pub(super) async fn serve(&mut self, connected: Connected) -> Ended {
        let Connected { stream, address, .. } = connected;
        let (reader, writer) = split(stream);
        let mut incoming = Incoming { reader, buffer: BytesMut::new() };
        let mut outgoing = Outgoing::new(writer, self.settings);
        let opened = self.clock.now();
        let mut alive = opened.wall;
        self.in_step_since = None;
        self.record(opened.wall, Entry::Open(address.to_string()));
        let Err(mut halt) = self.exchange(address, opened, &mut incoming, &mut outgoing, &mut alive).await;

        let is_by_peer = matches!(&halt, Halt::Lost(loss) if loss.is_by_peer());
        if !is_by_peer {
            outgoing.finish(self.stop_by.unwrap_or_else(|| Instant::now() + self.settings.stop_timeout)).await;
        }
        drop(incoming);
        let now = self.clock.now();
        self.record(now.wall, Entry::Close(how(&halt, is_by_peer)));
        let in_step_for = self.in_step_since.take().map(|since| now.monotonic.saturating_sub(since));
        self.session.closed(Now { wall: alive, monotonic: now.monotonic });
        self.is_ending = is_by_peer;
        if let Err(graver) = self.pump(None).await {
            halt = graver;
        }
        self.is_ending = false;
        if self.stop_by.is_some() && matches!(halt, Halt::Lost(_)) {
            halt = Halt::Stopped;
        }
        Ended { halt, in_step_for }
    }

    async fn exchange(
        &mut self,
        address: SocketAddr,
        opened: Now,
        incoming: &mut Incoming,
        outgoing: &mut Outgoing,
        alive: &mut Time,
    ) -> Result<std::convert::Infallible, Halt> {
        self.session.connected(opened);
        self.tell(Delivery::Connected { address }).await?;
        self.pump(Some(outgoing)).await?;
        let shutdown = self.shutdown;
        let mut heard = Instant::now();
        loop {
            let timeout_at = self.timeout_at();
            let idle_at = heard.max(self.unblocked_at) + self.settings.idle_timeout;
            // Reading stands before the timers: what waits in the socket may be the sign of life that a timer would miss.
            tokio::select! {
                biased;
                () = shutdown.cancelled(), if self.stop_by.is_none() => self.say_goodbye(outgoing).await?,
                () = maybe(self.stop_by) => return Err(Halt::Stopped),
                result = outgoing.progress(), if !outgoing.is_done() => result.map_err(Halt::Lost)?,
                result = incoming.read() => {
                    let bytes = result.map_err(|error| Halt::Lost(tls::loss(error)))?;
                    if bytes.is_empty() {
                        return Err(Halt::Lost(Loss::ClosedByPeer));
                    }
                    heard = Instant::now();
                    let now = self.clock.now();
                    *alive = now.wall;
                    self.record(now.wall, Entry::In(bytes.clone()));
                    self.session.received(bytes, now);
                    self.pump(Some(outgoing)).await?;
                    if self.is_overdue() {
                        self.fire(Some(outgoing)).await?;
                    }
                }
                request = self.sink.wanted() => self.ask(request, Some(outgoing)).await?,
                () = maybe(timeout_at) => self.fire(Some(outgoing)).await?,
                () = sleep_until(idle_at) => return Err(Halt::Lost(Loss::Idle(self.settings.idle_timeout))),
            }
        }
    }

    /// Lets the session take its leave; where it has nothing to say, the connection ends here.
    async fn say_goodbye(&mut self, outgoing: &mut Outgoing) -> Result<(), Halt> {
        self.stop_by = Some(Instant::now() + self.settings.stop_timeout);
        self.session.stop(self.clock.now());
        self.pump(Some(outgoing)).await?;
        if outgoing.is_done() { Err(Halt::Stopped) } else { Ok(()) }
    }
}

/// For the capture.
fn how(halt: &Halt, is_by_peer: bool) -> String {
    match halt {
        Halt::Lost(Loss::ClosedByPeer) => "by peer".to_owned(),
        Halt::Lost(loss) if is_by_peer => format!("by peer: {}", super::chain(loss)),
        Halt::Lost(loss) => format!("by client: {}", super::chain(loss)),
        Halt::Stopped | Halt::SinkGone => "by client".to_owned(),
    }
}
