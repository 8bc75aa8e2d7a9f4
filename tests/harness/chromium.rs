//! Chromium without a window: a peer with another WebRTC than ours (libwebrtc), driven by its own WebDriver. Its
//! microphone beeps and its camera shows a moving picture, both made by itself.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, Result, bail};
use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{
    child::{self, Child},
    paths::{self, Folder},
    ports,
    wait::{SOON, patiently},
};

/// A page of its own. Dropping it ends the browser.
pub struct Chromium {
    client: Client,
    _driver: Child,
    _folder: Folder,
}

impl Chromium {
    /// Starts it on an empty page that may use its microphone and camera.
    pub async fn start() -> Result<Self> {
        Self::with("<!doctype html><title>peer</title>").await
    }

    /// Starts it on this page.
    pub async fn with(html: &str) -> Result<Self> {
        let program = paths::program("chromedriver", "chromium-driver")?;
        let folder = Folder::new("chromium")?;
        let port = ports::free();
        let mut command = child::command(program);
        command.arg(format!("--port={port}")).env("HOME", folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
        let driver = Child::spawn("chromedriver", command)?;
        let page = folder.path().join("page.html");
        std::fs::write(&page, html)?;
        let options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
            "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
            "--autoplay-policy=no-user-gesture-required",
            // who asks for no microphone tells names instead of addresses otherwise, and nobody here resolves them
            "--disable-features=WebRtcHideLocalIpsWithMdns",
            format!("--user-data-dir={}", folder.path().join("profile").display()),
        ] });
        let capabilities: Capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let client = patiently(SOON * 2, "Chromium to start", async || {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await.ok()
        })
        .await?;
        client.goto(&format!("file://{}", page.display())).await?;
        Ok(Self { client, _driver: driver, _folder: folder })
    }

    /// Runs the body of an asynchronous function with `arguments`; answers what it returns.
    pub async fn run(&self, body: &str, arguments: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1]; const given = [...arguments].slice(0, -1);
             (async (...arguments) => {{ {body} }})(...given).then((value) => done({{ value }}), (why) => done({{ why: String(why) }}));"
        );
        let running = self.client.execute_async(&script, arguments);
        let answer =
            tokio::time::timeout(Duration::from_secs(20), running).await.context("Chromium does not answer")??;
        match answer.get("why") {
            Some(why) => bail!("Chromium: {why}"),
            None => Ok(answer["value"].clone()),
        }
    }
}
