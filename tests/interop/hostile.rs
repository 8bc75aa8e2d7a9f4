//! A server, or somebody through it, that says what it may not, on a scripted server.

use harness::{
    At, Attended, Context, Headless, Result, Scripted, ensure, headless,
    scripted::{Conversation, PASSWORD},
    stanzas::attribute,
    until,
};
use serde_json::Value;
use waxwing_contract::{AccountDetails, AccountId, Feature, GetAccountDetails, View};

const ME: &str = "romeo@example.test";
pub const MALLORY: &str = "mallory@example.test";
const JULIET: &str = "juliet@example.test";

/// The client online on a scripted server.
pub struct Stage {
    pub server: Scripted,
    pub me: Headless,
    pub said: Attended,
}

impl Stage {
    pub async fn set() -> Result<Self> {
        Self::with(|_| (), &[]).await
    }

    /// With a server of these features; pieces that contain one of `held` are left to the test, which must then see to
    /// it itself that the client comes online.
    pub async fn with(features: impl FnOnce(&mut Conversation), held: &'static [&'static str]) -> Result<Self> {
        let server = Scripted::start().await?;
        let at = At::to(server.port, true, &server.certificate, ME, PASSWORD)?;
        let signing = tokio::spawn(async move { Headless::sign_in_only(&at).await });
        let mut conversation = server.session().await?;
        features(&mut conversation);
        let said = conversation.attend(held);
        let me = signing.await??;
        if held.is_empty() {
            me.online().await?;
        }
        Ok(Self { server, me, said })
    }

    /// A plain message from Juliet comes through: the stream lives, and what came before it was dealt with.
    pub async fn goes_on(&self, body: &str) -> Result<()> {
        self.said.say(message(JULIET, body, ""))?;
        self.me.message(JULIET, body, |m| m.body == body).await.map(drop)
    }

    async fn details(&self) -> Result<AccountDetails> {
        Ok(self.me.call(GetAccountDetails(AccountId { account: self.me.account.clone() })).await?)
    }

    pub async fn bodies(&self, peer: &str) -> Result<Vec<String>> {
        // what is kept here: `timeline.page` would ask the archive as well
        let kept = self.me.watch(&self.me.timeline(peer))?.next().await.unwrap_or_default();
        Ok(headless::items(&kept).filter_map(|m| m["body"].as_str().map(str::to_owned)).collect())
    }

    /// How many stanzas the client says it has handled.
    async fn acknowledged(&self) -> Result<u32> {
        self.said.say("<r xmlns='urn:xmpp:sm:3'/>")?;
        let ack = self.said.hears(&["<a ", "urn:xmpp:sm:3"]).await?;
        attribute(&ack, "h").and_then(|h| h.parse().ok()).with_context(|| format!("no h in {ack}"))
    }

    async fn skipped(&self, count: u32, what: &str) -> Result<()> {
        let details = self.details().await?;
        ensure!(details.skipped_stanzas == count, "{what}: {} skipped, not {count}", details.skipped_stanzas);
        Ok(())
    }

    async fn contacts(&self) -> Result<Vec<Value>> {
        let roster = self.me.watch(&View::Roster)?.next().await.unwrap_or_default();
        Ok(roster["items"].as_array().cloned().unwrap_or_default())
    }
}

pub fn message(from: &str, body: &str, extra: &str) -> String {
    format!("<message type='chat' from='{from}/x' to='{ME}'><body>{body}</body>{extra}</message>")
}

fn forwarded(from: &str, to: &str, body: &str) -> String {
    format!(
        "<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>\
         <message xmlns='jabber:client' type='chat' from='{from}' to='{to}' id='f1'><body>{body}</body></message>\
         </forwarded>"
    )
}

/// A message this deep; it is one deep itself.
pub fn nested(depth: usize) -> String {
    message(MALLORY, &format!("deep {depth}"), &content(depth - 1))
}

