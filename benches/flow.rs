//! Bytes of recorded Asterisk traffic → attributed call records in memory, in messages/s on one core.
//!
//! `decode` is the codec alone over the same bytes, so that what session, switchboard, tracker, attribution and record take is the
//! difference. Run with `cargo bench --bench flow`.

#![expect(clippy::expect_used, reason = "a bench without its recordings has nothing to measure")]

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher};
use strowger::directory::{Directory, PeopleFile};
use strowger::pbx::ami::{Naming as AmiNaming, Session, Settings};
use strowger::pbx::capture::{Entry, Reader};
use strowger::record::{CallIdentity, Naming};
use strowger::replay::Replay;
use strowger::telephony::Time;
use strowger_protocol::ami::{Decoder, Item, Limits};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Recordings with everything subscribed, the noise of the dialplan included.
const RECORDINGS: [&str; 6] =
    ["internal-answered", "ring-group", "queue-ringall", "attended-transfer-refer", "queue-agent-login", "two-calls-interleaved"];

struct Traffic {
    captures: Vec<Vec<(Time, Entry)>>,
    bytes: u64,
    messages: u64,
}

fn traffic() -> Traffic {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/ami");
    let captures: Vec<Vec<(Time, Entry)>> = RECORDINGS
        .iter()
        .map(|name| {
            let path = folder.join(format!("{name}.capture.jsonl"));
            Reader::open(path).expect("the recording is there").map(|entry| entry.expect("the recording is whole")).collect()
        })
        .collect();
    let inputs = || captures.iter().flatten().filter_map(|(_, entry)| if let Entry::In(bytes) = entry { Some(bytes) } else { None });
    let bytes = inputs().map(|b| b.len() as u64).sum();
    let messages = captures.iter().map(|capture| decode(capture)).sum();
    Traffic { captures, bytes, messages }
}

fn decode(capture: &[(Time, Entry)]) -> u64 {
    let mut decoder = Decoder::new(Limits::default());
    let mut messages = 0;
    for (_, entry) in capture {
        match entry {
            Entry::Open(_) => decoder.reset(),
            Entry::In(bytes) => {
                decoder.push(bytes.clone());
                while let Some(item) = decoder.next_item().expect("recordings are well-formed") {
                    messages += u64::from(matches!(divan::black_box(item), Item::Message(_)));
                }
            }
            _ => {}
        }
    }
    messages
}

fn naming() -> Settings {
    let patterns = |texts: &[&str]| texts.iter().map(|text| text.parse().expect("a pattern")).collect();
    let naming =
        AmiNaming { trunks: patterns(&["trunk"]), extensions: patterns(&["_10XX"]), agents: patterns(&["_20XX"]), ..AmiNaming::default() };
    Settings { naming, ..Settings::default() }
}

#[divan::bench]
fn codec_alone(bencher: Bencher<'_, '_>) {
    let traffic = traffic();
    bencher
        .counter(ItemsCount::new(traffic.messages))
        .counter(BytesCount::new(traffic.bytes))
        .bench(|| traffic.captures.iter().map(|capture| decode(capture)).sum::<u64>());
}

#[divan::bench]
fn bytes_to_records(bencher: Bencher<'_, '_>) {
    let traffic = traffic();
    let people = PeopleFile::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/people.toml")).expect("the people are there");
    let directory = Arc::new(Directory::from_people(&people));
    bencher.counter(ItemsCount::new(traffic.messages)).counter(BytesCount::new(traffic.bytes)).bench(|| {
        let mut records = 0;
        for capture in &traffic.captures {
            let naming_of_record = Naming { site: "bench".into(), pbx: "asterisk".into(), country: None, identity: CallIdentity::Number };
            let mut replay = Replay::new(Session::passive(naming()), naming_of_record, Arc::clone(&directory));
            for (at, entry) in capture {
                replay.entry(*at, entry.clone(), &mut |record| records += u64::from(divan::black_box(record).segments.is_empty()) + 1);
            }
            replay.finish(&mut |record| records += u64::from(divan::black_box(record).segments.is_empty()) + 1);
        }
        records
    });
}

/// The same bytes in chunks of 64 KiB, as a busy link reads them.
#[divan::bench]
fn bytes_to_records_in_large_reads(bencher: Bencher<'_, '_>) {
    let traffic = traffic();
    let directory = Arc::new(Directory::default());
    let large: Vec<Vec<(Time, Entry)>> = traffic.captures.iter().map(|capture| in_large_reads(capture)).collect();
    bencher.counter(ItemsCount::new(traffic.messages)).counter(BytesCount::new(traffic.bytes)).bench(|| {
        let mut records = 0;
        for capture in &large {
            let naming_of_record = Naming { site: "bench".into(), pbx: "asterisk".into(), country: None, identity: CallIdentity::Number };
            let mut replay = Replay::new(Session::passive(naming()), naming_of_record, Arc::clone(&directory));
            for (at, entry) in capture {
                replay.entry(*at, entry.clone(), &mut |record| records += u64::from(divan::black_box(record).segments.is_empty()) + 1);
            }
            replay.finish(&mut |record| records += u64::from(divan::black_box(record).segments.is_empty()) + 1);
        }
        records
    });
}

fn in_large_reads(capture: &[(Time, Entry)]) -> Vec<(Time, Entry)> {
    let mut joined: Vec<(Time, Vec<u8>)> = Vec::new();
    let mut out: Vec<(Time, Entry)> = Vec::new();
    for (at, entry) in capture {
        match entry {
            Entry::In(bytes) => match joined.last_mut() {
                Some((_, buffer)) if buffer.len() < 65_536 => buffer.extend_from_slice(bytes),
                _ => joined.push((*at, bytes.to_vec())),
            },
            other => {
                out.extend(joined.drain(..).map(|(at, buffer)| (at, Entry::In(Bytes::from(buffer)))));
                out.push((*at, other.clone()));
            }
        }
    }
    out.extend(joined.drain(..).map(|(at, buffer)| (at, Entry::In(Bytes::from(buffer)))));
    out
}
