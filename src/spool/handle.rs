//! The way in: a bounded queue whose senders wait when it is full.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, mpsc as blocking};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::{Clock, Input, State};

/// The spool takes nothing more: it was closed, or its writer is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the spool is closed")]
pub struct Closed;

/// Not everything is on disk.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not everything is on disk: at least {queued} wait{}", match state { State::Ok => String::new(), State::Stalled { error, .. } => format!(" ({error})") })]
pub struct NotDurable {
    /// How much waits in the queue; what the writer has in hand comes on top.
    pub queued: usize,
    /// How writing goes.
    pub state: State,
}

/// What the writer finds in the queue.
pub(super) enum Message {
    /// With the monotonic moment at which it was handed in.
    Input(Input, Duration),
    /// To be called when everything before it is durable.
    Flush(Box<dyn FnOnce() + Send>),
    /// Make everything before it durable and end.
    Stop,
}

/// The writer's end.
pub(super) struct Inlet {
    pub(super) queue: mpsc::Receiver<Message>,
    pub(super) state: Arc<Mutex<State>>,
}

/// A way in.
#[derive(Clone)]
pub struct Handle {
    queue: mpsc::Sender<Message>,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

pub(super) fn channel(queue_max: usize, clock: Clock) -> (Handle, Inlet) {
    let (sender, receiver) = mpsc::channel(queue_max);
    let state = Arc::new(Mutex::new(State::Ok));
    (Handle { queue: sender, clock, state: Arc::clone(&state) }, Inlet { queue: receiver, state })
}

impl Handle {
    /// Hands in; waits while the queue is full.
    pub async fn send(&self, input: Input) -> Result<(), Closed> {
        self.queue.send(self.stamped(input)).await.map_err(|_| Closed)
    }

    /// The same for threads outside an async runtime; within one it panics.
    pub fn blocking_send(&self, input: Input) -> Result<(), Closed> {
        self.queue.blocking_send(self.stamped(input)).map_err(|_| Closed)
    }

    /// Waits until everything handed in so far is durable, at most until the deadline.
    pub async fn flush(&self, deadline: Duration) -> Result<(), NotDurable> {
        let done = async {
            let (sender, receiver) = oneshot::channel();
            let flush = Message::Flush(Box::new(move || {
                // Whoever asked may have given up meanwhile.
                sender.send(()).ok();
            }));
            self.queue.send(flush).await.ok()?;
            receiver.await.ok()
        };
        match tokio::time::timeout(deadline, done).await {
            Ok(Some(())) => Ok(()),
            Ok(None) | Err(_) => Err(self.not_durable()),
        }
    }

    /// The same for threads outside an async runtime.
    pub fn blocking_flush(&self, deadline: Duration) -> Result<(), NotDurable> {
        const SLICE: Duration = Duration::from_millis(1);
        let (sender, receiver) = blocking::sync_channel(1);
        let mut flush = Message::Flush(Box::new(move || {
            sender.send(()).ok();
        }));
        let mut left = deadline;
        loop {
            match self.queue.try_send(flush) {
                Ok(()) => return receiver.recv_timeout(left).map_err(|_| self.not_durable()),
                Err(mpsc::error::TrySendError::Closed(_)) => return Err(self.not_durable()),
                Err(mpsc::error::TrySendError::Full(back)) => flush = back,
            }
            if left.is_zero() {
                return Err(self.not_durable());
            }
            std::thread::sleep(SLICE.min(left));
            left = left.saturating_sub(SLICE);
        }
    }

    /// How much waits for the writer.
    pub fn queued(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// How writing goes.
    pub fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the request found its place in the queue.
    pub(super) fn ask_to_stop(&self) -> bool {
        self.queue.try_send(Message::Stop).is_ok()
    }

    pub(super) fn not_durable(&self) -> NotDurable {
        NotDurable { queued: self.queued(), state: self.state() }
    }

    fn stamped(&self, input: Input) -> Message {
        Message::Input(input, (self.clock)().monotonic)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("queued", &self.queued()).field("state", &self.state()).finish_non_exhaustive()
    }
}
