//! Confirmations: whom they answer, and what the PBX grants, tells or refuses (OAI §2.3).

use strowger_protocol::oai::{CallState, Confirmation, ConfirmationBody, Extension, Line, MonitorsStarted, Outcome, PremiumFeatures};

use super::task::{Task, Watch};
use super::{Phase, Session};
use crate::pbx::oai::settings::ListMode;
use crate::pbx::session::Fault;
use crate::telephony::Now;

impl Session {
    pub(super) fn confirmed(&mut self, answer: &Confirmation, line: &Line, now: Now) {
        if self.passive {
            self.overheard(answer, now);
            return;
        }
        if self.phase != Phase::Running {
            return;
        }
        self.missed = 0;
        let is_last = is_last(&answer.body);
        let is_awaited = self.desk.asked.as_ref().is_some_and(|asked| Some(asked.invoke) == answer.invoke);
        let task = if is_awaited {
            self.desk.asked.as_ref().map(|asked| asked.task.clone())
        } else {
            answer.invoke.and_then(|invoke| self.desk.late(invoke, is_last))
        };
        let Some(task) = task.filter(|task| self.is_of(answer, task)) else {
            self.malformed("an answer to nothing that was asked", line.raw());
            return;
        };
        // Pages that come late add to what is known; what the list lacks is not concluded from them.
        let opens = is_awaited && self.desk.asked.as_ref().is_some_and(|asked| !asked.has_part);
        if is_awaited && is_last {
            self.desk.asked = None;
        } else if let Some(asked) = self.desk.asked.as_mut().filter(|_| is_awaited) {
            asked.has_part = true;
            asked.deadline = now.monotonic + self.settings.timers.reply;
        }
        match answer.outcome {
            Some(Outcome::SUCCESS) => self.granted(&task, answer, line, (opens, is_awaited && is_last), now),
            outcome => self.refused(task, answer, outcome.unwrap_or(Outcome::GENERIC_UNSPECIFIED), now),
        }
    }

    fn is_of(&self, answer: &Confirmation, task: &Task) -> bool {
        let command = match task {
            Task::NodeAware => "_NA",
            Task::Life | Task::Mark(_) => "_NO",
            Task::Expanded => "_XE",
            Task::Watch(_) => "_MS",
            Task::List(..) => "_QX",
            Task::Agents(_) => "_QH",
            Task::Resync(_) => "_RR",
            Task::Calls(_) => "_SP",
            Task::Info(_) => "_QI",
            Task::Destinations(_) => self.settings.dee.query.as_ref().map_or("", |query| query.command()),
        };
        answer.command == command
    }

    fn granted(&mut self, task: &Task, answer: &Confirmation, line: &Line, (opens, closes): (bool, bool), now: Now) {
        match (task, &answer.body) {
            (Task::Life, ConfirmationBody::Nodes(nodes)) => self.take_nodes(nodes, now),
            (Task::Expanded, body) => self.expanded(body),
            (Task::Watch(watch), body) => {
                if let ConfirmationBody::Monitors(monitors) = body {
                    self.monitors.started(watch, monitors);
                    self.nodes_of_monitors(monitors);
                }
                if matches!(watch, Watch::Stations { node: None, replay: true }) {
                    self.resync_accepted(now);
                }
            }
            (Task::List(_, node), ConfirmationBody::List(page)) => self.take_page(page, *node, opens, closes),
            (Task::Agents(group), ConfirmationBody::HuntGroup(members)) => self.take_agents(Some(group), members, now),
            (Task::Resync(_), _) => self.resync_accepted(now),
            (Task::Info(_), ConfirmationBody::DeviceInfo(info)) => {
                if let Some(kind) = info.device_type {
                    self.device(&info.device, kind);
                }
            }
            (Task::Calls(device), ConfirmationBody::Snapshot(calls)) => self.calls_at(device, calls, now),
            (Task::Calls(device), ConfirmationBody::Empty) => self.calls_at(device, &[], now),
            (Task::Destinations(main), _) => self.take_members(main, answer, line),
            (Task::NodeAware | Task::Life | Task::Mark(_) | Task::List(..) | Task::Agents(_) | Task::Calls(_) | Task::Info(_), body) => {
                if matches!(body, ConfirmationBody::Malformed(_)) {
                    self.malformed("an answer that lacks what makes it one", line.raw());
                }
            }
        }
    }

    fn calls_at(&mut self, device: &Extension, calls: &[CallState], now: Now) {
        self.switchboard.calls_at(now.wall, device.node, &device.number, calls);
        self.drain_switchboard();
    }

