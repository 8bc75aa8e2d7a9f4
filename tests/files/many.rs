//! Many files at once.

use harness::calling::people;
use harness::filing::How;
use harness::{At, Headless, Prosody, Result, ensure};
use waxwing_contract::{Code, FileState, SetPresence, Show, View};

/// More than there is room for on a stack, where each began the next.
const MANY: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn many_that_cannot_go_fail_one_after_the_other() -> Result<()> {
    let server = people(Prosody::builder().without(&["upload"])).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let shows = |show| SetPresence { account: mira.account.clone(), show, status: String::new(), priority: 0 };
    mira.call(shows(Show::Offline)).await?;
    let nobody = mira.jid.replace("mira", "nurse");
    for number in 0..MANY {
        mira.send_file(&nobody, &format!("{number}.txt"), b"x", How::default()).await?;
    }
    let ready = async || {
        let all = mira.watch(&View::Transfers).ok()?.try_next()?;
        let all = all["items"].as_array()?.clone();
        let waits = |item: &serde_json::Value| item["stage"]["stage"] == "waiting" && item["total"] == 1;
        (all.len() == MANY && all.iter().all(waits)).then_some(())
    };
    harness::patiently(std::time::Duration::from_secs(120), "all of them to be made ready", ready).await?;
    mira.call(shows(Show::Online)).await?;
    mira.settled().await?;
    let last = mira.file_failed(&nobody, &format!("{}.txt", MANY - 1), Code::NoWayForFiles).await?;
    ensure!(last.state == FileState::Failed, "{last:?}");
    Ok(())
}
