//! The application among the parts of a desktop: notifications, tray, keyring, links, places, sleep.

mod links;
mod notifications;
mod place;
mod secrets;
mod sleep;
mod tray;

use std::path::{Path, PathBuf};
use std::process::Output;

use harness::{Desktop, Result, Window, paths};

use crate::{Scene, binary};

/// Where pictures go that somebody may want to look at.
fn pictures() -> PathBuf {
    paths::root().join("target/pictures")
}

fn arguments(data: &Path) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    vec!["--data".into(), text(data), "--secrets".into(), text(&data.join("secrets.json"))]
}

/// The scene's window on a desktop, in English.
async fn open(scene: &Scene, desktop: &Desktop) -> Result<Window> {
    let arguments = arguments(scene.data.path());
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    Window::of(binary()).args(&arguments).on(desktop).open().await
}

/// A further start of the application on the scene's data, until it ends.
async fn start_again(scene: &Scene, desktop: &Desktop, more: &[&str]) -> Result<Output> {
    let mut command = desktop.command(&binary(), &desktop.dir())?;
    command.args(arguments(scene.data.path())).args(more);
    Ok(tokio::task::spawn_blocking(move || command.output()).await??)
}
