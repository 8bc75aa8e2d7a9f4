//! An account's data into a file and out of it, to another server (XEP-0227).

use harness::{At, Ejabberd, Headless, Prosody, Result, ensure, until};
use serde_json::Value;
use waxwing_contract::{
    AccountId, AddContact, Code, Contact, ExportAccount, GetBlockList, ImportPart, Imported, SearchMessages,
    SetBlocked, View,
};

async fn import(me: &Headless, file: &str, piece: usize) -> Result<Imported> {
    let characters: Vec<char> = file.chars().collect();
    let parts: Vec<String> = characters.chunks(piece).map(|part| part.iter().collect()).collect();
    let last = parts.len() - 1;
    let mut told = None;
    for (number, text) in parts.into_iter().enumerate() {
        let part = ImportPart { account: me.account.clone(), text, first: number == 0, last: number == last };
        let so_far = me.call(part).await?;
        let broken = so_far.failure.is_some();
        told = Some(so_far);
        if broken {
            break;
        }
    }
    told.ok_or_else(|| harness::anyhow!("nothing to import"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_moves_to_another_server() -> Result<()> {
    let old = Prosody::builder().account("romeo", "pw-romeo").account("juliet", "pw-juliet").start().await?;
    let me = Headless::sign_in(&At::prosody(&old, "romeo")?).await?;
    let juliet = Headless::sign_in(&At::prosody(&old, "juliet")?).await?;
    let add = |of: &Headless, jid: &str, name: &str| AddContact {
        account: of.account.clone(),
        jid: jid.into(),
        name: name.into(),
        groups: vec!["Friends & lovers".into()],
        message: String::new(),
    };
    me.call(add(&me, &juliet.jid, "Juliet")).await?;
    me.item::<Contact>(&View::Roster, "Juliet in the roster", |c| c.jid == juliet.jid).await?;
    me.call(SetBlocked { account: me.account.clone(), jid: "tybalt@example.test".into(), blocked: true }).await?;
    me.say(&juliet.jid, "ours <&> \u{1F339}").await?;
    juliet.message(&me.jid, "his words", |m| m.body.starts_with("ours")).await?;
    juliet.say(&me.jid, "hers, about orchards").await?;
    me.message(&juliet.jid, "her words", |m| m.body.starts_with("hers")).await?;

    let written = me.call(ExportAccount(AccountId { account: me.account.clone() })).await?;
    ensure!(written.contacts == 1 && written.messages == 2, "{written:?}");
    let file = std::fs::read_to_string(&written.file)?;
    ensure!(!file.contains("pw-romeo"), "the password is in it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&written.file)?.permissions().mode() & 0o777;
        ensure!(mode == 0o600, "others can read it: {mode:o}");
    }
    let again = me.call(ExportAccount(AccountId { account: me.account.clone() })).await?;
    ensure!(again.file != written.file, "the first one was overwritten");

    // Another address, at another server.
    let new = Ejabberd::shared().await?;
    new.register("romeo-moved", "pw-romeo-moved").await?;
    let moved = Headless::sign_in(&At::ejabberd(new, "romeo-moved")?).await?;
    let told = import(&moved, &file, 100).await?;
    ensure!(told.from.as_deref() == Some(&me.jid), "{told:?}");
    ensure!((told.contacts, told.blocked, told.messages, told.known) == (1, 1, 2, 0), "{told:?}");
    let contact = moved.item::<Contact>(&View::Roster, "Juliet", |c| c.jid == juliet.jid).await?;
    ensure!(contact.name == "Juliet" && contact.groups == ["Friends & lovers"], "{contact:?}");
    until("Tybalt to be blocked", async || {
        let list = moved.call(GetBlockList(AccountId { account: moved.account.clone() })).await.ok()?;
        (list.jids == ["tybalt@example.test"]).then_some(())
    })
    .await?;
    let bodies: Vec<_> = moved.newest(&juliet.jid, 10).await?.into_iter().map(|m| (m.outgoing, m.body)).collect();
    let wanted = [(true, "ours <&> \u{1F339}".to_owned()), (false, "hers, about orchards".to_owned())];
    ensure!(bodies == wanted, "{bodies:?}");
    let query = SearchMessages { query: "orchards".into(), within: None, cursor: None, limit: 5 };
    ensure!(moved.call(query).await?.hits.len() == 1, "not found by its word");
    let unread = moved.watch(&View::Conversations)?.next().await.unwrap_or(Value::Null);
    ensure!(unread["items"][0]["unread"] == 0, "what was taken over is no news: {unread}");

    // Again, and into the account it is of: nothing doubles.
    let told = import(&moved, &file, 1_000_000).await?;
    ensure!((told.contacts, told.blocked, told.messages, told.known) == (0, 0, 0, 2), "{told:?}");
    let told = import(&me, &file, 50).await?;
    ensure!((told.contacts, told.blocked, told.messages, told.known) == (0, 0, 0, 2), "{told:?}");
    for app in [me, juliet, moved] {
        app.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_such_file_changes_nothing() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    for file in ["not XML", "<html/>", "<server-data xmlns='urn:xmpp:pie:0'><host jid='example.test'>"] {
        let told = import(&me, file, 20).await?;
        ensure!(told.failure.as_ref().is_some_and(|f| f.code == Code::InvalidFile), "{file:?}: {told:?}");
        ensure!(told.messages == 0 && told.contacts == 0, "{told:?}");
    }
    // What stands before the fault is taken over; what was said after now is not.
    let said = |id: &str, stamp: &str| {
        format!(
            "<result xmlns='urn:xmpp:mam:2' id='{id}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' \
             stamp='{stamp}'/><message xmlns='jabber:client' from='juliet@example.test/x' to='romeo@example.test' id='{id}' \
             type='chat'><body>{id}</body></message></forwarded></result>"
        )
    };
    let file = format!(
        "<server-data xmlns='urn:xmpp:pie:0'><host jid='example.test'><user name='romeo'>\
         <archive xmlns='urn:xmpp:pie:0#mam'>{}{}<broken",
        said("before the fault", "2020-01-01T00:00:00Z"),
        said("tomorrow", "9999-01-01T00:00:00Z")
    );
    let told = import(&me, &file, 10_000).await?;
    ensure!(told.failure.is_some() && told.messages == 1 && told.left_out == 1, "a broken file is told: {told:?}");
    let bodies: Vec<_> = me.newest("juliet@example.test", 10).await?.into_iter().map(|m| m.body).collect();
    ensure!(bodies == ["before the fault"], "{bodies:?}");
    // Long elements and deep ones cost nothing.
    let deep = "<a>".repeat(200_000);
    let told = import(&me, &format!("{file}/>{deep}"), 100_000).await?;
    ensure!(told.failure.is_some() && told.known == 1, "a deep file is told: {told:?}");
    let middle = ImportPart { account: me.account.clone(), text: "<a/>".into(), first: false, last: true };
    ensure!(me.call(middle).await.is_err(), "a file without a beginning");
    me.app.close().await;
    Ok(())
}
