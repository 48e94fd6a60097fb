//! Login, startup, lists, keep-alive.

use std::time::Duration;

use super::dialogue::{Dialogue, play, play_on};
use super::pbx;
use crate::pbx::oai::session::Session;
use crate::pbx::oai::settings::{Dee, Replay, Settings, Timers};

#[test]
fn a_direct_node_from_login_to_keep_alive() {
    play(
        Settings::default(),
        "open
        status LoggingIn
        > login
        < 000,RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6.0.11.113
        status Resynchronising
        < 001,RD,0,
        > _NA,2,1
        < 002,CF,_NA,2,45
        > _MS,3,,11,S:FFFF
        < 003,CF,_MS,3,0,0001,000243,1:,S:00FE
        > _QX,4,,1,109,2,50
        < 004,CF,_QX,4,0,1,109,0,2,1000,|Ann|,0,0,1001,|Bob|,0,0
        < 005,CF,_QX,4,0,1,109,1,1,1002,|Cay|,0,11
        > _QX,5,,3,F,2,50
        < 006,CF,_QX,5,0,3,F,1,1,2000,|SALES|,|Sales|,2,2
        > _QX,6,,2,1,2,50
        < 007,CF,_QX,6,0,2,1,1,1,97001,|T1|
        > _QX,7,,4,1,2,50
        < 008,CF,_QX,7,45
        degraded the PBX refuses the list of trunk groups (_QX): outcome 45 I
        > _QX,8,,12,1,2,50
        < 009,CF,_QX,8,0,12,1,1,1,2500,|VM|
        began All
        status Resynchronising
        > _MS,9,,6,A:FFFF,C:FFFF,F:FFFF
        < 010,CF,_MS,9,0,0003,000001,1000,000002,1001,000003,1002,A:00FC,C:FFFE,F:1FFF
        < 011,ES,9,000001,222,1000,,I,1001,,,I,1000,,C,35
        < 012,RD,9,
        present 1001@222
        present 1000@222
        > _MS,10,,4,A:FFFF,C:FFFF,F:FFFF
        < 013,CF,_MS,10,0,1,000010,97001,A:00FC,C:FFFE,F:1FFF
        > _MS,11,2000,1,A:FFFF,C:FFFF,F:FFFF
        < 014,CF,_MS,11,0,1,000011,2000,A:00FC,C:FFFE,F:1FFF
        > _SP,12,97001
        < 015,CF,_SP,12,0,1,333,C
        present 97001@333
        > _QH,13,2000
        < 016,CF,_QH,13,0,2,2101,1000,1,2102,,0,0,2
        agent 2101 on 1000
        > _SP,14,2000
        < 017,CF,_SP,14,0,1,333,Q
        present 2000@333
        present 97001@333
        present 2000@333
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,15,,17,1,2,50
        < 018,CF,_QX,15,0,17,1,1,2,2101,|A|,2102,|B|
        > _QX,16,,8,3F,2,50
        < 019,CF,_QX,16,0,8,3F,1,0
        > _QX,17,,10,1,2,50
        < 020,CF,_QX,17,0,10,1,1,0
        > _QX,18,,18,1,2,50
        < 021,CF,_QX,18,0,18,1,1,1,1,|Main|
        > _QX,19,,21,1F,2,50
        < 022,CF,_QX,19,0,21,1F,1,1,1000,|Ann|,|Lee|,,ann,1
        info 6 monitors are placed; the PBX lists 3 stations, 1 trunks, 1
        +30
        > _NO,20
        < 023,CF,_NO,20,0
        ",
    );
}

