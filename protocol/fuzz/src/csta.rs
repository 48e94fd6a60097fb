//! The same for CSTA.

use bytes::Bytes;
use strowger_protocol::csta::{
    Counters, DecodeError, Decoder, Edition, EncodeError, Frame, InvokeId, Item, Limits, Message, Style, XmlLimits, frame,
};

const NARROW: Limits = Limits { frame_bytes: 200 };

/// Everything that a decoder said of a stream.
#[derive(PartialEq, Debug)]
struct Heard {
    items: Vec<Item>,
    end: Option<DecodeError>,
    counters: Counters,
}

/// No bytes make decoder, reader or writer panic or hold more than the limits allow, any cut of them gives the same items, and what was
/// read is written so that it is read the same again.
///
/// The first byte chooses how narrow the limits are and whether the rest is a stream as it is or bodies, one a line, to be put into
/// frames, the second how long the chunks are.
pub fn wire(data: &[u8]) {
    let [mode, cut, rest @ ..] = data else { return };
    let limits = if mode & 2 == 0 { Limits::default() } else { NARROW };
    let stream = if mode & 4 == 0 {
        rest.to_vec()
    } else {
        let bodies = rest.split(|&byte| byte == b'\n');
        bodies.filter_map(|body| frame(InvokeId::EVENT, body, usize::MAX).ok()).collect::<Vec<_>>().concat()
    };
    let whole = hear(limits, stream.chunks(stream.len().max(1)));
    let cut_evenly = hear(limits, stream.chunks(usize::from(*cut) + 1));
    assert_eq!(whole, cut_evenly, "in chunks of {}", usize::from(*cut) + 1);
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(whole, hear(limits, [head, tail].into_iter()), "cut at {}", head.len());
    for item in whole.items {
        match item {
            Item::Frame(frame) => read_and_written(&frame),
            Item::Skipped(skipped) => assert!(!skipped.what.is_fatal() && skipped.bytes.len() <= 256),
        }
    }
}

fn hear<'a>(limits: Limits, chunks: impl Iterator<Item = &'a [u8]>) -> Heard {
    let mut decoder = Decoder::new(limits);
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
        assert!(decoder.buffered() <= limits.frame_bytes, "{} bytes are held", decoder.buffered());
    }
    let frames = items.iter().filter(|item| matches!(item, Item::Frame(_))).count();
    assert_eq!(decoder.counters().frames, frames as u64);
    Heard { items, end, counters: decoder.counters() }
}

fn read_and_written(frame: &Frame) {
    let Ok(received) = frame.parse(&XmlLimits::default()) else { return };
    let style = Style { frame_bytes: usize::MAX, ..Style::of(Edition::Ed6) };
    // Once without what nobody can read, it stays as it is.
    let written = match received.message.encode(&style) {
        Ok(written) => written,
        // A tab or the like in a raw element is copied; nothing else can hold what XML cannot carry.
        Err(EncodeError::ControlCharacter { .. }) => return,
        Err(error) => panic!("{error}: {received:?}"),
    };
    // With the declarations of what was in scope it may be longer than what came, and beyond the limits then.
    let Ok(again) = Message::parse(&written, &XmlLimits::default()) else { return };
    let rewritten = again.message.encode(&style).unwrap();
    let third = Message::parse(&rewritten, &XmlLimits::default()).unwrap();
    assert_eq!(again.message, third.message, "{:?}", frame.body);
    assert_eq!(written, rewritten, "{:?}", frame.body);
}
