//! TLS towards destinations: files to a configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::Tls;

/// Why files make no configuration.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be used.
    #[error("{} holds no usable {what} in PEM ({source})", file.display())]
    File {
        /// What it should hold.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        source: pem::Error,
    },
    /// A file is empty, or an authority in it is not fit.
    #[error("{} holds no certificate of an authority that can be used", .0.display())]
    NoAuthority(PathBuf),
    /// The system has no authorities.
    #[error("this system has no certification authorities: install them (`ca-certificates`), or name some by `ca_file`")]
    NoSystemAuthorities,
    /// Certificate and key do not belong together, or the library refuses.
    #[error("{0}")]
    Library(#[from] rustls::Error),
}

impl Tls {
    /// Reads all files, to find what is wrong with them. Blocks.
    ///
    /// # Errors
    /// What is wrong.
    pub fn check(&self) -> Result<(), TlsError> {
        self.client_config().map(drop)
    }

    /// Reads all files. Blocks.
    pub(super) fn client_config(&self) -> Result<ClientConfig, TlsError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let builder = builder.with_root_certificates(self.roots()?);
        Ok(match &self.client {
            None => builder.with_no_client_auth(),
            Some((certificate_file, key_file)) => {
                let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| unreadable("private key", key_file, error))?;
                builder.with_client_auth_cert(certificates(certificate_file)?, key)?
            }
        })
    }

    fn roots(&self) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        let (added, error) = match &self.ca_file {
            Some(file) => (roots.add_parsable_certificates(certificates(file)?).0, TlsError::NoAuthority(file.clone())),
            None => (roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs).0, TlsError::NoSystemAuthorities),
        };
        if added == 0 { Err(error) } else { Ok(roots) }
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    read.map_err(|error| unreadable("certificate", file, error))
}

fn unreadable(what: &'static str, file: &Path, source: pem::Error) -> TlsError {
    TlsError::File { what, file: file.to_owned(), source }
}
