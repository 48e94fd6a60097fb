//! Rule 3: members of a main, which are nobody's own.

use super::{ANN, BY_MEMBER, Case, OUTSIDE};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a member that is nobody's: the main's user",
        people: "
            Ann extension 1001 primary
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ann by dee (dee_member)"],
    },
    Case {
        name: "a member that is somebody else's is that one's",
        people: "
            Ann extension 1001 primary
            Ben extension 1011 secondary
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ben by secondary_extension (associated)"],
    },
    Case {
        name: "a member that is the main user's own secondary",
        people: "
            Ann extension 1001 primary
            Ann extension 1011 secondary
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ann by secondary_extension (associated)"],
    },
    Case {
        name: "an agent at a member goes before the main's user",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary
            dee 1001 1011",
        events: &["0 2001 logs on at 1011", BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "a member of two mains: nobody's, never guessed",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            dee 1001 1011
            dee 1002 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: nobody by none (dee_conflict)"],
    },
    Case {
        name: "a member of two mains, one of them nobody's, is a conflict all the same",
        people: "
            Ann extension 1001 primary
            dee 1001 1011
            dee 1002 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: nobody by none (dee_conflict)"],
    },
    Case {
        name: "a member of two mains that is somebody's is that one's",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem extension 1011 primary
            dee 1001 1011
            dee 1002 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Cem by primary_extension (associated)"],
    },
    Case {
        name: "an agent at a member of two mains",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary
            dee 1001 1011
            dee 1002 1011",
        events: &["0 2001 logs on at 1011", BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "of two mains one is over at the instant: no conflict",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            dee 1001 1011
            dee 1002 1011 until 3",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ann by dee (dee_member)"],
    },
    Case {
        name: "told by two sources it is one membership",
        people: "
            Ann extension 1001 primary
            dee 1001 1011
            dee 1001 1011 from 0",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ann by dee (dee_member)"],
    },
    Case {
        name: "the main is nobody's",
        people: "dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, "1001: nobody by none (unassigned)", "1011: nobody by none (dee_main_unassigned)"],
    },
    Case {
        name: "the main is only a secondary extension",
        people: "
            Ann extension 1009 primary
            Ann extension 1001 secondary
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, "1001: Ann by secondary_extension (associated)", "1011: nobody by none (dee_main_unassigned)"],
    },
    Case {
        name: "the main changes hands between alerting and answer",
        people: "
            Ann extension 1001 primary until 3
            Ben extension 1001 primary from 3
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ben by dee (dee_member)"],
    },
    Case {
        name: "assigned in mid call: the tie ends forward only",
        people: "
            Ann extension 1001 primary
            Ben extension 1011 secondary from 6
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ann by dee (dee_member)"],
    },
    Case {
        name: "assigned between alerting and answer: the tie is over",
        people: "
            Ann extension 1001 primary
            Ben extension 1011 secondary from 3
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: Ben by secondary_extension (associated)"],
    },
    Case {
        name: "became a member only later",
        people: "
            Ann extension 1001 primary
            dee 1001 1011 from 5",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, ANN, "1011: nobody by none (unassigned)"],
    },
    Case {
        name: "a member's member is no member",
        people: "
            Ann extension 1009 primary
            dee 1009 1001
            dee 1001 1011",
        events: &[BY_MEMBER],
        credits: &[OUTSIDE, "1001: Ann by dee (dee_member)", "1011: nobody by none (dee_main_unassigned)"],
    },
    Case {
        name: "a number outside as member, and one that is none",
        people: "
            Ann extension 1001 primary
            dee 1001 01715550009",
        events: &["
            1 A begins a=1002 dials 1001
            1 A offers b=outside:01715550009 by a
            1 A offers c=outside:01715550010 by a
            2 b alerts
            2 c alerts
            4 b answers
            4 a answers
            4 c leaves cancelled
            9 a leaves hung_up
            9 b leaves released"],
        credits: &["1002: nobody by none (unassigned)", "01715550010: nobody by none (external)", "01715550009: Ann by dee (dee_member)"],
    },
    Case {
        name: "a number outside that calls, as member",
        people: "
            Ann extension 1001 primary
            dee 1001 01705550100",
        events: &[BY_MEMBER],
        credits: &["01705550100: Ann by dee (dee_member)", ANN, "1011: nobody by none (unassigned)"],
    },
];
