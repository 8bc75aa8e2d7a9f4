//! From one to the other (XEP-0234): over sockets (XEP-0260), through a proxy (XEP-0065), between the stanzas (XEP-0261).

use harness::calling::people;
use harness::filing::{How, noise};
use harness::prosody::Builder;
use harness::{At, Headless, Prosody, Result, ensure};
use waxwing_contract::{Code, Delivery, FileState, FileWay, WayReason};

/// Two contacts on a server that is as wanted; each knows that the other takes files.
pub async fn pair(server: Builder) -> Result<(Prosody, Headless, Headless)> {
    let server = people(server).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    mira.may_send(&juliet.jid).await?;
    juliet.may_send(&mira.jid).await?;
    Ok((server, mira, juliet))
}

/// Sends a file both ways and looks which way it went.
async fn both_ways(mira: &Headless, juliet: &Headless, size: usize, wanted: FileWay) -> Result<()> {
    for (from, to, name) in [(mira, juliet, "there.bin"), (juliet, mira, "back.bin")] {
        let bytes = noise(size);
        from.send_file(&to.jid, name, &bytes, How { direct: true, ..How::default() }).await?;
        let came = to.file_here(&from.jid, name).await?;
        ensure!(to.read_file(&came).await? == bytes, "other bytes came");
        ensure!(came.way == Some(wanted), "it came by {:?}", came.way);
        let (message, sent) = from
            .file_that(&to.jid, "a file that was taken", |file| file.name == name && file.state == FileState::Here)
            .await?;
        ensure!(sent.way == Some(wanted) && sent.why == Some(WayReason::Chosen), "{sent:?}");
        from.delivered(&to.jid, &message.id, Delivery::Delivered).await?;
        from.settled().await?;
        to.settled().await?;
        to.no_parts().await?;
    }
    Ok(())
}

#[tokio::test]
async fn over_a_data_channel() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    both_ways(&mira, &juliet, 5_000_000, FileWay::DataChannel).await
}

#[tokio::test]
async fn over_sockets() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().hides_data_channels()).await?;
    both_ways(&mira, &juliet, 5_000_000, FileWay::Direct).await
}

#[tokio::test]
async fn between_the_stanzas_where_they_do_nothing_else() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().hides_all_but_in_band()).await?;
    both_ways(&mira, &juliet, 100_000, FileWay::InBand).await
}

#[tokio::test]
async fn between_the_stanzas_where_no_socket_can_be_had() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().streamhosts_lead_nowhere().hides_data_channels()).await?;
    both_ways(&mira, &juliet, 60_000, FileWay::InBand).await
}

#[tokio::test]
async fn through_a_proxy_where_nobody_may_know_where_we_are() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    for who in [&mira, &juliet] {
        let settings = who.call(waxwing_contract::GetSettings(waxwing_contract::Nothing {})).await?;
        let hidden = waxwing_contract::Settings { relay_only: true, ..settings };
        who.call(waxwing_contract::SetSettings(hidden)).await?;
    }
    both_ways(&mira, &juliet, 2_000_000, FileWay::Proxy).await
}

#[tokio::test]
async fn what_is_too_large_for_the_service_goes_directly() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().upload_limit(100_000)).await?;
    mira.send_file(&juliet.jid, "small.bin", &noise(90_000), How::default()).await?;
    ensure!(juliet.file_here(&mira.jid, "small.bin").await?.way == Some(FileWay::Upload), "it could have gone up");
    mira.send_file(&juliet.jid, "large.bin", &noise(110_000), How::default()).await?;
    let large = juliet.file_here(&mira.jid, "large.bin").await?;
    ensure!(large.way == Some(FileWay::DataChannel), "{large:?}");
    let sent = mira.file_here(&juliet.jid, "large.bin").await?;
    ensure!(sent.why == Some(WayReason::TooLarge { limit: 100_000 }), "{sent:?}");
    // And where nobody is there to take it, that is said with the limit.
    juliet.app.close().await;
    mira.item::<waxwing_contract::Contact>(&waxwing_contract::View::Roster, "nobody there", |contact| {
        contact.presence.show == waxwing_contract::Show::Offline
    })
    .await?;
    mira.send_file(&server_jid(&mira), "alone.bin", &noise(120_000), How::default()).await?;
    let failed = mira.file_failed(&server_jid(&mira), "alone.bin", Code::FileTooLarge).await?;
    ensure!(failed.failure.is_some_and(|failure| failure.condition.as_deref() == Some("100000")), "no limit is told");
    Ok(())
}

/// Juliet, as Mira knows her.
fn server_jid(mira: &Headless) -> String {
    mira.jid.replace("mira", "juliet")
}

#[tokio::test]
async fn without_a_service_it_goes_directly_or_says_why_not() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder().without(&["upload"])).await?;
    mira.send_file(&juliet.jid, "a.bin", &noise(50_000), How::default()).await?;
    juliet.file_here(&mira.jid, "a.bin").await?;
    let sent = mira.file_here(&juliet.jid, "a.bin").await?;
    ensure!(sent.why == Some(WayReason::NoService), "{sent:?}");
    let nobody = mira.jid.replace("mira", "nurse");
    mira.send_file(&nobody, "b.bin", &noise(50_000), How::default()).await?;
    mira.file_failed(&nobody, "b.bin", Code::NoWayForFiles).await?;
    Ok(())
}

#[tokio::test]
async fn nothing_and_one_byte_arrive_too() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    for (name, size) in [("nothing.bin", 0), ("one.bin", 1)] {
        for direct in [false, true] {
            let name = format!("{direct}-{name}");
            mira.send_file(&juliet.jid, &name, &noise(size), How { direct, ..How::default() }).await?;
            let came = juliet.file_here(&mira.jid, &name).await?;
            ensure!(came.size == Some(size as u64), "{came:?}");
        }
    }
    Ok(())
}
