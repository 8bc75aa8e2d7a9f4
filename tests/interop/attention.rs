//! What a person is told while they look elsewhere, by real messages: how much, once, and no longer than it is news.

use std::time::Duration;

use harness::{At, Headless, Prosody, Result, Slix, anyhow, ensure, seed, slix::Login};
use tokio::sync::mpsc::UnboundedReceiver;
use waxwing_client::attention::{Attention, Notice, Subject};
use waxwing_contract::{
    AccountId, ConversationId, ConversationNotify, GetAccountDetails, GetSettings, MarkRead, Nothing, Preview,
    SetFocus, SetNotify, SetPresence, SetSettings, Settings, Show,
};

struct Scene {
    server: Prosody,
    mira: Headless,
    juliet: Slix,
    told: UnboundedReceiver<Attention>,
}

impl Scene {
    async fn new() -> Result<Self> {
        let server = Prosody::builder()
            .account("mira", "pw-mira")
            .account("juliet", "pw-juliet")
            .account("nurse", "pw-nurse")
            // It may hold back a message that comes just as we turn away, until we say something: not what this is about.
            .without(&["csi_simple"])
            .start()
            .await?;
        seed::roster(&server, "mira", &[(server.jid("juliet"), "Juliet".to_owned(), "Friends".to_owned())])?;
        seed::roster(&server, "juliet", &[(server.jid("mira"), "Mira".to_owned(), "Friends".to_owned())])?;
        let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
        let told = mira.app.listen();
        mira.call(SetFocus { focused: false, conversation: None }).await?;
        let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
        Ok(Self { server, mira, juliet, told })
    }

    fn conversation(&self) -> Subject {
        Subject::Conversation { account: self.mira.account.clone(), peer: self.server.jid("juliet") }
    }

    async fn next(&mut self) -> Result<Attention> {
        let next = tokio::time::timeout(Duration::from_secs(15), self.told.recv()).await;
        next.map_err(|_| anyhow!("nothing is told"))?.ok_or_else(|| anyhow!("nothing is told any more"))
    }

    async fn notice(&mut self) -> Result<Notice> {
        match self.next().await? {
            Attention::Show(notice) => Ok(notice),
            other => Err(anyhow!("{other:?} instead of a notice")),
        }
    }

    async fn change(&self, change: impl FnOnce(&mut Settings)) -> Result<()> {
        let mut settings = self.mira.call(GetSettings(Nothing {})).await?;
        change(&mut settings);
        self.mira.call(SetSettings(settings)).await?;
        Ok(())
    }

