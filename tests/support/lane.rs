//! Ports that nobody else has: a test takes a lane, and with it a block of ports, for as long as it runs.

use std::fs::{self, File, TryLockError};
use std::net::{TcpListener, UdpSocket};

use anyhow::{Context, Result, bail};

use super::program::target;

const LANES: u16 = 24;

/// A block of ports, held by a locked file and proven to be free.
pub(crate) struct Lane {
    number: u16,
    _held: File,
}

impl Lane {
    pub(crate) fn take() -> Result<Self> {
        let folder = target().join("tmp/lanes");
        fs::create_dir_all(&folder)?;
        for number in 0..LANES {
            let path = folder.join(number.to_string());
            let held = File::create(&path).with_context(|| format!("{}", path.display()))?;
            match held.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            let lane = Self { number, _held: held };
            if lane.is_free() {
                return Ok(lane);
            }
        }
        bail!("none of {LANES} blocks of ports is free: something else uses them")
    }

    fn is_free(&self) -> bool {
        let tcp = [self.ami(), self.ami_tls(), self.http(), self.other()];
        let udp = [("127.0.0.1".to_owned(), self.sip()), (self.trunk_address(), self.trunk())];
        tcp.iter().all(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
            && udp.iter().all(|at| UdpSocket::bind((at.0.as_str(), at.1)).is_ok())
    }

    pub(crate) fn ami(&self) -> u16 {
        16_100 + 2 * self.number
    }

    pub(crate) fn ami_tls(&self) -> u16 {
        self.ami() + 1
    }

    /// Metrics and health of the daemon.
    pub(crate) fn http(&self) -> u16 {
        16_200 + 2 * self.number
    }

    /// Something that only pretends to be a PBX.
    pub(crate) fn other(&self) -> u16 {
        self.http() + 1
    }

    /// The lab gives its telephones the media ports from 23000 + 400 × (this port mod 50) on.
    pub(crate) fn sip(&self) -> u16 {
        16_000 + 2 * self.number
    }

    pub(crate) fn trunk_address(&self) -> String {
        format!("127.0.3.{}", self.number + 1)
    }

    pub(crate) fn trunk(&self) -> u16 {
        16_300 + self.number
    }

    /// Media ports of the telephones.
    pub(crate) fn phones_media(&self) -> u16 {
        23_000 + 800 * self.number
    }

    /// Media ports of the PBX.
    pub(crate) fn pbx_media(&self) -> (u16, u16) {
        (43_000 + 400 * self.number, 43_399 + 400 * self.number)
    }
}
