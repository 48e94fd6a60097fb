//! No bytes make the decoder panic, hold too much, or depend on how they are cut.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strowger_protocol_fuzz::decode(data));