#[test]
fn a_pbx_that_answers_only_the_documented_startup() {
    let dialogue = Dialogue::new(Session::new(Settings::default()), pbx::minimal_and_frank);
    play_on(
        dialogue,
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6.0.11.113,3,0,1,3,1
        info a CT Gateway answers: protocol V10.20, software V6.0.11.113
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _NO,3
        > _QX,4,,18,1,2,50
        degraded the PBX refuses the list of nodes (_QX): outcome 45 Invalid_
        > _MS,5,,11,S:FFFF
        > _QX,6,,1,109,2,50
        > _QX,7,,3,F,2,50
        > _QX,8,,2,1,2,50
        degraded the PBX refuses the list of trunks (_QX): outcome 45 Invalid
        > _QX,9,,4,1,2,50
        degraded the PBX refuses the list of trunk groups (_QX): outcome 45 I
        > _QX,10,,12,1,2,50
        degraded the PBX refuses the list of voice mail applications (_QX): o
        began All
        status Resynchronising
        > _MS,11,,6,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on all stations, with a replay of
        > _MS,12,,3,A:FFFF,C:FFFF,F:FFFF
        > _MS,13,,4,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on all trunks (_MS): outcome 45 In
        > _MS,14,2000,1,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on hunt group 2000 (_MS): outcome
        > _RR,15
        degraded the PBX refuses a resync of everything: outcome 45 Invalid_C
        > _QH,16,2000
        agent 2101 on 1000
        > _SP,17,2000
        degraded the PBX refuses the calls at 2000 (_SP): outcome 45 Invalid_
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,18,,17,1,2,50
        > _QX,19,,8,3F,2,50
        > _QX,20,,10,1,2,50
        > _QX,21,,21,1F,2,50
        degraded the PBX refuses the list of users (_QX): outcome 45 Invalid_
        info 3 monitors are placed; the PBX lists 2 stations, 1 hunt grou
        +31
        > _NO,22
        ",
    );
}

#[test]
fn a_pbx_that_answers_nothing_else_at_all() {
    let dialogue = Dialogue::new(Session::new(Settings::default()), pbx::minimal);
    play_on(
        dialogue,
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6.0.11.113
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        > _QX,4,,1,109,2,50
        > _QX,5,,3,F,2,50
        > _QX,6,,2,1,2,50
        +120
        degraded the PBX did not answer the list of trunks within 5 s; trunks
        began All
        status Resynchronising
        > _MS,7,,6,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX did not answer a monitor on all stations, with a rep
        > _MS,8,,3,A:FFFF,C:FFFF,F:FFFF
        > _MS,9,,4,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX did not answer a monitor on all trunks within 5 s; c
        > _MS,10,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,2000,1,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX did not answer a monitor on hunt group 2000 within 5
        > _RR,12
        degraded the PBX does not answer a resync of everything; calls that a
        > _QH,13,2000
        agent 2101 on 1000
        > _SP,14,2000
        degraded the PBX did not answer the calls at 2000 within 5 s; calls t
        agent 2101 on 1000
        ended All
        status InStep
        info 3 monitors are placed; the PBX lists 2 stations, 1 hunt grou
        > _QX,15,,4,1,2,50
        degraded the PBX did not answer the list of trunk groups within 5 s;
        > _QX,16,,12,1,2,50
        degraded the PBX did not answer the list of voice mail applications w
        > _QX,17,,17,1,2,50
        > _QX,18,,8,3F,2,50
        > _QX,19,,10,1,2,50
        > _QX,20,,18,1,2,50
        degraded the PBX did not answer the list of nodes within 5 s; nodes a
        > _QX,21,,21,1F,2,50
        degraded the PBX did not answer the list of users within 5 s; nothing
        > _NO,22
        > _NO,23
        ",
    );
}

