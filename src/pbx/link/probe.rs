//! Tries a PBX once: connects, lets the session come in step, and leaves.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::connect::connect;
use super::driver::{Driver, Halt};
use super::error::{ConnectError, Loss};
use super::settings::Settings;
use super::sink::{Delivery, LinkSink, SinkGone};
use super::{Clock, Session};
use crate::pbx::session::{Notice, Status};

/// Remarks beyond this are left out.
const REMARKS_MAX: usize = 64;

/// What a trial found.
#[derive(Debug)]
pub struct ProbeReport {
    /// The address that answered, once a connection was made.
    pub address: Option<SocketAddr>,
    /// TLS version and cipher, where TLS is used.
    pub tls: Option<String>,
    /// How far the session came.
    pub status: Status,
    /// How long that took.
    pub took: Duration,
    /// What the session remarked on the way, the taking of single messages left out; 64 at most.
    pub remarks: Vec<Notice>,
    /// Why it came no further; `None` when it came in step.
    pub failure: Option<ProbeFailure>,
}

/// Why a trial did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeFailure {
    /// No connection could be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The connection did not last, or the session gave it up.
    #[error(transparent)]
    Lost(#[from] Loss),
    /// It took too long.
    #[error("the session was not in step within {0:?}")]
    Late(Duration),
}

/// Connects once and lets the session run until it is in step, gives up, or `deadline` has passed since the connection was
/// made; then says good-bye.
pub async fn probe<S, C>(settings: &Settings, session: &mut S, clock: &C, deadline: Duration) -> ProbeReport
where
    S: Session + ?Sized,
    C: Clock,
{
    let began = clock.now().monotonic;
    let enough = CancellationToken::new();
    let mut witness = Witness { enough: enough.clone(), furthest: Status::Down, remarks: Vec::new(), in_step_at: None, clock };
    let (mut address, mut tls) = (None, None);
    let failure = match connect(settings).await {
        Err(error) => Some(error.into()),
        Ok(connected) => {
            address = Some(connected.address);
            tls.clone_from(&connected.tls);
            let mut driver = Driver::new(settings, session, &mut witness, clock, None, &enough);
            let halt = {
                let mut serving = pin!(driver.serve(connected));
                tokio::select! {
                    ended = &mut serving => ended.halt,
                    () = sleep(deadline) => {
                        enough.cancel();
                        serving.await.halt
                    }
                }
            };
            match halt {
                _ if witness.furthest == Status::InStep => None,
                Halt::Lost(loss) => Some(loss.into()),
                Halt::Stopped | Halt::SinkGone => Some(ProbeFailure::Late(deadline)),
            }
        }
    };
    let took = witness.in_step_at.unwrap_or_else(|| clock.now().monotonic).saturating_sub(began);
    ProbeReport { address, tls, status: witness.furthest, took, remarks: witness.remarks, failure }
}

struct Witness<'a, C> {
    enough: CancellationToken,
    furthest: Status,
    remarks: Vec<Notice>,
    in_step_at: Option<Duration>,
    clock: &'a C,
}

impl<C: Clock> LinkSink for Witness<'_, C> {
    async fn deliver(&mut self, batch: Vec<Delivery>) -> Result<(), SinkGone> {
        for delivery in batch {
            match delivery {
                Delivery::Status(Status::InStep) => {
                    self.furthest = Status::InStep;
                    self.in_step_at.get_or_insert(self.clock.now().monotonic);
                    self.enough.cancel();
                }
                Delivery::Status(Status::Down) | Delivery::Notice(Notice::Message { .. }) => {}
                Delivery::Status(status) if self.furthest != Status::InStep => self.furthest = status,
                Delivery::Notice(remark) if self.remarks.len() < REMARKS_MAX => self.remarks.push(remark),
                Delivery::Status(_)
                | Delivery::Notice(_)
                | Delivery::Connected { .. }
                | Delivery::Disconnected { .. }
                | Delivery::Event(_)
                | Delivery::Dee(_) => {}
            }
        }
        Ok(())
    }
}
