//! With a browser (stanza.js): data channels as XEP-0343 writes them, which is all that it knows.

use harness::browser::files::made;
use harness::calling::people;
use harness::filing::{How, sha256};
use harness::{At, Browser, Headless, Prosody, Result, ensure};
use waxwing_contract::FileWay;

#[tokio::test]
async fn a_browser_gets_what_we_send_and_we_what_it_sends() -> Result<()> {
    let server = people(Prosody::builder()).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let browser = Browser::sign_in(&server, "juliet", 900, false).await?;
    let juliet = server.jid("juliet");
    mira.may_send(&juliet).await?;
    let bytes = made(700_000);
    mira.send_file(&juliet, "for the browser.bin", &bytes, How { direct: true, ..How::default() }).await?;
    let sent = mira.file_here(&juliet, "for the browser.bin").await?;
    ensure!(sent.way == Some(FileWay::DataChannel), "{sent:?}");

    let device = browser.device_of(&mira.jid).await?;
    let sid = browser.send_made(&device, "from the browser.bin", 600_000).await?;
    let came = mira.file_here(&juliet, "from the browser.bin").await?;
    ensure!(came.way == Some(FileWay::DataChannel), "{came:?}");
    ensure!(sha256(&mira.read_file(&came).await?) == sha256(&made(600_000)), "other bytes came");
    ensure!(browser.sent(&sid).await?.size == 600_000, "it sent something else");
    Ok(())
}
