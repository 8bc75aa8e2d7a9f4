//! SASL2 with a server that says what it should not, and upgrades of what it keeps (XEP-0480).

use harness::paths::Folder;
use harness::sasl2::RESUMABLE;
use harness::scripted::{Conversation, PASSWORD};
use harness::socks::Socks;
use harness::{At, Result, Scripted, bail, ensure, headless};
use waxwing_contract::{Code, Failure, Proxy, SignIn};

const BIND: &str = "<inline><bind xmlns='urn:xmpp:bind:0'/></inline>";
const BOUND: &str = "<bound xmlns='urn:xmpp:bind:0'/>";
const UPGRADES: &str = "<inline><bind xmlns='urn:xmpp:bind:0'/></inline>\
    <upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-1</upgrade>\
    <upgrade xmlns='urn:xmpp:sasl:upgrade:0'>UPGR-SCRAM-SHA-512</upgrade>";
/// What Python's hashlib makes of the password with this salt, 5,000 times SHA-512.
const SALTED: &str = "FuQMef8bPmuV7/eTg22EiGjBEsHdwCEBsDZn1aLOK4GC4yDh+yUys7wPnBcelhxaGvRtkKgZ/jIDOzsrbY3sww==";

fn salt(iterations: &str) -> String {
    format!(
        "<task-data xmlns='urn:xmpp:sasl:2'><salt xmlns='urn:xmpp:scram-upgrade:0' iterations='{iterations}'>\
         YW5vdGhlciBzYWx0</salt></task-data>"
    )
}

fn go_on(proof: &str, task: &str) -> String {
    let data = if proof.is_empty() { String::new() } else { format!("<additional-data>{proof}</additional-data>") };
    format!("<continue xmlns='urn:xmpp:sasl:2'>{data}<tasks><task>{task}</task></tasks></continue>")
}

