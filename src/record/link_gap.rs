//! When a PBX, or a part of it, was out of sight: what records may be missing or uncertain for.

use serde::{Deserialize, Serialize};

use crate::telephony::{Scope, Time, rfc3339};

/// A time when a PBX, or a part of it, was out of sight. Told twice: when it begins, without an end, and when it has ended.
///
/// Site, PBX, scope and beginning together identify it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinkGap {
    /// Name of the site.
    pub site: String,
    /// Name of the PBX at that site.
    pub pbx: String,
    /// `"all"`, or `{"node": "…"}` where the PBX has several nodes.
    pub scope: Scope,
    /// Last sign of life before.
    #[serde(with = "rfc3339")]
    pub from: Time,
    /// When the present state was told again; `null` while it lasts.
    #[serde(with = "rfc3339::option")]
    pub until: Option<Time>,
}
