//! The shapes that the reference leaves open, one setting each. Every default here is *synthetic* unless it names its section:
//! it is what this simulator does, not what a PBX is known to do.

use serde::Deserialize;

/// One choice for each shape that no public source shows.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "independent choices, as a scenario file writes them")]
pub struct Forms {
    /// What a wrong password meets.
    pub bad_password: BadPassword,
    /// Outcome of `_NA`, `_AP` and the other gateway commands at a node (OAI reference §2.1: 45 likely); 0: they are taken.
    pub gateway_command_at_node: u16,
    /// Outcome of a command whose licence is off.
    pub unlicensed: u16,
    /// Outcome of a command that is not known here (OAI reference §7.4: 45).
    pub unlisted: u16,
    /// What a global resync meets that comes too soon after the last.
    pub resync_too_soon: TooSoon,
    /// True: a resync also tells of calls that ring (DE) and wait (QU). The samples show neither.
    pub resync_tells_ringing: bool,
    /// True: the monitors at a node are gone when its link fails, and must be started anew. False: they are there when it is back.
    pub node_loss_ends_monitors: bool,
    /// How the devices that rang along learn that another has answered.
    pub losers: Losers,
    /// True: the monitor of a hunt group is also told what happens at its members while the call is at the group: DE, DI, XC.
    pub group_sees_members: bool,
    /// What the monitor of a hunt group sees when a call leaves the queue for a member.
    pub queue_exit: QueueExit,
    /// Cause of the DE at a member to whom a queue gives the call (OAI reference §10.2: 22).
    pub queue_deliver_cause: u8,
    /// Where NRY stands when an agent is called and answers.
    pub not_ready: NotReadyPlace,
    /// True: QU in the 20 parts of the published sample. False: in the 18 parts of the field tables (OAI reference §5.1).
    pub long_queued: bool,
    /// True: after a screened transfer ES tells once more who talks (OAI reference §10.5: "may be absent").
    pub transfer_tells_established: bool,
    /// Cause of CC for a call that ended in a transfer (OAI reference §5.1: 32 by the text, 36 by the sample).
    pub transfer_cleared_cause: u8,
    /// What shows that a call was handed from one device of a user to another (DEE handoff).
    pub handoff: Handoff,
    /// What a DEE ring shows of the Personal Router Device (OAI reference §8.2, U4).
    pub dee_ring: DeeRing,
    /// The extension of the Personal Router Device. Where `dee_ring` shows it, it is listed among the hunt groups; where its extension has
    /// digits only it can be monitored, and is told of each DE that names it (OAI reference §8.1, S6: a name that cannot be dialled).
    pub personal_router: String,
    /// True: `_QUD,invoke,main` is answered with `Count,(Dest_Type,Extension,Number)*`, by the numbers of S9 (OAI reference §8.2, U1 and U2).
    pub user_destinations: bool,
    /// Feature number of the FE that tells that DEE was switched (OAI reference §8.2, U7); `None`: nothing is told.
    pub dee_feature: Option<u16>,
    /// Letters for forwarding when busy or unanswered (OAI reference §6.9).
    pub forward_no_answer_or_busy: String,
    /// True: ET tells a station that answers a trunk call how long that was in the system.
    pub elapsed_time: bool,
    /// True: what is told of others in a conference carries the viewer's own call id. False: that of whom it is about.
    pub conference_own_ids: bool,
    /// `_QH` of a group ends with `InInitState,Hunt_Group_Type` (OAI reference §7.3: V10).
    pub hunt_group_tail: bool,
}

impl Default for Forms {
    fn default() -> Self {
        Self {
            bad_password: BadPassword::Close,
            gateway_command_at_node: 45,
            unlicensed: 1,
            unlisted: 45,
            resync_too_soon: TooSoon::Silence,
            resync_tells_ringing: true,
            node_loss_ends_monitors: true,
            losers: Losers::Cleared,
            group_sees_members: false,
            queue_exit: QueueExit::Nothing,
            queue_deliver_cause: 22,
            not_ready: NotReadyPlace::AfterEstablished,
            long_queued: false,
            transfer_tells_established: true,
            transfer_cleared_cause: 32,
            handoff: Handoff::Diverted,
            dee_ring: DeeRing::Plain,
            personal_router: "PP065".into(),
            user_destinations: false,
            dee_feature: None,
            forward_no_answer_or_busy: "NB".into(),
            elapsed_time: false,
            conference_own_ids: true,
            hunt_group_tail: true,
        }
    }
}

/// What a wrong password meets.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BadPassword {
    /// The connection is closed without a word.
    Close,
    /// These characters (one byte each, as they stand, no frame around them), then it is closed.
    Reply(String),
    /// This line in a frame of its own, then it is closed.
    Line(String),
    /// Nothing at all: the client waits in vain.
    Silence,
}

/// What a global resync meets that comes too soon (OAI reference §3, §9.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TooSoon {
    /// No answer at all.
    Silence,
    /// It is confirmed, and nothing follows.
    ConfirmedOnly,
    /// It is refused with this outcome.
    Refused(u16),
}

/// How a device that rang along learns that another has answered (OAI reference §8.2, U5; §10.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Losers {
    /// XC of its own connection with cause 36, behind the ES.
    Cleared,
    /// The same, before the ES.
    ClearedFirst,
    /// DI from it to the one that answered, before the ES, with this cause.
    Diverted(u8),
}

/// What a hunt group's monitor sees when a call leaves the queue (OAI reference §10.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueExit {
    /// Nothing.
    Nothing,
    /// DI from the group to the member that answers, with this cause, before the ES.
    Diverted(u8),
    /// XC of the group's connection with cause 36, behind the ES.
    Cleared,
    /// The ES, like the caller's, with state N.
    Established,
}

/// Where NRY stands (OAI reference §10.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReadyPlace {
    /// Before the DE.
    BeforeDelivered,
    /// Behind the DE.
    AfterDelivered,
    /// Before the ES.
    BeforeEstablished,
    /// Behind the ES, as in the sample.
    AfterEstablished,
}

/// What shows a DEE handoff (OAI reference §8.2, U6).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handoff {
    /// DI from the connected device to the one that takes over, then its DE and ES.
    Diverted,
    /// DE and ES of the new device in the same call, then XC of the old one.
    Established,
}

/// What a DEE ring shows of the Personal Router Device (OAI reference §8.2, U4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeeRing {
    /// Nothing: several DE with one Call_ID.
    Plain,
    /// Its extension as the group of each DE (the 20th part).
    InGroup,
    /// Its extension as the last device that redirected the call, in each DE but the main's.
    Redirected,
}