/// Plays a server to an attempt that has to fail, and answers why, and all that was heard.
pub async fn refused<F>(play: impl FnOnce(Conversation) -> F + Send) -> Result<(Failure, Vec<String>)>
where
    F: Future<Output = Result<Conversation>> + Send,
{
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", PASSWORD)?;
    let folder = Folder::new("sasl2")?;
    let app = headless::open(folder.path(), &at.ca)?;
    let serve = async {
        let mut talk = play(server.accept().await?).await?;
        talk.closes().await?;
        Result::<_>::Ok(talk.heard)
    };
    let (result, heard) = tokio::join!(app.call(at.request()), serve);
    app.close().await;
    match result {
        Ok(_) => bail!("signed in"),
        Err(failure) => Ok((failure, heard?)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_gets_what_a_better_mechanism_needs() -> Result<()> {
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", PASSWORD)?;
    let folder = Folder::new("sasl2")?;
    let app = headless::open(folder.path(), &at.ca)?;
    let serve = async {
        let mut talk = server.accept().await?;
        let proven = talk.proven(UPGRADES).await?;
        ensure!(proven.request.contains("UPGR-SCRAM-SHA-512"), "not asked for: {}", proven.request);
        ensure!(!proven.request.contains("UPGR-SCRAM-SHA-1<"), "a weaker one: {}", proven.request);
        talk.write(go_on(&proven.proof, "UPGR-SCRAM-SHA-512")).await?;
        let next = talk.expect("<next").await?;
        ensure!(next.contains("UPGR-SCRAM-SHA-512"), "{next}");
        talk.write(salt("5000")).await?;
        let data = talk.expect("<task-data").await?;
        ensure!(data.contains(SALTED), "another salted password: {data}");
        talk.success("", &proven.user, BOUND).await?;
        talk.serve_until("<presence").await?;
        Result::<_>::Ok(talk)
    };
    let (signed_in, talk) = tokio::join!(app.call(at.request()), serve);
    let _talk = talk?;
    ensure!(signed_in.is_ok(), "{signed_in:?}");
    app.close().await;
    Ok(())
}

/// XEP-0198 §5: the server knows best which of its machines holds the session.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_resumed_where_the_server_asked_for_it() -> Result<()> {
    const ENABLED: &str = "<bound xmlns='urn:xmpp:bind:0'><enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true' \
        location='node2.example.test:5333'/></bound>";
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "romeo@example.test", PASSWORD)?;
    let socks = Socks::start(&[("example.test", 5223, server.port)]).await?;
    let folder = Folder::new("sasl2")?;
    let app = headless::open(folder.path(), &at.ca)?;
    let proxy = Some(Proxy { host: "127.0.0.1".into(), port: socks.port });
    let serve = async {
        let mut talk = server.accept().await?;
        let proven = talk.proven(RESUMABLE).await?;
        talk.success(&proven.proof, &proven.user, ENABLED).await?;
        talk.serve_until("<presence").await?;
        drop(talk);
        let mut talk = server.accept().await?;
        let again = talk.proven(RESUMABLE).await?;
        ensure!(again.request.contains("<resume") && again.request.contains("s1"), "{}", again.request);
        Result::<_>::Ok(())
    };
    let (signed_in, served) = tokio::join!(app.call(SignIn { endpoint: None, proxy, ..at.request() }), serve);
    ensure!(signed_in.is_ok(), "{signed_in:?}");
    served?;
    let asked = socks.asked();
    let places: Vec<_> = asked.iter().map(|(host, port)| (host.as_str(), *port)).collect();
    let usual = [("example.test", 5222), ("example.test", 5223)];
    ensure!(places == [&usual[..], &[("node2.example.test", 5333)], &usual[..]].concat(), "{places:?}");
    app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_proved_nothing_gets_nothing() -> Result<()> {
    // Neither after the whole exchange without a signature, nor before any, nor as a success.
    let (failure, heard) = refused(async |mut talk: Conversation| {
        talk.proven(UPGRADES).await?;
        talk.write(go_on("", "UPGR-SCRAM-SHA-512")).await?;
        Ok(talk)
    })
    .await?;
    ensure!(failure.code == Code::NoMechanism && failure.message.contains("authentic"), "{failure:?}");
    ensure!(!heard.iter().any(|piece| piece.starts_with("<next") || piece.starts_with("<task")), "{heard:#?}");
    let (failure, heard) = refused(async |mut talk: Conversation| {
        talk.sasl2(UPGRADES).await?;
        talk.write(go_on("", "UPGR-SCRAM-SHA-512") + &salt("5000")).await?;
        Ok(talk)
    })
    .await?;
    ensure!(failure.code == Code::NoMechanism && failure.message.contains("authentic"), "{failure:?}");
    ensure!(!heard.iter().any(|piece| piece.starts_with("<next") || piece.starts_with("<task")), "{heard:#?}");
    for answered in [true, false] {
        let (failure, _) = refused(async |mut talk: Conversation| {
            if answered {
                talk.proven(BIND).await?;
            } else {
                talk.sasl2(BIND).await?;
            }
            talk.success("", "romeo", BOUND).await?;
            Ok(talk)
        })
        .await?;
        ensure!(failure.code == Code::NoMechanism && failure.message.contains("authentic"), "{failure:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_nobody_asked_for_are_not_done() -> Result<()> {
    for task in ["UPGR-SCRAM-SHA-1", "UPGR-SCRAM-SHA-256", "HOTP-EXAMPLE", ""] {
        let (failure, heard) = refused(async |mut talk: Conversation| {
            let proven = talk.proven(UPGRADES).await?;
            talk.write(go_on(&proven.proof, task)).await?;
            Ok(talk)
        })
        .await?;
        ensure!(failure.code == Code::NoMechanism, "{task:?}: {failure:?}");
        ensure!(!heard.iter().any(|piece| piece.starts_with("<next")), "{task:?}: {heard:#?}");
    }
    // The same one again: what was given is not given twice.
    let (failure, heard) = refused(async |mut talk: Conversation| {
        let proven = talk.proven(UPGRADES).await?;
        talk.write(go_on(&proven.proof, "UPGR-SCRAM-SHA-512")).await?;
        talk.expect("<next").await?;
        talk.write(salt("5000")).await?;
        talk.expect("<task-data").await?;
        talk.write(go_on("", "UPGR-SCRAM-SHA-512")).await?;
        Ok(talk)
    })
    .await?;
    ensure!(failure.code == Code::NoMechanism, "{failure:?}");
    ensure!(heard.iter().filter(|piece| piece.starts_with("<next")).count() == 1, "{heard:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn silly_iteration_counts_are_refused_at_once() -> Result<()> {
    for count in ["0", "1", "4095", "1000001", "4000000000", "99999999999999999999", "-1", "many"] {
        let (failure, heard) = refused(async |mut talk: Conversation| {
            let (_, scram) = talk.sasl2(BIND).await?;
            talk.challenge(&scram.challenge_but(|first| first.replace("i=4096", &format!("i={count}")))).await?;
            Ok(talk)
        })
        .await?;
        ensure!(failure.code == Code::NoMechanism, "{count}: {failure:?}");
        ensure!(!heard.iter().any(|piece| piece.starts_with("<response")), "{count}: answered: {heard:#?}");
        let (failure, heard) = refused(async |mut talk: Conversation| {
            let proven = talk.proven(UPGRADES).await?;
            talk.write(go_on(&proven.proof, "UPGR-SCRAM-SHA-512")).await?;
            talk.expect("<next").await?;
            talk.write(salt(count)).await?;
            Ok(talk)
        })
        .await?;
        ensure!(matches!(failure.code, Code::NoMechanism | Code::Protocol), "{count}, upgrading: {failure:?}");
        ensure!(!heard.iter().any(|piece| piece.starts_with("<task-data")), "{count}, upgrading: {heard:#?}");
    }
    Ok(())
}
