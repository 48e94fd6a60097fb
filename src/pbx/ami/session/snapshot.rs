//! Asking, and what becomes of the answers.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Fault, ListEntry, Lists, Message, Notice, Now, Output, PATIENCE, Phase, Purpose, QUIET, Question, Session, SmolStr, Status};

impl Session {
    pub(super) fn take_response(&mut self, message: &Message, now: Now) {
        match self.phase {
            Phase::Challenge => self.challenged(message, now),
            Phase::Login => self.logged_in(message, now),
            Phase::Snapshot if self.passive => self.last_list = now,
            Phase::Boot | Phase::Snapshot | Phase::InStep => self.answered(message, now),
            Phase::Down | Phase::Greeting | Phase::Over => {}
        }
    }

    fn answered(&mut self, message: &Message, now: Now) {
        let Some((id, question)) = self.asked.clone() else { return };
        if message.str("ActionID") != Some(id.as_str()) {
            return;
        }
        self.deadline = Some(now.monotonic + self.settings.action_timeout);
        if message.name() == b"Success" && !question.is_single() {
            return; // the list follows
        }
        let is_refused = message.name() == b"Error" && message.text("Message").is_some_and(|m| m.contains("Permission denied"));
        if is_refused && !self.refused.contains(&question) {
            self.refused.push(question.clone());
        }
        if question == Question::CoreStatus {
            self.note_start(message);
        }
        self.ask_next(now);
    }

    /// A changed start time says that Asterisk was restarted.
    fn note_start(&mut self, message: &Message) {
        let (Some(date), Some(time)) = (message.str("CoreStartupDate"), message.str("CoreStartupTime")) else { return };
        let started = format!("{date} {time}");
        if self.started.as_ref().is_some_and(|before| *before != started) {
            self.out.push_back(Output::Notice(Notice::Info(format!("Asterisk was restarted at {started}"))));
        }
        self.started = Some(started);
    }

    pub(super) fn take_list_item(&mut self, message: Message, now: Now) {
        let is_last =
            message.get("EventList").is_some_and(|v| v.eq_ignore_ascii_case(b"complete")) || message.name().ends_with(b"Complete");
        if self.passive {
            self.last_list = now;
            if self.phase == Phase::Snapshot {
                self.keep(message);
            }
            return;
        }
        let Some((id, question)) = self.asked.clone() else { return };
        if message.str("ActionID") != Some(id.as_str()) {
            return;
        }
        self.deadline = Some(now.monotonic + self.settings.action_timeout);
        if question == Question::Bridges
            && let Some(bridge) = message.str("BridgeUniqueid").filter(|b| !b.is_empty())
        {
            self.to_ask.push_front(Question::Bridge(SmolStr::new(bridge)));
        }
        // The last one says that the list is whole.
        self.keep(message);
        if is_last {
            self.ask_next(now);
        }
    }

    fn keep(&mut self, message: Message) {
        if !self.lists.push(ListEntry(message)) {
            self.give_up(Fault::Unusable(
                "the PBX lists more than 400,000 items; this is beyond what one connection can follow".to_owned(),
            ));
        }
    }

    pub(super) fn begin_snapshot(&mut self, now: Now) {
        self.phase = Phase::Snapshot;
        self.status(Status::Resynchronising);
        self.ask(Purpose::Snapshot, &Question::SNAPSHOT, now);
    }

    fn ask(&mut self, purpose: Purpose, questions: &[Question], now: Now) {
        self.purpose = purpose;
        self.lists = Lists::default();
        self.to_ask = questions.iter().cloned().collect();
        self.ask_next(now);
    }

    fn ask_next(&mut self, now: Now) {
        let Some(question) = self.to_ask.pop_front() else {
            self.asked = None;
            self.deadline = None;
            self.all_answered(now);
            return;
        };
        let id = self.action_id();
        self.send(question.encode(&id), now);
        self.asked = Some((id, question));
        self.deadline = Some(now.monotonic + self.settings.action_timeout);
    }

