//! The retention as a task: once a day what was kept long enough is anonymised and deleted, of a site or of all sites of a hub.
//!
//! `turn` decides when, `database` does it step by step, `task` is the loop of both. What is due for a call is decided in `privacy`.
//! Not in here: which databases and sites there are, which the daemon and the hub know.

mod database;
mod task;
mod turn;

pub(crate) use database::{Own, Run, Shared, Trouble};
pub(crate) use task::{Keeper, Told, look_after};
pub(crate) use turn::is_far;
