//! How long personal data is kept, and what is left of it afterwards; pure: the store asks, and does what is decided here.
//!
//! `policy` decides what is due for a call, `anonymise` makes a record nobody's, `erasure` takes one person out of records and
//! texts, `disclosure` shows a record to one of its persons, `tally` counts. Not in here: where records are kept.

mod anonymise;
mod disclosure;
mod erasure;
mod mask;
mod policy;
mod tally;

pub use anonymise::anonymise;
pub use disclosure::disclosed;
pub use erasure::{Erasure, Person};
pub use mask::{KEY_BYTES_MIN, Key, Numbers, is_truncated, truncated};
pub use policy::{Fate, Policy, Standing};
pub use tally::{Share, Tally};
