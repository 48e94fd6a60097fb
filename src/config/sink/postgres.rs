//! A sink of type `postgres`.

use secrecy::SecretString;

use super::{needed, secret_file, tls};
use crate::config::meant::Judge;
use crate::config::written;
use crate::pbx::link::TlsSettings;
use crate::store::postgres::Settings;

pub(super) fn understand(written: &written::Sink, path: &str, judge: &mut Judge<'_>) -> Option<Settings> {
    let at = format!("{path}.url");
    let url = needed(written.url.as_deref(), path, "url", "the database, such as \"postgres://strowger@db.example.com/strowger\"", judge);
    let settings = url.and_then(|url| Settings::parse(url).map_err(|error| judge.error(&at, format!("`{at}`: {error}"))).ok());
    let password = written.password_file.as_deref().map(|file| secret_file(file, &format!("{path}.password_file"), judge));
    let tls = written.tls.as_ref().map(|written| tls(written, path, judge));
    let mut settings = settings?;
    if settings.has_password_in_url() {
        judge.warning(&at, format!("`{at}` holds a password; move it to a file and name that by `password_file`"));
    }
    if tls.is_none() && !settings.is_local() && !url.unwrap_or_default().contains("sslmode=require") {
        judge.warning(
            &at,
            format!("`{at}` leads to another machine without TLS: whoever is on the way can read the calls; add `[sinks.tls]`"),
        );
    }
    settings.password =
        password.map_or(Some(None), |password| password.map(Some))?.map(|secret| SecretString::from(secret.expose().to_owned()));
    settings.tls = tls.map(|tls| {
        let (certificate_file, key_file) = tls.client.unzip();
        TlsSettings { ca_file: tls.ca_file, certificate_file, key_file, server_name: None }
    });
    Some(settings)
}
