//! Servers that are not what they say, and boxes on the way to them: they learn nothing and change nothing.

use harness::scripted::Conversation;
use harness::{At, Headless, Prosody, Result, Scripted, ensure, until};
use waxwing_contract::{AccountId, Code, Connect, Endpoint, SessionState, SetPassword, SetRoute};

use crate::sasl2::refused;

const SASL: &str =
    "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>SCRAM-SHA-256</mechanism></mechanisms>";

/// What is done to a challenge.
type Change = (&'static str, fn(&str) -> String);

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_that_was_tampered_with_is_not_answered() -> Result<()> {
    let changes: [Change; 9] = [
        ("one iteration", |first| first.replace("i=4096", "i=1")),
        ("too few iterations", |first| first.replace("i=4096", "i=4095")),
        ("too many iterations", |first| first.replace("i=4096", "i=1000001")),
        ("iterations for years", |first| first.replace("i=4096", "i=4000000000")),
        ("another nonce", |first| format!("r=x{}", &first[2..])),
        ("a nonce of ours alone", |first| first.replace("-and-the-servers", "")),
        ("an extension one must know", |first| format!("m=must,{first}")),
        ("other mechanisms than were offered", |first| format!("{first},h=AAAA")),
        ("another version of TLS", |first| format!("{first},t=0303")),
    ];
    for (what, change) in changes {
        let (failure, heard) = refused(async |mut talk: Conversation| {
            talk.open(SASL).await?;
            let scram = talk.scram().await?;
            let challenge = scram.challenge_but(change);
            talk.write(format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>")).await?;
            Ok(talk)
        })
        .await?;
        ensure!(failure.code == Code::NoMechanism && failure.message.contains("authentic"), "{what}: {failure:?}");
        ensure!(!heard.iter().any(|piece| piece.starts_with("<response")), "{what} was answered: {heard:#?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_were_stripped_are_not_believed() -> Result<()> {
    let offer = |mechanisms: &[&str], bindings: Option<&str>| {
        let mechanisms: String = mechanisms.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
        let bindings = bindings.map_or(String::new(), |name| {
            format!(
                "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'><channel-binding type='{name}'/></sasl-channel-binding>"
            )
        });
        format!("<authentication xmlns='urn:xmpp:sasl:2'>{mechanisms}</authentication>{bindings}")
    };
    let both = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
    for (what, features) in [
        ("no list of bindings", offer(&both, None)),
        ("no mechanism that binds", offer(&both[..1], Some("tls-exporter"))),
    ] {
        let (failure, heard) = refused(async |mut talk: Conversation| {
            talk.open(&features).await?;
            Ok(talk)
        })
        .await?;
        ensure!(failure.code == Code::NoMechanism, "{what}: {failure:?}");
        ensure!(!heard.iter().any(|piece| piece.starts_with("<auth")), "{what}: {heard:#?}");
    }
    // Bindings nobody knows: only a server that vouches for its list is believed.
    let (failure, heard) = refused(async |mut talk: Conversation| {
        talk.open(&offer(&both, Some("tls-unknown"))).await?;
        let scram = talk.scram().await?;
        talk.challenge(&scram.challenge()).await?;
        Ok(talk)
    })
    .await?;
    ensure!(failure.code == Code::NoMechanism, "{failure:?}");
    ensure!(!heard.iter().any(|piece| piece.starts_with("<response")), "{heard:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn features_without_bounds_end_the_attempt() -> Result<()> {
    let deep = "<a xmlns='urn:test'>".repeat(3000) + &"</a>".repeat(3000);
    for (what, features) in [
        ("deep", deep),
        ("one attribute of 100 kB", format!("<a xmlns='urn:test' b='{}'/>", "b".repeat(100_000))),
        ("100 kB of nothing", "<a/>".repeat(25_000)),
    ] {
        let (failure, heard) = refused(async |mut talk: Conversation| {
            talk.open(&format!("{features}{SASL}")).await?;
            Ok(talk)
        })
        .await?;
        ensure!(failure.code == Code::Protocol, "{what}: {failure:?}");
        ensure!(!heard.iter().any(|piece| piece.starts_with("<auth")), "{what}: {heard:#?}");
    }
    Ok(())
}

/// Whoever takes channel binding out of a server's offer sits in between, unless the server itself, or the person, says
/// otherwise.
#[tokio::test(flavor = "multi_thread")]
async fn channel_binding_once_is_channel_binding_always() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-scripted").start().await?;
    let between = Scripted::start().await?;
    let at = At { password: "pw-scripted".into(), ..At::prosody(&server, "romeo")? };
    let me = Headless::sign_in(&at).await?;
    let pin = waxwing_contract::PinCertificate {
        account: me.account.clone(),
        fingerprint: between.certificate.fingerprint.clone(),
    };
    let endpoint = Some(Endpoint { host: "127.0.0.1".into(), port: between.port, direct_tls: true });
    me.call(SetRoute { account: me.account.clone(), endpoint, proxy: None }).await?;
    let (pinned, played) = tokio::join!(me.call(pin), async {
        // Once for the certificate that was not trusted yet, perhaps.
        let mut talk = until("a conversation", async || between.accept().await.ok()).await?;
        talk.open(SASL).await?;
        let first = talk.expect("<auth").await?;
        if first.starts_with("<authenticate") {
            talk.write(
                "<failure xmlns='urn:xmpp:sasl:2'><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></failure>",
            )
            .await?;
            talk.expect("<auth ").await?;
        }
        let challenge = harness::scram_challenge(talk.heard.last().map_or("", String::as_str))?;
        talk.write(format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>")).await?;
        talk.closes().await?;
        Result::<_>::Ok(talk.heard)
    });
    pinned?;
    let heard = played?;
    ensure!(!heard.iter().any(|piece| piece.starts_with("<response")), "{heard:#?}");
    let stopped =
        |s: &SessionState| matches!(s, SessionState::Stopped { failure } if failure.code == Code::BindingLost);
    me.session("stopped", stopped).await?;
    // It stays so, until the person says the password again.
    let (again, played) = tokio::join!(me.call(Connect(AccountId { account: me.account.clone() })), async {
        let mut talk = between.accept().await?;
        talk.open(SASL).await?;
        let challenge = harness::scram_challenge(&talk.expect("<auth ").await?)?;
        talk.write(format!("<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{challenge}</challenge>")).await?;
        talk.closes().await
    });
    again?;
    played?;
    me.session("stopped again", stopped).await?;
    let set = SetPassword { account: me.account.clone(), password: "pw-scripted".into(), remember: true };
    let (set, talk) = tokio::join!(me.call(set), between.session());
    set?;
    let _attended = talk?.attend(&[]);
    me.online().await?;
    me.app.close().await;
    Ok(())
}

/// What is said before TLS may be anybody's word: it is tried again, and nobody is sent anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_the_clear_stops_nothing() -> Result<()> {
    for (condition, content) in [("conflict", ""), ("not-authorized", ""), ("see-other-host", "evil.example:5222")] {
        let door = harness::Door::refusing_tls(match condition {
            "conflict" => "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
            "not-authorized" => {
                "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
            }
            _ => {
                "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>evil.example:5222\
                 </see-other-host></stream:error>"
            }
        })
        .await?;
        let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
        let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
        let endpoint = Some(Endpoint { host: "127.0.0.1".into(), port: door.port, direct_tls: false });
        me.call(SetRoute { account: me.account.clone(), endpoint, proxy: None }).await?;
        let waits =
            |s: &SessionState| matches!(s, SessionState::Waiting { failure, .. } if failure.code == Code::TlsFailed);
        me.session(&format!("waiting after {condition} {content}"), waits).await?;
        me.app.close().await;
    }
    Ok(())
}
