//! Every task by the keyboard alone: nothing here ever clicks.

use std::time::Duration;

use harness::window::Key;
use harness::{At, Headless, Prosody, Result, Window, bail, ensure, paths::Folder, patiently, until};
use serde_json::{Value, json};
use waxwing_contract::{AddContact, Contact, Show, View};

use crate::{Scene, open};

/// Focus stops that are tried on the way to something.
const STOPS: usize = 90;

/// A person at the keyboard.
pub(crate) struct Hands<'w>(pub(crate) &'w Window);

impl Hands<'_> {
    pub(crate) async fn press(&self, keys: &[char]) -> Result<()> {
        self.0.press(keys).await
    }

    pub(crate) async fn key(&self, key: Key) -> Result<()> {
        self.press(&[key.into()]).await
    }

    async fn at(&self, css: &str) -> Result<bool> {
        let script = "return !!document.activeElement?.matches(arguments[0])";
        Ok(self.0.script(script, vec![json!(css)]).await? == Value::Bool(true))
    }

    /// Walks by Tab until the focus is on what the selector names; there it must be visible.
    pub(crate) async fn reach(&self, css: &str) -> Result<()> {
        self.0.find_css(css).await?;
        for _ in 0..STOPS {
            if self.at(css).await? {
                let seen = "const e = document.activeElement; const r = e.getBoundingClientRect(); \
                            return r.width > 0 && r.bottom > 0 && r.top < innerHeight";
                ensure!(self.0.script(seen, vec![]).await? == Value::Bool(true), "{css} has the focus out of sight");
                return Ok(());
            }
            self.key(Key::Tab).await?;
        }
        bail!("{STOPS} stops of Tab do not reach {css}")
    }

    /// Reaches and presses Enter.
    pub(crate) async fn choose(&self, css: &str) -> Result<()> {
        self.reach(css).await?;
        self.key(Key::Enter).await
    }

    /// Reaches a field and types into it.
    async fn fill(&self, css: &str, text: &str) -> Result<()> {
        self.reach(css).await?;
        self.press(&[Key::Control.into(), 'a']).await?;
        self.0.keys(text).await
    }

    /// Walks a list with the arrows until the focus is on what the selector names.
    pub(crate) async fn walk(&self, css: &str) -> Result<()> {
        self.0.find_css(css).await?;
        self.0.script("document.addEventListener('focusin', () => window.__moved = true)", vec![]).await?;
        for _ in 0..30 {
            if self.at(css).await? {
                return Ok(());
            }
            self.0.script("window.__moved = false", vec![]).await?;
            self.key(Key::Down).await?;
            // Rows are focused when they are drawn; at the end of a list nothing moves.
            let moved = async || (self.0.script("return window.__moved", vec![]).await.ok()? == true).then_some(());
            let _ = patiently(Duration::from_secs(1), "the focus to move", moved).await;
        }
        let at = self.0.script("return document.activeElement?.outerHTML.slice(0, 300)", vec![]).await?;
        bail!("thirty rows down there is no {css}, but {at}")
    }
}

