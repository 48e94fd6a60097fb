//! What holds from one moment until another.

use uuid::Uuid;

use super::{Assignable, Group};
use crate::pbx::session::DeeQuerySource;
use crate::telephony::{DeviceId, Time};

/// User ↔ extension or agent ID. At any moment at most one holds for each extension and agent ID.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Association {
    /// Who.
    pub user: Uuid,
    /// What.
    pub assignable: Assignable,
    /// The user's one primary, else one of the secondaries.
    pub primary: bool,
    /// Holds from this moment on; [`Time::MIN`]: it always did.
    pub from: Time,
    /// Holds no longer at this moment; `None`: it still does.
    pub until: Option<Time>,
}

/// A device that rings with a main extension.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeeMembership {
    /// The extension whose calls also ring the member.
    pub main: DeviceId,
    /// The device that rings along.
    pub member: DeviceId,
    /// Who says so.
    pub source: DeeSource,
    /// Holds from this moment on; [`Time::MIN`]: it always did.
    pub from: Time,
    /// Holds no longer at this moment; `None`: it still does.
    pub until: Option<Time>,
}

/// Where a DEE membership is known from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DeeSource {
    /// The people file.
    File,
    /// The daemon's configuration.
    Config,
    /// The PBX, in its list of users.
    PbxList,
    /// The PBX, asked about this main.
    PbxQuery,
}

impl DeeSource {
    /// As the store writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Config => "config",
            Self::PbxList => "pbx_list",
            Self::PbxQuery => "pbx_query",
        }
    }

    /// The reverse of [`DeeSource::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::File, Self::Config, Self::PbxList, Self::PbxQuery].into_iter().find(|source| source.as_str() == text)
    }

    /// Whether the PBX says so: a later report of its replaces this one.
    pub fn is_pbx(self) -> bool {
        matches!(self, Self::PbxList | Self::PbxQuery)
    }
}

impl From<DeeQuerySource> for DeeSource {
    fn from(source: DeeQuerySource) -> Self {
        match source {
            DeeQuerySource::List => Self::PbxList,
            DeeQuerySource::Query => Self::PbxQuery,
        }
    }
}

/// A device that rings with two mains: its calls are credited to nobody.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct DeeConflict {
    /// The device.
    pub member: DeviceId,
    /// Its mains, sorted.
    pub mains: Vec<DeviceId>,
}

/// The group that a user's calls count for in reports. At any moment at most one holds for each user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrimaryGroup {
    /// Who.
    pub user: Uuid,
    /// Which.
    pub group: Group,
    /// Holds from this moment on; [`Time::MIN`]: it always did.
    pub from: Time,
    /// Holds no longer at this moment; `None`: it still does.
    pub until: Option<Time>,
}

/// A user's being in a group.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupMembership {
    /// Who.
    pub user: Uuid,
    /// Which.
    pub group: Group,
    /// Holds from this moment on; [`Time::MIN`]: it always did.
    pub from: Time,
    /// Holds no longer at this moment; `None`: it still does.
    pub until: Option<Time>,
}

/// Something that holds from one moment (included) until another (excluded).
pub(super) trait Spanning {
    fn from(&self) -> Time;
    fn until(&self) -> Option<Time>;

    fn holds(&self, at: Time) -> bool {
        self.from() <= at && self.until().is_none_or(|until| at < until)
    }
}

macro_rules! spanning {
    ($($name:ident),*) => { $(
        impl Spanning for $name {
            fn from(&self) -> Time {
                self.from
            }

            fn until(&self) -> Option<Time> {
                self.until
            }
        }
    )* };
}

spanning!(Association, DeeMembership, PrimaryGroup, GroupMembership);

/// The newest entry that holds at that moment, of entries sorted by their start.
pub(super) fn newest<T: Spanning>(sorted: &[T], at: Time) -> Option<&T> {
    let begun = sorted.partition_point(|entry| entry.from() <= at);
    sorted[..begun].iter().rev().find(|entry| entry.holds(at))
}
