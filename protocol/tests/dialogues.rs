//! Whole dialogues with known answers: `testdata/ami/*.txt`, in the notation of the README there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use bytes::Bytes;
use strowger_protocol::ami::{Action, Decoder, Item, Kind, Limits, Message};

#[test]
fn dialogues_read_as_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ami");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    assert!(paths.len() >= 9, "the dialogues are gone from {}", folder.display());
    for path in paths {
        dialogue(&path);
    }
}

fn dialogue(path: &Path) {
    let mut asterisk = Decoder::new(Limits::default());
    let mut client = Decoder::for_actions(Limits::default());
    let mut client_speaks = false;
    for (number, line) in std::fs::read_to_string(path).unwrap().lines().enumerate() {
        let place = format!("{}:{}", path.display(), number + 1);
        let (mark, rest) = line.split_at(line.len().min(2));
        let text = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            "S:" | "S+" | "C:" | "C+" => {
                client_speaks = mark.starts_with('C');
                let speaker = if client_speaks { &mut client } else { &mut asterisk };
                let end: &[u8] = if mark.ends_with('+') { b"\n" } else { b"\r\n" };
                speaker.push(Bytes::from([&unescaped(text), end].concat()));
            }
            "= " => expect(if client_speaks { &mut client } else { &mut asterisk }, rest, &place),
            _ => assert!(line.is_empty() || line.starts_with('#'), "{place}: {line}"),
        }
    }
    let all_was_said = matches!(asterisk.next_item(), Err(_) | Ok(None)) && matches!(client.next_item(), Ok(None));
    assert!(all_was_said, "{}: more came out than the dialogue says", path.display());
}

fn expect(decoder: &mut Decoder, expected: &str, place: &str) {
    let mut parts = expected.split(" · ");
    let head = parts.next().unwrap_or_default();
    match decoder.next_item() {
        Ok(Some(Item::Message(message))) => {
            assert_eq!(head_of(&message), head, "{place}");
            fields(&message, parts, place);
            if message.kind() == Kind::Action {
                let action = Action::try_from(&message).unwrap();
                assert_eq!(decoded(&action.encode()), action, "{place}");
            }
        }
        Ok(Some(Item::Greeting(greeting))) => assert_eq!(format!("Greeting {}", greeting.version), head, "{place}"),
        Ok(Some(Item::Skipped(skipped))) => assert_eq!(format!("Skipped {}", skipped.what), head, "{place}"),
        Ok(None) => panic!("{place}: nothing came, expected {head}"),
        Err(error) => assert_eq!(format!("Error {error}"), head, "{place}"),
    }
}

fn head_of(message: &Message) -> String {
    format!("{:?} {}", message.kind(), String::from_utf8_lossy(message.name()))
}

fn fields<'a>(message: &Message, parts: impl Iterator<Item = &'a str>, place: &str) {
    let mut output = Vec::new();
    for part in parts {
        if let Some(line) = part.strip_prefix('>') {
            output.push(unescaped(line.strip_prefix(' ').unwrap_or(line)));
        } else {
            let (key, value) = part.split_once(':').unwrap_or_else(|| panic!("{place}: {part}"));
            let value = unescaped(value.strip_prefix(' ').unwrap_or(value));
            assert_eq!(message.get(key), Some(&value[..]), "{place}: {key}");
        }
    }
    assert_eq!(message.output().collect::<Vec<_>>(), output, "{place}");
}

fn decoded(bytes: &Bytes) -> Action {
    let mut decoder = Decoder::for_actions(Limits::default());
    decoder.push(bytes.clone());
    match decoder.next_item() {
        Ok(Some(Item::Message(message))) => Action::try_from(&message).unwrap(),
        other => panic!("{other:?}"),
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let byte;
        (byte, rest) = match (first, after) {
            (b'\\', [b'n', after @ ..]) => (b'\n', after),
            (b'\\', [b'r', after @ ..]) => (b'\r', after),
            (b'\\', [b'\\', after @ ..]) => (b'\\', after),
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).unwrap();
                (u8::from_str_radix(&digits, 16).unwrap(), after)
            }
            (byte, after) => (*byte, after),
        };
        bytes.push(byte);
    }
    bytes
}
