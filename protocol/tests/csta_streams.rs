//! Generated CSTA streams and bodies held against the property that the fuzz target checks.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;

#[path = "../fuzz/src/csta.rs"]
#[allow(unreachable_pub, reason = "public for the fuzz targets")]
mod properties;

const REFERENCE: &str = include_str!("../testdata/csta/reference.txt");

/// Pieces that bodies are made of, with all that may be mistaken for something else.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<Vec<u8>> = REFERENCE
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.replace("NS:", "xmlns='u'").replace("AS:", "xmlns='s'").into_bytes())
        .collect();
    let halves = lines.clone();
    let tokens = prop::sample::select(vec![
        "<DeliveredEvent>",
        "</DeliveredEvent>",
        "<a>",
        "</a>",
        "<v:a>",
        "</v:a>",
        "<a/>",
        "<a xmlns:v=\"u\">",
        "<a xmlns='w' b=\"&lt;\">",
        "<cause>",
        "</cause>",
        "<private>",
        "</private>",
        "<extensions>",
        "</extensions>",
        "<deviceIdentifier>",
        "</deviceIdentifier>",
        "x",
        "N&lt;201&gt;",
        "&amp;",
        "&x;",
        "&#65;",
        "&#0;",
        "<![CDATA[y]]>",
        "<!-- c -->",
        "<?pi?>",
        "<!DOCTYPE a>",
        "<?xml version='1.0'?>",
        "true",
        "7",
        " ",
        "\t",
        "\r",
        "\u{fc}",
    ]);
    prop_oneof![
        2 => prop::sample::select(lines),
        2 => (prop::sample::select(halves), any::<prop::sample::Index>()).prop_map(|(line, at)| line[..at.index(line.len())].to_vec()),
        8 => tokens.prop_map(|token| token.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..20),
    ]
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let body = prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat());
    prop::collection::vec(body, 0..6).prop_map(|bodies| bodies.join(&b'\n'))
}

/// An element whose content is pieces: what is well-formed more often than not.
fn element() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::sample::select(vec!["HeldEvent", "MonitorStart", "SnapshotDeviceResponse", "CSTAErrorCode", "v:other"]);
    let within = prop::sample::select(vec![
        "<v:a>x</v:a>",
        "<cause>&#x41;</cause>",
        "<extensions><v:b c='1'/></extensions>",
        "<holdingDevice>201</holdingDevice>",
        "<heldConnection><deviceID typeOfNumber='dynamic' v:z='1'>7</deviceID></heldConnection>",
        "<operation>generic</operation>",
        "text",
        "<privateData><private><a xmlns=''>1</a></private></privateData>",
        "<monitorObject><deviceObject/></monitorObject>",
        "<cause/>",
        "<callCharacteristics><acdCall>1</acdCall><newOne>0</newOne></callCharacteristics>",
        "<!-- c -->",
        "<![CDATA[<x>]]>",
    ]);
    (names, prop::collection::vec(within, 0..10))
        .prop_map(|(name, parts)| format!("<{name} xmlns:v=\"urn:v\" xmlns='urn:e'>{}</{name}>", parts.concat()).into_bytes())
}

proptest! {
    #[test]
    fn any_cut_of_any_frames_gives_the_same_messages(mode in 0..4_u8, cut in any::<u8>(), bodies in bodies()) {
        properties::wire(&[vec![mode | 4, cut], bodies].concat());
    }

    #[test]
    fn what_was_read_is_written_and_read_again(body in element()) {
        properties::wire(&[vec![4, 255], body].concat());
    }

    #[test]
    fn any_bytes_are_taken(mode in 0..4_u8, cut in any::<u8>(), stream in prop::collection::vec(prop_oneof![2 => Just(0), 1 => any::<u8>()], 0..400)) {
        properties::wire(&[vec![mode, cut], stream].concat());
    }
}
