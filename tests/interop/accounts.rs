//! Several accounts side by side, and what is left of one that is removed: nothing.

use std::path::Path;

use harness::{At, Headless, Prosody, Result, bail, ensure, headless, seed, slix::Login};
use waxwing_contract::{Account, AccountId, Connect, RemoveAccount, SessionState, SetColour, SignOut, View};

const SECRET_WORDS: &str = "unmistakable-words-of-juliet";

/// Files below a folder that hold `needle`.
fn holders(folder: &Path, needle: &[u8]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(holders(&path, needle)?);
        } else if path.is_file() && std::fs::read(&path)?.windows(needle.len()).any(|window| window == needle) {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}

async fn two(server: &Prosody) -> Result<(Headless, String)> {
    let mira = Headless::sign_in(&At::prosody(server, "mira")?).await?;
    let other = mira.call(At::prosody(server, "work")?.request()).await?.account;
    headless::online(&mira.app, &other).await?;
    Ok((mira, other))
}

fn server() -> harness::prosody::Builder {
    ["mira", "work", "juliet"].iter().fold(Prosody::builder(), |b, user| b.account(user, &format!("pw-{user}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_lives_on_its_own() -> Result<()> {
    let server = server().start().await?;
    let (mira, work) = two(&server).await?;
    let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    mira.call(SignOut(AccountId { account: work.clone() })).await?;
    headless::session(&mira.app, &work, "the other account to be off", |s| *s == SessionState::Offline).await?;
    juliet.send(&server.jid("mira"), "still there?").await?;
    mira.message(&server.jid("juliet"), "the message", |m| m.body == "still there?").await?;

    mira.call(SetColour { account: work.clone(), hue: Some(400) }).await?;
    let mira = mira.restart().await?;
    let coloured = |a: &Account| a.id == work && a.hue == 40 && a.coloured && a.session == SessionState::Offline;
    mira.item(&View::Accounts, "the colour and that it is off, kept", coloured).await?;
    mira.online().await?;
    mira.call(Connect(AccountId { account: work.clone() })).await?;
    headless::online(&mira.app, &work).await?;
    mira.call(SetColour { account: work.clone(), hue: None }).await?;
    mira.item::<Account>(&View::Accounts, "its own colour", |a| a.id == work && !a.coloured).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_account_leaves_nothing_on_the_disk() -> Result<()> {
    let server = server().start().await?;
    let contact = (server.jid("juliet"), "Juliet".to_owned(), "Friends".to_owned());
    seed::roster(&server, "work", &[contact])?;
    let (mira, work) = two(&server).await?;
    let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    for n in 0..200 {
        juliet.send(&server.jid("work"), &format!("{SECRET_WORDS} {n}")).await?;
    }
    let timeline = View::Timeline { account: work.clone(), peer: server.jid("juliet") };
    let last = format!("{SECRET_WORDS} 199");
    mira.item::<waxwing_contract::Message>(&timeline, "the last message", |m| m.body == last).await?;
    let gone = [SECRET_WORDS.as_bytes(), b"work@example.test", b"pw-work"];
    for needle in gone {
        ensure!(!holders(mira.folder(), needle)?.is_empty(), "nothing to remove: this test would prove nothing");
    }
    mira.call(RemoveAccount(AccountId { account: work.clone() })).await?;
    for needle in gone {
        let held = holders(mira.folder(), needle)?;
        ensure!(held.is_empty(), "{:?} is still in {held:?}", String::from_utf8_lossy(needle));
    }
    ensure!(!mira.folder().join("accounts").join(&work).exists(), "its folder is still there");
    ensure!(mira.app.accounts().len() == 1, "the views still show it");
    mira.online().await?;
    // The one that stays can still be removed, and a new one take its place.
    let first = mira.account.clone();
    mira.call(RemoveAccount(AccountId { account: first })).await?;
    let Ok(added) = mira.call(At::prosody(&server, "work")?.request()).await else { bail!("not signed in again") };
    headless::online(&mira.app, &added.account).await
}
