//! What is particular to CSTA.

mod devices;

use std::time::Duration;

use secrecy::SecretString;
use smol_str::{SmolStr, ToSmolStr as _};
use strowger_protocol::csta::request::{
    CallAssociatedEvents, CallControlEvents, LogicalDeviceEvents, MaintenanceEvents, MediaAttachmentEvents, MonitorFilter,
    PhysicalDeviceEvents,
};
use strowger_protocol::csta::{DeviceForm, Edition, NumberType, RawXml, XmlLimits};

use super::{Asks, Connect};
use crate::config::meant::Judge;
use crate::config::{Use, closest, written};
use crate::pbx::csta::{Dialect, FilterPolarity, KeepAlive, Login, SessionUse, Settings, Timers};

/// Longest application name; no public source gives a limit.
const APPLICATION_CHARACTERS_MAX: usize = 64;
/// Avaya's namespace of a login within the session (CSTA §3).
const AVAYA: &str = "http://www.avaya.com/csta";

/// What the dialect asks of the way to the PBX: the ports that are known (CSTA §1).
pub(super) fn asks(written: &written::Pbx) -> Asks {
    let (port, port_tls) = match dialect(written) {
        Dialect::OpenScape => (Some(1040), None),
        Dialect::Dmcc => (Some(4721), Some(4722)),
        Dialect::Zultys => (Some(7777), Some(7778)),
        Dialect::MxOne | Dialect::Generic => (None, None),
    };
    // Without a user there is nothing that a secret could be of.
    Asks { what: "host and port of the PBX's CSTA service", port, port_tls, empty_secret: written.username.is_none() }
}