fn id(testid: &str) -> String {
    format!("[data-testid={testid}]")
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in() -> Result<()> {
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let folder = Folder::new("keys")?;
    let window = open(folder.path()).await?;
    let hands = Hands(&window);
    hands.fill(&id("sign-in-address"), "mira@example.test").await?;
    hands.fill(&id("sign-in-password"), "pw-mira").await?;
    hands.choose("[data-testid=endpoint]:not([open]) summary").await?;
    hands.fill(&id("endpoint-host"), "127.0.0.1").await?;
    hands.fill(&id("endpoint-port"), &server.c2s_port.to_string()).await?;
    hands.key(Key::Enter).await?;
    hands.choose(&id("trust-certificate")).await?;
    window.find("section-chats").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_searches_and_uses_a_messages_menu() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "Bring the lantern").await?;
    let window = open(scene.data.path()).await?;
    let hands = Hands(&window);
    hands.choose(&id("conversation-row")).await?;
    hands.reach(&id("composer-input")).await?;
    window.keys("I shall").await?;
    hands.key(Key::Enter).await?;
    scene.juliet.message(&scene.mira(), "the answer", |m| m.body == "I shall").await?;
    // A message and what can be done with it.
    let message = "[data-testid=message], [data-testid=message] *";
    window.press(&[Key::Shift.into(), Key::F6.into()]).await?;
    hands.reach(message).await?;
    window.press(&[Key::Shift.into(), Key::F10.into()]).await?;
    window.find_css("[role=menu] [role=menuitem]").await?;
    hands.key(Key::Escape).await?;
    until("the menu to close", async || {
        let open = window.client().find_all(fantoccini::Locator::Css("[role=menu]")).await.ok()?;
        open.is_empty().then_some(())
    })
    .await?;
    hands.press(&[Key::Control.into(), 'f']).await?;
    until("the search field", async || hands.at(&id("search-input")).await.ok()?.then_some(())).await?;
    window.keys("lantern").await?;
    window.find("search-hit").await?;
    hands.key(Key::Down).await?;
    hands.walk(&id("search-hit")).await?;
    hands.key(Key::Enter).await?;
    window.shows("timeline", "Bring the lantern").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_a_chat_and_mutes_it() -> Result<()> {
    let scene = Scene::new().await?;
    let window = open(scene.data.path()).await?;
    let hands = Hands(&window);
    window.find("section-chats").await?;
    hands.press(&[Key::Control.into(), 'n']).await?;
    hands.fill(&id("new-chat-address"), &scene.server.jid("juliet")).await?;
    hands.choose(&id("new-chat-submit")).await?;
    hands.reach(&id("composer-input")).await?;
    hands.choose(&id("chat-menu")).await?;
    hands.walk(&id("notify-open")).await?;
    hands.key(Key::Enter).await?;
    hands.choose("[data-testid=notify-mute]").await?;
    window.find("notify-unmute").await?;
    hands.choose(&id("notify-unmute")).await?;
    window.find("notify-mute").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn adds_and_removes_people_and_answers_requests() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.server.register("nurse", "pw-nurse")?;
    scene.server.register("rosaline", "pw-rosaline")?;
    let window = open(scene.data.path()).await?;
    let hands = Hands(&window);
    hands.choose(&id("section-people")).await?;
    hands.choose(&id("add-person")).await?;
    hands.fill(&id("add-address"), "nurse@example.test").await?;
    hands.fill(&id("add-name"), "Nurse").await?;
    hands.choose(&id("add-submit")).await?;
    window.gone("add-submit").await?;
    hands.reach(&id("people-row")).await?;
    hands.walk("[data-testid=people-row][data-jid='nurse@example.test']").await?;
    hands.key(Key::Enter).await?;
    hands.choose(&id("person-remove")).await?;
    hands.choose(&id("confirm")).await?;
    until("the person to go", async || {
        let css = "[data-testid=people-row][data-jid='nurse@example.test']";
        window.client().find_all(fantoccini::Locator::Css(css)).await.ok()?.is_empty().then_some(())
    })
    .await?;

    let rosaline = Headless::sign_in(&At::prosody(&scene.server, "rosaline")?).await?;
    let add = AddContact {
        account: rosaline.account.clone(),
        jid: scene.mira(),
        name: String::new(),
        groups: Vec::new(),
        message: String::new(),
    };
    rosaline.call(add).await?;
    hands.choose(&id("request-accept")).await?;
    let seen = |contact: &Contact| contact.jid == "mira@example.test" && contact.presence.show == Show::Online;
    rosaline.item(&View::Roster, "Mira to be seen", seen).await?;
    let _ = &mut scene;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_presence_and_a_status() -> Result<()> {
    let scene = Scene::new().await?;
    let window = open(scene.data.path()).await?;
    let hands = Hands(&window);
    window.find("section-chats").await?;
    hands.choose(&id("presence-button")).await?;
    hands.walk("[data-testid=presence-option][data-show=dnd]").await?;
    hands.key(Key::Enter).await?;
    let dnd = |contact: &Contact| contact.jid == "mira@example.test" && contact.presence.show == Show::Dnd;
    scene.juliet.item(&View::Roster, "do not disturb", dnd).await?;
    hands.choose(&id("presence-button")).await?;
    hands.fill(&id("status-input"), "By the window").await?;
    hands.key(Key::Enter).await?;
    let said = |contact: &Contact| contact.presence.status == "By the window";
    scene.juliet.item(&View::Roster, "the status", said).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn finds_and_changes_settings() -> Result<()> {
    let scene = Scene::new().await?;
    let window = open(scene.data.path()).await?;
    let hands = Hands(&window);
    window.find("section-chats").await?;
    hands.press(&[Key::Control.into(), ',']).await?;
    hands.fill(&id("settings-search"), "typing").await?;
    window.find("settings-result").await?;
    hands.choose(&id("setting-typing")).await?;
    until("the switch to be off", async || {
        let off = window.client().find(fantoccini::Locator::Css("[data-testid=setting-typing][aria-checked=false]"));
        off.await.ok()
    })
    .await?;
    hands.fill(&id("settings-search"), "quiet").await?;
    hands.choose(&id("setting-quiet")).await?;
    hands.fill(&id("setting-quiet-from"), "23:30").await?;
    hands.key(Key::Tab).await?;
    hands.fill(&id("settings-search"), "theme").await?;
    hands.reach("[data-testid=setting-theme] input").await?;
    hands.key(Key::Right).await?;
    let themed = "return document.documentElement.dataset.theme";
    hands.key(Key::Right).await?;
    until("the dark theme", async || (window.script(themed, vec![]).await.ok()? == "dark").then_some(())).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn colours_switches_off_and_removes_an_account() -> Result<()> {
    let scene = Scene::new().await?;
    let window = open(scene.data.path()).await?;
    let hands = Hands(&window);
    window.find("section-chats").await?;
    hands.press(&[Key::Control.into(), ',']).await?;
    hands.reach(&id("settings-item")).await?;
    hands.key(Key::Home).await?;
    hands.walk("[data-testid=settings-item][data-page=account]").await?;
    hands.key(Key::Enter).await?;
    hands.reach("[data-testid=account-colour] input").await?;
    hands.key(Key::Right).await?;
    let database = rusqlite::Connection::open(scene.data.path().join("app.sqlite"))?;
    until("the colour to be kept", async || {
        database.query_row("SELECT hue FROM account WHERE hue IS NOT NULL", [], |row| row.get::<_, u32>(0)).ok()
    })
    .await?;
    hands.reach(&id("account-enabled")).await?;
    hands.key(Key::Enter).await?;
    window.find_css("[data-testid=account-enabled][aria-checked=false]").await?;
    hands.choose(&id("account-remove")).await?;
    hands.choose(&id("confirm")).await?;
    window.find("sign-in-address").await?;
    window.close().await
}
