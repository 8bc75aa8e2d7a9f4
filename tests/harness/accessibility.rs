//! What a screen reader finds in a program's windows: the tree of AT-SPI, read over the accessibility bus. The desktop
//! must have been made [`accessible`](crate::desktop::Builder::accessible) before the program started.

mod names;

use std::{collections::HashMap, fmt::Write as _};

use anyhow::{Context, Result, bail};
use futures::{FutureExt, future::BoxFuture, stream, stream::StreamExt};
use serde::Serialize;
use zbus::{
    Connection, Proxy,
    zvariant::{OwnedObjectPath, Type},
};

use crate::{Desktop, Place, bus, wait::until};

const ACCESSIBLE: &str = "org.a11y.atspi.Accessible";
const ROOT: &str = "/org/a11y/atspi/accessible/root";
/// A page that shows more at once than this is a fault of its own.
const MOST: usize = 20_000;
const DEEPEST: usize = 100;
/// Places are told as of the window, and not as of the screen.
const IN_WINDOW: u32 = 1;

/// A reader on a desktop.
pub struct Accessibility {
    connection: Connection,
}

/// One thing a screen reader can speak of.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Node {
    /// AT-SPI's name of the role: `log`, `push button`, `entry`, `list item` …
    pub role: String,
    pub name: String,
    pub description: String,
    /// Its own text; what lies in its children stands there as U+FFFC.
    pub text: String,
    /// `focused`, `checked`, `expanded`, `showing` …
    pub states: Vec<&'static str>,
    /// Such as `live`, `level`, `posinset`, `keyshortcuts`.
    pub attributes: HashMap<String, String>,
    pub children: Vec<Node>,
    #[serde(skip)]
    reference: Reference,
}

/// A name on the bus and a path there.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize, Serialize, Type)]
struct Reference(String, OwnedObjectPath);

impl Accessibility {
    pub async fn of(desktop: &Desktop) -> Result<Self> {
        let session = desktop.connect().await?;
        let launcher = Proxy::new(&session, "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus").await?;
        let address: Result<String, _> = launcher.call("GetAddress", &()).await;
        let address = address.context("no accessibility here: Desktop::builder().accessible()")?;
        Ok(Self { connection: bus::connect(&address).await? })
    }

    /// Everything in a program's windows, as it is now; `program` is its name or a part of it.
    pub async fn tree(&self, program: &str) -> Result<Node> {
        let root = Reference("org.a11y.atspi.Registry".into(), OwnedObjectPath::try_from(ROOT)?);
        let mut seen = Vec::new();
        for reference in self.children(&root).await? {
            // programs that have just ended are still listed
            let Ok(node) = self.read(reference, 0).await else { continue };
            if node.name.to_lowercase().contains(&program.to_lowercase()) {
                return Ok(node);
            }
            seen.push(node.name);
        }
        bail!("no {program:?} among the accessible programs {seen:?}")
    }

    /// Waits for a node in a program's windows; `what` completes "waited in vain for …".
    pub async fn find(&self, program: &str, what: &str, wanted: impl Fn(&Node) -> bool) -> Result<Node> {
        let mut last = None;
        let found = until(what, async || {
            let tree = self.tree(program).await.ok()?;
            let found = tree.find(&wanted).cloned();
            last = Some(tree);
            found
        })
        .await;
        match found {
            Ok(node) => Ok(node),
            Err(why) => bail!("{why}; there is\n{}", last.map(|tree| tree.outline()).unwrap_or_default()),
        }
    }

    /// Does what a screen reader's user does with Enter on it: presses, opens, selects.
    pub async fn press(&self, node: &Node) -> Result<()> {
        let action = self.proxy(&node.reference, "org.a11y.atspi.Action").await?;
        let done: bool = action.call("DoAction", &(0)).await?;
        anyhow::ensure!(done, "{} {:?} cannot be pressed", node.role, node.name);
        Ok(())
    }