    /// A question got no answer in time: the others may; a snapshot without channels or agents would say that all are gone.
    pub(super) fn unanswered(&mut self, now: Now) {
        let Some((_, question)) = self.asked.take() else { return };
        let name = question.action();
        let is_needed = matches!(question, Question::Agents | Question::Queues | Question::Channels);
        if is_needed && self.purpose == Purpose::Snapshot {
            self.give_up(Fault::Silent(format!("Asterisk did not answer {name} within {} s", self.settings.action_timeout.as_secs())));
            return;
        }
        self.degraded(&format!("Asterisk did not answer {name} within {} s", self.settings.action_timeout.as_secs()));
        self.ask_next(now);
    }

    fn all_answered(&mut self, now: Now) {
        match self.purpose {
            Purpose::Snapshot => {
                self.tell_refused();
                self.finish_snapshot(now);
                self.next_audit = Some(now.monotonic + self.settings.audit_interval);
            }
            Purpose::Refresh => {
                let at = self.clock.at_arrival(now.wall);
                let lists = std::mem::take(&mut self.lists);
                self.switchboard.refresh_members(&lists, at);
                self.drain_switchboard();
            }
            Purpose::Audit => self.audited(now),
        }
        self.refresh_if_wanted(now);
    }

    /// A list may overtake the events around it: what it lacks is looked for once more, soon.
    fn audited(&mut self, now: Now) {
        let at = self.clock.at_arrival(now.wall);
        let lists = std::mem::take(&mut self.lists);
        let is_clear = !lists.channels_are_told() || self.switchboard.end_unlisted(&lists.channels(), at);
        self.drain_switchboard();
        let pause = if is_clear { self.settings.audit_interval } else { self.settings.keep_alive.min(self.settings.audit_interval) };
        self.next_audit = Some(now.monotonic + pause);
    }

    pub(super) fn finish_snapshot(&mut self, now: Now) {
        let at = self.clock.at_arrival(now.wall);
        let lists = std::mem::take(&mut self.lists);
        let fresh: BTreeSet<SmolStr> = std::mem::take(&mut self.fresh);
        self.switchboard.load(&lists, &fresh, at);
        self.drain_switchboard();
        self.phase = Phase::InStep;
        self.status(Status::InStep);
        for (message, at) in std::mem::take(&mut self.waiting) {
            self.apply(&message, at);
        }
    }

    /// In a capture a snapshot is over when no list goes on.
    pub(super) fn close_quiet_snapshot(&mut self, now: Now) {
        if self.passive && self.phase == Phase::Snapshot && now.monotonic.saturating_sub(self.last_list.monotonic) >= self.quiet() {
            self.finish_snapshot(self.last_list);
        }
    }

    pub(super) fn quiet(&self) -> Duration {
        if self.lists.channels_are_told() { QUIET } else { PATIENCE }
    }

    fn tell_refused(&mut self) {
        if self.refused.is_empty() {
            return;
        }
        let actions: Vec<String> = self.refused.iter().map(|q| format!("{} (needs {})", q.action(), q.privilege())).collect();
        self.denied(format!(
            "account {:?} may not ask everything: {}. Calls that were up before the login are not seen until they change. Give the account `write = system,call,agent,reporting` in manager.conf",
            self.settings.username,
            actions.join(", ")
        ));
    }

    fn denied(&mut self, text: String) {
        self.out.push_back(Output::Notice(Notice::Denied(text)));
    }

    pub(super) fn degraded(&mut self, text: &str) {
        self.out.push_back(Output::Notice(Notice::Degraded(text.to_owned())));
    }

    /// What was asked before the reload may have been answered before it.
    pub(super) fn reloaded(&mut self, now: Now) {
        if !self.passive && matches!(self.phase, Phase::Snapshot | Phase::InStep) {
            self.wanted = Some(Purpose::Refresh);
            self.refresh_if_wanted(now);
        }
    }

    fn refresh_if_wanted(&mut self, now: Now) {
        if self.phase == Phase::InStep && self.asked.is_none() && self.wanted.take() == Some(Purpose::Refresh) {
            self.ask(Purpose::Refresh, &Question::REFRESH, now);
        }
    }

    pub(super) fn audit_if_due(&mut self, now: Now) {
        if self.next_audit.is_some_and(|due| now.monotonic >= due) && self.asked.is_none() {
            self.next_audit = None;
            self.ask(Purpose::Audit, &[Question::Channels], now);
        }
    }
}
