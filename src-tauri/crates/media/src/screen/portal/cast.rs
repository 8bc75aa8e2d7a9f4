//! A session of the portal in which something is shown.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::time::Duration;

use futures::StreamExt as _;
use zbus::proxy::{OwnerChangedStream, SignalStream};
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Proxy, connection};

use super::request::{DESKTOP, Request, left, object};
use super::unseen;
use crate::screen::Failure;

const SCREEN_CAST: &str = "org.freedesktop.portal.ScreenCast";
const SESSION: &str = "org.freedesktop.portal.Session";
/// What there can be to choose from.
const MONITOR: u32 = 1;
const WINDOW: u32 = 2;
/// The pointer is a part of the picture.
const EMBEDDED: u32 = 2;
/// How long closing may take, for who is gone anyway.
const PARTING: Duration = Duration::from_secs(1);

/// Something that the person has agreed to show.
pub struct Cast {
    session: Proxy<'static>,
    closed: SignalStream<'static>,
    owners: OwnerChangedStream<'static>,
    node: u32,
}

/// Whether there is a portal that can show screens.
///
/// # Errors
/// [`Failure::Unseen`].
pub async fn is_there(bus: Option<&str>) -> Result<(), Failure> {
    let portal = portal(bus).await?;
    let kinds: u32 = portal.get_property("AvailableSourceTypes").await.map_err(absent)?;
    if kinds & (MONITOR | WINDOW) == 0 { Err(unseen("the desktop's portal shows no screens")) } else { Ok(()) }
}

async fn portal(bus: Option<&str>) -> Result<Proxy<'static>, Failure> {
    let building = match bus {
        Some(address) => connection::Builder::address(address),
        None => connection::Builder::session(),
    };
    let connection = building.map_err(unseen)?.build().await.map_err(no_bus)?;
    object(&connection, DESKTOP, SCREEN_CAST).await
}

fn no_bus(error: impl std::fmt::Display) -> Failure {
    unseen(format!("there is no session bus ({error})"))
}

fn absent(error: impl std::fmt::Display) -> Failure {
    unseen(format!("the desktop has no portal for screens ({error})"))
}

impl Cast {
    /// Has the person asked, and waits as long as that takes; also what PipeWire is reached by, which shows this and nothing
    /// else.
    ///
    /// # Errors
    /// [`Failure::Unseen`] where there is no portal, [`Failure::Gone`] where it was refused.
    pub async fn begin(bus: Option<&str>) -> Result<(Self, OwnedFd), Failure> {
        let portal = portal(bus).await?;
        let kinds: u32 = portal.get_property("AvailableSourceTypes").await.map_err(absent)?;
        // Older ones do not say, and do what they do.
        let pointers: u32 = portal.get_property("AvailableCursorModes").await.unwrap_or(0);
        let session = create(&portal).await?;
        let closed = session.receive_signal("Closed").await.map_err(unseen)?;
        let owners = session.receive_owner_changed().await.map_err(unseen)?;
        let path = session.path().to_owned();

        let request = Request::prepare(portal.connection()).await?;
        let mut options = request.options();
        options.insert("types", Value::from(kinds & (MONITOR | WINDOW)));
        options.insert("multiple", Value::from(false));
        if pointers & EMBEDDED != 0 {
            options.insert("cursor_mode", Value::from(EMBEDDED));
        }
        portal.call_method("SelectSources", &(&path, options)).await.map_err(unseen)?;
        request.answer().await?;

        let request = Request::prepare(portal.connection()).await?;
        portal.call_method("Start", &(&path, "", request.options())).await.map_err(unseen)?;
        let node = node(request.answer().await?).ok_or_else(|| unseen("the desktop's portal shows nothing"))?;
        let none: HashMap<&str, Value<'_>> = HashMap::new();
        let remote: zbus::zvariant::OwnedFd =
            portal.call("OpenPipeWireRemote", &(&path, none)).await.map_err(unseen)?;
        Ok((Self { session, closed, owners, node }, remote.into()))
    }

    /// The number of what is shown, in PipeWire.
    pub fn node(&self) -> u32 {
        self.node
    }

    /// Waits until the desktop ends it.
    pub async fn closed(&mut self) {
        tokio::select! {
            _ = self.closed.next() => {}
            () = left(&mut self.owners) => {}
        }
    }

    /// Tells the desktop that nobody looks any more.
    pub async fn close(self) {
        let _ = tokio::time::timeout(PARTING, self.session.call_method("Close", &())).await;
    }
}

/// A session that nothing is shown in yet.
async fn create(portal: &Proxy<'static>) -> Result<Proxy<'static>, Failure> {
    let request = Request::prepare(portal.connection()).await?;
    let mut options = request.options();
    options.insert("session_handle_token", Value::from(request.token().to_owned()));
    portal.call_method("CreateSession", &(options,)).await.map_err(absent)?;
    let mut created = request.answer().await?;
    let handle = created.remove("session_handle").ok_or_else(|| unseen("the desktop's portal opens no session"))?;
    // A path that is said as a string.
    let path = String::try_from(handle).map_err(unseen)?;
    object(portal.connection(), &path, SESSION).await
}

/// The first of what is shown: no more than one was asked for.
fn node(mut shown: HashMap<String, OwnedValue>) -> Option<u32> {
    let streams: Vec<(u32, HashMap<String, OwnedValue>)> = shown.remove("streams")?.try_into().ok()?;
    streams.first().map(|(node, _)| *node)
}
