//! Read on one device, read on all (XEP-0490), beside an independent client of the same account.

use harness::slix::Login;
use harness::{At, Headless, Prosody, Result, Slix, ensure, until};
use waxwing_contract::{Conversation, MarkRead, View};

struct Stage {
    server: Prosody,
    me: Headless,
    /// Another device of ours.
    other: Slix,
    juliet: Slix,
}

const JULIET: &str = "juliet@example.test";

impl Stage {
    async fn set() -> Result<Self> {
        let server = Prosody::builder().account("romeo", "pw-romeo").account("juliet", "pw-juliet").start().await?;
        let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
        let other = Login::prosody(&server, "romeo", "pw-romeo").resource("other").start().await?;
        let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
        Ok(Self { server, me, other, juliet })
    }

    async fn unread(&self, count: u32) -> Result<()> {
        let what = format!("{count} unread");
        let it = |c: &Conversation| c.peer == JULIET && c.unread == count;
        self.me.item::<Conversation>(&View::Conversations, &what, it).await.map(drop)
    }

    /// The ids the archive gave her messages, oldest first.
    async fn archived(&self) -> Result<Vec<String>> {
        let rows = self.other.call("mam", serde_json::json!({ "last": 50 })).await?;
        let ids = rows.as_array().into_iter().flatten().filter_map(|row| row["archive_id"].as_str().map(str::to_owned));
        Ok(ids.collect())
    }

    async fn displays_elsewhere(&self, id: &str) -> Result<()> {
        let options = [
            ("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options"),
            ("pubsub#persist_items", "true"),
            ("pubsub#max_items", "max"),
            ("pubsub#access_model", "whitelist"),
            ("pubsub#send_last_published_item", "never"),
        ];
        let fields: String =
            options.iter().map(|(var, value)| format!("<field var='{var}'><value>{value}</value></field>")).collect();
        let xml = format!(
            "<pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:mds:displayed:0'><item id='{JULIET}'>\
             <displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='romeo@example.test' id='{id}'/>\
             </displayed></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'>{fields}</x>\
             </publish-options></pubsub>"
        );
        self.other.call("iq", serde_json::json!({ "xml": xml, "type": "set" })).await.map(drop)
    }

    /// What the node says of the chat.
    async fn published(&self) -> Option<String> {
        let xml = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:mds:displayed:0'/></pubsub>";
        let answer = self.other.call("iq", serde_json::json!({ "xml": xml, "type": "get" })).await.ok()?;
        Some(answer.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_device_displayed_is_read_here() -> Result<()> {
    let mut stage = Stage::set().await?;
    for body in ["one", "two", "three"] {
        stage.juliet.send("romeo@example.test", body).await?;
        stage.me.message(JULIET, body, |m| m.body == body).await?;
    }
    stage.unread(3).await?;
    let ids = stage.archived().await?;
    ensure!(ids.len() == 3, "{ids:?}");
    stage.displays_elsewhere(&ids[1]).await?;
    stage.unread(1).await?;
    // Never back.
    stage.displays_elsewhere(&ids[0]).await?;
    stage.juliet.send("romeo@example.test", "four").await?;
    stage.unread(2).await?;
    // While we are away; its message comes with the archive.
    stage.me.app.close().await;
    stage.juliet.send("romeo@example.test", "five").await?;
    stage.other.message(JULIET, "five").await?;
    let ids = stage.archived().await?;
    stage.displays_elsewhere(&ids[4]).await?;
    stage.me = stage.me.reopen()?;
    stage.me.online().await?;
    stage.me.message(JULIET, "five", |m| m.body == "five").await?;
    stage.unread(0).await?;
    stage.me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_displayed_here_is_told_to_other_devices() -> Result<()> {
    let stage = Stage::set().await?;
    stage.juliet.send("romeo@example.test", "one").await?;
    stage.juliet.send("romeo@example.test", "two").await?;
    let two = stage.me.message(JULIET, "two", |m| m.body == "two").await?;
    let ids = stage.archived().await?;
    let read = MarkRead { account: stage.me.account.clone(), peer: JULIET.into(), order: two.order };
    stage.me.call(read).await?;
    until("the displayed message to be published", async || stage.published().await?.contains(&ids[1]).then_some(()))
        .await?;
    let private = stage.juliet.call(
        "iq",
        serde_json::json!({ "xml": "<pubsub xmlns='http://jabber.org/protocol/pubsub'>\
            <items node='urn:xmpp:mds:displayed:0'/></pubsub>", "type": "get", "to": "romeo@example.test" }),
    );
    let private = private.await;
    ensure!(!private.as_ref().is_ok_and(|answer| answer.to_string().contains(&ids[1])), "Juliet sees it: {private:?}");
    stage.me.app.close().await;
    drop(stage.server);
    Ok(())
}
