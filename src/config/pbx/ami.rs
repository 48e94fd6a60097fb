//! What is particular to Asterisk.

use std::time::Duration;

use super::{Connect, required};
use crate::config::meant::Judge;
use crate::config::written;
use crate::pbx::ami::{AgentSource, Auth, Naming, Pattern, Settings};

/// For a session that listens.
pub(super) fn understand(written: &written::Pbx, path: &str, judge: &mut Judge<'_>) -> Settings {
    let limits = &written.limits;
    if limits.line_bytes_max > limits.message_bytes_max {
        let at = format!("{path}.limits.message_bytes_max");
        judge.error(&at, format!("`{at}` is {}, less than `line_bytes_max` ({})", limits.message_bytes_max, limits.line_bytes_max));
    }
    Settings {
        limits: strowger_protocol::ami::Limits {
            line_bytes: limits.line_bytes_max,
            message_bytes: limits.message_bytes_max,
            fields: limits.fields_max,
        },
        naming: Naming {
            trunks: patterns(&written.devices.trunks, &format!("{path}.devices.trunks"), judge),
            extensions: patterns(&written.devices.extensions, &format!("{path}.devices.extensions"), judge),
            aliases: written.devices.aliases.clone(),
            agents: patterns(&written.agents.agent_ids, &format!("{path}.agents.agent_ids"), judge),
            agent_source: match written.agents.from.as_str() {
                "member_name" => AgentSource::MemberName,
                "interface" => AgentSource::Interface,
                _ => AgentSource::Both,
            },
        },
        ..Settings::default()
    }
}

/// What a session that logs in needs besides; false if it is not all there.
pub(super) fn log_in(
    settings: &mut Settings,
    connect: Option<&Connect>,
    written: &written::Pbx,
    path: &str,
    judge: &mut Judge<'_>,
) -> bool {
    let username = required(written.username.as_deref(), path, "username", "a user of the PBX's manager.conf", judge);
    if username.is_some_and(|name| name.is_empty() || name.contains(char::is_control)) {
        judge.error(&format!("{path}.username"), format!("`{path}.username` is empty or holds control characters"));
    }
    settings.auth = if written.auth == "plain" { Auth::Plain } else { Auth::Md5 };
    if settings.auth == Auth::Plain && connect.is_some_and(|connect| connect.tls.is_none() && !connect.address.is_loopback()) {
        judge.warning(
            &format!("{path}.auth"),
            format!("`{path}.auth` is \"plain\" without TLS: whoever listens on the way reads the secret"),
        );
    }
    check_events(&written.events, path, judge);
    if written.keep_alive_s >= written.dead_after_s {
        let at = format!("{path}.dead_after_s");
        judge.error(&at, format!("`{at}` is {}; it must be more than `keep_alive_s` ({})", written.dead_after_s, written.keep_alive_s));
    }
    settings.events.clone_from(&written.events);
    settings.keep_alive = Duration::from_secs(written.keep_alive_s);
    settings.dead_after = Duration::from_secs(written.dead_after_s);
    settings.login_timeout = Duration::from_secs(written.login_timeout_s);
    settings.action_timeout = Duration::from_secs(written.action_timeout_s);
    settings.audit_interval = Duration::from_secs(written.audit_interval_s);
    let (Some(username), Some(connect)) = (username, connect) else { return false };
    username.clone_into(&mut settings.username);
    settings.secret = connect.secret.expose().into();
    true
}

/// The classes of manager.conf.
const CLASSES: &[&str] = &[
    "all",
    "on",
    "off",
    "system",
    "call",
    "log",
    "verbose",
    "command",
    "agent",
    "user",
    "config",
    "dtmf",
    "reporting",
    "cdr",
    "dialplan",
    "originate",
    "agi",
    "cc",
    "aoc",
    "test",
    "security",
    "message",
];

fn check_events(events: &str, path: &str, judge: &mut Judge<'_>) {
    let at = format!("{path}.events");
    let classes: Vec<&str> = events.split(',').map(str::trim).collect();
    for class in &classes {
        if !CLASSES.contains(class) {
            let hint = crate::config::closest(class, CLASSES.iter().copied())
                .map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"));
            judge.error(&at, format!("`{at}`: there is no event class \"{class}\"{hint}"));
        }
    }
    if !classes.iter().any(|class| matches!(*class, "call" | "all" | "on")) {
        judge.error(&at, format!("`{at}` must hold \"call\": without it no call is seen"));
    }
}

fn patterns(written: &[String], path: &str, judge: &mut Judge<'_>) -> Vec<Pattern> {
    let mut patterns = Vec::with_capacity(written.len());
    for (index, text) in written.iter().enumerate() {
        match text.parse() {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => judge.error(&format!("{path}[{index}]"), format!("`{path}`: {error}")),
        }
    }
    patterns
}
