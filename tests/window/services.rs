//! Services in the real window, by the keyboard: what a server is, and a command of it with its form.

use harness::headless::signed_in;
use harness::window::Key;
use harness::{At, Headless, Prosody, Result, ensure};

use crate::tasks::Hands;
use crate::{looks_well, open};

const ADD_USER: &str = "[data-testid=service-command][data-node='http://jabber.org/protocol/admin#add-user']";

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_adds_somebody_by_keyboard() -> Result<()> {
    let builder = Prosody::builder().without(&["csi_simple", "turn_external"]);
    let server = builder.account("admin", "pw-admin").start().await?;
    let data = signed_in(&At::prosody(&server, "admin")?, &server.certificate).await?;
    let window = open(data.path()).await?;
    let hands = Hands(&window);
    window.find_css("[data-testid=presence-button][data-show=online]").await?;
    hands.choose("[data-testid=section-services]").await?;
    window.find_css("[data-testid=service-row]").await?;
    window.find_css("[data-testid=service-page]").await?;
    looks_well(&window, "services").await?;
    hands.choose(ADD_USER).await?;
    window.find_css("[data-testid=form]").await?;
    looks_well(&window, "services-form").await?;
    let field = |var: &str| format!("[data-testid=form-field][data-var='{var}'] input");
    let jid = server.jid("tybalt");
    for (var, text) in [("accountjid", "not an@address@"), ("password", "pw-tybalt"), ("password-verify", "pw-tybalt")]
    {
        hands.reach(&field(var)).await?;
        window.keys(text).await?;
    }
    hands.choose("[data-testid=form-submit]").await?;
    // Said beside it, and nothing typed is lost.
    window.find_css("[data-testid=form-field][data-var=accountjid] [data-testid=form-fault]").await?;
    looks_well(&window, "services-form-fault").await?;
    hands.reach(&field("accountjid")).await?;
    hands.press(&[Key::Control.into(), 'a']).await?;
    window.keys(&jid).await?;
    hands.choose("[data-testid=form-submit]").await?;
    window.find_css("[data-testid=run][data-state=completed]").await?;
    looks_well(&window, "services-done").await?;
    let tybalt = Headless::sign_in(&At::prosody(&server, "tybalt")?).await?;
    ensure!(!tybalt.account.is_empty(), "nobody signed in");
    tybalt.app.close().await;
    window.close().await
}
