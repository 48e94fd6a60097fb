//! The primary group of whoever is credited, at the same instant.

use super::{ANN, ANSWERED, Case, UNANSWERED};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the primary group at the instant, of each segment's own",
        people: "
            Ann extension 1001 primary
            Ann group Sales until 3
            Ann group Export from 3
            Ben extension 1002 primary
            Ben group Sales until 3
            Ben group Export from 3",
        events: &[ANSWERED],
        credits: &["1001: Ann by primary_extension (associated), group Sales", "1002: Ben by primary_extension (associated), group Export"],
    },
    Case {
        name: "never answered: the primary group when it first alerted",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Ben group Sales until 3
            Ben group Export from 3",
        events: &[UNANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated), group Sales"],
    },
    Case {
        name: "the primary group cleared: no group from then on",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Ben group Sales until 3",
        events: &[ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "the group is the agent's user's, not the extension's user's",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Ben group Sales
            Cem agent 2001 primary
            Cem group Support",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001, group Support"],
    },
];
