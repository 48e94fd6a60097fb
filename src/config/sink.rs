//! `[[sinks]]` as meant: where records are delivered.

pub(super) mod nats;
mod postgres;
mod webhook;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

pub(super) use nats::understand as nats;

use super::meant::{Judge, check_name};
use super::{Use, foreign, secret, written};
use crate::sink::{File, From, Kind, Settings, Tls};

/// All sinks. Those with mistakes are left out: nothing starts with them anyway.
pub(super) fn all(written: &[written::Sink], judge: &mut Judge<'_>) -> Vec<Settings> {
    if judge.purpose != Use::Connect {
        return Vec::new();
    }
    let mut names = BTreeSet::new();
    let mut sinks = Vec::with_capacity(written.len());
    for (index, written) in written.iter().enumerate() {
        let path = format!("sinks[{index}]");
        if let Some(name) = &written.name {
            let at = format!("{path}.name");
            if let Err(what) = check_name(name) {
                judge.error(&at, format!("`{at}` {what}"));
            } else if !names.insert(name.to_lowercase()) {
                judge.error(&at, format!("`{at}` is \"{name}\", as another `[[sinks]]` is named; what was delivered would be mixed up"));
            }
        }
        sinks.extend(one(written, &path, judge));
    }
    sinks
}

fn one(written: &written::Sink, path: &str, judge: &mut Judge<'_>) -> Option<Settings> {
    if written.kind.is_empty() || judge.is_told(&format!("{path}.type")) {
        // Without knowing what it is nothing true can be said of the rest.
        return None;
    }
    foreign::of_type(&written.kind, path, judge);
    let kind = match written.kind.as_str() {
        "file" => file(written, path, judge).map(Kind::File),
        "nats" => nats::understand(written, path, judge).map(Kind::Nats),
        "postgres" => postgres::understand(written, path, judge).map(|settings| Kind::Postgres(Box::new(settings))),
        _ => webhook::understand(written, path, judge).map(Kind::Webhook),
    };
    Some(Settings {
        name: written.name.clone()?,
        from: if written.from == "beginning" { From::Beginning } else { From::Now },
        retry_max: written.retry_max_s.map(Duration::from_secs),
        kind: kind?,
    })
}

fn file(written: &written::Sink, path: &str, judge: &mut Judge<'_>) -> Option<File> {
    let directory = needed(written.directory.as_deref(), path, "directory", "where the files shall be", judge)?;
    Some(File {
        directory: judge.path(directory),
        bytes_max: written.max_mb.saturating_mul(1_000_000),
        age_max: Duration::from_hours(written.max_age_h),
        keep: written.keep,
    })
}

/// A text that this type of sink cannot do without.
fn needed<'a>(value: Option<&'a str>, path: &str, name: &str, what: &str, judge: &mut Judge<'_>) -> Option<&'a str> {
    let at = format!("{path}.{name}");
    if value.is_none() && !judge.places.knows(&at) {
        judge.error(path, format!("`{at}` is missing: {what}"));
    }
    value
}

/// The secret in a file; what is wrong with it is told at `at`.
fn secret_file(file: &str, at: &str, judge: &mut Judge<'_>) -> Option<secret::Secret> {
    match secret::from_file(&judge.path(file), false) {
        Ok((secret, warning)) => {
            if let Some(warning) = warning {
                judge.warning(at, format!("`{at}`: {warning}"));
            }
            Some(secret)
        }
        Err(what) => {
            judge.error(at, format!("`{at}`: {what}"));
            None
        }
    }
}

pub(super) fn tls(written: &written::Tls, path: &str, judge: &mut Judge<'_>) -> Tls {
    let mut file = |name: &str, written: &Option<String>| -> Option<PathBuf> {
        written.as_ref().map(|written| judge.file(&format!("{path}.tls.{name}"), written))
    };
    let ca_file = file("ca_file", &written.ca_file);
    let client = match (file("client_cert_file", &written.client_cert_file), file("client_key_file", &written.client_key_file)) {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (certificate, _) => {
            let missing = if certificate.is_some() { "client_key_file" } else { "client_cert_file" };
            let at = format!("{path}.tls");
            judge.error(&at, format!("`{at}.{missing}` is missing: a client certificate needs its key, and the key its certificate"));
            None
        }
    };
    let tls = Tls { ca_file, client };
    if !judge.is_told(&format!("{path}.tls"))
        && let Err(error) = tls.check()
    {
        let at = format!("{path}.tls");
        judge.error(&at, format!("`{at}`: {error}"));
    }
    tls
}
