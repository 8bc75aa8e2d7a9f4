//! Free TCP ports.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU32, Ordering},
};

/// Below the range the kernel takes outgoing connections from, so that none of them can take a port between our look
/// and the server's bind; the start depends on the process, so that test binaries running at once do not meet.
const FIRST: u32 = 15_000;
const COUNT: u32 = 17_000;

/// A port free on 127.0.0.1, given out once in this process.
pub fn free() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let start = std::process::id().wrapping_mul(7_919);
    for _ in 0..COUNT {
        let offset = start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + offset).expect("below 65,536");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port between {FIRST} and {} is free", FIRST + COUNT);
}
