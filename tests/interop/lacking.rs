//! Servers that lack something: signing in and talking work all the same, and the person is told what is missing.

use harness::{At, Headless, Prosody, Result, Version, ensure, slix::Login};
use waxwing_contract::{AccountId, Delivery, Feature, GetAccountDetails};

/// Prosody's module, and the feature it brings.
const MODULES: [(&str, Feature); 5] = [
    ("mam", Feature::Archive),
    ("carbons", Feature::Carbons),
    ("smacks", Feature::StreamManagement),
    ("pep", Feature::Pep),
    ("blocklist", Feature::Blocking),
];

/// What both have when nothing is left out; 13 has SASL2 and channel binding as well.
const ALL: [Feature; 8] = [
    Feature::Archive,
    Feature::Carbons,
    Feature::StreamManagement,
    Feature::Pep,
    Feature::Blocking,
    Feature::RosterVersions,
    Feature::PreApproval,
    Feature::ClientState,
];

/// Signs in to a server without these, talks both ways, and compares what it is told to lack.
async fn without(version: Version, modules: &[&str]) -> Result<()> {
    let what = format!("{version:?} without {modules:?}");
    let mut left_out = modules.to_vec();
    if modules.contains(&"smacks") {
        left_out.push("sasl2_sm");
    }
    if modules.contains(&"pep") {
        // what stands on PEP
        left_out.extend(["bookmarks", "vcard4", "vcard_legacy"]);
    }
    let builder = Prosody::builder().version(version).without(&left_out);
    let server = builder.account("romeo", "pw-romeo").account("juliet", "pw-juliet").start().await?;
    let began = std::time::Instant::now();
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    println!("{what}: up to date after {:?}", began.elapsed());
    let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;

    let id = me.say(juliet.bare(), "There and").await?;
    juliet.message(&me.jid, "There and").await?;
    me.delivered(juliet.bare(), &id, Delivery::Delivered).await?;
    juliet.send(&me.jid, "back again").await?;
    me.message(juliet.bare(), "the answer", |m| m.body == "back again" && !m.outgoing).await?;

    let details = me.call(GetAccountDetails(AccountId { account: me.account.clone() })).await?;
    let offered = |feature| details.capabilities.iter().find(|c| c.feature == feature).map(|c| c.offered);
    let mut wrong = Vec::new();
    for feature in ALL {
        let lacks = MODULES.iter().any(|(module, of)| *of == feature && modules.contains(module));
        if offered(feature) != Some(!lacks) {
            let truth = if lacks { "lacks it" } else { "has it" };
            wrong.push(format!("{feature:?} is {:?}, and the server {truth}", offered(feature)));
        }
    }
    ensure!(wrong.is_empty(), "{what}: {wrong:#?}");
    for feature in [Feature::Sasl2, Feature::ChannelBinding] {
        ensure!(offered(feature) == Some(version == Version::V13), "{what}: {feature:?} is {:?}", offered(feature));
    }
    me.app.close().await;
    Ok(())
}

/// All failures of a version together.
async fn each(version: Version) -> Result<()> {
    let mut wrong = Vec::new();
    let mut sets: Vec<Vec<&str>> = MODULES.iter().map(|(module, _)| vec![*module]).collect();
    sets.push(Vec::new());
    sets.push(MODULES.iter().map(|(module, _)| *module).collect());
    for modules in sets {
        if let Err(why) = without(version, &modules).await {
            wrong.push(format!("without {modules:?}: {why:#}"));
        }
    }
    ensure!(wrong.is_empty(), "{version:?}:\n{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn prosody_13_without_a_module() -> Result<()> {
    each(Version::V13).await
}

#[tokio::test(flavor = "multi_thread")]
async fn prosody_0_12_without_a_module() -> Result<()> {
    each(Version::V0_12).await
}
