//! A sink of type `webhook`.

use std::time::Duration;

use reqwest::Url;

use super::{needed, secret_file, tls};
use crate::config::meant::Judge;
use crate::config::written;
use crate::sink::{SigningKey, Webhook, is_public};

pub(super) fn understand(written: &written::Sink, path: &str, judge: &mut Judge<'_>) -> Option<Webhook> {
    let url = needed(written.url.as_deref(), path, "url", "where to, such as \"https://crm.example.com/calls\"", judge)
        .and_then(|text| url(text, &format!("{path}.url"), judge));
    if let Some(url) = &url {
        judge_host(url, written, path, judge);
    }
    let proxy = written.proxy.as_deref().map(|text| url_of(text, &format!("{path}.proxy"), judge));
    let keys = keys(&written.secret_files, path, judge);
    let tls = written.tls.as_ref().map(|written| tls(written, path, judge));
    Some(Webhook {
        url: url?,
        keys: keys?,
        timeout: Duration::from_secs(written.timeout_s),
        concurrency: written.concurrency,
        allow_private_addresses: written.allow_private_addresses,
        proxy: proxy.map_or(Some(None), |proxy| proxy.map(Some))?,
        tls,
    })
}

fn url(text: &str, at: &str, judge: &mut Judge<'_>) -> Option<Url> {
    let url = url_of(text, at, judge)?;
    if !url.username().is_empty() || url.password().is_some() {
        judge.error(at, format!("`{at}` holds a user name or password; requests are signed instead, so take it out"));
        return None;
    }
    if url.scheme() == "http" {
        judge.warning(
            at,
            format!("`{at}` is not https: whoever is on the way can read the calls (the signature only keeps them from changing any)"),
        );
    }
    Some(url)
}

fn url_of(text: &str, at: &str, judge: &mut Judge<'_>) -> Option<Url> {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "https" | "http") && url.host().is_some() => Some(url),
        Ok(_) => {
            judge.error(at, format!("`{at}` must begin with `https://` and name a host"));
            None
        }
        Err(error) => {
            judge.error(at, format!("`{at}` is no URL: {error}"));
            None
        }
    }
}

/// An address that is written out is known to be refused before anything is sent.
fn judge_host(url: &Url, written: &written::Sink, path: &str, judge: &mut Judge<'_>) {
    let literal = url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok());
    let is_private = literal.is_some_and(|address| !is_public(address)) || url.host_str() == Some("localhost");
    if is_private && !written.allow_private_addresses && written.proxy.is_none() {
        let at = format!("{path}.url");
        judge.error(&at, format!("`{at}` leads to a private address; if that is meant, write `allow_private_addresses = true`"));
    }
}

fn keys(files: &[String], path: &str, judge: &mut Judge<'_>) -> Option<Vec<SigningKey>> {
    let list = format!("{path}.secret_files");
    if files.is_empty() {
        if !judge.is_told(&list) {
            judge.error(
                &list,
                format!("`{list}` is missing or empty: name a file with a secret such as `whsec_…` (`openssl rand -base64 32`)"),
            );
        }
        return None;
    }
    let mut keys = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let at = format!("{list}[{index}]");
        let Some(secret) = secret_file(file, &at, judge) else { continue };
        match SigningKey::parse(secret.expose()) {
            Ok(key) => keys.push(key),
            Err(error) => judge.error(&at, format!("`{at}`: {error}")),
        }
    }
    (keys.len() == files.len()).then_some(keys)
}
