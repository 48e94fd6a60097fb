//! TLS, well and badly configured on either side.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use strowger::pbx::link::{ConnectError, Loss, ProbeFailure, ProbeReport, Settings, Stage, TlsError, TlsSettings, TlsSettingsError, probe};
use strowger::pbx::session::Status;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

use crate::support::{Chatty, PATIENCE, clock, ms, pbx, settings, start};

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(1);
        Self::named(&format!("Example Authority {}", NUMBER.fetch_add(1, Ordering::Relaxed)))
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, directory }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Trusts this authority.
    fn settings(&self) -> TlsSettings {
        TlsSettings { ca_file: Some(self.file("ca.pem")), ..TlsSettings::default() }
    }

    /// Trusts this authority and shows a certificate of it.
    fn settings_with_identity(&self) -> TlsSettings {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["strowger.example.com".into()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        fs::write(self.file("client.pem"), certificate.pem()).unwrap();
        fs::write(self.file("client.key"), key.serialize_pem()).unwrap();
        TlsSettings { certificate_file: Some(self.file("client.pem")), key_file: Some(self.file("client.key")), ..self.settings() }
    }

    fn identity(&self, params: &CertificateParams) -> (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (vec![certificate.into()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }
}

struct Pbx<'a> {
    authority: &'a Authority,
    names: &'a [&'a str],
    not_after: Option<i32>,
    asks_for_client: bool,
    versions: &'a [&'static SupportedProtocolVersion],
}

impl<'a> Pbx<'a> {
    fn of(authority: &'a Authority) -> Self {
        Self { authority, names: &["127.0.0.1"], not_after: None, asks_for_client: false, versions: rustls::ALL_VERSIONS }
    }

    async fn start(self) -> SocketAddr {
        let mut params = CertificateParams::new(self.names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
        if let Some(year) = self.not_after {
            params.not_after = date_time_ymd(year, 1, 1);
        }
        let identity = self.authority.identity(&params);
        self.start_as(identity).await
    }

    async fn start_as(self, (chain, key): (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)) -> SocketAddr {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(self.versions).unwrap();
        let builder = if self.asks_for_client {
            let mut roots = RootCertStore::empty();
            roots.add(self.authority.issuer.der().clone()).unwrap();
            builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(roots.into(), provider).build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
        pbx(move |stream, _| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                stream.write_all(b"ready\n").await.ok();
                stream.read_to_end(&mut Vec::new()).await.ok();
            }
        })
        .await
    }
}

fn with_tls(address: SocketAddr, tls: TlsSettings) -> Settings {
    Settings { tls: Some(tls), ..settings(address) }
}

async fn try_out(address: SocketAddr, tls: TlsSettings) -> ProbeReport {
    probe(&with_tls(address, tls), &mut Chatty::default(), &clock(), PATIENCE).await
}

/// The one way in which TLS fails, and whether it is retried slowly.
async fn failure(address: SocketAddr, tls: TlsSettings) -> (TlsError, bool) {
    let report = try_out(address, tls).await;
    match report.failure {
        Some(ProbeFailure::Connect(error)) => {
            let is_configuration = error.is_configuration();
            match error {
                ConnectError::Tls { source, .. } => (source, is_configuration),
                other => panic!("unexpected {other:?}"),
            }
        }
        Some(ProbeFailure::Lost(loss)) => {
            let is_configuration = loss.is_configuration();
            match loss {
                Loss::Tls(source) => (source, is_configuration),
                other => panic!("unexpected {other:?}"),
            }
        }
        other => panic!("unexpected {other:?}"),
    }
}

#[tokio::test]
async fn own_authority_by_address_and_by_server_name() {
    let authority = Authority::new();
    let address = Pbx::of(&authority).start().await;
    let report = try_out(address, authority.settings()).await;
    assert_eq!(report.status, Status::InStep, "{report:?}");
    assert!(report.tls.as_deref().unwrap().starts_with("TLSv1_3 "), "{report:?}");

    let address = Pbx { names: &["pbx.example.com"], versions: &[&rustls::version::TLS12], ..Pbx::of(&authority) }.start().await;
    let report = try_out(address, TlsSettings { server_name: Some("pbx.example.com".into()), ..authority.settings() }).await;
    assert_eq!(report.status, Status::InStep, "{report:?}");
    assert!(report.tls.as_deref().unwrap().starts_with("TLSv1_2 "), "{report:?}");

    let mut link = start(
        with_tls(address, TlsSettings { server_name: Some("pbx.example.com".into()), ..authority.settings() }),
        Chatty::default(),
        None,
    );
    link.status(Status::InStep).await;
    link.stop().await;
}

#[tokio::test]
async fn a_client_certificate_where_it_is_asked_for() {
    for versions in [&[&rustls::version::TLS12], &[&rustls::version::TLS13]] {
        let authority = Authority::named("Example Site");
        let address = Pbx { asks_for_client: true, versions, ..Pbx::of(&authority) }.start().await;
        let report = try_out(address, authority.settings_with_identity()).await;
        assert_eq!(report.status, Status::InStep, "{report:?}");

        let (error, is_configuration) = failure(address, authority.settings()).await;
        assert!(matches!(error, TlsError::ClientRefused(_)) && is_configuration, "{error:?}");

        for stranger in [Authority::new(), Authority::named("Example Site")] {
            let tls = TlsSettings { ca_file: authority.settings().ca_file, ..stranger.settings_with_identity() };
            let (error, is_configuration) = failure(address, tls).await;
            assert!(matches!(error, TlsError::ClientRefused(_)) && is_configuration, "{error:?}");
        }
    }
}

