//! The nodes behind a CT Gateway: one that is lost and comes back is set up anew, the others go on (OAI §2.4, §5.5).

use std::collections::BTreeMap;

use strowger_protocol::oai::{Alarm, ConnectionStatus, LinkReason, LinkStatus, ListType, NodeStatus};

use super::task::{Mark, Part, Task, Watch};
use super::{Phase, Session};
use crate::telephony::Now;

/// Nodes that are remembered; a network has fewer than a hundred.
const NODES_MAX: usize = 1_000;

#[derive(Clone, Copy, Debug)]
struct Node {
    is_up: bool,
    /// So often in turn it did not answer `_NO`.
    missed: u32,
}

/// The nodes of one PBX.
#[derive(Default, Debug)]
pub(super) struct Nodes {
    known: BTreeMap<u16, Node>,
}

impl Nodes {
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// A node that is there, as something says.
    pub(super) fn seen(&mut self, node: u16) {
        if self.known.len() < NODES_MAX {
            self.known.entry(node).or_insert(Node { is_up: true, missed: 0 });
        }
    }

    pub(super) fn down(&self) -> Vec<u16> {
        self.known.iter().filter(|(_, node)| !node.is_up).map(|(number, _)| *number).collect()
    }

    /// True: it was not so before.
    fn set_up(&mut self, number: u16, is_up: bool) -> bool {
        if let Some(node) = self.known.get_mut(&number) {
            node.missed = 0;
            return std::mem::replace(&mut node.is_up, is_up) != is_up;
        }
        let has_room = self.known.len() < NODES_MAX;
        if has_room {
            self.known.insert(number, Node { is_up, missed: 0 });
        }
        has_room
    }

    /// It did not answer. Gives how often in turn.
    fn missed(&mut self, number: u16) -> u32 {
        self.seen(number);
        self.known.get_mut(&number).map_or(0, |node| {
            node.missed = node.missed.saturating_add(1);
            node.missed
        })
    }
}

impl Session {
    pub(super) fn link_status(&mut self, status: &LinkStatus, now: Now) {
        let (Some(node), Some(is_up)) = (status.node, status.up) else { return };
        let reason = status.reason.and_then(LinkReason::name).unwrap_or("no reason given");
        match (is_up, status.reason) {
            (true, _) => self.node_back(node, reason, now),
            (false, Some(LinkReason::DELETED)) => {
                self.node_lost(node, reason);
                self.node_deleted(node, now);
            }
            (false, _) => self.node_lost(node, reason),
        }
    }

    /// What `_NO` says of the nodes in node-aware mode.
    pub(super) fn nodes_answered(&mut self, nodes: &[NodeStatus], now: Now) {
        for status in nodes {
            match status.answered {
                Some(true) if self.nodes.down().contains(&status.node) => self.node_back(status.node, "it answers again", now),
                Some(false) if self.nodes.missed(status.node) == self.settings.timers.keep_alive_misses => {
                    self.node_lost(status.node, "it does not answer");
                }
                Some(true) => {
                    self.nodes.set_up(status.node, true);
                }
                Some(false) | None => {}
            }
        }
    }

    fn part_of(&self, node: u16) -> Part {
        if self.pbx.is_networked { Part::Node(node) } else { Part::All }
    }

    fn node_lost(&mut self, node: u16, reason: &str) {
        if !self.nodes.set_up(node, false) {
            return;
        }
        self.info(format!("node {node} is out of sight: {reason}"));
        let part = self.part_of(node);
        if self.has_told {
            self.switchboard.lost(self.last_received.wall, part.scope());
            self.drain_switchboard();
        }
        if let Part::Node(_) = part {
            self.desk.retain(|task| task.node() != Some(node));
            self.monitors.forget_node(node);
            self.resync.lost_again(part);
        } else {
            self.resync.lost_again(Part::All);
        }
    }

    /// Only what the node needs is done again; without extensions by node that is everything.
    fn node_back(&mut self, node: u16, reason: &str, now: Now) {
        let is_news = self.nodes.set_up(node, true);
        // A gateway tells of its nodes at its own start, too: then the startup reaches them.
        if !is_news || self.phase != Phase::Running || self.desk.any(|task| *task == Task::Mark(Mark::Replayed)) {
            return;
        }
        self.info(format!("node {node} is in sight again: {reason}"));
        if self.passive {
            return;
        }
        let part = self.part_of(node);
        let of = match part {
            Part::Node(node) => Some(node),
            Part::All => None,
        };
        self.desk.push(Task::Watch(Watch::System(of)));
        self.desk.push(Task::Watch(Watch::Stations { node: of, replay: false }));
        self.desk.push(Task::List(ListType::STATIONS, of));
        self.desk.push(Task::List(ListType::HUNT_GROUPS, of));
        if self.settings.monitor_trunks {
            self.desk.push(Task::Watch(Watch::Trunks(of)));
        }
        self.desk.push(Task::Mark(Mark::Groups(part)));
        self.desk.push(Task::Mark(Mark::Resync(part)));
        self.advance(now);
    }

    /// It does not come back: what was there is over.
    fn node_deleted(&mut self, node: u16, now: Now) {
        self.nodes.known.remove(&node);
        if let (Part::Node(_), true) = (self.part_of(node), self.has_told) {
            let scope = Part::Node(node).scope();
            self.switchboard.resync_began(now.wall, scope.clone());
            self.switchboard.resync_ended(now.wall, scope);
            self.drain_switchboard();
        }
    }

    /// Nodes that are out of sight stay so while everything else is told.
    pub(super) fn nodes_stay_lost(&mut self, now: Now) {
        for node in self.nodes.down() {
            if let part @ Part::Node(_) = self.part_of(node) {
                self.switchboard.lost(now.wall, part.scope());
            }
        }
    }

    pub(super) fn connection_status(&mut self, status: &ConnectionStatus) {
        let number = |number: Option<u16>| number.map_or_else(|| "?".to_owned(), |number| number.to_string());
        let (connection, node) = (number(status.connection), number(status.current_node.or(status.previous_node)));
        let state = if status.is_up() { "up" } else { "not usable" };
        self.info(format!("the gateway's connection {connection} to node {node} is {state}"));
        if let (true, Some(node)) = (status.is_up(), status.current_node) {
            self.nodes.seen(node);
        }
    }

    pub(super) fn alarm(&mut self, alarm: &Alarm) {
        let Some(number) = alarm.number.filter(|number| *number != 0) else { return };
        let node = alarm.node.unwrap_or_default();
        let text = alarm.text.as_ref().map_or("", |text| text.as_str());
        self.info(format!("alarm {number} of node {node}: {text}"));
    }
}
