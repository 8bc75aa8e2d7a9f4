//! The demo: a server and a contact of its own, for as long as the application runs.

use std::path::Path;

use waxwing_contract::{AccountAdded, Code, Failure, SignIn};
use waxwing_history::{self as history, app::AppStore};

use crate::app::{App, locked};
use crate::failure::fail;

/// Under this key stands the account of the demo.
const DEMO: &str = "demo";

impl App {
    /// Starts the demo's server and contact, and signs in there. Its program prints one line of JSON with what signing
    /// in needs, and ends when its standard input closes.
    pub(crate) async fn start_demo(&self) -> Result<AccountAdded, Failure> {
        let Some(program) = self.0.demo.clone().filter(|program| program.exists()) else {
            return Err(fail(Code::NoDemo, "the demo is not part of this installation"));
        };
        if self.kept(DEMO).is_some_and(|account| locked(&self.0.running).contains_key(&account)) {
            return Err(fail(Code::AlreadySignedIn, "the demo runs already"));
        }
        let started = tokio::task::spawn_blocking(move || {
            let mut child = std::process::Command::new(program)
                .arg("serve")
                .stdin(std::process::Stdio::piped())
                .stdout(std::process::Stdio::piped())
                .spawn()?;
            let mut line = String::new();
            let stdout = child.stdout.take().ok_or_else(|| std::io::Error::other("no output"))?;
            std::io::BufRead::read_line(&mut std::io::BufReader::new(stdout), &mut line)?;
            std::io::Result::Ok((child, line))
        });
        let (child, line) = started
            .await
            .map_err(|error| fail(Code::Internal, error.to_string()))?
            .map_err(|error| fail(Code::NoDemo, error.to_string()))?;
        if let Some(mut previous) = locked(&self.0.demo_child).replace(child) {
            let _ = previous.kill();
            let _ = previous.wait();
        }
        let request: SignIn =
            serde_json::from_str(&line).map_err(|e| fail(Code::NoDemo, format!("the demo did not start: {e}")))?;
        // Its server ends with us, and so does the account: there is nothing to remember.
        let added = self.sign_in(SignIn { remember: false, ..request }).await?;
        self.keep(DEMO, &added.account);
        Ok(added)
    }

    /// Removes what the last run's demo left: its server is gone. Where that fails it is tried at the next start again,
    /// and nobody else has to suffer.
    pub(crate) fn forget_demo(app: &AppStore, accounts_folder: &Path) {
        let forget = || -> history::Result<()> {
            let kept = app.setting(DEMO)?;
            let Some(account) = kept.filter(|account| uuid::Uuid::parse_str(account).is_ok()) else { return Ok(()) };
            // The row first: what is left of a folder is not started.
            app.remove_account(&account)?;
            match std::fs::remove_dir_all(accounts_folder.join(&account)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                _ => {}
            }
            app.set_setting(DEMO, "")
        };
        if let Err(error) = forget() {
            tracing::warn!(%error, "the demo's account could not be removed");
        }
    }
}
