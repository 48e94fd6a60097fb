//! Carries between session and sink: what the session wants done, and its timers.

use std::fmt;
use std::future::{Future, pending};
use std::mem;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::error::Loss;
use super::outgoing::Outgoing;
use super::settings::Settings;
use super::sink::{BATCH_MAX, Delivery, LinkSink, SinkGone};
use super::{Clock, capture};
use crate::pbx::capture::Entry;
use crate::pbx::session::{Output, Request, Session, Status};
use crate::telephony::Time;

/// A sink that takes longer than this has kept us from reading.
const BLOCKED: Duration = Duration::from_millis(50);
/// A timer that is due again at once shall not take the whole processor.
const BETWEEN_TIMEOUTS: Duration = Duration::from_millis(1);
/// While bytes keep coming, an overdue timer waits for a pause no longer than this.
const OVERDUE: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_hours(24);

/// Why it does not go on.
#[derive(Debug)]
pub(super) enum Halt {
    /// The program stops.
    Stopped,
    /// The connection is lost, or shall be.
    Lost(Loss),
    /// Nobody takes deliveries any more.
    SinkGone,
}

/// One session and all that it needs, over all its connections.
pub(super) struct Driver<'a, S: ?Sized, K, C> {
    pub(super) settings: &'a Settings,
    pub(super) session: &'a mut S,
    pub(super) sink: &'a mut K,
    pub(super) clock: &'a C,
    capture: Option<&'a capture::Writer>,
    pub(super) shutdown: &'a CancellationToken,
    /// Since when, on the monotonic clock, the session is in step on this connection.
    pub(super) in_step_since: Option<Duration>,
    /// Set once the good-bye is under way.
    pub(super) stop_by: Option<Instant>,
    /// When the sink last let go after it had kept us from reading.
    pub(super) unblocked_at: Instant,
    no_timeout_before: Instant,
    /// The connection just ended: the session may know why.
    pub(super) is_ending: bool,
}

impl<S: ?Sized, K, C> fmt::Debug for Driver<'_, S, K, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("pbx", &self.settings.pbx).finish_non_exhaustive()
    }
}

