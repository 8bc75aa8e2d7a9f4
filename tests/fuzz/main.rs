//! A fuzzer: `WAXWING_FUZZ=stream fuzz CORPUS…`, and everything libFuzzer can be told beside.

#![no_main]

mod targets;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("WAXWING_FUZZ").unwrap_or_default();
    let found = targets::ALL.iter().find(|(name, _)| *name == wanted);
    found.map(|(_, run)| *run).expect("WAXWING_FUZZ names one of the targets")
});

fuzz_target!(|data: &[u8]| TARGET(data));
