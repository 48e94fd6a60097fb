//! What an administrator can set for one Asterisk.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;
use strowger_protocol::ami::Limits;

use super::pattern::Pattern;

/// Settings of one Asterisk's session.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Account in manager.conf.
    pub username: String,
    /// Its secret.
    pub secret: SecretString,
    /// How the secret is proven.
    pub auth: Auth,
    /// Event classes asked for on the connection (`Action: Events`); empty: all that the account may read.
    pub events: String,
    /// Time between two questions for a sign of life.
    pub keep_alive: Duration,
    /// Silence after which the peer counts as dead.
    pub dead_after: Duration,
    /// Time for greeting and login.
    pub login_timeout: Duration,
    /// Time for an answer to start, or to go on, in the snapshot.
    pub action_timeout: Duration,
    /// Time between two audits, in which calls that the PBX forgot are found.
    pub audit_interval: Duration,
    /// Limits of the codec.
    pub limits: Limits,
    /// How this Asterisk names things.
    pub naming: Naming,
}

/// How the secret is proven.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Auth {
    /// By an MD5 challenge: the secret is not on the wire.
    #[default]
    Md5,
    /// The secret as it is.
    Plain,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            username: String::new(),
            secret: SecretString::default(),
            auth: Auth::Md5,
            events: "system,call,agent,user".to_owned(),
            keep_alive: Duration::from_secs(10),
            dead_after: Duration::from_secs(30),
            login_timeout: Duration::from_secs(10),
            action_timeout: Duration::from_secs(15),
            audit_interval: Duration::from_mins(10),
            limits: Limits::default(),
            naming: Naming::default(),
        }
    }
}

/// How this Asterisk names things.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Naming {
    /// Endpoints that lead outside. Empty: an endpoint that is no extension is a trunk.
    pub trunks: Vec<Pattern>,
    /// Numbers of extensions. Empty: what looks like one (two to six digits).
    pub extensions: Vec<Pattern>,
    /// Endpoint to extension, where they differ.
    pub aliases: BTreeMap<String, String>,
    /// Agent IDs. Empty: only what `Agents` and `AgentLogin` name.
    pub agents: Vec<Pattern>,
    /// Where a queue member's agent ID is looked for.
    pub agent_source: AgentSource,
}

/// Where a queue member's agent ID is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum AgentSource {
    /// In the member's name.
    MemberName,
    /// In the number of its interface.
    Interface,
    /// In the name, then in the interface.
    #[default]
    Both,
}

impl Naming {
    /// Whether a number is an extension's.
    pub fn is_extension(&self, number: &str) -> bool {
        if self.extensions.is_empty() {
            (2..=6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit())
        } else {
            self.extensions.iter().any(|p| p.matches(number))
        }
    }

    /// Whether an endpoint leads outside for certain.
    pub fn is_trunk(&self, endpoint: &str) -> bool {
        self.trunks.iter().any(|p| p.matches(endpoint))
    }

    /// Whether a text is an agent ID.
    pub fn is_agent(&self, text: &str) -> bool {
        self.agents.iter().any(|p| p.matches(text))
    }

    /// The extension behind an endpoint; `own_number` is the caller ID that its channel presents as its own.
    pub fn extension_of<'a>(&'a self, endpoint: &'a str, own_number: Option<&'a str>) -> Option<&'a str> {
        if let Some(extension) = self.aliases.get(endpoint) {
            return Some(extension);
        }
        if self.is_trunk(endpoint) {
            return None;
        }
        if self.is_extension(endpoint) {
            return Some(endpoint);
        }
        // Several devices of one extension are often called by its number and a word: 1001-desk, 1001_mobile.
        let number = endpoint.split(['-', '_', '.']).next().unwrap_or(endpoint);
        if number.len() < endpoint.len() && self.is_extension(number) {
            return Some(number);
        }
        own_number.filter(|number| self.is_extension(number))
    }
}
