//! What decoding System OAI costs: the documented lines as one stream, in lines and bytes per second, with allocations.
//!
//! `cargo bench -p strowger-protocol --bench oai`

#![allow(clippy::expect_used, reason = "a bench that cannot run must say why")]

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use strowger_protocol::oai::{Command, CommandBody, Decoder, Event, Item, Limits, Line, Message, Style, frame};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const REFERENCE: &str = include_str!("../testdata/oai/reference.txt");
/// So often, as the stream of one connection.
const TIMES: usize = 100;

fn main() {
    divan::main();
}

fn documented() -> impl Iterator<Item = &'static str> {
    REFERENCE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// One line a frame, as a PBX sends them.
fn stream() -> Bytes {
    let once: Vec<u8> = documented().flat_map(|line| frame([line.as_bytes(), b"\r\n"])).collect();
    Bytes::from(once.repeat(TIMES))
}

fn decode(chunks: &[Bytes], mut each: impl FnMut(Line)) -> usize {
    let mut decoder = Decoder::new(Limits::default());
    let mut lines = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Some(item) = decoder.next_item().expect("the stream is well-formed") {
            if let Item::Line(line) = item {
                lines += 1;
                each(line);
            }
        }
    }
    lines
}

fn chunks(stream: &Bytes, size: usize) -> Vec<Bytes> {
    stream.chunks(size).map(Bytes::copy_from_slice).collect()
}

/// Bytes to lines, by the size of what a read returns.
#[divan::bench(args = [64, 1_460, 16_384, 65_536])]
fn lines(bencher: Bencher<'_, '_>, chunk: usize) {
    let stream = stream();
    let chunks = chunks(&stream, chunk);
    let lines = decode(&chunks, drop);
    bencher
        .counter(ItemsCount::new(lines))
        .counter(BytesCount::new(stream.len()))
        .bench(|| decode(black_box(&chunks), |line| drop(black_box(line))));
}

/// Bytes to typed events and confirmations.
#[divan::bench]
fn messages(bencher: Bencher<'_, '_>) {
    let stream = stream();
    let chunks = chunks(&stream, 16_384);
    let lines = decode(&chunks, drop);
    bencher
        .counter(ItemsCount::new(lines))
        .counter(BytesCount::new(stream.len()))
        .bench(|| decode(black_box(&chunks), |line| drop(black_box(line.parse()))));
}

/// Typed events to lines, as a simulator writes them.
#[divan::bench]
fn written(bencher: Bencher<'_, '_>) {
    let event = |line| match Message::parse(line) {
        Ok(Message::Event(event)) => Some(event),
        _ => None,
    };
    let events: Vec<Event> = documented().filter_map(event).collect();
    let style = Style::default();
    let mut line = Vec::with_capacity(256);
    bencher.counter(ItemsCount::new(events.len())).bench_local(|| {
        for event in black_box(&events) {
            line.clear();
            event.encode_into(&style, &mut line);
            black_box(&line);
        }
    });
}

/// The answer that starts monitors on all stations of a large system.
#[divan::bench(args = [226, 9_999])]
fn monitors(bencher: Bencher<'_, '_>, stations: usize) {
    let pairs: Vec<_> = (1..=stations).map(|id| format!("{id:06},{}", 10_000 + id)).collect();
    let line = format!("003,CF,_MS,2,0,{stations:04},{},A:00FC,C:FFFE,F:1FFF", pairs.join(","));
    bencher.counter(ItemsCount::new(stations)).counter(BytesCount::new(line.len())).bench(|| Message::parse(black_box(&line)));
}

/// One command built and encoded.
#[divan::bench]
fn command() -> Bytes {
    let command = Command::new(245, CommandBody::Resync { device: Some("2:".into()) });
    command.encode().expect("a well-formed command")
}
