//! The desktop as the client asks for it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tauri::AppHandle;
use tokio::sync::mpsc;
use waxwing_client::attention::{Attention, Notice};
use waxwing_contract::{Code, Desktop as State, Failure, StartAtLogin};

use crate::{login, notification, reveal, tray, window};

/// The real one, around the window.
pub struct Shell {
    /// There as soon as there is an application with a window.
    app: OnceLock<AppHandle>,
    notices: mpsc::UnboundedSender<Attention>,
    /// What a start at login must be told as well.
    words: Vec<String>,
}

impl Shell {
    /// Notices shown at once go out by `notices`; `words` of the command line hold for a start at login too.
    pub fn new(notices: mpsc::UnboundedSender<Attention>, words: Vec<String>) -> Self {
        Self { app: OnceLock::new(), notices, words }
    }

    /// The application is there.
    pub fn arrive(&self, app: AppHandle) {
        let _ = self.app.set(app);
    }

    /// The system's dialog for files, above the window.
    fn dialog(&self) -> rfd::AsyncFileDialog {
        let window = self.app.get().and_then(window::window);
        let dialog = rfd::AsyncFileDialog::new();
        window.iter().fold(dialog, rfd::AsyncFileDialog::set_parent)
    }
}

impl waxwing_client::Desktop for Shell {
    fn state(&self) -> State {
        State {
            tray: tauri::async_runtime::block_on(tray::is_there()),
            notifications: tauri::async_runtime::block_on(notification::service()),
            start_at_login: login::state(),
        }
    }

    fn set_start_at_login(&self, start: StartAtLogin) -> Result<(), Failure> {
        login::set(start, &self.words)
    }

    fn hide(&self) {
        let Some(app) = self.app.get() else { return };
        if tauri::async_runtime::block_on(tray::is_there()) { window::hide(app) } else { self.quit() }
    }

    fn quit(&self) {
        self.app.get().inspect(|app| app.exit(0));
    }

    fn show(&self, notice: Notice) -> Result<(), Failure> {
        let nothing = || Failure::new(Code::NoDesktop, "no service shows notifications");
        tauri::async_runtime::block_on(notification::service()).ok_or_else(nothing)?;
        self.notices.send(Attention::Show(notice)).map_err(|_| nothing())
    }

    fn pick_files(&self, folder: bool) -> Result<Vec<PathBuf>, Failure> {
        let dialog = self.dialog();
        let picked = if folder {
            tauri::async_runtime::block_on(dialog.pick_folder()).map(|folder| vec![folder])
        } else {
            tauri::async_runtime::block_on(dialog.pick_files())
        };
        let picked = picked.unwrap_or_default();
        Ok(picked.into_iter().map(|file| file.path().to_owned()).collect())
    }

    fn save_as(&self, name: &str) -> Result<Option<PathBuf>, Failure> {
        let chosen = tauri::async_runtime::block_on(self.dialog().set_file_name(name).save_file());
        Ok(chosen.map(|file| file.path().to_owned()))
    }

    fn open_file(&self, path: &Path) -> Result<(), Failure> {
        open::that_detached(path).map_err(|error| Failure::new(Code::NoDesktop, error.to_string()))
    }

    fn show_file(&self, path: &Path) -> Result<(), Failure> {
        reveal::reveal(path).map_err(|error| Failure::new(Code::NoDesktop, error.to_string()))
    }
}
