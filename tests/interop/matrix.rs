//! Every server the client is for, with each version of TLS by each door, and without each thing it may lack: signing
//! in, talking, and coming back after a cut without losing or doubling anything.

use std::future::Future;

use futures::{StreamExt, future::BoxFuture, stream};
use harness::{
    At, Certificate, Context, DOMAIN, Ejabberd, Headless, Prosody, Relay, Result, Slix, Tls, Version, bail, ensure,
    slix::Login,
};
use waxwing_contract::{
    AccountId, Code, Connect, Connection, Delivery, Failure, Feature, GetAccountDetails, SessionState,
};

/// So many cases at once: most of each is waiting for somebody.
const AT_ONCE: usize = 3;

/// Romeo behind a relay, and Juliet beside the server.
struct Talk {
    relay: Relay,
    me: Headless,
    juliet: Slix,
}

impl Talk {
    /// Both have accounts; Romeo comes by this door.
    async fn over(door: u16, direct_tls: bool, certificate: &Certificate, romeo: &str, juliet: Login) -> Result<Self> {
        let relay = Relay::start(door).await?;
        let user = romeo.split('@').next().unwrap_or_default();
        let at = At::to(relay.port, direct_tls, certificate, romeo, &format!("pw-{user}"))?;
        Ok(Self { relay, me: Headless::sign_in(&at).await?, juliet: juliet.start().await? })
    }

    fn account(&self) -> AccountId {
        AccountId { account: self.me.account.clone() }
    }

    async fn connection(&self) -> Result<Connection> {
        self.me.call(GetAccountDetails(self.account())).await?.connection.context("no connection")
    }

    /// Talks, is cut off, goes on talking, and comes back; answers how the connection came back.
    async fn comes_back(&self) -> Result<Connection> {
        let (me, juliet) = (&self.me, &self.juliet);
        let id = me.say(juliet.bare(), "there").await?;
        juliet.message(&me.jid, "there").await?;
        me.delivered(juliet.bare(), &id, Delivery::Delivered).await?;
        juliet.send(&me.jid, "and back").await?;
        me.message(juliet.bare(), "the answer", |m| m.body == "and back").await?;

        self.relay.refuse(true);
        self.relay.cut();
        me.session("cut off", |s| !matches!(s, SessionState::Online { .. })).await?;
        let id = me.say(juliet.bare(), "into the cut").await?;
        juliet.send(&me.jid, "out of the cut").await?;
        // the server has it once it answers what follows
        juliet.call("ping", serde_json::json!({})).await?;
        self.relay.refuse(false);
        me.call(Connect(self.account())).await?;
        me.online().await?;

        // in the view, because a page would heal a loss from the archive
        me.message(juliet.bare(), "out of the cut", |m| m.body == "out of the cut").await?;
        juliet.message(&me.jid, "into the cut").await?;
        me.delivered(juliet.bare(), &id, Delivery::OnServer).await?;
        me.say(juliet.bare(), "the end").await?;
        juliet.message(&me.jid, "the end").await?;
        let pending = juliet.pending();
        let again: Vec<_> = pending.iter().filter(|event| event["body"].is_string()).collect();
        ensure!(again.is_empty(), "came twice: {again:?}");
        let mut held: Vec<_> = me.newest(juliet.bare(), 50).await?.into_iter().map(|m| m.body).collect();
        held.sort_unstable();
        ensure!(held == ["and back", "into the cut", "out of the cut", "the end", "there"], "{held:?}");
        let connection = self.connection().await?;
        me.app.close().await;
        Ok(connection)
    }
}

