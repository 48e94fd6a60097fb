//! Peers that are none, and PBXs that refuse.

use super::dialogue::{Dialogue, play, play_on};
use super::pbx;
use crate::pbx::oai::session::Session;
use crate::pbx::oai::settings::Settings;

#[test]
fn a_login_that_is_refused_by_closing() {
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        close
        fault ClosedAtLogin the PBX closed the connection without a word after the login
        status Down
        open
        status LoggingIn
        > login
        close
        fault LoginRefused the PBX closed the connection without a word after the login
        status Down
        ",
    );
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        <x 03000000 4e4f0d
        malformed the line does not begin with a sequence number but with \"NO\"
        close
        info before any RS the PBX sent: \"\\x03\\x00\\x00\\x00NO\\r\"
        fault ClosedAtLogin the PBX closed the connection without an RS after the login:
        status Down
        ",
    );
}

#[test]
fn a_login_that_nothing_answers() {
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        +9
        +2
        fault LoginRefused no RS within 10 s after the login: the OAI password is wrong
        ",
    );
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        <x 10000000 30
        +11
        info before any RS the PBX sent: \"\\x10\\x00\\x00\\x000\"
        fault LoginRefused no RS within 10 s after the login: the OAI password is wrong
        ",
    );
}

#[test]
fn no_port_is_free() {
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        < 000,PE,,1
        fault Unusable all 1 OAI ports of the PBX are taken (PE): end another OAI a
        close
        status Down
        ",
    );
}

#[test]
fn something_else_listens_there() {
    // HTTP/1.1
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        <x 48545450 2f312e31
        info before any RS the PBX sent: \"HTTP/1.1\"
        fault WrongPeer a frame of 1347703880 bytes is announced, and at most 104857
        <x 48545450
        close
        status Down
        ",
    );
}

#[test]
fn a_frame_beyond_the_limit_later() {
    play_on(
        Dialogue::in_step(Settings::default(), pbx::small, "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1"),
        "<x 00000000
        <x ffffff7f 30
        fault Protocol a frame of 2147483647 bytes is announced, and at most 104857
        < NM,,000243,1,1
        ",
    );
}

#[test]
fn a_pbx_that_falls_silent() {
    let mut dialogue = Dialogue::in_step(Settings::default(), pbx::small, "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1");
    dialogue.pbx = |_| Vec::new();
    play_on(
        dialogue,
        "+35
        > _NO,19
        +60
        > _NO,20
        fault Silent the PBX left 2 signs of life unanswered (_NO) and has said n
        close
        lost All
        status Down
        ",
    );
}

#[test]
fn rd_does_not_come() {
    play_on(
        Dialogue::new(Session::new(Settings::default()), |_| Vec::new()),
        "open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        +61
        degraded no RD within 60 s after RS: the PBX may not be ready; going
        > _NA,2,1
        ",
    );
}

#[test]
fn stations_that_may_not_be_monitored() {
    let none = |command: &str| if command.starts_with("_MS") { vec!["39".to_owned()] } else { pbx::small(command) };
    play_on(
        Dialogue::new(Session::new(Settings::default()), none),
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6,0,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        denied the PBX reports no licence for System OAI that all nodes hav
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        degraded the PBX refuses the system monitor (_MS): outcome 39 Invalid
        > _QX,4,,1,109,2,50
        > _QX,5,,3,F,2,50
        > _QX,6,,2,1,2,50
        > _QX,7,,4,1,2,50
        > _QX,8,,12,1,2,50
        began All
        status Resynchronising
        > _MS,9,,6,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on all stations, with a replay of
        > _MS,10,,3,A:FFFF,C:FFFF,F:FFFF
        fault Unusable the PBX refuses a monitor on all stations (_MS): outcome 39
        ",
    );
}

#[test]
fn more_stations_than_monitors() {
    let few = |command: &str| match command.split(',').nth(3) {
        Some("6") => vec!["1".to_owned()],
        Some("3") if command.starts_with("_MS") => vec!["28,1,000001,1000,A:00FC,C:FFFE,F:1FFF".to_owned()],
        _ => pbx::small(command),
    };
    play_on(
        Dialogue::new(Session::new(Settings::default()), few),
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        > _QX,4,,1,109,2,50
        > _QX,5,,3,F,2,50
        > _QX,6,,2,1,2,50
        > _QX,7,,4,1,2,50
        > _QX,8,,12,1,2,50
        began All
        status Resynchronising
        > _MS,9,,6,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on all stations, with a replay of
        > _MS,10,,3,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on all stations (_MS): outcome 28
        > _MS,11,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,12,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _RR,13
        > _QH,14,2000
        agent 2101 on 1000
        > _SP,15,2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,16,,17,1,2,50
        > _QX,17,,8,3F,2,50
        > _QX,18,,10,1,2,50
        > _QX,19,,18,1,2,50
        > _QX,20,,21,1F,2,50
        info 4 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn a_licence_for_events_only() {
    let events = |command: &str| if command.starts_with("_QH") { vec!["15".to_owned()] } else { pbx::small(command) };
    play_on(
        Dialogue::new(Session::new(Settings::default()), events),
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6,1,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        > _QX,4,,1,109,2,50
        > _QX,5,,3,F,2,50
        > _QX,6,,2,1,2,50
        > _QX,7,,4,1,2,50
        > _QX,8,,12,1,2,50
        began All
        status Resynchronising
        > _MS,9,,6,A:FFFF,C:FFFF,F:FFFF
        > _MS,10,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,12,2000
        denied the PBX refuses the agents of hunt group 2000 (_QH): outcome
        > _SP,13,2000
        ended All
        status InStep
        > _QX,14,,17,1,2,50
        > _QX,15,,8,3F,2,50
        > _QX,16,,10,1,2,50
        > _QX,17,,18,1,2,50
        > _QX,18,,21,1F,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}
