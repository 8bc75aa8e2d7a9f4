//! An account looked over: what is said of it is what the server does.

use harness::{At, Ejabberd, Headless, Prosody, Result, Version, ensure};
use waxwing_contract::{AccountCheck, AccountId, Checked, Code, Fixer, Outcome, SignOut, TestAccount};

use crate::servers::Server;

async fn look(me: &Headless) -> Result<AccountCheck> {
    Ok(me.call(TestAccount(AccountId { account: me.account.clone() })).await?)
}

fn outcome(check: &AccountCheck, of: Checked) -> Option<(Outcome, Option<Fixer>)> {
    check.checks.iter().find(|c| c.checked == of).map(|c| (c.outcome, c.fixer))
}

const GOOD: Option<(Outcome, Option<Fixer>)> = Some((Outcome::Good, None));
const LACKING: Option<(Outcome, Option<Fixer>)> = Some((Outcome::Lacking, Some(Fixer::Operator)));

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_on_servers_that_have_everything() -> Result<()> {
    for server in Server::all().await? {
        let me = Headless::sign_in(&server.account("tester").await?).await?;
        let check = look(&me).await?;
        println!("{}: {check:?}", server.name());
        let all = [
            Checked::SignIn,
            Checked::RoundTrip,
            Checked::Resuming,
            Checked::Archive,
            Checked::Carbons,
            Checked::Upload,
            Checked::Relay,
        ];
        ensure!(check.checks.iter().map(|c| c.checked).eq(all), "{}: {check:?}", server.name());
        for checked in all {
            // Prosody 0.12 on TLS 1.3 has no channel binding that both know.
            let old = checked == Checked::SignIn && server.name() == "V0_12";
            let wanted = if old { LACKING } else { GOOD };
            ensure!(outcome(&check, checked) == wanted, "{}: {checked:?} in {check:?}", server.name());
        }
        me.app.close().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn says_what_is_missing_and_who_can_mend_it() -> Result<()> {
    let without = ["mam", "carbons", "smacks", "sasl2_sm", "upload", "external_services", "turn_external"];
    let builder = Prosody::builder().version(Version::V13).without(&without).account("romeo", "pw-romeo");
    let server = builder.start().await?;
    let me = Headless::sign_in(&At::prosody(&server, "romeo")?).await?;
    let check = look(&me).await?;
    for checked in [Checked::Resuming, Checked::Archive, Checked::Carbons, Checked::Upload, Checked::Relay] {
        ensure!(outcome(&check, checked) == LACKING, "{checked:?} in {check:?}");
    }
    ensure!(outcome(&check, Checked::RoundTrip) == GOOD, "{check:?}");
    me.call(SignOut(AccountId { account: me.account.clone() })).await?;
    let offline = me.call(TestAccount(AccountId { account: me.account.clone() })).await;
    ensure!(offline.as_ref().is_err_and(|f| f.code == Code::Offline), "{offline:?}");
    me.app.close().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_switched_off_is_the_persons_affair() -> Result<()> {
    let server = Ejabberd::shared().await?;
    server.register("no-archive", "pw-no-archive").await?;
    let me = Headless::sign_in(&At::ejabberd(server, "no-archive")?).await?;
    let never = "<iq type='set'><prefs xmlns='urn:xmpp:mam:2' default='never'><always/><never/></prefs></iq>";
    me.call(waxwing_contract::SendXml { account: me.account.clone(), xml: never.into() }).await?;
    let check = look(&me).await?;
    let off = Some((Outcome::Off, Some(Fixer::You)));
    ensure!(outcome(&check, Checked::Archive) == off, "{check:?}");
    me.app.close().await;
    Ok(())
}
