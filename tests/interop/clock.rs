//! A clock that is wrong here: what is said now is told by the server's time (XEP-0202), so that it stands where the
//! archive will have it.

use std::time::{SystemTime, UNIX_EPOCH};

use harness::{Result, ensure, stanzas::attribute, until};
use waxwing_contract::{AccountId, GetAccountDetails};

use crate::hostile::{Stage, message};

/// The server's clock is this far ahead, in seconds.
const AHEAD: i64 = 86_400;
const JULIET: &str = "juliet@example.test";

#[tokio::test(flavor = "multi_thread")]
async fn the_servers_clock_counts() -> Result<()> {
    let stage = Stage::with(|_| (), &["urn:xmpp:time"]).await?;
    let asked = stage.said.hears(&["urn:xmpp:time"]).await?;
    let id = attribute(&asked, "id").unwrap_or_default();
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let utc = utc(now / 1000 + AHEAD);
    stage.said.say(format!(
        "<iq type='result' id='{id}' from='example.test'><time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>{utc}</utc></time></iq>"
    ))?;
    stage.me.online().await?;
    until("the clocks to be compared", async || {
        let request = GetAccountDetails(AccountId { account: stage.me.account.clone() });
        let offset = stage.me.call(request).await.ok()?.clock_offset?;
        ((offset - AHEAD * 1000).abs() < 5000).then_some(())
    })
    .await?;
    stage.goes_on("what time is it?").await?;
    let heard = stage.me.message(JULIET, "her message", |m| m.body == "what time is it?").await?;
    ensure!((heard.at - now - AHEAD * 1000).abs() < 60_000, "hers is at {}", heard.at);
    stage.me.say(JULIET, "tomorrow").await?;
    let said = stage.me.message(JULIET, "our message", |m| m.body == "tomorrow").await?;
    ensure!((said.at - now - AHEAD * 1000).abs() < 60_000 && said.order > heard.order, "ours is at {}", said.at);
    stage.me.app.close().await;
    Ok(())
}

fn utc(seconds: i64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(seconds).expect("a time of our days");
    let (date, clock) = (time.date(), time.time());
    format!(
        "{}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        date.year(),
        u8::from(date.month()),
        date.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}

/// After a resumption servers tell of what they send again when they got it: by their clock, and the stream has the order.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_keeps_its_order() -> Result<()> {
    let stage = Stage::set().await?;
    stage.goes_on("one").await?;
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
    let delay = |stamp: &str| format!("<delay xmlns='urn:xmpp:delay' from='example.test' stamp='{stamp}'/>");
    stage.said.say(message(JULIET, "two", &delay(&utc(now - 3))))?;
    stage.said.say(message(JULIET, "three", &delay(&utc(now - 2))))?;
    stage.goes_on("four").await?;
    // Sent again in the wrong order, within a millisecond: ejabberd does.
    let second = utc(now + 60).replace('Z', "");
    stage.said.say(message(JULIET, "six", &delay(&format!("{second}.289900Z"))))?;
    stage.said.say(message(JULIET, "five", &delay(&format!("{second}.289100Z"))))?;
    stage.me.message(JULIET, "five", |m| m.body == "five").await?;
    let bodies = stage.bodies(JULIET).await?;
    ensure!(bodies == ["one", "two", "three", "four", "five", "six"], "{bodies:?}");
    stage.me.app.close().await;
    Ok(())
}
