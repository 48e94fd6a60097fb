//! What becomes of calls that were out of sight: a table of named cases, each told as the records that come of it.
//!
//! A record that is told `answered 1 - 4 - 9` began at 1, was answered at 4 and ended at 9.

use strowger::directory::Directory;
use strowger::telephony::{AgentId, DeviceId};
use strowger::tracker::{AgentEnd, Change};

use crate::scene::{play, sketch};

struct Case {
    name: &'static str,
    events: &'static str,
    /// Of every record, as [`sketch`] tells it.
    records: &'static [&'static str],
    /// Events that named nobody known.
    stray: usize,
}

const CASES: &[Case] = &[
    Case {
        name: "still there: it goes on and notes the gap",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            4 b answers
            4 a answers
            5 link lost
            8 resync
            8 A present a=1001 connected since 1 as calling
            8 A present b=1002 connected since 1
            8 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &[
            "internal answered 1 - 4 - 9, gap 5 - 8",
            "1001 caller answered 1 - 4 - 9 hangup",
            "1002 called answered 1 - 4 - 9 remote_hangup",
        ],
        stray: 0,
    },
    Case {
        name: "gone, and had been answered: stays answered, ends at the last sign of life",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            4 b answers
            4 a answers
            5 link lost
            8 resync
            8 in step",
        records: &[
            "internal answered 1 - 4 - 5, end uncertain, gap 5 - 8",
            "1001 caller answered 1 - 4 - 5 link_lost",
            "1002 called answered 1 - 4 - 5 link_lost",
        ],
        stray: 0,
    },
    Case {
        name: "gone, and only alerted: link_lost",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            5 link lost
            8 resync
            8 in step",
        records: &[
            "internal link_lost 1 - never - 5, end uncertain, gap 5 - 8",
            "1001 caller link_lost 1 - never - 5 link_lost",
            "1002 called link_lost 1 - never - 5 link_lost",
        ],
        stray: 0,
    },
    Case {
        name: "gone, and waited in a queue that the PBX had answered: link_lost",
        events: "
            1 A begins a=outside:01705550100 dials 3001
            1 a answers
            2 A queues q=queue:3001 for a
            5 link lost
            8 resync
            8 in step",
        records: &[
            "inbound link_lost 1 - never - 5, end uncertain, gap 5 - 8",
            "01705550100 caller link_lost 1 - 1 - 5 link_lost",
            "3001 queue link_lost 2 - never - 5 link_lost",
        ],
        stray: 0,
    },
    Case {
        name: "new: it begins with doubt",
        events: "
            5 link lost
            8 resync
            8 A present a=1001 connected since 6 as calling dials 1002
            8 A present b=1002 connected since 7
            8 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &[
            "internal answered 6 - 7 - 9, start uncertain",
            "1001 caller answered 6 - 6 - 9 hangup, uncertain",
            "1002 called answered 7 - 7 - 9 remote_hangup, uncertain",
        ],
        stray: 0,
    },
    Case {
        name: "new, and alerts: the answer that follows is seen",
        events: "
            5 link lost
            8 resync
            8 A present a=1001 initiated since 6 as calling dials 1002
            8 A present b=1002 alerting since 7
            8 in step
            9 b answers
            9 a answers
            12 b leaves hung_up
            12 a leaves released",
        records: &[
            "internal answered 6 - 9 - 12, start uncertain",
            "1001 caller answered 6 - 9 - 12 remote_hangup, uncertain",
            "1002 called answered 7 - 9 - 12 hangup",
        ],
        stray: 0,
    },
    Case {
        name: "a new device in a known call: only that one begins with doubt",
        events: "
            1 A begins a=1001 dials 1002
            2 link lost
            8 resync
            8 A present a=1001 initiated since 1 as calling
            8 A present b=1002 alerting since 3
            8 in step
            9 b leaves no_answer
            9 a leaves released",
        records: &[
            "internal no_answer 1 - never - 9, gap 2 - 8",
            "1001 caller no_answer 1 - never - 9 remote_hangup",
            "1002 called no_answer 3 - never - 9 timeout, uncertain",
        ],
        stray: 0,
    },
    Case {
        name: "begun and ended out of sight: nothing is known of it",
        events: "
            5 link lost
            8 resync
            8 in step",
        records: &[],
        stray: 0,
    },
    Case {
        name: "answered out of sight: at the resync at the latest",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            3 link lost
            8 resync
            8 A present a=1001 connected since 1 as calling
            8 A present b=1002 connected since 1
            8 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &[
            "internal answered 1 - 8 - 9, gap 3 - 8",
            "1001 caller answered 1 - 8 - 9 hangup",
            "1002 called answered 1 - 8 - 9 remote_hangup, uncertain",
        ],
        stray: 0,
    },
    Case {
        name: "found waiting after one gap and answered after the next: at the second resync at the latest",
        events: "
            1 link lost
            2 resync
            2 A present a=outside:01705550100 initiated since 2 as calling
            2 A present q=queue:3001 queued since 2 for a
            2 A present b=1002 alerting since 2 as queue
            2 in step
            5 link lost
            8 resync
            8 A present a=outside:01705550100 connected since 2 as calling
            8 A present b=1002 connected since 2 as queue
            8 A present q=queue:3001 null since 2
            8 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &[
            "inbound answered 2 - 8 - 9, start uncertain, gap 5 - 8",
            "01705550100 caller answered 2 - 8 - 9 hangup, uncertain",
            "3001 queue answered 2 - never - 5 put_through, uncertain",
            "1002 queue answered 2 - 8 - 9 remote_hangup, uncertain",
        ],
        stray: 0,
    },
    Case {
        name: "found alerting, and answered by what the same resync tells later: since then",
        events: "
            5 link lost
            7 resync
            7 A present a=1001 initiated since 6 as calling
            7 A present b=1002 alerting since 6
            8 A present a=1001 connected since 6 as calling
            8 A present b=1002 connected since 6
            8 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &[
            "internal answered 6 - 8 - 9, start uncertain",
            "1001 caller answered 6 - 8 - 9 hangup, uncertain",
            "1002 called answered 6 - 8 - 9 remote_hangup, uncertain",
        ],
        stray: 0,
    },
    Case {
        name: "one device gone: the others go on",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            1 A offers c=1003 by a
            2 b alerts
            2 c alerts
            3 link lost
            8 resync
            8 A present a=1001 initiated since 1 as calling
            8 A present c=1003 alerting since 1
            8 in step
            9 c answers
            9 a answers
            12 a leaves hung_up
            12 c leaves released",
        records: &[
            "internal answered 1 - 9 - 12, gap 3 - 8",
            "1001 caller answered 1 - 9 - 12 hangup",
            "1002 called link_lost 1 - never - 3 link_lost",
            "1003 called answered 1 - 9 - 12 remote_hangup",
        ],
        stray: 0,
    },
    Case {
        name: "joined out of sight: one call under the number that stands for both, the older first",
        events: "
            1 A begins a=outside:01705550100 dials 1001
            1 A offers b=1001 by a
            1 b alerts
            2 b answers
            2 a answers
            3 B begins c=1001 dials 1002
            3 B offers d=1002 by c
            3 d alerts
            4 d answers
            4 c answers
            5 link lost
            8 resync
            8 A present a=outside:01705550100 connected since 1 as calling
            8 A present d=1002 connected since 3
            8 in step
            9 a leaves hung_up
            9 d leaves released",
        records: &[
            "inbound answered 1 - 2 - 9, gap 5 - 8",
            "01705550100 caller answered 1 - 2 - 9 hangup",
            "1001 called answered 1 - 2 - 5 link_lost",
            "1001 conference answered 3 - 4 - 5 link_lost",
            "1002 called answered 3 - 4 - 9 remote_hangup",
        ],
        stray: 0,
    },
    Case {
        name: "known by another number after the gap: the same call",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            4 b answers
            4 a answers
            5 link lost
            8 resync
            8 X present b=1002 connected since 1 as calling
            8 X present c=1003 alerting since 7
            8 in step
            9 c answers
            12 b leaves hung_up
            12 c leaves released",
        records: &[
            "internal answered 1 - 4 - 12, gap 5 - 8",
            "1001 caller answered 1 - 4 - 5 link_lost",
            "1002 called answered 1 - 4 - 12 hangup",
            "1003 called answered 7 - 9 - 12 remote_hangup",
        ],
        stray: 0,
    },
    Case {
        name: "held before the gap: until the retrieval is told, or to the end",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b answers
            2 a answers
            3 a holds
            3 b holds
            5 link lost
            8 resync
            8 A present a=1001 hold since 1 as calling
            8 A present b=1002 connected since 1
            8 in step
            9 a retrieves
            12 a leaves hung_up
            12 b leaves released",
        records: &[
            "internal answered 1 - 2 - 12, gap 5 - 8",
            "1001 caller answered 1 - 2 - 12 hangup, holds 3 - 9",
            "1002 called answered 1 - 2 - 12 remote_hangup, holds 3 - 12",
        ],
        stray: 0,
    },
    Case {
        name: "the link lost twice before a resync: one gap, since the first",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b answers
            2 a answers
            5 link lost
            6 link lost
            8 resync
            8 A present a=1001 connected since 1 as calling
            8 in step
            9 a leaves hung_up",
        records: &[
            "internal answered 1 - 2 - 9, gap 5 - 8",
            "1001 caller answered 1 - 2 - 9 hangup",
            "1002 called answered 1 - 2 - 5 link_lost",
        ],
        stray: 0,
    },
    Case {
        name: "a resync that breaks off does not close anything, nor does it end the gap",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b answers
            2 a answers
            5 link lost
            6 resync
            6 A present a=1001 connected since 1 as calling
            7 link lost
            8 resync
            8 A present b=1002 connected since 1
            8 in step
            9 b leaves hung_up",
        records: &[
            "internal answered 1 - 2 - 9, gap 5 - 8",
            "1001 caller answered 1 - 2 - 5 link_lost",
            "1002 called answered 1 - 2 - 9 hangup",
        ],
        stray: 0,
    },
    Case {
        name: "two gaps in one call",
        events: "
            1 A begins a=1001 dials 1002
            1 a answers
            2 link lost
            3 resync
            3 A present a=1001 connected since 1 as calling
            3 in step
            5 link lost
            6 resync
            6 A present a=1001 connected since 1 as calling
            6 in step
            9 a leaves hung_up",
        records: &["internal answered 1 - never - 9, gap 2 - 3, gap 5 - 6", "1001 caller answered 1 - 1 - 9 hangup"],
        stray: 0,
    },
    Case {
        name: "a resync that nothing was lost before: no gap, no change",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b answers
            2 a answers
            5 resync
            5 A present a=1001 connected since 1 as calling
            5 A present b=1002 connected since 1
            5 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &["internal answered 1 - 2 - 9", "1001 caller answered 1 - 2 - 9 hangup", "1002 called answered 1 - 2 - 9 remote_hangup"],
        stray: 0,
    },
    Case {
        name: "a resync that nothing was lost before finds a call gone",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b answers
            2 a answers
            5 resync
            5 in step",
        records: &[
            "internal answered 1 - 2 - 5, end uncertain",
            "1001 caller answered 1 - 2 - 5 link_lost",
            "1002 called answered 1 - 2 - 5 link_lost",
        ],
        stray: 0,
    },
    Case {
        name: "the program killed and started again: a gap since its last sign of life",
        events: "
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b answers
            2 a answers
            3 B begins c=1003 dials 1004
            5 restart
            8 resync
            8 A present a=1001 connected since 1 as calling
            8 A present b=1002 connected since 1
            8 in step
            9 a leaves hung_up
            9 b leaves released",
        records: &[
            "internal link_lost 3 - never - 5, end uncertain, gap 5 - 8",
            "1003 caller link_lost 3 - never - 5 link_lost",
            "internal answered 1 - 2 - 9, gap 5 - 8",
            "1001 caller answered 1 - 2 - 9 hangup",
            "1002 called answered 1 - 2 - 9 remote_hangup",
        ],
        stray: 0,
    },
    Case {
        name: "the program killed while the link was down: the gap is as old as the loss",
        events: "
            1 A begins a=1001 dials 1002
            1 a answers
            4 link lost
            5 restart
            6 restart
            8 resync
            8 A present a=1001 connected since 1 as calling
            8 in step
            9 a leaves hung_up",
        records: &["internal answered 1 - never - 9, gap 4 - 8", "1001 caller answered 1 - 1 - 9 hangup"],
        stray: 0,
    },
    Case {
        name: "what is told of a connection after it was closed by the rules is stray",
        events: "
            1 A begins a=1001 dials 1002
            5 link lost
            8 resync
            8 in step
            9 a answers
            9 a leaves hung_up",
        records: &["internal link_lost 1 - never - 5, end uncertain, gap 5 - 8", "1001 caller link_lost 1 - never - 5 link_lost"],
        stray: 2,
    },
];