/// For a session that listens.
pub(super) fn understand(written: &written::Pbx, path: &str, judge: &mut Judge<'_>) -> Settings {
    let csta = &written.csta;
    let path = format!("{path}.csta");
    let usual = Settings::of(dialect(written));
    let at = format!("{path}.application");
    let is_right = |name: &str| !name.is_empty() && !name.contains(char::is_control) && name.chars().count() <= APPLICATION_CHARACTERS_MAX;
    if !is_right(&csta.application) {
        judge.error(&at, format!("`{at}` must be 1 to {APPLICATION_CHARACTERS_MAX} characters, none of them a control character"));
    }
    let edition = edition(csta, &usual, &path, judge);
    let keep_alive = keep_alive(csta, &usual, &path, judge);
    let application_session = match csta.application_session.as_deref() {
        Some("required") => SessionUse::Required,
        Some("if_offered") => SessionUse::IfOffered,
        Some("none") => SessionUse::None,
        _ => usual.application_session,
    };
    if keep_alive == KeepAlive::Session && application_session == SessionUse::None {
        let at = format!("{path}.keep_alive");
        judge.error(&at, format!("`{at}` is \"session\", and by `application_session` there is none; take \"status\""));
    }
    let devices = devices::all(csta, &path, judge);
    if devices.len() > csta.devices_max {
        let at = format!("{path}.devices_max");
        judge.error(&at, format!("`{at}` is {}; `extensions` and `hunt_groups` have {} devices", csta.devices_max, devices.len()));
    }
    let discover = csta.discover.unwrap_or(usual.discover);
    let monitor_own_user = csta.monitor_own_user.unwrap_or(usual.monitor_own_user);
    let are_devices_told = judge.is_told(&format!("{path}.extensions")) || judge.is_told(&format!("{path}.hunt_groups"));
    if judge.purpose == Use::Connect && devices.is_empty() && !discover && !monitor_own_user && !are_devices_told {
        judge.error(
            &path,
            format!("`{path}.extensions` is missing: by `discover` the PBX is not asked for its devices, so no call would be seen"),
        );
    }
    Settings {
        application_session,
        application: csta.application.to_smolstr(),
        protocol_versions: protocol_versions(csta, &edition, &usual, &path, judge),
        edition,
        login: None,
        pbx_speaks_first: csta.pbx_speaks_first.unwrap_or(usual.pbx_speaks_first),
        register: csta.register.unwrap_or(usual.register),
        keep_alive,
        device_form: device_form(csta, &usual, &path, judge),
        discover,
        devices,
        monitor_own_user,
        unwanted: unwanted(csta, &path, judge),
        filter_polarity: if csta.filter_true == "sent" { FilterPolarity::TrueIsSent } else { FilterPolarity::TrueIsLeftOut },
        monitor_private: element(csta.monitor_private.as_deref(), "monitor_private", &path, judge),
        agents: csta.agents.unwrap_or(usual.agents),
        internal_digits_max: csta.internal_digits_max,
        in_flight_max: csta.in_flight_max,
        devices_max: csta.devices_max,
        frame_bytes_max: csta.frame_bytes_max,
        xml: XmlLimits {
            depth: csta.limits.depth_max,
            elements: csta.limits.elements_max,
            attributes: csta.limits.attributes_max,
            attribute_bytes: csta.limits.attribute_bytes_max,
            namespaces: csta.limits.namespaces_max,
        },
        timers: timers(csta, &path, judge),
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
    let login = &written.csta.login;
    let at = format!("{path}.csta.login");
    let element = element(login.element.as_deref(), "login.element", &format!("{path}.csta"), judge);
    if let Some(element) = &element
        && !(element.contains("{user}") && element.contains("{password}"))
    {
        let at = format!("{at}.element");
        judge.error(&at, format!("`{at}` must hold `{{user}}` and `{{password}}`: there they are put in"));
    }
    let dialect = dialect(written);
    let namespace = login.namespace.clone().unwrap_or_else(|| if dialect == Dialect::Dmcc { AVAYA.to_owned() } else { String::new() });
    let has_session = settings.application_session != SessionUse::None;
    let is_sent = element.is_some() || has_session && !namespace.is_empty();
    let Some(user) = &written.username else {
        let missing = format!("{path}.username");
        if is_sent && !judge.places.knows(&missing) {
            let why = if element.is_some() { "`csta.login.element` logs in with it" } else { "the application session logs in with it" };
            let without =
                if element.is_some() { "" } else { "; where the PBX wants no login, set `namespace = \"\"` in `[pbx.csta.login]`" };
            judge.error(path, format!("`{missing}` is missing: {why}{without}"));
        }
        for name in ["secret_file", "secret_credential", "secret"] {
            let secret = format!("{path}.{name}");
            if judge.places.knows(&secret) && !is_sent {
                judge.error(&secret, format!("`{secret}` is a secret without a user; write `username` as well"));
            }
        }
        return connect.is_some();
    };
    if user.is_empty() || user.contains(char::is_control) {
        judge.error(&format!("{path}.username"), format!("`{path}.username` is empty or holds control characters"));
    }
    if !is_sent && !judge.is_told(&format!("{at}.element")) {
        let how = if has_session { "`namespace` or `element`" } else { "`element`" };
        judge.error(
            &format!("{path}.username"),
            format!("`{path}.username` would be sent nowhere: write {how} in `[pbx.csta.login]`, or leave user and secret out"),
        );
    }
    let Some(connect) = connect else { return false };
    if connect.tls.is_none() && !connect.address.is_loopback() {
        judge.warning(
            &format!("{path}.username"),
            format!("`{path}.username` and its secret are sent without TLS: whoever listens on the way reads them"),
        );
    }
    settings.login = Some(Login {
        user: user.clone(),
        password: SecretString::from(connect.secret.expose().to_owned()),
        namespace: namespace.into(),
        cleanup_delay_s: login.cleanup_delay_s,
        element,
    });
    true
}

fn dialect(written: &written::Pbx) -> Dialect {
    match written.csta.dialect.as_str() {
        "openscape" => Dialect::OpenScape,
        "mx-one" => Dialect::MxOne,
        "dmcc" => Dialect::Dmcc,
        "zultys" => Dialect::Zultys,
        _ => Dialect::Generic,
    }
}

fn edition(csta: &written::Csta, usual: &Settings, path: &str, judge: &mut Judge<'_>) -> Edition {
    match csta.edition.as_deref() {
        None => usual.edition.clone(),
        Some("ed2") => Edition::Ed2,
        Some("ed3") => Edition::Ed3,
        Some("ed4") => Edition::Ed4,
        Some("ed5") => Edition::Ed5,
        Some("ed6") => Edition::Ed6,
        Some("none") => Edition::None,
        Some(namespace) if is_namespace(namespace) => Edition::of(Some(namespace)),
        Some(other) => {
            let at = format!("{path}.edition");
            judge
                .error(&at, format!("`{at}` is \"{other}\"; it must be \"ed2\" to \"ed6\", \"none\", or a namespace such as \"http://…\""));
            usual.edition.clone()
        }
    }
}

/// A name with a scheme, of characters that stand in an attribute as they are.
fn is_namespace(text: &str) -> bool {
    text.contains(':') && text.len() <= 256 && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '&' | '"' | '\''))
}

