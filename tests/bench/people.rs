//! Accounts with many people and a long past.

use std::time::Duration;

use harness::{At, Prosody, Result, headless, paths::Folder, patiently, seed};

/// Mira's server and her data folder: she has `people` contacts and `messages` messages with a fifth of them, all of
/// them here already.
pub async fn with_messages(people: usize, messages: usize) -> Result<(Prosody, Folder)> {
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let contacts: Vec<_> = (0..people).map(|n| contact(&server, n)).collect();
    seed::roster(&server, "mira", &contacts)?;
    let talkers = (people / 5).max(1);
    let message = |n: usize| seed::Message {
        with: contacts[n % talkers].0.clone(),
        incoming: !n.is_multiple_of(3),
        body: format!("number {n}: {}", "the orchard is in bloom ".repeat(1 + n % 7)),
        at: 1_780_000_000 + 60 * i64::try_from(n).unwrap_or_default(),
    };
    // What is there before the first start is history and only looked at; what comes after it is fetched.
    seed::archive(&server, "mira", 1, message)?;
    let data = Folder::new("start")?;
    let at = At::prosody(&server, "mira")?;
    let pin = Some(server.certificate.fingerprint.clone());
    let app = headless::open(data.path(), &at.ca)?;
    let added = app.call(waxwing_contract::SignIn { pin, ..at.request() }).await?;
    headless::online(&app, &added.account).await?;
    app.close().await;
    seed::archive(&server, "mira", messages, |n| message(n + 1))?;
    let app = headless::open(data.path(), &at.ca)?;
    let limit = Duration::from_secs(600);
    patiently(limit, "the archive to be read", async || headless::online(&app, &added.account).await.ok()).await?;
    app.close().await;
    Ok((server, data))
}

/// The `n`th person.
pub fn contact(server: &Prosody, n: usize) -> (String, String, String) {
    (server.jid(&format!("person{n}")), format!("Person {n}"), format!("Group {}", n % 8))
}
