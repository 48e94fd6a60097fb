//! One request, from the body to what the answer means.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Proxy, Url, redirect};

use super::address::Guard;
use super::answer::{self, Answer};
use super::signature::{SigningKey, signatures};
use super::{is_public, payload};
use crate::sink::settings::Webhook;
use crate::sink::tls::TlsError;
use crate::spool::Clock;
use crate::spool::outbox::Entry;

/// Idle connections are closed after so long, before most receivers do it.
const IDLE: Duration = Duration::from_secs(30);

/// So much of an answer's body is read, that the connection can be used again; what is longer costs a new connection.
const ANSWER_BYTES_MAX: usize = 16_384;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The files of TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The library refuses.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

/// Sends requests; clones share their connections.
#[derive(Clone)]
pub(super) struct Requests {
    client: Client,
    url: Url,
    keys: Arc<[SigningKey]>,
    clock: Clock,
    /// The URL has an address in it that is refused: a resolver is never asked for it.
    refused: Option<String>,
}

impl Requests {
    /// Reads the files of TLS. Blocks.
    pub(super) fn new(settings: &Webhook, clock: Clock) -> Result<Self, WebhookError> {
        // Whose certificate holds is decided here, not by what else the process has set up.
        let tls = settings.tls.clone().unwrap_or_default().client_config()?;
        let mut builder = Client::builder()
            .user_agent(concat!("strowger/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(settings.concurrency);
        builder = match &settings.proxy {
            Some(proxy) => builder.no_proxy().proxy(Proxy::all(proxy.clone())?),
            None => builder.no_proxy().dns_resolver(Guard { allow_private: settings.allow_private_addresses }),
        };
        let literal = settings.url.host_str().and_then(|host| host.trim_matches(['[', ']']).parse().ok());
        let is_judged = settings.proxy.is_none() && !settings.allow_private_addresses;
        let refused = literal.filter(|address| is_judged && !is_public(*address)).map(|address| {
            format!("{address} is a private address, which is refused; if that is meant, write `allow_private_addresses = true`")
        });
        Ok(Self { client: builder.build()?, url: settings.url.clone(), keys: settings.keys.clone().into(), clock, refused })
    }

    /// Sends the entry and waits for the answer.
    pub(super) async fn send(self, entry: Arc<Entry>) -> Answer {
        if let Some(why) = self.refused {
            return Answer::Unwell { after: None, why };
        }
        let body = payload::body(&entry);
        // A full stop in the id would make what is signed ambiguous.
        let id = entry.message_id.replace('.', "_");
        let timestamp_s = (self.clock)().wall.as_millis().div_euclid(1000);
        let request = self
            .client
            .post(self.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp_s)
            .header("webhook-signature", signatures(&self.keys, &id, timestamp_s, &body));
        match request.body(body).send().await {
            Ok(mut response) => {
                let answer = answer::of(response.status(), response.headers());
                let mut read = 0;
                while let Ok(Some(chunk)) = response.chunk().await {
                    read += chunk.len();
                    if read > ANSWER_BYTES_MAX {
                        break;
                    }
                }
                answer
            }
            Err(error) => Answer::Unwell { after: None, why: told(error) },
        }
    }
}

/// What happened, without the URL, which may hold a token.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
    // The last cause says most; those before it repeat where it happened.
    causes.last().map_or_else(|| error.to_string(), |cause| format!("no request could be made: {cause}"))
}