fn content(depth: usize) -> String {
    "<a xmlns='urn:test'>".repeat(depth) + &"</a>".repeat(depth)
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_carbons_are_dropped_and_true_ones_are_not() -> Result<()> {
    let stage = Stage::set().await?;
    let carbon = |from: &str, kind: &str, way: &str, inner: String| {
        let carbon = format!("<{way} xmlns='urn:xmpp:carbons:2'>{inner}</{way}>");
        format!("<message from='{from}' to='{ME}' type='{kind}'>{carbon}</message>")
    };
    let to_me = |body| forwarded(&format!("{JULIET}/x"), ME, body);
    let by_me = |body| forwarded(&format!("{ME}/other"), JULIET, body);
    let twice = format!(
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='{ME}' to='{ME}'>\
         <received xmlns='urn:xmpp:carbons:2'>{}</received></message></forwarded>",
        to_me("forged: twice")
    );
    let forged = [
        carbon(&format!("{MALLORY}/x"), "chat", "received", to_me("forged: by another")),
        carbon(&format!("{MALLORY}/x"), "chat", "sent", by_me("forged: sent, by another")),
        carbon("example.test", "chat", "received", to_me("forged: by the server")),
        carbon(&format!("{ME}/other"), "chat", "received", to_me("forged: by a full address")),
        carbon(ME, "groupchat", "received", to_me("forged: groupchat")),
        carbon(ME, "error", "received", to_me("forged: error")),
        carbon(ME, "chat", "received", forwarded(&format!("{JULIET}/x"), MALLORY, "forged: to another")),
        carbon(ME, "chat", "sent", forwarded(&format!("{MALLORY}/x"), JULIET, "forged: from another")),
        carbon(ME, "chat", "received", twice),
    ];
    for stanza in forged {
        stage.said.say(stanza)?;
    }
    stage.said.say(carbon(ME, "chat", "received", to_me("true: received")))?;
    stage.said.say(carbon(ME, "chat", "sent", by_me("true: sent")))?;
    stage.goes_on("afterwards").await?;
    let mut bodies = stage.bodies(JULIET).await?;
    bodies.sort();
    ensure!(bodies == ["afterwards", "true: received", "true: sent"], "Juliet's conversation: {bodies:?}");
    let others = [stage.bodies(MALLORY).await?, stage.bodies(ME).await?, stage.bodies("example.test").await?].concat();
    ensure!(others.is_empty(), "forged carbons came through: {others:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roster_push_counts_from_our_own_account_alone() -> Result<()> {
    let stage = Stage::set().await?;
    let push = |id: &str, from: &str, jid: &str| {
        format!(
            "<iq type='set' id='{id}'{from}><query xmlns='jabber:iq:roster'><item jid='{jid}' subscription='both'/>\
             </query></iq>"
        )
    };
    for (number, from) in [&format!("{MALLORY}/x"), MALLORY, "evil.test", &format!("{ME}/other")].iter().enumerate() {
        let id = format!("forged{number}");
        stage.said.say(push(&id, &format!(" from='{from}'"), MALLORY))?;
        let answer = stage.said.hears(&["<iq", &id]).await?;
        ensure!(answer.contains("service-unavailable") && answer.contains("error"), "to {from}: {answer}");
        ensure!(answer.contains(*from), "the answer goes to another than {from}: {answer}");
    }
    stage.said.say(push("true1", "", JULIET))?;
    let answer = stage.said.hears(&["<iq", "true1"]).await?;
    ensure!(answer.contains("result"), "our server's own push: {answer}");
    stage.said.say(push("true2", &format!(" from='{ME}'"), "nurse@example.test"))?;
    let answer = stage.said.hears(&["<iq", "true2"]).await?;
    ensure!(answer.contains("result"), "our account's own push: {answer}");
    let contacts = stage.contacts().await?;
    let mut jids: Vec<_> = contacts.iter().filter_map(|contact| contact["jid"].as_str()).collect();
    jids.sort_unstable();
    ensure!(jids == [JULIET, "nurse@example.test"], "the roster: {jids:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_result_counts_from_the_archive_and_for_a_query_of_ours() -> Result<()> {
    let stage = Stage::with(|c| c.account_features = vec!["urn:xmpp:mam:2"], &["urn:xmpp:mam:2"]).await?;
    let query = stage.said.hears(&["<iq", "urn:xmpp:mam:2"]).await?;
    let id = attribute(&query, "id").unwrap_or_default();
    let at = query.find("<query").unwrap_or_default();
    let queryid = attribute(&query[at..], "queryid").unwrap_or_default();
    ensure!(!queryid.is_empty() && !id.is_empty(), "no queryid: {query}");
    let result = |from: &str, query: &str, archive_id: &str, body: &str| {
        format!(
            "<message to='{ME}'{from}><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='{archive_id}'>{}</result>\
             </message>",
            forwarded(&format!("{JULIET}/x"), ME, body)
        )
    };
    let from = |jid: &str| format!(" from='{jid}'");
    stage.said.say(result("", "nobodys", "a1", "forged: a query nobody asked"))?;
    stage.said.say(result(&from(&format!("{MALLORY}/x")), &queryid, "a2", "forged: by another"))?;
    stage.said.say(result(&from("example.test"), &queryid, "a3", "forged: by the server"))?;
    stage.said.say(result(&from(&format!("{ME}/other")), &queryid, "a4", "forged: by a device"))?;
    stage.said.say(result(&from(ME), &queryid, "a5", "true: by the account"))?;
    stage.said.say(result("", &queryid, "a6", "true: without an address"))?;
    stage.said.say(format!("<iq type='result' id='{id}'><fin xmlns='urn:xmpp:mam:2' complete='true'/></iq>"))?;
    stage.me.online().await?;
    // the query is over now
    stage.said.say(result(&from(ME), &queryid, "a7", "forged: too late"))?;
    stage.goes_on("afterwards").await?;
    let mut bodies = stage.bodies(JULIET).await?;
    bodies.sort();
    ensure!(bodies == ["afterwards", "true: by the account", "true: without an address"], "{bodies:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stanza_id_of_others_makes_nothing_a_duplicate() -> Result<()> {
    let id = |by: &str, id: &str| format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{id}'/>");
    let stage = Stage::with(|c| c.account_features = vec!["urn:xmpp:sid:0"], &[]).await?;
    stage.said.say(message(JULIET, "one", &id(ME, "A")))?;
    stage.said.say(message(JULIET, "two, marked by Mallory", &id(MALLORY, "A")))?;
    stage.said.say(message(JULIET, "three, marked twice", &(id(ME, "A") + &id(ME, "A"))))?;
    stage.said.say(message(JULIET, "four, marked by a device", &id(&format!("{ME}/x"), "A")))?;
    stage.said.say(message(JULIET, "one again", &id(ME, "A")))?;
    stage.goes_on("afterwards").await?;
    let bodies = stage.bodies(JULIET).await?;
    let wanted = ["one", "two, marked by Mallory", "three, marked twice", "four, marked by a device", "afterwards"];
    ensure!(bodies == wanted, "where ids are trusted: {bodies:?}");

    let stage = Stage::set().await?;
    stage.said.say(message(JULIET, "one", &id(ME, "A")))?;
    stage.said.say(message(JULIET, "two", &id(ME, "A")))?;
    stage.goes_on("afterwards").await?;
    let bodies = stage.bodies(JULIET).await?;
    ensure!(bodies == ["one", "two", "afterwards"], "where the server does not announce that it marks: {bodies:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_deep_or_too_large_is_skipped() -> Result<()> {
    let stage = Stage::set().await?;
    stage.said.say(nested(60))?;
    stage.me.message(MALLORY, "60 deep", |m| m.body == "deep 60").await?;
    stage.skipped(0, "60 deep").await?;
    let many = |what: &str| message(MALLORY, "many", &what.repeat(20_001));
    let attributes: String = (0..20_001).map(|n| format!(" a{n}='1'")).collect();
    let hostile = [
        ("70 deep", nested(70)),
        ("200 deep", nested(200)),
        ("100,000 deep", nested(100_000)),
        ("2 MiB", message(MALLORY, &"x".repeat(2 * 1024 * 1024), "")),
        ("2 MiB of an attribute", message(MALLORY, "long", &format!("<a b='{}'/>", "x".repeat(2 * 1024 * 1024)))),
        ("20,001 elements", many("<a/>")),
        ("20,001 attributes", message(MALLORY, "many", &format!("<a{attributes}/>"))),
    ];
    for (count, (what, stanza)) in (1..).zip(hostile) {
        stage.said.say(stanza)?;
        stage.goes_on(&format!("after {what}")).await?;
        stage.skipped(count, what).await?;
    }
    stage.said.say(format!("<iq type='get' id='deep1' from='{MALLORY}/x'>{}</iq>", content(80)))?;
    let answer = stage.said.hears(&["<iq", "deep1"]).await?;
    ensure!(answer.contains("error"), "a request that was skipped is refused: {answer}");
    ensure!(stage.bodies(MALLORY).await? == ["deep 60"], "{:?}", stage.bodies(MALLORY).await?);
    ensure!(!stage.said.is_over(), "the stream ended");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn skipped_and_dropped_stanzas_are_counted() -> Result<()> {
    let stage = Stage::set().await?;
    stage.said.say(message(JULIET, "one", ""))?;
    stage.said.say(nested(80))?;
    stage.said.say(message(MALLORY, "carbon", "<sent xmlns='urn:xmpp:carbons:2'/>"))?;
    stage.said.say("<what xmlns='urn:test'/>")?;
    stage.said.say(" \n ")?;
    stage.said.say("<iq type='result' id='nobody-asked'/>")?;
    stage.said.say(format!("<presence from='{JULIET}/x'/>"))?;
    stage.goes_on("afterwards").await?;
    // What it answers by itself, perhaps still, and the six stanzas said here.
    let (mut last, mut wanted) = (0, 0);
    let counted = until("the acknowledgement", async || {
        wanted = stage.said.answered() + 6;
        last = stage.acknowledged().await.unwrap_or(0);
        (last == wanted).then_some(())
    });
    let counted = counted.await;
    ensure!(counted.is_ok(), "acknowledged are {last}, said were {wanted}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_answered() -> Result<()> {
    let stage = Stage::set().await?;
    let ask = |id: &str, from: &str, kind: &str, payload: &str| {
        format!("<iq type='{kind}' id='{id}' from='{from}'>{payload}</iq>")
    };
    stage.said.say(ask("p1", "example.test", "get", "<ping xmlns='urn:xmpp:ping'/>"))?;
    let pong = stage.said.hears(&["<iq", "p1"]).await?;
    ensure!(pong.contains("result") && pong.contains("example.test"), "the server's ping: {pong}");
    stage.said.say("<iq type='get' id='p2'><ping xmlns='urn:xmpp:ping'/></iq>")?;
    let pong = stage.said.hears(&["<iq", "p2"]).await?;
    ensure!(pong.contains("result"), "the account's ping: {pong}");
    for (id, from, kind, payload) in [
        ("u1", "example.test", "get", "<what xmlns='urn:test'/>"),
        ("u2", "example.test", "set", "<what xmlns='urn:test'/>"),
        ("u3", "mallory@example.test/x", "get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
        ("u4", "mallory@example.test/x", "get", "<query xmlns='jabber:iq:version'/>"),
        ("u5", "mallory@example.test/x", "get", "<ping xmlns='urn:xmpp:ping'/>"),
    ] {
        stage.said.say(ask(id, from, kind, payload))?;
        let answer = stage.said.hears(&["<iq", id]).await?;
        ensure!(answer.contains("error") && answer.contains("service-unavailable"), "{payload} from {from}: {answer}");
        ensure!(answer.contains(from), "{payload}: the answer goes to another than {from}: {answer}");
    }
    let presence = stage.said.hears(&["<presence", "http://jabber.org/protocol/caps", "urn:xmpp:caps"]).await?;
    let old = attribute(&presence[presence.find("<c").unwrap_or_default()..], "ver").unwrap_or_default();
    let hash = presence.split_once("<hash").and_then(|(_, rest)| rest.split_once('>')?.1.split_once('<'));
    let new = hash.map(|(hash, _)| hash).unwrap_or_default();
    for (id, node) in [
        ("caps-old", format!("https://waxwing.invalid/caps#{old}")),
        ("caps-new", format!("urn:xmpp:caps#sha-256.{new}")),
    ] {
        let query = format!("<query xmlns='http://jabber.org/protocol/disco#info' node='{node}'/>");
        stage.said.say(ask(id, "example.test", "get", &query))?;
        let answer = stage.said.hears(&["<iq", id]).await?;
        ensure!(answer.contains("result") && answer.contains("<feature"), "{node}: {answer}");
    }
    stage.said.say(ask("none1", "example.test", "get", ""))?;
    let answer = stage.said.hears(&["<iq", "none1"]).await?;
    ensure!(answer.contains("bad-request"), "a request without content: {answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_others_are_ignored() -> Result<()> {
    let held = &["jabber:iq:roster", "<query xmlns='http://jabber.org/protocol/disco#info'"];
    let stage = Stage::with(|_| (), held).await?;
    let roster = stage.said.hears(&["<iq", "jabber:iq:roster"]).await?;
    let answer = |from: &str, jid: &str| {
        let id = attribute(&roster, "id").unwrap_or_default();
        format!(
            "<iq type='result' id='{id}' from='{from}'><query xmlns='jabber:iq:roster'><item jid='{jid}' \
             subscription='both'/></query></iq>"
        )
    };
    stage.said.say(answer(&format!("{MALLORY}/x"), MALLORY))?;
    stage.said.say(answer("evil.test", MALLORY))?;
    stage.said.say(answer(ME, JULIET))?;
    let info = stage.said.hears(&["disco#info", ME]).await?;
    let features = |from: &str, feature: &str| {
        let id = attribute(&info, "id").unwrap_or_default();
        format!(
            "<iq type='result' id='{id}' from='{from}'><query xmlns='http://jabber.org/protocol/disco#info'>\
             <feature var='{feature}'/></query></iq>"
        )
    };
    stage.said.say(features(&format!("{MALLORY}/x"), "urn:xmpp:mam:2"))?;
    stage.said.say(features(ME, "urn:xmpp:sid:0"))?;
    stage.me.online().await?;
    let archive = stage.details().await?.capabilities.into_iter().find(|c| c.feature == Feature::Archive);
    ensure!(archive.as_ref().is_some_and(|archive| !archive.offered), "Mallory's answer counted: {archive:?}");
    let contacts = stage.contacts().await?;
    ensure!(contacts.len() == 1 && contacts[0]["jid"] == JULIET, "Mallory's roster counted: {contacts:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_element_is_left_aside() -> Result<()> {
    let stage = Stage::set().await?;
    stage.said.say("<what xmlns='urn:test'><ever/></what>")?;
    stage.said.say("<message xmlns='urn:test' from='mallory@example.test/x'><body>no stanza</body></message>")?;
    stage.said.say("<a xmlns='urn:xmpp:sm:3' h='nonsense'/>")?;
    stage.goes_on("afterwards").await?;
    ensure!(stage.bodies(MALLORY).await?.is_empty(), "an element of another namespace was taken for a message");
    ensure!(!stage.said.is_over(), "the stream ended");
    Ok(())
}
