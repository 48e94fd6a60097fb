//! Rule 2: whose extension the device is, at the instant that counts.

use super::{ANN, ANSWERED, Case, UNANSWERED};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "primary and secondary",
        people: "
            Ann extension 1001 primary
            Ben extension 1003 primary
            Ben extension 1002 secondary",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Ben by secondary_extension (associated)"],
    },
    Case {
        name: "an extension of nobody",
        people: "Ann extension 1001 primary",
        events: &[ANSWERED],
        credits: &[ANN, "1002: nobody by none (unassigned)"],
    },
    Case {
        name: "moved between alerting and answer: whose it is at the answer",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary until 3
            Cem extension 1002 primary from 3",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Cem by primary_extension (associated)"],
    },
    Case {
        name: "moved at the very instant of the answer: the new holder's",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary until 4
            Cem extension 1002 primary from 4",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Cem by primary_extension (associated)"],
    },
    Case {
        name: "moved between answer and end: the call stays whose it was",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary until 6
            Cem extension 1002 primary from 6",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "never answered, moved while it alerted: whose it was when it first alerted",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary until 3
            Cem extension 1002 primary from 3",
        events: &[UNANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "never answered, moved between offer and alerting: the new holder's",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary until 1.5
            Cem extension 1002 primary from 1.5",
        events: &[UNANSWERED],
        credits: &[ANN, "1002: Cem by primary_extension (associated)"],
    },
    Case {
        name: "calling, moved before the answer: whose it was at the origination",
        people: "
            Ann extension 1001 primary until 2
            Cem extension 1001 primary from 2
            Ben extension 1002 primary",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "given up before and to nobody",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary until 0",
        events: &[ANSWERED],
        credits: &[ANN, "1002: nobody by none (unassigned)"],
    },
    Case {
        name: "given to somebody only later",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary from 20",
        events: &[ANSWERED],
        credits: &[ANN, "1002: nobody by none (unassigned)"],
    },
    Case {
        name: "a secondary that becomes the primary in mid call was the secondary",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 secondary until 6
            Ben extension 1002 primary from 6",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Ben by secondary_extension (associated)"],
    },
];