#[tokio::test]
async fn certificates_that_are_not_the_pbxs() {
    let authority = Authority::named("Example Site");
    let address = Pbx::of(&authority).start().await;
    // Another, and one of the same name with another key: made anew.
    for stranger in [Authority::new(), Authority::named("Example Site")] {
        let (error, is_configuration) = failure(address, stranger.settings()).await;
        assert!(matches!(error, TlsError::UnknownAuthority) && is_configuration, "{error:?}");
    }
    let (error, _) = failure(address, TlsSettings::default()).await;
    assert!(matches!(error, TlsError::UnknownAuthority), "the system's authorities: {error:?}");

    let address = Pbx { names: &["a.example.com", "b.example.com"], ..Pbx::of(&authority) }.start().await;
    let (error, is_configuration) = failure(address, authority.settings()).await;
    assert!(is_configuration);
    let text = error.to_string();
    assert!(text.contains("127.0.0.1") && text.contains("a.example.com") && text.contains("b.example.com"), "{text}");

    let address = Pbx { not_after: Some(2020), ..Pbx::of(&authority) }.start().await;
    let (error, is_configuration) = failure(address, authority.settings()).await;
    assert!(is_configuration);
    assert_eq!(error.to_string(), "the PBX's certificate has expired (on 2020-01-01); it must be renewed there");
}

/// As most PBXs come: a certificate that signs itself and says that it is an authority.
#[tokio::test]
async fn the_pbxs_own_certificate_as_the_one_to_trust() {
    let authority = Authority::new();
    for (name, fits) in [("127.0.0.1", true), ("pbx.example.com", false)] {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap();
        fs::write(authority.file("own.pem"), own.pem()).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let address = Pbx::of(&authority).start_as((vec![own.der().clone()], key)).await;
        let trusting = TlsSettings { ca_file: Some(authority.file("own.pem")), ..TlsSettings::default() };
        let report = try_out(address, trusting).await;
        assert_eq!(report.failure.is_none(), fits, "{:?}", report.failure);
        let (error, _) = failure(address, authority.settings()).await;
        assert!(matches!(error, TlsError::UnknownAuthority | TlsError::UnfitCertificate(_)), "{error:?}");
    }
}

#[tokio::test]
async fn peers_that_do_not_speak_tls() {
    let greeting = pbx(async |mut stream, _| {
        stream.write_all(b"Asterisk Call Manager/9.0.0\r\n").await.ok();
        stream.read_to_end(&mut Vec::new()).await.ok();
    })
    .await;
    let web = pbx(async |mut stream, _| {
        stream.read_exact(&mut [0; 64]).await.ok();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok();
        stream.read_to_end(&mut Vec::new()).await.ok();
    })
    .await;
    for address in [greeting, web] {
        let (error, is_configuration) = failure(address, TlsSettings::default()).await;
        assert!(matches!(error, TlsError::NotTls) && is_configuration, "{error:?}");
    }
}

#[tokio::test]
async fn handshakes_that_break_off_or_hang() {
    let closes = pbx(async |mut stream, _| {
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
    })
    .await;
    // Leaves bytes unread.
    let resets = pbx(async |mut stream, _| {
        stream.read_exact(&mut [0; 100]).await.unwrap();
    })
    .await;
    // The first bytes of a ServerHello.
    let breaks_off = pbx(async |mut stream, _| {
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        stream.write_all(&[0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00, 0x00, 0x76, 0x03]).await.ok();
    })
    .await;
    for address in [closes, resets, breaks_off] {
        let (error, is_configuration) = failure(address, TlsSettings::default()).await;
        assert!(matches!(error, TlsError::Truncated) && !is_configuration, "{error:?}");
    }

    let hangs = pbx(async |_stream, _| sleep(PATIENCE).await).await;
    let short = Settings { connect_timeout: ms(300), ..with_tls(hangs, TlsSettings::default()) };
    let report = probe(&short, &mut Chatty::default(), &clock(), PATIENCE).await;
    let Some(ProbeFailure::Connect(ConnectError::TimedOut { stage: Stage::Tls, .. })) = report.failure else { panic!("{report:?}") };
}

#[tokio::test]
async fn settings_that_cannot_work_say_why() {
    let authority = Authority::new();
    let problem = |tls: TlsSettings, host: &str| tls.check(host).expect_err("cannot work");
    let good = authority.settings_with_identity();
    good.check("pbx.example.com").unwrap();
    good.check("2001:db8::1").unwrap();

    let error = problem(TlsSettings { ca_file: Some(authority.file("absent.pem")), ..TlsSettings::default() }, "pbx");
    assert!(matches!(&error, TlsSettingsError::File { .. }) && error.to_string().contains("absent.pem"), "{error:?}");
    let error = problem(TlsSettings { ca_file: good.key_file.clone(), ..good.clone() }, "pbx");
    assert!(matches!(&error, TlsSettingsError::Empty { what: "certificate", .. }), "{error:?}");
    let error = problem(TlsSettings { key_file: good.certificate_file.clone(), ..good.clone() }, "pbx");
    assert!(matches!(&error, TlsSettingsError::Empty { what: "private key", .. }), "{error:?}");
    assert!(matches!(problem(TlsSettings { key_file: None, ..good.clone() }, "pbx"), TlsSettingsError::HalfIdentity));
    fs::write(authority.file("other.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let error = problem(TlsSettings { key_file: Some(authority.file("other.key")), ..good.clone() }, "pbx");
    assert!(matches!(&error, TlsSettingsError::UnfitIdentity { .. }), "{error:?}");
    assert!(matches!(problem(good, "not a name"), TlsSettingsError::ServerName(_)));
}
