//! A tray without a panel: the watcher and host that status notifier items register with, and one who reads them and
//! clicks in their menus.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use zbus::{
    Connection, Proxy, connection, fdo, interface,
    message::Header,
    names::BusName,
    object_server::SignalEmitter,
    zvariant::{OwnedObjectPath, OwnedValue},
};

use crate::{Desktop, tray_menu, tray_menu::Entry, wait::until};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";

/// Who put it there, and under which path.
type Registered = Arc<Mutex<Vec<(String, String)>>>;

/// The tray of a desktop. Without one, libayatana-appindicator draws into an old tray instead: see [`crate::xembed`].
pub struct Tray {
    connection: Connection,
    registered: Registered,
}

impl Tray {
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let registered = Registered::default();
        let watcher = Watcher { registered: registered.clone() };
        let connection = connection::Builder::address(desktop.bus())?
            .serve_at("/StatusNotifierWatcher", watcher)?
            .name(WATCHER)?
            .build()
            .await
            .context("no tray on this bus")?;
        Ok(Self { connection, registered })
    }

    /// The items whose programs still run, oldest first.
    pub async fn items(&self) -> Result<Vec<Item>> {
        let known = self.registered.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bus = fdo::DBusProxy::new(&self.connection).await?;
        let mut items = Vec::new();
        for (owner, path) in known {
            if bus.name_has_owner(BusName::try_from(owner.as_str())?).await? {
                items.push(Item { connection: self.connection.clone(), owner, path });
            }
        }
        Ok(items)
    }

    /// Waits for the item of this program (StatusNotifierItem's Id or Title contains it).
    pub async fn item(&self, program: &str) -> Result<Item> {
        let mut seen = Vec::new();
        let found = until(&format!("an item of {program} in the tray"), async || {
            seen.clear();
            for item in self.items().await.ok()? {
                match item.look().await {
                    Ok(look) if look.id.contains(program) || look.title.contains(program) => return Some(item),
                    Ok(look) => seen.push(format!("{look:?}")),
                    Err(why) => seen.push(format!("{}{} ({why})", item.owner, item.path)),
                }
            }
            None
        })
        .await;
        match found {
            Ok(item) => Ok(item),
            Err(why) => bail!("{why}; there is {seen:?}"),
        }
    }

    /// Waits until nothing is in the tray.
    pub async fn empty(&self) -> Result<()> {
        until("the tray to be empty", async || self.items().await.ok()?.is_empty().then_some(())).await
    }
}

/// A program's item in the tray; everything is asked anew each time.
pub struct Item {
    connection: Connection,
    owner: String,
    path: String,
}

/// How an item shows itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub id: String,
    pub title: String,
    /// `Active`, `Passive` (to be hidden) or `NeedsAttention`.
    pub status: String,
    pub category: String,
    /// A name, or a file without its ending in `icon_folder`.
    pub icon: String,
    pub icon_folder: String,
    /// What a screen reader says of the icon.
    pub icon_words: String,
    pub attention_icon: String,
    /// Text beside the icon.
    pub label: String,
    pub tooltip: String,
    /// The sizes of the pictures it sends over the bus.
    pub pictures: Vec<(i32, i32)>,
    pub menu: String,
}

impl Item {
    pub async fn look(&self) -> Result<Look> {
        let proxy = fdo::PropertiesProxy::builder(&self.connection)
            .destination(self.owner.as_str())?
            .path(self.path.as_str())?
            .build()
            .await?;
        let mut all = proxy.get_all(zbus::names::InterfaceName::try_from(ITEM)?).await?;
        let mut text = |name: &str| String::try_from(all.remove(name)?).ok();
        Ok(Look {
            id: text("Id").unwrap_or_default(),
            title: text("Title").unwrap_or_default(),
            status: text("Status").unwrap_or_default(),
            category: text("Category").unwrap_or_default(),
            icon: text("IconName").unwrap_or_default(),
            icon_folder: text("IconThemePath").unwrap_or_default(),
            icon_words: text("IconAccessibleDesc").unwrap_or_default(),
            attention_icon: text("AttentionIconName").unwrap_or_default(),
            label: text("XAyatanaLabel").unwrap_or_default(),
            menu: all.remove("Menu").and_then(|it| OwnedObjectPath::try_from(it).ok()).map(path).unwrap_or_default(),
            tooltip: tooltip(&mut all).unwrap_or_default(),
            pictures: pictures(&mut all),
        })
    }

