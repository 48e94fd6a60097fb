//! TLS: files to a configuration, and the library's errors to ours.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, RootCertStore};

use super::error::{Loss, TlsError, TlsSettingsError};
use super::pinned::Pinned;
use super::settings::TlsSettings;
use crate::telephony::Time;

/// What a handshake needs.
#[derive(Debug)]
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) server_name: ServerName<'static>,
}

impl TlsSettings {
    /// Reads all files, as every connection does, to find what is wrong with them. Blocks.
    pub fn check(&self, host: &str) -> Result<(), TlsSettingsError> {
        self.load(host).map(drop)
    }

    /// For other clients than a link: reads all files, with `host` for the name where none is set. Blocks.
    pub(crate) fn client(&self, host: &str) -> Result<Arc<ClientConfig>, TlsSettingsError> {
        Ok(self.load(host)?.config)
    }

    /// Reads all files. Blocks.
    pub(super) fn load(&self, host: &str) -> Result<Tls, TlsSettingsError> {
        let name = self.server_name.as_deref().unwrap_or(host);
        let server_name = ServerName::try_from(name.to_owned()).map_err(|_| TlsSettingsError::ServerName(name.to_owned()))?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = self.verifier(&provider)?;
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsSettingsError::Library(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let config = match (&self.certificate_file, &self.key_file) {
            (None, None) => builder.with_no_client_auth(),
            (Some(certificate_file), Some(key_file)) => {
                let chain = certificates(certificate_file)?;
                let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| unreadable("private key", key_file, error))?;
                builder.with_client_auth_cert(chain, key).map_err(|error| TlsSettingsError::UnfitIdentity {
                    certificate_file: certificate_file.clone(),
                    key_file: key_file.clone(),
                    reason: error.to_string(),
                })?
            }
            _ => return Err(TlsSettingsError::HalfIdentity),
        };
        Ok(Tls { config: Arc::new(config), server_name })
    }

    /// The library's own verifier, and beside it the PBX's own certificate where that is what the CA file holds.
    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, TlsSettingsError> {
        let mut trusted = Vec::new();
        let roots = Arc::new(self.roots(&mut trusted)?);
        let usual = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
        let usual = usual.map_err(|error| TlsSettingsError::Library(error.to_string()))?;
        Ok(if trusted.is_empty() { usual } else { Arc::new(Pinned { usual, trusted }) })
    }

    fn roots(&self, trusted: &mut Vec<CertificateDer<'static>>) -> Result<RootCertStore, TlsSettingsError> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &self.ca_file {
            for certificate in certificates(file)? {
                trusted.push(certificate.clone());
                roots.add(certificate).map_err(|error| TlsSettingsError::UnfitRoot { file: file.clone(), reason: error.to_string() })?;
            }
        } else {
            let found = rustls_native_certs::load_native_certs();
            let (added, _) = roots.add_parsable_certificates(found.certs);
            if added == 0 {
                let reason = found.errors.first().map_or_else(|| "none found".to_owned(), ToString::to_string);
                return Err(TlsSettingsError::NoSystemRoots(reason));
            }
        }
        Ok(roots)
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSettingsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| unreadable("certificates", file, error))?;
    if certificates.is_empty() {
        return Err(TlsSettingsError::Empty { what: "certificate", file: file.to_owned() });
    }
    Ok(certificates)
}

fn unreadable(what: &'static str, file: &Path, error: pem::Error) -> TlsSettingsError {
    match error {
        pem::Error::NoItemsFound => TlsSettingsError::Empty { what, file: file.to_owned() },
        source => TlsSettingsError::File { what, file: file.to_owned(), source },
    }
}

/// What went wrong in a handshake. `None`: nothing of TLS, the connection itself.
pub(super) fn handshake_error(error: &io::Error) -> Option<TlsError> {
    match inner(error) {
        Some(inner) => Some(classify(inner)),
        None if error.kind() == io::ErrorKind::UnexpectedEof || is_reset(error) => Some(TlsError::Truncated),
        None => None,
    }
}

/// Why an open connection failed. A PBX that refuses our certificate says so only after a TLS 1.3 handshake.
pub(super) fn loss(error: io::Error) -> Loss {
    match inner(&error) {
        Some(inner) => Loss::Tls(classify(inner)),
        // TLS without its good-bye: how most PBXs close.
        None if error.kind() == io::ErrorKind::UnexpectedEof => Loss::ClosedByPeer,
        None if is_reset(&error) => Loss::Reset,
        None => Loss::Io(error),
    }
}

fn is_reset(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted)
}

fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn classify(error: &rustls::Error) -> TlsError {
    match error {
        rustls::Error::InvalidCertificate(error) => classify_certificate(error),
        rustls::Error::InvalidMessage(_) | rustls::Error::PeerSentOversizedRecord => TlsError::NotTls,
        rustls::Error::PeerIncompatible(reason) => TlsError::Incompatible(format!("{reason:?}")),
        rustls::Error::AlertReceived(alert) => classify_alert(*alert),
        other => TlsError::Other(other.to_string()),
    }
}

fn classify_certificate(error: &CertificateError) -> TlsError {
    match error {
        // A bad signature: an authority of the same name, but made anew with another key.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsError::UnknownAuthority,
        CertificateError::Expired => TlsError::Expired(String::new()),
        CertificateError::ExpiredContext { not_after, .. } => {
            let micros = i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX).saturating_mul(1_000_000);
            TlsError::Expired(format!(" (on {})", Time::from_micros(micros).timestamp().strftime("%Y-%m-%d")))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsError::NotYetValid,
        CertificateError::NotValidForNameContext { expected, presented } => TlsError::WrongName {
            expected: expected.to_str().into_owned(),
            presented: if presented.is_empty() { "no name at all".to_owned() } else { presented.join(", ") },
        },
        other => TlsError::UnfitCertificate(other.to_string()),
    }
}

fn classify_alert(alert: AlertDescription) -> TlsError {
    match alert {
        AlertDescription::CertificateRequired
        | AlertDescription::NoCertificate
        | AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateRevoked
        | AlertDescription::CertificateExpired
        | AlertDescription::CertificateUnknown
        | AlertDescription::UnknownCA
        | AlertDescription::DecryptError
        | AlertDescription::AccessDenied => TlsError::ClientRefused(format!("{alert:?}")),
        // What a server with an old stack says, or one that wants a certificate in TLS 1.2.
        AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => {
            TlsError::Incompatible(format!("the PBX answered {alert:?}"))
        }
        other => TlsError::Other(format!("the PBX broke TLS off with {other:?}")),
    }
}
