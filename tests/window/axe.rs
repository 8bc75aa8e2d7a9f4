//! Every screen in both themes before axe-core, in the real webview: at its usual size, magnified and narrow.

use std::collections::{BTreeMap, BTreeSet};

use harness::{Context, Result, Window, axe, axe::Violation, ensure, paths::Folder, until, window::Key};
use serde_json::{Value, json};

use crate::{Scene, open_sized};

/// What was found, and on which screens.
struct Tour {
    themes: &'static [&'static str],
    found: List,
    unsure: List,
    /// Screens that must be pushed sideways to be read, which axe does not look for.
    wide: BTreeSet<String>,
    looks: Vec<String>,
}

/// By rule and element, so that what is on every screen is told once.
type List = BTreeMap<(String, String), (Violation, BTreeSet<String>)>;

impl Tour {
    fn of(themes: &'static [&'static str]) -> Self {
        Self { themes, found: List::new(), unsure: List::new(), wide: BTreeSet::new(), looks: Vec::new() }
    }

    /// Looks at a screen in each theme.
    async fn look(&mut self, window: &Window, screen: &str) -> Result<()> {
        for &theme in self.themes {
            dress(window, theme).await?;
            let found = axe::look(window).await?;
            self.looks.push(format!("{screen} in {theme}"));
            if window.script(WIDER, vec![]).await? == Value::Bool(true) {
                self.wide.insert(screen.to_owned());
            }
            for (list, found) in [(&mut self.found, found.violations), (&mut self.unsure, found.unsure)] {
                for it in found {
                    let (_, screens) =
                        list.entry((it.rule.clone(), it.html.clone())).or_insert_with(|| (it, BTreeSet::new()));
                    screens.insert(format!("{screen} in {theme}"));
                }
            }
        }
        Ok(())
    }

    /// Fails with everything at once.
    fn end(self) -> Result<()> {
        println!("{} looks; axe is unsure of {} things{}", self.looks.len(), self.unsure.len(), told(&self.unsure));
        ensure!(self.wide.is_empty(), "wider than the window: {:?}", self.wide);
        ensure!(
            !self.looks.is_empty() && self.found.is_empty(),
            "axe finds {} things{}",
            self.found.len(),
            told(&self.found)
        );
        Ok(())
    }
}

fn told(list: &List) -> String {
    let mut text = String::new();
    for (violation, screens) in list.values() {
        let first: Vec<&str> = screens.iter().take(4).map(String::as_str).collect();
        let more = if screens.len() > first.len() {
            format!(" and {} more", screens.len() - first.len())
        } else {
            String::new()
        };
        text.push_str(&format!("\n{violation}\n  on {}{more}\n", first.join(", ")));
    }
    text
}

/// Light or dark, as the system would say it.
async fn dress(window: &Window, theme: &str) -> Result<()> {
    window.script("document.documentElement.dataset.theme = arguments[0]", vec![json!(theme)]).await.map(drop)
}

/// Goes to a section's list; where the list and its page take turns it may be some steps back.
async fn list(window: &Window, section: &str, row: &str) -> Result<()> {
    let button = format!("section-{section}");
    steps_back(window, &button).await?;
    window.click(&button).await?;
    steps_back(window, row).await
}

async fn steps_back(window: &Window, wanted: &str) -> Result<()> {
    until(&format!("the way back to {wanted}"), async || {
        if window.count(wanted).await.ok()? > 0 {
            return Some(());
        }
        window.press(&[Key::Escape.into()]).await.ok();
        None
    })
    .await
}

/// Opens something above the page, looks, and closes it again.
async fn above(tour: &mut Tour, window: &Window, screen: &str, opener: &str, opened: &str) -> Result<()> {
    window.click(opener).await?;
    window.find_css(opened).await?;
    tour.look(window, screen).await?;
    leave(window, opened).await
}

async fn leave(window: &Window, opened: &str) -> Result<()> {
    window.press(&[Key::Escape.into()]).await?;
    let gone = "return !document.querySelector(arguments[0])";
    until(&format!("{opened} to close"), async || {
        (window.script(gone, vec![json!(opened)]).await.ok()? == Value::Bool(true)).then_some(())
    })
    .await
}

