//! What CSTA costs: the documented messages as one stream, in messages and bytes per second, with allocations.
//!
//! `cargo bench -p strowger-protocol --bench csta`

#![allow(clippy::expect_used, reason = "a bench that cannot run must say why")]

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{AllocProfiler, Bencher, black_box};
use strowger_protocol::csta::{Decoder, Edition, Frame, InvokeId, Item, Limits, Message, SESSION_NAMESPACE, Style, XmlLimits, frame};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const REFERENCE: &str = include_str!("../testdata/csta/reference.txt");
/// So often, as the stream of one connection.
const TIMES: usize = 50;

fn main() {
    divan::main();
}

fn documented() -> Vec<String> {
    let declared = |line: &str| {
        let line = line.replacen("NS:", &format!("xmlns=\"{}\"", Edition::Ed6.namespace()), 1);
        line.replacen("AS:", &format!("xmlns=\"{SESSION_NAMESPACE}\""), 1)
    };
    REFERENCE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(declared).collect()
}

fn stream() -> Bytes {
    let framed = |line: String| frame(InvokeId::EVENT, line.as_bytes(), usize::MAX).expect("it fits");
    let once: Vec<u8> = documented().into_iter().flat_map(framed).collect();
    Bytes::from(once.repeat(TIMES))
}

fn decode(chunks: &[Bytes], mut each: impl FnMut(Frame)) -> usize {
    let mut decoder = Decoder::new(Limits::default());
    let mut frames = 0;
    for chunk in chunks {
        decoder.push(chunk.clone());
        while let Some(item) = decoder.next_item().expect("the stream is well-formed") {
            if let Item::Frame(frame) = item {
                frames += 1;
                each(frame);
            }
        }
    }
    frames
}

/// Bytes to frames, by the size of what a read returns.
#[divan::bench(args = [64, 1_460, 16_384])]
fn frames(bencher: Bencher<'_, '_>, chunk: usize) {
    let stream = stream();
    let chunks: Vec<Bytes> = stream.chunks(chunk).map(Bytes::copy_from_slice).collect();
    let frames = decode(&chunks, drop);
    bencher
        .counter(ItemsCount::new(frames))
        .counter(BytesCount::new(stream.len()))
        .bench(|| decode(black_box(&chunks), |frame| drop(black_box(frame))));
}

/// Bytes to typed messages.
#[divan::bench]
fn messages(bencher: Bencher<'_, '_>) {
    let stream = stream();
    let chunks: Vec<Bytes> = stream.chunks(16_384).map(Bytes::copy_from_slice).collect();
    let frames = decode(&chunks, drop);
    let limits = XmlLimits::default();
    bencher
        .counter(ItemsCount::new(frames))
        .counter(BytesCount::new(stream.len()))
        .bench(|| decode(black_box(&chunks), |frame| drop(black_box(frame.parse(&limits)))));
}

/// One event with all that a PBX puts into it.
#[divan::bench]
fn delivered(bencher: Bencher<'_, '_>) {
    let line = documented().into_iter().find(|line| line.starts_with("<DeliveredEvent")).expect("it is documented");
    let limits = XmlLimits::default();
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::new(line.len()))
        .bench(|| Message::parse(black_box(line.as_bytes()), &limits));
}

/// Typed messages to frames, as a simulator writes them.
#[divan::bench]
fn written(bencher: Bencher<'_, '_>) {
    let limits = XmlLimits::default();
    let read = |line: String| Message::parse(line.as_bytes(), &limits).expect("it is documented").message;
    let messages: Vec<Message> = documented().into_iter().map(read).collect();
    let style = Style::default();
    bencher.counter(ItemsCount::new(messages.len())).bench(|| {
        for message in black_box(&messages) {
            drop(black_box(message.frame(InvokeId::EVENT, &style)));
        }
    });
}
