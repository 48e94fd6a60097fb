//! What goes on in a daemon, for whoever runs one in the own process and looks on. Looking on never slows it down.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use uuid::Uuid;

use crate::attribution::{Credit, Subject, credit};
use crate::directory::Directory;
use crate::engine::Engine;
use crate::record::CallRecord;
use crate::tracker::{OpenCall, OpenPart};

/// Open calls of one PBX that are shown at most, the newest.
const CALLS_MAX: usize = 64;
/// Finished calls that may wait to be looked at; those beyond are left out here, the store has them.
const ENDED_MAX: usize = 1024;

/// What can be seen of a daemon.
#[derive(Debug)]
pub struct View {
    /// Where metrics and health are served once everything runs; `None` before.
    pub started: watch::Receiver<Option<Started>>,
    /// Open calls by PBX, newest first.
    pub calls: watch::Receiver<BTreeMap<Arc<str>, Vec<LiveCall>>>,
    /// Calls that ended and are on disk, in that order.
    pub ended: mpsc::Receiver<CallRecord>,
}

/// A daemon that runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Started {
    /// Where metrics and health are served.
    pub http: Option<SocketAddr>,
}

/// A call that is under way, and whose each part is as it stands now.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveCall {
    /// The id of the record that it will have, unless it turns out to be part of an older one.
    pub id: Uuid,
    /// The call.
    pub call: OpenCall,
    /// One for each of its parts.
    pub credits: Vec<LiveCredit>,
}

/// Whose a part is.
#[derive(Clone, PartialEq, Debug)]
pub struct LiveCredit {
    /// The decision.
    pub credit: Credit,
    /// The user's name.
    pub user: Option<String>,
}

/// The daemon's end of a [`View`].
#[derive(Clone, Debug)]
pub struct Viewed {
    started: watch::Sender<Option<Started>>,
    calls: watch::Sender<BTreeMap<Arc<str>, Vec<LiveCall>>>,
    ended: mpsc::Sender<CallRecord>,
}

/// Both ends.
pub fn view() -> (Viewed, View) {
    let (started, started_seen) = watch::channel(None);
    let (calls, calls_seen) = watch::channel(BTreeMap::new());
    let (ended, ended_seen) = mpsc::channel(ENDED_MAX);
    (Viewed { started, calls, ended }, View { started: started_seen, calls: calls_seen, ended: ended_seen })
}

impl Viewed {
    pub(super) fn started(&self, started: Started) {
        self.started.send_replace(Some(started));
    }

    pub(super) fn calls(&self, pbx: &Arc<str>, engine: &Engine, directory: &Directory) {
        let calls = engine.tracker().newest_calls(CALLS_MAX).into_iter();
        let live = calls.map(|call| LiveCall {
            id: engine.record_id(&call.switch_call, call.began_at),
            credits: call.parts.iter().map(|part| credited(part, directory)).collect(),
            call,
        });
        let live = live.collect();
        self.calls.send_modify(|all| {
            all.insert(Arc::clone(pbx), live);
        });
    }

    pub(super) fn ended(&self, record: &CallRecord) {
        // Nobody looks, or not fast enough.
        self.ended.try_send(record.clone()).ok();
    }
}

fn credited(part: &OpenPart, directory: &Directory) -> LiveCredit {
    let subject = Subject { device: &part.party.device, kind: part.party.kind, agent: part.agent.as_ref(), at: part.instant };
    let credit = credit(&subject, directory);
    let user = credit.user.and_then(|id| directory.user(id)).map(|user| user.name.clone());
    LiveCredit { credit, user }
}
