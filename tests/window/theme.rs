//! Light and dark, chosen while everything is on the screen.

use harness::{Result, ensure};

use crate::Scene;

const GROUNDS: &str = "return ['body', '[data-testid=conversation-row]', 'main', 'nav'].map(css => document.querySelector(css)) \
     .filter(Boolean).map(element => getComputedStyle(element).backgroundColor).join(' ')";

#[tokio::test(flavor = "multi_thread")]
async fn the_theme_changes_at_once_everywhere() -> Result<()> {
    let scene = Scene::new().await?;
    let window = scene.conversation().await?;
    window.click("section-settings").await?;
    window.find_css("[data-testid=settings-item][data-page=appearance]").await?.click().await?;
    let mut seen = Vec::new();
    for choice in [2, 3, 2] {
        let css = format!("[data-testid=setting-theme] label:nth-of-type({choice})");
        window.find_css(&css).await?.click().await?;
        let picture = window.dir.join(format!("theme-{choice}.png"));
        window.screenshot(&picture).await?;
        let grounds = window.script(GROUNDS, vec![]).await?;
        let corner = pixel(&picture)?;
        println!("{choice}: {grounds} drawn {corner}");
        seen.push((grounds.to_string(), corner));
    }
    ensure!(seen[0] == seen[2], "light is not light again: {seen:?}");
    ensure!(seen[0].0 != seen[1].0, "the colours do not change: {seen:?}");
    ensure!(seen[0].1 > 200 && seen[1].1 < 60, "what is drawn does not change: {seen:?}");
    window.close().await
}

/// How bright the middle of the list is drawn, 0–255.
fn pixel(picture: &std::path::Path) -> Result<u8> {
    let output = std::process::Command::new("convert")
        .arg(picture)
        .args(["-crop", "1x1+300+700", "-colorspace", "Gray", "-depth", "8", "gray:-"])
        .output()?;
    output.stdout.first().copied().ok_or_else(|| harness::anyhow!("convert drew nothing: {output:?}"))
}
