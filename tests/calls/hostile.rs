//! Callers who mean harm, or know no better: what they say is refused or ended in order, and nothing rings for it.

use std::sync::atomic::{AtomicU32, Ordering};

use harness::calling::{ended, rings, server};
use harness::slix::Login;
use harness::{At, Headless, Prosody, Result, Slix, ensure, until};
use serde_json::{Value, json};
use waxwing_contract::{Call, CallOutcome, CallPhase, Callable, ConversationId, OpenConversation, SetBlocked, View};

/// What XEP-0320 has for a certificate.
const FINGERPRINT: &str = "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>\
    77:60:0A:A8:E8:DA:D2:46:56:50:CE:DF:D0:70:C8:A6:96:C4:06:C9:B9:F0:3A:6B:8A:1A:AE:04:14:59:ED:5F</fingerprint>";
const OPUS: &str = "<payload-type id='111' name='opus' clockrate='48000' channels='2'/>";
const CANDIDATE: &str = "<candidate component='1' foundation='1' generation='0' id='c1' ip='203.0.113.9' network='0' port='5000' \
    priority='2130706431' protocol='udp' type='host'/>";
/// What a client that takes calls says of itself.
const FEATURES: [&str; 6] = [
    "urn:xmpp:jingle:1",
    "urn:xmpp:jingle:transports:ice-udp:1",
    "urn:xmpp:jingle:apps:rtp:1",
    "urn:xmpp:jingle:apps:dtls:0",
    "urn:xmpp:jingle:apps:rtp:audio",
    "urn:ietf:rfc:5888",
];

/// A content with this in its description and its transport.
fn content(description: &str, transport: &str) -> String {
    format!(
        "<content creator='initiator' name='0'>\
         <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>{description}<rtcp-mux/></description>\
         <transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='hHan' pwd='5znZWq/maCUHqCH4LLf8eX+d'>{transport}\
         </transport></content>"
    )
}

/// Only where somebody can be reached.
fn places(candidates: &str) -> String {
    format!(
        "<content creator='initiator' name='0'><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='hHan' \
         pwd='5znZWq/maCUHqCH4LLf8eX+d'>{candidates}</transport></content>"
    )
}

/// Somebody who says what a test wants to a device of ours.
struct Foe {
    slix: Slix,
    device: String,
    asked: AtomicU32,
}

impl Foe {
    /// Juliet, whom Mira knows.
    async fn sign_in(server: &Prosody, resource: &str) -> Result<Self> {
        let slix = Login::prosody(server, "juliet", "pw-juliet").resource(resource).start().await?;
        let presence = slix.presence(&server.jid("mira"), "available").await?;
        let device = presence["from"].as_str().unwrap_or_default().to_owned();
        Ok(Self { slix, device, asked: AtomicU32::new(0) })
    }

    /// Says it without waiting for an answer; its id.
    async fn say(&self, action: &str, sid: &str, inner: &str) -> Result<String> {
        let id = format!("raw-{}", self.asked.fetch_add(1, Ordering::Relaxed));
        let (to, from) = (&self.device, &self.slix.jid);
        let xml = format!(
            "<iq type='set' id='{id}' to='{to}'><jingle xmlns='urn:xmpp:jingle:1' action='{action}' sid='{sid}' \
             initiator='{from}'>{inner}</jingle></iq>"
        );
        self.slix.call("raw", json!({ "xml": xml })).await?;
        Ok(id)
    }

    async fn answer(&self, id: &str) -> Result<Value> {
        self.slix.wait(&format!("an answer to {id}"), |event| event["event"] == "answer" && event["id"] == id).await
    }

    /// Says something of a call; the answer.
    async fn ask(&self, action: &str, sid: &str, inner: &str) -> Result<Value> {
        let id = self.say(action, sid, inner).await?;
        self.answer(&id).await
    }

    /// What is said to them of a session.
    async fn hears(&self, action: &str, sid: &str) -> Result<Value> {
        let wanted = |event: &Value| event["event"] == "jingle" && event["action"] == action && event["sid"] == sid;
        self.slix.wait(&format!("{action} of {sid}"), wanted).await
    }

    /// Calls, and it rings.
    async fn rings(&self, mira: &Headless, sid: &str) -> Result<Call> {
        let answer = self.ask("session-initiate", sid, &content(OPUS, FINGERPRINT)).await?;
        ensure!(answer["type"] == "result", "{answer}");
        mira.call_that("a call that rings", rings).await
    }
}

fn refused(answer: &Value, conditions: &[&str]) -> bool {
    let xml = answer["xml"].as_str().unwrap_or_default();
    answer["type"] == "error" && conditions.iter().all(|condition| xml.contains(condition))
}

