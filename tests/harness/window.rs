//! The real application in its real webview, without a desktop: a screen of its own (Xvfb), a session bus of its own,
//! and WebKit's own WebDriver.
//!
//! WebKitWebDriver is spoken to directly: on Linux tauri-driver only passes on to it, with these two differences made
//! here too (the option's name, and the variable that lets Tauri's webview be driven).

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
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
    desktop,
    paths::{Folder, program},
    ports,
    wait::{SOON, patiently, until},
};

pub use fantoccini::key::Key;

/// An application's window. [`Window::close`] ends it in order; dropping it kills everything.
pub struct Window {
    client: Client,
    /// `:N`, for xdotool and the like.
    pub display: String,
    /// The session bus, for what watches notifications.
    pub bus: String,
    /// The application's HOME, XDG folders and logs.
    pub dir: PathBuf,
    // ended in this order: the application with its driver, the bus, the screen, the folders
    _driver: Child,
    _bus: Child,
    _screen: Child,
    _folders: (Folder, Option<Folder>),
}

/// How an application is to be opened.
pub struct Builder {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    size: (u32, u32),
    dir: Option<PathBuf>,
    blank: bool,
}

impl Builder {
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
        // a bus's address must be short (108 bytes): always in a folder of ours
        let bus_folder = Folder::new("bus")?;
        let (screen, display) = desktop::screen(self.size)?;
        let (bus_child, bus) = desktop::bus(&bus_folder)?;
        let mut environment = desktop::environment(&dir, &display, &bus)?;
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
            display,
            bus,
            dir,
            _driver: driver,
            _bus: bus_child,
            _screen: screen,
            _folders: (bus_folder, folder),
        };
        if !self.blank {
            window.loaded().await?;
        }
        window.focus()?;
        Ok(window)
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
            blank: false,
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

    /// Writes what the window looks like to a PNG file: the screen's own pixels, because WebKitWebDriver's screenshot
    /// never returns under Xvfb (WebKitGTK 2.50.6), and the driver answers nothing after it.
    pub async fn screenshot(&self, file: impl AsRef<Path>) -> Result<()> {
        let file = file.as_ref();
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        // two frames on, whatever the page was told before is drawn
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.script_async(frames, vec![]).await.context("the page draws nothing")?;
        let output = Command::new(program("import", "imagemagick")?)
            .args(["-display", &self.display, "-window", &self.largest()?])
            .arg(format!("png:{}", file.display()))
            .output()?;
        ensure!(output.status.success(), "no screenshot: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Makes the window this large, in pixels, and waits until the page knows.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        let (w, h) = (width.to_string(), height.to_string());
        self.xdotool(&["windowsize", &self.largest()?, &w, &h])?;
        until("the page to take its new size", async || {
            let inner = self.script("return [innerWidth, innerHeight]", vec![]).await.ok()?;
            // bars of the window may take some of the height
            (inner[0] == json!(width) && inner[1].as_u64()? <= u64::from(height)).then_some(())
        })
        .await
    }

    /// Gives the window the keyboard: there is no window manager to do it.
    pub fn focus(&self) -> Result<()> {
        self.xdotool(&["windowfocus", &self.largest()?]).map(drop)
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

    /// The application's main window: the largest that has a class, which the screen itself has not.
    fn largest(&self) -> Result<String> {
        let listed = self.xdotool(&["search", "--onlyvisible", "--class", "."])?;
        let area = |id: &&str| -> u64 {
            let shell = self.xdotool(&["getwindowgeometry", "--shell", id]).unwrap_or_default();
            let number = |key: &str| {
                shell
                    .lines()
                    .find_map(|line| line.strip_prefix(key)?.strip_prefix('=')?.parse::<u64>().ok())
                    .unwrap_or(0)
            };
            number("WIDTH") * number("HEIGHT")
        };
        listed.lines().max_by_key(area).map(str::to_owned).context("the application shows no window")
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        let tool = program("xdotool", "xdotool")?;
        let output = Command::new(tool).args(arguments).env("DISPLAY", &self.display).output()?;
        ensure!(output.status.success(), "xdotool {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
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
