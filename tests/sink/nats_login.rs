//! Who may talk to a nats-server, and to which: TLS by an authority of our own, client certificates, nkeys, credentials files.

use std::fs;
use std::path::PathBuf;

use async_nats::jetstream;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa};
use serde_json::{Value, json};
use strowger::sink::{Nats, NatsLogin, Sink as _, Source, Tls};
use tempfile::TempDir;

use super::nats::{QUICK, settings, sink};
use super::rig::{Rig, waiting};
use super::support::clock::now;
use super::support::nats;

/// Files that go with the test.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    fn keep(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).expect("written");
        path
    }
}

/// An authority, and what it issues.
struct Authority(CertifiedIssuer<'static, rcgen::KeyPair>);

impl Authority {
    fn new(name: &str) -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut wanted = CertificateParams::new(Vec::new()).expect("parameters");
        wanted.distinguished_name.push(DnType::CommonName, name);
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(wanted, key).expect("an authority"))
    }

    /// Certificate and key of that name or address.
    fn issued(&self, files: &Files, name: &str) -> (PathBuf, PathBuf) {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut wanted = CertificateParams::new(vec![name.to_owned()]).expect("parameters");
        wanted.distinguished_name.push(DnType::CommonName, name);
        let certificate = wanted.signed_by(&key, &self.0).expect("a certificate").pem();
        // Two authorities may issue the same name.
        let number = fs::read_dir(files.0.path()).expect("readable").count();
        (files.keep(&format!("{number}.pem"), &certificate), files.keep(&format!("{number}.key"), &key.serialize_pem()))
    }
}

/// Everything that waits is delivered with these settings.
async fn delivers(rig: &Rig, settings: Nats) {
    let running = rig.run("hub", sink(settings, rig), QUICK);
    rig.drained("hub").await;
    running.end().await;
}

/// Nothing is delivered with these settings; what is said of it.
async fn refused(rig: &Rig, settings: Nats) -> String {
    let progress = sink(settings, rig).deliver(&waiting(rig, "hub", 3), Source::Outbox).await;
    assert_eq!(progress.delivered, 0);
    format!("{:?}", progress.failure.expect("a failure"))
}

#[tokio::test(flavor = "multi_thread")]
async fn by_tls_with_our_own_authority_and_a_client_certificate() {
    let (files, authority, other) = (Files::new(), Authority::new("Ours"), Authority::new("Others"));
    let (ca, other_ca) = (files.keep("ca.pem", &authority.0.pem()), files.keep("other-ca.pem", &other.0.pem()));
    let (certificate, key) = authority.issued(&files, "127.0.0.1");
    // The certificate is the login: the server takes whom it names.
    let more = format!(
        "tls {{ cert_file: {certificate:?}, key_file: {key:?}, ca_file: {ca:?}, verify_and_map: true, handshake_first: false }}\n\
         authorization {{ users: [ {{ user: \"site.example.com\" }} ] }}"
    );
    let server = nats::Nats::start_as("sink_tls", nats::Make::Newer, &more).expect("a server");
    let own = authority.issued(&files, "site.example.com");
    let tls = Tls { ca_file: Some(ca.clone()), client: Some(own.clone()) };
    let good = Nats { tls: Some(tls.clone()), ..settings(&server.url()) };
    let with = |change: &dyn Fn(&mut Tls)| {
        let mut tls = tls.clone();
        change(&mut tls);
        Nats { tls: Some(tls), ..good.clone() }
    };
    let rig = Rig::new(&["hub"]);
    rig.store(0..3).await;

    let wrong_ca = refused(&rig, with(&|tls| tls.ca_file = Some(other_ca.clone()))).await;
    assert!(wrong_ca.contains("UnknownIssuer") && wrong_ca.contains("ca_file"), "{wrong_ca}");
    let no_ca = refused(&rig, with(&|tls| tls.ca_file = None)).await;
    assert!(no_ca.contains("ca_file"), "{no_ca}");
    let nobody = refused(&rig, with(&|tls| tls.client = None)).await;
    assert!(nobody.contains("client_cert_file"), "{nobody}");
    let stranger = other.issued(&files, "site.example.com");
    let stranger = refused(&rig, with(&|tls| tls.client = Some(stranger.clone()))).await;
    assert!(stranger.contains("client_cert_file"), "{stranger}");
    let (unknown, other_key) = (authority.issued(&files, "elsewhere.example.com"), authority.issued(&files, "x.example.com").1);
    let unknown = refused(&rig, with(&|tls| tls.client = Some(unknown.clone()))).await;
    assert!(unknown.contains("authorization violation"), "{unknown}");
    let unfit = refused(&rig, with(&|tls| tls.client = Some((own.0.clone(), other_key.clone())))).await;
    assert!(unfit.contains("InconsistentKeys") || unfit.contains("KeyMismatch"), "{unfit}");

    delivers(&rig, good).await;
    let options = async_nats::ConnectOptions::new().add_root_certificates(ca).add_client_certificate(own.0, own.1).require_tls(true);
    let context = jetstream::new(options.connect(server.url()).await.expect("connected"));
    let mut stream = context.get_stream("STROWGER").await.expect("the stream");
    assert_eq!(stream.info().await.expect("asked").state.messages, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_an_nkey_and_by_no_other() {
    let (user, other) = (KeyPair::new_user(), KeyPair::new_user());
    let more = format!("authorization {{ users: [ {{ nkey: {} }} ] }}", user.public_key());
    let server = nats::Nats::start_as("sink_nkey", nats::Make::Newer, &more).expect("a server");
    let by = |seed: String| Nats { login: NatsLogin::Nkey(seed.into()), ..settings(&server.url()) };
    let rig = Rig::new(&["hub"]);
    rig.store(0..3).await;
    let wrong = refused(&rig, by(other.seed().expect("a seed"))).await;
    assert!(wrong.contains("authorization violation") && wrong.contains("nkey"), "{wrong}");
    let none = refused(&rig, settings(&server.url())).await;
    assert!(none.contains("authorization violation"), "{none}");
    delivers(&rig, by(user.seed().expect("a seed"))).await;
}

/// A token as `nsc` makes them, signed by its issuer.
fn token(issuer: &KeyPair, subject: &KeyPair, name: &str, nats: &Value) -> String {
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"iat": now().as_second(), "iss": issuer.public_key(), "sub": subject.public_key(), "name": name, "nats": nats});
    let signed = format!("{}.{}", encoded(&json!({"typ": "JWT", "alg": "ed25519-nkey"})), encoded(&claims));
    let signature = URL_SAFE_NO_PAD.encode(issuer.sign(signed.as_bytes()).expect("a signature"));
    format!("{signed}.{signature}")
}

