//! The link: the only sockets towards a PBX. It connects (TCP or TLS), drives one session and connects again.
//!
//! In: the session's wishes ([`Session::poll_output`]), what the PBX sends, and what the rest of the program wants of the session
//! ([`LinkSink::wanted`]). Out: [`Delivery`] to a [`LinkSink`], and a capture if wanted. No protocol is known here.
//!
//! Promises:
//! - **Bounded.** At most 64 KiB are read before the session has taken them and the sink has taken what came of them. The bytes
//!   that wait to be sent are bounded by [`Settings::write_bytes_max`]; a PBX that does not take them is disconnected.
//! - **Back-pressure.** While the sink is full nothing is read and no timer of the session fires. The PBX's own buffers fill; Asterisk
//!   then cuts the connection once a write of its own takes longer than its `writetimeout`, and the gap rules apply.
//!   Afterwards what waits in the socket is read before a timer fires, so that our own delay is not held against the PBX.
//! - **Every failure has a name** ([`ConnectError`], [`Loss`]) and one warning; the same again is logged at debug and summed up from time to time.
//! - **The last sign of life** is what the session gets with [`Session::closed`]: when bytes last came, not when the loss was noticed.

mod connect;
mod connection;
mod driver;
mod error;
mod outgoing;
mod pinned;
mod probe;
mod settings;
mod sink;
mod tls;
mod trouble;

use std::error::Error;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::pbx::backoff::{Backoff, Ladder};
use crate::pbx::capture;
use crate::pbx::session::Session;
use crate::telephony::Now;

pub use error::{ConnectError, Loss, Stage, TlsError, TlsSettingsError};
pub use probe::{ProbeFailure, ProbeReport, probe};
pub use settings::{Settings, TlsSettings};
pub use sink::{Asker, Delivery, Duct, LinkSink, SinkGone};

use driver::{Driver, Halt};
use trouble::{Say, Trouble};

/// Where the link reads both clocks. Any `Fn() -> Now` is one.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Now;
}

impl<F: Fn() -> Now + Send + Sync> Clock for F {
    fn now(&self) -> Now {
        self()
    }
}

/// Keeps `session` connected until `shutdown`, then says good-bye and closes within [`Settings::stop_timeout`].
///
/// `rng` spreads the waits between connections; the same seed gives the same waits.
pub async fn run<S, K, C>(
    settings: &Settings,
    session: &mut S,
    sink: &mut K,
    clock: &C,
    capture: Option<capture::Writer>,
    rng: fastrand::Rng,
    shutdown: &CancellationToken,
) -> Result<(), SinkGone>
where
    S: Session + ?Sized,
    K: LinkSink,
    C: Clock,
{
    let driver = Driver::new(settings, session, sink, clock, capture.as_ref(), shutdown);
    let backoff = Backoff::new(settings.quick, settings.slow, rng);
    let result = keep_connected(driver, backoff).await;
    if let Some(capture) = capture
        && let Ok(report) = tokio::task::spawn_blocking(move || capture.close()).await
    {
        let capture::CloseReport { written, dropped } = report;
        if dropped > 0 {
            warn!(pbx = settings.pbx, written, dropped, "the capture is closed and not whole");
        } else {
            debug!(pbx = settings.pbx, written, "capture closed");
        }
    }
    result
}

async fn keep_connected<S, K, C>(mut driver: Driver<'_, S, K, C>, mut backoff: Backoff) -> Result<(), SinkGone>
where
    S: Session + ?Sized,
    K: LinkSink,
    C: Clock,
{
    let settings = driver.settings;
    let mut trouble = Trouble::new(settings.summary_every);
    loop {
        let (reason, kind, is_configuration) = match driver.attend(connect::connect(settings)).await {
            Err(Halt::SinkGone) => return Err(SinkGone),
            Err(Halt::Stopped | Halt::Lost(_)) => return Ok(()),
            Ok(Err(error)) => (chain(&error), error.kind(), error.is_configuration()),
            Ok(Ok(connected)) => {
                if trouble.is_over() {
                    info!(pbx = settings.pbx, address = %connected.address, tls = connected.tls, "connected");
                } else {
                    debug!(pbx = settings.pbx, address = %connected.address, tls = connected.tls, "connected");
                }
                let ended = driver.serve(connected).await;
                if let Some(lasted) = ended.in_step_for {
                    trouble.over();
                    if lasted >= settings.stable_after {
                        backoff.reset();
                    }
                }
                match ended.halt {
                    Halt::Stopped => {
                        info!(pbx = settings.pbx, "disconnected, as the program stops");
                        return Ok(());
                    }
                    Halt::SinkGone => return Err(SinkGone),
                    Halt::Lost(loss) => (chain(&loss), loss.kind(), loss.is_configuration()),
                }
            }
        };
        let wait = backoff.next(if is_configuration { Ladder::Slow } else { Ladder::Quick });
        report(settings, &mut trouble, &reason, wait, driver.clock.now().monotonic);
        let result = match driver.tell(Delivery::Disconnected { kind, is_configuration, reason, retry_in: wait }).await {
            Ok(()) => driver.attend(tokio::time::sleep(wait)).await,
            Err(halt) => Err(halt),
        };
        match result {
            Ok(()) => {}
            Err(Halt::SinkGone) => return Err(SinkGone),
            Err(Halt::Stopped | Halt::Lost(_)) => return Ok(()),
        }
    }
}

fn report(settings: &Settings, trouble: &mut Trouble, reason: &str, wait: Duration, now: Duration) {
    let (pbx, address, retry_s) = (&settings.pbx, format!("{}:{}", settings.host, settings.port), wait.as_secs_f64());
    match trouble.failed(reason, now) {
        Say::First => warn!(pbx, address, error = reason, retry_s, "no connection to the PBX"),
        Say::Again { times } => debug!(pbx, address, error = reason, retry_s, times, "still no connection to the PBX"),
        Say::Summary { attempts, lasting } => {
            let lasting_s = lasting.as_secs();
            warn!(pbx, address, error = reason, retry_s, attempts, lasting_s, "still no connection to the PBX");
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
