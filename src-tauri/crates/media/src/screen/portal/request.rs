//! What is asked of the portal: it answers by a signal of an object that is made for the question.

use std::collections::HashMap;

use futures::StreamExt as _;
use zbus::proxy::{CacheProperties, OwnerChangedStream, SignalStream};
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

use super::unseen;
use crate::screen::Failure;

const PORTAL: &str = "org.freedesktop.portal.Desktop";
pub const DESKTOP: &str = "/org/freedesktop/portal/desktop";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// A question whose answer is listened for.
pub struct Request {
    token: String,
    answers: SignalStream<'static>,
    owners: OwnerChangedStream<'static>,
}

/// One of the portal's objects.
pub async fn object(connection: &Connection, path: &str, interface: &'static str) -> Result<Proxy<'static>, Failure> {
    let path = OwnedObjectPath::try_from(path).map_err(unseen)?;
    let building = zbus::proxy::Builder::new(connection).destination(PORTAL).and_then(|it| it.path(path));
    let building = building.and_then(|it| it.interface(interface)).map_err(unseen)?;
    building.cache_properties(CacheProperties::No).build().await.map_err(unseen)
}

impl Request {
    /// Listens before it is asked, or the answer may have been given already.
    pub async fn prepare(connection: &Connection) -> Result<Self, Failure> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(unseen)?;
        let token = format!("waxwing{:016x}", u64::from_le_bytes(random));
        let name = connection.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
        let path = format!("{DESKTOP}/request/{}/{token}", name.unwrap_or_default());
        let request = object(connection, &path, REQUEST).await?;
        let answers = request.receive_signal("Response").await.map_err(unseen)?;
        let owners = request.receive_owner_changed().await.map_err(unseen)?;
        Ok(Self { token, answers, owners })
    }

    /// By what the question is known.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The options that every question has.
    pub fn options(&self) -> HashMap<&'static str, Value<'static>> {
        HashMap::from([("handle_token", Value::from(self.token.clone()))])
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// [`Failure::Gone`] where the person does not want it, [`Failure::Unseen`] where it cannot be.
    pub async fn answer(mut self) -> Result<HashMap<String, OwnedValue>, Failure> {
        let answer = tokio::select! {
            answer = self.answers.next() => answer,
            () = left(&mut self.owners) => None,
        };
        let answer = answer.ok_or_else(|| unseen("the desktop's portal is gone"))?;
        let (code, said): (u32, HashMap<String, OwnedValue>) = answer.body().deserialize().map_err(unseen)?;
        match code {
            0 => Ok(said),
            1 => Err(Failure::Gone),
            _ => Err(unseen("the desktop's portal could not do it")),
        }
    }
}

/// Waits until nobody is the portal any more.
pub async fn left(owners: &mut OwnerChangedStream<'static>) {
    while let Some(owner) = owners.next().await {
        if owner.is_none() {
            return;
        }
    }
}
