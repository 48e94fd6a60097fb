//! A few whole records, as they are stored and shown: nothing of them changes unnoticed.

use crate::scene::people::people;
use crate::scene::play;

fn whole_record(name: &str, holders: &str, events: &str) {
    let played = play(events, &people(holders));
    let [record] = played.records.as_slice() else { panic!("{} records", played.records.len()) };
    assert_eq!((played.open, played.stray), (0, 0));
    insta::assert_json_snapshot!(name, record);
}

#[test]
fn attended_transfer_with_holds() {
    whole_record(
        "attended_transfer",
        "Ann extension 1001 primary
         Ann group Sales
         Ben extension 1002 primary from 0
         Ben group Export until 20",
        "1    A begins a=outside:2025550143 dials 1001
         1.05 A offers b=1001 by a
         1.2  b alerts
         4.5  b answers
         4.5  a answers
         9    b holds
         9.3  B begins c=1001 dials 1002
         9.35 B offers d=1002 by c
         9.5  d alerts
         12   d answers
         12   c answers
         15   A joins B
         15   b transfers attended via c to d
         15   b leaves transferred
         15   c leaves transferred
         31.5 a leaves hung_up
         31.6 d leaves released",
    );
}

#[test]
fn queue_with_an_agent() {
    whole_record(
        "queue_with_agent",
        "Ben extension 1002 primary
         Cem agent 2001 primary
         Cem group Support",
        "0    2001 logs on at 1002
         1    A begins a=outside:2025550143 dials 3001
         1    a answers
         2    A queues q=queue:3001 for a
         2.1  A offers b=1003 as queue by a
         2.2  b alerts
         8    b leaves no_answer
         9    A offers c=1002 as queue by a
         9.2  c alerts
         11   c answers
         11   q leaves put_through
         20   2001 logs off at 1002
         40   c leaves hung_up
         40   a leaves released",
    );
}

#[test]
fn dee_member_answers() {
    whole_record(
        "dee_member",
        "Ann extension 1001 primary from 0
         Ann group Sales
         dee 1001 1011 from 0.5
         dee 1001 2025550109",
        "1    A begins a=1005 dials 1001
         1    A offers b=1001 by a
         1    A offers c=1011 by a
         1.1  A offers d=outside:2025550109 by a
         1.5  b alerts
         1.5  c alerts
         3    d alerts
         6    c answers
         6    a answers
         6    b leaves cancelled
         6    d leaves cancelled
         19   a leaves hung_up
         19   c leaves released",
    );
}

#[test]
fn gap_in_mid_call() {
    whole_record(
        "gap",
        "Ann extension 1001 primary
         Ben extension 1002 primary",
        "1    A begins a=1001 dials 1002
         1    A offers b=1002 by a
         1.5  b alerts
         3    link lost
         8    resync
         8    A present a=1001 connected since 1 as calling
         8    A present b=1002 connected since 1
         8    in step
         12   b holds
         13   restart
         21   resync
         21   in step",
    );
}