const BOTH: &[&str] = &["light", "dark"];
/// Colours are the same at every size.
const ONE: &[&str] = &["light"];
const WIDER: &str = "return document.documentElement.scrollWidth > innerWidth";
const DIALOG: &str = "dialog[open], [role=dialog], [role=alertdialog]";
const MENU: &str = "[role=menu]";

async fn chats(tour: &mut Tour, window: &Window) -> Result<()> {
    list(window, "chats", "conversation-row").await?;
    tour.look(window, "chats").await?;
    window.fill("search-input", "morrow").await?;
    window.find("search-hit").await?;
    tour.look(window, "search results").await?;
    window.replace("search-input", "nothing like it").await?;
    window.gone("search-hit").await?;
    tour.look(window, "nothing found").await?;
    window.press(&[Key::Escape.into()]).await?;
    above(tour, window, "presence menu", "presence-button", MENU).await?;
    above(tour, window, "new chat", "new-chat", DIALOG).await?;
    window.click("conversation-row").await?;
    window.find("message").await?;
    tour.look(window, "conversation").await?;
    above(tour, window, "chat menu", "chat-menu", MENU).await?;
    window.click("chat-menu").await?;
    above(tour, window, "notifications of a chat", "notify-open", DIALOG).await?;
    window.script("document.querySelector('[data-testid=message-menu]').click()", vec![]).await?;
    window.find_css(MENU).await?;
    tour.look(window, "message menu").await?;
    leave(window, MENU).await?;
    window.click("details-button").await?;
    window.find("person-panel").await?;
    tour.look(window, "person beside the conversation").await?;
    above(tour, window, "removing a person", "person-remove", DIALOG).await
}

async fn people(tour: &mut Tour, window: &Window) -> Result<()> {
    list(window, "people", "people-row").await?;
    tour.look(window, "people").await?;
    above(tour, window, "adding a person", "add-person", DIALOG).await?;
    window.click("people-row").await?;
    window.find("person-panel").await?;
    tour.look(window, "a person").await
}

async fn settings(tour: &mut Tour, window: &Window) -> Result<()> {
    list(window, "settings", "settings-item").await?;
    tour.look(window, "settings").await?;
    window.fill("settings-search", "th").await?;
    window.find("settings-result").await?;
    tour.look(window, "settings found").await?;
    window.replace("settings-search", "nothing like it").await?;
    window.gone("settings-result").await?;
    tour.look(window, "no setting found").await?;
    window.press(&[Key::Escape.into()]).await?;
    for page in pages(window).await? {
        list(window, "settings", "settings-item").await?;
        let mut ends = [Key::Home, Key::End].into_iter().cycle();
        until(&format!("the settings' page {page}"), async || {
            if window.script(CLICK_PAGE, vec![json!(page)]).await.ok()? == Value::Bool(true) {
                return Some(());
            }
            in_the_list(window, ends.next()?).await.ok();
            None
        })
        .await?;
        tour.look(window, &format!("settings, {page}")).await?;
        if page == "accounts" {
            console(tour, window).await?;
        }
    }
    Ok(())
}

/// From the accounts in the settings.
async fn console(tour: &mut Tour, window: &Window) -> Result<()> {
    window.script("document.querySelector('[data-testid=account-open]').click()", vec![]).await?;
    window.find("account-test").await?;
    window.script("document.querySelector('[data-testid=account-test]').click()", vec![]).await?;
    window.find_css("[data-testid=account-check][data-checked=relay]").await?;
    tour.look(window, "an account looked over").await?;
    window.script("document.querySelector('[data-testid=console-open]').click()", vec![]).await?;
    window.replace("console-xml", "hello").await?;
    window.script("document.querySelector('[data-testid=console-send]').click()", vec![]).await?;
    window.find("failure").await?;
    tour.look(window, "console").await
}

const CLICK_PAGE: &str = "const row = document.querySelector(`[data-testid=settings-item][data-page=\"${arguments[0]}\"]`); \
                          row?.scrollIntoView({ block: 'center' }); row?.click(); return !!row";
