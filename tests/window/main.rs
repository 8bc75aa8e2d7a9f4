//! The real application in its real webview, driven as a person would.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accessible;
mod axe;
mod calls;
mod data;
mod desktop;
mod files;
mod first_run;
mod keyboard;
mod pictures;
mod services;
mod tasks;
mod text;
mod theme;

use std::path::{Path, PathBuf};

use harness::{At, Bench, Headless, Prosody, Result, Window, ensure, headless, paths, paths::Folder, prosody};
use serde_json::Value;

/// The application, built by `make test` beside this program.
fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("a test has a path");
    own.ancestors().nth(2).expect("target/debug/deps").join("waxwing")
}

/// Opens the window on a data folder.
async fn open(data: &Path) -> Result<Window> {
    open_sized(data, 1280, 820).await
}

async fn open_sized(data: &Path, width: u32, height: u32) -> Result<Window> {
    let text = |path: PathBuf| path.display().to_string();
    let (folder, secrets) = (text(data.to_path_buf()), text(data.join("secrets.json")));
    let window =
        Window::of(binary()).args(&["--data", &folder, "--secrets", &secrets]).screen(width, height).open().await?;
    window.resize(width, height).await?;
    window.focus()?;
    Ok(window)
}

fn picture(name: &str) -> PathBuf {
    paths::root().join(format!("target/pictures/{name}.png"))
}

/// A picture, and nothing that axe finds wrong on it.
async fn looks_well(window: &Window, name: &str) -> Result<()> {
    // It waits until colours have come to rest: the picture is of that too.
    let found = harness::axe::look(window).await?.violations;
    window.screenshot(picture(name)).await?;
    let all: Vec<String> = found.iter().map(ToString::to_string).collect();
    ensure!(all.is_empty(), "{name}: {}", all.join("\n"));
    Ok(())
}

/// A server with Mira, whose window it is, and Juliet, who is in her roster and online.
struct Scene {
    server: Prosody,
    juliet: Headless,
    data: Folder,
}

impl Scene {
    async fn new() -> Result<Self> {
        Self::with(Bench::speaking(440)).await
    }

    /// Juliet's devices are these.
    async fn with(devices: std::sync::Arc<Bench>) -> Result<Self> {
        Self::at(Prosody::builder(), devices).await
    }

    /// The same at a server that is as a test wants it.
    async fn at(builder: prosody::Builder, devices: std::sync::Arc<Bench>) -> Result<Self> {
        // Prosody's csi_simple may hold back a message that comes just as a window loses the focus, until the client says
        // something: not what these tests are about.
        let builder = builder.without(&["csi_simple", "turn_external"]);
        let server = builder.account("mira", "pw-mira").account("juliet", "pw-juliet").start().await?;
        let contact = |user: &str, name: &str| (server.jid(user), name.to_owned(), "Friends".to_owned());
        harness::seed::roster(&server, "mira", &[contact("juliet", "Juliet")])?;
        harness::seed::roster(&server, "juliet", &[contact("mira", "Mira")])?;
        let juliet = Headless::sign_in_with(&At::prosody(&server, "juliet")?, devices).await?;
        let data = headless::signed_in(&At::prosody(&server, "mira")?, &server.certificate).await?;
        Ok(Self { server, juliet, data })
    }

    fn mira(&self) -> String {
        self.server.jid("mira")
    }

    /// Settings as they are stored, before the window opens.
    fn settings(&self, json: &Value) -> Result<()> {
        let database = rusqlite::Connection::open(self.data.path().join("app.sqlite"))?;
        database.execute("INSERT OR REPLACE INTO setting (key, value) VALUES ('settings', ?)", [json.to_string()])?;
        Ok(())
    }

    /// The window, signed in, with Juliet's conversation open.
    async fn conversation(&self) -> Result<Window> {
        self.juliet.say(&self.mira(), "Good morrow").await?;
        let window = open(self.data.path()).await?;
        window.click("conversation-row").await?;
        window.shows("timeline", "Good morrow").await?;
        Ok(window)
    }
}
