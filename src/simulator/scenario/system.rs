//! The tables of a scenario that change the exchange as a whole: `[timers]` and `[options]`.

use super::site::set;
use super::walk::{Value, Walk};
use crate::simulator::exchange::Config;

/// `[timers]`.
pub(super) fn timers(walk: &mut Walk, site: &mut Config, value: &Value<'_>) {
    let timers = &mut site.timers;
    for (key, value) in walk.table("timers", value).into_iter().flatten() {
        match key.get_ref().as_ref() {
            "forward_no_answer" => set(&mut timers.forward_no_answer, walk.time("forward_no_answer", value)),
            "transfer_recall" => walk.time_or_never("transfer_recall", value, &mut timers.transfer_recall),
            "ring_limit" => walk.time_or_never("ring_limit", value, &mut timers.ring_limit),
            "handoff" => set(&mut timers.handoff, walk.time("handoff", value)),
            "hunt_again" => set(&mut timers.hunt_again, walk.time("hunt_again", value)),
            _ => walk.unknown(key, "[timers]", &["forward_no_answer", "transfer_recall", "ring_limit", "handoff", "hunt_again"]),
        }
    }
}

/// `[options]`.
pub(super) fn options(walk: &mut Walk, site: &mut Config, value: &Value<'_>) {
    let options = &mut site.options;
    for (key, value) in walk.table("options", value).into_iter().flatten() {
        match key.get_ref().as_ref() {
            "call_ids" => set(&mut options.call_ids, walk.number("call_ids", value, 1, 60_000)),
            "call_id_prefix" => set(&mut options.call_id_prefix, walk.text("call_id_prefix", value)),
            "conference_max" => set(&mut options.conference_max, walk.number("conference_max", value, 3, 8).map(|number| number as usize)),
            "invalid_number_keeps_call" => {
                set(&mut options.invalid_number_keeps_call, walk.flag("invalid_number_keeps_call", value));
            }
            "superseded_logs_off" => set(&mut options.superseded_logs_off, walk.flag("superseded_logs_off", value)),
            "transfer_renumbers" => set(&mut options.transfer_renumbers, walk.flag("transfer_renumbers", value)),
            "forward_hops" => set(&mut options.forward_hops, walk.number("forward_hops", value, 0, 100)),
            _ => {
                let known = &[
                    "call_ids",
                    "call_id_prefix",
                    "conference_max",
                    "invalid_number_keeps_call",
                    "superseded_logs_off",
                    "transfer_renumbers",
                    "forward_hops",
                ];
                walk.unknown(key, "[options]", known);
            }
        }
    }
}