impl<'a, S, K, C> Driver<'a, S, K, C>
where
    S: Session + ?Sized,
    K: LinkSink,
    C: Clock,
{
    pub(super) fn new(
        settings: &'a Settings,
        session: &'a mut S,
        sink: &'a mut K,
        clock: &'a C,
        capture: Option<&'a capture::Writer>,
        shutdown: &'a CancellationToken,
    ) -> Self {
        let now = Instant::now();
        Self {
            settings,
            session,
            sink,
            clock,
            capture,
            shutdown,
            in_step_since: None,
            stop_by: None,
            unblocked_at: now,
            no_timeout_before: now,
            is_ending: false,
        }
    }

    pub(super) fn record(&self, time: Time, entry: Entry) {
        if let Some(capture) = self.capture {
            capture.record(time, entry);
        }
    }

    /// Waits for `future` without a connection; the session's timers fire meanwhile.
    pub(super) async fn attend<F: Future>(&mut self, future: F) -> Result<F::Output, Halt> {
        let mut future = pin!(future);
        let shutdown = self.shutdown;
        loop {
            let timeout_at = self.timeout_at();
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return Err(Halt::Stopped),
                output = &mut future => return Ok(output),
                request = self.sink.wanted() => self.ask(request, None).await?,
                () = maybe(timeout_at) => self.fire(None).await?,
            }
        }
    }

    /// When the session wants to be called.
    pub(super) fn timeout_at(&self) -> Option<Instant> {
        let wanted = self.session.poll_timeout()?;
        let left = wanted.saturating_sub(self.clock.now().monotonic).min(DAY);
        Some((Instant::now() + left).max(self.no_timeout_before))
    }

    /// True when a timer has waited long enough for the bytes to pause.
    pub(super) fn is_overdue(&self) -> bool {
        let Some(wanted) = self.session.poll_timeout() else { return false };
        wanted.saturating_add(OVERDUE) <= self.clock.now().monotonic && self.unblocked_at + OVERDUE <= Instant::now()
    }

    pub(super) async fn fire(&mut self, outgoing: Option<&mut Outgoing>) -> Result<(), Halt> {
        self.session.timeout(self.clock.now());
        self.no_timeout_before = Instant::now() + BETWEEN_TIMEOUTS;
        self.pump(outgoing).await
    }

    pub(super) async fn ask(&mut self, request: Request, outgoing: Option<&mut Outgoing>) -> Result<(), Halt> {
        self.session.request(request, self.clock.now());
        self.pump(outgoing).await
    }

    /// Does all that the session wants done. Without a connection there is nothing to send on and nothing to give up, but at its end
    /// the session may say what it meant that the PBX closed it.
    pub(super) async fn pump(&mut self, mut outgoing: Option<&mut Outgoing>) -> Result<(), Halt> {
        let mut batch = Vec::new();
        let mut loss = None;
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Send { bytes, shown } => {
                    if let Some(outgoing) = outgoing.as_deref_mut()
                        && loss.is_none()
                    {
                        loss = outgoing.push(&bytes).err();
                        self.record(self.clock.now().wall, Entry::Out(shown.unwrap_or(bytes)));
                    }
                }
                Output::Disconnect(fault) => {
                    if outgoing.is_some() || self.is_ending {
                        loss.get_or_insert(fault.into());
                    }
                }
                Output::Event(event) => batch.push(Delivery::Event(event)),
                Output::Status(status) => {
                    self.note(status);
                    batch.push(Delivery::Status(status));
                }
                Output::Notice(notice) => batch.push(Delivery::Notice(notice)),
                Output::Dee(report) => batch.push(Delivery::Dee(report)),
            }
            if batch.len() >= BATCH_MAX {
                self.deliver(mem::take(&mut batch), outgoing.as_deref_mut()).await?;
            }
        }
        if !batch.is_empty() {
            self.deliver(batch, outgoing).await?;
        }
        loss.map_or(Ok(()), |loss| Err(Halt::Lost(loss)))
    }

    fn note(&mut self, status: Status) {
        match status {
            Status::InStep => {
                let now = self.clock.now().monotonic;
                self.in_step_since.get_or_insert(now);
            }
            Status::Down | Status::LoggingIn => self.in_step_since = None,
            Status::Resynchronising => {}
        }
    }

    /// Something that the link itself has to say.
    pub(super) async fn tell(&mut self, delivery: Delivery) -> Result<(), Halt> {
        self.deliver(vec![delivery], None).await
    }

    /// Waits until the sink has taken the batch. What is to be sent goes on being sent.
    async fn deliver(&mut self, batch: Vec<Delivery>, mut outgoing: Option<&mut Outgoing>) -> Result<(), Halt> {
        let (deliveries, began) = (batch.len(), Instant::now());
        let mut loss = None;
        let is_taken = {
            let mut delivery = pin!(self.sink.deliver(batch));
            let mut too_late = pin!(too_late(self.shutdown, self.stop_by, self.settings.stop_timeout));
            loop {
                let is_sending = loss.is_none() && outgoing.as_ref().is_some_and(|outgoing| !outgoing.is_done());
                tokio::select! {
                    biased;
                    result = &mut delivery => {
                        result.map_err(|SinkGone| Halt::SinkGone)?;
                        break true;
                    }
                    () = &mut too_late => break false,
                    result = progress(outgoing.as_deref_mut()), if is_sending => loss = result.err(),
                }
            }
        };
        if !is_taken {
            self.stop_by = Some(Instant::now());
            warn!(pbx = self.settings.pbx, deliveries, "what the PBX said last was not taken before the program had to stop");
            return Err(Halt::Stopped);
        }
        if began.elapsed() > BLOCKED {
            self.unblocked_at = Instant::now();
        }
        loss.map_or(Ok(()), |loss| Err(Halt::Lost(loss)))
    }
}

async fn progress(outgoing: Option<&mut Outgoing>) -> Result<(), Loss> {
    match outgoing {
        Some(outgoing) => outgoing.progress().await,
        None => pending().await,
    }
}

async fn too_late(shutdown: &CancellationToken, stop_by: Option<Instant>, stop_timeout: Duration) {
    if let Some(stop_by) = stop_by {
        sleep_until(stop_by).await;
    } else {
        shutdown.cancelled().await;
        sleep(stop_timeout).await;
    }
}

/// Sleeps until then; for ever, if there is no then.
pub(super) async fn maybe(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}
