//! A tray item's menu, read and clicked over com.canonical.dbusmenu as a panel does.

use std::{collections::HashMap, fmt::Write as _};

use anyhow::{Context, Result, ensure};
use zbus::{
    Proxy,
    zvariant::{OwnedValue, Value},
};

pub(crate) const INTERFACE: &str = "com.canonical.dbusmenu";

/// One line of a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub id: i32,
    /// Without the underscores that mark keys.
    pub label: String,
    pub enabled: bool,
    pub visible: bool,
    pub separator: bool,
    /// `checkmark` or `radio`, and whether it is on.
    pub toggle: Option<(String, bool)>,
    pub children: Vec<Entry>,
}

impl Entry {
    /// Whether it is a check mark or radio button, and on.
    pub fn on(&self) -> bool {
        self.toggle.as_ref().is_some_and(|(_, on)| *on)
    }
}

/// The entry under these labels, from the outermost inwards.
pub fn find<'a>(entries: &'a [Entry], labels: &[&str]) -> Option<&'a Entry> {
    let (first, rest) = labels.split_first()?;
    let entry = entries.iter().find(|entry| entry.visible && entry.label == *first)?;
    if rest.is_empty() { Some(entry) } else { find(&entry.children, rest) }
}

/// The menu in words, for a failure or to look at.
pub fn outline(entries: &[Entry]) -> String {
    fn write(entries: &[Entry], depth: usize, text: &mut String) {
        for entry in entries.iter().filter(|entry| entry.visible) {
            let mark = match &entry.toggle {
                Some((kind, on)) => format!(" [{kind} {}]", if *on { "on" } else { "off" }),
                None => String::new(),
            };
            let label = if entry.separator { "────" } else { entry.label.as_str() };
            let state = if entry.enabled { "" } else { " (disabled)" };
            let _ = writeln!(text, "{:1$}{label}{mark}{state}", "", depth * 2);
            write(&entry.children, depth + 1, text);
        }
    }
    let mut text = String::new();
    write(entries, 0, &mut text);
    text
}

type Properties = HashMap<String, OwnedValue>;
type Layout = (i32, Properties, Vec<OwnedValue>);

/// The whole menu. Programs may fill a menu only when it is about to be seen, so each is told that first.
pub(crate) async fn read(menu: &Proxy<'_>) -> Result<Vec<Entry>> {
    about_to_show(menu, 0).await;
    let root = layout(menu).await?;
    for submenu in submenus(&root) {
        about_to_show(menu, submenu).await;
    }
    Ok(layout(menu).await?.children)
}

pub(crate) async fn click(menu: &Proxy<'_>, labels: &[&str]) -> Result<()> {
    let entries = read(menu).await?;
    let entry = find(&entries, labels).with_context(|| format!("no {labels:?} in the menu:\n{}", outline(&entries)))?;
    ensure!(entry.enabled, "{labels:?} is disabled:\n{}", outline(&entries));
    let nothing = Value::from(0);
    menu.call_method("Event", &(entry.id, "clicked", nothing, 0_u32)).await?;
    Ok(())
}

/// Some answer an error where there is nothing to prepare.
async fn about_to_show(menu: &Proxy<'_>, id: i32) {
    let _ = menu.call_method("AboutToShow", &(id)).await;
}

async fn layout(menu: &Proxy<'_>) -> Result<Entry> {
    let (_, root): (u32, Layout) = menu.call("GetLayout", &(0, -1, Vec::<&str>::new())).await?;
    entry(root)
}

fn submenus(entry: &Entry) -> Vec<i32> {
    let own = entry.children.iter().filter(|child| !child.children.is_empty()).map(|child| child.id);
    own.chain(entry.children.iter().flat_map(submenus)).collect()
}

fn entry((id, mut properties, children): Layout) -> Result<Entry> {
    let mut text = |name: &str| properties.remove(name).and_then(|value| String::try_from(value).ok());
    let (label, kind, toggle) = (text("label"), text("type"), text("toggle-type"));
    let flag = |name: &str| properties.get(name).and_then(|value| bool::try_from(value).ok()).unwrap_or(true);
    let on = properties.get("toggle-state").and_then(|value| i32::try_from(value).ok()) == Some(1);
    let children: Result<Vec<Entry>> = children.into_iter().map(|child| entry(Layout::try_from(child)?)).collect();
    Ok(Entry {
        id,
        label: label.map(|it| plain(&it)).unwrap_or_default(),
        enabled: flag("enabled"),
        visible: flag("visible"),
        separator: kind.as_deref() == Some("separator"),
        toggle: toggle.filter(|kind| !kind.is_empty()).map(|kind| (kind, on)),
        children: children?,
    })
}

/// `_Quit` is Quit with a key; `a__b` is a_b.
fn plain(label: &str) -> String {
    label.split("__").map(|part| part.replace('_', "")).collect::<Vec<_>>().join("_")
}
