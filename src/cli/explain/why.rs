//! Why a part of a call is credited as it is.

use super::{capitalised, course};
use crate::cli::show::{Times, harmless};
use crate::directory::Directory;
use crate::record::{Role, Rule, Segment};
use crate::telephony::{DeviceId, Time};

/// The rule's name.
pub(super) fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::Agent => "agent",
        Rule::PrimaryExtension => "primary extension",
        Rule::SecondaryExtension => "secondary extension",
        Rule::Dee => "DEE",
        Rule::None => "none",
    }
}

/// What was the case at the instant that counts.
pub(super) fn evidence(segment: &Segment, user: &str, times: &Times) -> String {
    let attribution = &segment.attribution;
    let (device, user) = (harmless(&segment.device), harmless(user));
    let when = instant(segment, times);
    let since = attribution.since.map(|since| format!(" since {}", times.moment(since)));
    let (was, since) = since.map_or(("was", String::new()), |since| ("had been", since));
    match attribution.rule {
        Rule::Agent => {
            let agent = harmless(segment.agent.as_deref().unwrap_or("?"));
            format!("{when}, agent {agent} was logged on there, and this agent ID {was} {user}'s{since}")
        }
        Rule::PrimaryExtension => format!("{when}, {device} {was} {user}'s primary extension{since}"),
        Rule::SecondaryExtension => format!("{when}, {device} {was} a secondary extension of {user}'s{since}"),
        Rule::Dee => {
            let main = attribution.association.as_deref().and_then(|text| text.strip_prefix("dee ")?.split(" > ").next());
            let main = harmless(main.unwrap_or("?"));
            format!("{when}, {device} was nobody's own, and rang along with {main}, which {was} {user}'s primary extension{since}")
        }
        Rule::None => harmless(&attribution.reason).replace('_', " "),
    }
}

/// The instant that counts, and what it is.
fn instant(segment: &Segment, times: &Times) -> String {
    let at = segment.attribution.at;
    let what = match segment.role {
        Role::Caller => "the call was begun",
        _ if segment.answered_at == Some(at) => "it answered",
        _ => "it was first called",
    };
    format!("when {what}, at {}", times.clock(at))
}

/// Why nobody.
pub(super) fn nobody(segment: &Segment) -> String {
    let device = harmless(&segment.device);
    match segment.attribution.reason.as_str() {
        "not_a_person" => format!("a {} is part of the way, not a person", course::kind(segment.device_kind)),
        "external" => "it is outside, and no user's".to_owned(),
        "unassigned" => format!("{device} belonged to no user, and no agent of a user was logged on there"),
        "dee_conflict" => format!("{device} rings along with two main extensions; whose call it was must not be guessed"),
        "dee_main_unassigned" => format!("the main extension that {device} rings along with was no user's primary extension"),
        other => harmless(other).replace('_', " "),
    }
}

/// Nobody is credited with what might be somebody's: what was looked at is worth telling.
pub(super) fn is_a_question(segment: &Segment) -> bool {
    segment.user.is_none() && !matches!(segment.attribution.reason.as_str(), "not_a_person" | "external")
}

/// The device or agent ID changed hands while this part lasted, after the instant that counts.
pub(super) fn change(segment: &Segment, people: &Directory, times: &Times) -> Option<String> {
    let credited = segment.user.as_ref()?;
    let (at, until) = (segment.attribution.at, segment.ended_at);
    let device = DeviceId::from(segment.device.as_str());
    let later = match segment.attribution.rule {
        Rule::Agent => people.agent_holder(&segment.agent.as_deref()?.into(), until),
        Rule::PrimaryExtension | Rule::SecondaryExtension => people.extension_holder(&device, until),
        Rule::Dee | Rule::None => None,
    };
    let later = later.filter(|later| later.user != credited.id && later.from > at)?;
    let name = people.user(later.user).map_or_else(|| "somebody else".to_owned(), |user| harmless(&user.name).into_owned());
    let what = harmless(later.assignable.number()).into_owned();
    let (when, credited) = (times.clock(later.from), harmless(&credited.name));
    Some(format!("While this part lasted, at {when}, {what} became {name}'s; what counts was before that, so the part stays {credited}'s."))
}

/// The user's group that the part counts for.
pub(super) fn group(segment: &Segment) -> String {
    segment.group.as_ref().map_or_else(String::new, |group| format!(", group {},", harmless(&group.name)))
}

/// A sentence of the record, for people: moments as they are shown elsewhere.
pub(super) fn considered(sentence: &str, times: &Times) -> String {
    let shown = |word: &str| {
        let bare = word.trim_end_matches([',', ')', '.']);
        Time::parse(bare).filter(|_| bare.contains('T')).map(|time| format!("{}{}", times.moment(time), &word[bare.len()..]))
    };
    let words: Vec<String> = sentence.split(' ').map(|word| shown(word).unwrap_or_else(|| word.to_owned())).collect();
    capitalised(harmless(words.join(" ").trim_end_matches('.')).as_ref())
}
