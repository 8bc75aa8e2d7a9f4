//! Files that Dino sends and gets. It picks the way itself: over the server's uploads where a file is below their limit,
//! else by Jingle, over bytestreams where the other side can do them and in-band where not. What comes from somebody on its
//! roster and has less than 5,000,000 bytes is taken at once.
//!
//! Dino 0.4.2 looks at no hash and sends none, calls a file whole that ends early, and says again all that it was offered
//! when it takes it, a `<range/>` too. Its sender gives up where no bytestream can be made, and its receiver where bytes come
//! in-band. Of a file without bytes it tells no size, which it then refuses itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rusqlite::{Connection, OpenFlags, Row};
use sha2::{Digest as _, Sha256};

use super::{Dino, NAME};
use crate::Place;
use crate::accessibility::Node;
use crate::wait::{SOON, patiently, until};
use crate::window::xdotool;

/// How long its window may take to show what has become possible.
const SHOWN: Duration = Duration::from_secs(3);

/// What Dino has of a file.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub outgoing: bool,
    pub name: String,
    /// What it was said to be, or is, once it is there.
    pub media_type: Option<String>,
    /// What it was said to have.
    pub size: Option<u64>,
    pub state: State,
    /// By which way it came; of what goes out Dino does not keep it.
    pub way: Way,
    /// Where it lies.
    pub path: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Of a file that goes out: it was read, whatever becomes of it then.
    Complete,
    InProgress,
    NotStarted,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Upload,
    Jingle,
}

impl Transfer {
    /// Of what lies there: how many bytes, and their hash in lowercase hexadecimal.
    pub fn content(&self) -> Result<(u64, String)> {
        let bytes = fs::read(self.path.as_ref().context("it lies nowhere")?)?;
        let sum = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((bytes.len() as u64, sum))
    }
}

impl Dino {
    /// Sends a file to somebody, by the button for it.
    pub async fn send_file(&self, peer: &str, file: &Path) -> Result<()> {
        self.picker.choose(file);
        let before = self.picker.asked();
        let asks = patiently(SOON * 2, "Dino to ask for a file", async || {
            // It looks only when the conversation is opened whether the other side can take one; until it knows, there is a
            // button of which nothing comes.
            let _telling = self.open(peer).ok()?;
            let wanted = |node: &Node| node.description == "Send a file" && node.is("focusable") && node.is("visible");
            let shown = async || self.screen.tree(NAME).await.ok()?.find(wanted).cloned();
            let button = patiently(SHOWN, "the button for files", shown).await.ok()?;
            self.screen.press(&button).await.ok()?;
            let asked = async || (self.picker.asked() > before).then_some(());
            patiently(SHOWN, "a file to be asked for", asked).await.ok()
        });
        asks.await.with_context(|| self.told())?;
        let send = |node: &Node| node.role == "push button" && node.name == "Send" && node.is("visible");
        let send = self.screen.find(NAME, "Dino's button to send it", send).await?;
        self.screen.press(&send).await
    }

    /// Where on the screen it shows a file of this name that somebody offers, which is too large to be taken at once.
    pub async fn shows_file(&self, peer: &str, name: &str) -> Result<Place> {
        let offered = |file: &Transfer| !file.outgoing && file.name == name && file.state == State::NotStarted;
        self.file_that("Dino to be offered a file", offered).await?;
        let _telling = self.open(peer)?;
        let shown = |node: &Node| node.role == "label" && node.name == name && node.is("visible");
        let node = self.screen.find(NAME, "Dino to show a file", shown).await?;
        let mut before = None;
        // It moves until all is in its place.
        let rests = async || {
            let now = self.screen.place(&node).await.ok();
            let rests = now.filter(|now| now.y > 0 && before == Some(*now));
            before = now;
            rests
        };
        let place = until("a file to stay where it is", rests).await?;
        let screen = self.desktop.screen()?;
        let window = screen.main_window(&[self.child.id()])?.context("Dino has no window")?;
        let window = screen.place(window)?;
        Ok(Place { x: window.x + place.x, y: window.y + place.y, ..place })
    }

    /// Clicks on it, which takes it.
    pub fn take_file(&self, shown: Place) -> Result<()> {
        let (x, y) = (shown.x + i32::try_from(shown.width / 2)?, shown.y + i32::try_from(shown.height / 2)?);
        xdotool(self.desktop.display(), &["mousemove", &x.to_string(), &y.to_string(), "click", "1"]).map(drop)
    }

    /// All files it knows of, oldest first.
    pub fn files(&self) -> Result<Vec<Transfer>> {
        let data = self.home.folder.path().join("data/dino");
        let database = Connection::open_with_flags(data.join("dino.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut rows = database.prepare(
            "SELECT direction, file_name, mime_type, size, state, provider, path FROM file_transfer ORDER BY id",
        )?;
        let read = |row: &Row<'_>| -> rusqlite::Result<Transfer> {
            let size: Option<i64> = row.get(3)?;
            let path: Option<String> = row.get(6)?;
            Ok(Transfer {
                outgoing: row.get(0)?,
                name: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                media_type: row.get(2)?,
                size: size.and_then(|size| u64::try_from(size).ok()),
                state: match row.get(4)? {
                    0 => State::Complete,
                    1 => State::InProgress,
                    2 => State::NotStarted,
                    _ => State::Failed,
                },
                way: if row.get::<_, i64>(5)? == 1 { Way::Jingle } else { Way::Upload },
                path: path.map(|path| data.join("files").join(path)),
            })
        };
        Ok(rows.query_map([], read)?.collect::<rusqlite::Result<_>>()?)
    }

    /// Waits until a file of this name has come, whole as Dino sees it; fails at once where Dino says that it failed.
    pub async fn gets(&self, name: &str) -> Result<Transfer> {
        self.gets_within(name, SOON).await
    }

    /// The same for one that takes longer.
    pub async fn gets_within(&self, name: &str, limit: Duration) -> Result<Transfer> {
        let what = format!("Dino to get {name}");
        let over = async || {
            let mut files = self.files().ok()?.into_iter();
            files.find(|file| {
                !file.outgoing && file.name == name && matches!(file.state, State::Complete | State::Failed)
            })
        };
        let found = patiently(limit, &what, over).await;
        let found = found.map_err(|why| anyhow!("{why}; it has {:#?}\n{}", self.files(), self.told()))?;
        if found.state == State::Failed {
            bail!("Dino failed to get {name}\n{}", self.told());
        }
        Ok(found)
    }

    /// Waits until it knows of a file that is as wanted.
    pub async fn file_that(&self, what: &str, wanted: impl Fn(&Transfer) -> bool) -> Result<Transfer> {
        let found = until(what, async || self.files().ok()?.into_iter().find(&wanted)).await;
        found.map_err(|why| anyhow!("{why}; it has {:#?}\n{}", self.files(), self.told()))
    }
}
