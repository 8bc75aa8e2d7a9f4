//! A browser that calls: stanza.js in Chromium (libwebrtc), signed in over a websocket. It rings nobody first (it knows no
//! XEP-0353): it calls a device of somebody's, and is called by its own. Its microphone says a tone in bursts, its camera
//! shows a bar that goes through a colour, and what it hears and sees is measured there.

use std::fmt::Debug;

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};

use crate::{
    Prosody,
    chromium::Chromium,
    paths,
    wait::{patiently, until},
};

pub mod files;

const PEER: &str = include_str!("peers/browser.js");
const FILES: &str = include_str!("peers/browser_files.js");

/// What its camera shows: green, and a black bar.
const COLOURS: [&str; 2] = ["#00c000", "#000000"];

/// The peer, signed in. Dropping it ends the browser.
pub struct Browser {
    page: Chromium,
    /// Its full address.
    pub jid: String,
}

/// What it hears.
#[derive(Debug, Clone, Copy)]
pub struct Heard {
    /// The share a tone has of all that is loud, of 1.
    pub share: f64,
    pub loudest: f64,
    /// How much of the last seconds came in at all.
    pub seconds: f64,
}

impl Browser {
    /// Signs in, with a microphone that speaks at so many hertz. Where `rings`, it says so when it is called.
    pub async fn sign_in(server: &Prosody, user: &str, hertz: u32, rings: bool) -> Result<Self> {
        let library = paths::root().join("target/browser/stanza.js");
        if !library.exists() {
            bail!("stanza.js is not installed; run `make setup` ({} is missing)", library.display());
        }
        let html = format!(
            "<!doctype html><meta charset='utf-8'><title>peer</title>\
             <script src='file://{}'></script><script>{PEER}</script>\
             <script>{FILES}</script>",
            library.display()
        );
        let page = Chromium::with(&html).await?;
        let service = format!("ws://localhost:{}/xmpp-websocket", server.http_port);
        let mut browser = Self { page, jid: String::new() };
        let who = json!([service, server.jid(user), format!("pw-{user}"), hertz]);
        let script = "peer.rings = arguments[1]; return await peer.signIn(...arguments[0]);";
        let jid = browser.page.run(script, vec![who, json!(rings)]).await?;
        browser.jid = jid.as_str().context("stanza.js has no address")?.to_owned();
        Ok(browser)
    }

    /// Its address without the resource.
    pub fn bare(&self) -> &str {
        self.jid.split('/').next().unwrap_or_default()
    }

    async fn ask(&self, what: &str, with: Vec<Value>) -> Result<Value> {
        match self.page.run(&format!("return await peer.{what}(...arguments) ?? null;"), with).await {
            Ok(value) => Ok(value),
            Err(why) => bail!("the browser could not {what}: {why}\n{}", self.wire().await?),
        }
    }

    /// A device of somebody's that it sees: whom it would call.
    pub async fn device_of(&self, bare: &str) -> Result<String> {
        until("the browser to see somebody", async || {
            let script = "return Object.keys(peer.there).find((jid) => jid.startsWith(`${arguments[0]}/`)) ?? null;";
            let found = self.page.run(script, vec![json!(bare)]).await.ok()?;
            found.as_str().map(str::to_owned)
        })
        .await
    }

    /// Waits until it sees nothing of somebody any more.
    pub async fn misses(&self, bare: &str) -> Result<()> {
        until("the browser to see somebody no more", async || {
            let script = "return Object.keys(peer.there).some((jid) => jid.startsWith(`${arguments[0]}/`));";
            let there = self.page.run(script, vec![json!(bare)]).await.ok()?;
            (there == json!(false)).then_some(())
        })
        .await
    }

    /// Calls a device of somebody's; the session's id.
    pub async fn call(&self, device: &str, video: bool) -> Result<String> {
        let sid = self.ask("call", vec![json!(device), colours(video)]).await?;
        sid.as_str().map(str::to_owned).context("a session without an id")
    }

    /// Takes the call.
    pub async fn answer(&self, video: bool) -> Result<()> {
        self.ask("answer", vec![colours(video)]).await.map(drop)
    }

    /// Ends the call.
    pub async fn end(&self, reason: &str) -> Result<()> {
        self.ask("end", vec![json!(reason)]).await.map(drop)
    }

    pub async fn mute(&self, muted: bool) -> Result<()> {
        self.ask("mute", vec![json!(muted)]).await.map(drop)
    }

    pub async fn hold(&self, held: bool) -> Result<()> {
        self.ask("hold", vec![json!(held)]).await.map(drop)
    }

