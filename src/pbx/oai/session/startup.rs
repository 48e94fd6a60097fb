//! The order in which everything is asked for (OAI §2.1).
//!
//! Where the lists are known already, after an interruption, the monitors come first: the gap is the shorter for it. At the very first
//! start the kinds of devices come first, so that what is replayed is understood.

use strowger_protocol::oai::{ConfirmationBody, Extension, ListPage, ListType, NodeStatus};
use strowger_protocol::oai::{DeviceType, Entities, HuntGroupType};

use super::task::{Mark, Part, Task, Watch};
use super::{Phase, Session};
use crate::pbx::oai::settings::{Expanded, Networked, Replay};
use crate::telephony::Now;

/// Lists that say what is what.
const KINDS: [ListType; 5] =
    [ListType::STATIONS, ListType::HUNT_GROUPS, ListType::TRUNKS, ListType::TRUNK_GROUPS, ListType::VOICE_MAIL_APPLICATIONS];
/// Lists that can wait until calls are followed.
const REST: [ListType; 3] = [ListType::ACD_AGENTS, ListType::FEATURES, ListType::DND_MESSAGES];

impl Session {
    pub(super) fn begin_startup(&mut self, now: Now) {
        self.phase = Phase::Running;
        if self.settings.node_aware {
            self.desk.push(Task::NodeAware);
        }
        if self.pbx.is_gateway {
            self.desk.push(Task::Life);
            self.desk.push(Task::List(ListType::NODES, None));
        }
        self.desk.push(Task::Mark(Mark::Naming));
        let stations = Task::Watch(Watch::Stations { node: None, replay: self.settings.replay == Replay::WithMonitor });
        let system = Task::Watch(Watch::System(None));
        let kinds = KINDS.map(|list| Task::List(list, None));
        let tasks: Vec<Task> = if self.book.is_known() {
            [stations, system].into_iter().chain(kinds).collect()
        } else {
            [system].into_iter().chain(kinds).chain([stations]).collect()
        };
        for task in tasks {
            self.desk.push(task);
        }
        if self.settings.monitor_trunks {
            self.desk.push(Task::Watch(Watch::Trunks(None)));
        }
        self.desk.push(Task::Mark(Mark::Groups(Part::All)));
        if let Some(router) = &self.settings.dee.prd_extension {
            self.desk.push(Task::Watch(Watch::Router(Extension::from(router.as_str()))));
        }
        self.desk.push(Task::Mark(Mark::Replayed));
        for list in REST {
            self.desk.push(Task::List(list, None));
        }
        if !self.pbx.is_gateway {
            self.desk.push(Task::List(ListType::NODES, None));
        }
        self.read_users();
        self.desk.push(Task::Mark(Mark::Started));
        self.advance(now);
    }

    pub(super) fn read_users(&mut self) {
        if self.settings.dee.users {
            self.desk.push(Task::List(ListType::USERS, None));
        }
    }

    /// What there is to do between commands.
    pub(super) fn pass(&mut self, mark: Mark, now: Now) {
        match mark {
            Mark::Naming => {
                let several = self.pbx.is_gateway && self.nodes.len() > 1;
                let is_by_node = self.settings.networked == Networked::Yes || several && self.settings.networked == Networked::Auto;
                let is_expanded = match self.settings.expanded_extensions {
                    Expanded::Auto => is_by_node,
                    Expanded::Yes => true,
                    Expanded::No => false,
                };
                if is_expanded {
                    self.desk.push_first([Task::Expanded]);
                } else {
                    self.switchboard.networked(false);
                }
            }
            Mark::Groups(part) => {
                self.groups_placed |= part == Part::All;
                if self.settings.monitor_hunt_groups {
                    let groups: Vec<Task> = self.book.groups(part).map(|group| Task::Watch(Watch::Group(group.clone()))).collect();
                    self.desk.push_first(groups);
                }
            }
            Mark::Replayed => self.after_monitors(now),
            Mark::Resync(part) => self.resync.want(part),
            Mark::Agents(part) => {
                // Stations replay their calls; who waits in a group, and from where, is asked for. Callers come first: a call is known by them.
                let trunks = self.book.trunks(part).map(|trunk| Task::Calls(trunk.clone()));
                let groups = self.book.groups(part).flat_map(|group| [Task::Agents(group.clone()), Task::Calls(group.clone())]);
                let mut tasks: Vec<Task> = trunks.chain(groups).collect();
                if tasks.is_empty() {
                    // Its answer comes behind what the PBX held back.
                    tasks.push(Task::Life);
                }
                self.desk.push_first(tasks);
            }
            Mark::End(part) => self.resync_is_through(part, now),
            Mark::Started => {
                let monitors = self.monitors.len();
                let summary = self.book.summary();
                let enabled = self.book.enabled_users;
                self.info(format!(
                    "{monitors} monitors are placed; the PBX lists {summary}; personal call routing is enabled for {enabled} users"
                ));
                self.members.started(now, self.settings.dee.interval);
                self.members.ask_again();
            }
        }
    }

