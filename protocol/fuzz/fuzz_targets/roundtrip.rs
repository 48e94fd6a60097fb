//! What was read can be written and read again; what is written is read as it was meant.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strowger_protocol_fuzz::roundtrip(data));