/// A credentials file as `nsc` writes it.
fn credentials(token: &str, user: &KeyPair) -> String {
    let seed = user.seed().expect("a seed");
    format!(
        "-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn by_a_credentials_file_and_by_no_other() {
    let (operator, account, system) = (KeyPair::new_operator(), KeyPair::new_account(), KeyPair::new_account());
    let unlimited = |jetstream: i64| {
        json!({"type": "account", "version": 2, "limits": {
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1, "leaf": -1,
            "mem_storage": jetstream, "disk_storage": jetstream, "streams": jetstream, "consumer": jetstream,
        }})
    };
    let more = format!(
        "operator: {}\nsystem_account: {}\nresolver: MEMORY\nresolver_preload: {{ {}: {}, {}: {} }}",
        token(&operator, &operator, "operator", &json!({"type": "operator", "version": 2})),
        system.public_key(),
        account.public_key(),
        token(&operator, &account, "SITES", &unlimited(-1)),
        system.public_key(),
        token(&operator, &system, "SYS", &unlimited(0)),
    );
    let server = nats::Nats::start_as("sink_credentials", nats::Make::Newer, &more).expect("a server");
    let files = Files::new();
    let (user, other) = (KeyPair::new_user(), KeyPair::new_user());
    let claims = json!({"type": "user", "version": 2, "pub": {}, "sub": {}, "subs": -1, "data": -1, "payload": -1});
    let good = files.keep("site.creds", &credentials(&token(&account, &user, "site", &claims), &user));
    let other_key = files.keep("other-key.creds", &credentials(&token(&account, &user, "site", &claims), &other));
    let self_made = KeyPair::new_account();
    let self_made = files.keep("self-made.creds", &credentials(&token(&self_made, &user, "site", &claims), &user));
    let empty = files.keep("empty.creds", "");
    let by = |file: &PathBuf| Nats { login: NatsLogin::Credentials(file.clone()), ..settings(&server.url()) };
    let rig = Rig::new(&["hub"]);
    rig.store(0..3).await;
    for (file, words) in [(&other_key, "authorization violation"), (&self_made, "authorization violation"), (&empty, "credentials file")] {
        let said = refused(&rig, by(file)).await;
        assert!(said.contains(words) && said.contains(&file.display().to_string()), "{said}");
    }
    delivers(&rig, by(&good)).await;
}
