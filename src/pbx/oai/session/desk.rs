//! Which commands wait, and which one waits for its answer: one at a time (OAI §2.1).

use std::collections::VecDeque;
use std::time::Duration;

use super::task::Task;

/// Tasks that may wait: some thousand hunt groups, twice.
const QUEUE_MAX: usize = 8192;
/// Answers that may still come after their time.
const LATE_MAX: usize = 32;
/// 0 and 1 mean something else as the code of a resync (OAI §3).
const FIRST: u16 = 2;

/// The command that waits for its answer.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) invoke: u16,
    pub(super) task: Task,
    pub(super) deadline: Duration,
    /// Whether this is the second time.
    pub(super) is_second: bool,
    /// Whether a part of its answer came.
    pub(super) has_part: bool,
}

/// The commands of one connection.
#[derive(Debug)]
pub(super) struct Desk {
    queue: VecDeque<Task>,
    pub(super) asked: Option<Asked>,
    /// Commands that got no answer in time.
    late: VecDeque<(u16, Task)>,
    next: u16,
    overflowed: bool,
}

impl Default for Desk {
    fn default() -> Self {
        Self { queue: VecDeque::new(), asked: None, late: VecDeque::new(), next: FIRST, overflowed: false }
    }
}

impl Desk {
    /// Forgets everything but where the invoke ids are: an answer to something forgotten answers nothing else.
    pub(super) fn clear(&mut self) {
        *self = Self { next: self.next, ..Self::default() };
    }

    /// To be done after what waits. What waits already waits once.
    pub(super) fn push(&mut self, task: Task) {
        if self.queue.len() >= QUEUE_MAX {
            self.overflowed = true;
        } else if matches!(task, Task::Mark(_)) || !self.queue.contains(&task) {
            self.queue.push_back(task);
        }
    }

    /// To be done before what waits, in this order.
    pub(super) fn push_first(&mut self, tasks: impl IntoIterator<Item = Task, IntoIter: DoubleEndedIterator>) {
        for task in tasks.into_iter().rev() {
            if self.queue.len() >= QUEUE_MAX {
                self.overflowed = true;
                return;
            }
            self.queue.push_front(task);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Task> {
        self.queue.pop_front()
    }

    pub(super) fn any(&self, is_it: impl Fn(&Task) -> bool) -> bool {
        self.queue.iter().any(is_it)
    }

    /// Drops those that wait and are not wanted.
    pub(super) fn retain(&mut self, is_wanted: impl Fn(&Task) -> bool) {
        self.queue.retain(is_wanted);
    }

    /// Moves these behind all others, in their order.
    pub(super) fn postpone(&mut self, is_it: impl Fn(&Task) -> bool) {
        let (postponed, mut rest): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.queue).into_iter().partition(is_it);
        rest.extend(postponed);
        self.queue = rest;
    }

    /// Whether something was left out since this was last asked.
    pub(super) fn take_overflow(&mut self) -> bool {
        std::mem::take(&mut self.overflowed)
    }

    /// An id that no command without an answer has.
    pub(super) fn invoke_id(&mut self) -> u16 {
        loop {
            let id = self.next;
            self.next = self.next.checked_add(1).unwrap_or(FIRST);
            // At most LATE_MAX + 1 of the 65,534 ids are taken.
            if self.asked.as_ref().is_none_or(|asked| asked.invoke != id) && self.late.iter().all(|(late, _)| *late != id) {
                return id;
            }
        }
    }

    /// No answer came in time; it may still come.
    pub(super) fn give_up(&mut self) -> Option<Asked> {
        let asked = self.asked.take()?;
        if self.late.len() >= LATE_MAX {
            self.late.pop_front();
        }
        self.late.push_back((asked.invoke, asked.task.clone()));
        Some(asked)
    }

    /// The task that a late answer is for.
    pub(super) fn late(&mut self, invoke: u16, is_last: bool) -> Option<Task> {
        let at = self.late.iter().position(|(late, _)| *late == invoke)?;
        if is_last { self.late.remove(at).map(|(_, task)| task) } else { self.late.get(at).map(|(_, task)| task.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use strowger_protocol::oai::ListType;

    use super::*;

    #[test]
    fn invoke_ids_go_round_and_spare_those_without_an_answer() {
        let mut desk = Desk::default();
        let mut seen = Vec::new();
        for round in 0..70_000_u32 {
            let invoke = desk.invoke_id();
            assert!(invoke >= FIRST);
            assert!(desk.late.iter().all(|(late, _)| *late != invoke), "round {round}");
            desk.asked = Some(Asked { invoke, task: Task::Life, deadline: Duration::ZERO, is_second: false, has_part: false });
            if round % 65_000 == 5 {
                desk.give_up();
            } else {
                desk.asked = None;
            }
            seen.push(invoke);
        }
        assert_eq!((seen[0], seen[65_533], seen[65_534]), (2, 65_535, 2));
        // 7 has no answer yet when its turn comes again.
        assert_eq!(seen[65_539..65_541], [8, 9]);
    }

    #[test]
    fn what_waits_is_bounded_and_waits_once() {
        let mut desk = Desk::default();
        desk.push(Task::Life);
        desk.push(Task::Life);
        assert_eq!(desk.queue.len(), 1);
        for node in 0..=u16::MAX {
            desk.push(Task::Agents(strowger_protocol::oai::Extension::on_node(node, "1")));
            if desk.queue.len() >= QUEUE_MAX {
                break;
            }
        }
        desk.push(Task::Expanded);
        desk.push_first([Task::NodeAware]);
        assert_eq!(desk.queue.len(), QUEUE_MAX);
        assert!(desk.take_overflow() && !desk.take_overflow());
    }

    #[test]
    fn the_late_are_few() {
        let mut desk = Desk::default();
        for _ in 0..100 {
            let invoke = desk.invoke_id();
            let task = Task::List(ListType::STATIONS, None);
            desk.asked = Some(Asked { invoke, task, deadline: Duration::ZERO, is_second: false, has_part: false });
            desk.give_up();
        }
        assert_eq!(desk.late.len(), LATE_MAX);
        assert_eq!(desk.late(2, true), None);
        assert_eq!(desk.late(101, false), Some(Task::List(ListType::STATIONS, None)));
        assert_eq!(desk.late(101, true), Some(Task::List(ListType::STATIONS, None)));
        assert_eq!(desk.late(101, true), None);
    }
}
