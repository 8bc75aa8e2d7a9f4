//! Data channels through a relay that the server names (XEP-0215, XEP-0343): where nobody may know where the other is, the
//! bytes go through coturn and no other way is told; without a relay, or without a word of it, a file goes another way soon.

use std::time::{Duration, Instant};

use harness::calling::people;
use harness::filing::{How, noise, sha256};
use harness::prosody::Builder;
use harness::{At, Headless, Prosody, Result, Turn, ensure, headless, turn, until};
use waxwing_client::Subscription;
use waxwing_contract::Subscription::To;
use waxwing_contract::{
    Contact, FileWay, GetSettings, Nothing, SetSettings, Settings, Subscribe, SubscriptionAction, View,
};

use crate::direct::pair;

const DIRECT: How<'static> = How { caption: "", original: false, direct: true };

/// Nothing is ever said to who asks for relays.
const SILENT: &str = r#"
module:hook("iq-get/host/urn:xmpp:extdisco:2:services", function () return true; end, 1000);
"#;

/// A server that names this relay, over UDP.
fn with_relay(relay: &Turn) -> Builder {
    let place = format!("host = \"127.0.0.1\", port = {}", relay.port);
    let service = format!(
        "{{ type = \"turn\", transport = \"udp\", {place}, username = \"{}\", password = \"{}\" }}",
        turn::USER,
        turn::PASSWORD
    );
    Prosody::builder().option(&format!("external_services = {{ {service} }}"))
}

async fn hide(who: &Headless) -> Result<()> {
    let settings: Settings = who.call(GetSettings(Nothing {})).await?;
    Ok(who.call(SetSettings(Settings { relay_only: true, ..settings })).await?)
}

/// Sends a file from one to the other, and looks that it came whole and by which way.
async fn goes(from: &Headless, to: &Headless, name: &str, size: usize, wanted: FileWay) -> Result<()> {
    let bytes = noise(size);
    from.send_file(&to.jid, name, &bytes, DIRECT).await?;
    let came = to.file_here(&from.jid, name).await?;
    ensure!(sha256(&to.read_file(&came).await?) == sha256(&bytes), "other bytes came");
    ensure!(came.way == Some(wanted), "it came by {:?}", came.way);
    let sent = from.file_here(&to.jid, name).await?;
    ensure!(sent.way == Some(wanted), "{sent:?}");
    from.settled().await?;
    to.settled().await?;
    to.no_parts().await
}

/// Waits until the relay has said that it was given so many bytes: it does when a session of it ends.
async fn carried(relay: &Turn, bytes: usize) -> Result<()> {
    let sum = |log: &str| -> usize {
        let usages = log.lines().filter(|line| line.contains(": usage:"));
        usages.filter_map(|line| line.split("rb=").nth(1)?.split(',').next()?.parse::<usize>().ok()).sum()
    };
    let enough = until("the relay to have carried it", async || (sum(&relay.log()) >= bytes).then_some(())).await;
    enough.map_err(|why| harness::anyhow!("{why}; it carried {} bytes:\n{}", sum(&relay.log()), relay.log()))
}

/// Looks on at somebody's stream.
async fn console(who: &Headless) -> Result<Subscription> {
    let mut seen = who.watch(&View::Console { account: who.account.clone() })?;
    ensure!(seen.next().await.is_some(), "no console");
    Ok(seen)
}

/// All places that they told of since.
fn places(seen: &mut Subscription) -> Vec<String> {
    let mut places = Vec::new();
    while let Some(update) = seen.try_next() {
        let ours = headless::items(&update).filter(|item| item["outgoing"] == true);
        let stanzas = ours.filter_map(|item| item["xml"].as_str().map(str::to_owned));
        for stanza in stanzas {
            places.extend(
                stanza.split("<candidate ").skip(1).map(|place| place.split('>').next().unwrap_or_default().to_owned()),
            );
        }
    }
    places
}

fn all_relayed(places: &[String]) -> Result<()> {
    let relayed = |place: &String| place.contains("type='relay'") || place.contains("type=\"relay\"");
    ensure!(!places.is_empty() && places.iter().all(relayed), "told: {places:#?}");
    Ok(())
}

#[tokio::test]
async fn neither_tells_where_it_is() -> Result<()> {
    let relay = Turn::start().await?;
    let (_server, mira, juliet) = pair(with_relay(&relay)).await?;
    hide(&mira).await?;
    hide(&juliet).await?;
    let (mut hers, mut juliets) = (console(&mira).await?, console(&juliet).await?);
    goes(&mira, &juliet, "there.bin", 2_000_000, FileWay::DataChannel).await?;
    all_relayed(&places(&mut hers))?;
    all_relayed(&places(&mut juliets))?;
    carried(&relay, 2_000_000).await?;
    goes(&juliet, &mira, "back.bin", 1_000_000, FileWay::DataChannel).await?;
    carried(&relay, 3_000_000).await
}

#[tokio::test]
async fn whoever_may_not_see_us_gets_it_through_the_relay_alone() -> Result<()> {
    let relay = Turn::start().await?;
    let (_server, mira, juliet) = pair(with_relay(&relay)).await?;
    let (account, jid) = (mira.account.clone(), juliet.jid.clone());
    mira.call(Subscribe { account, jid, action: SubscriptionAction::Deny }).await?;
    mira.item::<Contact>(&View::Roster, "somebody who may not see us", |contact| contact.subscription == To).await?;
    let mut hers = console(&mira).await?;
    goes(&mira, &juliet, "there.bin", 600_000, FileWay::DataChannel).await?;
    all_relayed(&places(&mut hers))?;
    carried(&relay, 600_000).await
}

#[tokio::test]
async fn whoever_hides_and_knows_no_relay_takes_it_another_way() -> Result<()> {
    let (_server, mira, juliet) = pair(Prosody::builder()).await?;
    hide(&juliet).await?;
    goes(&mira, &juliet, "there.bin", 500_000, FileWay::Proxy).await?;
    goes(&juliet, &mira, "back.bin", 500_000, FileWay::Proxy).await
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_nothing_up_for_long() -> Result<()> {
    let server = people(Prosody::builder().module("silent", SILENT.to_owned())).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&server, "juliet")?).await?;
    mira.may_send(&juliet.jid).await?;
    let began = Instant::now();
    goes(&mira, &juliet, "open.bin", 100_000, FileWay::DataChannel).await?;
    hide(&juliet).await?;
    goes(&mira, &juliet, "hidden.bin", 100_000, FileWay::Proxy).await?;
    ensure!(began.elapsed() < Duration::from_secs(25), "it took {:?}", began.elapsed());
    Ok(())
}
