//! What a screen reader's user finds: the conversation as a log of messages, and everything with a name.

use harness::{Accessibility, Result, Window, ensure};

use crate::{Scene, binary};

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_is_read_by_a_screen_reader() -> Result<()> {
    let scene = Scene::new().await?;
    scene.juliet.say(&scene.mira(), "Good morrow").await?;
    scene.juliet.say(&scene.mira(), "Is the day so young?").await?;
    let (data, secrets) = (scene.data.path(), scene.data.path().join("secrets.json"));
    let arguments = ["--data", &data.display().to_string(), "--secrets", &secrets.display().to_string()];
    let window = Window::of(binary()).args(&arguments).screen(1280, 820).accessible().open().await?;
    let reader = Accessibility::of(window.desktop()).await?;
    let conversation = |it: &harness::accessibility::Node| it.role == "push button" && it.words().contains("Juliet");
    let row = reader.find("waxwing", "Juliet's conversation", conversation).await?;
    reader.press(&row).await?;
    let log = reader
        .find("waxwing", "the log of messages", |it| it.role == "log" && it.words().contains("Is the day so young?"))
        .await?;
    ensure!(log.words().contains("Good morrow"), "{}", log.outline());
    window.close().await
}
