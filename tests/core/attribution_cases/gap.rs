//! What was out of sight is told with doubt.

use super::{ANN, ANSWERED, Case};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "answered out of sight: told with doubt, by what is known at the resync",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            3 link lost
            6 resync
            6 2001 logs on at 1002
            6 A present a=1001 connected since 1 as calling
            6 A present b=1002 connected since 1
            6 in step
            9 a leaves hung_up
            9 b leaves released"],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001, uncertain"],
    },
    Case {
        name: "answered before the gap: no doubt",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            3 b answers
            3 a answers
            4 link lost
            6 resync
            6 2001 logs on at 1002
            6 A present a=1001 connected since 1 as calling
            6 A present b=1002 connected since 1
            6 in step
            9 a leaves hung_up
            9 b leaves released"],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "alerted before the gap and gone after it: the alerting was seen",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary",
        events: &["
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            3 link lost
            6 resync
            6 in step"],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "alerted before the gap, answered after it: the answer was seen",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary",
        events: &["
            1 A begins a=1001 dials 1002
            1 A offers b=1002 by a
            2 b alerts
            3 link lost
            6 resync
            6 A present a=1001 initiated since 1 as calling dials 1002
            6 A present b=1002 alerting since 1
            6 in step
            7 b answers
            7 a answers
            9 a leaves hung_up
            9 b leaves released"],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "begun out of sight: the origination with doubt, the answer that was seen without",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary",
        events: &["
            3 link lost
            6 resync
            6 A present a=1001 initiated since 5 as calling dials 1002
            6 A present b=1002 alerting since 5
            6 in step
            7 b answers
            7 a answers
            9 a leaves hung_up
            9 b leaves released"],
        credits: &["1001: Ann by primary_extension (associated), uncertain", "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "begun out of sight and never answered: the alerting with doubt",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary",
        events: &["
            3 link lost
            6 resync
            6 A present a=1001 initiated since 5 as calling dials 1002
            6 A present b=1002 alerting since 5
            6 in step
            9 b leaves no_answer
            9 a leaves released"],
        credits: &["1001: Ann by primary_extension (associated), uncertain", "1002: Ben by primary_extension (associated), uncertain"],
    },
    Case {
        name: "an agent lost in the gap takes no call after it",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &[
            "
            0 2001 logs on at 1002
            0.1 link lost
            0.5 resync
            0.5 in step",
            ANSWERED,
        ],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
];
