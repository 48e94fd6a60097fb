//! TLS for the library, with the name that the certificate must bear.

use rustls::ClientConfig;
use tokio_postgres::Socket;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

/// The usual connector, with another name than the host's where one is configured.
#[derive(Clone)]
pub(super) struct Named {
    connector: MakeRustlsConnect,
    name: Option<String>,
}

impl Named {
    pub(super) fn new(config: ClientConfig, name: Option<String>) -> Self {
        Self { connector: MakeRustlsConnect::new(config), name }
    }
}

impl MakeTlsConnect<Socket> for Named {
    type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;
    type TlsConnect = <MakeRustlsConnect as MakeTlsConnect<Socket>>::TlsConnect;
    type Error = std::convert::Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, Self::Error> {
        let name = self.name.as_deref().unwrap_or(host);
        MakeTlsConnect::<Socket>::make_tls_connect(&mut self.connector, name)
    }
}
