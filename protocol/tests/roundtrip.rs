//! Generated streams and actions, and the committed corpus of the fuzz targets, held against the properties that the
//! fuzz targets check.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use proptest::prelude::*;

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, reason = "public for the fuzz targets")]
mod properties;

/// Pieces that streams are made of, with all that may be mistaken for something else.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"\r\n"[..],
        b"\r\n\r\n",
        b"\n",
        b"\r",
        b":",
        b": ",
        b"Event: Hangup",
        b"Event: Newchannel\r\nChannel: PJSIP/1001-00000031\r\nUniqueid: 1795326914.81\r\n\r\n",
        b"Response: Success\r\nActionID: 1\r\n\r\n",
        b"Response: Follows\r\n",
        b"Response: Follows\n",
        b"Privilege: Command\r\n",
        b"--END COMMAND--",
        b"--END COMMAND--\r\n\r\n",
        b"Action: Ping",
        b"Output: line",
        b"Message: No Contacts found\n",
        b"Asterisk Call Manager/11.0.0\r\n",
        b"CallerIDName: x\nEvent: y",
    ]);
    prop_oneof![
        8 => known.prop_map(<[u8]>::to_vec),
        2 => prop::collection::vec(any::<u8>(), 0..40),
        1 => (0..200_usize).prop_map(|bytes| vec![b'x'; bytes]),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

/// Names, keys and values behind one another, as `properties::roundtrip` takes them; some are refused.
fn action() -> impl Strategy<Value = Vec<u8>> {
    let key = prop_oneof![4 => "[!-9;-~]{1,20}", 1 => "(Secret|KEY|Variable)", 1 => "\\PC{0,10}"];
    let value = prop_oneof![4 => "[^\r\n\0]{0,60}", 1 => "\\PC{0,1100}", 1 => "(?s).{0,20}"];
    let words = ("[A-Za-z]{1,20}", prop::collection::vec((key, value), 0..12));
    words.prop_map(|(name, fields)| {
        let words = fields.into_iter().fold(vec![name], |words, (key, value)| [words, vec![key, value]].concat());
        words.iter().map(String::as_bytes).collect::<Vec<_>>().join(&0xff)
    })
}

proptest! {
    #[test]
    fn any_cut_of_any_stream_gives_the_same_items(mode in 0..8_u8, cut in any::<u8>(), stream in stream()) {
        properties::decode(&[vec![mode, cut], stream].concat());
    }

    #[test]
    fn what_was_read_is_written_and_read_again(stream in stream()) {
        properties::roundtrip(&stream);
    }

    #[test]
    fn actions_are_read_as_they_were_written(action in action()) {
        properties::roundtrip(&action);
    }
}

#[test]
fn the_fuzz_corpus_holds() {
    let targets = [
        ("decode", properties::decode as fn(&[u8])),
        ("roundtrip", properties::roundtrip),
        ("oai", properties::oai::wire),
        ("csta", properties::csta::wire),
    ];
    for (target, property) in targets {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
        let mut seeds = 0;
        for entry in folder.read_dir().unwrap() {
            property(&std::fs::read(entry.unwrap().path()).unwrap());
            seeds += 1;
        }
        assert!(seeds >= 10, "{} holds {seeds} seeds", folder.display());
    }
}
