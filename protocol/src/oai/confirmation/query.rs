//! Answers to queries (OAI reference §7.1, §7.3, §7.4).

use bytes::Bytes;
use smol_str::SmolStr;

use super::super::id::Extension;
use super::super::table::{AgentMode, ForwardType, HuntGroupType, ListType, LocalState};
use super::super::text::{CallId, Text};
use super::super::wire::{Field, Reader, Record, Writer, record};

record! {
    /// A node and whether it answered (`_NO` in node-aware mode).
    NodeStatus {
        /// The node.
        node: u16,
        /// Whether it answered.
        answered: Option<bool>,
    }

    /// A member of a hunt group (`_QH`).
    Member {
        /// The agent, or in groups without agent ids the extension.
        agent: Option<SmolStr>,
        /// Where; blank when logged out.
        device: Option<Extension>,
        /// State.
        mode: Option<AgentMode>,
    }

    /// An agent's part in a group (`_QA`).
    AgentMembership {
        /// The agent.
        agent: Option<SmolStr>,
        /// The group.
        group: Option<Extension>,
        /// State.
        mode: Option<AgentMode>,
    }

    /// A call at a device (`_SP`).
    CallState {
        /// The call.
        call: Option<CallId>,
        /// State of the device's part.
        state: Option<LocalState>,
    }

    /// How a station forwards (`_QF`).
    Forwarding {
        /// When.
        kind: Option<ForwardType>,
        /// Where to.
        destination: Option<SmolStr>,
    }

    /// A message that waits (`_QM`).
    WaitingMessage {
        /// From whom.
        from: Option<Extension>,
        /// That one's description.
        description: Option<Text>,
        /// Time.
        time: Option<SmolStr>,
        /// Date.
        date: Option<SmolStr>,
        /// Mailbox.
        mailbox: Option<SmolStr>,
        /// How many.
        number: Option<u16>,
    }

    /// A node (`_QN`).
    NodeName {
        /// Its number.
        node: u16,
        /// Its description.
        description: Option<Text>,
    }

    /// A display (`_DQD`).
    Display {
        /// Model.
        model: Option<SmolStr>,
        /// Language as set.
        language: Option<SmolStr>,
        /// Language as shown.
        actual_language: Option<SmolStr>,
        /// Character sets.
        charsets: Option<SmolStr>,
        /// Timer.
        timer: Option<SmolStr>,
        /// Scrolling.
        scrolling: Option<SmolStr>,
    }

    /// What a display command answers: the station and the control type; what follows is in the confirmation's extra fields.
    DisplayControl {
        /// The station.
        device: Option<Extension>,
        /// Always 1.
        control_type: Option<u8>,
    }

    /// A node's answer about a password (`_VP` through a gateway).
    NodePassword {
        /// The node.
        node: u16,
        /// Whether it is right there.
        correct: Option<bool>,
    }

    /// Who has control of the calls offered to a device (`_ORC`).
    OfferingControl {
        /// The device.
        device: Option<Extension>,
        /// The other application that has it, on outcome 48.
        holder: Option<Text>,
    }
}

/// Reads `Count, entry*`, as many as there are fields for.
pub(super) fn counted<T: Record>(width: usize, fields: &mut Reader<'_>) -> Option<Vec<T>> {
    let count = fields.take::<Option<u16>>()?.map(usize::from);
    let room = fields.remaining() / width;
    fields.unreadable += u32::from(count.is_some_and(|count| count > room));
    repeated(count.map_or(room, |count| count.min(room)), fields)
}

fn repeated<T: Record>(entries: usize, fields: &mut Reader<'_>) -> Option<Vec<T>> {
    (0..entries).map(|_| T::read(fields)).collect()
}

pub(super) fn write_counted<T: Record>(entries: &[T], out: &mut Writer<'_>) {
    out.number(u32::try_from(entries.len()).unwrap_or(u32::MAX), 1);
    for entry in entries {
        entry.write(out);
    }
}

/// `_QH`: the members of a hunt group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HuntGroupMembers {
    /// The count as told; 0 may mean a Personal Router Device. A sample tells 1 with two members.
    pub count: Option<u32>,
    /// The members; extension lists are expanded.
    pub members: Vec<Member>,
    /// From V10 on: InInitState and the type of the group.
    pub tail: Option<HuntGroupTail>,
}

record! {
    /// What V10 adds to `_QH`.
    HuntGroupTail {
        /// InInitState.
        initialising: Option<bool>,
        /// Type of the group.
        kind: Option<HuntGroupType>,
    }
}

impl HuntGroupMembers {
    /// Members are triples; two fields more are V10's tail.
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let count = fields.take()?;
        let members = repeated(fields.remaining() / 3, fields)?;
        let tail = if fields.remaining() == 2 { Some(HuntGroupTail::read(fields)?) } else { None };
        Some(Self { count, members, tail })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.count);
        for member in &self.members {
            member.write(out);
        }
        if let Some(tail) = &self.tail {
            tail.write(out);
        }
    }
}

/// `_VP`: whether a password is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PasswordVerified {
    /// Whether it is; behind a gateway on all nodes.
    pub correct: Option<bool>,
    /// Behind a gateway: on which nodes.
    pub nodes: Vec<NodePassword>,
}

impl PasswordVerified {
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let correct = fields.take()?;
        Some(Self { correct, nodes: if fields.is_empty() { Vec::new() } else { counted(2, fields)? } })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        out.put(&self.correct);
        if !self.nodes.is_empty() {
            write_counted(&self.nodes, out);
        }
    }
}

/// `_QL`, the old list query: its fields are not taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldListPage {
    /// What the list is of.
    pub list: Option<ListType>,
    /// Whether this is the last answer.
    pub last: Option<bool>,
    /// How many entities there are here.
    pub count: Option<u32>,
    /// Their fields.
    pub fields: Vec<Field>,
}

/// Data attached to a call through the gateway, as `_GRD` answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetrievedData {
    /// Where it is attached.
    pub place: AttachedData,
    /// The data, any bytes.
    pub data: Option<Bytes>,
}

impl RetrievedData {
    pub(super) fn read(fields: &mut Reader<'_>) -> Option<Self> {
        let (place, count): (_, Option<u16>) = (AttachedData::read(fields)?, fields.take()?);
        Some(Self { place, data: count.map(|count| fields.counted(count.into()).into()) })
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        self.place.write(out);
        match &self.data {
            Some(data) => {
                out.number(u32::try_from(data.len()).unwrap_or(u32::MAX), 1);
                out.counted(data);
            }
            None => out.bare(""),
        }
    }
}

record! {
    /// Where data is attached to a call through the gateway: what `_GAD`, `_GMD` and `_GDD` answer.
    AttachedData {
        /// The call.
        call: Option<CallId>,
        /// The name under which it is attached.
        tag: Option<Text>,
        /// Date, where told.
        date: Option<SmolStr>,
        /// Time, where told.
        time: Option<SmolStr>,
    }

    /// What is attached to a call (`_GQD`).
    Attachment {
        /// Under which name.
        tag: Option<Text>,
        /// Date.
        date: Option<SmolStr>,
        /// Time.
        time: Option<SmolStr>,
    }
}
