//! The tables of a scenario that change hunt groups.

use std::time::Duration;

use smol_str::{SmolStr, format_smolstr};
use toml::de::DeTable;

use super::site::{address, entry, set};
use super::walk::{Value, Walk};
use crate::simulator::exchange::{Config, HuntGroupConfig, HuntGroupKind, HuntOrder, Overflow};

/// `[[group]]`.
pub(super) fn hunt_group(walk: &mut Walk, site: &mut Config, line: usize, table: &DeTable<'_>) {
    let there = site.hunt_groups.iter().map(|group| &group.address);
    let Some(address) = address(walk, &site.nodes, there, (line, "a group"), table) else { return };
    let make = || HuntGroupConfig {
        address: address.clone(),
        name: format_smolstr!("Group {}", address.number),
        kind: HuntGroupKind::Ucd,
        order: HuntOrder::Linear,
        members: Vec::new(),
        no_answer_after: None,
        overflow: None,
        wrap_up: Duration::ZERO,
        queue_max: None,
    };
    let group = entry(&mut site.hunt_groups, |group| group.address == address, make);
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "number" | "node" => {}
            "name" => set(&mut group.name, walk.text("name", value)),
            "kind" => set(&mut group.kind, walk.choice("kind", value, GROUP_KINDS)),
            "order" => set(&mut group.order, walk.choice("order", value, ORDERS)),
            "members" => group.members = walk.texts("members", value).into_iter().map(SmolStr::from).collect(),
            "no_answer_after" => walk.time_or_never("no_answer_after", value, &mut group.no_answer_after),
            "overflow" => group.overflow = overflow(walk, value),
            "wrap_up" => set(&mut group.wrap_up, walk.time("wrap_up", value)),
            "queue_max" => group.queue_max = walk.number("queue_max", value, 0, 60_000).map(|number| number as usize),
            _ => {
                let known = &["number", "node", "name", "kind", "order", "members", "no_answer_after", "overflow", "wrap_up", "queue_max"];
                walk.unknown(key, "a group", known);
            }
        }
    }
}

const GROUP_KINDS: &[(&str, HuntGroupKind)] =
    &[("ucd", HuntGroupKind::Ucd), ("acd", HuntGroupKind::Acd), ("acd_agents", HuntGroupKind::AcdWithAgents)];

const ORDERS: &[(&str, HuntOrder)] = &[("linear", HuntOrder::Linear), ("circular", HuntOrder::Circular), ("all_ring", HuntOrder::AllRing)];

fn overflow(walk: &mut Walk, value: &Value<'_>) -> Option<Overflow> {
    if value.get_ref().as_str() == Some("never") {
        return None;
    }
    let line = walk.line_of(value);
    let (mut after, mut to) = (None, None);
    for (key, value) in walk.table("overflow", value)? {
        match key.get_ref().as_ref() {
            "after" => after = walk.time("after", value),
            "to" => to = walk.text("to", value),
            _ => walk.unknown(key, "an overflow", &["after", "to"]),
        }
    }
    if after.is_none() || to.is_none() {
        walk.mistake(line, "an overflow needs \"after\" and \"to\"", "write { after = \"30s\", to = \"3006\" }, or \"never\"");
    }
    Some(Overflow { after: after?, to: SmolStr::new(to?) })
}
