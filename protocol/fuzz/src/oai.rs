//! The same for System OAI.

use bytes::Bytes;
use strowger_protocol::oai::{Command, Counters, DecodeError, Decoder, Item, Limits, Line, Message, Style, frame, text};

const NARROW: Limits = Limits { frame_bytes: 200, line_bytes: 80, fields: 12 };

/// Everything that a decoder said of a stream.
#[derive(PartialEq, Debug)]
struct Heard {
    items: Vec<Item>,
    end: Option<DecodeError>,
    counters: Counters,
}

/// No bytes make decoder or parsers panic or hold more than the limits allow, any cut of them gives the same items, and what was
/// read is written so that it is read and written the same again.
///
/// The first byte chooses who speaks, how narrow the limits are and whether the rest is a stream as it is or lines to be put into
/// frames, the second how long the chunks are.
pub fn wire(data: &[u8]) {
    let [mode, cut, rest @ ..] = data else { return };
    let limits = if mode & 2 == 0 { Limits::default() } else { NARROW };
    let decoder = || if mode & 1 == 0 { Decoder::new(limits) } else { Decoder::for_client(limits) };
    let stream = if mode & 4 == 0 {
        rest.to_vec()
    } else {
        rest.split(|&byte| byte == b'\n').map(|line| frame([line])).collect::<Vec<_>>().concat()
    };
    let whole = hear(decoder(), limits, stream.chunks(stream.len().max(1)));
    let cut_evenly = hear(decoder(), limits, stream.chunks(usize::from(*cut) + 1));
    assert_eq!(whole, cut_evenly, "in chunks of {}", usize::from(*cut) + 1);
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(whole, hear(decoder(), limits, [head, tail].into_iter()), "cut at {}", head.len());
    for item in whole.items {
        match item {
            Item::Line(line) => read_and_written(&line),
            Item::Login(login) => {
                let encoded = login.encode().unwrap();
                let again = hear(Decoder::for_client(Limits::default()), Limits::default(), [&encoded[..]].into_iter());
                assert_eq!(again.items, [Item::Login(login)]);
            }
            Item::Skipped(skipped) => assert!(!skipped.what.is_fatal() && skipped.bytes.len() <= 256),
        }
    }
}

fn hear<'a>(mut decoder: Decoder, limits: Limits, chunks: impl Iterator<Item = &'a [u8]>) -> Heard {
    let (mut items, mut end) = (Vec::new(), None);
    for chunk in chunks {
        decoder.push(Bytes::copy_from_slice(chunk));
        loop {
            match decoder.next_item() {
                Ok(Some(item)) => items.push(item),
                Ok(None) => break,
                Err(error) => {
                    end = Some(error);
                    break;
                }
            }
        }
        assert!(decoder.buffered() <= limits.frame_bytes + 4, "{} bytes are held", decoder.buffered());
    }
    let lines = items.iter().filter(|item| matches!(item, Item::Line(_))).count();
    assert_eq!(decoder.counters().lines, lines as u64);
    Heard { items, end, counters: decoder.counters() }
}

fn read_and_written(line: &Line) {
    let raw = line.raw().as_ref();
    assert!(!raw.is_empty());
    assert_eq!(&text::encode(&line.text()), raw, "no byte is lost");
    if let Ok(message) = line.parse() {
        // Once without what cannot stand in a line, it stays as it is, unless fields were left out that nobody can read.
        let written = read(&write(&message));
        if !written.odd().any() {
            let written = write(&written);
            assert_eq!(write(&read(&written)), written, "{line:?}");
        }
    }
    if let Ok(command) = Command::parse(&line.text())
        && let Ok(written) = command.line()
    {
        let (end, line) = written.split_last().unwrap();
        assert!(*end == b'\r' && !line.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "{written:?}");
        let again = Command::parse(&text::decode(line)).unwrap_or_else(|error| panic!("{line:?} of {command:?}: {error}"));
        // Once without what cannot stand in a line, it stays as it is, as messages do.
        if !again.odd.any() {
            let written = again.line().unwrap();
            let line = written.split_last().unwrap().1;
            let once_more = Command::parse(&text::decode(line)).unwrap_or_else(|error| panic!("{line:?} of {again:?}: {error}"));
            assert_eq!(once_more.line().unwrap(), written, "{command:?}");
        }
    }
}

/// The only message of a frame of that line.
fn read(line: &Bytes) -> Message {
    let heard = hear(Decoder::new(Limits::default()), Limits::default(), [&frame([&line[..]])[..]].into_iter());
    match &heard.items[..] {
        [Item::Line(line)] => line.parse().unwrap(),
        other => panic!("{line:?} came back as {other:?}"),
    }
}

fn write(message: &Message) -> Bytes {
    match message {
        Message::Event(event) => event.encode(&Style::default()),
        Message::Confirmation(confirmation) => confirmation.encode(&Style::default()),
    }
}
