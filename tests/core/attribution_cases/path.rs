//! Rule 4: what no person stands behind.

use super::{Case, OUTSIDE};

pub(super) const CASES: &[Case] = &[Case {
    name: "path devices are nobody's, whatever a directory holds of their numbers",
    people: "
        Ann extension 3001 primary
        Ann extension 701 secondary
        Ann extension 800 secondary
        Ann extension 900 secondary
        Ann extension 901 secondary
        Ann extension 9001 secondary
        Cem agent 2001 primary",
    events: &["
        0 2001 logs on at 3001
        1 A begins a=outside:01705550100 dials 3001
        2 A queues q=queue:3001 for a
        3 q leaves timed_out
        3 A queues p=park:701 for a
        4 p leaves timed_out
        4 A queues c=conference:800 for a
        5 c leaves hung_up
        5 A queues v=mailbox:900 for a
        6 v leaves released
        6 A queues i=ivr:901 for a
        7 i leaves released
        7 A offers t=trunk:9001 by a
        8 t leaves failed
        9 a leaves hung_up"],
    credits: &[
        OUTSIDE,
        "3001: nobody by none (not_a_person)",
        "701: nobody by none (not_a_person)",
        "800: nobody by none (not_a_person)",
        "900: nobody by none (not_a_person)",
        "901: nobody by none (not_a_person)",
        "9001: nobody by none (not_a_person)",
    ],
}];
