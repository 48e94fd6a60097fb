//! Random actions on the spool and on a naive model of its promises, compared after each restart.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use strowger::record::{CallRecord, LinkGap};
use strowger::spool::outbox::{Sink, Start};
use strowger::spool::{Checkpoint, Entry, Input, Recovered, Settings, Spool};
use strowger::store::{CallFilter, Store};
use strowger::telephony::{Scope, Time};
use uuid::Uuid;

use super::{entry, open, record};

const PBXS: [&str; 2] = ["a", "b"];
const SOON: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
enum Action {
    Entry { pbx: &'static str, finishes: Option<(u64, bool)> },
    Gap,
    Deliver { rows: usize },
    Checkpoint { pbx: &'static str },
    Alive { pbx: &'static str, at: i64 },
    Flush,
    Restart,
}

fn action() -> impl Strategy<Value = Action> {
    let pbx = || proptest::sample::select(PBXS.to_vec());
    prop_oneof![
        12 => (pbx(), proptest::option::weighted(0.4, (0..20_u64, any::<bool>()))).prop_map(|(pbx, finishes)| Action::Entry { pbx, finishes }),
        2 => pbx().prop_map(|pbx| Action::Checkpoint { pbx }),
        2 => (pbx(), 0..1000_i64).prop_map(|(pbx, at)| Action::Alive { pbx, at }),
        1 => Just(Action::Gap),
        2 => (0..6_usize).prop_map(|rows| Action::Deliver { rows }),
        1 => Just(Action::Flush),
        1 => Just(Action::Restart),
    ]
}

/// What the outbox shall hold: the message ids by number, from 1, and how far the sink has got.
#[derive(Default)]
struct ModelOutbox {
    entries: Vec<String>,
    delivered: usize,
}

impl ModelOutbox {
    fn compare(&self, spool: &Spool) {
        let outbox = spool.outbox();
        let found = outbox.read("sink", None, usize::MAX, usize::MAX).expect("read");
        let found: Vec<(u64, &str)> = found.iter().map(|entry| (entry.seq().expect("no history"), entry.message_id.as_str())).collect();
        let expected = (1..).zip(self.entries.iter().map(String::as_str)).skip(self.delivered);
        assert_eq!(found, expected.collect::<Vec<_>>());
        let overview = outbox.overview().expect("read");
        assert_eq!((overview.newest, overview.rows), (self.entries.len() as u64, (self.entries.len() - self.delivered) as u64));
        assert_eq!(overview.bytes == 0, overview.rows == 0);
    }

    fn deliver(&mut self, spool: &Spool, rows: usize) {
        let outbox = spool.outbox();
        let found = outbox.read("sink", None, rows, usize::MAX).expect("read");
        if let Some(last) = found.last() {
            outbox.advance("sink", last.place).expect("advanced");
            self.delivered += found.len();
        }
        self.compare(spool);
    }
}

fn register(spool: &Spool) {
    let sink = Sink { name: "sink".to_owned(), start: Start::Present };
    spool.outbox().register(&[sink], Time::from_millis(0)).expect("registered");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn behaves_as_the_naive_model(actions in proptest::collection::vec(action(), 0..80), batch_max in 1..6_usize) {
        let state = tempfile::tempdir().expect("temporary directory");
        let settings = Settings { batch_max, group_commit_delay: Duration::ZERO, ..Settings::default() };
        let (mut spool, mut reports) = open(state.path(), settings);
        let mut model: BTreeMap<&str, Recovered> = PBXS.map(|pbx| (pbx, Recovered::default())).into();
        let mut calls: BTreeMap<Uuid, bool> = BTreeMap::new();
        let mut outbox = ModelOutbox::default();
        register(&spool);
        for (number, action) in (0_u64..).zip(actions.into_iter().chain([Action::Restart])) {
            let handle = spool.handle();
            match action {
                Action::Entry { pbx, finishes } => {
                    let finished = finishes.map(|(call, end_uncertain)| CallRecord { end_uncertain, ..record(call) });
                    handle.blocking_send(entry(pbx, number, finished.iter().cloned().collect())).expect("taken");
                    model.get_mut(pbx).expect("known").events.push(number.to_string().into_bytes());
                    if let Some(call) = finished {
                        let id = call.id;
                        match calls.insert(id, call.end_uncertain) {
                            None => outbox.entries.push(id.to_string()),
                            Some(true) if !call.end_uncertain => outbox.entries.push(format!("{id}.r2")),
                            Some(stays) => drop(calls.insert(id, stays)),
                        }
                    }
                }
                Action::Gap => {
                    let (site, from) = ("hq".to_owned(), Time::from_millis(1));
                    let gap = LinkGap { site, pbx: "a".to_owned(), scope: Scope::All, from, until: None };
                    let entry = Entry { pbx: "a".into(), event: number.to_string().into_bytes(), records: Vec::new(), gaps: vec![gap] };
                    handle.blocking_send(Input::Entry(entry)).expect("taken");
                    model.get_mut("a").expect("known").events.push(number.to_string().into_bytes());
                    outbox.entries.push(format!("{}.{}", spool.outbox().source(), outbox.entries.len() + 1));
                }
                Action::Deliver { rows } => {
                    handle.blocking_flush(SOON).expect("durable");
                    outbox.deliver(&spool, rows);
                }
                Action::Checkpoint { pbx } => {
                    let state = number.to_string().into_bytes();
                    handle.blocking_send(Input::Checkpoint(Checkpoint { pbx: pbx.into(), state: state.clone() })).expect("taken");
                    let known = model.get_mut(pbx).expect("known");
                    known.events.clear();
                    known.checkpoint = Some(state);
                }
                Action::Alive { pbx, at } => {
                    let at = Time::from_micros(at);
                    handle.blocking_send(Input::Alive { pbx: pbx.into(), at }).expect("taken");
                    model.get_mut(pbx).expect("known").last_alive = Some(at);
                }
                Action::Flush => {
                    handle.blocking_flush(SOON).expect("durable");
                    prop_assert_eq!(handle.queued(), 0);
                }
                Action::Restart => {
                    spool.close(SOON).expect("durable");
                    (spool, reports) = open(state.path(), settings);
                    register(&spool);
                    outbox.compare(&spool);
                    for (pbx, expected) in &model {
                        prop_assert_eq!(&spool.recover(pbx).expect("read"), expected);
                    }
                    let store = Store::open_existing(state.path()).expect("opens");
                    let stored = store.calls(&CallFilter { limit: usize::MAX, ..CallFilter::default() }).expect("read");
                    prop_assert_eq!(stored.len(), calls.len());
                    prop_assert_eq!(stored.iter().map(|call| (call.id, call.end_uncertain)).collect::<BTreeMap<_, _>>(), calls.clone());
                }
            }
        }
        drop(reports);
    }
}
