//! Why there is no connection.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use rustls::pki_types::pem;

use crate::pbx::session::Fault;

/// How far a connection had come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Looking up the name.
    Name,
    /// Opening TCP.
    Tcp,
    /// The TLS handshake.
    Tls,
}

/// Why no connection could be made.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name has no address.
    #[error("no address is known for host {host:?}; check the name, and the DNS of this machine")]
    Name {
        /// The name.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nobody listens.
    #[error("{target} refuses connections; is the PBX running, and does it listen on this port for this machine?")]
    Refused {
        /// Where to.
        target: String,
    },
    /// No answer.
    #[error("{}", timed_out(target, *stage, *after))]
    TimedOut {
        /// Where to.
        target: String,
        /// How far it came.
        stage: Stage,
        /// The limit.
        after: Duration,
    },
    /// Broken off by the other end or something between.
    #[error("{target} reset the connection while it was being opened; does a firewall or an access list of the PBX forbid this machine?")]
    Reset {
        /// Where to.
        target: String,
    },
    /// Anything else on the way.
    #[error("cannot reach {target}")]
    Unreachable {
        /// Where to.
        target: String,
        /// What the system says.
        source: io::Error,
    },
    /// The handshake failed.
    #[error("TLS with {target} failed")]
    Tls {
        /// Where to.
        target: String,
        /// Why.
        source: TlsError,
    },
    /// The handshake cannot even begin.
    #[error("TLS cannot be used as it is configured")]
    TlsSettings(#[from] TlsSettingsError),
}

impl ConnectError {
    /// One word for it, from a closed set: a label for counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Name { .. } => "name",
            Self::Refused { .. } => "refused",
            Self::TimedOut { .. } => "timed_out",
            Self::Reset { .. } => "reset",
            Self::Unreachable { .. } => "unreachable",
            Self::Tls { .. } => "tls",
            Self::TlsSettings(_) => "tls_settings",
        }
    }

    /// True where a retry will not help until somebody changes a configuration.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::TlsSettings(_) => true,
            Self::Tls { source, .. } => source.is_configuration(),
            Self::Name { .. } | Self::Refused { .. } | Self::TimedOut { .. } | Self::Reset { .. } | Self::Unreachable { .. } => false,
        }
    }
}

fn timed_out(target: &str, stage: Stage, after: Duration) -> String {
    match stage {
        Stage::Name => format!("looking up {target} took longer than {after:?}; check the DNS of this machine"),
        Stage::Tcp => format!("{target} did not answer within {after:?}; is the machine up, and does a firewall let the port through?"),
        Stage::Tls => format!("{target} did not finish the TLS handshake within {after:?}; is this the PBX's TLS port?"),
    }
}

/// What is wrong between two ends of TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The PBX's certificate is from an authority that is not trusted.
    #[error("the PBX's certificate comes from an authority that is not trusted here; name that authority's certificate as CA file")]
    UnknownAuthority,
    /// The PBX's certificate (or its authority's) is out of date.
    #[error("the PBX's certificate has expired{0}; it must be renewed there")]
    Expired(String),
    /// The PBX's certificate is for later.
    #[error("the PBX's certificate is not valid yet; compare the clocks of the two machines")]
    NotYetValid,
    /// The PBX's certificate is for somebody else.
    #[error("the PBX's certificate is not for {expected:?} but for {presented}; set the host or the server name to a name that it bears")]
    WrongName {
        /// The name that was expected.
        expected: String,
        /// The names that it bears.
        presented: String,
    },
    /// The PBX's certificate is unfit for another reason.
    #[error("the PBX's certificate cannot be accepted: {0}")]
    UnfitCertificate(String),
    /// The PBX does not like our certificate, or the lack of one.
    #[error("the PBX refuses our client certificate, or wants one that is not configured ({0})")]
    ClientRefused(String),
    /// No version or cipher in common.
    #[error("the PBX speaks no TLS that is secure enough (TLS 1.2 or 1.3 is needed): {0}")]
    Incompatible(String),
    /// Not TLS at all.
    #[error("the PBX does not speak TLS on this port; use its TLS port, or switch TLS off here")]
    NotTls,
    /// The connection ended in the middle.
    #[error(
        "the connection was closed in the middle of the handshake; does the PBX speak TLS on this port, and has it a certificate and key?"
    )]
    Truncated,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl TlsError {
    /// True where a retry will not help until somebody changes a configuration.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Truncated | Self::Other(_) => false,
            Self::UnknownAuthority
            | Self::Expired(_)
            | Self::NotYetValid
            | Self::WrongName { .. }
            | Self::UnfitCertificate(_)
            | Self::ClientRefused(_)
            | Self::Incompatible(_)
            | Self::NotTls => true,
        }
    }
}

