//! `xmpp:` links from outside: what they open, and what they cannot do.

use harness::{Desktop, Result, ensure, headless, until};

use super::{open, start_again};
use crate::Scene;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_fills_the_composer_and_sends_nothing() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::start().await?;
    let window = open(&scene, &desktop).await?;
    window.find("section-chats").await?;
    let link = "xmpp:juliet@example.test?message;body=Wherefore%20%3Cscript%3E%0D%0A%0D%0A";
    let second = start_again(&scene, &desktop, &[link]).await?;
    ensure!(second.status.success(), "{second:?}");
    window.shows("composer-input", "Wherefore <script>").await?;
    let own = window.count("message").await?;
    ensure!(own == 0, "{own} messages after a link");
    let sent = scene.juliet.newest(&scene.mira(), 5).await?;
    ensure!(sent.is_empty(), "the link sent {sent:?}");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_person_asks_before_it_adds() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::start().await?;
    let window = open(&scene, &desktop).await?;
    window.find("section-chats").await?;
    start_again(&scene, &desktop, &["xmpp:nurse@example.test?roster;name=Nurse"]).await?;
    window.find("add-dialog").await?;
    let name = window.find("add-name").await?.prop("value").await?;
    ensure!(name.as_deref() == Some("Nurse"), "{name:?}");
    window.press(&[harness::window::Key::Escape.into()]).await?;
    window.gone("add-dialog").await?;
    window.click("section-people").await?;
    window.find("people-row").await?;
    ensure!(window.count("people-row").await? == 1, "the link added someone");
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_links_and_nonsense_leave_the_window_in_peace() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::start().await?;
    let window = open(&scene, &desktop).await?;
    window.find("section-chats").await?;
    let many: Vec<String> = (0..1500).map(|n| format!("xmpp:a{n}@example.test?roster;name={n}")).collect();
    let mut links: Vec<&str> = many.iter().map(String::as_str).collect();
    links.extend(["xmpp:%00@example.test", "xmpp:", "xmpp:javascript:alert(1)"]);
    let second = start_again(&scene, &desktop, &links).await?;
    ensure!(second.status.success(), "{second:?}");
    window.find("notice").await?;
    // A handful of dialogs, one at a time, and not a thousand.
    for n in 0..8 {
        let wanted = format!("a{n}@example.test");
        until(&format!("the dialog for {wanted}"), async || {
            let address = window.find("add-address").await.ok()?.prop("value").await.ok()??;
            (address == wanted).then_some(())
        })
        .await?;
        ensure!(window.count("add-dialog").await? == 1, "dialogs pile up");
        window.press(&[harness::window::Key::Escape.into()]).await?;
    }
    window.gone("add-dialog").await?;
    window.click("section-people").await?;
    window.find("people-row").await?;
    window.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_in_use_by_something_that_does_not_answer_is_said() -> Result<()> {
    let scene = Scene::new().await?;
    let desktop = Desktop::start().await?;
    let other = headless::open(scene.data.path(), &[])?;
    let second = start_again(&scene, &desktop, &[]).await?;
    ensure!(!second.status.success(), "{second:?}");
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    ensure!(said.contains("Another Waxwing uses") && !said.contains("panicked"), "{said}");
    ensure!(!scene.data.path().join("crash-report.txt").exists(), "a refusal left a crash report");
    other.close().await;
    Ok(())
}
