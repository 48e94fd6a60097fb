#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| strowger_protocol_fuzz::csta::wire(data));
