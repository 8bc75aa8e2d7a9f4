//! Whoever offers files and means harm, or knows no better (XEP-0234 and its ways): refused or ended in order, nothing under
//! the name of a file, nobody connected to, and the next file comes.
//!
//! | what they say | test |
//! |---|---|
//! | no size, 2^63, a negative one, two files in one content; unknown ways, no way, senders none, asking for files | `offers_that_are_none` |
//! | names that are paths or 10 kB; the largest file there can be | `offers_that_only_look_bad` |
//! | sessions nobody knows, contents nobody knows, the wrong way round | `what_belongs_to_nothing_is_refused` |
//! | more and fewer bytes, another hash, before and after | `what_comes_is_what_was_promised` |
//! | a hash that nobody promised, an end before one that was | `what_is_said_after_the_last_byte` |
//! | wrong number, bad base64, too large a block, an unknown stream, before it is open, twice opened | `blocks_that_are_none` |
//! | more than anybody takes, while it is paused | `nobody_fills_the_memory` |
//! | XEP-0095 and 0096 | `what_was_used_long_ago_is_refused` |
//! | the blocked | `the_blocked_offer_nothing` |
//! | 50 offers of a stranger | `strangers_find_us_busy` |
//!
//! Sockets: [`crate::hostile_sockets`].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::calling::people;
use harness::filing::noise;
use harness::prosody::Builder;
use harness::{At, Headless, Prosody, Result, ensure};
use waxwing_contract::{Code, File, FileState, SetBlocked, TransferStage};

use crate::foe::{Foe, close, data, file, hash, in_band, offer, open};

pub async fn scene() -> Result<(Prosody, Headless, Foe)> {
    scene_on(Prosody::builder()).await
}

async fn scene_on(server: Builder) -> Result<(Prosody, Headless, Foe)> {
    let server = people(server).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let foe = Foe::juliet(&server).await?;
    Ok((server, mira, foe))
}

/// Nothing lies here but whole files of these names.
pub fn only(mira: &Headless, names: &[&str]) -> Result<()> {
    let lying = mira.lying()?;
    ensure!(lying.iter().all(|path| names.iter().any(|name| path.ends_with(name))), "{lying:?}");
    Ok(())
}

fn failed(file: &File, name: &str) -> bool {
    file.name == name && file.state == FileState::Failed
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_that_are_none() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let way = in_band("s");
    let good = file("a.bin", 1000);
    let malformed = [
        file("a.bin", 1 << 63),
        "<file><name>a.bin</name><size>-1</size></file>".into(),
        "<file><name>a.bin</name><size>many</size></file>".into(),
        "<file><name>a.bin</name><size>10</size><range offset='11'/></file>".into(),
        format!("{good}{good}"),
        String::new(),
    ];
    for (number, described) in malformed.iter().enumerate() {
        let sid = format!("malformed-{number}");
        foe.refused(&foe.jingle("session-initiate", &sid, &offer(described, &way)), "bad-request").await?;
    }
    let without_name = offer(&good, &way).replace("name='f'", "");
    foe.refused(&foe.jingle("session-initiate", "nameless", &without_name), "bad-request").await?;
    let twice = offer(&good, &way).repeat(2);
    foe.refused(&foe.jingle("session-initiate", "twice", &twice), "bad-request").await?;
    let ended = [
        ("without-size", offer("<file><name>a.bin</name></file>", &way), "incompatible-parameters"),
        ("unknown", offer(&good, "<transport xmlns='urn:example:pigeons'/>"), "unsupported-transports"),
        ("no-way", offer(&good, ""), "unsupported-transports"),
        ("nobody", offer(&good, &way).replace("senders='initiator'", "senders='none'"), "incompatible-parameters"),
        // What is here is not theirs to ask for.
        ("asks", offer(&good, &way).replace("senders='initiator'", "senders='responder'"), "decline"),
    ];
    for (sid, content, reason) in ended {
        foe.agreed(&foe.jingle("session-initiate", sid, &content)).await?;
        foe.ended(sid, reason).await?;
    }
    let rows = mira.newest(foe.bare(), 50).await?;
    ensure!(rows.iter().all(|row| row.files.is_empty()), "there is a file: {rows:?}");
    foe.sends(&mira, "good.bin", &noise(10_000)).await?;
    only(&mira, &["good.bin"])
}

