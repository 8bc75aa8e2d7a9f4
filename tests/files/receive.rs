//! What is done with files that others offer: who is asked, what is kept, and what goes on after a break.

use harness::calling::people;
use harness::filing::{How, noise};
use harness::{At, Headless, Prosody, Result, ensure, until};
use waxwing_contract::{Code, Delivery, FileState, GetSettings, Nothing, SetSettings, Settings, TransferStage};

use crate::direct::pair;

const DIRECT: How<'static> = How { caption: "", original: false, direct: true };

#[tokio::test]
async fn a_stranger_asks_and_is_taken_or_not() -> Result<()> {
    let server = people(Prosody::builder()).await?;
    let nurse = Headless::sign_in(&At::prosody(&server, "nurse")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    for (name, wanted) in [("wanted.bin", true), ("unwanted.bin", false)] {
        nurse.send_file(&juliet.jid, name, &noise(30_000), How::default()).await?;
        let offered = |file: &waxwing_contract::File| file.name == name && file.state == FileState::Offered;
        let (_, file) = juliet.file_that(&nurse.jid, "an offer", offered).await?;
        ensure!(juliet.lying()?.iter().all(|path| !path.ends_with(name)), "it came unasked");
        if wanted {
            juliet.start_file(&file.id).await?;
            juliet.file_here(&nurse.jid, name).await?;
        } else {
            juliet.cancel_file(&file.id).await?;
            juliet.file_cancelled(&nurse.jid, name, Code::Cancelled).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_large_asks_and_both_sides_may_think_better_of_it() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    let settings: Settings = juliet.call(GetSettings(Nothing {})).await?;
    juliet.call(SetSettings(Settings { receive_mb: 1, ..settings })).await?;
    let offered =
        |name: &'static str| move |file: &waxwing_contract::File| file.name == name && file.state == FileState::Offered;
    mira.send_file(&juliet.jid, "large.bin", &noise(1_500_000), DIRECT).await?;
    let (_, file) = juliet.file_that(&mira.jid, "an offer", offered("large.bin")).await?;
    mira.transfer("an offer that waits", |transfer| transfer.stage == TransferStage::Asking).await?;
    juliet.start_file(&file.id).await?;
    juliet.file_here(&mira.jid, "large.bin").await?;

    mira.send_file(&juliet.jid, "declined.bin", &noise(1_600_000), DIRECT).await?;
    let (_, file) = juliet.file_that(&mira.jid, "an offer", offered("declined.bin")).await?;
    juliet.cancel_file(&file.id).await?;
    juliet.file_cancelled(&mira.jid, "declined.bin", Code::Cancelled).await?;
    let declined = mira.file_cancelled(&juliet.jid, "declined.bin", Code::DeclinedByThem).await?;
    ensure!(declined.delivery == Some(Delivery::Failed), "it is still to be sent: {declined:?}");

    mira.send_file(&juliet.jid, "taken back.bin", &noise(1_700_000), DIRECT).await?;
    juliet.file_that(&mira.jid, "an offer", offered("taken back.bin")).await?;
    let ours = mira.transfer("an offer that waits", |transfer| transfer.name == "taken back.bin").await?;
    mira.cancel_file(&ours.file).await?;
    juliet.file_cancelled(&mira.jid, "taken back.bin", Code::DeclinedByThem).await?;
    let back = mira.file_cancelled(&juliet.jid, "taken back.bin", Code::Cancelled).await?;
    ensure!(back.delivery == Some(Delivery::Failed), "it is still to be sent: {back:?}");
    mira.settled().await?;
    juliet.settled().await
}

#[tokio::test]
async fn whoever_thinks_better_of_it_may_think_better_of_that() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().hides_all_but_in_band()).await?;
    let bytes = noise(300_000);
    mira.send_file(&juliet.jid, "slow.bin", &bytes, How { caption: "and words", ..DIRECT }).await?;
    let moving = |transfer: &waxwing_contract::Transfer| transfer.stage == TransferStage::Moving && transfer.done > 0;
    let theirs = juliet.transfer("something to come", moving).await?;
    juliet.cancel_file(&theirs.file).await?;
    let declined = mira.file_cancelled(&juliet.jid, "slow.bin", Code::DeclinedByThem).await?;
    // What was to be said after it does not wait for it any longer.
    juliet.message(&mira.jid, "the words", |message| message.body == "and words").await?;
    juliet.no_parts().await?;
    mira.start_file(&declined.files[0].id).await?;
    let offered = |file: &waxwing_contract::File| file.name == "slow.bin" && file.state == FileState::Here;
    let (_, came) = juliet.file_that(&mira.jid, "it to come after all", offered).await?;
    ensure!(juliet.read_file(&came).await? == bytes, "other bytes came");
    mira.delivered(&juliet.jid, &declined.id, Delivery::Delivered).await?;
    mira.settled().await
}

#[tokio::test]
async fn a_file_that_is_paused_goes_on() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().hides_all_but_in_band()).await?;
    let bytes = noise(400_000);
    mira.send_file(&juliet.jid, "slow.bin", &bytes, DIRECT).await?;
    let moving = |transfer: &waxwing_contract::Transfer| transfer.stage == TransferStage::Moving && transfer.done > 0;
    let transfer = mira.transfer("something to move", moving).await?;
    mira.pause_file(&transfer.file).await?;
    let paused = mira.transfer("a pause", |transfer| transfer.stage == TransferStage::Paused).await?;
    ensure!(paused.done < 400_000, "it was over already");
    mira.start_file(&transfer.file).await?;
    let came = juliet.file_here(&mira.jid, "slow.bin").await?;
    ensure!(juliet.read_file(&came).await? == bytes, "other bytes came");
    Ok(())
}

