//! What is said, to the byte: bodies, addresses, search, drafts, and pages of a timeline.

use std::collections::BTreeSet;

use harness::{At, Headless, Prosody, Result, Version, bail, ensure, slix::Login};
use serde_json::json;
use waxwing_contract::{
    Code, Conversation, ConversationId, Delivery, GetPage, Message, OpenConversation, Page, PageAt, SearchHits,
    SearchMessages, SetDraft, View,
};

use crate::servers::Server;

const BODIES: &[&str] = &[
    "Grüße, שלום עולם, مرحبا, Привет, 你好",
    "\u{202e}turned round\u{202c} and \u{2067}isolated\u{2069}",
    "e\u{301}a\u{308}\u{323}Z\u{351}\u{36b}\u{343}\u{36a}",
    "é is not e\u{301}: neither is normalised",
    "🦆 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽",
    "<b>bold</b> <script>alert(1)</script> <img src=x onerror=alert(1)>",
    "&amp; &lt; &#65; ]]> <![CDATA[x]]> <!-- no comment --> <?pi?>",
    "\"quoted\" 'single' `back`",
    "/me waves",
    "/me",
    "  leading and trailing  ",
    "\n\tfirst a line\n\n\nthen another\n",
    "\u{a0}no break\u{a0}",
    "zero\u{200b}width\u{feff}",
    "delete \u{7f} and C1 \u{85} \u{9f}",
    "\u{e000}\u{f8ff}\u{fffd}\u{10ffff}",
    "https://example.test/?a=b&c=d#e xmpp:a@b?message;body=c",
];

