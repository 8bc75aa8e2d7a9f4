//! What is kept on this computer: how much, how long, by whom; and settings that were edited to nonsense.

use harness::{At, Headless, Prosody, Result, Sealed, bail, ensure, headless, paths::Folder, seed, until};
use waxwing_contract::{
    AccountId, AppInfo, Code, GetAppInfo, GetPage, GetSettings, GetStorage, Nothing, PageAt, SetSettings, Settings,
    Storage, Theme, WipeMessages,
};

const DAY: i64 = 24 * 60 * 60;

async fn filled() -> Result<(Prosody, Headless)> {
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs())?;
    let with = server.jid("juliet");
    seed::archive(&server, "mira", 30, |n| {
        let days = if n < 20 { 40 } else { 1 };
        let at = now - days * DAY + i64::try_from(n).unwrap_or_default();
        seed::Message { with: with.clone(), incoming: true, body: format!("number {n}"), at }
    })?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    Ok((server, mira))
}

async fn messages(mira: &Headless) -> Result<u32> {
    let Storage { accounts } = mira.call(GetStorage(Nothing {})).await?;
    let [account] = &accounts[..] else { bail!("{accounts:?}") };
    ensure!(account.bytes > 0 && account.jid == mira.jid, "{account:?}");
    Ok(account.messages)
}

#[tokio::test(flavor = "multi_thread")]
async fn old_messages_go_when_they_are_not_to_be_kept() -> Result<()> {
    let (server, mira) = filled().await?;
    ensure!(messages(&mira).await? == 30);
    let settings = mira.call(GetSettings(Nothing {})).await?;
    mira.call(SetSettings(Settings { keep_days: Some(30), ..settings })).await?;
    until("the old messages to go", async || (messages(&mira).await.ok()? == 10).then_some(())).await?;
    // Scrolling back does not bring them again.
    let peer = server.jid("juliet");
    let request = GetPage { account: mira.account.clone(), peer, at: PageAt::Newest, limit: 60 };
    let page = mira.call(request).await?;
    ensure!(page.messages.len() == 10 && page.at_start, "{} messages", page.messages.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_account_goes_on_empty() -> Result<()> {
    let (server, mira) = filled().await?;
    mira.call(WipeMessages(AccountId { account: mira.account.clone() })).await?;
    ensure!(messages(&mira).await? == 0);
    let mira = mira.restart().await?;
    mira.online().await?;
    let newest = mira.newest(&server.jid("juliet"), 60).await?;
    ensure!(newest.is_empty(), "the archive brought back {} messages", newest.len());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_nonsense_are_said_and_cost_nothing_else() -> Result<()> {
    let folder = Folder::new("nonsense")?;
    let app = headless::open(folder.path(), &[])?;
    let settings = app.call(GetSettings(Nothing {})).await?;
    app.call(SetSettings(Settings { theme: Theme::Dark, ..settings })).await?;
    app.close().await;
    let database = rusqlite::Connection::open(folder.path().join("app.sqlite"))?;
    let edited = "UPDATE setting SET value = json_set(value, '$.zoom', 'enormous', '$.onClose', 7)";
    ensure!(database.execute(edited, [])? == 1);
    drop(database);
    let app = headless::open(folder.path(), &[])?;
    let settings = app.call(GetSettings(Nothing {})).await?;
    ensure!(settings.theme == Theme::Dark && settings.zoom == 100, "{settings:?}");
    let AppInfo { reset_settings, .. } = app.call(GetAppInfo(Nothing {})).await?;
    ensure!(reset_settings == ["onClose", "zoom"], "{reset_settings:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_kept_out_of_the_folder() -> Result<()> {
    let folder = Folder::new("twice")?;
    let app = headless::open(folder.path(), &[])?;
    let Err(failure) = headless::open(folder.path(), &[]) else { bail!("two opened one folder") };
    ensure!(failure.code == Code::InUse, "{failure:?}");
    app.close().await;
    headless::open(folder.path(), &[])?.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_cannot_be_written_is_said() -> Result<()> {
    let sealed = Sealed::new()?;
    let Err(failure) = headless::open(&sealed.path().join("waxwing"), &[]) else { bail!("opened nonetheless") };
    ensure!(failure.code == Code::ReadOnly, "{failure:?}");
    Ok(())
}
