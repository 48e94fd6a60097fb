//! One line of a capture: from and to JSON.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::Deserialize;

use super::Entry;
use crate::telephony::Time;

/// Why a line is no entry.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is not JSON, or a key has a value of the wrong type.
    #[error("not a capture entry: {0}")]
    Json(String),
    /// A time is needed to replay.
    #[error("the entry has no time: \"t\" is missing")]
    NoTime,
    /// The time cannot be read.
    #[error("{0:?} is not an RFC 3339 time such as \"2026-11-22T05:00:00.123456Z\"")]
    Time(String),
    /// The bytes cannot be read.
    #[error("\"{key}\" is not base64: {reason}")]
    Base64 {
        /// `in64` or `out64`.
        key: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// Which of the two came first cannot be known.
    #[error(
        "the entry says more than one thing; \"open\", \"in\", \"in64\", \"out\", \"out64\", \"close\" and \"dropped\" exclude each other"
    )]
    Several,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    t: Option<Cow<'a, str>>,
    open: Option<String>,
    r#in: Option<String>,
    #[serde(borrow)]
    in64: Option<Cow<'a, str>>,
    out: Option<String>,
    #[serde(borrow)]
    out64: Option<Cow<'a, str>>,
    close: Option<String>,
    dropped: Option<u64>,
}

/// Reads one line. `None`: it says nothing that this version knows, which is no mistake.
pub(super) fn parse(line: &[u8]) -> Result<Option<(Time, Entry)>, LineError> {
    let raw: Raw<'_> = serde_json::from_slice(line).map_err(|error| LineError::Json(without_position(&error)))?;
    let base64 = |key, text: Cow<'_, str>| {
        let bytes = BASE64.decode(text.as_bytes()).map_err(|error| LineError::Base64 { key, reason: error.to_string() });
        bytes.map(Bytes::from)
    };
    let mut said = [
        raw.open.map(Entry::Open),
        raw.r#in.map(|text| Entry::In(text.into())),
        raw.in64.map(|text| base64("in64", text)).transpose()?.map(Entry::In),
        raw.out.map(|text| Entry::Out(text.into())),
        raw.out64.map(|text| base64("out64", text)).transpose()?.map(Entry::Out),
        raw.close.map(Entry::Close),
        raw.dropped.map(Entry::Dropped),
    ]
    .into_iter()
    .flatten();
    let Some(entry) = said.next() else { return Ok(None) };
    if said.next().is_some() {
        return Err(LineError::Several);
    }
    let t = raw.t.ok_or(LineError::NoTime)?;
    let time = Time::parse(&t).ok_or_else(|| LineError::Time(t.chars().take(60).collect()))?;
    Ok(Some((time, entry)))
}

/// The parser's own "at line 1 column 7" would contradict the file's line number; the column is worth keeping.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((what, _)) => format!("{what} (column {})", error.column()),
        None => text,
    }
}

/// Appends the line, or the lines where a character is split, with their ends.
pub(super) fn write(out: &mut Vec<u8>, time: Time, entry: &Entry) {
    match entry {
        Entry::Open(address) => write_text(out, time, "open", address),
        Entry::In(bytes) => write_bytes(out, time, ["in", "in64"], bytes),
        Entry::Out(bytes) => write_bytes(out, time, ["out", "out64"], bytes),
        Entry::Close(how) => write_text(out, time, "close", how),
        Entry::Dropped(count) => write_value(out, time, "dropped", &serde_json::Value::from(*count).to_string()),
    }
}

fn write_bytes(out: &mut Vec<u8>, time: Time, [plain, base64]: [&str; 2], bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let (head, text, tail) = around_split_characters(bytes);
    match str::from_utf8(text) {
        Ok(text) => {
            write_base64(out, time, base64, head);
            if !text.is_empty() {
                write_text(out, time, plain, text);
            }
            write_base64(out, time, base64, tail);
        }
        Err(_) => write_base64(out, time, base64, bytes),
    }
}

/// Parts the end of a character at the front and the beginning of one at the back from what is between.
fn around_split_characters(bytes: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let is_continuation = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    let head = bytes.iter().take(3).take_while(is_continuation).count();
    let (head, rest) = bytes.split_at(head);
    let tail = match str::from_utf8(rest) {
        Err(error) if error.error_len().is_none() => rest.len() - error.valid_up_to(),
        _ => 0,
    };
    let (text, tail) = rest.split_at(rest.len() - tail);
    (head, text, tail)
}