#[test]
fn without_replay_the_state_is_asked_for_at_the_end_and_commands_wait_for_it() {
    let settings = Settings { replay: Replay::Asked, dee: Dee { users: false, ..Dee::default() }, ..Settings::default() };
    let dialogue = Dialogue::new(Session::new(settings), |command| match command.split(',').next() {
        Some("_RR") => vec!["0,".to_owned()],
        _ => pbx::small(command),
    });
    play_on(
        dialogue,
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6.0.11.113
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        > _QX,4,,1,109,2,50
        > _QX,5,,3,F,2,50
        > _QX,6,,2,1,2,50
        > _QX,7,,4,1,2,50
        > _QX,8,,12,1,2,50
        > _MS,9,,3,A:FFFF,C:FFFF,F:FFFF
        > _MS,10,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,2000,1,A:FFFF,C:FFFF,F:FFFF
        began All
        status Resynchronising
        > _RR,12
        +40
        < ES,13,000001,222,1000,,I,1001,,,I,1000,,C,35
        +40
        < RD,13,
        present 1001@222
        present 1000@222
        > _QH,13,2000
        agent 2101 on 1000
        > _SP,14,2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,15,,17,1,2,50
        > _QX,16,,8,3F,2,50
        > _QX,17,,10,1,2,50
        > _QX,18,,18,1,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn below_version_6_the_old_resync_is_asked_for() {
    let settings = Settings { replay: Replay::Asked, dee: Dee { users: false, ..Dee::default() }, ..Settings::default() };
    play_on(
        Dialogue::new(Session::new(settings), pbx::small),
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V05.10,V5,3,1,0,1,0
        info node 1 answers: protocol V05.10, software V5
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        > _QX,4,,1,109,2,50
        > _QX,5,,3,F,2,50
        > _QX,6,,2,1,2,50
        > _QX,7,,4,1,2,50
        > _QX,8,,12,1,2,50
        > _MS,9,,3,A:FFFF,C:FFFF,F:FFFF
        > _MS,10,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,2000,1,A:FFFF,C:FFFF,F:FFFF
        began All
        status Resynchronising
        > RR
        < RS,1,02:04,070515,V05.10,V5,3,1,0,1,0
        < ES,1,000001,222,1000,,I,1001,,,I,1000,,C,35
        < RD,1,
        present 1001@222
        present 1000@222
        > _QH,13,2000
        agent 2101 on 1000
        > _SP,14,2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,15,,17,1,2,50
        > _QX,16,,8,3F,2,50
        > _QX,17,,10,1,2,50
        > _QX,18,,18,1,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn a_pbx_that_takes_the_replaying_monitor_and_replays_nothing() {
    let dialogue = Dialogue::new(Session::new(Settings::default()), |command| {
        let mut answer = pbx::small(command);
        if command.contains(",,6,") {
            answer.truncate(1);
        }
        answer
    });
    play_on(
        dialogue,
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6.0.11.113
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
        +6
        degraded the monitor on all stations is placed, but the PBX does not
        > _MS,10,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _RR,12
        > _QH,13,2000
        agent 2101 on 1000
        > _SP,14,2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,15,,17,1,2,50
        > _QX,16,,8,3F,2,50
        > _QX,17,,10,1,2,50
        > _QX,18,,18,1,2,50
        > _QX,19,,21,1F,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn lists_that_do_not_fit_in_pieces_are_asked_for_whole() {
    let dialogue = Dialogue::new(Session::new(Settings::default()), |command| {
        if command.starts_with("_QX") && command.ends_with(",2,50") { vec!["31".to_owned()] } else { pbx::small(command) }
    });
    play_on(
        dialogue,
        "answers
        open
        status LoggingIn
        > login
        < RS,0,02:04,070515,V10.20,V6.0.11.113,3,1,0,3,1
        info node 1 answers: protocol V10.20, software V6.0.11.113
        status Resynchronising
        < RD,0,
        > _NA,2,1
        > _MS,3,,11,S:FFFF
        > _QX,4,,1,109,2,50
        > _QX,5,,1,109,1
        > _QX,6,,3,F,1
        > _QX,7,,2,1,1
        > _QX,8,,4,1,1
        > _QX,9,,12,1,1
        began All
        status Resynchronising
        > _MS,10,,6,A:FFFF,C:FFFF,F:FFFF
        > _MS,11,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,12,2000,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,13,2000
        agent 2101 on 1000
        > _SP,14,2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,15,,17,1,1
        > _QX,16,,8,3F,1
        > _QX,17,,10,1,1
        > _QX,18,,18,1,1
        > _QX,19,,21,1F,1
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn members_are_asked_for_by_the_configured_query() {
    let query = "_QUD,{invoke},{main}".parse().ok();
    let interval = Duration::from_secs(100);
    let settings = Settings { dee: Dee { query, interval, ..Dee::default() }, ..Settings::default() };
    let dialogue = Dialogue::in_step(
        settings,
        |command| {
            if command.starts_with("_QUD") {
                let main = command.rsplit(',').next().unwrap_or_default();
                return vec![if main == "1003" { "0,1,1000".to_owned() } else { format!("0,2,1000,{main}9,,2000,,5550123") }];
            }
            pbx::small(command)
        },
        "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1",
    );
    play_on(
        dialogue,
        "mains 1001 1002
        > _QUD,19,1001
        dee 1001 10019 5550123
        > _QUD,20,1002
        dee 1002 10029 5550123
        mains 1001 1002 1003
        > _QUD,21,1003
        info the answer about the destinations of 1003 does not fit the c
        < DC,,000243,1,0,1001,0,0,|BARNEY|
        +3
        > _QX,22,,1,109,2,50
        > _QUD,23,1001
        dee 1001 10019 5550123
        > _QUD,24,1002
        dee 1002 10029 5550123
        > _QUD,25,1003
        info the answer about the destinations of 1003 does not fit the c
        +110
        > _NO,26
        > _NO,27
        > _NO,28
        > _QX,29,,21,1F,2,50
        > _QUD,30,1001
        dee 1001 10019 5550123
        > _QUD,31,1002
        dee 1002 10029 5550123
        > _QUD,32,1003
        info the answer about the destinations of 1003 does not fit the c
        ",
    );
}

#[test]
fn what_is_programmed_anew_is_read_again() {
    let dialogue = Dialogue::in_step(Settings::default(), pbx::small, "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1");
    play_on(
        dialogue,
        "< DC,,000243,1,1,2000,2,0,|SALES|
        < DC,,000243,1,1,2000,2,1,|Sales|
        +3
        > _QX,19,,3,F,2,50
        > _QH,20,2000
        < EC,,000243,1,,1005,0
        +3
        > _QX,21,,1,109,2,50
        > _QI,22,1005
        > _MS,23,1005,1,A:FFFF,C:FFFF,F:FFFF
        < ME,,000002,36
        < EC,,000243,1,1001,1006,0
        +3
        > _QX,24,,1,109,2,50
        > _QI,25,1006
        > _MS,26,1006,1,A:FFFF,C:FFFF,F:FFFF
        < DC,,000243,1,33,1001,7
        +3
        > _QX,27,,21,1F,2,50
        ",
    );
}

#[test]
fn a_monitor_that_ended_is_placed_again_with_patience() {
    let dialogue = Dialogue::in_step(
        Settings::default(),
        |command| {
            if command.starts_with("_MS") && command.contains(",1001,") { vec!["24".to_owned()] } else { pbx::small(command) }
        },
        "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1",
    );
    play_on(
        dialogue,
        "< ME,,000002,36
        +20
        > _QI,19,1001
        > _MS,20,1001,1,A:FFFF,C:FFFF,F:FFFF
        degraded the PBX refuses a monitor on 1001 (_MS): outcome 24 Resource
        > _QI,21,1001
        > _MS,22,1001,1,A:FFFF,C:FFFF,F:FFFF
        > _QI,23,1001
        > _MS,24,1001,1,A:FFFF,C:FFFF,F:FFFF
        ",
    );
}

#[test]
fn the_personal_router_device_is_noted_as_it_speaks() {
    let dee = Dee { prd_extension: Some("2999".to_owned()), users: false, ..Dee::default() };
    let dialogue = Dialogue::in_step(
        Settings { dee, ..Settings::default() },
        |command| {
            if command.contains(",2999,") { vec!["0,1,000012,2999,A:00FC,C:FFFE,F:1FFF".to_owned()] } else { pbx::small(command) }
        },
        "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1",
    );
    play_on(
        dialogue,
        "< DE,,000012,507,1001,,I,1000,,,,,I,2999,,,A,22,
        info the Personal Router Device says: 020,DE,,000012,507,1001,,I,
        < ME,,000012,36
        +3
        > _MS,19,2999,1,A:FFFF,C:FFFF,F:FFFF
        ",
    );
}

#[test]
fn an_answer_that_comes_late_counts_for_what_it_tells() {
    let mut dialogue = Dialogue::in_step(Settings::default(), pbx::small, "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1");
    dialogue.pbx = |command| if command.starts_with("_QX") { Vec::new() } else { pbx::small(command) };
    play_on(
        dialogue,
        "< DC,,000243,1,1,2000,2,0,|SALES|
        +30
        > _QX,19,,3,F,2,50
        > _QX,20,,3,F,2,50
        degraded the PBX did not answer the list of hunt groups within 10 s;
        > _QH,21,2000
        < CF,_QX,19,0,3,F,1,2,2000,|SALES|,|Sales|,2,2,2001,|HELP|,|Help|,0,2
        > _MS,22,2001,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,23,2001
        < CF,_QX,19,0,3,F,1,1,2000,|SALES|,|Sales|,2,2
        malformed an answer to nothing that was asked
        ",
    );
}

#[test]
fn a_call_of_which_nothing_is_heard_is_asked_about() {
    let timers = Timers { keep_alive: Duration::from_hours(1), ..Timers::default() };
    let settings = Settings { timers, ..Settings::default() };
    let dialogue = Dialogue::in_step(settings, pbx::small, "RS,0,02:04,070515,V10.20,V6,3,1,0,3,1");
    play_on(
        dialogue,
        "< OR,,000001,507,1000,,I,1001,,C,22
        < DE,,000001,507,1001,,I,1000,,,,,I,1001,,,C,22,
        < ES,,000001,507,1001,,I,1000,,,I,1001,,C,35
        +890
        +30
        > _SP,19,1000
        cleared 1000@507
        cleared 1001@507
        +600
        ",
    );
}