    /// Extensions come with their node from here on.
    pub(super) fn expanded(&mut self, body: &ConfirmationBody) {
        if !matches!(body, ConfirmationBody::Setting(Some(false))) {
            self.pbx.is_networked = true;
            self.switchboard.networked(true);
        }
    }

    pub(super) fn take_nodes(&mut self, nodes: &[NodeStatus], now: Now) {
        for node in nodes {
            self.nodes.seen(node.node);
        }
        self.nodes_answered(nodes, now);
    }

    /// A page of a list. `opens`, `closes`: it is the first, the last.
    pub(super) fn take_page(&mut self, page: &ListPage, node: Option<u16>, opens: bool, closes: bool) {
        if opens {
            self.book.open_list(page.list);
        }
        if !self.book.read(page.entities.count().unwrap_or_default()) {
            self.degraded("long list", format!("the list of {} goes on and on; what came is taken", page.list.name().unwrap_or("others")));
            self.book.close_list(page.list, part_of(node));
            return;
        }
        match &page.entities {
            Entities::Stations(stations) => {
                for station in stations {
                    self.device(&station.extension, station.device_type.unwrap_or(DeviceType::KEYSET));
                }
            }
            Entities::HuntGroups(groups) => {
                for group in groups {
                    self.book.read_group(&group.extension, group.kind);
                    self.group_is(&group.extension, group.kind);
                }
            }
            Entities::Trunks(trunks) => {
                for trunk in trunks {
                    self.book.read_trunk(&trunk.extension);
                    self.device(&trunk.extension, DeviceType::LOOP_START_TRUNK);
                }
            }
            Entities::Groups(groups) if page.list == ListType::TRUNK_GROUPS => {
                for group in groups {
                    self.device(&group.extension, DeviceType::TRUNK_GROUP);
                }
            }
            Entities::VoiceMail(applications) => {
                for application in applications {
                    self.device(&application.extension, DeviceType::VOICE_MAIL);
                }
            }
            Entities::Nodes(nodes) => {
                for node in nodes {
                    self.nodes.seen(node.node);
                }
            }
            Entities::Users(users) => {
                self.book.enabled_users += users.iter().filter(|user| user.personal_routing == Some(true)).count();
            }
            _ => {}
        }
        if closes {
            self.book.close_list(page.list, part_of(node));
        }
        if page.last && page.list == ListType::HUNT_GROUPS {
            self.watch_new_groups();
        }
    }

    pub(super) fn device(&mut self, device: &Extension, kind: DeviceType) {
        let is_voice_mail = |configured: &String| Extension::from(configured.as_str()) == *device || *configured == *device.number;
        let kind = if self.settings.voice_mail.iter().any(is_voice_mail) { DeviceType::VOICE_MAIL } else { kind };
        self.switchboard.device(device.node, &device.number, kind);
    }

    pub(super) fn group_is(&mut self, group: &Extension, kind: Option<HuntGroupType>) {
        if kind == Some(HuntGroupType::PERSONAL_ROUTER_DEVICE) {
            self.switchboard.router(group.node, &group.number);
            self.tell_router(group);
        } else {
            self.device(group, DeviceType::HUNT_GROUP);
        }
    }

    fn tell_router(&mut self, device: &Extension) {
        if self.settings.dee.prd_extension.is_none() && self.is_news("router".into()) {
            self.info(format!(
                "{device} is the Personal Router Device of Dynamic Extension Express; to have its events noted, name it as prd_extension"
            ));
        }
    }

    /// Groups that were listed after the others' monitors were placed.
    fn watch_new_groups(&mut self) {
        // Where the groups' monitors are yet to be placed, these are placed with them.
        let is_to_come = self.desk.any(|task| matches!(task, Task::Mark(Mark::Groups(_))));
        if self.passive || !self.groups_placed || is_to_come || !self.settings.monitor_hunt_groups {
            return;
        }
        let groups: Vec<Extension> = self.book.groups(Part::All).filter(|group| !self.monitors.is_on(group)).cloned().collect();
        for group in groups {
            self.desk.push(Task::Watch(Watch::Group(group.clone())));
            self.desk.push(Task::Agents(group));
        }
    }
}

fn part_of(node: Option<u16>) -> Part {
    node.map_or(Part::All, Part::Node)
}
