//! The desktop around the window, as the client knows it. The shell has the real one; without a shell there is none.

use std::path::{Path, PathBuf};

use waxwing_contract::{Code, Desktop as State, Failure, OnClose, Settings, StartAtLogin};

use crate::app::App;
use crate::attention::{Notice, Subject};
use crate::commands::blocking;
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
    /// Lets the person choose files, or one folder; none where they think better of it. Waits for the person.
    ///
    /// # Errors
    /// [`Code::NoDesktop`] where nothing can ask.
    fn pick_files(&self, folder: bool) -> Result<Vec<PathBuf>, Failure>;
    /// Lets the person say where a file of that name is to be put. Waits for the person.
    ///
    /// # Errors
    /// [`Code::NoDesktop`] where nothing can ask.
    fn save_as(&self, name: &str) -> Result<Option<PathBuf>, Failure>;
    /// Opens a file with what is there for its kind.
    ///
    /// # Errors
    /// [`Code::NoDesktop`] where nothing opens it.
    fn open_file(&self, path: &Path) -> Result<(), Failure>;
    /// Shows a file among the others of its folder.
    ///
    /// # Errors
    /// [`Code::NoDesktop`] where nothing shows folders.
    fn show_file(&self, path: &Path) -> Result<(), Failure>;
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

    fn pick_files(&self, _: bool) -> Result<Vec<PathBuf>, Failure> {
        Err(fail(Code::NoDesktop, "there is no desktop"))
    }

    fn save_as(&self, _: &str) -> Result<Option<PathBuf>, Failure> {
        Err(fail(Code::NoDesktop, "there is no desktop"))
    }

    fn open_file(&self, _: &Path) -> Result<(), Failure> {
        Err(fail(Code::NoDesktop, "there is no desktop"))
    }

    fn show_file(&self, _: &Path) -> Result<(), Failure> {
        Err(fail(Code::NoDesktop, "there is no desktop"))
    }
}

impl App {
    /// Something of the desktop, where it may take its time.
    pub(crate) async fn desktop<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Desktop) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let desktop = self.0.desktop.clone();
        blocking(move || work(&*desktop)).await
    }

    pub(crate) async fn close_window(&self, hide: bool) -> Result<(), Failure> {
        let on_close = if hide { OnClose::Hide } else { OnClose::Quit };
        self.set_settings(Settings { on_close, ..self.settings() })?;
        self.desktop(move |desktop| {
            if hide {
                desktop.hide();
            } else {
                desktop.quit();
            }
            Ok(())
        })
        .await
    }

    pub(crate) async fn try_notification(&self) -> Result<(), Failure> {
        let settings = self.settings();
        let notice = Notice::new(Subject::Trial, settings.preview, "", "", 1, settings.notification_sound);
        self.desktop(move |desktop| desktop.show(notice)).await
    }
}
