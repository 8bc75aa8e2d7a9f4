//! Waxwing without its window, as a process of its own that can be killed at any moment.
//!
//! `waxwing-headless FOLDER CA SIGN-IN talk PEER` says numbered things as fast as they are kept; with `settle` instead
//! it waits until nothing waits to be sent and prints the number of what was said last; with `stay` it says that it is
//! online, and stays so, with `send` it sends a file first, and with `watch` it looks at the lists and PEER's conversation meanwhile and tells how many tasks
//! there are. With `call` or `answer` it does as it is told on its input, and tells how it goes: see telephone.rs; with `carry`
//! likewise: see carrier.rs. What is in the folder it goes on with.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use std::path::Path;
use std::sync::Arc;

use harness::carrier::{self, Chooser};
use harness::telephone::{self, Role};
use harness::{Bench, Context as _, Result, bail, filing, headless, patiently};
use waxwing_contract::{Delivery, SendMessage, SignIn, View};

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, ca, sign_in, what, peer] = &arguments[..] else { bail!("five arguments are wanted") };
    // Silent unless WAXWING_LOG asks; a killed client's log is the only witness.
    if std::env::var_os("WAXWING_LOG").is_some() {
        waxwing_client::log::start(&Path::new(folder).join("log"))?;
    }
    let ca = waxwing_client::read_certificates(Path::new(ca))?.remove(0);
    let role = Role::read(what);
    let devices = role.map_or_else(|| Bench::speaking(440), Role::devices);
    let equipment = role.map_or_else(|| devices.equipment(), |role| role.equipment(&devices));
    let chooser = Arc::new(Chooser::default());
    let app = headless::open_on(Path::new(folder), &ca, equipment, chooser.clone())?;
    let account = match app.account_ids().pop() {
        Some(account) => account,
        None => app.call(serde_json::from_str::<SignIn>(sign_in)?).await?.account,
    };
    let last = || async {
        let newest = headless::newest(&app, &account, peer, 500).await.ok()?;
        newest.iter().rfind(|m| m.outgoing).and_then(|m| m.body.strip_prefix("mine ")?.parse::<u32>().ok())
    };
    if let Some(role) = role {
        telephone::serve(&app, &account, &devices, role, peer).await?;
        app.close().await;
        return Ok(());
    }
    match what.as_str() {
        "talk" => {
            let mut next = last().await.map_or(0, |last| last + 1);
            loop {
                let request =
                    SendMessage { account: account.clone(), peer: peer.clone(), body: format!("mine {next}") };
                app.call(request).await?;
                next += 1;
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
            }
        }
        "settle" => {
            // Ten lives' worth of catching up takes its time on a loaded machine.
            let limit = std::time::Duration::from_secs(60);
            patiently(limit, "the archive to be read", async || headless::online(&app, &account).await.ok()).await?;
            patiently(std::time::Duration::from_secs(60), "everything to be on the server", async || {
                let newest = headless::newest(&app, &account, peer, 500).await.ok()?;
                let done = |d: Delivery| !matches!(d, Delivery::Queued | Delivery::Sending);
                newest.iter().all(|m| m.delivery.is_none_or(done)).then_some(())
            })
            .await?;
            println!("{}", last().await.context("nothing was said")?);
            app.close().await;
            Ok(())
        }
        "watch" => {
            headless::online(&app, &account).await?;
            println!("online");
            let views =
                [View::Roster, View::Conversations, View::Timeline { account: account.clone(), peer: peer.clone() }];
            for view in views {
                let mut view = app.subscribe(&view)?;
                tokio::spawn(async move { while view.next().await.is_some() {} });
            }
            loop {
                tokio::time::sleep(std::time::Duration::from_secs(10)).await;
                println!("tasks {}", tokio::runtime::Handle::current().metrics().num_alive_tasks());
            }
        }
        // Sends the file that the environment names, unless an earlier life began to, and stays.
        "send" => {
            headless::online(&app, &account).await?;
            let file = std::env::var("WAXWING_FILE")?;
            let begun = headless::newest(&app, &account, peer, 50).await?.iter().any(|m| !m.files.is_empty());
            if !begun {
                filing::send(&app, &account, peer, Path::new(&file), std::env::var_os("WAXWING_DIRECT").is_some())
                    .await?;
            }
            println!("online");
            std::future::pending().await
        }
        carrier::WORD => {
            carrier::serve(&app, &account, &chooser, peer).await?;
            app.close().await;
            Ok(())
        }
        "stay" => {
            headless::online(&app, &account).await?;
            println!("online");
            std::future::pending().await
        }
        other => bail!("“{other}” is not known"),
    }
}
