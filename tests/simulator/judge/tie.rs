//! Calls that were tied together unseen, and so have a record each.

use strowger::record::{CallRecord, LeftBy, Segment};

/// Several records as if their calls had been tied.
pub(super) fn together(record: &CallRecord, tied: &[&CallRecord]) -> CallRecord {
    let mut all = record.clone();
    for further in tied {
        all.switch_calls.extend(further.switch_calls.iter().cloned());
        all.segments.extend(further.segments.iter().cloned());
        if further.ended_at > all.ended_at {
            (all.ended_at, all.end_uncertain) = (further.ended_at, further.end_uncertain);
        }
        all.gaps.extend(further.gaps.iter().cloned());
        all.answered_at = all.answered_at.or(further.answered_at);
    }
    // Who is lost in the one and goes on in the other was there all the time.
    let goes_on = |lost: &Segment, on: &Segment| on.device == lost.device && on.started_at > lost.ended_at && on.attribution.uncertain;
    let mut index = 0;
    while index < all.segments.len() {
        let lost = all.segments[index].clone();
        match all.segments.iter().position(|on| lost.left_by == LeftBy::LinkLost && goes_on(&lost, on)) {
            Some(place) => {
                let on = all.segments[place].clone();
                all.segments[index] = continued(lost, on);
                all.segments.remove(place);
                index = 0;
            }
            None => index += 1,
        }
    }
    for (seq, segment) in (1..).zip(&mut all.segments) {
        segment.seq = seq;
    }
    all
}

fn continued(lost: Segment, on: Segment) -> Segment {
    let answered_at = lost.answered_at.or(on.answered_at);
    let holds = [lost.holds, on.holds].concat();
    let hold_ms: u64 = holds.iter().map(|(from, until)| until.millis_since(*from)).sum();
    Segment {
        answered_at,
        hold_ms,
        talk_ms: answered_at.map_or(0, |from| on.ended_at.millis_since(from)).saturating_sub(hold_ms),
        holds,
        role: lost.role,
        started_at: lost.started_at,
        ring_ms: lost.ring_ms,
        ..on
    }
}
