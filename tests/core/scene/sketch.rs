//! Records told in words: what a case is about, and nothing else.

use serde::Serialize;
use strowger::record::{CallRecord, Segment};
use strowger::telephony::Time;

use super::seconds;

/// `DEVICE: USER by RULE (REASON), agent 2001, group Sales, uncertain`, one line for each segment.
pub(crate) fn credits(record: &CallRecord) -> Vec<String> {
    record.segments.iter().map(credit).collect()
}

fn credit(segment: &Segment) -> String {
    let attribution = &segment.attribution;
    let user = segment.user.as_ref().map_or("nobody", |user| user.name.as_str());
    let mut line = vec![format!("{}: {user} by {} ({})", segment.device, name(&attribution.rule), attribution.reason)];
    if let Some(agent) = &segment.agent {
        line.push(format!("agent {agent}"));
    }
    if let Some(group) = &segment.group {
        line.push(format!("group {}", group.name));
    }
    if attribution.uncertain {
        line.push("uncertain".to_owned());
    }
    line.join(", ")
}

/// The call in a line, and each segment in one:
///
/// ```text
/// internal answered 1 - 4 - 10, start uncertain, end uncertain, gap 10 - 20
/// 1001 caller answered 1 - 4 - 10 link_lost
/// ```
pub(crate) fn sketch(record: &CallRecord) -> Vec<String> {
    let times = span(record.started_at, record.answered_at, record.ended_at);
    let mut head = vec![format!("{} {} {times}", name(&record.direction), name(&record.outcome))];
    if record.start_uncertain {
        head.push("start uncertain".to_owned());
    }
    if record.end_uncertain {
        head.push("end uncertain".to_owned());
    }
    for gap in &record.gaps {
        head.push(format!("gap {} - {}", seconds(gap.from), seconds(gap.until)));
    }
    let mut lines = vec![head.join(", ")];
    lines.extend(record.segments.iter().map(|segment| {
        let times = span(segment.started_at, segment.answered_at, segment.ended_at);
        let mut line =
            vec![format!("{} {} {} {times} {}", segment.device, name(&segment.role), name(&segment.outcome), name(&segment.left_by))];
        for (from, until) in &segment.holds {
            line.push(format!("holds {} - {}", seconds(*from), seconds(*until)));
        }
        if segment.attribution.uncertain {
            line.push("uncertain".to_owned());
        }
        line.join(", ")
    }));
    lines
}

fn span(started: Time, answered: Option<Time>, ended: Time) -> String {
    let answered = answered.map_or_else(|| "never".to_owned(), |at| seconds(at).to_string());
    format!("{} - {answered} - {}", seconds(started), seconds(ended))
}

/// As the record writes it.
fn name(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}
