//! The real application in its real webview: on a [`Desktop`] of its own (a screen in memory, a session bus) or on one
//! that a test has prepared, and driven by WebKit's own WebDriver.
//!
//! WebKitWebDriver is spoken to directly: on Linux tauri-driver only passes on to it, with these two differences made
//! here too (the option's name, and the variable that lets Tauri's webview be driven).

mod bring;
mod frame;

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::{
    Client, ClientBuilder, Locator,
    actions::{InputSource, KeyAction, KeyActions},
    elements::Element,
    error::CmdError,
    wd::Capabilities,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{
    child::Child,
    desktop::{self, Desktop},
    paths::Folder,
    ports,
    wait::{SOON, patiently, until},
    x11::{Screen, Shown},
};

pub use fantoccini::key::Key;
pub(crate) use frame::xdotool;

/// An application's window. [`Window::close`] ends it in order; dropping it kills everything.
pub struct Window {
    client: Client,
    /// `:N`, for xdotool and the like.
    pub display: String,
    /// The session bus, for what watches notifications.
    pub bus: String,
    /// The application's HOME, XDG folders and logs.
    pub dir: PathBuf,
    // ended in this order: the application with its driver, then what it stands on
    driver: Child,
    screen: Screen,
    class: Option<String>,
    desktop: Desktop,
    _folder: Option<Folder>,
}

/// How an application is to be opened.
pub struct Builder {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    size: (u32, u32),
    dir: Option<PathBuf>,
    desktop: Option<Desktop>,
    accessible: bool,
    blank: bool,
    hidden: bool,
    class: Option<String>,
}

impl Builder {
    /// For an application in namespaces of its own, whose process numbers mean nothing here: its window is known by its
    /// WM_CLASS.
    pub fn class(mut self, class: &str) -> Self {
        self.class = Some(class.to_owned());
        self
    }

    /// Opens it on this desktop, where services wait for it; a size of the screen is then the desktop's to say.
    pub fn on(mut self, desktop: &Desktop) -> Self {
        self.desktop = Some(desktop.clone());
        self
    }

    /// The system bus it is to see, such as [`crate::Logind`]'s; none unless said otherwise.
    pub fn system_bus(self, address: &str) -> Self {
        self.env("DBUS_SYSTEM_BUS_ADDRESS", address)
    }

    /// What is in the window can be read by [`crate::Accessibility`]; for a desktop of its own.
    pub fn accessible(mut self) -> Self {
        self.accessible = true;
        self
    }

    /// For an application that starts without showing its window: does not wait to see it.
    pub fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// For a browser that opens with no page: does not wait for one.
    pub fn blank(mut self) -> Self {
        self.blank = true;
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The screen's size in pixels; 1280 by 1024 unless said otherwise.
    pub fn screen(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// A folder for the application's data that outlives the window, to open it a second time.
    pub fn dir(mut self, dir: &Path) -> Self {
        self.dir = Some(dir.to_path_buf());
        self
    }

    /// Opens it and waits until its page has loaded.
    pub async fn open(self) -> Result<Window> {
        ensure!(
            self.binary.is_file(),
            "the application is not built: {} is missing; run `make test`, which builds it",
            self.binary.display()
        );
        let (folder, dir) = match self.dir.clone() {
            Some(dir) => (None, dir),
            None => {
                let folder = Folder::new("window")?;
                let dir = folder.path().to_path_buf();
                (Some(folder), dir)
            }
        };
        let desktop = self.stand().await?;
        let mut environment = desktop.environment(&dir)?;
        environment.extend(self.environment.iter().cloned());
        let port = ports::free();
        let mut driver = desktop::driver(port, &dir, &environment)?;
        until("WebKitWebDriver to listen", async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok())
            .await?;
        let client = match self.session(port).await {
            Ok(client) => client,
            Err(why) => {
                driver.kill();
                bail!("{} did not open: {why:#}\nIt wrote:\n{}", self.binary.display(), log(&dir));
            }
        };
        let window = Window {
            client,
            display: desktop.display().to_owned(),
            bus: desktop.bus().to_owned(),
            dir,
            driver,
            screen: desktop.screen()?,
            class: self.class,
            desktop,
            _folder: folder,
        };
        if !self.blank {
            window.loaded().await?;
        }
        if !self.hidden {
            window.becomes(Shown::Visible).await?;
            window.focus()?;
        }
        Ok(window)
    }

    async fn stand(&self) -> Result<Desktop> {
        if let Some(desktop) = &self.desktop {
            return Ok(desktop.clone());
        }
        let desktop = Desktop::builder().screen(self.size.0, self.size.1);
        if self.accessible { desktop.accessible() } else { desktop }.start().await
    }

    async fn session(&self, port: u16) -> Result<Client> {
        let mut capabilities = Capabilities::new();
        let options = json!({ "binary": self.binary, "args": self.arguments });
        capabilities.insert("webkitgtk:browserOptions".to_owned(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{port}");
        let open = builder.capabilities(capabilities).connect(&address);
        let client = tokio::time::timeout(Duration::from_secs(60), open).await.context("no session after 60 s")??;
        Ok(client)
    }
}

impl Window {
    pub fn of(binary: impl Into<PathBuf>) -> Builder {
        Builder {
            binary: binary.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            size: (1280, 1024),
            dir: None,
            desktop: None,
            accessible: false,
            blank: false,
            hidden: false,
            class: None,
        }
    }

    /// The application with these arguments and variables, in a new folder.
    pub async fn open(binary: impl Into<PathBuf>, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let mut builder = Self::of(binary).args(arguments);
        for (name, value) in environment {
            builder = builder.env(name, value);
        }
        builder.open().await
    }

    /// What it stands on.
    pub fn desktop(&self) -> &Desktop {
        &self.desktop
    }

    /// The WebDriver client, for what this type does not say.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The element with this data-testid, once it is there.
    pub async fn find(&self, testid: &str) -> Result<Element> {
        self.find_css(&selector(testid)).await
    }

    /// The first element for a CSS selector, once it is there.
    pub async fn find_css(&self, css: &str) -> Result<Element> {
        let found = until(css, async || self.client.find(Locator::Css(css)).await.ok()).await;
        match found {
            Ok(element) => Ok(element),
            Err(why) => bail!("{why}\nThe page: {}\nThe application wrote:\n{}", self.outline().await, self.log()),
        }
    }

    /// How many elements have this data-testid right now.
    pub async fn count(&self, testid: &str) -> Result<usize> {
        Ok(self.client.find_all(Locator::Css(&selector(testid))).await?.len())
    }

    /// Waits until no element has this data-testid.
    pub async fn gone(&self, testid: &str) -> Result<()> {
        until(&format!("{testid} to go"), async || (self.count(testid).await.ok()? == 0).then_some(())).await
    }

    pub async fn click(&self, testid: &str) -> Result<()> {
        let what = format!("{testid} to take a click");
        // it may be covered or replaced at the very moment: a person would click again
        until(&what, async || self.find(testid).await.ok()?.click().await.ok()).await
    }

    /// Clicks into a field and types at the end of what it holds.
    pub async fn fill(&self, testid: &str, text: &str) -> Result<()> {
        self.click(testid).await?;
        Ok(self.find(testid).await?.send_keys(text).await?)
    }

    /// Empties a field, then types.
    pub async fn replace(&self, testid: &str, text: &str) -> Result<()> {
        self.find(testid).await?.clear().await?;
        self.fill(testid, text).await
    }

    /// Types into whatever has the focus.
    pub async fn keys(&self, text: &str) -> Result<()> {
        Ok(self.client.active_element().await?.send_keys(text).await?)
    }

    /// Presses the keys together, in order: `press(&[Key::Control.into(), 'k'])`.
    pub async fn press(&self, keys: &[char]) -> Result<()> {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for &value in keys {
            actions = actions.then(KeyAction::Down { value });
        }
        for &value in keys.iter().rev() {
            actions = actions.then(KeyAction::Up { value });
        }
        Ok(self.client.perform_actions(actions).await?)
    }

    /// The visible text of the element.
    pub async fn text(&self, testid: &str) -> Result<String> {
        Ok(self.find(testid).await?.text().await?)
    }

    /// Waits until some element with this data-testid shows a text that contains `wanted`.
    pub async fn shows(&self, testid: &str, wanted: &str) -> Result<()> {
        let css = selector(testid);
        let seen = patiently(SOON, &format!("{testid} to show {wanted:?}"), async || {
            let script = "return [...document.querySelectorAll(arguments[0])].some(e => \
                          (e.innerText ?? '').includes(arguments[1]) || (e.value ?? '').includes(arguments[1]))";
            let found = self.script(script, vec![json!(css), json!(wanted)]).await.ok()?;
            (found == Value::Bool(true)).then_some(())
        })
        .await;
        match seen {
            Ok(()) => Ok(()),
            Err(why) => bail!("{why}\nThe page: {}\nThe application wrote:\n{}", self.outline().await, self.log()),
        }
    }

    /// Runs JavaScript in the page; `return` gives the answer.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        answered(self.client.execute(script, arguments)).await
    }

    /// The same for a script that ends by calling its last argument.
    pub async fn script_async(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        answered(self.client.execute_async(script, arguments)).await
    }

    /// What the application and WebKit wrote to standard output and error.
    pub fn log(&self) -> String {
        log(&self.dir)
    }

    /// Ends the application in order.
    pub async fn close(self) -> Result<()> {
        answered(self.client.clone().close()).await
    }

    async fn loaded(&self) -> Result<()> {
        // the session begins before there is a document
        until("the page to load", async || {
            let script =
                "return document.readyState === 'complete' && !!document.body && document.body.childElementCount > 0";
            (self.script(script, vec![]).await.ok()? == Value::Bool(true)).then_some(())
        })
        .await
        .with_context(|| format!("the application wrote:\n{}", self.log()))
    }

    /// What a failure needs to be understood: the test ids that are there, and the text.
    async fn outline(&self) -> String {
        let script = "return [...new Set([...document.querySelectorAll('[data-testid]')].map(e => e.dataset.testid))].join(' ') \
                      + '\\n' + document.body.innerText.slice(0, 2000)";
        match self.script(script, vec![]).await {
            Ok(Value::String(text)) => text,
            other => format!("{other:?}"),
        }
    }
}

/// A driver that hangs must not hang the test with it.
async fn answered<T>(asked: impl Future<Output = Result<T, CmdError>>) -> Result<T> {
    Ok(tokio::time::timeout(SOON * 2, asked).await.context("WebKitWebDriver does not answer any more")??)
}

fn selector(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

fn log(dir: &Path) -> String {
    fs::read_to_string(dir.join("application.log")).unwrap_or_default()
}
