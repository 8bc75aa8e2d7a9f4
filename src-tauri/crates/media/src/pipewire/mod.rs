//! Video from PipeWire: which nodes give some, and what one of them shows. Cameras are seen by it, and the screens that a
//! desktop's portal shares.
//!
//! Nothing is kept open between calls: who lists or looks has a connection of its own, in the thread that uses it.

mod format;
mod frame;
mod nodes;
mod stream;

use std::cell::Cell;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use pipewire::context::ContextRc;
use pipewire::core::{CoreRc, PW_ID_CORE};
use pipewire::main_loop::MainLoopRc;

pub use nodes::{Node, cameras};
pub use stream::{Pace, Running, Target, Wish, watch};

use crate::screen::Failure;

/// How long a daemon may take to answer. One that is there does so in some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where PipeWire is.
#[derive(Debug)]
pub enum Remote {
    /// Where the environment says, or the person's own.
    Session,
    /// The socket of this path.
    Socket(PathBuf),
    /// A connection that the desktop has opened, which sees no more than what it shares.
    Opened(OwnedFd),
}

/// A connection, of the thread that opened it.
struct Link {
    main: MainLoopRc,
    core: CoreRc,
}

impl Link {
    fn open(remote: Remote) -> Result<Self, Failure> {
        pipewire::init();
        let main = MainLoopRc::new(None).map_err(unseen)?;
        let context = ContextRc::new(&main, None).map_err(unseen)?;
        let core = match remote {
            Remote::Session => context.connect_rc(None),
            Remote::Socket(path) => context.connect_fd_rc(UnixStream::connect(path).map_err(unseen)?.into(), None),
            Remote::Opened(connection) => context.connect_fd_rc(connection, None),
        };
        Ok(Self { main, core: core.map_err(|error| unseen(format!("PipeWire is not running ({error})")))? })
    }

    /// Waits until everything that was said so far is answered.
    fn settle(&self) -> Result<(), Failure> {
        let pending = self.core.sync(0).map_err(unseen)?;
        let answered = Rc::new(Cell::new(false));
        let (done, ended, late) = (self.main.clone(), self.main.clone(), self.main.clone());
        let seen = Rc::clone(&answered);
        let _listener = self
            .core
            .add_listener_local()
            .done(move |id, seq| {
                if id == PW_ID_CORE && seq == pending {
                    seen.set(true);
                    done.quit();
                }
            })
            .error(move |id, _, _, _| {
                if id == PW_ID_CORE {
                    ended.quit();
                }
            })
            .register();
        let timer = self.main.loop_().add_timer(move |_| late.quit());
        let _ = timer.update_timer(Some(PATIENCE), None);
        self.main.run();
        if answered.get() { Ok(()) } else { Err(unseen("PipeWire does not answer")) }
    }
}

fn unseen(error: impl std::fmt::Display) -> Failure {
    Failure::Unseen(error.to_string())
}
