//! TLS towards a PBX that speaks CSTA: an authority of its own, a client certificate, and certificates that are wrong.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;

use crate::calls::Call;
use crate::following::{PEOPLE, SOON, listing, records};
use crate::server::Server;
use crate::support::clock::now;
use crate::support::daemon::{Daemon, Settings};
use crate::support::lane::Lane;

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    fn new(name: &str) -> Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let authority = Self { issuer, directory: tempfile::tempdir()? };
        fs::write(authority.file("ca.pem"), authority.issuer.pem())?;
        Ok(authority)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A PBX with a certificate of this name.
    fn pbx(&self, name: &str, asks_for_client: bool) -> Result<Server> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec![name.to_owned()])?.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions()?;
        let builder = if asks_for_client {
            let mut roots = RootCertStore::empty();
            roots.add(self.issuer.der().clone())?;
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build()?)
        } else {
            builder.with_no_client_auth()
        };
        let config = builder.with_single_cert(vec![certificate.into()], key)?;
        Server::listen(listing(&["201", "202"]), Some(Arc::new(config)))
    }

    /// A daemon that trusts this authority.
    fn daemon(&self, name: &str, lane: &Lane, server: &Server, shows_certificate: bool) -> Result<Daemon> {
        let mut settings = Settings::csta(name, lane.http(), PEOPLE, server.port())?;
        settings.set("pbx.tls.ca_file", self.file("ca.pem").display().to_string());
        if shows_certificate {
            let key = KeyPair::generate()?;
            let certificate = CertificateParams::new(vec!["strowger.example.com".into()])?.signed_by(&key, &self.issuer)?;
            fs::write(self.file("client.pem"), certificate.pem())?;
            fs::write(self.file("client.key"), key.serialize_pem())?;
            settings.set("pbx.tls.client_cert_file", self.file("client.pem").display().to_string());
            settings.set("pbx.tls.client_key_file", self.file("client.key").display().to_string());
        }
        settings.daemon()
    }
}

#[test]
fn an_authority_of_the_sites_own_with_and_without_a_client_certificate() -> Result<()> {
    let authority = Authority::new("Example Site")?;
    for asks_for_client in [false, true] {
        let lane = Lane::take()?;
        let server = authority.pbx("127.0.0.1", asks_for_client)?;
        let mut daemon = authority.daemon("csta-tls", &lane, &server, asks_for_client)?;
        let since = now();
        daemon.up()?;
        server.with(|pbx| Call { number: "81", caller: "201", called: "202" }.happens(pbx));
        records(&daemon, since, 1)?;
        ensure!(daemon.stop()?.success());
    }
    Ok(())
}

#[test]
fn a_wrong_certificate_is_named_on_either_side() -> Result<()> {
    let (authority, stranger) = (Authority::new("Example Site")?, Authority::new("Example Stranger")?);
    let fails = |name: &str, server: &Server, trusting: &Authority, shows_certificate: bool, words: &[&str]| -> Result<()> {
        let lane = Lane::take()?;
        let mut daemon = trusting.daemon(name, &lane, server, shows_certificate)?;
        daemon.start()?;
        daemon.says(words, SOON)?;
        ensure!(daemon.get("/health/ready")?.status == 503);
        ensure!(server.with(|pbx| pbx.heard.is_empty()), "nothing is said before the certificate is known to be right");
        ensure!(daemon.stop()?.success());
        Ok(())
    };
    fails("csta-tls-stranger", &authority.pbx("127.0.0.1", false)?, &stranger, false, &["certificate", "authorit"])?;
    fails("csta-tls-name", &authority.pbx("pbx.example.com", false)?, &authority, false, &["127.0.0.1", "pbx.example.com"])?;
    fails("csta-tls-client", &authority.pbx("127.0.0.1", true)?, &authority, false, &["certificate"])
}
