//! What happened at a device.

use super::capitalised;
use crate::cli::show::{duration, harmless};
use crate::record::{CallRecord, LeftBy, Role, Segment, SegmentOutcome, TransferKind};
use crate::telephony::DeviceKind;

/// What happened at the device, as one sentence.
pub(super) fn course(segment: &Segment, record: &CallRecord) -> String {
    let spent = |verb: &str, millis: u64| (millis > 0).then(|| format!("{verb} {}", duration(millis)));
    let went = outcome(segment).to_owned();
    // Who answered talked afterwards; who did not is told after the ringing.
    let mut parts: Vec<String> = [
        spent("waited", segment.queue_ms),
        spent("rang", segment.ring_ms),
        Some(went),
        spent("talked", segment.talk_ms),
        spent("held the others", segment.hold_ms),
        Some(left_by(segment.left_by).to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(transfer) = &segment.transfer {
        let way = match transfer.kind {
            TransferKind::Blind => "without asking",
            TransferKind::Attended => "after asking",
        };
        let target = transfer.to_seq.and_then(|seq| record.segments.iter().find(|segment| segment.seq == seq));
        let target = target.map_or_else(
            || "to nobody who could be reached".to_owned(),
            |target| format!("to {} {} (part {})", kind(target.device_kind), harmless(&target.device), target.seq),
        );
        parts.push(format!("handed the call over {way}, {target}"));
    }
    if !segment.cause.is_empty() {
        parts.push(format!("cause {}", harmless(&segment.cause)));
    }
    capitalised(&parts.join(", "))
}

pub(super) fn kind(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Extension => "extension",
        DeviceKind::HuntGroup => "queue",
        DeviceKind::Trunk => "trunk",
        DeviceKind::VoiceMail => "voice mail",
        DeviceKind::Park => "park slot",
        DeviceKind::Conference => "conference",
        DeviceKind::Ivr => "attendant",
        DeviceKind::External => "outside number",
    }
}

pub(super) fn role(segment: &Segment) -> &'static str {
    match segment.role {
        Role::Caller => "made the call",
        Role::Called => "was called",
        Role::Queue if segment.device_kind == DeviceKind::HuntGroup => "kept the caller waiting",
        Role::Queue => "was offered the call by a queue",
        Role::Consultation => "called to ask before a transfer",
        Role::TransferTarget => "had the call transferred to it",
        Role::ForwardTarget => "had the call forwarded to it",
        Role::Pickup => "picked the call up",
        Role::Conference => "joined",
        Role::Monitor => "listened in",
    }
}

fn outcome(segment: &Segment) -> &'static str {
    match segment.outcome {
        SegmentOutcome::Answered if segment.role == Role::Caller => "got through",
        SegmentOutcome::Answered if segment.device_kind == DeviceKind::HuntGroup => "somebody answered there",
        SegmentOutcome::Answered => "answered",
        SegmentOutcome::NoAnswer => "did not answer",
        SegmentOutcome::AnsweredElsewhere => "another device answered first",
        SegmentOutcome::Abandoned => "the caller gave up",
        SegmentOutcome::Busy => "was engaged",
        SegmentOutcome::Rejected => "declined",
        SegmentOutcome::Diverted => "the call was sent on from here",
        SegmentOutcome::Failed => "could not be reached",
        SegmentOutcome::LinkLost => "what became of it was not seen",
    }
}

fn left_by(left_by: LeftBy) -> &'static str {
    match left_by {
        LeftBy::Hangup => "hung up itself",
        LeftBy::RemoteHangup => "was ended by the other side or the PBX",
        LeftBy::Transfer => "left by a transfer",
        LeftBy::Conference => "went on in a conference",
        LeftBy::Pickup => "left as another device picked the call up",
        LeftBy::Park => "left as the call was parked",
        LeftBy::PutThrough => "left as the call was put through",
        LeftBy::AnsweredElsewhere => "stopped ringing",
        LeftBy::Diversion => "left by a diversion",
        LeftBy::Timeout => "left as the time ran out",
        LeftBy::Failure => "left by a failure",
        LeftBy::LinkLost => "was out of sight at its end",
    }
}