#[tokio::test]
async fn what_stopped_goes_on_where_it_was_offered_again() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().hides_all_but_in_band()).await?;
    let bytes = noise(600_000);
    mira.send_file(&juliet.jid, "broken.bin", &bytes, DIRECT).await?;
    juliet.transfer("some of it", |transfer| transfer.done > 100_000).await?;
    let mira = mira.restart().await?;
    mira.online().await?;
    let resumed = |transfer: &waxwing_contract::Transfer| transfer.stage == TransferStage::Moving && transfer.done > 0;
    let again = juliet.transfer("it to go on", resumed).await?;
    ensure!(again.done > 50_000, "it began at the start: {again:?}");
    let came = juliet.file_here(&mira.jid, "broken.bin").await?;
    ensure!(juliet.read_file(&came).await? == bytes, "other bytes came");
    let all = juliet.newest(&mira.jid, 20).await?;
    ensure!(all.iter().filter(|message| !message.files.is_empty()).count() == 1, "it is there twice");
    Ok(())
}

#[tokio::test]
async fn files_may_take_so_much_and_no_more() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    let settings: Settings = juliet.call(GetSettings(Nothing {})).await?;
    juliet.call(SetSettings(Settings { keep_mb: Some(1), ..settings })).await?;
    mira.send_file(&juliet.jid, "first.bin", &noise(600_000), How::default()).await?;
    juliet.file_here(&mira.jid, "first.bin").await?;
    mira.send_file(&juliet.jid, "second.bin", &noise(500_000), How::default()).await?;
    juliet.file_failed(&mira.jid, "second.bin", Code::OverQuota).await?;
    mira.send_file(&juliet.jid, "third.bin", &noise(510_000), DIRECT).await?;
    juliet.file_failed(&mira.jid, "third.bin", Code::OverQuota).await?;
    Ok(())
}

