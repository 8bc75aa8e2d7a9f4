//! Roster, requests, presence, blocking, pictures and names, against real servers and an independent peer.

use base64::{Engine, prelude::BASE64_STANDARD};
use harness::{At, Headless, Prosody, Result, Slix, Version, ensure, until};
use serde_json::{Value, json};
use waxwing_contract::{
    AccountId, AddContact, Code, Contact, ContactId, Delivery, GetAvatar, GetBlockList, GetContactDetails,
    RemoveContact, SessionState, SetBlocked, SetPresence, Show, Subscribe, Subscription, SubscriptionAction,
    SubscriptionRequest, UpdateContact, View,
};

use crate::servers::Server;

/// A picture: the smallest PNG there is.
const PNG: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\
    \x01\0\0\x05\0\x01\r\n-\xb4\0\0\0\0IEND\xaeB`\x82";

struct Stage {
    server: Server,
    mine: At,
    theirs: At,
    me: Headless,
    peer: Slix,
}

impl Stage {
    async fn set(server: Server, name: &str) -> Result<Self> {
        println!("{}", server.name());
        let mine = server.account(&format!("{name}-me")).await?;
        let theirs = server.account(&format!("{name}-peer")).await?;
        let me = Headless::sign_in(&mine).await?;
        let peer = server.slix(&theirs, "balcony").await?;
        Ok(Self { server, mine, theirs, me, peer })
    }

    fn account(&self) -> String {
        self.me.account.clone()
    }

    fn peer(&self) -> ContactId {
        ContactId { account: self.account(), jid: self.theirs.jid.clone() }
    }

    async fn subscribe(&self, action: SubscriptionAction) -> Result<()> {
        let ContactId { account, jid } = self.peer();
        Ok(self.me.call(Subscribe { account, jid, action }).await?)
    }

    async fn block(&self, blocked: bool) -> Result<()> {
        let ContactId { account, jid } = self.peer();
        Ok(self.me.call(SetBlocked { account, jid, blocked }).await?)
    }

    async fn blocked(&self) -> Result<Vec<String>> {
        Ok(self.me.call(GetBlockList(AccountId { account: self.account() })).await?.jids)
    }

    /// Both see each other.
    async fn befriend(&self) -> Result<()> {
        let ContactId { account, jid } = self.peer();
        let (name, groups, message) = ("Juliet".into(), vec!["Capulets".into()], String::new());
        self.me.call(AddContact { account, jid, name, groups, message }).await?;
        self.peer.presence(&self.mine.jid, "subscribe").await?;
        self.peer.call("approve", json!({ "to": self.mine.jid })).await?;
        self.peer.call("subscribe", json!({ "to": self.mine.jid })).await?;
        self.contact("befriended", |c| c.subscription == Subscription::Both && c.presence.show == Show::Online)
            .await
            .map(drop)
    }

    async fn contact(&self, what: &str, wanted: impl Fn(&Contact) -> bool) -> Result<Contact> {
        self.me.item(&View::Roster, what, |c: &Contact| c.jid == self.theirs.jid && wanted(c)).await
    }

    async fn request(&self) -> Result<SubscriptionRequest> {
        let from_them = |r: &SubscriptionRequest| r.jid == self.theirs.jid;
        self.me.item(&View::Requests, "a request", from_them).await
    }

    /// Waits until a view holds nothing of the peer's.
    async fn gone(&self, view: &View) -> Result<()> {
        until(&format!("{} to leave {view:?}", self.theirs.jid), async || {
            let held = self.me.watch(view).ok()?.next().await?;
            let items = held["items"].as_array()?;
            items.iter().all(|item| item["jid"] != self.theirs.jid.as_str()).then_some(())
        })
        .await
    }

    /// What the peer's server says of us in their roster.
    async fn theirs_of_us(&self) -> Result<Value> {
        Ok(self.peer.call("roster", json!({})).await?[&self.mine.jid].clone())
    }

    async fn end(self) {
        self.me.app.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_is_renamed_regrouped_and_removed() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "rename").await?;
        let other = stage.server.slix(&stage.mine, "phone").await?;
        stage.befriend().await?;
        let ContactId { account, jid } = stage.peer();
        let (name, groups) = ("J & <b>ü</b> 🦆".to_owned(), vec!["A \"group\"".to_owned(), "Verona".to_owned()]);
        stage.me.call(UpdateContact { account, jid, name: name.clone(), groups: groups.clone() }).await?;
        let contact = stage.contact("renamed", |c| c.name == name && c.groups.len() == 2).await?;
        ensure!(groups.iter().all(|group| contact.groups.contains(group)), "{contact:?}");
        ensure!(contact.subscription == Subscription::Both, "renaming changed the subscription: {contact:?}");
        let push = other.wait("the push to another device", |e| e["event"] == "roster" && e["name"] == name.as_str());
        let push = push.await?;
        ensure!(push["groups"].as_array().is_some_and(|g| g.len() == 2), "{push}");

        // another device's change comes here
        other.call("roster_set", json!({ "jid": stage.theirs.jid, "name": "By phone", "groups": ["Phone"] })).await?;
        stage.contact("renamed by another device", |c| c.name == "By phone" && c.groups == ["Phone"]).await?;

        let ContactId { account, jid } = stage.peer();
        let update = UpdateContact { account, jid, name: String::new(), groups: Vec::new() };
        stage.me.call(update).await?;
        stage.contact("without name and groups", |c| c.name == stage.theirs.jid && c.groups.is_empty()).await?;

        stage.me.call(RemoveContact(stage.peer())).await?;
        stage.gone(&View::Roster).await?;
        stage.peer.presence(&stage.mine.jid, "unsubscribed").await?;
        let theirs = stage.theirs_of_us().await?;
        ensure!(theirs["subscription"] != "both" && theirs["subscription"] != "to", "still subscribed: {theirs}");
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocked_are_not_heard() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "block").await?;
        stage.befriend().await?;
        ensure!(stage.blocked().await?.is_empty(), "somebody is blocked from the start");
        stage.peer.send(&stage.mine.jid, "before").await?;
        stage.me.message(&stage.theirs.jid, "before", |m| m.body == "before").await?;

        stage.block(true).await?;
        stage.contact("blocked", |c| c.blocked).await?;
        ensure!(stage.blocked().await? == [stage.theirs.jid.clone()], "the list: {:?}", stage.blocked().await?);
        // who is blocked sees us leave (XEP-0191 §3.3); ejabberd does not tell them
        if let Server::Prosody(_) = stage.server {
            stage.peer.presence(&stage.mine.jid, "unavailable").await?;
        }
        stage.peer.send(&stage.mine.jid, "while blocked").await?;
        // the server has dealt with it once it answers what follows
        stage.peer.call("ping", json!({})).await?;

        stage.block(false).await?;
        stage.contact("unblocked", |c| !c.blocked).await?;
        ensure!(stage.blocked().await?.is_empty(), "the list: {:?}", stage.blocked().await?);
        stage.peer.send(&stage.mine.jid, "after").await?;
        stage.me.message(&stage.theirs.jid, "after", |m| m.body == "after").await?;
        let bodies: Vec<_> = stage.me.newest(&stage.theirs.jid, 10).await?.into_iter().map(|m| m.body).collect();
        ensure!(bodies == ["before", "after"], "{}: {bodies:?}", stage.server.name());

        // another device blocks
        let phone = stage.server.slix(&stage.mine, "phone").await?;
        phone.call("block", json!({ "jids": [stage.theirs.jid] })).await?;
        stage.contact("blocked by another device", |c| c.blocked).await?;
        phone.call("unblock", json!({ "jids": [stage.theirs.jid] })).await?;
        stage.contact("unblocked by another device", |c| !c.blocked).await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_is_still_so_after_a_restart() -> Result<()> {
    let server = Server::Prosody(Box::new(Prosody::builder().start().await?));
    let mut stage = Stage::set(server, "block").await?;
    stage.befriend().await?;
    stage.block(true).await?;
    stage.contact("blocked", |c| c.blocked).await?;
    stage.me = stage.me.restart().await?;
    stage.me.online().await?;
    stage.contact("blocked after a restart", |c| c.blocked).await?;
    stage.end().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_accepted_or_denied() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "ask").await?;
        let words = format!(
            "<presence to='{}' type='subscribe'><status>Let me in &amp; out</status>\
             <nick xmlns='http://jabber.org/protocol/nick'>Jule</nick></presence>",
            stage.mine.jid
        );
        stage.peer.call("raw", json!({ "xml": words })).await?;
        let request = stage.request().await?;
        ensure!(request.message == "Let me in & out", "{}: its words: {request:?}", stage.server.name());
        ensure!(request.name == "Jule", "{}: its name: {request:?}", stage.server.name());
        stage.subscribe(SubscriptionAction::Deny).await?;
        stage.peer.presence(&stage.mine.jid, "unsubscribed").await?;
        stage.gone(&View::Requests).await?;

        stage.peer.call("subscribe", json!({ "to": stage.mine.jid })).await?;
        stage.request().await?;
        stage.subscribe(SubscriptionAction::Approve).await?;
        stage.peer.presence(&stage.mine.jid, "subscribed").await?;
        stage.peer.presence(&stage.mine.jid, "available").await?;
        stage.gone(&View::Requests).await?;
        stage.contact("they see us", |c| c.subscription == Subscription::From).await?;

        // and stops showing them
        stage.subscribe(SubscriptionAction::Deny).await?;
        stage.peer.presence(&stage.mine.jid, "unsubscribed").await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_outlives_a_restart() -> Result<()> {
    for server in Server::all().await? {
        let mut stage = Stage::set(server, "wait").await?;
        stage.peer.call("subscribe", json!({ "to": stage.mine.jid })).await?;
        stage.request().await?;
        stage.me = stage.me.restart().await?;
        stage.me.online().await?;
        stage.request().await?;
        stage.subscribe(SubscriptionAction::Approve).await?;
        stage.peer.presence(&stage.mine.jid, "subscribed").await?;
        stage.gone(&View::Requests).await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pre_approved_person_gets_in_without_asking_again() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "pre").await?;
        stage.subscribe(SubscriptionAction::Approve).await?;
        stage.peer.call("subscribe", json!({ "to": stage.mine.jid })).await?;
        stage.peer.presence(&stage.mine.jid, "subscribed").await?;
        stage.peer.presence(&stage.mine.jid, "available").await?;
        stage.gone(&View::Requests).await?;
        stage.contact("they see us", |c| c.subscription == Subscription::From).await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_seen_on_both_sides() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "seen").await?;
        stage.befriend().await?;
        stage.peer.presence(&stage.mine.jid, "available").await?;
        for (show, word) in [(Show::Away, "away"), (Show::Xa, "xa"), (Show::Dnd, "dnd"), (Show::Chat, "chat")] {
            let status = format!("I am <{word}> & «so»");
            let (account, priority) = (stage.account(), -5);
            stage.me.call(SetPresence { account, show, status: status.clone(), priority }).await?;
            let seen = stage.peer.wait(&status, |e| e["event"] == "presence" && e["status"] == status.as_str()).await?;
            ensure!(seen["show"] == word && seen["priority"] == "-5", "{seen}");

            stage.peer.call("presence", json!({ "show": word, "status": status, "priority": 7 })).await?;
            let wanted = |c: &Contact| c.presence.show == show && c.presence.status == status;
            let contact = stage.contact(&format!("theirs: {word}"), wanted).await?;
            ensure!(contact.presence.priority == 7, "{contact:?}");
        }
        let details = stage.me.call(GetContactDetails(stage.peer())).await?;
        ensure!(details.devices.iter().any(|d| d.resource == "balcony" && d.presence.priority == 7), "{details:?}");

        let (account, status) = (stage.account(), String::new());
        stage.me.call(SetPresence { account, show: Show::Offline, status, priority: 0 }).await?;
        stage.peer.presence(&stage.mine.jid, "unavailable").await?;
        stage.peer.call("presence", json!({ "type": "unavailable" })).await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn offline_is_signed_out_and_misses_nothing() -> Result<()> {
    for server in Server::all().await? {
        let mut stage = Stage::set(server, "away").await?;
        stage.befriend().await?;
        let set = |show| SetPresence { account: stage.me.account.clone(), show, status: String::new(), priority: 0 };
        let (offline, online) = (set(Show::Offline), set(Show::Online));
        stage.me.call(offline).await?;
        stage.peer.presence(&stage.mine.jid, "unavailable").await?;
        stage.me.session("signed out", |s| *s == SessionState::Offline).await?;
        stage.peer.send(&stage.mine.jid, "while you were out").await?;
        let waiting = stage.me.say(&stage.theirs.jid, "until I am back").await?;
        // The choice outlives the process.
        stage.me = stage.me.restart().await?;
        stage.me.session("still signed out", |s| *s == SessionState::Offline).await?;
        stage.me.call(online).await?;
        stage.me.online().await?;
        stage.me.message(&stage.theirs.jid, "what came meanwhile", |m| m.body == "while you were out").await?;
        stage.me.delivered(&stage.theirs.jid, &waiting, Delivery::Delivered).await?;
        stage.peer.message(&stage.mine.jid, "until I am back").await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_kept_over_a_restart() -> Result<()> {
    let server = Server::Prosody(Box::new(Prosody::builder().start().await?));
    let mut stage = Stage::set(server, "kept").await?;
    stage.befriend().await?;
    let (account, status) = (stage.account(), "At sea".to_owned());
    stage.me.call(SetPresence { account, show: Show::Dnd, status, priority: 3 }).await?;
    stage.peer.wait("our presence", |e| e["status"] == "At sea").await?;
    stage.me = stage.me.restart().await?;
    let seen = stage.peer.wait("our presence after a restart", |e| e["status"] == "At sea").await?;
    ensure!(seen["show"] == "dnd" && seen["priority"] == "3", "{seen}");
    stage.contact("they are there", |c| c.presence.show == Show::Online).await?;
    stage.end().await;
    Ok(())
}

/// Waits for the picture of the peer and takes it out.
async fn shows(stage: &Stage, what: &str) -> Result<()> {
    let contact = stage.contact(what, |c| c.avatar.is_some()).await?;
    let get = |key| GetAvatar { account: stage.account(), key };
    let avatar = stage.me.call(get(contact.avatar.unwrap_or_default())).await?;
    let wanted = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(PNG));
    ensure!(avatar.url == wanted, "{what}: {}", avatar.url);
    let unknown = stage.me.call(get("0".repeat(40))).await;
    ensure!(unknown.as_ref().is_err_and(|failure| failure.code == Code::NotFound), "an unknown key: {unknown:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_arrives_by_pep() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "pep").await?;
        stage.befriend().await?;
        stage.peer.call("avatar", json!({ "data": BASE64_STANDARD.encode(PNG) })).await?;
        shows(&stage, "a picture by PEP").await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_arrives_by_vcard() -> Result<()> {
    for version in Version::ALL {
        // neither converts it to PEP
        let builder = Prosody::builder().version(version).without(&["pep", "bookmarks", "vcard4", "vcard_legacy"]);
        let builder = builder.host_option("modules_enabled = { \"vcard\" }");
        let stage = Stage::set(Server::Prosody(Box::new(builder.start().await?)), "vcard").await?;
        stage.befriend().await?;
        // slixmpp adds the picture to the vCard that is there
        stage.peer.call("vcard", json!({ "full_name": "Juliet" })).await?;
        stage.peer.call("vcard_avatar", json!({ "data": BASE64_STANDARD.encode(PNG) })).await?;
        shows(&stage, "a picture by vCard").await?;
        stage.end().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vcard_is_shown_in_the_details() -> Result<()> {
    for server in Server::all().await? {
        let stage = Stage::set(server, "card").await?;
        stage.befriend().await?;
        let card = json!({ "full_name": "Juliet <Capulet>", "nickname": "Jule", "email": "jule@verona.test" });
        stage.peer.call("vcard", card).await?;
        let details = stage.me.call(GetContactDetails(stage.peer())).await?;
        ensure!(details.full_name.as_deref() == Some("Juliet <Capulet>"), "{details:?}");
        ensure!(details.nickname.as_deref() == Some("Jule"), "{details:?}");
        ensure!(details.email.as_deref() == Some("jule@verona.test"), "{details:?}");
        ensure!(details.contact.name == "Juliet", "the roster's name comes first: {details:?}");
        ensure!(details.devices.iter().any(|device| device.resource == "balcony"), "{details:?}");
        stage.end().await;
    }
    Ok(())
}
