//! A client behind a relay that can cut it off, and its contact beside the server.

use std::collections::BTreeMap;

use harness::{
    At, Headless, Prosody, Relay, Result, Slix, Version, ensure, prosody::Builder, slix::Login, stanzas::attribute,
    until,
};
use waxwing_contract::{
    AccountId, Connect, Connection, Delivery, GetAccountDetails, GetMessageSource, Message, MessageId,
    ServerCapability, SessionState,
};

/// Romeo behind a relay, Juliet beside the server.
pub struct Stage {
    pub server: Prosody,
    pub relay: Relay,
    pub me: Headless,
    pub juliet: Slix,
}

pub const JULIET: &str = "juliet@example.test";
pub const ROMEO: &str = "romeo@example.test";

impl Stage {
    pub async fn set(version: Version) -> Result<Self> {
        Self::with(version, |builder| builder).await
    }

    /// On a server of these options.
    pub async fn with(version: Version, options: impl FnOnce(Builder) -> Builder) -> Result<Self> {
        println!("{version:?}");
        let builder = Prosody::builder().version(version).account("romeo", "pw-romeo").account("juliet", "pw-juliet");
        let server = options(builder).start().await?;
        let relay = Relay::start(server.c2s_port).await?;
        let me = Headless::sign_in(&At::prosody(&server, "romeo")?.through(relay.port)).await?;
        let juliet = juliet(&server).await?;
        Ok(Self { server, relay, me, juliet })
    }

    pub async fn connection(&self) -> Result<Option<Connection>> {
        Ok(self.me.call(GetAccountDetails(AccountId { account: self.me.account.clone() })).await?.connection)
    }

    pub async fn capabilities(&self) -> Result<Vec<ServerCapability>> {
        Ok(self.me.call(GetAccountDetails(AccountId { account: self.me.account.clone() })).await?.capabilities)
    }

    /// The session is off, and notices.
    pub async fn cut(&self) -> Result<()> {
        self.relay.refuse(true);
        self.relay.cut();
        self.me.session("cut off", |s| !matches!(s, SessionState::Online { .. })).await.map(drop)
    }

    /// The network is back, and the client told so.
    pub async fn mend(&self) -> Result<()> {
        self.relay.refuse(false);
        self.me.call(Connect(AccountId { account: self.me.account.clone() })).await?;
        self.me.online().await
    }

    /// The server has given up the session; it has to be one that tells everything to its log.
    pub async fn is_given_up(&self) -> Result<()> {
        let gone = || self.server.log().contains("hibernating too long");
        until("the server to give up the session", async || gone().then_some(())).await
    }

    pub async fn says(&self, body: &str) -> Result<String> {
        Ok(self.me.say(JULIET, body).await?)
    }

    /// The id our message has on the wire, while it waits.
    pub async fn wire_id(&self, id: &str) -> Result<String> {
        let request = MessageId { account: self.me.account.clone(), id: id.to_owned() };
        let source = self.me.call(GetMessageSource(request)).await?;
        Ok(attribute(&source, "id").unwrap_or_default())
    }

    /// The timeline holds these and no others, in any order.
    pub async fn timeline_is(&self, bodies: &[&str]) -> Result<Vec<Message>> {
        let messages = self.me.newest(JULIET, 200).await?;
        let mut held: Vec<_> = messages.iter().map(|m| m.body.as_str()).collect();
        let mut wanted = bodies.to_vec();
        held.sort_unstable();
        wanted.sort_unstable();
        ensure!(held == wanted, "the timeline holds {held:?}, not {wanted:?}");
        Ok(messages)
    }
}

/// Tries both versions, whatever becomes of the first.
pub async fn each(test: impl AsyncFn(Version) -> Result<()>) -> Result<()> {
    let mut wrong = Vec::new();
    for version in Version::ALL {
        if let Err(why) = test(version).await {
            wrong.push(format!("{version:?}: {why:#}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

pub async fn juliet(server: &Prosody) -> Result<Slix> {
    Login::prosody(server, "juliet", "pw-juliet").resource("balcony").start().await
}

/// Juliet gets these, each once and with the id given; a last message of ours closes the count.
pub async fn arrive_once(stage: &Stage, sent: &[(&str, &str)]) -> Result<()> {
    arrived_once(&stage.me, &stage.juliet, sent).await
}

pub async fn arrived_once(me: &Headless, juliet: &Slix, sent: &[(&str, &str)]) -> Result<()> {
    let last = me.say(JULIET, "and that was all").await?;
    me.delivered(JULIET, &last, Delivery::OnServer).await?;
    juliet.message(ROMEO, "and that was all").await?;
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in juliet.pending() {
        let from_us = event["event"] == "message" && event["from"].as_str().is_some_and(|from| from.starts_with(ROMEO));
        if let (true, Some(body), Some(id)) = (from_us, event["body"].as_str(), event["id"].as_str()) {
            seen.entry(body.to_owned()).or_default().push(id.to_owned());
        }
    }
    let wanted: BTreeMap<_, _> = sent.iter().map(|(body, id)| ((*body).to_owned(), vec![(*id).to_owned()])).collect();
    ensure!(seen == wanted, "Juliet got {seen:#?}, not {wanted:#?}");
    Ok(())
}