fn write_base64(out: &mut Vec<u8>, time: Time, key: &str, bytes: &[u8]) {
    if !bytes.is_empty() {
        write_value(out, time, key, &format!("\"{}\"", BASE64.encode(bytes)));
    }
}

fn write_text(out: &mut Vec<u8>, time: Time, key: &str, text: &str) {
    write_value(out, time, key, &serde_json::Value::from(text).to_string());
}

fn write_value(out: &mut Vec<u8>, time: Time, key: &str, json: &str) {
    out.extend_from_slice(b"{\"t\":\"");
    out.extend_from_slice(time.to_rfc3339_micros().as_bytes());
    out.extend_from_slice(b"\",\"");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(json.as_bytes());
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time() -> Time {
        Time::parse("2026-11-22T05:00:00.123456Z").expect("valid")
    }

    fn written(entry: &Entry) -> String {
        let mut out = Vec::new();
        write(&mut out, time(), entry);
        String::from_utf8(out).expect("JSON")
    }

    #[test]
    fn writes_the_format_to_the_letter() {
        let cases = [
            (Entry::Open("127.0.0.1:5038".into()), r#"{"t":"2026-11-22T05:00:00.123456Z","open":"127.0.0.1:5038"}"#),
            (Entry::In("Event: A\r\n".into()), r#"{"t":"2026-11-22T05:00:00.123456Z","in":"Event: A\r\n"}"#),
            (Entry::Out("Renée".into()), r#"{"t":"2026-11-22T05:00:00.123456Z","out":"Renée"}"#),
            (Entry::In(Bytes::from_static(b"Ren\xe9e")), r#"{"t":"2026-11-22T05:00:00.123456Z","in64":"UmVu6WU="}"#),
            (Entry::Close("by peer".into()), r#"{"t":"2026-11-22T05:00:00.123456Z","close":"by peer"}"#),
            (Entry::Dropped(7), r#"{"t":"2026-11-22T05:00:00.123456Z","dropped":7}"#),
        ];
        for (entry, line) in cases {
            assert_eq!(written(&entry), format!("{line}\n"));
            assert_eq!(parse(line.as_bytes()).expect("valid"), Some((time(), entry)));
        }
    }

    #[test]
    fn a_split_character_goes_to_base64_and_its_surroundings_stay_text() {
        let euro = "€".as_bytes();
        let first = [b"price: ", &euro[..2]].concat();
        let second = [&euro[2..], b"5"].concat();
        let keys = |entry: &Entry| -> Vec<String> {
            written(entry).lines().map(|line| line.split('"').nth(5).unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(keys(&Entry::In(first.into())), ["in", "in64"]);
        assert_eq!(keys(&Entry::In(second.into())), ["in64", "in"]);
    }

    #[test]
    fn unknown_keys_are_passed_over_and_mistakes_are_named() {
        assert!(matches!(parse(br#"{"t":"2026-11-22T05:00:00Z","in":"a","x":[1,{}]}"#), Ok(Some(_))));
        assert!(matches!(parse(br#"{"t":"2026-11-22T05:00:00Z","comment":"a"}"#), Ok(None)));
        assert!(matches!(parse(br#"{"in":"a"}"#), Err(LineError::NoTime)));
        assert!(matches!(parse(br#"{"t":"yesterday","in":"a"}"#), Err(LineError::Time(_))));
        assert!(matches!(parse(br#"{"t":"2026-11-22T05:00:00Z","in":"a","out":"b"}"#), Err(LineError::Several)));
        assert!(matches!(parse(br#"{"t":"2026-11-22T05:00:00Z","in64":"?"}"#), Err(LineError::Base64 { key: "in64", .. })));
        let error = parse(br#"{"t":"2026-11-22T05:00:00Z","in":5}"#).expect_err("a number is no text").to_string();
        assert!(error.contains("column") && !error.contains("line 1"), "{error}");
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 1..300), text in ".{0,80}", cut in 0_usize..80) {
            let mut both = text.as_bytes().to_vec();
            both.truncate(cut);
            for bytes in [bytes, both] {
                let mut out = Vec::new();
                write(&mut out, time(), &Entry::In(bytes.clone().into()));
                let mut back = Vec::new();
                for line in out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    match parse(line).expect("own line") {
                        Some((at, Entry::In(part))) => {
                            prop_assert_eq!(at, time());
                            back.extend_from_slice(&part);
                        }
                        other => panic!("unexpected {other:?}"),
                    }
                }
                prop_assert_eq!(back, bytes);
            }
        }
    }
}