    /// Waits until it looks as wanted; `what` completes "waited in vain for …".
    pub async fn looks(&self, what: &str, wanted: impl Fn(&Look) -> bool) -> Result<Look> {
        let mut last = None;
        let found = until(what, async || {
            let look = self.look().await.ok()?;
            last = Some(look.clone());
            wanted(&look).then_some(look)
        })
        .await;
        match found {
            Ok(look) => Ok(look),
            Err(why) => bail!("{why}; it is {last:?}"),
        }
    }

    /// The menu, as it would open now.
    pub async fn menu(&self) -> Result<Vec<Entry>> {
        tray_menu::read(&self.menu_proxy().await?).await
    }

    /// Waits until the menu is as wanted, and gives it.
    pub async fn menu_with(&self, what: &str, wanted: impl Fn(&[Entry]) -> bool) -> Result<Vec<Entry>> {
        let mut last = Vec::new();
        let found = until(what, async || {
            last = self.menu().await.ok()?;
            wanted(&last).then_some(())
        })
        .await;
        match found {
            Ok(()) => Ok(last),
            Err(why) => bail!("{why}; the menu is\n{}", tray_menu::outline(&last)),
        }
    }

    /// Opens the menu and chooses the entry under these labels, from the outermost to the one to click.
    pub async fn click(&self, labels: &[&str]) -> Result<()> {
        tray_menu::click(&self.menu_proxy().await?, labels).await
    }

    /// A click on the icon itself, for items that take one (libayatana-appindicator's do not: they open their menu).
    pub async fn activate(&self) -> Result<()> {
        let proxy = Proxy::new(&self.connection, self.owner.as_str(), self.path.as_str(), ITEM).await?;
        proxy.call_method("Activate", &(0, 0)).await?;
        Ok(())
    }

    async fn menu_proxy(&self) -> Result<Proxy<'static>> {
        let menu = self.look().await?.menu;
        Ok(Proxy::new(&self.connection, self.owner.clone(), menu, tray_menu::INTERFACE).await?)
    }
}

fn path(path: OwnedObjectPath) -> String {
    path.as_str().to_owned()
}

type Picture = (i32, i32, Vec<u8>);

fn tooltip(all: &mut HashMap<String, OwnedValue>) -> Option<String> {
    let (_, _, title, text): (String, Vec<Picture>, String, String) = all.remove("ToolTip")?.try_into().ok()?;
    Some(format!("{title} {text}").trim().to_owned())
}

fn pictures(all: &mut HashMap<String, OwnedValue>) -> Vec<(i32, i32)> {
    let pictures = all.remove("IconPixmap").and_then(|value| Vec::<Picture>::try_from(value).ok());
    pictures.unwrap_or_default().into_iter().map(|(width, height, _)| (width, height)).collect()
}

struct Watcher {
    registered: Registered,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &self,
        service: String,
        #[zbus(header)] header: Header<'_>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> fdo::Result<()> {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        // a path of the sender's, or a name with the usual path
        let item =
            if service.starts_with('/') { (sender, service) } else { (service, "/StatusNotifierItem".to_owned()) };
        let told = format!("{}{}", item.0, item.1);
        {
            let mut known = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
            known.retain(|other| *other != item);
            known.push(item);
        }
        Ok(Self::status_notifier_item_registered(&emitter, &told).await?)
    }

    async fn register_status_notifier_host(
        &self,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        _service: String,
    ) -> fdo::Result<()> {
        Ok(Self::status_notifier_host_registered(&emitter).await?)
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        let known = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(owner, path)| format!("{owner}{path}")).collect()
    }

    /// We are the host ourselves.
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(signal)]
    async fn status_notifier_item_registered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_item_unregistered(emitter: &SignalEmitter<'_>, service: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn status_notifier_host_registered(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;
}
