//! What people who are no contacts learn of us: nothing; and what they may change: nothing.

use harness::{Result, ensure};
use waxwing_contract::{AccountId, GetBlockList};

use crate::hostile::{MALLORY, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_strangers_block_push_blocks_nobody() -> Result<()> {
    let stage = Stage::set().await?;
    stage.said.say(format!(
        "<iq type='set' id='block-1' from='{MALLORY}/x'><block xmlns='urn:xmpp:blocking'><item jid='juliet@example.test'/></block></iq>"
    ))?;
    stage.said.hears(&["block-1", "type='error'", "service-unavailable"]).await?;
    let blocked = stage.me.call(GetBlockList(AccountId { account: stage.me.account.clone() })).await?;
    ensure!(blocked.jids.is_empty(), "{blocked:?}");
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_no_receipts_and_no_answers() -> Result<()> {
    let stage = Stage::set().await?;
    stage.said.say(format!(
        "<message type='chat' from='{MALLORY}/x' id='m1'><body>are you there?</body>\
         <request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>\
         <iq type='get' id='v1' from='{MALLORY}/x'><query xmlns='jabber:iq:version'/></iq>\
         <iq type='get' id='d1' from='{MALLORY}/x'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>\
         <iq type='get' id='t1' from='{MALLORY}/x'><time xmlns='urn:xmpp:time'/></iq>"
    ))?;
    for id in ["v1", "d1", "t1"] {
        stage.said.hears(&[id, "type='error'", "service-unavailable"]).await?;
    }
    // What a receipt would have preceded has come: there is none.
    stage.goes_on("and something else").await?;
    let sent: Vec<String> = stage.said.pending().into_iter().filter(|piece| piece.contains("<received")).collect();
    ensure!(sent.is_empty(), "{sent:?}");
    stage.me.app.close().await;
    Ok(())
}