/// What is wrong with the TLS settings.
#[derive(Debug, thiserror::Error)]
pub enum TlsSettingsError {
    /// The system trusts nobody.
    #[error("this machine has no certificate authorities to trust; install its ca-certificates package, or name a CA file ({0})")]
    NoSystemRoots(String),
    /// A file cannot be used.
    #[error("cannot read {what} from {file}")]
    File {
        /// What was looked for.
        what: &'static str,
        /// Where.
        file: PathBuf,
        /// What is wrong.
        source: pem::Error,
    },
    /// A file has nothing of use.
    #[error("{file} holds no {what} in PEM form")]
    Empty {
        /// What was looked for.
        what: &'static str,
        /// Where.
        file: PathBuf,
    },
    /// A CA file's certificate cannot be used.
    #[error("a certificate in {file} cannot be trusted: {reason}")]
    UnfitRoot {
        /// Where.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// One without the other.
    #[error("a client certificate needs both a certificate file and a key file")]
    HalfIdentity,
    /// They do not belong together, or the key is of no known kind.
    #[error("certificate {certificate_file} and key {key_file} cannot be used together: {reason}")]
    UnfitIdentity {
        /// The certificate.
        certificate_file: PathBuf,
        /// The key.
        key_file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The name is none.
    #[error("{0:?} is neither a host name nor an IP address that a certificate could bear; set the server name")]
    ServerName(String),
    /// The TLS library is not in order.
    #[error("the TLS library refuses its own defaults: {0}")]
    Library(String),
}

/// Why a connection ended that had been made.
#[derive(Debug, thiserror::Error)]
pub enum Loss {
    /// The PBX closed it.
    #[error("the PBX closed the connection")]
    ClosedByPeer,
    /// It was broken off.
    #[error("the connection was reset")]
    Reset,
    /// Nothing came for too long.
    #[error("nothing came from the PBX for {0:?}")]
    Idle(Duration),
    /// Nothing went for too long.
    #[error("the PBX took nothing of what was sent for {0:?}")]
    WriteStalled(Duration),
    /// Too much waits to be sent.
    #[error("more than {0} bytes wait for the PBX to take them")]
    WriteBufferFull(usize),
    /// TLS broke.
    #[error("TLS failed")]
    Tls(#[source] TlsError),
    /// Anything else that the system says.
    #[error("the connection broke")]
    Io(#[source] io::Error),
    /// The session gave it up.
    #[error(transparent)]
    Fault(#[from] Fault),
}

impl Loss {
    /// One word for it, from a closed set: a label for counters.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ClosedByPeer => "closed_by_peer",
            Self::Reset => "reset",
            Self::Idle(_) => "idle",
            Self::WriteStalled(_) | Self::WriteBufferFull(_) => "write_stalled",
            Self::Tls(_) => "tls",
            Self::Io(_) => "io",
            Self::Fault(Fault::WrongPeer(_)) => "wrong_peer",
            Self::Fault(Fault::LoginRefused(_)) => "login_refused",
            Self::Fault(Fault::ClosedAtLogin(_)) => "closed_at_login",
            Self::Fault(Fault::Unusable(_)) => "unusable",
            Self::Fault(Fault::Silent(_)) => "silent",
            Self::Fault(Fault::ShuttingDown(_)) => "shutting_down",
            Self::Fault(Fault::Protocol(_)) => "protocol",
        }
    }

    /// True where a retry will not help until somebody changes a configuration.
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::Fault(fault) => fault.is_configuration(),
            Self::Tls(error) => error.is_configuration(),
            Self::ClosedByPeer | Self::Reset | Self::Idle(_) | Self::WriteStalled(_) | Self::WriteBufferFull(_) | Self::Io(_) => false,
        }
    }

    /// True where the other end did it.
    pub(super) fn is_by_peer(&self) -> bool {
        matches!(self, Self::ClosedByPeer | Self::Reset | Self::Io(_) | Self::Tls(_))
    }
}