    /// Says something and waits until it is here.
    async fn say(&self, body: &str) -> Result<i64> {
        self.juliet.send(&self.server.jid("mira"), body).await?;
        let peer = self.server.jid("juliet");
        let order = self.mira.message(&peer, body, |m| m.body == body).await?.order;
        // History has it before the person is told: an answer of the account comes after both.
        self.mira.call(GetAccountDetails(AccountId { account: self.mira.account.clone() })).await?;
        Ok(order)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn says_as_much_as_the_settings_allow() -> Result<()> {
    let mut scene = Scene::new().await?;
    scene.say("one").await?;
    let notice = scene.notice().await?;
    ensure!(notice.subject == scene.conversation(), "{notice:?}");
    ensure!((notice.name.as_deref(), notice.body.as_deref()) == (Some("Juliet"), Some("one")), "{notice:?}");
    ensure!(notice.count == 1 && notice.sound, "{notice:?}");
    scene.change(|s| (s.preview, s.notification_sound) = (Preview::Name, false)).await?;
    scene.say("two").await?;
    let notice = scene.notice().await?;
    ensure!((notice.name.as_deref(), notice.body, notice.count, notice.sound) == (Some("Juliet"), None, 2, false));
    scene.change(|s| s.preview = Preview::Nothing).await?;
    scene.say("three").await?;
    let notice = scene.notice().await?;
    ensure!(notice.name.is_none() && notice.body.is_none(), "{notice:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn is_silent_where_silence_is_wanted() -> Result<()> {
    let mut scene = Scene::new().await?;
    let (account, peer) = (scene.mira.account.clone(), scene.server.jid("juliet"));
    let muted = ConversationNotify { muted: true, ..ConversationNotify::USUAL };
    let notify = |notify| SetNotify { account: account.clone(), peer: peer.clone(), notify };
    let presence = |show| SetPresence { account: account.clone(), show, status: String::new(), priority: 0 };
    let looking = Some(ConversationId { account: account.clone(), peer: peer.clone() });

    scene.mira.call(notify(muted)).await?;
    scene.say("muted").await?;
    scene.mira.call(notify(ConversationNotify::USUAL)).await?;
    scene.mira.call(presence(Show::Dnd)).await?;
    scene.say("not to be disturbed").await?;
    scene.mira.call(presence(Show::Online)).await?;
    scene.change(|s| s.notify = false).await?;
    scene.say("switched off").await?;
    scene.change(|s| s.notify = true).await?;
    scene.mira.call(SetFocus { focused: true, conversation: looking.clone() }).await?;
    scene.say("looked at").await?;
    // The screen is locked: nobody looks, whatever the window believes.
    scene.mira.app.screen_locked(true);
    scene.say("behind the lock").await?;
    let notice = scene.notice().await?;
    ensure!(notice.body.as_deref() == Some("behind the lock"), "told of something else before: {notice:?}");
    scene.mira.app.screen_locked(false);
    scene.mira.call(SetFocus { focused: true, conversation: None }).await?;
    scene.say("another page is open").await?;
    ensure!(scene.notice().await?.body.as_deref() == Some("another page is open"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_here_or_elsewhere_is_no_news() -> Result<()> {
    let mut scene = Scene::new().await?;
    let (account, peer) = (scene.mira.account.clone(), scene.server.jid("juliet"));
    let order = scene.say("read me here").await?;
    scene.notice().await?;
    scene.mira.call(MarkRead { account, peer: peer.clone(), order }).await?;
    ensure!(scene.next().await? == Attention::Clear(scene.conversation()));

    scene.say("and me elsewhere").await?;
    scene.notice().await?;
    // Another device of Mira's answers: she has read what came before.
    let phone = Login::prosody(&scene.server, "mira", "pw-mira").resource("phone").start().await?;
    phone.send(&peer, "answered from the phone").await?;
    ensure!(scene.next().await? == Attention::Clear(scene.conversation()));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_is_told_once() -> Result<()> {
    let Scene { server, mira, juliet, told } = Scene::new().await?;
    drop(told);
    mira.app.close().await;
    for n in 0..40 {
        juliet.send(&server.jid("mira"), &format!("missed {n}")).await?;
    }
    let mira = mira.reopen()?;
    let told = mira.app.listen();
    let mut scene = Scene { server, mira, juliet, told };
    scene.mira.online().await?;
    let notice = scene.notice().await?;
    ensure!(notice.count == 40 && notice.body.as_deref() == Some("missed 39"), "{notice:?}");
    scene.say("and live again").await?;
    ensure!(scene.notice().await?.count == 41, "what was missed was told more than once");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_told_by_address_and_taken_back() -> Result<()> {
    let mut scene = Scene::new().await?;
    let nurse = Headless::sign_in(&At::prosody(&scene.server, "nurse")?).await?;
    let add = waxwing_contract::AddContact {
        account: nurse.account.clone(),
        jid: scene.server.jid("mira"),
        name: String::new(),
        groups: Vec::new(),
        message: "It is I".into(),
    };
    nurse.call(add).await?;
    let notice = scene.notice().await?;
    let subject = Subject::Request { account: scene.mira.account.clone(), jid: scene.server.jid("nurse") };
    ensure!(notice.subject == subject && notice.name.as_deref() == Some("nurse@example.test"), "{notice:?}");
    let approve = waxwing_contract::Subscribe {
        account: scene.mira.account.clone(),
        jid: scene.server.jid("nurse"),
        action: waxwing_contract::SubscriptionAction::Approve,
    };
    scene.mira.call(approve).await?;
    ensure!(scene.next().await? == Attention::Clear(subject));
    Ok(())
}