    /// Adds its camera to the call; tells `added` or `not added`.
    pub async fn add_video(&self) -> Result<()> {
        self.ask("add", vec![colours(true)]).await.map(drop)
    }

    /// Looks for ways anew; only who called can (so does the library).
    pub async fn restart(&self) -> Result<()> {
        self.ask("restart", vec![]).await.map(drop)
    }

    /// Tells of places where nobody is, so many in each of so many words; how many of the words were refused.
    pub async fn flood(&self, words: u32, places: u32) -> Result<u64> {
        let refused = self.ask("flood", vec![json!(words), json!(places)]).await?;
        refused.as_u64().context("no number of refusals")
    }

    /// Claims another certificate in the middle of a call; the error, where that is refused.
    pub async fn pose(&self) -> Result<Value> {
        self.ask("pose", vec![]).await
    }

    /// Waits until the library has told this so many times; answers the last.
    pub async fn told(&self, event: &str, times: usize) -> Result<Value> {
        let what = format!("the browser to tell {event}");
        let found = until(&what, async || {
            let script = "return peer.told.filter(({ event }) => event === arguments[0])[arguments[1] - 1] ?? null;";
            let value = self.page.run(script, vec![json!(event), json!(times)]).await.ok()?;
            (!value.is_null()).then_some(value)
        });
        match found.await {
            Ok(value) => Ok(value),
            Err(why) => Err(anyhow!("{why}\n{}\n{}", self.wire().await?, self.ways().await?)),
        }
    }

    /// What it hears of a tone.
    pub async fn heard(&self, hertz: u32) -> Result<Heard> {
        let heard = self.ask("hears", vec![json!(hertz)]).await?;
        let number = |name: &str| heard[name].as_f64().unwrap_or_default();
        Ok(Heard { share: number("share"), loudest: number("loudest"), seconds: number("seconds") })
    }

    /// Waits until a tone is heard; what was heard before does not count.
    pub async fn hears(&self, hertz: u32) -> Result<()> {
        self.ask("forget", vec![]).await?;
        self.hear(&format!("{hertz} Hz"), hertz, |heard| heard.share > 0.7).await
    }

    /// Waits until nothing is heard, though something could be.
    pub async fn hears_nothing(&self) -> Result<()> {
        self.ask("forget", vec![]).await?;
        self.hear("silence", 0, |heard| heard.seconds > 0.8 && heard.loudest < 0.02).await
    }

    async fn hear(&self, what: &str, hertz: u32, wanted: impl Fn(&Heard) -> bool) -> Result<()> {
        let mut last = None;
        let what = format!("the browser to hear {what}");
        let heard = until(&what, async || {
            let heard = self.heard(hertz).await.ok()?;
            last = Some(heard);
            if wanted(&heard) {
                return Some(());
            }
            if heard.seconds > 1.2 {
                self.ask("forget", vec![]).await.ok()?;
            }
            None
        });
        match heard.await {
            Ok(()) => Ok(()),
            Err(why) => Err(anyhow!("{why}; heard: {last:?}\n{}", self.wire().await?)),
        }
    }

    /// The picture it sees: its size, the colour of its corner and how many came.
    pub async fn sees(&self) -> Result<Value> {
        self.ask("sees", vec![]).await
    }

    /// How its way is.
    pub async fn way(&self) -> Result<Value> {
        self.ask("way", vec![]).await
    }

    /// Waits until its way is as wanted.
    pub async fn way_that(&self, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut last = Value::Null;
        let found = patiently(crate::wait::SOON, what, async || {
            last = self.way().await.ok()?;
            wanted(&last).then(|| last.clone())
        });
        match found.await {
            Ok(way) => Ok(way),
            Err(why) => Err(anyhow!("{why}; it is: {last}\n{}", self.wire().await?)),
        }
    }

    /// What it knows of its ways, for whoever has to see why.
    async fn ways(&self) -> Result<String> {
        let script = "const all = peer.session ? [...(await peer.session.pc.getStats()).values()] : [];
            const ways = all.filter(({ type }) => type.includes('candidate') || type === 'transport');
            return ways.map((way) => JSON.stringify(way)).join('\\n');";
        let lines = self.page.run(script, vec![]).await?;
        Ok(lines.as_str().unwrap_or_default().to_owned())
    }

    /// What was said and heard of calls, for whoever has to see why.
    pub async fn wire(&self) -> Result<String> {
        let lines = self.page.run("return peer.wire.join('\\n');", vec![]).await?;
        Ok(lines.as_str().unwrap_or_default().to_owned())
    }
}

impl Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").field("jid", &self.jid).finish_non_exhaustive()
    }
}

fn colours(video: bool) -> Value {
    if video { json!(COLOURS) } else { Value::Null }
}
