//! What waits to be sent, bounded in bytes and in time.

use std::fmt;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use super::error::Loss;
use super::settings::Settings;
use super::tls;

/// The sending half of a connection.
pub(super) struct Outgoing {
    writer: Box<dyn AsyncWrite + Send + Unpin>,
    waiting: BytesMut,
    is_flushed: bool,
    bytes_max: usize,
    timeout: Duration,
    /// The PBX must have taken something by then.
    deadline: Instant,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").field("waiting", &self.waiting.len()).finish_non_exhaustive()
    }
}

impl Outgoing {
    pub(super) fn new(writer: impl AsyncWrite + Send + Unpin + 'static, settings: &Settings) -> Self {
        Self {
            writer: Box::new(writer),
            waiting: BytesMut::new(),
            is_flushed: true,
            bytes_max: settings.write_bytes_max,
            timeout: settings.write_timeout,
            deadline: Instant::now(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.is_flushed
    }

    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Loss> {
        if self.waiting.len() + bytes.len() > self.bytes_max {
            return Err(Loss::WriteBufferFull(self.bytes_max));
        }
        if self.is_done() {
            self.deadline = Instant::now() + self.timeout;
        }
        self.waiting.extend_from_slice(bytes);
        Ok(())
    }

    /// Sends some. May be dropped at any await without losing anything; resolves at once when nothing is to do.
    pub(super) async fn progress(&mut self) -> Result<(), Loss> {
        let Self { writer, waiting, is_flushed, deadline, timeout, .. } = self;
        let step = async {
            if waiting.is_empty() {
                writer.flush().await?;
                *is_flushed = true;
            } else {
                *is_flushed = false;
                if writer.write_buf(waiting).await? == 0 {
                    return Err(std::io::ErrorKind::BrokenPipe.into());
                }
            }
            Ok(())
        };
        match timeout_at(*deadline, step).await {
            Ok(Ok(())) => {
                *deadline = Instant::now() + *timeout;
                Ok(())
            }
            Ok(Err(error)) => Err(tls::loss(error)),
            Err(_) => Err(Loss::WriteStalled(*timeout)),
        }
    }

    /// Sends the rest and closes, as far as that goes in the time.
    pub(super) async fn finish(mut self, deadline: Instant) {
        let goodbye = async {
            while !self.is_done() {
                if self.progress().await.is_err() {
                    return;
                }
            }
            self.writer.shutdown().await.ok();
        };
        timeout_at(deadline, goodbye).await.ok();
    }
}
