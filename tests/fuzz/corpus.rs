//! Every input the fuzzers are started with, and what they once found, read again: nothing of it may panic.

#![allow(clippy::unwrap_used)]

mod targets;

use std::path::Path;

#[test]
fn nothing_the_fuzzers_found_breaks_us() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz");
    for (name, run) in targets::ALL {
        let inputs: Vec<_> = std::fs::read_dir(corpus.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(inputs.len() > 10, "{name} has its inputs");
        for input in inputs {
            // Shown where it fails: a panic of the target says what, not of which input.
            println!("{}", input.display());
            run(&std::fs::read(input).unwrap());
        }
    }
}
