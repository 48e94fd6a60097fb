//! A record as one of its persons may see it: their own part whole, of others no name, and no outside number whole.

use super::{Person, truncated};
use crate::record::{CallRecord, PartyInfo};
use crate::telephony::DeviceKind;

/// The record for that person.
///
/// Of others: names as presented and who is credited are gone, outside numbers lose their last four digits; extensions stay.
/// Sentences about who was considered stay where they are in the person's own part and name nobody else.
pub fn disclosed(record: &CallRecord, person: &Person) -> CallRecord {
    let mut shown = record.clone();
    for party in [&mut shown.caller, &mut shown.dialled] {
        if !person.is(party) {
            strange(party);
        }
    }
    for segment in &mut shown.segments {
        let is_own = segment.user.as_ref().is_some_and(|user| user.id == person.id);
        if segment.device_kind == DeviceKind::External && !person.has(&segment.device) {
            segment.device = truncated(&segment.device);
        }
        if is_own {
            let others = |sentence: &String| sentence.contains("'s (") && !person.names.iter().any(|name| names(sentence, name));
            segment.attribution.considered.retain(|sentence| !others(sentence));
        } else {
            segment.user = None;
            segment.group = None;
            segment.agent = None;
            segment.attribution.association = None;
            segment.attribution.since = None;
            segment.attribution.considered.clear();
        }
    }
    shown
}

fn names(sentence: &str, name: &str) -> bool {
    sentence.contains(&format!(" {name}'s ("))
}

fn strange(party: &mut PartyInfo) {
    party.name = None;
    // Without a public form it may still be one: whatever is longer than an extension.
    let is_outside =
        |number: &String| number.chars().filter(char::is_ascii_digit).count() >= 7 || !number.chars().any(|c| c.is_ascii_digit());
    if party.e164.is_some() || party.number.as_ref().is_some_and(is_outside) {
        party.number = party.number.as_deref().map(truncated);
        party.e164 = party.e164.as_deref().map(truncated);
    }
}
