//! `[store]`: the PostgreSQL server that people and calls are kept on.

use std::time::Duration;

use super::diagnose::Place;
use super::meant::Judge;
use super::secret::{self, Secret};
use super::{Use, written};
use crate::pbx::link::TlsSettings;
use crate::sink;
use crate::store::postgres::Settings;

const PATH: &str = "store";

/// `None`: there is none, or a mistake in it was told.
pub(super) fn understand(written: &written::Store, judge: &mut Judge<'_>) -> Option<Settings> {
    let Some(url) = &written.url else {
        let keys = ["password_file", "password_credential", "password", "tls"];
        let alone = keys.into_iter().map(|key| format!("{PATH}.{key}")).find(|at| judge.places.knows(at));
        if let Some(at) = alone {
            judge.error(&at, format!("`{at}` does nothing without `{PATH}.url`"));
        }
        return None;
    };
    let at = format!("{PATH}.url");
    let mut settings = match Settings::parse(url) {
        Ok(settings) => settings,
        Err(error) => {
            judge.error(&at, format!("`{at}`: {error}"));
            return None;
        }
    };
    settings.connect_timeout = Duration::from_secs(written.connect_timeout_s);
    settings.statement_timeout = Duration::from_secs(written.statement_timeout_s);
    settings.connections_max = written.connections_max;
    if judge.purpose == Use::Replay {
        return Some(settings);
    }
    if settings.has_password_in_url() {
        judge.warning(&at, format!("`{at}` holds a password; move it to a file and name that by `password_file`"));
    }
    settings.password = password(written, judge).map(|password| password.expose().into());
    settings.tls = written.tls.as_ref().map(|tls| self::tls(tls, judge));
    if settings.tls.is_none() && !settings.is_local() && !url.contains("sslmode=require") {
        judge.warning(
            &at,
            format!("`{at}` leads to another machine without TLS: whoever listens on the way reads names and numbers; add `[store.tls]`"),
        );
    }
    Some(settings)
}

/// Everything that is stored here goes there as well: by a sink of this name, from the first call on.
const SINK: &str = "store";

/// The sinks that are written, and the one that `[store]` stands for.
pub(super) fn with_sink(mut sinks: Vec<sink::Settings>, store: Option<&Settings>, judge: &mut Judge<'_>) -> Vec<sink::Settings> {
    let Some(store) = store.filter(|_| judge.purpose == Use::Connect) else { return sinks };
    if sinks.iter().any(|sink| sink.name.eq_ignore_ascii_case(SINK)) {
        judge.error("sinks", format!("a `[[sinks]]` is named \"{SINK}\", as the one that `[{PATH}]` stands for; name it otherwise"));
    }
    let kind = sink::Kind::Postgres(Box::new(store.clone()));
    sinks.push(sink::Settings { name: SINK.to_owned(), from: sink::From::Beginning, retry_max: None, kind });
    sinks
}

fn tls(written: &written::Tls, judge: &mut Judge<'_>) -> TlsSettings {
    let mut file =
        |name: &str, written: &Option<String>| written.as_ref().map(|written| judge.file(&format!("{PATH}.tls.{name}"), written));
    let tls = TlsSettings {
        ca_file: file("ca_file", &written.ca_file),
        certificate_file: file("client_cert_file", &written.client_cert_file),
        key_file: file("client_key_file", &written.client_key_file),
        server_name: written.server_name.clone(),
    };
    if tls.certificate_file.is_some() != tls.key_file.is_some() {
        let missing = if tls.key_file.is_none() { "client_key_file" } else { "client_cert_file" };
        let at = format!("{PATH}.tls");
        judge.error(&at, format!("`{at}.{missing}` is missing: a client certificate needs its key, and the key its certificate"));
    }
    tls
}

/// From one of three places, whichever was written.
fn password(written: &written::Store, judge: &mut Judge<'_>) -> Option<Secret> {
    let names = ["password_file", "password_credential", "password"];
    let mut given: Vec<&str> = names.into_iter().filter(|name| judge.places.knows(&format!("{PATH}.{name}"))).collect();
    let overrides = |name: &&str| matches!(judge.places.of(&format!("{PATH}.{name}")), Place::Variable(_));
    if given.iter().any(overrides) {
        given.retain(overrides);
    }
    if let [first, .., last] = given.as_slice() {
        judge.error(&format!("{PATH}.{last}"), format!("`{PATH}` has both `{first}` and `{last}`; which one holds? Keep one"));
    }
    let name = given.first()?;
    let at = format!("{PATH}.{name}");
    let file = match *name {
        "password_file" => judge.path(written.password_file.as_ref()?),
        "password_credential" => {
            let credential = written.password_credential.as_ref()?;
            let Some(directory) = judge.surroundings.get("CREDENTIALS_DIRECTORY").filter(|_| !credential.contains('/')) else {
                judge.error(
                    &at,
                    format!("`{at}` needs systemd: put `LoadCredential={credential}:/path/to/file` into the unit. By hand set CREDENTIALS_DIRECTORY, or use `password_file`"),
                );
                return None;
            };
            std::path::Path::new(directory).join(credential)
        }
        _ => {
            judge.warning(&at, format!("`{at}` is written in the open; move it to a file and name that by `password_file`"));
            return written.password.as_ref().map(Secret::of);
        }
    };
    match secret::from_file(&file, false) {
        Ok((secret, warning)) => {
            if let Some(warning) = warning {
                judge.warning(&at, format!("`{at}`: {warning}"));
            }
            Some(secret)
        }
        Err(what) => {
            judge.error(&at, format!("`{at}`: {what}"));
            None
        }
    }
}
