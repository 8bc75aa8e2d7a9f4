//! Coming up to date with an archive after a long time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use harness::{At, Headless, Prosody, Relay, Result, ensure, headless, seed, stanzas::attribute};
use waxwing_contract::{Code, Conversation, Delivery, Failure, GetPage, Message, Page, PageAt, SessionState, View};

use crate::hostile::Stage;

const JULIET: &str = "juliet@example.test";
const COUNT: usize = 1200;
const DAY: i64 = 86_400;

/// Two weeks' worth of messages: the newest are there at once, and all of them in the end.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_last_is_seen_first() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let begin = now()? - 14 * DAY;
    let message = |number: usize| seed::Message {
        with: JULIET.into(),
        incoming: true,
        body: format!("number {number}"),
        at: begin + i64::try_from(number).unwrap_or_default() * 14 * DAY / 1300,
    };
    seed::archive(&server, "romeo", 1, message)?;
    let relay = Relay::start(server.c2s_port).await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?.through(relay.port)).await?;
    me.message(JULIET, "the first message", |m| m.body == "number 0").await?;
    me.app.close().await;
    seed::archive(&server, "romeo", COUNT, |n| message(n + 1))?;

    // So far away that the pages come one by one.
    relay.delay(Duration::from_millis(200));
    let me = me.reopen()?;
    let last = format!("number {COUNT}");
    me.message(JULIET, "the last message", |m| m.body == last).await?;
    let early = headless::everything(&me.app, &me.account, JULIET).await?;
    ensure!(early.len() < COUNT, "all {} were there at once", early.len());
    let number = |m: &Message| m.body.strip_prefix("number ").and_then(|n| n.parse::<usize>().ok());
    ensure!(early.iter().map(number).is_sorted(), "older ones stand below newer ones");
    ensure!(early.iter().map(|m| m.at).is_sorted(), "and at another time");
    let catching_up = |s: &SessionState| *s == SessionState::Online { catching_up: true };
    ensure!(me.app.accounts().iter().any(|a| catching_up(&a.session)), "it says that it is up to date");
    relay.delay(Duration::ZERO);
    me.online().await?;
    let bodies: Vec<_> =
        headless::everything(&me.app, &me.account, JULIET).await?.into_iter().map(|m| m.body).collect();
    let wanted: Vec<_> = (0..=COUNT).map(|n| format!("number {n}")).collect();
    let at = bodies.iter().zip(&wanted).position(|(a, b)| a != b);
    ensure!(bodies == wanted, "{} messages, another one at {at:?}", bodies.len());
    let unread = u32::try_from(COUNT)?;
    me.item(&View::Conversations, "unread", |c: &Conversation| c.peer == JULIET && c.unread == unread).await?;
    me.app.close().await;
    Ok(())
}

fn now() -> Result<i64> {
    Ok(i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?)
}

/// On a new device: who was talked to lately is listed, also where somebody else said more since.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_device_lists_who_was_talked_to_before() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let begin = now()? - 3000;
    let message = |number: usize| seed::Message {
        with: if number < 5 { "nurse@example.test".into() } else { JULIET.into() },
        incoming: true,
        body: format!("number {number}"),
        at: begin + i64::try_from(number).unwrap_or_default(),
    };
    seed::archive(&server, "romeo", 400, message)?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    let nurse =
        |c: &Conversation| c.peer == "nurse@example.test" && c.last.as_ref().is_some_and(|l| l.body == "number 4");
    let row = me.item(&View::Conversations, "the nurse", nurse).await?;
    ensure!(row.unread == 0, "history is no news: {row:?}");
    // Everything in its order, without having been scrolled to.
    let everything = headless::everything(&me.app, &me.account, JULIET).await?;
    let bodies: Vec<_> = everything.into_iter().map(|m| m.body).collect();
    let wanted: Vec<_> = (5..400).map(|n| format!("number {n}")).collect();
    ensure!(bodies == wanted, "{} messages: {:?}", bodies.len(), bodies.first());
    me.app.close().await;
    Ok(())
}

const ME: &str = "romeo@example.test";
const ARCHIVE: &str = "urn:xmpp:mam:2";

/// On a scripted server whose archive the test speaks for.
struct Archivist {
    stage: Stage,
    /// What times are told by.
    began: i64,
}

/// A query of the archive.
struct Query {
    id: String,
    queryid: String,
    xml: String,
}

impl Archivist {
    async fn begin() -> Result<Self> {
        let stage = Stage::with(|c| c.account_features = vec![ARCHIVE, "urn:xmpp:sid:0"], &[ARCHIVE]).await?;
        Ok(Self { stage, began: now()? })
    }

    /// The session is over, and the next one begins.
    async fn again(self) -> Result<Self> {
        let Self { stage: Stage { server, me, said }, began } = self;
        drop(said);
        let mut conversation = server.session().await?;
        conversation.account_features = vec![ARCHIVE, "urn:xmpp:sid:0"];
        Ok(Self { stage: Stage { server, me, said: conversation.attend(&[ARCHIVE]) }, began })
    }