#[test]
fn every_case() {
    let mut wrong = Vec::new();
    for case in CASES {
        let played = play(case.events, &Directory::default());
        let got: Vec<String> = played.records.iter().flat_map(sketch).collect();
        if got != case.records || played.open != 0 || played.stray != case.stray {
            let (open, stray) = (played.open, played.stray);
            wrong.push(format!("{}:\n expected {:#?}\n got {got:#?}\n open {open} stray {stray}", case.name, case.records));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn agents_that_a_resync_does_not_tell_are_lost() {
    let played = play(
        "0 2001 logs on at 1001
         0 2002 logs on at 1002
         0 2003 logs on at 1003
         5 link lost
         8 resync
         8 2001 logs on at 1001
         8 2003 logs on at 1004
         8 in step",
        &Directory::default(),
    );
    let ended: Vec<(&str, &str, AgentEnd)> = played
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::AgentLoggedOff { agent, device, end } => Some((agent.as_str(), device.as_str(), *end)),
            _ => None,
        })
        .collect();
    assert_eq!(ended, [("2003", "1003", AgentEnd::Superseded), ("2002", "1002", AgentEnd::Lost)]);
    let began = |agent: &str, device: &str| Change::AgentLoggedOn { agent: AgentId::new(agent), device: DeviceId::new(device) };
    assert_eq!(played.changes.iter().filter(|change| **change == began("2001", "1001")).count(), 1, "a login that goes on begins once");
}
