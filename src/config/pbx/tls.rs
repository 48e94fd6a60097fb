//! TLS towards a PBX.

use std::path::PathBuf;

use super::Address;
use crate::config::meant::Judge;
use crate::config::written;

/// How TLS is set up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tls {
    /// Authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Our certificate chain and its key.
    pub client: Option<(PathBuf, PathBuf)>,
    /// Name that the certificate must bear.
    pub server_name: String,
}

pub(super) fn understand(written: &written::Tls, path: &str, address: Option<&Address>, judge: &mut Judge<'_>) -> Tls {
    let mut file =
        |name: &str, written: &Option<String>| written.as_ref().map(|written| judge.file(&format!("{path}.tls.{name}"), written));
    let ca_file = file("ca_file", &written.ca_file);
    let client = match (file("client_cert_file", &written.client_cert_file), file("client_key_file", &written.client_key_file)) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (certificate, _) => {
            let missing = if certificate.is_some() { "client_key_file" } else { "client_cert_file" };
            judge.error(
                &format!("{path}.tls"),
                format!("`{path}.tls.{missing}` is missing: a client certificate needs its key, and the key its certificate"),
            );
            None
        }
    };
    let host = address.map_or_else(String::new, |address| address.host().to_owned());
    Tls { ca_file, client, server_name: written.server_name.clone().unwrap_or(host) }
}
