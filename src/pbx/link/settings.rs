//! What a link needs to know.

use std::path::PathBuf;
use std::time::Duration;

use crate::pbx::backoff::Steps;

/// How to reach a PBX, and how patient to be with it.
#[derive(Clone, PartialEq, Debug)]
pub struct Settings {
    /// What this PBX is called in logs.
    pub pbx: String,
    /// Host name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// TLS; `None` for plain TCP.
    pub tls: Option<TlsSettings>,
    /// For everything until the connection can be used: name, TCP and TLS handshake.
    pub connect_timeout: Duration,
    /// A connection on which nothing comes for so long is given up, whatever the session thinks. A safety net: the session's own
    /// keep-alive should be quicker.
    pub idle_timeout: Duration,
    /// A PBX that takes none of what is to be sent for so long is given up.
    pub write_timeout: Duration,
    /// So many bytes may wait to be sent.
    pub write_bytes_max: usize,
    /// For the good-bye when the program stops.
    pub stop_timeout: Duration,
    /// Waits between connections, for failures that pass.
    pub quick: Steps,
    /// Waits between connections, for failures that need somebody to change a configuration.
    pub slow: Steps,
    /// A session in step for so long was well: the waits start at their shortest again.
    pub stable_after: Duration,
    /// A lasting failure is summed up in the log so often.
    pub summary_every: Duration,
}

impl Settings {
    /// Plain TCP and the defaults: connect within 10 s, idle 3 min, write within 10 s, 1 MiB to send, stop within 2 s.
    pub fn new(pbx: impl Into<String>, host: impl Into<String>, port: u16) -> Self {
        Self {
            pbx: pbx.into(),
            host: host.into(),
            port,
            tls: None,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_mins(3),
            write_timeout: Duration::from_secs(10),
            write_bytes_max: 1024 * 1024,
            stop_timeout: Duration::from_secs(2),
            quick: Steps::quick(),
            slow: Steps::slow(),
            stable_after: Duration::from_secs(30),
            summary_every: Duration::from_mins(10),
        }
    }
}

/// Whom to trust, and how to show who we are. The files are read anew for each connection, so that renewed ones are taken.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TlsSettings {
    /// PEM file with the certificate authorities to trust *instead of* the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file with our certificate (and what leads from it to its authority), if the PBX asks for one.
    pub certificate_file: Option<PathBuf>,
    /// PEM file with the private key of that certificate, not encrypted.
    pub key_file: Option<PathBuf>,
    /// The name that the PBX's certificate bears, where that is not [`Settings::host`].
    pub server_name: Option<String>,
}
