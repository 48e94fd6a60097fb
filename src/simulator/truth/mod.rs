//! The truth of what the exchange did, as call records: written while it happens, by the exchange itself, which knows why.
//!
//! Nothing is worked out afterwards from events. What a record of the program says of a call is held against it in every field but
//! `id`, `switch_calls` and `attribution.considered`.
//!
//! What is decided here beyond the documentation of the record ([`crate::record`]):
//!
//! - **Who began it** decides the direction: a station that dials outside `outbound`, a trunk `inbound`, all else `internal`, also a
//!   call to a station that forwards outside.
//! - **Numbers and names.** A station presents its extension without the node, and no name; only an outside caller presents a name.
//!   `dialled` is what the caller dialled: the extension, the digits sent out, the DNIS; without DNIS the first device called.
//! - **Caller.** If nobody on the called side answers, its outcome is the call's. A person on the called side is a station or an outside
//!   party that was called, forwarded or transferred to, rung by a group, or took the call; not who consults, joins or listens in.
//! - **Voice mail** answers for the caller (`answered_at` of the caller), never for the call: unless a person answered as well the call
//!   is `no_answer`, whoever hangs up.
//! - **Hunt group**: no `answered_at`; `queue_ms` is the whole stay. Full: `busy`/`hangup`, from the failure to the end of the tone. Calls
//!   deflected from it: `diverted`/`diversion`/`redirected`. Overflow while members ring: those are `no_answer`/`timeout`/`callNotAnswered`.
//! - **Numbers of the call** (`switch_calls`) are all that it or a part of it was given, also by a conference or a transfer, each once, in that
//!   order; of two calls made one the older call's come first.
//! - **Failures** that no device is to blame for (all trunks engaged, a number that leads nowhere) have the caller's segment only.
//!   A station that is out of service: `failed`/`failure`/`destNotObtainable`. An outside party that cannot be reached has its segment
//!   from the trunk's seizure on: engaged `busy`/`hangup`, else `failed`/`failure`. A declined ring: `rejected`/`hangup`/`doNotDisturb`,
//!   ringing until it declined.
//! - **Several devices of one user** (DEE): a member outside that does not accept: `rejected`/`hangup`/`normalClearing`; one that is
//!   engaged: `busy`/`hangup`/`busy`; both end there. When nobody answers, forwarding ends all of them alike.
//! - **Hand-over.** Who gets the call becomes `transfer_target` if it was `called`; one that a group offered it, that was forwarded to or
//!   that picked it up keeps its role. A target that forwards at once is no segment: where it leads to is `forward_target`, and
//!   `to_seq` names that. Handed to a group: `to_seq` names the group. Handed to several at once: the one that answers, else the first.
//!   A blind hand-over whose target is engaged or does not exist is refused by the exchange.
//! - **Two calls made one** that both had a caller: the older call's stays the caller; the other one is `consultation` if it is who brought
//!   them together, else `transfer_target` or, in a conference, `conference`.
//! - **Hand-off**: all devices that ring for it are `transfer_target`. In vain: `no_answer`/`timeout`/`callNotAnswered`; if the call ends meanwhile `abandoned`/`remote_hangup`.
//! - **The exchange gives up** (ring limit): caller `no_answer`/`remote_hangup`/`callNotAnswered`, devices `no_answer`/`timeout`/`callNotAnswered`.
//! - **Who listens in** is `monitor`, answered from its first moment; it leaves with `hangup`, or `remote_hangup` when there is nothing
//!   more to hear.

mod conclude;
mod credit;
mod ledger;
mod story;

pub(in crate::simulator) use ledger::{Ledger, NewStay};
pub(in crate::simulator) use story::{Exit, StayKey, StoryKey};

use crate::directory::PeopleFile;
use crate::telephony::Country;

/// What the records of the truth carry of where they were made, and whom they credit.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Name of the site.
    pub site: String,
    /// Name of the PBX.
    pub pbx: String,
    /// The site's country, for numbers in E.164.
    pub country: Option<Country>,
    /// Who holds what, until [`Exchange::change_people`](super::exchange::Exchange::change_people).
    pub people: PeopleFile,
}
