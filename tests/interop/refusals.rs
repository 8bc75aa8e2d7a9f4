//! Sign-ins that fail: with which code, in which time, and that nothing is kept.

use std::time::{Duration, Instant};

use harness::{At, Door, Headless, Leaf, Prosody, Result, Scripted, anyhow, bail, ensure, headless, paths::Folder};
use serde_json::Value;
use waxwing_client::App;
use waxwing_contract::{AccountId, CertificateFault, Code, Endpoint, Failure, GetAccountDetails, SignIn, View};

use crate::servers::Server;

const LIMIT: Duration = Duration::from_secs(5);

/// An application without an account.
struct Fresh {
    app: App,
    folder: Folder,
    ca: Vec<u8>,
}

impl Fresh {
    fn open(at: &At) -> Result<Self> {
        let folder = Folder::new("refusals")?;
        let app = headless::open(folder.path(), &at.ca)?;
        Ok(Self { app, folder, ca: at.ca.clone() })
    }

    /// Tries to sign in, and checks that nothing is left of the attempt: now, and after a restart.
    async fn refused(self, request: SignIn, what: &str) -> Result<Failure> {
        let Err(failure) = self.app.call(request).await else { bail!("{what}: signed in") };
        self.holds_nothing(&self.app, what).await?;
        self.app.close().await;
        let again = headless::open(self.folder.path(), &self.ca)?;
        self.holds_nothing(&again, &format!("{what}, after a restart")).await?;
        again.close().await;
        Ok(failure)
    }

    async fn holds_nothing(&self, app: &App, what: &str) -> Result<()> {
        let accounts = app.subscribe(&View::Accounts)?.next().await.unwrap_or(Value::Null);
        ensure!(accounts["items"].as_array().is_some_and(Vec::is_empty), "{what}: an account is shown: {accounts}");
        let folders = std::fs::read_dir(self.folder.path().join("accounts"))?.flatten().map(|entry| entry.path());
        let folders: Vec<_> = folders.collect();
        ensure!(folders.is_empty(), "{what}: folders were left behind: {folders:?}");
        let secrets = std::fs::read_to_string(self.folder.path().join("secrets.json")).unwrap_or_default();
        ensure!(!secrets.contains("pw-"), "{what}: the password was kept: {secrets}");
        Ok(())
    }
}

async fn refused(at: &At, what: &str) -> Result<Failure> {
    Fresh::open(at)?.refused(at.request(), what).await
}

