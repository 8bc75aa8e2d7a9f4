//! Where passwords are: in a keyring, behind one that is locked, in a file somebody allowed, or nowhere.

use harness::{Desktop, Keyring, Prosody, Result, Window, ensure, paths::Folder, until};

use super::pictures;
use crate::binary;

async fn open(data: &Folder, desktop: &Desktop) -> Result<Window> {
    let folder = data.path().display().to_string();
    let window = Window::of(binary()).args(&["--data", &folder]).on(desktop).open().await?;
    Ok(window)
}

async fn sign_in(window: &Window, server: &Prosody) -> Result<()> {
    window.replace("sign-in-address", "mira@example.test").await?;
    window.replace("sign-in-password", "pw-mira").await?;
    window.find_css("[data-testid=endpoint]:not([open]) summary").await?.click().await?;
    window.replace("endpoint-host", "127.0.0.1").await?;
    window.replace("endpoint-port", &server.c2s_port.to_string()).await?;
    window.click("sign-in-submit").await?;
    window.click("trust-certificate").await?;
    window.find("section-chats").await.map(drop)
}

async fn online(window: &Window) -> Result<()> {
    window.find_css("[data-testid=presence-button][data-show=online]").await.map(drop)
}

async fn server() -> Result<Prosody> {
    Prosody::builder().account("mira", "pw-mira").start().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_keeps_the_password_until_the_account_goes() -> Result<()> {
    let (server, data, desktop) = (server().await?, Folder::new("keyring")?, Desktop::start().await?);
    let keyring = Keyring::start(&desktop).await?;
    let window = open(&data, &desktop).await?;
    sign_in(&window, &server).await?;
    until("password and ticket in the keyring", async || (keyring.secrets().await.ok()?.len() == 2).then_some(()))
        .await?;
    let written = window.dir.clone();
    ensure!(!holds(data.path(), b"pw-mira")?, "the password is in the data folder");
    ensure!(!holds(&written, b"pw-mira")?, "the password is in a log or a cache");
    window.close().await?;

    let window = open(&data, &desktop).await?;
    online(&window).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=account]").await?.click().await?;
    window.click("account-remove").await?;
    window.click("confirm").await?;
    window.find("sign-in-address").await?;
    until("both secrets to be gone", async || keyring.secrets().await.ok()?.is_empty().then_some(())).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_said_and_the_password_can_be_typed() -> Result<()> {
    let (server, data, desktop) = (server().await?, Folder::new("locked")?, Desktop::start().await?);
    let keyring = Keyring::start(&desktop).await?;
    let window = open(&data, &desktop).await?;
    sign_in(&window, &server).await?;
    until("password and ticket in the keyring", async || (keyring.secrets().await.ok()?.len() == 2).then_some(()))
        .await?;
    window.close().await?;

    keyring.lock().await?;
    let window = open(&data, &desktop).await?;
    window.find_css("[data-testid=session-bar][data-state=stopped]").await?;
    window.screenshot(pictures().join("keyring-locked.png")).await?;
    window.fill("session-password", "pw-mira").await?;
    window.click("session-retry").await?;
    online(&window).await?;
    window.close().await?;

    keyring.unlock().await?;
    let window = open(&data, &desktop).await?;
    online(&window).await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_refuses_is_said_and_a_file_offered() -> Result<()> {
    let (server, data, desktop) = (server().await?, Folder::new("refusing")?, Desktop::start().await?);
    let _keyring = Keyring::locked(&desktop).await?;
    let window = open(&data, &desktop).await?;
    sign_in(&window, &server).await?;
    online(&window).await?;
    window.find_css("[data-testid=notice] [data-code=passwordNotKept]").await?;
    window.screenshot(pictures().join("keyring-refuses.png")).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=accounts]").await?.click().await?;
    window.find_css("[data-testid=passwords][data-store=refused]").await?;
    window.find("setting-password-file").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_goes_although_the_keyring_keeps_its_password() -> Result<()> {
    let (server, data, desktop) = (server().await?, Folder::new("stubborn")?, Desktop::start().await?);
    let keyring = Keyring::start(&desktop).await?;
    let window = open(&data, &desktop).await?;
    sign_in(&window, &server).await?;
    until("password and ticket in the keyring", async || (keyring.secrets().await.ok()?.len() == 2).then_some(()))
        .await?;
    keyring.lock().await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=account]").await?.click().await?;
    window.click("account-remove").await?;
    window.click("confirm").await?;
    window.find("sign-in-address").await?;
    window.find_css("[data-testid=notice] [data-code=secretNotRemoved]").await?;
    let left = std::fs::read_dir(data.path().join("accounts"))?.count();
    ensure!(left == 0, "{left} folders are left");
    window.close().await?;
    let window = open(&data, &desktop).await?;
    window.find("sign-in-address").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_keyring_a_file_is_the_persons_choice() -> Result<()> {
    let (server, data, desktop) = (server().await?, Folder::new("no-keyring")?, Desktop::start().await?);
    let window = open(&data, &desktop).await?;
    window.find("setting-password-file").await?;
    window.screenshot(pictures().join("no-keyring.png")).await?;
    window.click("setting-password-file").await?;
    sign_in(&window, &server).await?;
    let file = data.path().join("passwords.json");
    until("the file", async || file.exists().then_some(())).await?;
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file)?.permissions()) & 0o777;
    ensure!(mode == 0o600, "others may read it: {mode:o}");
    window.close().await?;

    let window = open(&data, &desktop).await?;
    online(&window).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=accounts]").await?.click().await?;
    window.click("setting-password-file").await?;
    until("the file to be gone", async || (!file.exists()).then_some(())).await?;
    window.close().await
}

/// Whether some file below a folder holds the bytes.
fn holds(folder: &std::path::Path, needle: &[u8]) -> Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let found = if path.is_dir() {
            holds(&path, needle)?
        } else {
            path.is_file() && std::fs::read(&path)?.windows(needle.len()).any(|window| window == needle)
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_bus_everything_else_works() -> Result<()> {
    let (server, data) = (server().await?, Folder::new("no-bus")?);
    let folder = data.path().display().to_string();
    let nowhere = "unix:path=/nonexistent/bus";
    let window = Window::of(binary())
        .args(&["--data", &folder])
        .env("DBUS_SESSION_BUS_ADDRESS", nowhere)
        .env("DBUS_SYSTEM_BUS_ADDRESS", nowhere)
        .open()
        .await?;
    sign_in(&window, &server).await?;
    online(&window).await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=notifications]").await?.click().await?;
    window.find("notification-service").await?;
    window.close().await
}