fn protocol_versions(csta: &written::Csta, edition: &Edition, usual: &Settings, path: &str, judge: &mut Judge<'_>) -> Vec<SmolStr> {
    let at = format!("{path}.protocol_versions");
    let Some(written) = &csta.protocol_versions else {
        let mut versions = usual.protocol_versions.clone();
        let namespace = edition.namespace();
        if !namespace.is_empty() && !versions.iter().any(|version| version.starts_with(namespace)) {
            versions.insert(0, namespace.into());
        }
        return versions;
    };
    if written.is_empty() || written.iter().any(|version| version.is_empty() || version.contains(char::is_control)) {
        judge.error(&at, format!("`{at}` must hold at least one version, and none that is empty"));
    }
    written.iter().map(SmolStr::new).collect()
}

fn keep_alive(csta: &written::Csta, usual: &Settings, path: &str, judge: &mut Judge<'_>) -> KeepAlive {
    let element = element(csta.keep_alive_element.as_deref(), "keep_alive_element", path, judge);
    let keep_alive = match csta.keep_alive.as_deref() {
        Some("status") => KeepAlive::Status,
        Some("session") => KeepAlive::Session,
        Some("element") => KeepAlive::Element(SmolStr::new_static("<keepalive/>")),
        _ => usual.keep_alive.clone(),
    };
    match (keep_alive, element) {
        (KeepAlive::Element(_), Some(element)) => KeepAlive::Element(element),
        (other, Some(_)) => {
            let at = format!("{path}.keep_alive_element");
            judge.error(&at, format!("`{at}` is for `keep_alive = \"element\"`"));
            other
        }
        (keep_alive, None) => keep_alive,
    }
}

/// An element that is sent as it stands.
fn element(written: Option<&str>, name: &str, path: &str, judge: &mut Judge<'_>) -> Option<SmolStr> {
    let written = written?;
    let at = format!("{path}.{name}");
    match RawXml::new(written) {
        Ok(_) => Some(SmolStr::new(written)),
        Err(error) => {
            judge.error(&at, format!("`{at}` is no XML element: {error}"));
            None
        }
    }
}

fn device_form(csta: &written::Csta, usual: &Settings, path: &str, judge: &mut Judge<'_>) -> DeviceForm {
    let device = &csta.device;
    if device.text.is_none() && device.type_of_number.is_none() && device.attributes.is_none() {
        return usual.device_form.clone();
    }
    let sample = usual.device_form.device("{number}");
    let text = device.text.as_deref().map_or(sample.text, SmolStr::new);
    if !text.contains("{number}") || text.contains(char::is_control) {
        let at = format!("{path}.device.text");
        judge.error(&at, format!("`{at}` is {text:?}; it must hold `{{number}}`, where the number is put in"));
    }
    let number_type = match device.type_of_number.as_deref() {
        None => sample.number_type,
        Some("none") => None,
        Some(word) => Some(number_type(word, path, judge)),
    };
    let attributes = match &device.attributes {
        None => sample.attributes,
        Some(written) => written.iter().map(|(name, value)| (SmolStr::new(name), SmolStr::new(value))).collect(),
    };
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    for (name, value) in &attributes {
        if !is_name(name) || name == "typeOfNumber" || value.contains(char::is_control) {
            let at = format!("{path}.device.attributes");
            judge.error(&at, format!("`{at}` has {name:?}, which cannot be an attribute here"));
        }
    }
    DeviceForm::Template { text, number_type, attributes }
}

