//! Signing in for the first time, and what goes wrong there.

use harness::{Prosody, Result, Sealed, Window, ensure, paths::Folder};

use crate::{open, open_sized};

async fn fill(window: &Window, server: &Prosody, password: &str) -> Result<()> {
    window.replace("sign-in-address", "mira@example.test").await?;
    window.replace("sign-in-password", password).await?;
    window.find_css("[data-testid=endpoint]:not([open]) summary").await?.click().await?;
    window.replace("endpoint-host", "127.0.0.1").await?;
    window.replace("endpoint-port", &server.c2s_port.to_string()).await?;
    window.click("sign-in-submit").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_to_judge_then_a_wrong_password_then_in() -> Result<()> {
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let folder = Folder::new("first-run")?;
    let window = open(folder.path()).await?;
    fill(&window, &server, "wrong").await?;
    window.find("trust-certificate").await?;
    let shown = window.text("failure").await?;
    ensure!(shown.contains(&server.certificate.fingerprint), "no fingerprint: {shown}");
    window.click("trust-certificate").await?;
    window.find_css("[data-testid=failure][data-code=notAuthorized]").await?;
    window.replace("sign-in-password", "pw-mira").await?;
    window.click("sign-in-submit").await?;
    window.find_css("[data-testid=trust-certificate], [data-testid=section-chats]").await?;
    if window.count("trust-certificate").await? > 0 {
        window.click("trust-certificate").await?;
    }
    window.find("section-chats").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn creates_an_account_with_the_servers_fields() -> Result<()> {
    let server = Prosody::builder().registration().start().await?;
    let folder = Folder::new("register")?;
    let window = open_sized(folder.path(), 1280, 1000).await?;
    window.click("register-tab").await?;
    window.replace("register-server", "example.test").await?;
    window.find_css("[data-testid=endpoint]:not([open]) summary").await?.click().await?;
    window.replace("endpoint-host", "127.0.0.1").await?;
    window.replace("endpoint-port", &server.c2s_port.to_string()).await?;
    window.click("register-continue").await?;
    window.click("trust-certificate").await?;
    for (field, value) in [("username", "rosaline"), ("password", "pw-rosaline")] {
        let css = format!("[data-testid=register-field][data-field={field}]");
        window.find_css(&css).await?.send_keys(value).await?;
    }
    window.click("register-submit").await?;
    window.find("section-chats").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_said_and_left_alone() -> Result<()> {
    let folder = Folder::new("newer")?;
    let path = folder.path().join("app.sqlite");
    let database = rusqlite::Connection::open(&path)?;
    database.pragma_update(None, "user_version", 99)?;
    drop(database);
    let before = std::fs::read(&path)?;
    let window = open(folder.path()).await?;
    window.find_css("[data-testid=failure][data-code=databaseTooNew]").await?;
    window.close().await?;
    ensure!(std::fs::read(&path)? == before, "the newer database was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_cannot_be_written_is_said() -> Result<()> {
    let sealed = Sealed::new()?;
    let window = open(&sealed.path().join("waxwing")).await?;
    window.find_css("[data-testid=failure][data-code=readOnly]").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_starts_from_the_window() -> Result<()> {
    let folder = Folder::new("try-demo")?;
    let window = open(folder.path()).await?;
    window.click("demo-start").await?;
    window.find_css("[data-testid=conversation-row][data-peer='juliet.capulet@example.test']").await?;
    window.close().await?;
    // Its server ended with the window: what is left of it would only ask for a password nobody was told.
    let window = open(folder.path()).await?;
    window.find("demo-start").await?;
    let left = std::fs::read_dir(folder.path().join("accounts"))?.count();
    ensure!(left == 0, "{left} folders are left of the demo");
    window.close().await
}
