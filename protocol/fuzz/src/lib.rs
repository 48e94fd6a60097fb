//! What must hold for any bytes whatever. The fuzz targets look for a counterexample, the tests on stable replay their
//! corpus and generate more.

use bytes::Bytes;
use strowger_protocol::ami::{Action, Counters, DecodeError, Decoder, Item, Kind, Limits, Message};

pub mod csta;
pub mod oai;

const GREETING: &[u8] = b"Asterisk Call Manager/11.0.0\r\n";
const NARROW: Limits = Limits { line_bytes: 64, message_bytes: 160, fields: 6 };

/// Everything that a decoder said of a stream.
#[derive(PartialEq, Debug)]
struct Heard {
    items: Vec<Item>,
    end: Option<DecodeError>,
    counters: Counters,
}

/// No bytes make the decoder panic or hold more than its limits allow, and any cut of them gives the same items.
///
/// The first byte chooses who speaks, whether the greeting is given and how narrow the limits are, the second how long
/// the chunks are.
pub fn decode(data: &[u8]) {
    let [mode, cut, stream @ ..] = data else { return };
    let greeting = if mode & 2 == 0 { GREETING } else { &[] };
    let limits = if mode & 4 == 0 { Limits::default() } else { NARROW };
    let decoder = || if mode & 1 == 0 { Decoder::new(limits) } else { Decoder::for_actions(limits) };
    let stream = [greeting, stream].concat();
    let whole = hear(decoder(), limits, stream.chunks(stream.len().max(1)));
    let cut_evenly = hear(decoder(), limits, stream.chunks(usize::from(*cut) + 1));
    assert_eq!(whole, cut_evenly, "in chunks of {}", usize::from(*cut) + 1);
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(whole, hear(decoder(), limits, [head, tail].into_iter()), "cut at {}", head.len());
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
                    assert!(error.is_fatal());
                    end = Some(error);
                    break;
                }
            }
        }
        assert!(decoder.buffered() <= limits.message_bytes.max(256) + 4, "{} bytes are held", decoder.buffered());
    }
    let counters = decoder.counters();
    let messages = items.iter().filter(|item| matches!(item, Item::Message(_))).count();
    assert_eq!(counters.messages, messages as u64);
    Heard { items, end, counters }
}

/// What was read can be written and read again, and what is written is read as it was meant.
pub fn roundtrip(data: &[u8]) {
    for decoder in [Decoder::new(Limits::default()), Decoder::for_actions(Limits::default())] {
        let stream = [GREETING, data].concat();
        for item in hear(decoder, Limits::default(), [&stream[..]].into_iter()).items {
            if let Item::Message(message) = item {
                message_roundtrip(&message);
            }
        }
    }
    let mut words = data.split(|&byte| byte == 0xff);
    let name = String::from_utf8_lossy(words.next().unwrap_or_default()).into_owned();
    let mut action = Action::new(&name);
    while let (Some(key), Some(value)) = (words.next(), words.next()) {
        action = action.and_then(|action| action.field(&String::from_utf8_lossy(key), value));
    }
    if let Ok(action) = action {
        action_roundtrip(&action);
    }
}

fn message_roundtrip(message: &Message) {
    let mut written = GREETING.to_vec();
    for (key, value) in message.fields() {
        written.extend_from_slice(&[key, b": ", value, b"\r\n"].concat());
    }
    let raw_output = message.get("Output").is_none() && message.output().next().is_some();
    if raw_output || message.name().eq_ignore_ascii_case(b"Follows") {
        return;
    }
    written.extend_from_slice(b"\r\n");
    let again = hear(Decoder::new(Limits::default()), Limits::default(), [&written[..]].into_iter());
    let [Item::Greeting(_), Item::Message(read)] = &again.items[..] else { panic!("{message:?} came back as {again:?}") };
    assert!(read.fields().eq(message.fields()), "{message:?} came back as {read:?}");
    if let Ok(action) = Action::try_from(message) {
        action_roundtrip(&action);
    }
}

fn action_roundtrip(action: &Action) {
    let encoded = action.encode();
    assert!(encoded.ends_with(b"\r\n\r\n"));
    let heard = hear(Decoder::for_actions(Limits::default()), Limits::default(), [&encoded[..]].into_iter());
    let [Item::Message(read)] = &heard.items[..] else { panic!("{action:?} came back as {heard:?}") };
    assert_eq!(read.kind(), Kind::Action);
    assert_eq!(Action::try_from(read).as_ref(), Ok(action));
    let masked = hear(Decoder::for_actions(Limits::default()), Limits::default(), [&action.encode_masked()[..]].into_iter());
    let [Item::Message(shown)] = &masked.items[..] else { panic!("{action:?} is shown as {masked:?}") };
    for ((key, value), (_, shown)) in read.fields().zip(shown.fields()) {
        let secret = key.eq_ignore_ascii_case(b"Secret") || key.eq_ignore_ascii_case(b"Key");
        assert_eq!(shown, if secret { b"***" } else { value });
    }
}
