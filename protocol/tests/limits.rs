//! What breaks a limit costs bounded memory, is told by a typed error, and does not end the stream as long as empty
//! lines come.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use bytes::Bytes;
use strowger_protocol::ami::{DecodeError, Decoder, Item, Limits, Skipped};

const GREETING: &[u8] = b"Asterisk Call Manager/11.0.0\r\n";
const HANGUP: &[u8] = b"Event: Hangup\r\nCause: 16\r\n\r\n";

fn greeted(limits: Limits) -> Decoder {
    let mut decoder = Decoder::new(limits);
    decoder.push(Bytes::from_static(GREETING));
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Greeting(_)))));
    decoder
}

/// What is skipped of a message; the one after it must be read.
fn skipped(limits: Limits, message: &[u8]) -> Skipped {
    for chunk in [1, 7, 1_000, usize::MAX] {
        let mut decoder = greeted(limits);
        let stream = [message, b"\r\n\r\n", HANGUP].concat();
        let mut items = Vec::new();
        for bytes in stream.chunks(chunk.min(stream.len())) {
            decoder.push(Bytes::copy_from_slice(bytes));
            while let Some(item) = decoder.next_item().unwrap() {
                items.push(item);
            }
        }
        match &items[..] {
            [Item::Skipped(skipped), Item::Message(hangup)] if hangup.name() == b"Hangup" => {
                if chunk == usize::MAX {
                    assert_eq!(decoder.counters().skipped_messages, 1);
                    return skipped.clone();
                }
            }
            other => panic!("in chunks of {chunk}: {other:?}"),
        }
    }
    unreachable!("the last chunk size returns");
}

fn line(bytes: usize) -> Vec<u8> {
    let mut line = b"Data: ".to_vec();
    line.resize(bytes, b'x');
    line
}

#[test]
fn a_line_over_the_limit() {
    let limits = Limits::default();
    let fits = [b"Event: A\r\n".to_vec(), line(limits.line_bytes), b"\r\n\r\n".to_vec()].concat();
    let mut decoder = greeted(limits);
    decoder.push(Bytes::from(fits));
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Message(_)))));

    let skipped = skipped(limits, &[b"Event: A\r\n".to_vec(), line(limits.line_bytes + 1)].concat());
    assert_eq!(skipped.what, DecodeError::LineTooLong { limit: 65_536 });
    assert_eq!(skipped.offset, (GREETING.len() + b"Event: A\r\n".len()) as u64);
    assert!(skipped.bytes.starts_with(b"Data: xxx") && skipped.bytes.len() == 256);
}

#[test]
fn a_message_over_the_limit() {
    let limits = Limits::default();
    let message = [b"Event: A".to_vec(), [b"\r\n".to_vec(), line(10_000)].concat().repeat(110)].concat();
    let skipped = skipped(limits, &message);
    assert_eq!(skipped.what, DecodeError::MessageTooLarge { limit: 1_048_576 });
    assert_eq!(skipped.offset, GREETING.len() as u64);
    assert!(skipped.bytes.starts_with(b"Event: A\r\n"));
}

#[test]
fn a_message_of_exactly_the_limit() {
    let limits = Limits { message_bytes: 100, ..Limits::default() };
    for (bytes, fits) in [(100, true), (101, false), (102, false), (103, false), (104, false), (105, false)] {
        for chunk in [1, 3, 1_000] {
            let mut decoder = greeted(limits);
            let stream = [&line(bytes)[..], b"\r\n\r\n", HANGUP].concat();
            let mut read = 0;
            for part in stream.chunks(chunk) {
                decoder.push(Bytes::copy_from_slice(part));
                while let Some(item) = decoder.next_item().unwrap() {
                    read += usize::from(matches!(item, Item::Message(_)));
                }
            }
            assert_eq!(read, 1 + usize::from(fits), "{bytes} bytes in chunks of {chunk}");
        }
    }
}

#[test]
fn more_fields_than_the_limit() {
    let limits = Limits::default();
    let message = |fields: usize| [b"Event: A".to_vec(), b"\r\nVariable: x".repeat(fields - 1)].concat();
    let mut decoder = greeted(limits);
    decoder.push(Bytes::from([message(512), b"\r\n\r\n".to_vec()].concat()));
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Message(message))) if message.fields().len() == 512));
    assert_eq!(skipped(limits, &message(513)).what, DecodeError::TooManyFields { limit: 512 });
}

#[test]
fn a_gibibyte_without_a_line_end_keeps_memory_flat() {
    let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
    let mut decoder = greeted(Limits::default());
    let mut told = Vec::new();
    let mut most = 0;
    for _ in 0..(1 << 30) / chunk.len() {
        decoder.push(chunk.clone());
        loop {
            most = most.max(decoder.buffered());
            match decoder.next_item() {
                Ok(Some(Item::Skipped(skipped))) => told.push(skipped.what),
                Ok(Some(other)) => panic!("{other:?}"),
                Ok(None) => break,
                Err(error) => {
                    told.push(error);
                    break;
                }
            }
        }
    }
    told.dedup();
    assert_eq!(told, [DecodeError::LineTooLong { limit: 65_536 }, DecodeError::NoBlankLine { limit: 4 << 20 }]);
    assert!(told.iter().map(DecodeError::is_fatal).eq([false, true]));
    assert!(most <= (1 << 20) + 2 * chunk.len(), "{most} bytes were held");
    assert_eq!(decoder.buffered(), 0);
    assert_eq!(decoder.counters().bytes, (1 << 30) + GREETING.len() as u64);
}

#[test]
fn a_peer_that_never_ends_its_first_line_is_refused() {
    for first in [b"\x16\x03\x01".repeat(100), b"Asterisk Call Manager/".repeat(100)] {
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(Bytes::from(first.clone()));
        assert_eq!(decoder.next_item(), Err(DecodeError::NotAmi { first: Bytes::copy_from_slice(&first[..64]) }));
        assert_eq!(decoder.buffered(), 0);
    }
}

#[test]
fn what_is_incomplete_can_be_shown() {
    let mut decoder = Decoder::new(Limits::default());
    decoder.push(Bytes::from_static(b"220 mail.example.com"));
    assert_eq!(decoder.next_item(), Ok(None));
    assert_eq!(decoder.incomplete(), "220 mail.example.com");
}

#[test]
fn a_reset_begins_anew_and_keeps_the_counters() {
    let mut decoder = greeted(Limits::default());
    decoder.push(Bytes::from_static(b"Event: Half"));
    assert_eq!(decoder.next_item(), Ok(None));
    decoder.reset();
    assert_eq!(decoder.buffered(), 0);
    decoder.push(Bytes::from_static(b"HTTP/1.1 200 OK\r\n"));
    assert!(decoder.next_item().is_err());
    decoder.push(Bytes::from_static(HANGUP));
    assert!(decoder.next_item().is_err(), "an error stays");
    decoder.reset();
    decoder.push(Bytes::from([GREETING, HANGUP].concat()));
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Greeting(_)))));
    assert!(matches!(decoder.next_item(), Ok(Some(Item::Message(_)))));
    assert_eq!(decoder.counters().messages, 1);
    assert_eq!(decoder.counters().bytes, (3 * GREETING.len() + 11 + 17 + 2 * HANGUP.len() - GREETING.len()) as u64);
}
