//! Where the link delivers, and where it hears what the rest of the program wants.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::pbx::session::{DeeReport, Notice, Request, Status};
use crate::telephony::Stamped;

/// A batch holds no more than this.
pub(super) const BATCH_MAX: usize = 512;

/// What the link passes on, in the order in which it came to be.
#[derive(Clone, PartialEq, Debug)]
pub enum Delivery {
    /// A connection is open; the session has not said anything yet.
    Connected {
        /// The PBX's end of it.
        address: SocketAddr,
    },
    /// There is no connection: it was lost (the session's last words came before this) or could not be made. The link has
    /// logged it; here it is for counters and for whoever asks how things stand.
    Disconnected {
        /// Why, in one word from a closed set ([`ConnectError::kind`](super::ConnectError::kind), [`Loss::kind`](super::Loss::kind)).
        kind: &'static str,
        /// True where a retry will not help until somebody changes a configuration.
        is_configuration: bool,
        /// Why, in words for people.
        reason: String,
        /// When it is tried again.
        retry_in: Duration,
    },
    /// The session's telephony event.
    Event(Stamped),
    /// Where the session stands.
    Status(Status),
    /// The session's fact for log and counters.
    Notice(Notice),
    /// What the PBX says of the members of a main extension.
    Dee(DeeReport),
}

/// Nobody takes deliveries any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("nobody takes what the link delivers any more")]
pub struct SinkGone;

/// Takes what the link delivers. While it does not, the link does not read: this is the back-pressure.
pub trait LinkSink: Send {
    /// Takes a batch of 1 to 512 deliveries. Resolves when there was room for it.
    fn deliver(&mut self, batch: Vec<Delivery>) -> impl Future<Output = Result<(), SinkGone>> + Send;

    /// The next thing that is wanted of the session; by default nothing ever is. May be dropped at any await without losing anything.
    fn wanted(&mut self) -> impl Future<Output = Request> + Send {
        pending()
    }
}

impl LinkSink for mpsc::Sender<Vec<Delivery>> {
    async fn deliver(&mut self, batch: Vec<Delivery>) -> Result<(), SinkGone> {
        self.send(batch).await.map_err(|_| SinkGone)
    }
}

/// A sink through which the rest of the program also asks.
#[derive(Debug)]
pub struct Duct {
    deliveries: mpsc::Sender<Vec<Delivery>>,
    wishes: watch::Receiver<Option<Request>>,
}

/// Asks the session at the other end of a [`Duct`].
#[derive(Clone, Debug)]
pub struct Asker(watch::Sender<Option<Request>>);

impl Duct {
    /// With room for so many batches of deliveries, and for one request.
    pub fn new(batches_max: usize) -> (Self, mpsc::Receiver<Vec<Delivery>>, Asker) {
        let (sender, deliveries) = mpsc::channel(batches_max);
        let (asker, wishes) = watch::channel(None);
        (Self { deliveries: sender, wishes }, deliveries, Asker(asker))
    }
}

impl Asker {
    /// Asks; never waits. What the session has not got yet is replaced: requests say what is wanted from now on, so the latest counts.
    pub fn ask(&self, request: Request) {
        self.0.send_replace(Some(request));
    }
}

impl LinkSink for Duct {
    async fn deliver(&mut self, batch: Vec<Delivery>) -> Result<(), SinkGone> {
        self.deliveries.send(batch).await.map_err(|_| SinkGone)
    }

    async fn wanted(&mut self) -> Request {
        while self.wishes.changed().await.is_ok() {
            if let Some(request) = self.wishes.borrow_and_update().clone() {
                return request;
            }
        }
        // Nobody is left who could ask.
        pending().await
    }
}
