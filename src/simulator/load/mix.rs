//! How likely what is, and how long it lasts: the mix of an ordinary office. Weights count against each other within a table; lengths of time
//! are in milliseconds at real pace.

use super::intention::Ringing;
use crate::simulator::exchange::Deed;

/// What begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// From outside to an extension.
    InboundStation,
    /// From outside to a hunt group.
    InboundGroup,
    /// From outside to somebody with several devices.
    InboundDee,
    /// From one extension to another.
    Internal,
    /// From an extension to a hunt group.
    InternalGroup,
    /// From an extension to outside.
    Outgoing,
    /// A number that leads nowhere.
    WrongNumber,
    /// A handset is lifted and put back.
    OffHook,
}

pub(super) const KINDS: &[(Kind, u32)] = &[
    (Kind::InboundStation, 22),
    (Kind::InboundGroup, 28),
    (Kind::InboundDee, 9),
    (Kind::Internal, 17),
    (Kind::InternalGroup, 4),
    (Kind::Outgoing, 16),
    (Kind::WrongNumber, 2),
    (Kind::OffHook, 2),
];

/// Something changes beside a call that begins, in so many of a hundred cases.
pub(super) const CHANGE_PERCENT: u32 = 18;

/// What changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Change {
    LogOn,
    LogOff,
    NotReady,
    DoNotDisturb,
    Forward,
    Dee,
    HuntGroups,
    Offline,
    HotDesk,
    Night,
    Rename,
}

pub(super) const CHANGES: &[(Change, u32)] = &[
    (Change::LogOn, 30),
    (Change::LogOff, 15),
    (Change::NotReady, 10),
    (Change::DoNotDisturb, 10),
    (Change::Forward, 30),
    (Change::Dee, 6),
    (Change::HuntGroups, 4),
    (Change::Offline, 4),
    (Change::HotDesk, 3),
    (Change::Night, 1),
    (Change::Rename, 3),
];

/// At a telephone that rings.
pub(super) const RINGING: &[(Ringing, u32)] =
    &[(Ringing::Answer, 68), (Ringing::Ignore, 19), (Ringing::Decline, 4), (Ringing::Deflect, 5), (Ringing::PickUp, 4)];

/// At the telephone of a member that a group rings.
pub(super) const MEMBER_RINGING: &[(Ringing, u32)] =
    &[(Ringing::Answer, 70), (Ringing::Ignore, 23), (Ringing::Decline, 2), (Ringing::Deflect, 3), (Ringing::PickUp, 2)];

/// Outside, where a call arrives.
pub(super) const OUTSIDE: &[(Deed, u32)] =
    &[(Deed::Answers, 70), (Deed::Rings, 13), (Deed::IsBusy, 7), (Deed::Declines, 4), (Deed::IsCongested, 3), (Deed::DoesNotExist, 3)];

/// Somebody who talks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    HangUp,
    OtherHangsUp,
    Hold,
    Park,
    TransferBlind,
    Consult,
    Invite,
    HandOff,
    Account,
    ListenIn,
}

pub(super) const NEXT: &[(Next, u32)] = &[
    (Next::HangUp, 38),
    (Next::OtherHangsUp, 17),
    (Next::Hold, 10),
    (Next::Park, 4),
    (Next::TransferBlind, 8),
    (Next::Consult, 10),
    (Next::Invite, 4),
    (Next::HandOff, 4),
    (Next::Account, 3),
    (Next::ListenIn, 2),
];

/// Somebody who asked before a transfer, once the other has answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asked {
    HandOver,
    BringTogether,
    GoBack,
}

pub(super) const ASKED: &[(Asked, u32)] = &[(Asked::HandOver, 70), (Asked::BringTogether, 8), (Asked::GoBack, 22)];

pub(super) const ANSWER_MS: u32 = 4_500;
pub(super) const NETWORK_MS: u32 = 1_000;
pub(super) const TALK_MS: u32 = 25_000;
pub(super) const HOLD_MS: u32 = 9_000;
pub(super) const PATIENCE_MS: u32 = 35_000;
pub(super) const QUEUE_PATIENCE_MS: u32 = 75_000;
pub(super) const TONE_MS: u32 = 2_500;
pub(super) const THINK_MS: u32 = 1_500;
pub(super) const CONFERENCE_MS: u32 = 30_000;
pub(super) const MAIL_MS: u32 = 12_000;
pub(super) const SETTING_MS: u32 = 60_000;
/// A call older than this is ended.
pub(super) const CALL_MAX_MS: u32 = 300_000;
/// So often is looked for such calls.
pub(super) const SWEEP_MS: u32 = 10_000;

/// Callers' names, where the network tells one.
pub(super) const NAMES: &[&str] = &["ACME Ltd", "Blue Harbour", "Castle & Sons", "Delta Print", "Elm Street Dental", "Foxglove Farm"];
