#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| greenroom_fuzz_targets::sdp(input));
