//! The desktop around the window, as the client knows it. The shell has the real one; without a shell there is none.

use waxwing_contract::{Code, Desktop as State, Failure, StartAtLogin};

use crate::attention::Notice;
use crate::failure::fail;

/// What a desktop does for us. Every call may block for as long as a service of the system takes.
pub trait Desktop: Send + Sync {
    /// What it offers.
    fn state(&self) -> State;
    /// Arranges (or ends) starting at login.
    ///
    /// # Errors
    /// [`Code::NoDesktop`] where it cannot be arranged.
    fn set_start_at_login(&self, start: StartAtLogin) -> Result<(), Failure>;
    /// Hides the window, where there is a tray to bring it back; else ends the application.
    fn hide(&self);
    /// Ends the application in order.
    fn quit(&self);
    /// Shows a notification at once.
    ///
    /// # Errors
    /// [`Code::NoDesktop`] where nothing shows it.
    fn show(&self, notice: Notice) -> Result<(), Failure>;
}

/// No desktop: for the client without a window.
pub struct NoDesktop;

impl Desktop for NoDesktop {
    fn state(&self) -> State {
        State { tray: false, notifications: None, start_at_login: None }
    }

    fn set_start_at_login(&self, _: StartAtLogin) -> Result<(), Failure> {
        Err(fail(Code::NoDesktop, "there is no desktop"))
    }

    fn hide(&self) {}

    fn quit(&self) {}

    fn show(&self, _: Notice) -> Result<(), Failure> {
        Err(fail(Code::NoDesktop, "there is no desktop"))
    }
}
