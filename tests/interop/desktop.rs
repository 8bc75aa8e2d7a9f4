//! The desktop around the window: that its parts are what they are said to be, shown with programs that are not ours.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use harness::{
    Accessibility, Child, Desktop, Dunst, Keyring, Logind, OldTray, Result, Shown, Tray, Window, axe, bus, ensure,
    paths, paths::Folder, tray_menu, until,
};
use zbus::{
    Connection, Proxy,
    zvariant::{OwnedFd, OwnedObjectPath, OwnedValue, Value},
};

/// Where pictures go that somebody may want to look at.
fn pictures() -> PathBuf {
    paths::root().join("target/pictures")
}

async fn notify(connection: &Connection, replaces: u32, summary: &str, body: &str) -> Result<u32> {
    let name = "org.freedesktop.Notifications";
    let proxy = Proxy::new(connection, name, "/org/freedesktop/Notifications", name).await?;
    let actions = ["default", "Open", "reply", "Reply", "mark-read", "Mark as read"];
    let hints = HashMap::from([("category", Value::from("im.received")), ("urgency", Value::from(1_u8))]);
    Ok(proxy.call("Notify", &("tests", replaces, "", summary, body, &actions[..], hints, -1)).await?)
}

#[tokio::test]
async fn a_notification_is_drawn_and_acted_upon() -> Result<()> {
    let desktop = Desktop::builder().screen(800, 300).start().await?;
    let sender = desktop.connect().await?;
    let mut dunst = Dunst::start(&desktop).await?;
    let first = notify(&sender, 0, "Juliet", "Good <b>morrow</b>").await?;
    let second = notify(&sender, 0, "Romeo", "Is the day so young?").await?;
    let notice = dunst.wait("Juliet's message", |it| it.summary == "Juliet").await?;
    ensure!(notice.id == first && notice.hint("category").as_deref() == Some("im.received"), "{notice:?}");
    ensure!(notice.hint("urgency").as_deref() == Some("1") && notice.action("reply") == Some("Reply"), "{notice:?}");
    dunst.act(first, "mark-read").await?;
    dunst.act(second, "default").await?;
    ensure!(dunst.get(first).is_some_and(|it| it.invoked == ["mark-read"]), "{}", dunst.told());
    let again = notify(&sender, first, "Juliet", "Good morrow, and again").await?;
    ensure!(again == first && dunst.open().len() == 2, "{}", dunst.told());
    desktop.picture(&pictures().join("notifications.png"))?;
    dunst.close(second).await?;
    ensure!(dunst.get(second).is_some_and(|it| it.closed == Some(3)), "{}", dunst.told());
    dunst.dismiss().await?;
    dunst.closed(first).await?;
    ensure!(dunst.get(first).is_some_and(|it| it.closed == Some(2)), "{}", dunst.told());

    dunst.pause(true).await?;
    let held = notify(&sender, 0, "Nurse", "Hold your peace").await?;
    ensure!(dunst.drawn().await? == 0 && dunst.get(held).is_some_and(|it| it.open()), "{}", dunst.told());
    dunst.pause(false).await?;
    until("the held one to be drawn", async || (dunst.drawn().await.ok()? == 1).then_some(())).await?;

    dunst.kill();
    ensure!(dunst.open().is_empty() && notify(&sender, 0, "Nobody", "hears").await.is_err(), "it still answers");
    let refused = async || dunst.all().into_iter().find(|it| it.refused.is_some());
    ensure!(until("the refusal", refused).await?.summary == "Nobody", "{}", dunst.told());
    dunst.restart().await?;
    let after = notify(&sender, 0, "Juliet", "Here again").await?;
    dunst.act(after, "reply").await
}

/// A program of other people's with an icon in the tray, and what is chosen in its menu.
struct Indicator {
    chosen: PathBuf,
    child: Child,
    _folder: Folder,
}

impl Indicator {
    fn start(desktop: &Desktop) -> Result<Self> {
        let folder = Folder::new("indicator")?;
        let chosen = folder.path().join("chosen");
        // the system's own, for which Debian packages the libraries
        let mut command = desktop.command(Path::new("/usr/bin/python3"), folder.path())?;
        command
            .arg(paths::tests().join("harness/peers/indicator.py"))
            .arg(paths::root().join("icons/32x32.png"))
            .stdout(fs::File::create(&chosen)?)
            .stderr(fs::File::create(folder.path().join("errors"))?);
        let child = Child::spawn("the indicator", command)?;
        Ok(Self { chosen, child, _folder: folder })
    }

    async fn says(&self, wanted: &str) -> Result<()> {
        let what = format!("the indicator to say {wanted:?}");
        until(&what, async || fs::read_to_string(&self.chosen).ok()?.lines().any(|it| it == wanted).then_some(())).await
    }
}