/// Runs cases, a few at once, and tells all that failed.
async fn all(cases: impl IntoIterator<Item = (String, impl Future<Output = Result<()>>)>) -> Result<()> {
    let running = cases.into_iter().map(|(name, case)| async move {
        let began = std::time::Instant::now();
        let result = case.await;
        println!("{name}: {:?}", began.elapsed());
        result.err().map(|why| format!("{name}: {why:#}"))
    });
    let wrong: Vec<_> = stream::iter(running).buffer_unordered(AT_ONCE).filter_map(async |why| why).collect().await;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// What a door has to show.
struct Secure {
    tls: Tls,
    binding: Option<&'static str>,
}

impl Secure {
    fn is(&self, connection: &Connection) -> Result<()> {
        let tls = if self.tls == Tls::V1_2 { "TLS 1.2" } else { "TLS 1.3" };
        ensure!(connection.tls == tls && connection.channel_binding.as_deref() == self.binding, "{connection:?}");
        Ok(())
    }
}

/// One comes by STARTTLS and one by direct TLS, with the peers beside the server.
async fn by_both_doors(starttls: u16, direct: u16, certificate: &Certificate, expected: &Secure) -> Result<()> {
    let talk = async |door, direct_tls, me: &str, peer: &str| {
        let juliet = Login::to(starttls, certificate, &format!("{peer}@{DOMAIN}"), &format!("pw-{peer}"));
        let talk = Talk::over(door, direct_tls, certificate, &format!("{me}@{DOMAIN}"), juliet).await?;
        expected.is(&talk.connection().await?)?;
        let back = talk.comes_back().await?;
        expected.is(&back).context("after the cut")?;
        ensure!(back.resumed, "bound anew: {back:?}");
        Result::<()>::Ok(())
    };
    let (one, other) = tokio::join!(talk(starttls, false, "romeo", "juliet"), talk(direct, true, "tybalt", "paris"));
    one.context("by STARTTLS").and(other.context("by direct TLS"))
}

const PEOPLE: [&str; 4] = ["romeo", "juliet", "tybalt", "paris"];

async fn prosody(version: Version, tls: Tls) -> Result<()> {
    // what it has with SASL2 on TLS 1.2 is refused: see below
    let without = if tls == Tls::V1_2 { SASL2 } else { &[] };
    let server = Prosody::builder().version(version).only(tls).without(without).start().await?;
    for user in PEOPLE {
        server.register(user, &format!("pw-{user}"))?;
    }
    let binding = (version == Version::V13 && tls == Tls::V1_3).then_some("tls-exporter");
    by_both_doors(server.c2s_port, server.direct_tls_port, &server.certificate, &Secure { tls, binding }).await
}

async fn ejabberd(tls: Tls) -> Result<()> {
    let server = Ejabberd::builder().only(tls).start().await?;
    for user in PEOPLE {
        server.register(user, &format!("pw-{user}")).await?;
    }
    let binding = Some(if tls == Tls::V1_3 { "tls-exporter" } else { "tls-server-end-point" });
    by_both_doors(server.c2s_port, server.direct_tls_port, &server.certificate, &Secure { tls, binding }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_version_of_tls_by_each_door() -> Result<()> {
    let mut cases: Vec<(String, BoxFuture<'_, Result<()>>)> = Vec::new();
    for tls in [Tls::V1_2, Tls::V1_3] {
        cases.push((format!("ejabberd {tls:?}"), Box::pin(ejabberd(tls))));
        for version in Version::ALL {
            cases.push((format!("Prosody {version:?} {tls:?}"), Box::pin(prosody(version, tls))));
        }
    }
    all(cases).await
}

const SASL2: &[&str] = &["sasl2", "sasl2_bind2", "sasl2_fast", "sasl2_sm"];

/// What Prosody does without, and whether the session of before the cut is resumed all the same.
const LACKING: &[(Version, &[&str], bool)] = &[
    (Version::V13, &["smacks", "sasl2_sm"], false),
    (Version::V13, &["mam"], true),
    (Version::V13, &["carbons"], true),
    (Version::V13, &["csi_simple"], true),
    (Version::V13, &["pep", "bookmarks", "vcard4", "vcard_legacy"], true),
    (Version::V13, &["blocklist"], true),
    (Version::V13, SASL2, true),
    (Version::V13, &["sasl2_bind2"], true),
    (Version::V13, &["sasl2_fast"], true),
    // bound within SASL2, before one could resume
    (Version::V13, &["sasl2_sm"], false),
    (Version::V0_12, &["smacks"], false),
    (Version::V0_12, &["mam"], true),
    (Version::V0_12, &["carbons"], true),
    (Version::V0_12, &["csi_simple"], true),
    (Version::V0_12, &["pep", "bookmarks", "vcard4", "vcard_legacy"], true),
    (Version::V0_12, &["blocklist"], true),
];

/// Prosody's module for SASL2 knows only tls-unique on TLS 1.2. A list without tls-server-end-point, which XEP-0440 makes
/// mandatory, may have been stripped by somebody in between: refused, where nothing vouches for it.
#[tokio::test(flavor = "multi_thread")]
async fn sasl2_with_no_binding_in_common_is_refused() -> Result<()> {
    let server = Prosody::builder().only(Tls::V1_2).account("romeo", "pw-romeo").start().await?;
    let Err(refused) = Headless::sign_in_only(&At::prosody(&server, "romeo")?).await else {
        bail!("signed in with a list that nobody vouches for");
    };
    let failure = refused.downcast_ref::<Failure>().context("no failure of ours")?;
    ensure!(failure.code == Code::NoMechanism, "{failure:?}");
    Ok(())
}

/// Prosody always has roster versions; this one does not say so.
const UNVERSIONED: &str = r#"
module:hook("stream-features", function (event)
  event.features:maptags(function (tag)
    if tag.attr.xmlns ~= "urn:xmpp:features:rosterver" then return tag; end
  end);
end, -1000);
"#;

async fn without(version: Version, modules: &[&str], unversioned: bool, resumes: bool) -> Result<()> {
    let builder = Prosody::builder().version(version).without(modules);
    let builder = if unversioned { builder.module("unversioned", UNVERSIONED.into()) } else { builder };
    let server = builder.account("romeo", "pw-romeo").account("juliet", "pw-juliet").start().await?;
    let juliet = Login::prosody(&server, "juliet", "pw-juliet");
    let talk = Talk::over(server.c2s_port, false, &server.certificate, &server.jid("romeo"), juliet).await?;
    if unversioned {
        let details = talk.me.call(GetAccountDetails(talk.account())).await?;
        let versions = details.capabilities.iter().find(|c| c.feature == Feature::RosterVersions);
        ensure!(versions.is_some_and(|c| !c.offered), "{versions:?}");
    }
    let back = talk.comes_back().await?;
    ensure!(back.resumed == resumes, "resumed: {}", back.resumed);
    let sasl2 = version == Version::V13 && !modules.contains(&"sasl2");
    ensure!(back.sasl2 == sasl2, "{back:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_each_thing_a_server_may_lack() -> Result<()> {
    let lacking = LACKING.iter().map(|(version, modules, resumes)| {
        (format!("{version:?} without {modules:?}"), without(*version, modules, false, *resumes))
    });
    let unversioned =
        Version::ALL.map(|version| (format!("{version:?} without roster versions"), without(version, &[], true, true)));
    all(lacking.chain(unversioned)).await
}
