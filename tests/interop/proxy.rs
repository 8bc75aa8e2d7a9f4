//! By way of a SOCKS5 proxy, as Tor is one: it alone looks up names.

use harness::socks::Socks;
use harness::{At, Headless, Prosody, Result, ensure};
use waxwing_contract::{AccountId, Code, Endpoint, GetAccountDetails, Proxy, SessionState, SetRoute, SignIn};

fn through(socks: &Socks) -> Option<Proxy> {
    Some(Proxy { host: "127.0.0.1".into(), port: socks.port })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_looks_up_the_server() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    // Nothing answers at the usual port, so direct TLS is tried after it.
    let socks = Socks::start(&[("example.test", 5223, server.direct_tls_port)]).await?;
    let at = At::prosody(&server, "romeo")?;
    let app = harness::headless::open(harness::paths::Folder::new("proxy")?.path(), &at.ca)?;
    let request = SignIn { endpoint: None, proxy: through(&socks), ..at.request() };
    let account = app.call(request).await?.account;
    harness::headless::online(&app, &account).await?;
    let wanted = [("example.test".to_owned(), 5222), ("example.test".to_owned(), 5223)];
    ensure!(socks.asked() == wanted, "{:?}", socks.asked());
    let details = app.call(GetAccountDetails(AccountId { account })).await?;
    ensure!(details.proxy == through(&socks) && details.connection.is_some_and(|c| c.direct_tls), "not as told");
    app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_takes_another_way_and_keeps_it() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let socks = Socks::start(&[("hidden.onion", 5299, server.c2s_port)]).await?;
    let mut me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    let onion = || Some(Endpoint { host: "hidden.onion".into(), port: 5299, direct_tls: false });
    let set = |proxy| SetRoute { account: me.account.clone(), endpoint: onion(), proxy };
    me.call(set(None)).await?;
    let needs = |s: &SessionState| matches!(s, SessionState::Stopped { failure } if failure.code == Code::NeedsTor);
    me.session("needs Tor", needs).await?;
    me.call(set(through(&socks))).await?;
    me.online().await?;
    ensure!(socks.asked() == [("hidden.onion".to_owned(), 5299)], "{:?}", socks.asked());
    me = me.restart().await?;
    me.online().await?;
    ensure!(socks.asked().len() == 2, "the way was not kept: {:?}", socks.asked());
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_there_or_knows_no_way_is_told_apart() -> Result<()> {
    let server = Prosody::builder().account("romeo", "pw-romeo").start().await?;
    let at = At::prosody(&server, "romeo")?;
    let app = harness::headless::open(harness::paths::Folder::new("proxy")?.path(), &at.ca)?;
    let nobody = Proxy { host: "127.0.0.1".into(), port: harness::ports::free() };
    let refused = app.call(SignIn { endpoint: None, proxy: Some(nobody), ..at.request() }).await;
    ensure!(refused.as_ref().is_err_and(|f| f.code == Code::Proxy), "{refused:?}");
    let socks = Socks::start(&[]).await?;
    let refused = app.call(SignIn { endpoint: None, proxy: through(&socks), ..at.request() }).await;
    ensure!(refused.as_ref().is_err_and(|f| f.code == Code::Unreachable), "{refused:?}");
    let jid = "romeo@hidden.onion".to_owned();
    let refused = app.call(SignIn { jid, endpoint: None, proxy: None, ..at.request() }).await;
    ensure!(refused.as_ref().is_err_and(|f| f.code == Code::NeedsTor), "{refused:?}");
    app.close().await;
    Ok(())
}