    fn refused(&mut self, task: Task, answer: &Confirmation, outcome: Outcome, now: Now) {
        if let (Task::Watch(watch), ConfirmationBody::Monitors(monitors), Outcome::MONITOR_LIMIT) = (&task, &answer.body, outcome) {
            self.monitors.started(watch, monitors);
        }
        let is_unknown = matches!(outcome, Outcome::INVALID_COMMAND);
        match &task {
            Task::List(..)
                if outcome == Outcome::VALUE_OUT_OF_RANGE && self.settings.list_mode == ListMode::Auto && !self.pbx.lists_whole =>
            {
                self.pbx.lists_whole = true;
                self.desk.push_first([task]);
                return;
            }
            // Only a gateway knows it.
            Task::NodeAware if !self.pbx.is_gateway => return,
            Task::Watch(Watch::Stations { node, replay: true }) => {
                self.desk.push_first([Task::Watch(Watch::Stations { node: *node, replay: false })]);
            }
            Task::Watch(Watch::Stations { node: None, replay: false }) if outcome != Outcome::MONITOR_LIMIT => {
                let text = format!("the PBX refuses {task} (_MS): outcome {outcome}; {}. {}", task.loss(), to_do(outcome));
                // One that is still being placed is in the way; it is gone with the connection.
                return self.give_up(if passes(outcome) { Fault::Silent(text) } else { Fault::Unusable(text) });
            }
            Task::Watch(watch) => {
                if outcome == Outcome::INVALID_DEVICE_IDENTIFIER {
                    self.monitors.forget(watch);
                } else {
                    self.monitors.failed(watch, now, &self.settings.timers);
                }
            }
            Task::Calls(device) if outcome == Outcome::INVALID_DEVICE_IDENTIFIER => return self.calls_at(device, &[], now),
            Task::Calls(_) => self.next_audit = None,
            Task::Resync(part) => {
                return self.resync_failed(*part, Some(format!("outcome {outcome}")), now);
            }
            _ => {}
        }
        if is_unknown {
            self.leave_out_the_like(&task);
        }
        let text = format!("the PBX refuses {task} ({}): outcome {outcome}; {}", answer.command, task.loss());
        if matches!(task, Task::Agents(_)) && self.pbx.licence == Some(PremiumFeatures::EVENTS) {
            self.leave_out_the_like(&task);
            let text = format!("{text}. The licence covers events only: have \"Third-Party Call Control\" licensed for all nodes");
            self.denied(task.kind(), text);
        } else {
            self.degraded(task.kind(), format!("{text}. {}", to_do(outcome)));
        }
    }

    /// A system monitor is listed once for each node.
    fn nodes_of_monitors(&mut self, monitors: &MonitorsStarted) {
        for node in monitors.monitors.iter().filter_map(|monitor| monitor.device.as_ref()?.node) {
            self.nodes.seen(node);
        }
    }

    fn overheard_monitors(&mut self, monitors: &MonitorsStarted) {
        self.nodes_of_monitors(monitors);
        let router = self.settings.dee.prd_extension.as_deref().map(Extension::from);
        if let (Some(router), [only]) = (router, &monitors.monitors[..])
            && only.device.as_ref() == Some(&router)
        {
            self.monitors.started(&Watch::Router(router), monitors);
        }
    }

    /// Answers in a capture, whoever asked.
    fn overheard(&mut self, answer: &Confirmation, now: Now) {
        if !answer.is_success() {
            return;
        }
        match &answer.body {
            ConfirmationBody::List(page) => {
                // In a capture the pages of one list follow each other; which is the first does not matter for what is kept.
                self.take_page(page, None, false, page.last);
            }
            ConfirmationBody::HuntGroup(members) => {
                self.resync_goes_on(now);
                self.take_agents(None, members, now);
            }
            ConfirmationBody::Monitors(monitors) => self.overheard_monitors(monitors),
            ConfirmationBody::Setting(_) if answer.command == "_XE" => self.expanded(&answer.body),
            ConfirmationBody::DeviceInfo(info) => {
                if let Some(kind) = info.device_type {
                    self.device(&info.device, kind);
                }
            }
            ConfirmationBody::Device(device) if answer.command == "_RR" => {
                let code = answer.invoke.map_or(1, u32::from);
                self.overheard_request(code, device.as_ref().filter(|device| !device.is_empty()), now);
            }
            ConfirmationBody::Empty if answer.command == "_RR" => {
                self.overheard_request(answer.invoke.map_or(1, u32::from), None, now);
            }
            _ => {}
        }
    }
}

/// Whether no further answer to the same command follows.
fn is_last(body: &ConfirmationBody) -> bool {
    match body {
        ConfirmationBody::List(page) => page.last,
        ConfirmationBody::Monitors(monitors) => monitors.part.is_none_or(|part| part.last),
        _ => true,
    }
}

/// Whether the same may be granted soon.
fn passes(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::GENERIC_UNSPECIFIED | Outcome::RESOURCES_NOT_AVAILABLE | Outcome::RESOURCE_BUSY | Outcome::NETWORK_OUT_OF_SERVICE
    )
}

/// What somebody can do about it.
fn to_do(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::MONITOR_LIMIT => "End monitors of other OAI applications, or have more licensed",
        Outcome::INVALID_COMMAND => "A newer version of the PBX's software may know it",
        Outcome::INVALID_DEVICE_IDENTIFIER | Outcome::INVALID_DESTINATION | Outcome::REQUEST_INCOMPATIBLE_WITH_OBJECT => {
            "Look whether the device still is what the PBX's lists say"
        }
        outcome if passes(outcome) => "It is tried again with the next start; look at the PBX's alarms if it stays so",
        _ => "Look at the licences and the OAI programming of the PBX",
    }
}