#[tokio::test]
async fn a_message_that_goes_takes_its_file_along() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    mira.send_file(&juliet.jid, "short lived.bin", &noise(40_000), How::default()).await?;
    juliet.file_here(&mira.jid, "short lived.bin").await?;
    let path = juliet.lying()?.into_iter().next().unwrap();
    // All messages are kept, and what nothing names leaves all the same; what is young may be about to be named.
    let (left, young) = (path.with_file_name("left behind.bin"), path.with_file_name("young.bin"));
    for path in [&left, &young] {
        std::fs::write(path, b"x")?;
    }
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(7200);
    std::fs::File::options().write(true).open(&left)?.set_modified(old)?;
    let settings: Settings = juliet.call(GetSettings(Nothing {})).await?;
    for keep_days in [Some(3650), None] {
        juliet.call(SetSettings(Settings { keep_days, ..settings.clone() })).await?;
    }
    until("what nothing names to be gone", async || (!left.exists()).then_some(())).await?;
    ensure!(young.exists() && path.exists(), "too much is gone");
    // One that comes right now comes to nothing.
    mira.send_file(&juliet.jid, "asked for.bin", &noise(12_000_000), DIRECT).await?;
    juliet.file_that(&mira.jid, "an offer", |file| file.state == FileState::Offered).await?;
    juliet
        .call(waxwing_contract::WipeMessages(waxwing_contract::AccountId { account: juliet.account.clone() }))
        .await?;
    until("its file to be gone", async || (!path.exists() && !young.exists()).then_some(())).await?;
    mira.file_cancelled(&juliet.jid, "asked for.bin", Code::DeclinedByThem).await.map(drop)
}

#[tokio::test]
async fn what_was_written_to_is_no_twin_and_what_is_gone_is_got_again() -> Result<()> {
    let (server, mira, juliet) = pair(Prosody::builder()).await?;
    let other = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let bytes = noise(50_000);
    mira.send_file(&juliet.jid, "report.bin", &bytes, How::default()).await?;
    let first = juliet.file_here(&mira.jid, "report.bin").await?;
    let copy = other.file_here(&juliet.jid, "report.bin").await?;
    ensure!(other.read_file(&copy).await? == bytes, "another device of ours has other bytes");
    // As long as it was, and other words.
    let path = juliet.path_of(&first).await?;
    std::fs::write(&path, noise(60_000).split_off(10_000))?;
    mira.send_file(&juliet.jid, "once more.bin", &bytes, How::default()).await?;
    let again = juliet.file_here(&mira.jid, "once more.bin").await?;
    ensure!(juliet.read_file(&again).await? == bytes, "it is what was edited here");
    ensure!(path.exists() && juliet.path_of(&again).await? != path, "what was edited is gone");

    for (who, peer) in [(&juliet, &mira.jid), (&mira, &juliet.jid)] {
        let file = who.file_here(peer, "once more.bin").await?;
        std::fs::remove_file(who.path_of(&file).await?)?;
        ensure!(who.path_of(&file).await.is_err(), "it is still found");
        let missing = |file: &waxwing_contract::File| file.name == "once more.bin" && file.state == FileState::Missing;
        who.file_that(peer, "it to be missing", missing).await?;
        who.start_file(&file.id).await?;
        let back = who.file_here(peer, "once more.bin").await?;
        ensure!(who.read_file(&back).await? == bytes, "other bytes came back");
    }
    let all = juliet.newest(&mira.jid, 20).await?;
    ensure!(all.iter().filter(|message| !message.files.is_empty()).count() == 2, "it was sent once more");
    Ok(())
}

#[tokio::test]
async fn what_would_tell_where_we_are_asks() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    let settings: Settings = juliet.call(GetSettings(Nothing {})).await?;
    juliet.call(SetSettings(Settings { relay_only: true, ..settings })).await?;
    mira.send_file(&juliet.jid, "somewhere.bin", &noise(3_000), How::default()).await?;
    let offered = |file: &waxwing_contract::File| file.state == FileState::Offered;
    juliet.file_that(&mira.jid, "a question", offered).await?;
    // Where our own server has its files is known once we have sent one.
    juliet.send_file(&mira.jid, "ours.bin", &noise(3_000), How::default()).await?;
    mira.file_here(&juliet.jid, "ours.bin").await?;
    mira.send_file(&juliet.jid, "at our server.bin", &noise(4_000), How::default()).await?;
    juliet.file_here(&mira.jid, "at our server.bin").await.map(drop)
}