/// Nothing rings, nor has rung.
async fn is_quiet(mira: &Headless) -> Result<()> {
    mira.free().await?;
    let rows = mira.newest(&mira.jid.replace("mira", "juliet"), 50).await?;
    ensure!(rows.iter().all(|row| row.call.is_none()), "there was a call: {rows:?}");
    Ok(())
}

async fn scene() -> Result<(Prosody, Headless, Foe)> {
    let server = server().await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Foe::sign_in(&server, "slix").await?;
    Ok((server, mira, juliet))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_encrypted_is_not_taken() -> Result<()> {
    let (_server, mira, juliet) = scene().await?;
    let sha_1 = "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-1' setup='actpass'>\
                 77:60:0A:A8:E8:DA:D2:46:56:50:CE:DF:D0:70:C8:A6:96:C4:06:C9</fingerprint>";
    // Gajim's: plain RTP, with its places at once.
    let plain = content(OPUS, CANDIDATE).replace("<rtcp-mux/>", "");
    let secured = content(OPUS, FINGERPRINT);
    let half = content(OPUS, "").replace("name='0'", "name='1'");
    let offers =
        [("none", content(OPUS, "")), ("sha1", content(OPUS, sha_1)), ("gajim", plain), ("half", secured + &half)];
    for (sid, offer) in offers {
        let answer = juliet.ask("session-initiate", sid, &offer).await?;
        ensure!(answer["type"] == "result", "{sid}: {answer}");
        let told = juliet.hears("session-terminate", sid).await?;
        ensure!(told["reason"] == "security-error", "{sid}: {told}");
    }
    is_quiet(&mira).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_no_session_is_refused() -> Result<()> {
    let (server, mira, juliet) = scene().await?;
    let unknown = ["item-not-found", "unknown-session"];
    let words = [
        ("session-accept", content(OPUS, FINGERPRINT)),
        ("session-info", "<ringing xmlns='urn:xmpp:jingle:apps:rtp:info:1'/>".into()),
        ("session-terminate", "<reason><success/></reason>".into()),
        ("transport-info", places(CANDIDATE)),
        ("content-add", content(OPUS, FINGERPRINT)),
        ("content-modify", "<content creator='initiator' name='0' senders='none'/>".into()),
    ];
    for (action, inner) in &words {
        let answer = juliet.ask(action, "nothing", inner).await?;
        ensure!(refused(&answer, &unknown), "{action}: {answer}");
    }
    // Of somebody's other device it is none, either.
    let incoming = juliet.rings(&mira, "real").await?;
    let other = Foe::sign_in(&server, "other").await?;
    for (action, inner) in &words {
        let answer = other.ask(action, "real", inner).await?;
        ensure!(refused(&answer, &unknown), "{action} of another device: {answer}");
    }
    let answer = other.ask("session-initiate", "real", &content(OPUS, FINGERPRINT)).await?;
    ensure!(answer["type"] == "error", "the same session from another device: {answer}");
    mira.call_that("the call still rings", |call| call.id == incoming.id && rings(call)).await?;
    // Nor may they accept what they have offered, or offer it twice.
    for action in ["session-accept", "session-initiate"] {
        let answer = juliet.ask(action, "real", &content(OPUS, FINGERPRINT)).await?;
        ensure!(refused(&answer, &["unexpected-request", "out-of-order"]), "{action}: {answer}");
    }
    mira.call_that("the call still rings", rings).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_before_it_is_taken_has_called() -> Result<()> {
    let (_server, mira, juliet) = scene().await?;
    juliet.rings(&mira, "brief").await?;
    let answer = juliet.ask("session-terminate", "brief", "<reason><cancel/></reason>").await?;
    ensure!(answer["type"] == "result", "{answer}");
    mira.kept(juliet.slix.bare(), false, CallOutcome::Missed).await?;
    mira.free().await?;
    let answer = juliet.ask("session-terminate", "brief", "<reason><cancel/></reason>").await?;
    ensure!(refused(&answer, &["item-not-found", "unknown-session"]), "twice: {answer}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocked_do_not_ring() -> Result<()> {
    let (_server, mira, juliet) = scene().await?;
    let block = SetBlocked { account: mira.account.clone(), jid: juliet.slix.bare().to_owned(), blocked: true };
    mira.call(block).await?;
    let answer = juliet.ask("session-initiate", "blocked", &content(OPUS, FINGERPRINT)).await?;
    ensure!(answer["type"] == "error", "{answer}");
    is_quiet(&mira).await
}

/// What ends up in SDP holds no more than it may.
#[tokio::test(flavor = "multi_thread")]
async fn no_lines_are_smuggled_in() -> Result<()> {
    let (_server, mira, juliet) = scene().await?;
    let good = content(OPUS, &format!("{FINGERPRINT}{CANDIDATE}"));
    let lines = "&#13;&#10;a=ice-lite";
    let changes = [
        ("name='0'", format!("name='0{lines}'")),
        ("name='0'", "name='0 1'".into()),
        ("name='opus'", format!("name='opus{lines}'")),
        ("name='opus'", "name='opus x'".into()),
        ("id='111'", format!("id='111{lines}'")),
        ("id='111'", "id='999'".into()),
        ("clockrate='48000'", format!("clockrate='48000{lines}'")),
        ("channels='2'", format!("channels='2{lines}'")),
        ("ufrag='hHan'", format!("ufrag='hHan{lines}'")),
        ("ufrag='hHan'", "ufrag='hH an'".into()),
        ("pwd='5znZWq/maCUHqCH4LLf8eX+d'", format!("pwd='5znZWq/maCUHqCH4LLf8eX+d{lines}'")),
        ("hash='sha-256'", format!("hash='sha-256{lines}'")),
        ("setup='actpass'", format!("setup='actpass{lines}'")),
        ("ED:5F<", format!("ED:5F{lines}<")),
        ("media='audio'", format!("media='audio{lines}'")),
        (
            "<rtcp-mux/>",
            format!("<rtcp-mux/><rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='urn:x{lines}'/>"),
        ),
        (
            "<rtcp-mux/>",
            format!(
                "<rtcp-mux/><source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='1{lines}'>\
                 <parameter name='cname' value='x'/></source>"
            ),
        ),
        (
            "<rtcp-mux/>",
            format!(
                "<rtcp-mux/><source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='1'>\
                 <parameter name='cname{lines}' value='x{lines}'/></source>"
            ),
        ),
        ("channels='2'/>", format!("channels='2'><parameter name='a{lines}' value='b{lines}'/></payload-type>")),
        (
            "channels='2'/>",
            format!(
                "channels='2'><rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack{lines}' subtype='p{lines}'/>\
                 </payload-type>"
            ),
        ),
        ("foundation='1'", format!("foundation='1{lines}'")),
        ("ip='203.0.113.9'", format!("ip='203.0.113.9{lines}'")),
        ("type='host'", format!("type='host{lines}'")),
        ("id='c1'", format!("id='c1{lines}'")),
        ("protocol='udp'", format!("protocol='udp{lines}'")),
    ];
    for (at, (old, new)) in changes.iter().enumerate() {
        ensure!(good.contains(old), "nothing to change: {old}");
        let (sid, offer) = (format!("smuggler-{at}"), good.replacen(old, new, 1));
        let answer = juliet.ask("session-initiate", &sid, &offer).await?;
        if refused(&answer, &["bad-request"]) {
            continue;
        }
        ensure!(answer["type"] == "result", "{new}: {answer}");
        // Ended at once, or it rings without what did not belong there: then taking it brings it to an answer without that.
        let ends = juliet.hears("session-terminate", &sid);
        let incoming = tokio::select! {
            told = ends => { told?; continue }
            call = mira.call_that("a call that rings", rings) => call?,
        };
        mira.take(&incoming.id).await?;
        let is_answer = |event: &Value| {
            event["sid"] == sid.as_str()
                && ["session-accept", "session-terminate"].contains(&event["action"].as_str().unwrap_or_default())
        };
        let said = juliet.slix.wait("an answer", is_answer).await?;
        ensure!(!said["xml"].as_str().unwrap_or_default().contains("ice-lite"), "{new}: {said}");
        mira.hang_up(&incoming.id).await?;
    }
    // All is well afterwards.
    juliet.rings(&mira, "afterwards").await?;
    Ok(())
}

/// Whom we call may say what they want, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_called_may_be_hostile() -> Result<()> {
    let (_server, mira, juliet) = scene().await?;
    juliet.slix.call("features", json!({ "features": FEATURES })).await?;
    let peer = juliet.slix.bare().to_owned();
    mira.call(OpenConversation(ConversationId { account: mira.account.clone(), peer: peer.clone() })).await?;
    mira.can_call(&peer, Callable::Audio).await?;
    let active = FINGERPRINT.replace("actpass", "active");
    let answers = [
        ("without a fingerprint", content(OPUS, ""), "security-error"),
        ("undecided who begins", content(OPUS, FINGERPRINT), "security-error"),
        ("without a way", content(OPUS, &active).replace("ice-udp:1", "raw-udp:1"), "security-error"),
    ];
    for (what, answer, condition) in answers {
        mira.ring(&peer, false).await?;
        let offer = juliet.slix.wait("an offer", |event| event["action"] == "session-initiate").await?;
        let sid = offer["sid"].as_str().unwrap_or_default();
        // To be answered at all, however wrong it is.
        juliet.ask("session-accept", sid, &answer).await?;
        let told = juliet.hears("session-terminate", sid).await?;
        ensure!(told["reason"] == condition, "{what}: {told}");
        mira.call_that("the end of it", ended).await?;
    }
    mira.ring(&peer, false).await?;
    let offer = juliet.slix.wait("an offer", |event| event["action"] == "session-initiate").await?;
    let sid = offer["sid"].as_str().unwrap_or_default();
    let answer = juliet.ask("session-accept", sid, &content(OPUS, &active).replace("name='0'", "name='7'")).await?;
    ensure!(refused(&answer, &["item-not-found"]), "a content nobody offered: {answer}");
    let answer = juliet.ask("session-accept", sid, &content(OPUS, &active)).await?;
    ensure!(answer["type"] == "result", "{answer}");
    mira.call_that("ways being found", |call| call.phase == CallPhase::Connecting).await?;
    let answer = juliet.ask("session-accept", sid, &content(OPUS, &active)).await?;
    ensure!(refused(&answer, &["unexpected-request", "out-of-order"]), "accepted twice: {answer}");
    // Somebody else's certificate.
    let posed = places(&active.replace("77:60", "60:77"));
    let answer = juliet.ask("transport-info", sid, &posed).await?;
    ensure!(answer["type"] == "result", "{answer}");
    let told = juliet.hears("session-terminate", sid).await?;
    ensure!(told["reason"] == "security-error", "{told}");
    mira.call_that("the end of it", ended).await?;
    until("the microphone to be let go of", async || (!mira.devices.is_recording()).then_some(())).await
}

/// A server that takes its time to say which relays it has.
const SLOW: &str = r#"
local st, timer = require "prosody.util.stanza", require "prosody.util.timer"
module:hook("iq-get/host/urn:xmpp:extdisco:2:services", function(event)
  timer.add_task(3, function()
    event.origin.send(st.reply(event.stanza):tag("services", { xmlns = "urn:xmpp:extdisco:2" }))
  end)
  return true
end, 10)
"#;

/// What is told while a call waits for its relays takes nothing away from it.
#[tokio::test(flavor = "multi_thread")]
async fn places_may_be_told_before_relays_are_known() -> Result<()> {
    let server = Prosody::builder().module("slow_relays", SLOW.to_owned());
    let server = harness::calling::people(server).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Foe::sign_in(&server, "slix").await?;
    let incoming = juliet.rings(&mira, "early").await?;
    mira.take(&incoming.id).await?;
    let answer = juliet.ask("transport-info", "early", &places(CANDIDATE)).await?;
    ensure!(answer["type"] == "result", "{answer}");
    juliet.hears("session-accept", "early").await.map(drop)
}

/// Thousands of places while it rings, and thousands of calls: it still rings, can be declined, and the next call comes through.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_drowns_nobody() -> Result<()> {
    let (_server, mira, juliet) = scene().await?;
    let incoming = juliet.rings(&mira, "flood").await?;
    let many: String = (1..=200).map(|at| CANDIDATE.replace("5000", &(5000 + at).to_string())).collect();
    let mut last = String::new();
    for _ in 0..100 {
        last = juliet.say("transport-info", "flood", &places(&many)).await?;
    }
    juliet.answer(&last).await?;
    let decline =
        waxwing_contract::DeclineCall(waxwing_contract::CallId { account: mira.account.clone(), id: incoming.id });
    mira.call(decline).await?;
    let told = juliet.hears("session-terminate", "flood").await?;
    ensure!(told["reason"] == "decline", "{told}");
    mira.free().await?;
    // More calls than can ring find us busy.
    for at in 0..30 {
        last = juliet.say("session-initiate", &format!("many-{at}"), &content(OPUS, FINGERPRINT)).await?;
    }
    juliet.answer(&last).await?;
    let told = juliet.hears("session-terminate", "many-29").await?;
    ensure!(told["reason"] == "busy", "{told}");
    let ringing = || -> Option<usize> {
        let snapshot = mira.watch(&View::Calls).ok()?.try_next()?;
        let calls: Vec<Call> = serde_json::from_value(snapshot["items"].clone()).ok()?;
        Some(calls.iter().filter(|call| rings(call)).count())
    };
    ensure!(ringing().is_some_and(|count| (1..=4).contains(&count)), "{:?} ring", ringing());
    Ok(())
}