    async fn asked(&self) -> Result<Query> {
        let xml = self.stage.said.hears(&["<iq", ARCHIVE]).await?;
        let queryid = attribute(&xml[xml.find("<query").unwrap_or_default()..], "queryid").unwrap_or_default();
        Ok(Query { id: attribute(&xml, "id").unwrap_or_default(), queryid, xml })
    }

    /// A message of a page: its id in the archive and its own, who said it, what is in it, how many minutes ago.
    fn say(&self, query: &Query, id: &str, own: &str, from: &str, content: &str, ago: i64) -> Result<()> {
        let to = if from == ME { JULIET } else { ME };
        let at = time::OffsetDateTime::from_unix_timestamp(self.began - ago * 60)?;
        let (date, clock) = (at.date(), at.time());
        let stamp = format!("{date}T{:02}:{:02}:{:02}Z", clock.hour(), clock.minute(), clock.second());
        self.stage.said.say(format!(
            "<message to='{ME}'><result xmlns='{ARCHIVE}' queryid='{}' id='{id}'><forwarded \
             xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>\
             <message xmlns='jabber:client' type='chat' from='{from}/x' to='{to}' id='{own}'>{content}</message>\
             </forwarded></result></message>",
            query.queryid
        ))
    }

    /// Messages: their id (in the archive, and their own), who said them, what is in them, how many minutes ago.
    fn answer(&self, query: &Query, page: &[(&str, &str, String, i64)], complete: bool) -> Result<()> {
        for (id, from, content, ago) in page {
            self.say(query, id, id, from, content, *ago)?;
        }
        let ends = match (page.first(), page.last()) {
            (Some(first), Some(last)) => format!("<first>{}</first><last>{}</last>", first.0, last.0),
            _ => String::new(),
        };
        self.stage.said.say(format!(
            "<iq type='result' id='{}'><fin xmlns='{ARCHIVE}' complete='{complete}'><set \
             xmlns='http://jabber.org/protocol/rsm'>{ends}</set></fin></iq>",
            query.id
        ))
    }

    fn refuse(&self, query: &Query, kind: &str, condition: &str) -> Result<()> {
        self.stage.said.say(format!(
            "<iq type='error' id='{}'><error type='{kind}'><{condition} \
             xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
            query.id
        ))
    }

    async fn older(&self, than: &Message) -> std::result::Result<Page, Failure> {
        let (account, peer) = (self.stage.me.account.clone(), JULIET.to_owned());
        self.stage.me.call(GetPage { account, peer, at: PageAt::Before { order: than.order }, limit: 50 }).await
    }
}

fn body(text: &str) -> String {
    format!("<body>{text}</body>")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_end_a_conversation() -> Result<()> {
    let it = Archivist::begin().await?;
    it.answer(&it.asked().await?, &[("a5", JULIET, body("five"), 5)], false)?;
    it.stage.me.online().await?;
    // What came before is fetched of its own accord; the server has no time for that.
    it.refuse(&it.asked().await?, "wait", "resource-constraint")?;
    let five = it.stage.me.message(JULIET, "five", |m| m.body == "five").await?;
    let (page, ()) = tokio::try_join!(async { Ok(it.older(&five).await) }, async {
        let query = it.asked().await?;
        ensure!(query.xml.contains("<before>a5<"), "{}", query.xml);
        it.refuse(&query, "wait", "internal-server-error")
    })?;
    ensure!(page.as_ref().is_err_and(|f| f.code == Code::Refused), "the end was reached: {page:?}");
    // The archive forgot the id: what is older is asked for by time.
    let (page, ()) = tokio::try_join!(async { Ok(it.older(&five).await?) }, async {
        it.refuse(&it.asked().await?, "cancel", "item-not-found")?;
        let query = it.asked().await?;
        ensure!(query.xml.contains("var='end'"), "{}", query.xml);
        // It knows the one that is here by another id.
        it.say(&query, "b5", "a5", JULIET, &body("five"), 5)?;
        it.answer(&query, &[("b4", JULIET, body("four"), 6)], true)
    })?;
    ensure!(page.at_start && page.messages.len() == 1 && page.messages[0].body == "four", "{page:?}");
    let bodies = it.stage.bodies(JULIET).await?;
    ensure!(bodies == ["four", "five"], "{bodies:?}");
    it.stage.me.app.close().await;
    Ok(())
}

/// Receipts and bounces stand behind their messages: scrolling back meets them first.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_scrolled_to_is_delivered_and_refused_as_it_was() -> Result<()> {
    let it = Archivist::begin().await?;
    it.answer(&it.asked().await?, &[("a9", JULIET, body("nine"), 1)], false)?;
    it.stage.me.online().await?;
    let receipt = "<received xmlns='urn:xmpp:receipts' id='a1'/>".to_owned();
    let bounce = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
    let query = it.asked().await?;
    it.answer(
        &query,
        &[("a1", ME, body("arrived"), 9), ("a2", ME, body("bounced"), 8), ("a3", JULIET, receipt, 7)],
        false,
    )?;
    let arrived = |m: &Message| m.body == "arrived" && m.delivery == Some(Delivery::Delivered);
    it.stage.me.message(JULIET, "what arrived", arrived).await?;
    // A page of one conversation, with a bounce behind what it is of.
    let query = it.asked().await?;
    it.stage.said.say(format!(
        "<message to='{ME}'><result xmlns='{ARCHIVE}' queryid='{}' id='z2'><forwarded xmlns='urn:xmpp:forward:0'>\
         <delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:01Z'/><message xmlns='jabber:client' type='error' \
         from='{JULIET}' to='{ME}' id='z1'>{bounce}</message></forwarded></result></message>",
        query.queryid
    ))?;
    it.answer(&query, &[("z1", ME, body("older, and bounced"), 99)], true)?;
    let bounced = |m: &Message| m.body == "older, and bounced" && m.delivery == Some(Delivery::Failed);
    it.stage.me.message(JULIET, "what bounced", bounced).await?;
    it.stage.me.app.close().await;
    Ok(())
}

