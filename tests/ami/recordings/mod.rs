//! What recordings of a real Asterisk become: whole, damaged, and with the program killed in between.

mod capture;
mod damage;
mod restart;
mod sound;
mod whole;

use capture::{Heard, all, events_of, hear, messages, read};
use sound::assert_sound;
