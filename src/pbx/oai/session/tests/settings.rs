//! What the reference leaves open, set otherwise than by default.

use std::fmt::Write as _;

use strowger_protocol::oai::frame;

use super::dialogue::{Dialogue, play_on};
use super::pbx;
use crate::pbx::oai::session::Session;
use crate::pbx::oai::settings::{Charset, Expanded, ListMode, Settings};
use crate::pbx::session::Session as _;

#[test]
fn a_gateway_is_asked_for_less_and_lists_come_whole() {
    let settings = Settings { node_aware: false, expanded_extensions: Expanded::No, list_mode: ListMode::Whole, ..Settings::default() };
    play_on(
        Dialogue::new(Session::new(settings), pbx::gateway),
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6.0.11.113,3,0,1,3,1
        info a CT Gateway answers: protocol V10.20, software V6.0.11.113
        status Resynchronising
        < RD,0,
        > _NO,2
        > _QX,3,,18,1,1
        > _MS,4,,11,S:FFFF
        > _QX,5,,1,109,1
        > _QX,6,,3,F,1
        > _QX,7,,2,1,1
        > _QX,8,,4,1,1
        > _QX,9,,12,1,1
        began All
        status Resynchronising
        > _MS,10,,6,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,12,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,13,2:2000
        agent 2101 on 1000
        > _SP,14,2:2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,15,,17,1,1
        > _QX,16,,8,3F,1
        > _QX,17,,10,1,1
        > _QX,18,,21,1F,1
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

/// What the tracker is told of a call from outside to 1001 by a caller whose name is written in UTF-8.
fn told(settings: Settings) -> String {
    let mut dialogue = Dialogue::in_step(settings, pbx::small, "RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1");
    dialogue.sequence_is(1);
    let lines = [
        &b"001,OR,,000010,77,97001,01715550101,E,1001,,C,22"[..],
        b"002,DE,,000002,77,1001,,I,97001,|J\xc3\xb6rg|,01715550101,,1001,E,1001,,,A,22,",
        b"003,ES,,000002,77,1001,,I,97001,01715550101,1001,E,1001,,C,35",
    ];
    let mut told = String::new();
    for line in lines {
        dialogue.session.received(frame([line]), dialogue.now());
        while let Some(output) = dialogue.session.poll_output() {
            writeln!(told, "{output:?}").unwrap();
        }
    }
    told
}

#[test]
fn names_come_in_the_charset_that_is_set() {
    for (charset, name) in [(Charset::Windows1252, "J\u{c3}\u{b6}rg"), (Charset::Utf8, "J\u{f6}rg")] {
        let told = told(Settings { charset, ..Settings::default() });
        assert!(told.contains(name), "{charset:?}: {told}");
    }
}

#[test]
fn an_extension_is_voice_mail_where_that_is_set_whatever_the_list_says() {
    assert!(!told(Settings::default()).contains("VoiceMail"));
    let told = told(Settings { voice_mail: vec!["1001".to_owned()], ..Settings::default() });
    assert!(told.contains("VoiceMail"), "{told}");
}