#[tokio::test(flavor = "multi_thread")]
async fn offers_that_only_look_bad() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let files = mira.folder().join("accounts").join(&mira.account).join("files");
    let long = format!("{}.pdf", "long ".repeat(2_000));
    for (number, name) in ["../../../etc/passwd", "in\u{202e}gpj.exe", "..", "", long.as_str()].iter().enumerate() {
        let (sid, size) = (format!("name-{number}"), 100 + number as u64);
        foe.offers_in_band(&sid, &file(name, size)).await?;
        foe.agreed(&open(&sid, 4096)).await?;
        foe.agreed(&data(&sid, 0, &STANDARD.encode(noise(100 + number)))).await?;
        foe.ended(&sid, "success").await?;
        let here = |file: &File| file.size == Some(size) && file.state == FileState::Here;
        let (_, came) = mira.file_that(foe.bare(), "the file to be here", here).await?;
        let path = mira.path_of(&came).await?;
        ensure!(path.parent() == Some(&*files), "{} is elsewhere", path.display());
        ensure!(!came.name.is_empty() && came.name.len() <= 255 && !came.name.contains('\u{202e}'), "{:?}", came.name);
    }
    // The largest that can be said: nobody has the room.
    let largest = (1 << 63) - 1;
    foe.agreed(&foe.jingle("session-initiate", "largest", &offer(&file("largest.bin", largest), &in_band("l"))))
        .await?;
    let offered = |file: &File| file.name == "largest.bin" && file.state == FileState::Offered;
    let (_, asks) = mira.file_that(foe.bare(), "an offer", offered).await?;
    mira.start_file(&asks.id).await?;
    mira.file_failed(foe.bare(), "largest.bin", Code::DiskFull).await?;
    foe.hears("session-terminate", "largest").await?;
    mira.no_parts().await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_nothing_is_refused() -> Result<()> {
    let (server, mira, foe) = scene().await?;
    let content = offer(&file("a.bin", 1000), &in_band("s"));
    let info =
        |about: &str| format!("<{about} xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='f'/>");
    let words = [
        ("session-accept", content.clone()),
        ("session-info", info("received")),
        ("session-terminate", "<reason><success/></reason>".into()),
        ("transport-info", content.clone()),
        ("transport-replace", content.clone()),
        ("transport-accept", content.clone()),
        ("content-add", content.clone()),
        ("content-remove", content.clone()),
    ];
    for (action, inner) in &words {
        foe.refused(&foe.jingle(action, "nothing", inner), "unknown-session").await?;
    }
    foe.offers_in_band("real", &file("real.bin", 3)).await?;
    let stranger = Foe::stranger(&server, &foe).await?;
    for (action, inner) in &words {
        stranger.refused(&stranger.jingle(action, "real", inner), "service-unavailable").await?;
    }
    stranger.refused(&open("real", 4096), "item-not-found").await?;
    // Of the right one, and the wrong thing to say.
    for (action, inner, condition) in [
        ("session-initiate", content.clone(), "out-of-order"),
        ("session-accept", content.clone(), "out-of-order"),
        ("session-info", info("received"), "out-of-order"),
        ("transport-accept", content.replace("name='f'", "name='g'"), "item-not-found"),
        ("transport-info", content.replace("name='f'", "name='g'"), "item-not-found"),
        ("transport-info", content.replace("sid='s'", "sid='t'"), "feature-not-implemented"),
        ("transport-accept", content.clone(), "out-of-order"),
        ("transport-reject", content.clone(), "out-of-order"),
        ("content-accept", content.clone(), "out-of-order"),
        ("content-remove", content.replace("name='f'", "name='g'"), "item-not-found"),
    ] {
        foe.refused(&foe.jingle(action, "real", &inner), condition).await?;
    }
    // It goes on all the same.
    foe.agreed(&open("real", 4096)).await?;
    foe.agreed(&data("real", 0, "QUJD")).await?;
    foe.ended("real", "success").await?;
    mira.file_here(foe.bare(), "real.bin").await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_is_what_was_promised() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    // More in one block; in a block of its own there is a file already.
    foe.offers_in_band("more", &file("more.bin", 99)).await?;
    foe.agreed(&open("more", 4096)).await?;
    foe.refused(&data("more", 0, &STANDARD.encode(noise(100))), "not-acceptable").await?;
    mira.file_failed(foe.bare(), "more.bin", Code::FileNotAsPromised).await?;
    foe.hears("session-terminate", "more").await?;
    mira.no_parts().await?;

    // Fewer: what is there may be gone on with, and is nothing yet.
    foe.offers_in_band("fewer", &file("fewer.bin", 5000)).await?;
    foe.agreed(&open("fewer", 4096)).await?;
    foe.agreed(&data("fewer", 0, &STANDARD.encode(noise(100)))).await?;
    foe.agreed(&close("fewer")).await?;
    mira.file_failed(foe.bare(), "fewer.bin", Code::Interrupted).await?;
    foe.ended("fewer", "media-error").await?;

    // Of another hash, told with the offer and at the end.
    let told = "<file><name>told.bin</name><size>3</size>HASH</file>".replace("HASH", &hash(b"others"));
    foe.offers_in_band("told", &told).await?;
    foe.agreed(&open("told", 4096)).await?;
    foe.say(&data("told", 0, "QUJD")).await?;
    foe.ended("told", "media-error").await?;
    mira.file_failed(foe.bare(), "told.bin", Code::FileNotAsPromised).await?;
    let later =
        "<file><name>later.bin</name><size>3</size><hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/></file>";
    foe.offers_in_band("later", later).await?;
    foe.agreed(&open("later", 4096)).await?;
    foe.agreed(&data("later", 0, "QUJD")).await?;
    let checksum = format!(
        "<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='f'><file>{}</file></checksum>",
        hash(b"others")
    );
    foe.agreed(&foe.jingle("session-info", "later", &checksum)).await?;
    foe.ended("later", "media-error").await?;
    mira.file_failed(foe.bare(), "later.bin", Code::FileNotAsPromised).await?;

    // And whoever is right has it, also where something stopped before.
    foe.sends(&mira, "fewer.bin", &noise(5000)).await?;
    only(&mira, &["fewer.bin"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_after_the_last_byte() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let checksum = format!(
        "<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='f'><file>{}</file></checksum>",
        hash(b"ABC")
    );
    // Told without having been promised, as Conversations does: it comes while the file gets its name.
    for number in 0..8 {
        let (sid, name) = (format!("told-{number}"), format!("told-{number}.bin"));
        foe.offers_in_band(&sid, &file(&name, 3)).await?;
        foe.agreed(&open(&sid, 4096)).await?;
        foe.say(&data(&sid, 0, "QUJD")).await?;
        foe.say(&foe.jingle("session-info", &sid, &checksum)).await?;
        foe.ended(&sid, "success").await?;
        mira.file_here(foe.bare(), &name).await?;
    }
    // Gone before the last word: what is here stays.
    let gone = "<file><name>gone.bin</name><size>3</size><hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/></file>";
    foe.offers_in_band("gone", gone).await?;
    foe.agreed(&open("gone", 4096)).await?;
    foe.agreed(&data("gone", 0, "QUJD")).await?;
    mira.transfer("the last word to be waited for", |transfer| transfer.stage == TransferStage::Finishing).await?;
    foe.agreed(&foe.jingle("session-terminate", "gone", "<reason><gone/></reason>")).await?;
    let came = mira.file_here(foe.bare(), "gone.bin").await?;
    ensure!(mira.read_file(&came).await? == b"ABC", "other bytes came");
    mira.settled().await?;
    mira.no_parts().await
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_that_are_none() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let large = STANDARD.encode(noise(4097));
    let blocks = [
        ("number", data("number", 1, "QUJD"), "unexpected-request"),
        ("beyond", data("beyond", 65_536, "QUJD"), "bad-request"),
        ("alphabet", data("alphabet", 0, "QUJ*"), "bad-request"),
        ("padding", data("padding", 0, "QUI"), "bad-request"),
        ("large", data("large", 0, &large), "bad-request"),
        ("unnumbered", data("unnumbered", 0, "QUJD").replace("seq='0'", ""), "bad-request"),
    ];
    for (sid, block, condition) in blocks {
        let name = format!("{sid}.bin");
        foe.offers_in_band(sid, &file(&name, 10_000)).await?;
        foe.agreed(&open(sid, 4096)).await?;
        foe.refused(&block, condition).await?;
        let said = foe.hears("session-terminate", sid).await?;
        ensure!(said["reason"] != "success", "{said}");
        mira.file_that(foe.bare(), "the file to fail", |file| failed(file, &name)).await?;
        // Nothing after it.
        foe.refused(&data(sid, 0, "QUJD"), "item-not-found").await?;
    }
    foe.refused(&data("nothing", 0, "QUJD"), "item-not-found").await?;
    foe.refused(&close("nothing"), "item-not-found").await?;
    foe.refused(&open("nothing", 4096), "item-not-found").await?;
    foe.offers_in_band("early", &file("early.bin", 3)).await?;
    foe.refused(&data("early", 0, "QUJD"), "item-not-found").await?;
    foe.refused(&open("early", 8192), "resource-constraint").await?;
    foe.refused(&open("early", 0), "bad-request").await?;
    foe.agreed(&open("early", 1024)).await?;
    foe.refused(&open("early", 1024), "unexpected-request").await?;
    foe.agreed(&data("early", 0, "QUJD")).await?;
    foe.ended("early", "success").await?;
    mira.file_here(foe.bare(), "early.bin").await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_the_memory() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    foe.offers_in_band("flood", &file("flood.bin", 4_000_000)).await?;
    foe.agreed(&open("flood", 4096)).await?;
    foe.agreed(&data("flood", 0, &STANDARD.encode(noise(4096)))).await?;
    let moves = |transfer: &waxwing_contract::Transfer| transfer.stage == TransferStage::Moving && transfer.done > 0;
    let transfer = mira.transfer("it to move", moves).await?;
    mira.pause_file(&transfer.file).await?;
    mira.transfer("a pause", |transfer| transfer.stage == TransferStage::Paused).await?;
    // Nobody waits for an answer here, as everybody should.
    let block = STANDARD.encode(noise(4096));
    for seq in 1..400 {
        foe.say(&data("flood", seq, &block)).await?;
    }
    let said = foe.hears("session-terminate", "flood").await?;
    ensure!(said["reason"] != "success", "{said}");
    let (_, flood) = mira.file_that(foe.bare(), "the file to fail", |file| failed(file, "flood.bin")).await?;
    // What came before could be gone on with.
    mira.cancel_file(&flood.id).await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_long_ago_is_refused() -> Result<()> {
    let (_server, mira, foe) = scene().await?;
    let offer = "<si xmlns='http://jabber.org/protocol/si' id='a' mime-type='text/plain' \
        profile='http://jabber.org/protocol/si/profile/file-transfer'>\
        <file xmlns='http://jabber.org/protocol/si/profile/file-transfer' name='a.txt' size='3'/>\
        <feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>\
        <field var='stream-method' type='list-single'><option><value>http://jabber.org/protocol/ibb</value></option></field>\
        </x></feature></si>";
    foe.refused(offer, "service-unavailable").await?;
    let streamhost = "<query xmlns='http://jabber.org/protocol/bytestreams' sid='a' mode='tcp'>\
        <streamhost jid='juliet@example.test/slix' host='127.0.0.1' port='1080'/></query>";
    foe.refused(streamhost, "error").await?;
    foe.sends(&mira, "good.bin", &noise(10_000)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocked_offer_nothing() -> Result<()> {
    let (server, mira, foe) = scene().await?;
    // One that is on its way ends with it.
    foe.offers_in_band("before", &file("before.bin", 1000)).await?;
    foe.agreed(&open("before", 4096)).await?;
    let stranger = Foe::stranger(&server, &foe).await?;
    let block = |jid: &str| SetBlocked { account: mira.account.clone(), jid: jid.to_owned(), blocked: true };
    mira.call(block(foe.bare())).await?;
    mira.call(block(stranger.bare())).await?;
    let gone = |file: &File| file.name == "before.bin" && file.state == FileState::Cancelled;
    mira.file_that(foe.bare(), "it to end", gone).await?;
    mira.no_parts().await?;
    for who in [&foe, &stranger] {
        let content = offer(&file("blocked.bin", 1000), &in_band("b"));
        who.refused(&who.jingle("session-initiate", "blocked", &content), "error").await?;
        let rows = mira.newest(who.bare(), 50).await?;
        ensure!(rows.iter().flat_map(|row| &row.files).all(|file| file.name != "blocked.bin"), "{rows:?}");
    }
    mira.settled().await
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_find_us_busy() -> Result<()> {
    let more = Prosody::builder().account("romeo", "pw-romeo").account("laurence", "pw-laurence");
    let (server, mira, foe) = scene_on(more).await?;
    let stranger = Foe::stranger(&server, &foe).await?;
    for number in 0..50 {
        let content = offer(&file(&format!("{number}.bin"), 1000), &in_band(&format!("s{number}")));
        stranger.say(&stranger.jingle("session-initiate", &format!("offer-{number}"), &content)).await?;
    }
    for number in 8..50 {
        stranger.ended(&format!("offer-{number}"), "busy").await?;
    }
    let rows = mira.newest(stranger.bare(), 100).await?;
    let offered: Vec<_> = rows.iter().flat_map(|row| &row.files).collect();
    ensure!(offered.len() == 8 && offered.iter().all(|file| file.state == FileState::Offered), "{offered:?}");
    // Nothing comes unasked, and where we are is not told.
    ensure!(mira.lying()?.is_empty(), "something came");
    ensure!(stranger.slix.pending().iter().all(|event| event["action"] != "session-accept"), "something was taken");
    // However many they are, they share what is there for all of them: a friend is not busy's victim.
    let others = [Foe::nobody(&server, "romeo", &foe).await?, Foe::nobody(&server, "laurence", &foe).await?];
    for (who, crowd) in others.iter().enumerate() {
        for number in 0..8 {
            let content = offer(&file(&format!("{who}-{number}.bin"), 1000), &in_band(&format!("s{number}")));
            crowd.agreed(&crowd.jingle("session-initiate", &format!("crowd-{who}-{number}"), &content)).await?;
        }
    }
    for number in 0..8 {
        others[1].ended(&format!("crowd-1-{number}"), "busy").await?;
    }
    foe.sends(&mira, "good.bin", &noise(10_000)).await?;
    for file in &offered {
        mira.cancel_file(&file.id).await?;
    }
    for number in 0..8 {
        stranger.ended(&format!("offer-{number}"), "decline").await?;
    }
    mira.settled().await
}
