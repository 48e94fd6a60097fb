//! What is lost, and how it is found out again.

use super::dialogue::{Dialogue, play_on};
use super::pbx;
use crate::pbx::oai::session::Session;
use crate::pbx::oai::settings::Settings;

const RS: &str = "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1";

#[track_caller]
fn in_step(pbx: fn(&str) -> Vec<String>) -> Dialogue {
    Dialogue::in_step(Settings::default(), pbx, RS)
}

#[test]
fn lines_that_are_missing_are_made_up_for_by_a_resync() {
    play_on(
        in_step(pbx::small),
        "< OR,,000001,507,1000,,I,1001,,C,22
        < 500,DE,,000001,507,1001,,I,1000,,,,,I,1001,,,C,22,
        info lines are missing: 021 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        > _QH,20,2000
        > _SP,21,2000
        present 1000@507
        present 1001@507
        agent 2101 on 1000
        ended All
        status InStep
        < ES,,000001,507,1001,,I,1000,,,I,1001,,C,35
        ",
    );
}

#[test]
fn a_second_gap_within_three_minutes_stays_open_until_everything_may_be_asked_again() {
    play_on(
        in_step(pbx::small),
        "< OR,,000001,507,1000,,I,1001,,C,22
        < 500,RY,,000001,1000,2101
        info lines are missing: 021 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        > _QH,20,2000
        > _SP,21,2000
        present 1000@507
        agent 2101 on 1000
        ended All
        status InStep
        +20
        < 600,RY,,000001,1000,2101
        info lines are missing: 505 was due and 600 came; the present sta
        lost All
        status Resynchronising
        < 700,RY,,000001,1000,2101
        lost All
        status Resynchronising
        +150
        > _NO,22
        > _NO,23
        > _NO,24
        > _NO,25
        > _NO,26
        +20
        began All
        status Resynchronising
        > _RR,27
        > _QH,28,2000
        > _SP,29,2000
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn two_who_talk_with_the_voice_mail_are_two_calls_after_a_gap() {
    let pbx = |command: &str| {
        let mut answers = pbx::small(command);
        if command.starts_with("_RR,") {
            let talks = |station: u32, call: u32| format!("!ES,INVOKE,00000{station},{call},2500,,I,100{station},,,I,2500,,C,35");
            answers.splice(1..1, [talks(0, 507), talks(1, 508)]);
        }
        answers
    };
    let settings = Settings { voice_mail: vec!["2500".to_owned()], ..Settings::default() };
    play_on(
        Dialogue::in_step(settings, pbx, RS),
        "< OR,,000001,507,1000,,I,2500,,C,22
        < 500,RY,,000001,1000,2101
        info lines are missing: 021 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        present 1000@507
        present 2500@507
        present 1001@508
        present 2500@508
        > _QH,20,2000
        > _SP,21,2000
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn a_gap_amid_a_resync_spoils_it() {
    let silent_about_rd = |command: &str| {
        let mut answer = pbx::small(command);
        if command.starts_with("_RR") {
            answer.truncate(1);
        }
        answer
    };
    play_on(
        in_step(silent_about_rd),
        "< OR,,000001,507,1000,,I,1001,,C,22
        < 500,RY,,000001,1000,2101
        info lines are missing: 021 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        +1
        < 600,RY,,000001,1000,2101
        info lines are missing: 502 was due and 600 came; the present sta
        lost All
        status Resynchronising
        < RD,19,
        > _QH,20,2000
        > _SP,21,2000
        +180
        > _NO,22
        > _NO,23
        > _NO,24
        > _NO,25
        > _NO,26
        began All
        status Resynchronising
        > _RR,27
        < RD,27,
        > _QH,28,2000
        > _SP,29,2000
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn the_end_of_a_resync_that_does_not_come_is_not_waited_for_for_ever() {
    let without_end = |command: &str| {
        let mut answer = pbx::small(command);
        if command.starts_with("_RR") {
            answer.truncate(1);
        }
        answer
    };
    play_on(
        in_step(without_end),
        "< OR,,000001,507,1000,,I,1001,,C,22
        < 500,RY,,000001,1000,2101
        info lines are missing: 021 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        < ES,19,000001,507,1001,,I,1000,,,I,1001,,C,35
        +89
        +2
        degraded a resync of everything was not over within 90 s; what was to
        present 1000@507
        present 1001@507
        > _QH,20,2000
        > _SP,21,2000
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn a_resync_that_is_not_answered_is_asked_for_once_more() {
    let mute = |command: &str| if command.starts_with("_RR") { Vec::new() } else { pbx::small(command) };
    play_on(
        in_step(mute),
        "< OR,,000001,507,1000,,I,1001,,C,22
        < 500,RY,,000001,1000,2101
        info lines are missing: 021 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        +11
        info the PBX does not answer a resync of everything, perhaps beca
        +170
        > _NO,20
        > _NO,21
        > _NO,22
        > _NO,23
        > _NO,24
        > _NO,25
        +20
        began All
        status Resynchronising
        > _RR,26
        degraded the PBX does not answer a resync of everything; calls that a
        > _QH,27,2000
        > _SP,28,2000
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn what_was_held_back_comes_before_the_resync_is_over() {
    let slow = |command: &str| match command.split(',').next() {
        Some("_RR") => vec!["0,".to_owned()],
        Some("_QH") => Vec::new(),
        _ => pbx::small(command),
    };
    let mut dialogue = in_step(pbx::small);
    dialogue.pbx = slow;
    play_on(
        dialogue,
        "< QU,,000011,507,2000,94001,,5551234,,2000,E,2000,,1,,Q,23
        < ES,,000001,508,1001,,I,1000,,,I,1001,,C,35
        < 500,RY,,000001,1000,2101
        info lines are missing: 022 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,19
        < QU,19,000011,507,2000,94001,,5551234,,2000,E,2000,,1,,Q,23
        < ES,19,000001,508,1001,,I,1000,,,I,1001,,C,35
        < RD,19,
        present 94001@507
        present 2000@507
        present 1000@508
        present 1001@508
        > _QH,20,2000
        < ES,,000002,507,1001,,I,94001,5551234,2000,E,2000,,C,35
        cleared 2000@507
        < XC,,000001,508,1000,1000,N,36
        < CF,_QH,20,0,1,2101,1000,1,0,2
        > _SP,21,2000
        cleared 1000@508
        cleared 1001@508
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn lines_that_come_twice_or_make_no_sense_are_counted_and_change_nothing() {
    play_on(
        in_step(pbx::small),
        "< NM,,000243,1,0
        < 020,NM,,000243,1,0
        malformed a line that came before
        < WHAT,,000243,1,0
        malformed an event of an unknown kind
        < XC,,000001,,1000,1000,N,36
        malformed an event that lacks what makes it one
        < abc,XC,,000001
        malformed the line does not begin with a sequence number but with \"abc
        < CF,_NO,999,0
        malformed an answer to nothing that was asked
        < DND,,000001,1000,|AT LUNCH
        malformed a line with something odd in it; what can be read of it is t
        < NM,,000243,1,1
        ",
    );
}

#[test]
fn the_count_goes_on_at_0_or_1_after_999() {
    for after in ["000", "001"] {
        let mut dialogue = in_step(pbx::small);
        dialogue.sequence_is(998);
        let transcript = format!("< NM,,000243,1,0\n< 999,NM,,000243,1,1\n< {after},NM,,000243,1,0\n");
        play_on(dialogue, &transcript);
    }
}

#[test]
fn the_idle_timer_of_the_pbx_ran_out() {
    play_on(
        in_step(pbx::small),
        "< OR,,000001,507,1000,,I,1001,,C,22
        < RS,0,02:04,070515,V10.20,V6,3,1,0,3,1
        info the PBX ended all monitors (its idle timer ran out, or it wa
        lost All
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        < RD,0,
        > _NA,19,1
        began All
        status Resynchronising
        > _MS,20,,6,A:FFFF,C:FFFF,F:FFFF
        > _MS,21,,11,S:FFFF
        > _QX,22,,1,109,2,50
        > _QX,23,,3,F,2,50
        > _QX,24,,2,1,2,50
        > _QX,25,,4,1,2,50
        > _QX,26,,12,1,2,50
        > _MS,27,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,28,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,29,2000
        > _SP,30,2000
        present 1000@507
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,31,,17,1,2,50
        > _QX,32,,8,3F,2,50
        > _QX,33,,10,1,2,50
        > _QX,34,,18,1,2,50
        > _QX,35,,21,1F,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn the_connection_is_lost_and_made_again() {
    play_on(
        in_step(pbx::small),
        "< OR,,000001,507,1000,,I,1001,,C,22
        close
        lost All
        status Down
        +5
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        < RD,0,
        > _NA,19,1
        began All
        status Resynchronising
        > _MS,20,,6,A:FFFF,C:FFFF,F:FFFF
        > _MS,21,,11,S:FFFF
        > _QX,22,,1,109,2,50
        > _QX,23,,3,F,2,50
        > _QX,24,,2,1,2,50
        > _QX,25,,4,1,2,50
        > _QX,26,,12,1,2,50
        > _MS,27,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,28,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,29,2000
        > _SP,30,2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,31,,17,1,2,50
        > _QX,32,,8,3F,2,50
        > _QX,33,,10,1,2,50
        > _QX,34,,18,1,2,50
        > _QX,35,,21,1F,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn a_capture_is_heard_without_a_word() {
    let dialogue = Dialogue::new(Session::passive(Settings::default()), |_| Vec::new());
    play_on(
        dialogue,
        "open
        status LoggingIn
        < 000,RS,0,02:04,070515,V10.20,V6,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        < 001,RD,0,
        < 002,CF,_MS,2,0,2,000001,1000,000002,1001,A:00FC,C:FFFE,F:1FFF
        < 003,CF,_QX,5,0,1,109,1,2,1000,|Ann|,0,0,1001,|Bob|,0,0
        < 004,CF,_QH,9,0,1,2101,1000,1,0,2
        agent 2101 on 1000
        < 005,OR,,000001,507,1000,,I,1001,,C,22
        < 009,DE,,000001,507,1001,,I,1000,,,,,I,1001,,,C,22,
        info lines are missing: 006 was due and 009 came; the present sta
        lost All
        status Resynchronising
        < 010,CF,_RR,7,0,
        began All
        status Resynchronising
        < 011,ES,7,000001,507,1001,,I,1000,,,I,1001,,C,35
        < 012,RD,7,
        present 1000@507
        present 1001@507
        +1
        < 013,CF,_QH,8,0,1,2101,1000,1,0,2
        +3
        agent 2101 on 1000
        ended All
        status InStep
        < 014,XC,,000001,507,1000,1000,N,36
        < 020,CF,_RR,9,0,1000
        info lines are missing: 015 was due and 020 came; the present sta
        cleared 1000@507
        cleared 1001@507
        lost All
        status Resynchronising
        < 021,RD,9,1000
        +280
        began All
        status Resynchronising
        agent 2101 on 1000
        ended All
        status InStep
        close
        lost All
        status Down
        open
        status LoggingIn
        < 000,RS,0,02:04,070515,V10.20,V6,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6
        status Resynchronising
        < 001,RD,0,
        < 002,ES,3,000001,507,1001,,I,1000,,,I,1001,,C,35
        began All
        status Resynchronising
        < 003,RD,3,
        present 1000@507
        present 1001@507
        close
        agent 2101 on 1000
        ended All
        status InStep
        lost All
        status Down
        ",
    );
}
