//! People on two servers: everything between them goes from server to server, which may also fail.

use std::time::Duration;

use harness::{At, Context, FAR, Federation, Headless, Result, Slix, ensure, patiently, slix::Login, until};
use serde_json::json;
use waxwing_contract::{
    Code, Contact, ContactId, Delivery, MarkRead, Message, MessageId, RetryMessage, SetPresence, Show, Subscribe,
    Subscription, SubscriptionAction, SubscriptionRequest, View,
};

/// Us on one server, them on the other.
struct Pair {
    me: Headless,
    peer: Slix,
}

/// An account on Prosody.
async fn near(servers: &Federation, user: &str) -> Result<At> {
    servers.prosody.register(user, &format!("pw-{user}"))?;
    At::prosody(&servers.prosody, user)
}

/// An account on ejabberd.
async fn far(servers: &Federation, user: &str) -> Result<At> {
    servers.ejabberd.register(user, &format!("pw-{user}")).await?;
    At::ejabberd(&servers.ejabberd, user)
}

async fn slix(servers: &Federation, at: &At) -> Result<Slix> {
    let user = at.jid.split('@').next().unwrap_or_default();
    let login = if at.jid.ends_with(FAR) {
        Login::ejabberd(&servers.ejabberd, user, &at.password)
    } else {
        Login::prosody(&servers.prosody, user, &at.password)
    };
    login.resource("balcony").start().await
}

impl Pair {
    async fn of(servers: &Federation, mine: &At, theirs: &At) -> Result<Self> {
        Ok(Self { me: Headless::sign_in(mine).await?, peer: slix(servers, theirs).await? })
    }

    /// We on Prosody and they on ejabberd, and the other way round.
    async fn both(servers: &Federation) -> Result<[Self; 2]> {
        let (romeo, juliet) = (near(servers, "romeo").await?, far(servers, "juliet").await?);
        let (tybalt, paris) = (far(servers, "tybalt").await?, near(servers, "paris").await?);
        Ok([Self::of(servers, &romeo, &juliet).await?, Self::of(servers, &tybalt, &paris).await?])
    }

    fn contact(&self) -> ContactId {
        ContactId { account: self.me.account.clone(), jid: self.peer.bare().to_owned() }
    }

    async fn shows(&self, what: &str, wanted: impl Fn(&Contact) -> bool) -> Result<Contact> {
        let it = |c: &Contact| c.jid == self.peer.bare() && wanted(c);
        self.me.item(&View::Roster, what, it).await
    }

    /// They ask and we let them; we ask and they let us.
    async fn befriend(&self) -> Result<()> {
        let (mine, theirs) = (self.me.jid.as_str(), self.peer.bare());
        self.peer.call("subscribe", json!({ "to": mine })).await?;
        let asks = |r: &SubscriptionRequest| r.jid == theirs;
        self.me.item(&View::Requests, "their request", asks).await?;
        let subscribe = |action| {
            let ContactId { account, jid } = self.contact();
            self.me.call(Subscribe { account, jid, action })
        };
        subscribe(SubscriptionAction::Approve).await?;
        self.peer.presence(mine, "subscribed").await?;
        self.peer.presence(mine, "available").await?;
        subscribe(SubscriptionAction::Request).await?;
        self.peer.presence(mine, "subscribe").await?;
        self.peer.call("approve", json!({ "to": mine })).await?;
        self.shows("both subscribed", |c| c.subscription == Subscription::Both && is_here(c)).await.map(drop)
    }

    async fn says(&self, body: &str) -> Result<String> {
        Ok(self.me.say(self.peer.bare(), body).await?)
    }

    async fn delivered(&self, id: &str, how: Delivery) -> Result<()> {
        self.me.delivered(self.peer.bare(), id, how).await.map(drop)
    }

    /// Says something that does not get there, and finds out.
    async fn fails_to_say(&self, body: &str) -> Result<String> {
        let id = self.says(body).await?;
        let failed = |m: &Message| m.id == id && m.delivery == Some(Delivery::Failed);
        let failed = self.me.message(self.peer.bare(), &format!("{body:?} to come back"), failed).await?;
        let failure = failed.failure.context("a failed message without a failure")?;
        ensure!(failure.code == Code::TheirServerUnreachable, "{failure:?}");
        ensure!(failure.condition.as_deref().is_some_and(|c| c.starts_with("remote-server-")), "{failure:?}");
        Ok(id)
    }

    /// Sends a failed message again; it arrives, and no second time. Our server may be slow to try the other one again,
    /// and the person not.
    async fn retries(&self, id: &str, body: &str) -> Result<()> {
        let again = || RetryMessage(MessageId { account: self.me.account.clone(), id: id.to_owned() });
        until("a message sent again to arrive", async || {
            self.me.call(again()).await.ok()?;
            let messages = self.me.newest(self.peer.bare(), 50).await.ok()?;
            messages.iter().any(|m| m.id == id && m.delivery == Some(Delivery::Delivered)).then_some(())
        })
        .await?;
        self.peer.message(&self.me.jid, body).await?;
        let last = format!("after {body}");
        self.says(&last).await?;
        self.peer.message(&self.me.jid, &last).await?;
        let pending = self.peer.pending();
        let again: Vec<_> = pending.iter().filter(|event| event["body"] == body).collect();
        ensure!(again.is_empty(), "{body:?} came again: {again:?}");
        Ok(())
    }
}

