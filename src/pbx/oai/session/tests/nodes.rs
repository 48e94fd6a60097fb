//! A CT Gateway and its nodes.

use super::dialogue::{Dialogue, play_on};
use super::pbx;
use crate::pbx::oai::session::Session;
use crate::pbx::oai::settings::{Networked, Settings};

const RS: &str = "RS,0,02:04,070515,V10.20,V6.0.11.113,3,0,1,3,1";

#[test]
fn several_nodes_are_told_apart_from_the_start() {
    play_on(
        Dialogue::new(Session::new(Settings::default()), pbx::gateway),
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
        > _XE,5,1
        > _MS,6,,11,S:FFFF
        > _QX,7,,1,109,2,50
        > _QX,8,,3,F,2,50
        > _QX,9,,2,1,2,50
        > _QX,10,,4,1,2,50
        > _QX,11,,12,1,2,50
        began All
        status Resynchronising
        > _MS,12,,6,A:FFFF,C:FFFF,F:FFFF
        > _MS,13,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,14,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        > _QH,15,2:2000
        agent 2101 on 1000
        > _SP,16,2:2000
        agent 2101 on 1000
        ended All
        status InStep
        > _QX,17,,17,1,2,50
        > _QX,18,,8,3F,2,50
        > _QX,19,,10,1,2,50
        > _QX,20,,21,1F,2,50
        info 5 monitors are placed; the PBX lists 2 stations, 0 trunks, 1
        ",
    );
}

#[test]
fn one_node_is_lost_and_only_it_is_set_up_again() {
    play_on(
        Dialogue::in_step(Settings::default(), pbx::gateway, RS),
        "< OR,,000002,507,2:1000,,I,1:1000,,C,22
        < LS,,2,0,3
        info node 2 is out of sight: TCP failed
        lost 2
        < LS,,2,0,3
        +1
        < LS,,2,1,4
        info node 2 is in sight again: TCP reconnected
        > _MS,21,2:,11,S:FFFF
        > _MS,22,2:,3,A:FFFF,C:FFFF,F:FFFF
        > _QX,23,2:,1,109,2,50
        > _QX,24,2:,3,F,2,50
        > _MS,25,2:,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,26,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        began 2
        status Resynchronising
        > _RR,27,2:
        > _QH,28,2:2000
        > _SP,29,2:2000
        ended 2
        status InStep
        < LS,,2,1,4
        ",
    );
}

#[test]
fn a_node_that_does_not_answer_counts_as_lost_until_it_does() {
    let mut dialogue = Dialogue::in_step(Settings::default(), pbx::gateway, RS);
    dialogue.pbx = |command| if command.starts_with("_NO") { vec!["0,2,1,1,2,0".to_owned()] } else { pbx::gateway(command) };
    dialogue = play_on(
        dialogue,
        "< OR,,000002,507,2:1000,,I,1:1000,,C,22
        +70
        > _NO,21
        > _NO,22
        info node 2 is out of sight: it does not answer
        lost 2
        ",
    );
    dialogue.pbx = pbx::gateway;
    play_on(
        dialogue,
        "+30
        > _NO,23
        info node 2 is in sight again: it answers again
        > _MS,24,2:,11,S:FFFF
        > _MS,25,2:,3,A:FFFF,C:FFFF,F:FFFF
        > _QX,26,2:,1,109,2,50
        > _QX,27,2:,3,F,2,50
        > _MS,28,2:,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,29,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        began 2
        status Resynchronising
        > _RR,30,2:
        > _QH,31,2:2000
        > _SP,32,2:2000
        ended 2
        status InStep
        ",
    );
}

#[test]
fn without_nodes_in_names_a_lost_node_is_a_gap_of_everything() {
    let settings = Settings { networked: Networked::No, ..Settings::default() };
    play_on(
        Dialogue::in_step(settings, pbx::gateway, RS),
        "< OR,,000002,507,1000,,I,1001,,C,22
        < LS,,2,0,3
        info node 2 is out of sight: TCP failed
        lost All
        < LS,,2,1,4
        info node 2 is in sight again: TCP reconnected
        > _MS,20,,11,S:FFFF
        > _MS,21,,3,A:FFFF,C:FFFF,F:FFFF
        > _QX,22,,1,109,2,50
        > _QX,23,,3,F,2,50
        > _MS,24,,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,25,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        began All
        status Resynchronising
        > _RR,26
        > _QH,27,2:2000
        > _SP,28,2:2000
        present 1000@507
        agent 2101 on 1000
        ended All
        status InStep
        ",
    );
}

#[test]
fn a_node_that_is_deleted_takes_its_calls_with_it_and_a_new_one_is_set_up() {
    play_on(
        Dialogue::in_step(Settings::default(), pbx::gateway, RS),
        "< OR,,000002,507,2:1000,,I,1:1000,,C,22
        < LS,,2,0,6
        info node 2 is out of sight: deleted
        lost 2
        began 2
        present 2:1000@507
        ended 2
        < CS,,1,3,2,
        info the gateway's connection 1 to node 2 is not usable
        < LS,,2,1,5
        info node 2 is in sight again: added
        > _MS,21,2:,11,S:FFFF
        > _MS,22,2:,3,A:FFFF,C:FFFF,F:FFFF
        > _QX,23,2:,1,109,2,50
        > _QX,24,2:,3,F,2,50
        > _MS,25,2:,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,26,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        began 2
        status Resynchronising
        > _RR,27,2:
        > _QH,28,2:2000
        > _SP,29,2:2000
        present 2:1000@507
        ended 2
        status InStep
        < AG,,000243,1,2,,7,|RAM low|,4711
        info alarm 7 of node 2: RAM low
        ",
    );
}

#[test]
fn a_node_that_is_lost_amid_a_resync_of_everything_stays_lost() {
    let mut dialogue = Dialogue::in_step(Settings::default(), pbx::gateway, RS);
    dialogue.pbx = |command| if command.starts_with("_RR") { vec!["0,".to_owned()] } else { pbx::gateway(command) };
    play_on(
        dialogue,
        "< OR,,000002,507,2:1000,,I,1:1000,,C,22
        < 500,NM,,000243,1,1
        info lines are missing: 023 was due and 500 came; the present sta
        lost All
        status Resynchronising
        began All
        status Resynchronising
        > _RR,21
        < LS,,2,0,3
        info node 2 is out of sight: TCP failed
        lost 2
        < RD,21,
        > _QH,22,2:2000
        > _SP,23,2:2000
        present 2:1000@507
        agent 2101 on 1000
        ended All
        status InStep
        < LS,,2,1,4
        info node 2 is in sight again: TCP reconnected
        > _MS,24,2:,11,S:FFFF
        > _MS,25,2:,3,A:FFFF,C:FFFF,F:FFFF
        > _QX,26,2:,1,109,2,50
        > _QX,27,2:,3,F,2,50
        > _MS,28,2:,4,A:FFFF,C:FFFF,F:FFFF
        > _MS,29,2:2000,1,A:FFFF,C:FFFF,F:FFFF
        began 2
        status Resynchronising
        > _RR,30,2:
        ",
    );
}
