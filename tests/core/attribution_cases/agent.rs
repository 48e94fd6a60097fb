//! Rule 1: who is logged on goes before whose the device is.

use super::{ANN, ANSWERED, Case, UNANSWERED};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "an agent goes before the extension's own user",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent ID may be a secondary one",
        people: "
            Ann extension 1001 primary
            Cem extension 1003 primary
            Cem agent 2001 secondary",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent at his own extension is credited as agent",
        people: "
            Ann extension 1001 primary
            Cem extension 1002 primary
            Cem agent 2001 secondary",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent ID that nobody holds falls through to the extension",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated), agent 2001"],
    },
    Case {
        name: "an agent ID that nobody holds falls through the extension to the DEE main",
        people: "
            Ann extension 1001 primary
            dee 1001 1002",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Ann by dee (dee_member), agent 2001"],
    },
    Case {
        name: "an agent ID that nobody holds at a device of nobody",
        people: "Ann extension 1001 primary",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: nobody by none (unassigned), agent 2001"],
    },
    Case {
        name: "an agent who logs on between alerting and answer takes the call",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["3 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent who logs off between alerting and answer does not",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1002", "3 2001 logs off at 1002", ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "an agent who logs off in mid call keeps it",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1002", "6 2001 logs off at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent who logs on in mid call does not get it",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["6 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "never answered: who was logged on when it first alerted",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1002", "5 2001 logs off at 1002", UNANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "never answered: an agent who logs on while it alerts missed nothing",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["5 2001 logs on at 1002", UNANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "never answered: an agent who logs on after the offer and before it alerts",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["1.5 2001 logs on at 1002", UNANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "calling: who was logged on when it originated",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1001", "3 2001 logs off at 1001", ANSWERED],
        credits: &["1001: Cem by agent (agent_logged_on), agent 2001", "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "calling: an agent who logs on while the called device alerts did not call",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["3 2001 logs on at 1001", ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "an agent at a second device is no longer at the first",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1002", "0.5 2001 logs on at 1001", ANSWERED],
        credits: &["1001: Cem by agent (agent_logged_on), agent 2001", "1002: Ben by primary_extension (associated)"],
    },
    Case {
        name: "of two agents at one device the newest holds",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary
            Dan agent 2002 primary",
        events: &["0 2001 logs on at 1002", "0.5 2002 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Dan by agent (agent_logged_on), agent 2002"],
    },
    Case {
        name: "a superseded agent's late log-off takes nobody else off",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary
            Dan agent 2002 primary",
        events: &["0 2001 logs on at 1002", "0.3 2002 logs on at 1002", "0.6 2001 logs off at 1002", ANSWERED],
        credits: &[ANN, "1002: Dan by agent (agent_logged_on), agent 2002"],
    },
    Case {
        name: "a log-off where the agent was before does not reach where he is now",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary",
        events: &["0 2001 logs on at 1003", "0.3 2001 logs on at 1002", "0.6 2001 logs off at 1003", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent superseded in mid call keeps it",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary
            Dan agent 2002 primary",
        events: &["0 2001 logs on at 1002", "6 2002 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent ID that changes hands between alerting and answer",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary until 3
            Dan agent 2001 primary from 3",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Dan by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent ID that changes hands in mid call",
        people: "
            Ann extension 1001 primary
            Cem agent 2001 primary until 6
            Dan agent 2001 primary from 6",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Cem by agent (agent_logged_on), agent 2001"],
    },
    Case {
        name: "an agent ID that was somebody's once falls through",
        people: "
            Ann extension 1001 primary
            Ben extension 1002 primary
            Cem agent 2001 primary until 0.5",
        events: &["0 2001 logs on at 1002", ANSWERED],
        credits: &[ANN, "1002: Ben by primary_extension (associated), agent 2001"],
    },
];