/// Somewhere that shows no certificate anybody needs.
async fn nowhere(port: u16, direct_tls: bool) -> Result<At> {
    let server = Scripted::start().await?;
    At::to(port, direct_tls, &server.certificate, "romeo@example.test", "pw-romeo")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password() -> Result<()> {
    for server in Server::all().await? {
        let mut at = server.account("forgetful").await?;
        at.password = "pw-wrong".into();
        let failure = refused(&at, &server.name()).await?;
        ensure!(failure.code == Code::NotAuthorized, "{}: {failure:?}", server.name());
        ensure!(failure.condition.as_deref() == Some("not-authorized"), "{}: {failure:?}", server.name());
        at.jid = "nobody-here@example.test".into();
        let failure = refused(&at, &format!("{} without that account", server.name())).await?;
        ensure!(failure.code == Code::NotAuthorized, "{} without that account: {failure:?}", server.name());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_then_the_right_one() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let at = At::prosody(&server, "romeo")?;
    let fresh = Fresh::open(&at)?;
    let wrong = SignIn { password: "pw-wrong".into(), ..at.request() };
    let Err(failure) = fresh.app.call(wrong).await else { bail!("signed in with a wrong password") };
    ensure!(failure.code == Code::NotAuthorized, "{failure:?}");
    fresh.app.call(at.request()).await.map_err(|failure| anyhow!("the right password afterwards: {failure:?}"))?;
    fresh.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_host() -> Result<()> {
    let mut at = nowhere(5222, false).await?;
    at.endpoint.host = "nowhere.invalid".into();
    let failure = refused(&at, "an endpoint that is not").await?;
    ensure!(failure.code == Code::EndpointNotFound, "an endpoint that is not: {failure:?}");
    let request = SignIn { jid: "romeo@nowhere.invalid".into(), endpoint: None, ..at.request() };
    let failure = Fresh::open(&at)?.refused(request, "a domain that is not").await?;
    ensure!(failure.code == Code::HostNotFound, "a domain that is not: {failure:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_of_another_domain() -> Result<()> {
    let server = Prosody::builder().start().await?;
    let mut at = At::prosody(&server, "romeo")?;
    at.jid = "romeo@elsewhere.test".into();
    let failure = refused(&at, "a domain this server does not serve").await?;
    ensure!(failure.code == Code::HostNotFound, "a domain this server does not serve: {failure:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_where_nobody_listens() -> Result<()> {
    for direct_tls in [false, true] {
        let failure = refused(&nowhere(Door::refused().port, direct_tls).await?, "a closed port").await?;
        ensure!(failure.code == Code::Unreachable, "direct TLS {direct_tls}: {failure:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_server() -> Result<()> {
    let door = Door::silent().await?;
    for direct_tls in [false, true] {
        let at = nowhere(door.port, direct_tls).await?;
        let began = Instant::now();
        let failure = refused(&at, "silence").await?;
        println!("direct TLS {direct_tls}: gave up after {:?}", began.elapsed());
        ensure!(failure.code == Code::Timeout, "direct TLS {direct_tls}: {failure:?}");
        ensure!(began.elapsed() < 2 * LIMIT, "direct TLS {direct_tls}: took {:?}", began.elapsed());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_falls_silent_after_tls() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", "pw-romeo")?;
    let silent = async {
        let mut conversation = server.accept().await?;
        conversation.closes().await
    };
    let (failure, _) = tokio::join!(refused(&at, "silence after TLS"), silent);
    let failure = failure?;
    ensure!(failure.code == Code::Timeout, "{failure:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_know_starttls() -> Result<()> {
    const ANSWERS: [&str; 3] = [
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>",
        "<stream:error><unsupported-stanza-type xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>\
         </stream:stream>",
        "</stream:stream>",
    ];
    let mut wrong = Vec::new();
    for answer in ANSWERS {
        let door = Door::refusing_tls(answer).await?;
        let failure = refused(&nowhere(door.port, false).await?, answer).await?;
        if failure.code != Code::TlsFailed {
            wrong.push(format!("{answer}: {failure:?}"));
        }
        gave_nothing_away(&door, answer)?;
    }
    ensure!(wrong.is_empty(), "a server without TLS is TlsFailed, whatever it answers: {wrong:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_starttls() -> Result<()> {
    let door = Door::without_tls().await?;
    let failure = refused(&nowhere(door.port, false).await?, "no TLS").await?;
    gave_nothing_away(&door, "no TLS")?;
    ensure!(failure.code == Code::TlsFailed, "no TLS was offered, and asking for it was not answered: {failure:?}");
    Ok(())
}

/// What stands behind `<proceed/>` was not said under TLS, whoever said it (RFC 6120 §5.4.3.3).
#[tokio::test(flavor = "multi_thread")]
async fn what_is_slipped_in_before_tls_is_not_taken_for_encrypted() -> Result<()> {
    let door = Door::refusing_tls(
        "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:features><mechanisms \
         xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>",
    )
    .await?;
    let failure = refused(&nowhere(door.port, false).await?, "an injection").await?;
    gave_nothing_away(&door, "an injection")?;
    ensure!(failure.code == Code::Protocol, "it went on to TLS: {failure:?}");
    Ok(())
}

fn gave_nothing_away(door: &Door, what: &str) -> Result<()> {
    let heard = door.heard();
    ensure!(heard.iter().any(|piece| piece.starts_with("<starttls")), "{what}: TLS was not asked for: {heard:?}");
    ensure!(heard.iter().all(|piece| !piece.contains("<auth")), "{what}: it went on in the clear: {heard:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_without_tls() -> Result<()> {
    let builder = Prosody::builder().without(&["tls"]).account("romeo", "pw-romeo");
    let server = builder.option("c2s_require_encryption = false; allow_unencrypted_plain_auth = true").start().await?;
    let features = server.features().await?;
    ensure!(features.contains("PLAIN") && !features.contains("starttls"), "not the server this needs: {features}");
    let failure = refused(&At::prosody(&server, "romeo")?, "Prosody without TLS").await?;
    ensure!(failure.code == Code::TlsFailed, "Prosody without TLS: {failure:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_offers_plain_alone() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", "pw-romeo")?;
    let offering = async {
        let mut conversation = server.accept().await?;
        let plain = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>";
        conversation.open(plain).await?;
        conversation.closes().await?;
        Result::<_>::Ok(conversation.heard.clone())
    };
    let (failure, heard) = tokio::join!(refused(&at, "PLAIN alone"), offering);
    let (failure, heard) = (failure?, heard?);
    ensure!(failure.code == Code::NoMechanism, "{failure:?}");
    ensure!(heard.iter().all(|piece| !piece.contains("<auth")), "the password was given away: {heard:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn something_that_is_no_xmpp_server() -> Result<()> {
    let door = Door::garbage().await?;
    for direct_tls in [false, true] {
        let began = Instant::now();
        let failure = refused(&nowhere(door.port, direct_tls).await?, "garbage").await?;
        ensure!(
            matches!(failure.code, Code::Protocol | Code::TlsFailed),
            "garbage, direct TLS {direct_tls}, after {:?}: {failure:?}",
            began.elapsed()
        );
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_convince_until_it_is_pinned() -> Result<()> {
    for (leaf, fault) in [
        (Leaf::Expired, CertificateFault::Expired),
        (Leaf::SelfSigned, CertificateFault::SelfSigned),
        (Leaf::WrongName, CertificateFault::WrongName),
    ] {
        let server = Prosody::builder().certificate(leaf).account("romeo", "pw-romeo").start().await?;
        let mut at = At::prosody(&server, "romeo")?;
        for direct_tls in [false, true] {
            at.endpoint = Endpoint {
                port: if direct_tls { server.direct_tls_port } else { server.c2s_port },
                direct_tls,
                ..at.endpoint
            };
            let failure = refused(&at, &format!("{leaf:?}")).await?;
            ensure!(failure.code == Code::Certificate, "{leaf:?}: {failure:?}");
            let Some(problem) = failure.certificate else { bail!("{leaf:?}: the certificate is not told") };
            ensure!(problem.fault == fault, "{leaf:?}: {problem:?}");
            ensure!(problem.fingerprint == server.certificate.fingerprint, "{leaf:?}: {problem:?}");
            ensure!(problem.host == "example.test", "{leaf:?}: the name asked for: {problem:?}");
            let name = if leaf == Leaf::WrongName { "elsewhere.test" } else { "example.test" };
            ensure!(problem.names.iter().any(|n| n == name), "{leaf:?}: its names: {problem:?}");
            ensure!(problem.not_before < problem.not_after, "{leaf:?}: its time: {problem:?}");
        }

        let wrong_pin = SignIn { pin: Some(["00"; 32].join(":")), ..at.request() };
        let failure = Fresh::open(&at)?.refused(wrong_pin, &format!("{leaf:?}, pinned to another")).await?;
        ensure!(failure.code == Code::Certificate, "{leaf:?}, pinned to another: {failure:?}");

        let fresh = Fresh::open(&at)?;
        let pinned = SignIn { pin: Some(server.certificate.fingerprint.clone()), ..at.request() };
        let added = fresh.app.call(pinned).await.map_err(|failure| anyhow!("{leaf:?}, pinned: {failure:?}"))?;
        let details = fresh.app.call(GetAccountDetails(AccountId { account: added.account })).await?;
        ensure!(details.pin.as_ref() == Some(&server.certificate.fingerprint), "{leaf:?}, pinned: {details:?}");
        let shown = details.connection.map(|connection| connection.certificate_fingerprint);
        ensure!(shown.as_ref() == Some(&server.certificate.fingerprint), "{leaf:?}, pinned: {shown:?}");
        fresh.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_signed_in_already() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let at = At::prosody(&server, "romeo")?;
    let me = Headless::sign_in(&at).await?;
    for jid in ["romeo@example.test", "ROMEO@Example.TEST", " romeo@example.test "] {
        let Err(failure) = me.call(SignIn { jid: jid.into(), ..at.request() }).await else {
            bail!("{jid:?} signed in twice")
        };
        ensure!(failure.code == Code::AlreadySignedIn, "{jid:?}: {failure:?}");
    }
    let accounts = me.watch(&View::Accounts)?.next().await.unwrap_or_default();
    ensure!(accounts["items"].as_array().is_some_and(|items| items.len() == 1), "not one account: {accounts}");
    me.online().await?;
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_address() -> Result<()> {
    let at = nowhere(Door::refused().port, false).await?;
    let long = format!("{}@example.test", "a".repeat(1024));
    for jid in ["", "@example.test", "romeo@", "romeo", "example.test", "ro meo@example.test", "a@b@c", &long] {
        let request = SignIn { jid: jid.into(), ..at.request() };
        let failure = Fresh::open(&at)?.refused(request, &format!("{jid:?}")).await?;
        ensure!(failure.code == Code::InvalidAddress, "{jid:?}: {failure:?}");
    }
    Ok(())
}

/// Whoever lets everyone in without knowing the password is not the server.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_cannot_prove_itself() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "mira@example.test", "secret")?;
    let fresh = Fresh::open(&at)?;
    let serving = tokio::spawn(async move {
        let mut talk = server.accept().await?;
        talk.open(
            "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism></mechanisms>",
        )
        .await?;
        let auth = talk.expect("<auth").await?;
        let challenge = harness::scram_challenge(&auth)?;
        talk.write(format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>")).await?;
        talk.expect("<response").await?;
        talk.write("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>").await?;
        talk.closes().await
    });
    let failure = fresh.refused(at.request(), "no proof").await?;
    ensure!(failure.code == Code::NoMechanism && failure.message.contains("authentic"), "{failure:?}");
    serving.await?
}

/// What people said is nobody else's to read.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_data_folder_is_its_owners_alone() -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Prosody::builder().account("mira", "pw-mira").start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let mode = std::fs::metadata(me.folder())?.permissions().mode() & 0o777;
    ensure!(mode == 0o700, "the folder is {mode:o}");
    me.app.close().await;
    Ok(())
}
