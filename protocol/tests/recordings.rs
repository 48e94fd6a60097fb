//! Recorded traffic of a real Asterisk: every message read, none skipped, however the bytes are cut.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use bytes::Bytes;
use strowger_protocol::ami::{Decoder, Item, Kind, Limits};

fn recordings() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ami");
    let mut paths: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ami"));
    paths.sort();
    assert!(paths.len() >= 6, "the recordings are gone from {}", folder.display());
    paths.into_iter().map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

fn items(stream: &[u8], chunk: usize) -> Vec<Item> {
    let mut decoder = Decoder::new(Limits::default());
    let mut items = Vec::new();
    for bytes in stream.chunks(chunk) {
        decoder.push(Bytes::copy_from_slice(bytes));
        while let Some(item) = decoder.next_item().unwrap() {
            items.push(item);
        }
    }
    items
}

/// The messages as a reader of the specification would split them, in one go.
fn split(stream: &str) -> Vec<Vec<(&str, &str)>> {
    let (_greeting, messages) = stream.split_once("\r\n").unwrap();
    let (whole, _cut) = messages.rsplit_once("\r\n\r\n").unwrap();
    let messages = whole.split("\r\n\r\n").map(|message| message.trim_start_matches("\r\n"));
    messages
        .filter(|message| !message.is_empty())
        .map(|message| message.split("\r\n").map(|line| line.split_once(": ").unwrap()).collect())
        .collect()
}

#[test]
fn every_message_is_read_as_the_specification_splits_it() {
    for (name, stream) in recordings() {
        let items = items(&stream, stream.len());
        assert!(matches!(items.first(), Some(Item::Greeting(_))), "{name}");
        let read: Vec<_> =
            items[1..].iter().map(|item| if let Item::Message(message) = item { message } else { panic!("{name}: {item:?}") }).collect();
        let text = String::from_utf8(stream).unwrap();
        let expected = split(&text);
        assert_eq!(read.len(), expected.len(), "{name}");
        for (message, lines) in read.into_iter().zip(expected) {
            assert!(matches!(message.kind(), Kind::Event | Kind::Response), "{name}: {message:?}");
            let fields: Vec<_> = lines.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes())).collect();
            assert_eq!(message.fields().collect::<Vec<_>>(), fields, "{name}");
            for (key, _) in &lines {
                let first = lines.iter().find(|(other, _)| key.eq_ignore_ascii_case(other)).map(|(_, value)| *value);
                assert_eq!(message.get(key), first.map(str::as_bytes), "{name}: {key}");
            }
        }
    }
}

#[test]
fn any_cut_gives_the_same_items() {
    for (name, stream) in recordings() {
        let whole = items(&stream, stream.len());
        for chunk in [1, 2, 3, 5, 7, 18, 19, 64, 1_000, 1_460, 4_096] {
            assert!(items(&stream, chunk) == whole, "{name} in chunks of {chunk}");
        }
    }
}