#[tokio::test]
async fn a_trays_menu_is_read_and_clicked() -> Result<()> {
    let desktop = Desktop::start().await?;
    let tray = Tray::start(&desktop).await?;
    let mut indicator = Indicator::start(&desktop)?;
    let item = tray.item("indicator").await?;
    let look = item.looks("an active item with its icon", |it| it.status == "Active" && !it.icon.is_empty()).await?;
    ensure!(look.icon_words == "An indicator" && look.title == "Indicator", "{look:?}");
    let menu = item.menu_with("a filled menu", |menu| tray_menu::find(menu, &["Presence", "Away"]).is_some()).await?;
    println!("{look:?}\n{}", tray_menu::outline(&menu));
    let on = |path: &[&str]| tray_menu::find(&menu, path).is_some_and(tray_menu::Entry::on);
    ensure!(on(&["Presence", "Available"]) && !on(&["Presence", "Away"]), "{}", tray_menu::outline(&menu));
    ensure!(tray_menu::find(&menu, &["Not now"]).is_some_and(|it| !it.enabled), "{}", tray_menu::outline(&menu));
    item.click(&["Show the window"]).await?;
    indicator.says("Show the window").await?;
    item.click(&["Presence", "Away"]).await?;
    item.menu_with("Away to be on", |menu| tray_menu::find(menu, &["Presence", "Away"]).is_some_and(|it| it.on()))
        .await?;
    ensure!(item.click(&["Not now"]).await.is_err(), "a disabled entry takes clicks");
    item.click(&["Quit"]).await?;
    until("the indicator to end", async || indicator.child.ended()).await?;
    tray.empty().await
}

#[tokio::test]
async fn an_old_tray_opens_its_menu_on_the_screen() -> Result<()> {
    let desktop = Desktop::builder().screen(640, 300).window_manager().start().await?;
    let tray = OldTray::start(&desktop).await?;
    let indicator = Indicator::start(&desktop)?;
    tray.open_menu().await?;
    tray.keys(&["Down", "Down", "Right"])?;
    tray.menu(2).await?;
    tray.picture(&pictures().join("tray.png")).await?;
    tray.keys(&["Down", "Return"])?;
    indicator.says("Away").await
}

#[tokio::test]
async fn the_machine_sleeps_wakes_and_locks() -> Result<()> {
    let logind = Logind::start().await?;
    let program = bus::connect(logind.bus()).await?;
    let name = "org.freedesktop.login1";
    let manager = Proxy::new(&program, name, "/org/freedesktop/login1", "org.freedesktop.login1.Manager").await?;
    let inhibitor: OwnedFd = manager.call("Inhibit", &("sleep", "tests", "to say goodbye", "delay")).await?;
    let seen = logind.inhibited("sleep").await?;
    ensure!(seen.who == "tests" && seen.mode == "delay", "{seen:?}");
    let path: OwnedObjectPath = manager.call("GetSessionByPID", &(std::process::id())).await?;
    let session = Proxy::new(&program, name, path, "org.freedesktop.login1.Session").await?;
    let (mut sleeps, mut locks) =
        (manager.receive_signal("PrepareForSleep").await?, session.receive_signal("Lock").await?);

    let goodbye = async {
        let sleeping: bool = next(&mut sleeps).await?.body().deserialize()?;
        ensure!(sleeping && logind.inhibitors()[0].held, "not about to sleep");
        drop(inhibitor);
        Result::Ok(())
    };
    tokio::try_join!(logind.sleep(), goodbye)?;
    ensure!(!logind.inhibitors()[0].held, "it was not let go");
    logind.wake().await?;
    ensure!(!next(&mut sleeps).await?.body().deserialize::<bool>()?, "not awake");

    ensure!(!session.get_property::<bool>("LockedHint").await?, "locked from the start");
    logind.lock().await?;
    next(&mut locks).await?;
    until("the hint to change", async || session.get_property::<bool>("LockedHint").await.ok()?.then_some(())).await?;
    logind.unlock().await?;
    until("the hint to go", async || (!session.get_property::<bool>("LockedHint").await.ok()?).then_some(())).await
}

async fn next(stream: &mut zbus::proxy::SignalStream<'_>) -> Result<zbus::Message> {
    use harness::Context;
    let soon = tokio::time::timeout(harness::wait::SOON, futures::StreamExt::next(stream)).await?;
    soon.context("the signals ended")
}

