//! A sink of type `nats`.

use std::time::Duration;

use secrecy::SecretString;

use super::{needed, secret_file, tls};
use crate::config::meant::Judge;
use crate::config::written;
use crate::sink::{Nats, NatsLogin};

pub(in crate::config) fn understand(written: &written::Sink, path: &str, judge: &mut Judge<'_>) -> Option<Nats> {
    let servers = servers(&written.servers, path, judge);
    let written_login = WrittenLogin {
        credentials_file: written.credentials_file.as_deref(),
        nkey_file: written.nkey_file.as_deref(),
        username: written.username.as_deref(),
        password_file: written.password_file.as_deref(),
    };
    let login = login(&written_login, path, judge);
    let tls = written.tls.as_ref().map(|written| tls(written, path, judge));
    name(&written.stream, "stream", ['.', '*', '>'].as_slice(), path, judge);
    name(&written.subject_prefix, "subject_prefix", ['*', '>'].as_slice(), path, judge);
    if written.domain.is_some() && written.create_stream && judge.places.knows(&format!("{path}.create_stream")) {
        let at = format!("{path}.create_stream");
        judge.warning(&at, format!("`{at}`: the stream is made in the domain named by `domain`, which is usually the hub's business"));
    }
    Some(Nats {
        servers: servers?,
        login: login?,
        tls,
        stream: written.stream.clone(),
        subject_prefix: written.subject_prefix.clone(),
        domain: written.domain.clone(),
        create_stream: written.create_stream,
        replicas: written.replicas,
        window: written.window,
        ack_timeout: Duration::from_secs(written.ack_timeout_s),
    })
}

/// Addresses of servers, at `path.servers`.
pub(in crate::config) fn servers(written: &[String], path: &str, judge: &mut Judge<'_>) -> Option<Vec<String>> {
    let list = format!("{path}.servers");
    if written.is_empty() {
        if !judge.is_told(&list) {
            judge.error(&list, format!("`{list}` is missing or empty: name at least one server such as \"nats://nats.example.com:4222\""));
        }
        return None;
    }
    let mut right = true;
    for (index, server) in written.iter().enumerate() {
        let at = format!("{list}[{index}]");
        match server.parse::<async_nats::ServerAddr>() {
            Ok(address) if address.has_user_pass() => {
                judge.error(&at, format!("`{at}` holds a user name or password; write them as `username` and `password_file`"));
                right = false;
            }
            Ok(_) => {}
            Err(error) => {
                judge.error(&at, format!("`{at}` is no address of a NATS server: {error}"));
                right = false;
            }
        }
    }
    right.then(|| written.to_vec())
}

/// How to log in, as typed.
pub(in crate::config) struct WrittenLogin<'a> {
    pub(in crate::config) credentials_file: Option<&'a str>,
    pub(in crate::config) nkey_file: Option<&'a str>,
    pub(in crate::config) username: Option<&'a str>,
    pub(in crate::config) password_file: Option<&'a str>,
}

/// The login that these keys at `path` say.
pub(in crate::config) fn login(written: &WrittenLogin<'_>, path: &str, judge: &mut Judge<'_>) -> Option<NatsLogin> {
    let ways = [
        ("credentials_file", written.credentials_file.is_some()),
        ("nkey_file", written.nkey_file.is_some()),
        ("username", written.username.is_some()),
    ];
    let given: Vec<&str> = ways.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect();
    if let [first, .., last] = given.as_slice() {
        judge.error(&format!("{path}.{last}"), format!("`{path}` has both `{first}` and `{last}`; which one holds? Keep one"));
        return None;
    }
    let secret = |file: &str, name: &str, judge: &mut Judge<'_>| {
        secret_file(file, &format!("{path}.{name}"), judge).map(|secret| SecretString::from(secret.expose().to_owned()))
    };
    if let Some(file) = written.credentials_file {
        return Some(NatsLogin::Credentials(judge.file(&format!("{path}.credentials_file"), file)));
    }
    if let Some(file) = written.nkey_file {
        return secret(file, "nkey_file", judge).map(NatsLogin::Nkey);
    }
    match (written.username, written.password_file) {
        (Some(username), file) => {
            let file = needed(file, path, "password_file", "the file with the password of `username`", judge)?;
            let password = secret(file, "password_file", judge)?;
            Some(NatsLogin::Password { username: username.to_owned(), password })
        }
        (None, Some(_)) => {
            let at = format!("{path}.password_file");
            judge.error(&at, format!("`{at}` needs `username` beside it"));
            None
        }
        (None, None) => Some(NatsLogin::None),
    }
}

fn name(written: &str, key: &str, forbidden: &[char], path: &str, judge: &mut Judge<'_>) {
    let is_fit = |c: char| c.is_ascii_graphic() && !forbidden.contains(&c) && !matches!(c, '/' | '\\');
    if written.is_empty() || !written.chars().all(is_fit) || written.split('.').any(str::is_empty) {
        let at = format!("{path}.{key}");
        judge.error(&at, format!("`{at}` is {written:?}; it must be letters, digits, `-` and `_`"));
    }
}