/// Tries every server, whatever becomes of the others.
async fn each(test: impl AsyncFn(&Server) -> Result<()>) -> Result<()> {
    let mut wrong = Vec::new();
    for server in Server::all().await? {
        if let Err(why) = test(&server).await {
            wrong.push(format!("{}: {why:#}", server.name()));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_arrive_byte_for_byte() -> Result<()> {
    each(async |server| {
        let (mine, theirs) = (server.account("wordy").await?, server.account("listener").await?);
        let me = Headless::sign_in(&mine).await?;
        let peer = server.slix(&theirs, "ear").await?;
        for body in BODIES {
            me.say(&theirs.jid, body).await?;
            peer.message(&mine.jid, body).await?;
            me.message(&theirs.jid, body, |m| m.outgoing && m.body == *body).await?;
            peer.send(&mine.jid, body).await?;
            me.message(&theirs.jid, body, |m| !m.outgoing && m.body == *body).await?;
        }
        me.app.close().await;
        // and the same from the archive, in a client that was not there
        let again = Headless::sign_in(&mine).await?;
        let held = again.newest(&theirs.jid, 100).await?;
        for outgoing in [true, false] {
            let bodies: Vec<_> = held.iter().filter(|m| m.outgoing == outgoing).map(|m| m.body.as_str()).collect();
            ensure!(bodies == BODIES, "{}, from the archive, outgoing {outgoing}: {bodies:#?}", server.name());
        }
        again.app.close().await;
        Ok(())
    })
    .await
}

/// A client on Prosody and a peer that listens.
async fn pair(version: Version) -> Result<(Prosody, Headless, harness::Slix)> {
    let builder = Prosody::builder().version(version).account("romeo", "pw-romeo").account("juliet", "pw-juliet");
    let server = builder.start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
    Ok((server, me, juliet))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_xml_cannot_carry_is_left_out() -> Result<()> {
    let (_server, me, juliet) = pair(Version::V13).await?;
    let id = me.say(juliet.bare(), "a\u{0}b\u{8}c\u{b}d\u{c}e\u{1f}f\u{fffe}g\u{ffff}h").await?;
    juliet.message(&me.jid, "abcdefgh").await?;
    let kept = me.delivered(juliet.bare(), &id, Delivery::OnServer).await?;
    ensure!(kept.body == "abcdefgh", "kept is {:?}", kept.body);
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_and_too_much_are_refused_and_not_kept() -> Result<()> {
    for version in Version::ALL {
        let (_server, me, juliet) = pair(version).await?;
        for body in ["", " ", "\n\t \u{a0}", "\u{0}\u{1}"] {
            let Err(failure) = me.say(juliet.bare(), body).await else { bail!("{body:?} was taken") };
            ensure!(failure.code == Code::Empty, "{body:?}: {failure:?}");
        }
        for body in ["x".repeat(300_000), "<".repeat(100_000)] {
            let Err(failure) = me.say(juliet.bare(), &body).await else { bail!("{} bytes were taken", body.len()) };
            ensure!(failure.code == Code::TooLong, "{} bytes: {failure:?}", body.len());
        }
        let kept = me.newest(juliet.bare(), 10).await?;
        ensure!(kept.is_empty(), "{} messages are kept", kept.len());
        let list = me.watch(&View::Conversations)?.next().await.unwrap_or_default();
        ensure!(list["items"].as_array().is_some_and(Vec::is_empty), "a conversation is shown: {list}");

        let long = "long ".repeat(40_000);
        let id = me.say(juliet.bare(), &long).await?;
        me.delivered(juliet.bare(), &id, Delivery::Delivered).await?;
        juliet.wait("200 kB", |e| e["body"] == long.as_str()).await?;
        me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_with_legal_odd_characters() -> Result<()> {
    let mut wrong = Vec::new();
    for version in Version::ALL {
        let server = Prosody::builder().version(version).account("juliet", "pw-juliet").start().await?;
        for user in ["o\\27hara", "d\\26d", "zoë", "юлия", "a=b", "a,b", "a!#$%^*()+[]{}|;?.~`", "名前"] {
            if let Err(why) = talks_as(&server, user).await {
                wrong.push(format!("{version:?}, {user}: {why:#}"));
            }
        }
    }
    ensure!(wrong.is_empty(), "{wrong:#?}");
    Ok(())
}

async fn talks_as(server: &Prosody, user: &str) -> Result<()> {
    server.register(user, &format!("pw-{user}"))?;
    server.register(&format!("x{user}"), "pw-x")?;
    let me = Headless::sign_in(&At::prosody(server, user)?).await?;
    let peer = Login::prosody(server, &format!("x{user}"), "pw-x").start().await?;
    me.say(peer.bare(), "to you").await?;
    peer.message(&server.jid(user), "to you").await?;
    peer.send(&server.jid(user), "to you, too").await?;
    me.message(peer.bare(), "their answer", |m| m.body == "to you, too").await?;
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn search_finds_words_across_and_within_conversations() -> Result<()> {
    let (_server, me, juliet) = pair(Version::V13).await?;
    for number in 0..7 {
        me.say(juliet.bare(), &format!("soft light {number}")).await?;
        me.say("paris@example.test", &format!("light of the sun {number}")).await?;
    }
    me.say(juliet.bare(), "Grüße «quoted» <b>lightning</b>").await?;
    let search = async |query: &str, within: Option<&str>, cursor: Option<String>, limit: u32| {
        let within = within.map(|peer| ConversationId { account: me.account.clone(), peer: peer.into() });
        me.call(SearchMessages { query: query.into(), within, cursor, limit }).await
    };
    let bodies = |hits: &SearchHits| hits.hits.iter().map(|hit| hit.message.body.clone()).collect::<Vec<_>>();
    for (query, within, count) in [
        ("light", None, 15),
        ("ligh", None, 15),
        ("LIGHT", None, 15),
        ("light", Some("paris@example.test"), 7),
        ("light", Some("juliet@example.test"), 8),
        ("light", Some("nobody@example.test"), 0),
        ("light soft", None, 7),
        ("soft sun", None, 0),
        ("lig sun", None, 0),
        ("grüße", None, 1),
        ("lightning", None, 1),
        ("\"light\" AND OR NOT (sun* NEAR", None, 0),
        ("light\"", None, 15),
        ("light*", None, 15),
        ("", None, 0),
        ("   ", None, 0),
        ("«»", None, 0),
    ] {
        let found = search(query, within, None, 100).await?;
        ensure!(found.hits.len() == count, "{query:?} within {within:?} finds {:#?}", bodies(&found));
        ensure!(found.cursor.is_none(), "{query:?}: a cursor behind the last hit: {:?}", found.cursor);
        for hit in &found.hits {
            ensure!(within.is_none_or(|peer| hit.peer == peer), "{query:?} within {within:?}: {hit:?}");
            ensure!(hit.excerpt.iter().any(|piece| piece.found), "{query:?}: nothing is marked in {hit:?}");
        }
        ensure!(found.hits.is_sorted_by(|a, b| a.message.order > b.message.order), "{query:?}: not newest first");
    }

    let all = bodies(&search("light", None, None, 100).await?);
    let (mut paged, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let found = search("light", None, cursor, 4).await?;
        ensure!(found.hits.len() <= 4, "a page of {}", found.hits.len());
        paged.extend(bodies(&found));
        pages += 1;
        cursor = found.cursor;
        if cursor.is_none() {
            break;
        }
        ensure!(pages < 10, "the cursor does not end");
    }
    ensure!(paged == all, "{pages} pages: {paged:#?}");
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_a_restart() -> Result<()> {
    let (_server, me, juliet) = pair(Version::V13).await?;
    let text = "  half a\nthought 🦆 <b>";
    let peer = juliet.bare().to_owned();
    me.call(OpenConversation(ConversationId { account: me.account.clone(), peer: peer.clone() })).await?;
    me.call(SetDraft { account: me.account.clone(), peer: peer.clone(), text: text.into() }).await?;
    let has = |c: &Conversation| c.peer == peer && c.draft == text;
    me.item(&View::Conversations, "the draft", has).await?;
    let me = me.restart().await?;
    me.item(&View::Conversations, "the draft after a restart", has).await?;
    me.online().await?;
    me.say(&peer, "the whole thought").await?;
    let sent = |c: &Conversation| c.peer == peer && c.draft.is_empty() && c.last.is_some();
    me.item(&View::Conversations, "the draft to go with what was sent", sent).await?;
    me.app.close().await;
    Ok(())
}

async fn page(me: &Headless, peer: &str, at: PageAt, limit: u32) -> Result<Page> {
    Ok(me.call(GetPage { account: me.account.clone(), peer: peer.into(), at, limit }).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_before_after_and_around() -> Result<()> {
    let (_server, me, juliet) = pair(Version::V13).await?;
    let peer = juliet.bare();
    for number in 0..30 {
        me.say(peer, &format!("number {number}")).await?;
    }
    let numbers = |page: &Page| {
        page.messages.iter().map(|m| m.body.trim_start_matches("number ").parse::<u32>()).collect::<Result<Vec<_>, _>>()
    };
    let check = |page: &Page, wanted: std::ops::Range<u32>, ends: (bool, bool), what: &str| {
        let held = numbers(page)?;
        ensure!(held == wanted.clone().collect::<Vec<_>>(), "{what}: {held:?} instead of {wanted:?}");
        ensure!((page.at_start, page.at_end) == ends, "{what}: ends {:?}", (page.at_start, page.at_end));
        Result::<()>::Ok(())
    };
    let newest = page(&me, peer, PageAt::Newest, 10).await?;
    check(&newest, 20..30, (false, true), "newest")?;
    let order = |page: &Page, at: usize| page.messages.get(at).map_or(0, |m| m.order);
    let before = page(&me, peer, PageAt::Before { order: order(&newest, 0) }, 10).await?;
    check(&before, 10..20, (false, false), "before")?;
    let after = page(&me, peer, PageAt::After { order: order(&before, 4) }, 10).await?;
    check(&after, 15..25, (false, false), "after")?;
    let last = page(&me, peer, PageAt::After { order: order(&newest, 4) }, 10).await?;
    check(&last, 25..30, (false, true), "after, at the end")?;
    let first = page(&me, peer, PageAt::Before { order: order(&before, 0) }, 50).await?;
    check(&first, 0..10, (true, false), "before, at the start")?;
    let around = page(&me, peer, PageAt::Around { order: order(&before, 5) }, 10).await?;
    let held = numbers(&around)?;
    ensure!(held.contains(&15) && held.len() <= 11, "around 15: {held:?}");
    ensure!(held.windows(2).all(|two| two[0] + 1 == two[1]), "around 15, with a hole: {held:?}");
    let middle = held.iter().position(|number| *number == 15).unwrap_or_default();
    ensure!((4..=6).contains(&middle), "around 15, not in the middle: {held:?}");
    let nothing = page(&me, peer, PageAt::After { order: order(&last, 4) }, 10).await?;
    check(&nothing, 0..0, (false, true), "after everything")?;
    me.app.close().await;
    Ok(())
}

/// A fresh client reads back what was said before it was there, to the beginning and without holes.
#[tokio::test(flavor = "multi_thread")]
async fn scrolling_back_reaches_the_beginning() -> Result<()> {
    each(async |server| {
        let (mine, theirs) = (server.account("scroller").await?, server.account("author").await?);
        let other = server.account("bystander").await?;
        // somebody takes what is sent, so that no server keeps it for later (XEP-0160)
        let phone = server.slix(&mine, "phone").await?;
        let author = server.slix(&theirs, "a").await?;
        let bystander = server.slix(&other, "b").await?;
        author.bulk(&mine.jid, 70, "chapter one, {n}").await?;
        bystander.bulk(&mine.jid, 60, "meanwhile {n}").await?;
        author.bulk(&mine.jid, 80, "chapter two, {n}").await?;
        let chapter = |name: &'static str, count: u32| (0..count).map(move |n| format!("chapter {name}, {n}"));
        phone.message(&theirs.jid, "chapter two, 79").await?;
        let wanted: Vec<String> = chapter("one", 70).chain(chapter("two", 80)).collect();

        let me = Headless::sign_in(&mine).await?;
        let began = std::time::Instant::now();
        let read = read_back(&me, &theirs.jid).await?;
        println!("{}: 150 messages read back in {:?}", server.name(), began.elapsed());
        let bodies: Vec<_> = read.iter().map(|m| m.body.clone()).collect();
        let at = bodies.iter().zip(&wanted).position(|(a, b)| a != b);
        let there = at.map(|at| &bodies[at.saturating_sub(2)..(at + 5).min(bodies.len())]);
        let name = server.name();
        ensure!(bodies == wanted, "{name}: {} messages, the first out of place: {at:?} {there:?}", bodies.len());
        ensure!(read.iter().map(|m| &m.id).collect::<BTreeSet<_>>().len() == read.len(), "some have the same id");
        let bodies: Vec<_> = read_back(&me, &other.jid).await?.into_iter().map(|m| m.body).collect();
        let wanted: Vec<_> = (0..60).map(|n| format!("meanwhile {n}")).collect();
        ensure!(bodies == wanted, "{}: the bystander's: {bodies:#?}", server.name());
        // what was said long ago is no news
        let row: Conversation = me.item(&View::Conversations, "a row", |c: &Conversation| c.peer == theirs.jid).await?;
        ensure!(row.unread == 0, "{}: {row:?}", server.name());
        // and the new goes on where the old ended
        author.call("send", json!({ "to": mine.jid, "body": "epilogue" })).await?;
        me.message(&theirs.jid, "the epilogue", |m| m.body == "epilogue").await?;
        let last = page(&me, &theirs.jid, PageAt::Newest, 2).await?.messages;
        ensure!(last.iter().map(|m| m.body.as_str()).eq(["chapter two, 79", "epilogue"]), "{last:?}");
        me.app.close().await;
        Ok(())
    })
    .await
}

/// Page by page from the newest to the beginning, oldest first.
async fn read_back(me: &Headless, peer: &str) -> Result<Vec<Message>> {
    let mut read: Vec<Message> = Vec::new();
    for _ in 0..40 {
        let at = read.first().map_or(PageAt::Newest, |m| PageAt::Before { order: m.order });
        let Page { mut messages, at_start, .. } = page(me, peer, at, 20).await?;
        messages.append(&mut read);
        read = messages;
        if at_start {
            return Ok(read);
        }
    }
    bail!("40 pages did not reach the start; the oldest of {} is {:?}", read.len(), read.first().map(|m| &m.body))
}
