//! axe-core in the real window: what it finds wrong for people who hear, magnify or cannot point.
//!
//! WebDriver's scripts are not the page's, so its content policy does not stop them.

use std::{fmt, fs};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::{Window, paths};

/// One thing that is wrong at one place.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Violation {
    /// Of axe: `color-contrast`, `aria-required-children` …
    pub rule: String,
    /// `minor`, `moderate`, `serious` or `critical`.
    pub impact: String,
    pub help: String,
    /// A CSS selector.
    pub target: String,
    pub html: String,
    /// What was measured or is missing.
    pub why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = self.why.replace('\n', " ");
        write!(f, "{} ({}): {}\n  at {}\n  {}\n  {why}", self.rule, self.impact, self.help, self.target, self.html)
    }
}

/// What axe says of a page.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Findings {
    pub violations: Vec<Violation>,
    /// What it cannot decide alone, such as the contrast over a picture.
    pub unsure: Vec<Violation>,
}

/// The rules of WCAG 2.2 A and AA and axe's own good practice, over the whole page as it is now.
const RUN: &str = r#"
    const done = arguments[arguments.length - 1];
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const list = results => results.flatMap(result => result.nodes.map(node => ({
        rule: result.id, impact: node.impact ?? result.impact ?? "minor", help: result.help,
        target: node.target.flat().join(" "), html: node.html.slice(0, 300), why: node.failureSummary ?? "",
    })));
    axe.run(document, { runOnly: tags, resultTypes: ["violations", "incomplete"] }).then(
        found => done({ violations: list(found.violations), unsure: list(found.incomplete) }),
        why => done(String(why)));
"#;

/// Looks at the page as it is now, colour contrast and all.
pub async fn look(window: &Window) -> Result<Findings> {
    if window.script("return !window.axe", vec![]).await? == Value::Bool(true) {
        let file = paths::root().join("ui/node_modules/axe-core/axe.min.js");
        let source = fs::read_to_string(&file)
            .with_context(|| format!("axe-core is not installed; run `make setup` ({} is missing)", file.display()))?;
        window.script(&source, vec![]).await?;
    }
    settled(window).await?;
    match window.script_async(RUN, vec![]).await? {
        Value::String(why) => bail!("axe could not look at the page: {why}"),
        found => serde_json::from_value(found).context("axe answers in another shape"),
    }
}

/// Fails with all that is wrong; `screen` says where.
pub async fn check(window: &Window, screen: &str) -> Result<()> {
    let found = look(window).await?.violations;
    if found.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = found.iter().map(ToString::to_string).collect();
    bail!("{screen}: axe finds {} things\n{}", found.len(), all.join("\n"))
}

/// Colours that are still on their way to their place would be judged as they are; what never ends throws.
async fn settled(window: &Window) -> Result<()> {
    let script = "const done = arguments[0]; const end = it => { try { it.finish() } catch {} }; \
                  requestAnimationFrame(() => requestAnimationFrame(() => { document.getAnimations().forEach(end); \
                  requestAnimationFrame(() => done()) }))";
    window.script_async(script, vec![]).await.context("the page does not come to rest")?;
    Ok(())
}