const PAGES: &str =
    "return [...document.querySelectorAll('[data-testid=settings-item]')].map(item => item.dataset.page)";

/// All of them: a long list keeps only those rows that are near.
async fn pages(window: &Window) -> Result<Vec<String>> {
    let mut pages: Vec<String> = serde_json::from_value(window.script(PAGES, vec![]).await?)?;
    in_the_list(window, Key::End).await?;
    window.find_css("[data-testid=settings-item][data-page=about]").await?;
    for page in serde_json::from_value::<Vec<String>>(window.script(PAGES, vec![]).await?)? {
        if !pages.contains(&page) {
            pages.push(page);
        }
    }
    pages.dedup();
    Ok(pages)
}

/// By keyboard, as a person who has the list before them.
async fn in_the_list(window: &Window, key: Key) -> Result<()> {
    window.script("document.querySelector('[data-testid=settings-item]').focus()", vec![]).await?;
    window.press(&[key.into()]).await
}

async fn overlays(tour: &mut Tour, window: &Window) -> Result<()> {
    list(window, "chats", "conversation-row").await?;
    window.press(&[Key::Control.into(), 'k']).await?;
    window.find("palette-input").await?;
    tour.look(window, "palette").await?;
    window.keys("jul").await?;
    window.find("palette-option").await?;
    tour.look(window, "palette with results").await?;
    leave(window, "[data-testid=palette-input]").await?;
    window.press(&[Key::Control.into(), '/']).await?;
    window.find("shortcuts").await?;
    tour.look(window, "keys").await?;
    leave(window, "[data-testid=shortcuts]").await
}

async fn everything(tour: &mut Tour, window: &Window) -> Result<()> {
    let walked = async {
        chats(tour, window).await?;
        people(tour, window).await?;
        settings(tour, window).await?;
        overlays(tour, window).await
    }
    .await;
    walked.with_context(|| format!("the screen after {:?}", tour.looks.last()))
}

/// Mira's window with a talk in both directions and somebody who asks to be a contact.
async fn lively() -> Result<Scene> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "Good morrow, see https://example.test/orchard").await?;
    scene.juliet.say(&scene.mira(), "Is the day so young?\n> but new struck nine").await?;
    Ok(scene)
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_at_the_usual_size() -> Result<()> {
    let scene = lively().await?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    let mut tour = Tour::of(BOTH);
    everything(&mut tour, &window).await?;
    window.close().await?;
    tour.end()
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_at_twice_the_size() -> Result<()> {
    let scene = lively().await?;
    let window = open_sized(scene.data.path(), 1280, 820).await?;
    window.find("conversation-row").await?;
    until("everything to be twice as large", async || {
        window.press(&[Key::Control.into(), '+']).await.ok()?;
        (window.script("return document.documentElement.style.fontSize", vec![]).await.ok()? == "200%").then_some(())
    })
    .await?;
    let mut tour = Tour::of(ONE);
    everything(&mut tour, &window).await?;
    window.close().await?;
    tour.end()
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_in_a_narrow_window() -> Result<()> {
    let scene = lively().await?;
    let window = open_sized(scene.data.path(), 360, 640).await?;
    let mut tour = Tour::of(ONE);
    everything(&mut tour, &window).await?;
    window.close().await?;
    tour.end()
}

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_nothing_on_the_first_run() -> Result<()> {
    let folder = Folder::new("axe")?;
    let window = open_sized(folder.path(), 1280, 820).await?;
    let mut tour = Tour::of(BOTH);
    tour.look(&window, "signing in").await?;
    window.find_css("[data-testid=endpoint]:not([open]) summary").await?.click().await?;
    tour.look(&window, "signing in, with a server of one's own").await?;
    window.replace("sign-in-address", "mira@example.test").await?;
    window.replace("sign-in-password", "pw-mira").await?;
    window.replace("endpoint-host", "127.0.0.1").await?;
    // nobody listens at 1
    window.replace("endpoint-port", "1").await?;
    window.click("sign-in-submit").await?;
    window.find("failure").await?;
    tour.look(&window, "a server out of reach").await?;
    window.click("register-tab").await?;
    tour.look(&window, "creating an account").await?;
    window.close().await?;
    tour.end()
}