/// History is not news, whatever else is under way.
#[tokio::test(flavor = "multi_thread")]
async fn scrolling_while_catching_up_tells_nothing() -> Result<()> {
    let it = Archivist::begin().await?;
    it.answer(&it.asked().await?, &[("n1", "nurse@example.test", body("a first"), 30)], false)?;
    it.stage.me.online().await?;
    it.refuse(&it.asked().await?, "wait", "resource-constraint")?;
    let it = it.again().await?;
    let forward = it.asked().await?;
    let request = GetPage { account: it.stage.me.account.clone(), peer: JULIET.into(), at: PageAt::Newest, limit: 50 };
    let (page, ()) = tokio::try_join!(async { Ok(it.stage.me.call(request).await?) }, async {
        let query = it.asked().await?;
        ensure!(query.xml.contains(JULIET), "{}", query.xml);
        it.answer(&query, &[("j1", JULIET, body("long ago"), 90)], true)
    })?;
    ensure!(page.messages.len() == 1, "{page:?}");
    it.answer(&forward, &[("j9", JULIET, body("news"), 1)], true)?;
    let news = |c: &Conversation| c.peer == JULIET && c.last.as_ref().is_some_and(|l| l.body == "news");
    let row = it.stage.me.item(&View::Conversations, "the news", news).await?;
    ensure!(row.unread == 1, "history counts as news: {row:?}");
    let bodies = it.stage.bodies(JULIET).await?;
    ensure!(bodies == ["long ago", "news"], "{bodies:?}");
    it.stage.me.app.close().await;
    Ok(())
}

/// The last of what is held is where the next session begins: what was delivered before it and said after it moves.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_delivered_in_a_wrong_order_is_put_right() -> Result<()> {
    let it = Archivist::begin().await?;
    it.answer(&it.asked().await?, &[("m0", JULIET, body("zero"), 2)], true)?;
    it.stage.me.online().await?;
    let live = |id: &str, text: &str| {
        format!(
            "<message type='chat' from='{JULIET}/x' to='{ME}' id='{id}'><body>{text}</body>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{ME}' id='{id}'/></message>"
        )
    };
    it.stage.said.say(live("m2", "two") + &live("m1", "one"))?;
    it.stage.me.message(JULIET, "one", |m| m.body == "one").await?;
    let it = it.again().await?;
    let query = it.asked().await?;
    ensure!(query.xml.contains("<after>m1<"), "{}", query.xml);
    it.answer(&query, &[("m2", JULIET, body("two"), 0)], true)?;
    it.stage.me.online().await?;
    let bodies = it.stage.bodies(JULIET).await?;
    ensure!(bodies == ["zero", "one", "two"], "{bodies:?}");
    it.stage.me.app.close().await;
    Ok(())
}

/// An archive that knows nothing of what is held is asked by time, and not for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_forgets_everything_is_not_asked_in_circles() -> Result<()> {
    let it = Archivist::begin().await?;
    it.answer(&it.asked().await?, &[("m0", JULIET, body("zero"), 2)], true)?;
    it.stage.me.online().await?;
    let it = it.again().await?;
    let query = it.asked().await?;
    it.refuse(&query, "cancel", "item-not-found")?;
    let query = it.asked().await?;
    ensure!(query.xml.contains("var='start'"), "{}", query.xml);
    it.refuse(&query, "cancel", "item-not-found")?;
    it.stage.me.online().await?;
    it.stage.goes_on("afterwards").await?;
    let more: Vec<_> =
        it.stage.said.pending().into_iter().filter(|p| p.starts_with("<iq") && p.contains(ARCHIVE)).collect();
    ensure!(more.is_empty(), "{more:?}");
    it.stage.me.app.close().await;
    Ok(())
}