    /// Where it lies within its window.
    pub async fn place(&self, node: &Node) -> Result<Place> {
        let component = self.proxy(&node.reference, "org.a11y.atspi.Component").await?;
        let ((x, y, width, height),): ((i32, i32, i32, i32),) = component.call("GetExtents", &(IN_WINDOW)).await?;
        Ok(Place { x, y, width: width.try_into()?, height: height.try_into()? })
    }

    fn read(&self, reference: Reference, depth: usize) -> BoxFuture<'_, Result<Node>> {
        async move {
            let accessible = self.proxy(&reference, ACCESSIBLE).await?;
            let interfaces: Vec<String> = accessible.call("GetInterfaces", &()).await?;
            let text = if interfaces.iter().any(|it| it == "org.a11y.atspi.Text") {
                self.proxy(&reference, "org.a11y.atspi.Text").await?.call("GetText", &(0, -1)).await?
            } else {
                String::new()
            };
            let children = self.children(&reference).await?;
            let deeper = children.into_iter().filter(|_| depth < DEEPEST).map(|child| self.read(child, depth + 1));
            // what goes while we read is not read
            let children = stream::iter(deeper).buffered(16).filter_map(async |child| child.ok()).collect().await;
            Ok(Node {
                role: names::role(accessible.call("GetRole", &()).await?).to_owned(),
                name: accessible.get_property("Name").await.unwrap_or_default(),
                description: accessible.get_property("Description").await.unwrap_or_default(),
                text,
                states: names::states(&accessible.call::<_, _, Vec<u32>>("GetState", &()).await?),
                attributes: accessible.call("GetAttributes", &()).await.unwrap_or_default(),
                children,
                reference,
            })
        }
        .boxed()
    }

    async fn children(&self, of: &Reference) -> Result<Vec<Reference>> {
        let proxy = self.proxy(of, ACCESSIBLE).await?;
        let mut children: Vec<Reference> = proxy.call("GetChildren", &()).await?;
        // where GTK holds a page of another process it counts it, and gives it one by one only
        if children.is_empty() && proxy.get_property::<i32>("ChildCount").await? == 1 {
            children.push(proxy.call("GetChildAtIndex", &(0)).await?);
        }
        children.truncate(MOST);
        Ok(children)
    }

    async fn proxy(&self, reference: &Reference, interface: &'static str) -> Result<Proxy<'static>> {
        let Reference(owner, path) = reference.clone();
        Ok(zbus::proxy::Builder::new(&self.connection)
            .destination(owner)?
            .path(path)?
            .interface(interface)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?)
    }
}

impl Node {
    /// The first, itself or below, in reading order.
    pub fn find(&self, wanted: impl Fn(&Self) -> bool) -> Option<&Self> {
        self.all().into_iter().find(|node| wanted(node))
    }

    /// Itself and everything below, in reading order.
    pub fn all(&self) -> Vec<&Self> {
        let mut found = vec![self];
        for child in &self.children {
            found.extend(child.all());
        }
        found
    }

    pub fn is(&self, state: &str) -> bool {
        self.states.contains(&state)
    }

    /// All that would be read aloud of it: the names and texts, itself and below.
    pub fn words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for node in self.all() {
            for part in [&node.name, &node.text] {
                let part = part.replace('\u{fffc}', "").trim().to_owned();
                if !part.is_empty() && words.last() != Some(&part) {
                    words.push(part);
                }
            }
        }
        words.join(" ")
    }

    /// The tree in lines, for a failure or to look at.
    pub fn outline(&self) -> String {
        let mut text = String::new();
        self.write(0, &mut text);
        text
    }

    fn write(&self, depth: usize, text: &mut String) {
        let states: Vec<_> = self
            .states
            .iter()
            .filter(|state| !["enabled", "sensitive", "showing", "visible"].contains(state))
            .collect();
        let own = self.text.replace('\u{fffc}', "");
        let _ = write!(text, "{:1$}{2} {3:?}", "", depth * 2, self.role, self.name);
        if !own.trim().is_empty() && own != self.name {
            let _ = write!(text, " says {own:?}");
        }
        if !self.description.is_empty() {
            let _ = write!(text, " ({})", self.description);
        }
        let _ = writeln!(text, " {states:?}");
        for child in &self.children {
            child.write(depth + 1, text);
        }
    }
}
