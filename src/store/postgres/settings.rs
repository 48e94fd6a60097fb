//! How to reach a PostgreSQL server, and how patient to be with it.

use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::PostgresError;
use crate::pbx::link::TlsSettings;

/// Where a database is, who we are there, and how long things may take.
#[derive(Clone)]
pub struct Settings {
    config: Config,
    /// The password, where it does not stand in the URL.
    pub password: Option<SecretString>,
    /// TLS; `None` for plain TCP, unless the URL says `sslmode=require`.
    pub tls: Option<TlsSettings>,
    /// For everything until the connection can be used: name, TCP, TLS, login.
    pub connect_timeout: Duration,
    /// For one question or one batch, on the server and on the way.
    pub statement_timeout: Duration,
    /// Connections at the same time, from 1 on; whoever wants one more waits for `connect_timeout`.
    pub connections_max: usize,
}

impl Settings {
    /// From `postgres://user@host:5432/database`; any form that libpq's URLs and key-value texts have for these. Plain TCP, connect
    /// within 10 s, statements within 30 s, 4 connections.
    pub fn parse(url: &str) -> Result<Self, PostgresError> {
        let config = Config::from_str(url).map_err(|error| PostgresError::Url(cause(&error)))?;
        if config.get_hosts().is_empty() {
            return Err(PostgresError::Url("it names no host".to_owned()));
        }
        if config.get_user().is_none() {
            return Err(PostgresError::Url("it names no user".to_owned()));
        }
        Ok(Self {
            config,
            password: None,
            tls: None,
            connect_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            connections_max: 4,
        })
    }

    /// Whether the URL itself holds a password.
    pub fn has_password_in_url(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// Whether everything stays on this machine: Unix sockets and the loopback address.
    pub fn is_local(&self) -> bool {
        self.config.get_hosts().iter().all(|host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        })
    }

    /// Where, for people: `PostgreSQL db.example.com:5432/strowger`.
    pub fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().or_else(|| self.config.get_user()).unwrap_or_default();
        format!("PostgreSQL {host}:{port}/{database}")
    }

    /// TLS as it shall be; `None` for plain TCP.
    pub(super) fn tls(&self) -> Option<TlsSettings> {
        self.tls.clone().or_else(|| (self.config.get_ssl_mode() == SslMode::Require).then(TlsSettings::default))
    }

    /// The first host by name, for its certificate.
    pub(super) fn host(&self) -> &str {
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name,
            _ => "localhost",
        }
    }

    /// For the library, with everything in it.
    pub(super) fn config(&self) -> Config {
        let mut config = self.config.clone();
        if let Some(password) = &self.password {
            config.password(password.expose_secret());
        }
        config.ssl_mode(if self.tls().is_some() { SslMode::Require } else { SslMode::Disable });
        config.connect_timeout(self.connect_timeout);
        // A server that vanished without a word is noticed in about the time that a statement may take.
        config.keepalives(true).keepalives_idle(Duration::from_secs(30)).tcp_user_timeout(self.statement_timeout);
        if config.get_application_name().is_none() {
            config.application_name("strowger");
        }
        // Every question says by its text what the best plan depends on: one plan for each is kept, since making one anew looks at all
        // months, which takes longer than the answer.
        let own =
            format!("-c statement_timeout={} -c timezone=UTC -c plan_cache_mode=force_generic_plan", self.statement_timeout.as_millis());
        let options = config.get_options().map_or_else(|| own.clone(), |options| format!("{options} {own}"));
        config.options(options);
        config
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("place", &self.place()).field("tls", &self.tls()).finish_non_exhaustive()
    }
}

/// What lies beneath, since the library's own word for it is general.
fn cause(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let place = |url: &str| Settings::parse(url).map(|settings| settings.place()).map_err(|error| error.to_string());
        assert_eq!(place("postgres://noor@db.example.com/calls").as_deref(), Ok("PostgreSQL db.example.com:5432/calls"));
        assert_eq!(place("postgresql://noor@192.0.2.1:6000").as_deref(), Ok("PostgreSQL 192.0.2.1:6000/noor"));
        assert_eq!(place("postgres:///calls?host=/run/postgresql&user=noor").as_deref(), Ok("PostgreSQL /run/postgresql:5432/calls"));
        for (url, what) in [("postgres:///calls", "no host"), ("postgres://db.example.com", "no user"), ("mysql://x", "")] {
            assert!(place(url).is_err_and(|error| error.contains(what)), "{url}");
        }
        let local = |url: &str| Settings::parse(url).map(|settings| settings.is_local()).ok();
        assert_eq!(local("postgres://noor@127.0.0.1/calls"), Some(true));
        assert_eq!(local("postgres://noor@db.example.com/calls"), Some(false));
    }

    #[test]
    fn secrets_are_never_shown() {
        let mut settings = Settings::parse("postgres://noor:sesame@db.example.com/calls").expect("a good URL");
        settings.password = Some("abracadabra".into());
        let shown = format!("{settings:?} {}", settings.place());
        assert!(!shown.contains("sesame") && !shown.contains("abracadabra"), "{shown}");
        let error = Settings::parse("postgres://noor:sesame@db.example.com/calls?x=y").expect_err("no such option").to_string();
        assert!(!error.contains("sesame"), "{error}");
    }
}
