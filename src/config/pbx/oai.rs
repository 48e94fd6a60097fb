//! What is particular to System OAI.

use std::time::Duration;

use super::Connect;
use crate::config::meant::Judge;
use crate::config::written;
use crate::pbx::oai::{Charset, Dee, Expanded, FieldMap, ListMode, Networked, QueryTemplate, Replay, Settings, Timers};

/// The PBX drops everything that it reports after so long without a command (OAI §1.5).
const IDLE_S: u64 = 270;

/// Longest application name: the login frame must not become long (OAI §1.3 gives no limit).
const APPLICATION_CHARACTERS_MAX: usize = 64;

/// For a session that listens.
pub(super) fn understand(written: &written::Pbx, path: &str, judge: &mut Judge<'_>) -> Settings {
    let oai = &written.oai;
    let at = format!("{path}.oai.application");
    let is_right = |name: &str| name.chars().all(|c| (' '..='~').contains(&c)) && name.len() <= APPLICATION_CHARACTERS_MAX;
    if !is_right(&oai.application) {
        judge.error(&at, format!("`{at}` must be at most {APPLICATION_CHARACTERS_MAX} printable ASCII characters"));
    }
    Settings {
        application: oai.application.clone(),
        networked: match oai.networked.as_str() {
            "yes" => Networked::Yes,
            "no" => Networked::No,
            _ => Networked::Auto,
        },
        node_aware: oai.node_aware,
        expanded_extensions: match oai.expanded_extensions.as_str() {
            "yes" => Expanded::Yes,
            "no" => Expanded::No,
            _ => Expanded::Auto,
        },
        charset: match oai.charset.as_str() {
            "iso-8859-1" => Charset::Iso8859_1,
            "utf-8" => Charset::Utf8,
            _ => Charset::Windows1252,
        },
        replay: if oai.replay == "asked" { Replay::Asked } else { Replay::WithMonitor },
        monitor_trunks: oai.monitor_trunks,
        monitor_hunt_groups: oai.monitor_hunt_groups,
        list_mode: match oai.list_mode.as_str() {
            "chunks" => ListMode::Chunks,
            "whole" => ListMode::Whole,
            _ => ListMode::Auto,
        },
        list_chunk: oai.list_chunk,
        voice_mail: oai.voice_mail.clone(),
        copies: Duration::from_millis(oai.copies_ms),
        frame_bytes_max: oai.frame_bytes_max,
        timers: timers(written, path, judge),
        dee: dee(&oai.dee, path, judge),
        ..Settings::default()
    }
}

/// What a session that logs in needs besides.
pub(super) fn log_in(settings: &mut Settings, connect: &Connect) {
    settings.password = connect.secret.expose().into();
}

fn timers(written: &written::Pbx, path: &str, judge: &mut Judge<'_>) -> Timers {
    let timers = &written.oai.timers;
    let silence = timers.keep_alive_s.saturating_add(timers.reply_s);
    if silence >= IDLE_S {
        let at = format!("{path}.oai.timers.keep_alive_s");
        judge.error(
            &at,
            format!("`{at}` and `reply_s` are {silence} s together; the PBX forgets what it was asked to report after {IDLE_S} s"),
        );
    }
    if timers.monitor_retry_s > timers.monitor_retry_max_s {
        let at = format!("{path}.oai.timers.monitor_retry_max_s");
        judge.error(&at, format!("`{at}` is {} s, less than `monitor_retry_s` ({} s)", timers.monitor_retry_max_s, timers.monitor_retry_s));
    }
    Timers {
        login: Duration::from_secs(written.login_timeout_s),
        ready: Duration::from_secs(timers.ready_s),
        reply: Duration::from_secs(timers.reply_s),
        optional_reply: Duration::from_secs(timers.optional_reply_s),
        keep_alive: Duration::from_secs(timers.keep_alive_s),
        keep_alive_misses: timers.keep_alive_misses,
        resync_start: Duration::from_secs(timers.resync_start_s),
        resync: Duration::from_secs(timers.resync_s),
        resync_interval: Duration::from_secs(timers.resync_interval_s),
        refresh_pause: Duration::from_secs(timers.refresh_pause_s),
        monitor_retry: Duration::from_secs(timers.monitor_retry_s),
        monitor_retry_max: Duration::from_secs(timers.monitor_retry_max_s),
        call_silence: Duration::from_secs(timers.call_silence_s),
        audit_pause: Duration::from_secs(timers.audit_pause_s),
        capture_quiet: Duration::from_secs(timers.capture_quiet_s),
    }
}

fn dee(written: &written::OaiDee, path: &str, judge: &mut Judge<'_>) -> Dee {
    let at = format!("{path}.oai.dee.users_mask");
    let mask = u32::from_str_radix(&written.users_mask, 16).ok().filter(|mask| (1..=0x3F).contains(mask));
    if mask.is_none() {
        judge.error(&at, format!("`{at}` is \"{}\"; it must be a hexadecimal number from \"1\" to \"3F\"", written.users_mask));
    }
    let at = format!("{path}.oai.dee.destination_query");
    let query = written.destination_query.as_ref().and_then(|text| match text.parse::<QueryTemplate>() {
        Ok(template) => Some(template),
        Err(error) => {
            judge.error(&at, format!("`{at}` is \"{text}\"; {error}"));
            None
        }
    });
    let at = format!("{path}.oai.dee.prd_extension");
    if let Some(extension) = &written.prd_extension
        && (extension.is_empty() || extension.contains(|c: char| c == ',' || c == '|' || !c.is_ascii_graphic()))
    {
        judge.error(&at, format!("`{at}` is \"{extension}\"; it must be an extension such as \"2065\""));
    }
    Dee {
        users: written.users_query,
        users_mask: mask.unwrap_or(0x1F),
        query,
        fields: fields(&written.fields, path, judge),
        interval: Duration::from_secs(written.interval_s),
        prd_extension: written.prd_extension.clone(),
    }
}

fn fields(written: &written::OaiDeeFields, path: &str, judge: &mut Judge<'_>) -> FieldMap {
    let mut column = |name: &str, number: i64| {
        let column = usize::try_from(number).ok();
        if column.is_some_and(|column| column >= written.stride) {
            let at = format!("{path}.oai.dee.fields.{name}");
            judge.error(&at, format!("`{at}` is {number}; a destination has {} fields (`stride`), the first is 0", written.stride));
        }
        column
    };
    let (kind, extension, number) =
        (column("kind", written.kind), column("extension", written.extension), column("number", written.number));
    if extension.is_none() && number.is_none() {
        judge.error(
            &format!("{path}.oai.dee.fields"),
            format!("`{path}.oai.dee.fields` names neither `extension` nor `number`: what would be a member?"),
        );
    }
    FieldMap { start: written.start, stride: written.stride, kind, extension, number, skipped_kinds: written.skipped_kinds.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Driver, Surroundings, Use, read};

    #[test]
    fn what_is_not_written_is_as_the_session_has_it() {
        let text = "[site]\nname = \"hq\"\n[[pbx]]\nname = \"mitel\"\ndriver = \"oai\"\naddress = \"192.0.2.1\"\n";
        let surroundings = Surroundings::from_pairs([]);
        let loaded = read(std::path::Path::new("strowger.toml"), text, Use::Connect, &surroundings).expect("right");
        let Driver::Oai(settings) = loaded.config.pbxs()[0].driver() else { panic!("another driver") };
        assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::default()));
    }
}
