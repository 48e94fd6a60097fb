//! From a call that is over to its record: who is credited is decided here, once, for every segment.

use uuid::Uuid;

use super::{Attribution, CallRecord, Gap, GroupRef, PartyInfo, Segment, Transfer, UserRef};
use crate::attribution::{Credit, Subject, credit};
use crate::directory::Directory;
use crate::telephony::{Country, DeviceKind, Time};
use crate::tracker::{EndedCall, EndedSegment};

/// Namespace of record ids (version 5 UUIDs).
const NAMESPACE: Uuid = Uuid::from_u128(0x5f0c_8a4e_6c7b_5d1a_9b43_2f1d_7a60_3e11);

/// What a record carries of where it was made.
#[derive(Clone, Debug)]
pub struct Naming {
    /// Name of the site.
    pub site: String,
    /// Name of the PBX at that site.
    pub pbx: String,
    /// The site's country, for numbers in E.164.
    pub country: Option<Country>,
    /// What identifies a call at this PBX.
    pub identity: CallIdentity,
}

/// What identifies a call at its PBX, and so its record.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum CallIdentity {
    /// Its number: the PBX never gives it to another call.
    #[default]
    Number,
    /// Its number and when it began: the PBX gives numbers again.
    NumberAndStart,
}

impl Naming {
    /// The id of the record of a call, from its first number at the switch and when it began under it.
    pub fn record_id(&self, switch_call: &str, began_at: Time) -> Uuid {
        let mut identity = [self.site.as_str(), self.pbx.as_str(), switch_call].join("\u{0}");
        if self.identity == CallIdentity::NumberAndStart {
            identity.push('\u{0}');
            identity.push_str(&began_at.as_micros().to_string());
        }
        Uuid::new_v5(&NAMESPACE, identity.as_bytes())
    }
}

/// Makes the record.
pub fn build(call: &EndedCall, naming: &Naming, directory: &Directory) -> CallRecord {
    let identity = call.switch_calls.first().map(ToString::to_string).unwrap_or_default();
    let id = naming.record_id(&identity, call.began_at);
    let caller = call.segments.get(call.caller);
    let dialled = call.dialled.as_deref();
    // The name of what was dialled is told by the device that bears the number.
    let dialled_name = call.segments.iter().find(|s| Some(s.party.device.as_str()) == dialled).and_then(|s| s.party.name.as_ref());
    CallRecord {
        id,
        site: naming.site.clone(),
        pbx: naming.pbx.clone(),
        switch_calls: call.switch_calls.iter().map(ToString::to_string).collect(),
        direction: call.direction,
        caller: party(caller.and_then(|c| c.party.number.as_deref()), caller.and_then(|c| c.party.name.as_deref()), naming),
        dialled: party(dialled, dialled_name.map(smol_str::SmolStr::as_str), naming),
        trunk: call.trunk.clone(),
        started_at: call.started_at.to_millisecond(),
        answered_at: call.answered_at.map(Time::to_millisecond),
        ended_at: call.ended_at.to_millisecond(),
        outcome: call.outcome,
        start_uncertain: call.start_uncertain,
        end_uncertain: call.end_uncertain,
        gaps: call.gaps.iter().map(|&(from, until)| Gap { from: from.to_millisecond(), until: until.to_millisecond() }).collect(),
        segments: (1..).zip(&call.segments).map(|(seq, s)| segment(seq, s, directory)).collect(),
        anonymised_at: None,
    }
}

fn party(number: Option<&str>, name: Option<&str>, naming: &Naming) -> PartyInfo {
    let e164 = number.and_then(|number| naming.country.as_ref()?.e164(number));
    PartyInfo { number: number.map(ToOwned::to_owned), e164, name: name.map(ToOwned::to_owned) }
}

fn segment(seq: u32, ended: &EndedSegment, directory: &Directory) -> Segment {
    let subject = Subject { device: &ended.party.device, kind: ended.party.kind, agent: ended.agent.as_ref(), at: ended.instant };
    let Credit { user, rule, association, since, reason, considered } = credit(&subject, directory);
    let group = user.and_then(|user| directory.primary_group(user, ended.instant));
    let hold_ms = ended.holds.iter().map(|(from, until)| until.millis_since(*from)).sum();
    let waits = matches!(ended.party.kind, DeviceKind::HuntGroup | DeviceKind::Park);
    let stay_ms = ended.ended_at.millis_since(ended.started_at);
    let answered_ms = ended.answered_at.map_or(0, |from| ended.ended_at.millis_since(from));
    Segment {
        seq,
        device: ended.party.device.to_string(),
        device_kind: ended.party.kind,
        agent: ended.agent.as_ref().map(ToString::to_string),
        role: ended.role,
        started_at: ended.started_at.to_millisecond(),
        answered_at: ended.answered_at.map(Time::to_millisecond),
        ended_at: ended.ended_at.to_millisecond(),
        ring_ms: ended.ring_ms,
        talk_ms: answered_ms.saturating_sub(hold_ms),
        hold_ms,
        queue_ms: if waits { stay_ms } else { 0 },
        holds: ended.holds.iter().map(|&(from, until)| (from.to_millisecond(), until.to_millisecond())).collect(),
        outcome: ended.outcome,
        left_by: ended.left_by,
        cause: ended.cause.to_string(),
        transfer: ended.transfer.map(|t| Transfer { kind: t.kind, to_seq: t.to.and_then(|index| u32::try_from(index + 1).ok()) }),
        user: user.map(|id| UserRef { id, name: directory.user(id).map(|user| user.name.clone()).unwrap_or_default() }),
        group: group.map(|group| GroupRef { id: group.id, name: group.name.clone() }),
        attribution: Attribution {
            rule,
            at: ended.instant.to_millisecond(),
            association,
            since,
            reason: reason.to_owned(),
            uncertain: ended.uncertain,
            considered,
        },
    }
}