fn is_here(contact: &Contact) -> bool {
    contact.presence.show != Show::Offline
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_two_servers_meet_and_talk() -> Result<()> {
    let servers = Federation::start().await?;
    let [one, other] = Pair::both(&servers).await?;
    let (one, other) = tokio::join!(meet_and_talk(&one), meet_and_talk(&other));
    one.context("from Prosody to ejabberd").and(other.context("from ejabberd to Prosody"))
}

async fn meet_and_talk(pair: &Pair) -> Result<()> {
    let Pair { me, peer } = pair;
    pair.befriend().await?;

    let (account, status) = (me.account.clone(), "In the orchard".to_owned());
    me.call(SetPresence { account, show: Show::Dnd, status: status.clone(), priority: 3 }).await?;
    let seen = peer.wait("our status", |e| e["event"] == "presence" && e["status"] == status.as_str()).await?;
    ensure!(seen["show"] == "dnd", "{seen}");
    peer.call("presence", json!({ "show": "away", "status": "On the balcony" })).await?;
    pair.shows("their status", |c| c.presence.show == Show::Away && c.presence.status == "On the balcony").await?;

    let mut ours = Vec::new();
    for number in 0..10 {
        ours.push(pair.says(&format!("ours {number}")).await?);
        peer.send(&me.jid, &format!("theirs {number}")).await?;
    }
    me.message(peer.bare(), "their last message", |m| m.body == "theirs 9").await?;
    let theirs: Vec<_> = me.newest(peer.bare(), 50).await?.into_iter().filter(|m| !m.outgoing).collect();
    ensure!(theirs.iter().map(|m| m.body.clone()).eq((0..10).map(|n| format!("theirs {n}"))), "{theirs:?}");
    let mut last = json!(null);
    for number in 0..10 {
        last = peer.wait("our next message", |e| e["body"].as_str().is_some_and(|b| b.starts_with("ours"))).await?;
        ensure!(last["body"] == format!("ours {number}"), "out of order: {last}");
    }
    for id in &ours {
        pair.delivered(id, Delivery::Delivered).await?;
    }
    let marker = json!({ "to": me.jid, "marker": { "kind": "displayed", "id": last["id"] } });
    peer.call("send", marker).await?;
    pair.delivered(&ours[9], Delivery::Read).await?;

    let asking = json!({ "to": me.jid, "body": "Seen?", "receipt": true, "markable": true, "id": "seen-1" });
    peer.call("send", asking).await?;
    peer.receipt("seen-1").await?;
    let message = me.message(peer.bare(), "what asks to be seen", |m| m.body == "Seen?").await?;
    let (account, to) = (me.account.clone(), peer.bare().to_owned());
    me.call(MarkRead { account, peer: to, order: message.order }).await?;
    peer.marker("displayed", "seen-1").await?;
    Ok(())
}

/// Nobody signs in anew: what the servers forgot to tell each other has to be asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_parts_two_servers_heals_by_itself() -> Result<()> {
    let servers = Federation::start().await?;
    let pairs = Pair::both(&servers).await?;
    for pair in &pairs {
        pair.befriend().await?;
    }
    servers.part();
    let mut failed = Vec::new();
    for pair in &pairs {
        failed.push(pair.fails_to_say("into the gap").await.with_context(|| pair.me.jid.clone())?);
        pair.shows("not to be there, for all we know", |c| !is_here(c)).await?;
        // nobody here hears of it
        pair.peer.call("presence", json!({ "show": "xa", "status": "Changed meanwhile" })).await?;
    }
    servers.join();
    for (pair, id) in pairs.iter().zip(failed) {
        // asked for after 5 to 10 seconds, and then after 10 more
        let back = |c: &Contact| c.presence.show == Show::Xa && c.presence.status == "Changed meanwhile";
        let seen = async || pair.shows("to be there again", back).await.ok();
        patiently(Duration::from_secs(45), &format!("{} to be seen again", pair.peer.bare()), seen).await?;
        pair.retries(&id, "into the gap").await?;
    }
    // the archive holds both attempts and what came back of the first
    let [Pair { me, peer }, _] = pairs;
    let me = me.restart().await?;
    me.online().await?;
    let messages = me.newest(peer.bare(), 50).await?;
    let delivered = messages.iter().all(|m| m.delivery == Some(Delivery::Delivered));
    ensure!(delivered && messages.len() == 2, "{messages:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_far_server_that_was_killed_comes_back() -> Result<()> {
    let mut servers = Federation::start().await?;
    let (mine, theirs) = (far(&servers, "tybalt").await?, near(&servers, "paris").await?);
    let mut pair = Pair::of(&servers, &mine, &theirs).await?;
    pair.befriend().await?;
    servers.prosody.kill();
    let id = pair.fails_to_say("to nobody").await?;
    pair.shows("not to be there, for all we know", |c| !is_here(c)).await?;
    servers.prosody.restart().await?;
    pair.peer = slix(&servers, &theirs).await?;
    pair.shows("to be there again", is_here).await?;
    pair.retries(&id, "to nobody").await
}
