//! From a host and a port to a connection that can be used.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;

use super::error::{ConnectError, Stage, TlsSettingsError};
use super::settings::Settings;
use super::tls::{self, Tls};

/// A name with more addresses than this is not a PBX's.
const ADDRESSES_MAX: usize = 8;

/// Both directions of a connection, TLS or not.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// An open connection.
pub(super) struct Connected {
    pub(super) stream: Box<dyn Duplex>,
    pub(super) address: SocketAddr,
    /// Version and cipher.
    pub(super) tls: Option<String>,
}

impl fmt::Debug for Connected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("address", &self.address).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Connects, within [`Settings::connect_timeout`].
pub(super) async fn connect(settings: &Settings) -> Result<Connected, ConnectError> {
    let deadline = Instant::now() + settings.connect_timeout;
    let tls = load(settings).await?;
    let addresses = resolve(settings, deadline).await?;
    let (stream, address) = open(settings, &addresses, deadline).await?;
    // Commands are short and wanted now. Where the system refuses, they are merely slower.
    stream.set_nodelay(true).ok();
    match tls {
        None => Ok(Connected { stream: Box::new(stream), address, tls: None }),
        Some(tls) => shake_hands(settings, stream, address, tls, deadline).await,
    }
}

async fn load(settings: &Settings) -> Result<Option<Tls>, ConnectError> {
    let Some(tls) = settings.tls.clone() else { return Ok(None) };
    let host = settings.host.clone();
    let loaded = tokio::task::spawn_blocking(move || tls.load(&host)).await;
    match loaded {
        Ok(tls) => Ok(Some(tls?)),
        Err(error) => Err(TlsSettingsError::Library(error.to_string()).into()),
    }
}

fn timed_out(settings: &Settings, stage: Stage) -> ConnectError {
    let target = match stage {
        Stage::Name => settings.host.clone(),
        Stage::Tcp | Stage::Tls => target(settings, None),
    };
    ConnectError::TimedOut { target, stage, after: settings.connect_timeout }
}

/// What the configuration says, and what became of it where that is something else.
fn target(settings: &Settings, address: Option<SocketAddr>) -> String {
    let configured = if settings.host.contains(':') {
        format!("[{}]:{}", settings.host, settings.port)
    } else {
        format!("{}:{}", settings.host, settings.port)
    };
    match address.map(|address| address.to_string()) {
        Some(address) if address != configured => format!("{configured} ({address})"),
        _ => configured,
    }
}

async fn resolve(settings: &Settings, deadline: Instant) -> Result<Vec<SocketAddr>, ConnectError> {
    let unknown = |source| ConnectError::Name { host: settings.host.clone(), source };
    let found = timeout_at(deadline, lookup_host((settings.host.as_str(), settings.port))).await;
    let found = found.map_err(|_| timed_out(settings, Stage::Name))?.map_err(unknown)?;
    let addresses: Vec<_> = found.take(ADDRESSES_MAX).collect();
    if addresses.is_empty() {
        return Err(unknown(io::Error::other("the answer is empty")));
    }
    Ok(addresses)
}

/// Tries one address after the other; each may take its even share of the time that is left.
async fn open(settings: &Settings, addresses: &[SocketAddr], deadline: Instant) -> Result<(TcpStream, SocketAddr), ConnectError> {
    let mut telling = None;
    for (tried, &address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let error = match timeout_at(Instant::now() + share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((stream, address)),
            Ok(Err(error)) => refusal(target(settings, Some(address)), error),
            Err(_) => timed_out(settings, Stage::Tcp),
        };
        // That this machine has, say, no IPv6 tells less than what another address answered.
        if matches!(telling, None | Some(ConnectError::Unreachable { .. })) {
            telling = Some(error);
        }
    }
    Err(telling.unwrap_or_else(|| timed_out(settings, Stage::Tcp)))
}

fn refusal(target: String, error: io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused { target },
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => ConnectError::Reset { target },
        _ => ConnectError::Unreachable { target, source: error },
    }
}

async fn shake_hands(
    settings: &Settings,
    stream: TcpStream,
    address: SocketAddr,
    tls: Tls,
    deadline: Instant,
) -> Result<Connected, ConnectError> {
    let handshake = TlsConnector::from(tls.config).connect(tls.server_name, stream);
    match timeout_at(deadline, handshake).await {
        Err(_) => Err(timed_out(settings, Stage::Tls)),
        Ok(Ok(stream)) => {
            let connection = stream.get_ref().1;
            let version = connection.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
            let cipher = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
            Ok(Connected { stream: Box::new(stream), address, tls: Some(format!("{version} {cipher}")) })
        }
        Ok(Err(error)) => {
            let target = target(settings, Some(address));
            match tls::handshake_error(&error) {
                Some(source) => Err(ConnectError::Tls { target, source }),
                None => Err(refusal(target, error)),
            }
        }
    }
}
