//! Threads that read for somebody look whether that somebody still waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

/// With whoever waits: once it is dropped, nobody does.
#[derive(Debug, Default)]
pub struct Stop(Stopped);

/// With the thread.
#[derive(Debug, Clone, Default)]
pub struct Stopped(Arc<AtomicBool>);

impl Stop {
    pub fn watch(&self) -> Stopped {
        self.0.clone()
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Stopped {
    /// # Errors
    /// [`Error::Cancelled`] once nobody waits any more.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Relaxed) { Err(Error::Cancelled) } else { Ok(()) }
    }
}