/// What programs that keep passwords do.
async fn keep(connection: &Connection, label: &str, account: &str) -> Result<OwnedObjectPath> {
    let name = "org.freedesktop.secrets";
    let service = Proxy::new(connection, name, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").await?;
    let (_, session): (OwnedValue, OwnedObjectPath) = service.call("OpenSession", &("plain", Value::from(""))).await?;
    let path = "/org/freedesktop/secrets/aliases/default";
    let collection = Proxy::new(connection, name, path, "org.freedesktop.Secret.Collection").await?;
    let properties = HashMap::from([
        ("org.freedesktop.Secret.Item.Label", Value::from(label)),
        ("org.freedesktop.Secret.Item.Attributes", Value::from(HashMap::from([("account", account)]))),
    ]);
    let secret = (session, Vec::<u8>::new(), b"pw".to_vec(), "text/plain");
    let (item, _prompt): (OwnedObjectPath, OwnedObjectPath) =
        collection.call("CreateItem", &(properties, secret, true)).await?;
    Ok(item)
}

/// What programs do that want a locked keyring opened: whether the person would not.
async fn dismissed(connection: &Connection) -> Result<bool> {
    let name = "org.freedesktop.secrets";
    let service = Proxy::new(connection, name, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service").await?;
    let wanted = OwnedObjectPath::try_from("/org/freedesktop/secrets/collection/login")?;
    let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) = service.call("Unlock", &(vec![wanted])).await?;
    let prompt = Proxy::new(connection, name, prompt, "org.freedesktop.Secret.Prompt").await?;
    let mut done = prompt.receive_signal("Completed").await?;
    prompt.call_method("Prompt", &("")).await?;
    let (dismissed, _): (bool, OwnedValue) = next(&mut done).await?.body().deserialize()?;
    Ok(dismissed)
}

#[tokio::test]
async fn a_keyring_is_open_locked_and_gone() -> Result<()> {
    let desktop = Desktop::start().await?;
    let program = desktop.connect().await?;
    ensure!(keep(&program, "Mira", "mira@example.test").await.is_err(), "there is a keyring already");
    let mut keyring = Keyring::start(&desktop).await?;
    let item = keep(&program, "Mira", "mira@example.test").await?;
    let secrets = keyring.secrets().await?;
    ensure!(secrets.len() == 1 && secrets[0].label == "Mira" && !secrets[0].locked, "{secrets:?}");
    ensure!(secrets[0].attributes.get("account").is_some_and(|it| it == "mira@example.test"), "{secrets:?}");
    keyring.lock().await?;
    ensure!(keep(&program, "Other", "other@example.test").await.is_err(), "a locked keyring takes secrets");
    ensure!(dismissed(&program).await?, "somebody has opened it");
    keyring.unlock().await?;
    keyring.kill();
    ensure!(keep(&program, "Other", "other@example.test").await.is_err(), "it still answers");
    keyring.restart().await?;
    ensure!(keyring.secrets().await?.len() == 1, "it has forgotten");
    let kept = Proxy::new(&program, "org.freedesktop.secrets", item, "org.freedesktop.Secret.Item").await?;
    kept.call_method("Delete", &()).await?;
    ensure!(keyring.secrets().await?.is_empty(), "{:?}", keyring.secrets().await?);
    Ok(())
}

const FAULTY: &str = "data:text/html,<html lang=en><title>Faulty</title><main><h1>A page</h1><img src=x><button></button>\
                      <p style='color:%23999;background:%23fff'>hardly to be read</p><div role=log aria-label=Talk>\
                      <article aria-label='Juliet: Good morrow'>Good morrow</article></div></main>";

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_found_and_contents_read_aloud() -> Result<()> {
    let window = Window::of(browser()).args(&["--automation"]).blank().accessible().open().await?;
    window.client().goto(FAULTY).await?;
    let mut rules: Vec<String> = axe::look(&window).await?.violations.into_iter().map(|it| it.rule).collect();
    rules.sort();
    ensure!(rules == ["button-name", "color-contrast", "image-alt"], "axe found {rules:?}");
    let reader = Accessibility::of(window.desktop()).await?;
    let log = reader.find("MiniBrowser", "the log", |it| it.role == "log").await?;
    ensure!(log.name == "Talk" && log.words().contains("Juliet: Good morrow"), "{}", log.outline());
    let button = reader.find("MiniBrowser", "the button", |it| it.role == "push button" && it.is("focusable")).await?;
    reader.press(&button).await
}

fn browser() -> String {
    format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1/MiniBrowser", std::env::consts::ARCH)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_managed_window_is_minimised_moved_and_asked_to_close() -> Result<()> {
    let desktop = Desktop::builder().screen(1000, 700).window_manager().start().await?;
    let window = Window::of(browser()).args(&["--automation"]).blank().on(&desktop).open().await?;
    window.client().goto("data:text/html,<title>A page</title><p>A page").await?;
    window.resize(600, 400).await?;
    until("the window to have the keyboard", async || window.focused().ok()?.then_some(())).await?;
    window.move_to(120, 140).await?;
    let place = window.place()?;
    ensure!(place.width == 600 && (place.x - 120).abs() < 40 && (place.y - 140).abs() < 40, "{place:?}");
    window.picture_of_screen(pictures().join("managed.png")).await?;
    window.minimise()?;
    window.becomes(Shown::Minimised).await?;
    window.activate()?;
    window.becomes(Shown::Visible).await?;
    ensure!(window.place()? == place && !window.urgent()?, "not where it was: {:?}", window.place()?);
    window.close_request()?;
    window.ended().await
}