fn number_type(word: &str, path: &str, judge: &mut Judge<'_>) -> NumberType {
    let kind = NumberType::from(word);
    if !NumberType::KNOWN.contains(&kind) {
        let at = format!("{path}.device.type_of_number");
        let hint = closest(word, NumberType::KNOWN.iter().map(NumberType::as_str));
        let hint = hint.map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"));
        judge.error(&at, format!("`{at}` is \"{word}\", which the schema does not have{hint}"));
    }
    kind
}

/// The filter that leaves these out, each in its group.
fn unwanted(csta: &written::Csta, path: &str, judge: &mut Judge<'_>) -> Option<MonitorFilter> {
    if csta.unwanted_events.is_empty() {
        return None;
    }
    let mut filter = MonitorFilter::default();
    for (index, name) in csta.unwanted_events.iter().enumerate() {
        let mut is_known = false;
        let mut known: Vec<&str> = Vec::new();
        macro_rules! groups {
            ($($group:ident: $type:ident)*) => {$(
                known.extend_from_slice($type::KNOWN);
                if $type::KNOWN.contains(&name.as_str()) {
                    filter.$group.get_or_insert_default().set(name, true);
                    is_known = true;
                }
            )*};
        }
        groups! {
            call_control: CallControlEvents
            call_associated: CallAssociatedEvents
            media: MediaAttachmentEvents
            physical_device: PhysicalDeviceEvents
            logical_device: LogicalDeviceEvents
            maintenance: MaintenanceEvents
        }
        let at = format!("{path}.unwanted_events");
        if !is_known {
            let hint = closest(name, known).map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"));
            judge.error(&format!("{at}[{index}]"), format!("`{at}`: there is no event \"{name}\" in the filter of the schema{hint}"));
        } else if NEEDED.contains(&name.as_str()) {
            judge.error(&format!("{at}[{index}]"), format!("`{at}`: without \"{name}\" calls cannot be followed"));
        }
    }
    Some(filter)
}

/// Without these a call is not seen, or never ends.
const NEEDED: &[&str] =
    &["originated", "delivered", "established", "connectionCleared", "transferred", "conferenced", "diverted", "failed"];

fn timers(csta: &written::Csta, path: &str, judge: &mut Judge<'_>) -> Timers {
    let timers = &csta.timers;
    if timers.retry_s > timers.retry_max_s {
        let at = format!("{path}.timers.retry_max_s");
        judge.error(&at, format!("`{at}` is {} s, less than `retry_s` ({} s)", timers.retry_max_s, timers.retry_s));
    }
    Timers {
        greeting: Duration::from_secs(timers.greeting_s),
        answer: Duration::from_secs(timers.answer_s),
        session_s: timers.session_s,
        keep_alive: Duration::from_secs(timers.keep_alive_s),
        keep_alive_misses: timers.keep_alive_misses,
        retry: Duration::from_secs(timers.retry_s),
        retry_max: Duration::from_secs(timers.retry_max_s),
        refused: Duration::from_secs(timers.refused_s),
        capture_quiet: Duration::from_secs(timers.capture_quiet_s),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Driver, Surroundings, read};

    #[test]
    fn what_is_not_written_is_as_the_dialect_has_it() {
        let dialects = [Dialect::Generic, Dialect::OpenScape, Dialect::MxOne, Dialect::Dmcc, Dialect::Zultys];
        for (name, dialect) in ["generic", "openscape", "mx-one", "dmcc", "zultys"].into_iter().zip(dialects) {
            let text = format!("[site]\nname = \"hq\"\n[[pbx]]\nname = \"pbx\"\ndriver = \"csta\"\n[pbx.csta]\ndialect = \"{name}\"\n");
            let surroundings = Surroundings::from_pairs([]);
            let loaded = read(std::path::Path::new("strowger.toml"), &text, Use::Replay, &surroundings).expect("right");
            let Driver::Csta(settings) = loaded.config.pbxs()[0].driver() else { panic!("another driver") };
            assert_eq!(format!("{settings:?}"), format!("{:?}", Settings::of(dialect)));
        }
    }
}
