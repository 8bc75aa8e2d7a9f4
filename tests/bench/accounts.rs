//! Five accounts of two hundred people each: signing in together, and what each costs.

use std::time::Instant;

use harness::{At, Prosody, Result, headless, paths::Folder, seed};

use crate::{figure, people, processes};

const ACCOUNTS: usize = 5;
const PEOPLE: usize = 200;
const BENCH: &str = "accounts";

pub async fn run() -> Result<()> {
    let users: Vec<String> = (0..ACCOUNTS).map(|n| format!("mira{n}")).collect();
    let builder = users.iter().fold(Prosody::builder(), |b, user| b.account(user, &format!("pw-{user}")));
    let server = builder.start().await?;
    for user in &users {
        let contacts: Vec<_> = (0..PEOPLE).map(|n| people::contact(&server, n)).collect();
        seed::roster(&server, user, &contacts)?;
    }
    let own = [std::process::id()];
    // Before anything was opened: what the allocator keeps of the first run counts too, so this is an upper bound.
    let before = processes::proportional(&own)?;
    let data = Folder::new("accounts")?;
    let ca = At::prosody(&server, &users[0])?.ca;
    let app = headless::open(data.path(), &ca)?;
    for user in &users {
        let added = app.call(At::prosody(&server, user)?.request()).await?;
        headless::online(&app, &added.account).await?;
    }
    app.close().await;

    let began = Instant::now();
    let app = headless::open(data.path(), &ca)?;
    app.ready().await;
    let opened = began.elapsed().as_secs_f64() * 1000.0;
    for account in app.account_ids() {
        headless::online(&app, &account).await?;
    }
    let online = began.elapsed().as_secs_f64() * 1000.0;
    let each = (processes::proportional(&own)? as f64 - before as f64) / 1e6 / ACCOUNTS as f64;
    let case = format!("{ACCOUNTS} accounts of {PEOPLE} people");
    figure(BENCH, &case, "start to all lists open", opened, "ms", None);
    figure(BENCH, &case, "start to all signed in and up to date", online, "ms", None);
    figure(BENCH, &case, "memory for each account without a window, at most", each, "MB", None);
    app.close().await;
    Ok(())
}
