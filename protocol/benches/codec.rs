//! What decoding costs: recorded traffic of a real Asterisk, in messages and bytes per second, with allocations.
//!
//! `cargo bench -p strowger-protocol`

#![allow(clippy::expect_used, reason = "a bench that cannot run must say why")]

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use strowger_protocol::ami::{Action, Decoder, Item, Limits, Message};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const RECORDINGS: [&[u8]; 6] = [
    include_bytes!("../testdata/ami/asterisk16-park-retrieve.ami"),
    include_bytes!("../testdata/ami/attendant-to-queue.ami"),
    include_bytes!("../testdata/ami/conference.ami"),
    include_bytes!("../testdata/ami/minimal-permissions.ami"),
    include_bytes!("../testdata/ami/queue-agent-login.ami"),
    include_bytes!("../testdata/ami/without-timestamps.ami"),
];

fn main() {
    divan::main();
}

/// All recordings as the stream of one connection.
fn stream() -> Bytes {
    let mut stream = b"Asterisk Call Manager/11.0.0\r\n".to_vec();
    for recording in RECORDINGS {
        let greeting = recording.iter().position(|&byte| byte == b'\n').expect("a recording begins with the greeting");
        stream.extend_from_slice(&recording[greeting + 1..]);
    }
    Bytes::from(stream)
}

fn chunks(stream: &Bytes, size: usize) -> Vec<Bytes> {
    stream.chunks(size).map(Bytes::copy_from_slice).collect()
}

fn decode(chunks: &[Bytes], mut each: impl FnMut(Message)) -> usize {
    let mut decoder = Decoder::new(Limits::default());
    let mut messages = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Some(item) = decoder.next_item().expect("recordings are well-formed") {
            if let Item::Message(message) = item {
                messages += 1;
                each(message);
            }
        }
    }
    messages
}

/// Bytes to messages, by the size of what a read returns.
#[divan::bench(args = [64, 1_460, 16_384, 65_536])]
fn messages(bencher: Bencher<'_, '_>, chunk: usize) {
    let stream = stream();
    let chunks = chunks(&stream, chunk);
    let messages = decode(&chunks, drop);
    bencher
        .counter(ItemsCount::new(messages))
        .counter(BytesCount::new(stream.len()))
        .bench(|| decode(black_box(&chunks), |message| drop(black_box(message))));
}

/// The same, and what a session asks of each message.
#[divan::bench]
fn messages_and_fields(bencher: Bencher<'_, '_>) {
    const KEYS: [&str; 12] = [
        "ActionID",
        "Timestamp",
        "SystemName",
        "Channel",
        "Uniqueid",
        "Linkedid",
        "CallerIDNum",
        "CallerIDName",
        "ConnectedLineNum",
        "Context",
        "Exten",
        "BridgeUniqueid",
    ];
    let stream = stream();
    let chunks = chunks(&stream, 16_384);
    let messages = decode(&chunks, drop);
    bencher.counter(ItemsCount::new(messages)).counter(BytesCount::new(stream.len())).bench(|| {
        decode(black_box(&chunks), |message| {
            for key in KEYS {
                black_box(message.str(key));
            }
        })
    });
}

/// One action built and encoded.
#[divan::bench]
fn action() -> Bytes {
    let action = Action::new("QueueStatus").and_then(|action| action.field("ActionID", "strowger-42"));
    action.expect("a well-formed action").encode()
}
