//! The system's keyring as people have it: gnome-keyring with the Secret Service, open, locked or gone.

use std::{collections::BTreeMap, fs::File, io::Write, path::Path, process::Stdio};

use anyhow::{Context, Result, ensure};
use zbus::{
    Connection, Proxy,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::{
    Desktop,
    child::Child,
    paths::{Folder, program},
    wait::until,
};

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
/// What a person types to open it.
const PASSWORD: &str = "open sesame";

/// A running gnome-keyring-daemon on a desktop's session bus. Without one there is no keyring there at all.
pub struct Keyring {
    connection: Connection,
    desktop: Desktop,
    child: Option<Child>,
    folder: Folder,
}

/// One thing that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub label: String,
    /// How a program finds it again: not secret.
    pub attributes: BTreeMap<String, String>,
    pub locked: bool,
}

impl Keyring {
    /// Open, as after a person has signed in to their desktop.
    pub async fn start(desktop: &Desktop) -> Result<Self> {
        let folder = Folder::new("keyring")?;
        let mut keyring = Self { connection: desktop.connect().await?, desktop: desktop.clone(), child: None, folder };
        keyring.restart().await?;
        Ok(keyring)
    }

    /// Locked, as where a desktop signs in without a password. Nobody asks for one here: who wants it opened is told
    /// that the person has dismissed the question.
    pub async fn locked(desktop: &Desktop) -> Result<Self> {
        let keyring = Self::start(desktop).await?;
        keyring.lock().await?;
        Ok(keyring)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        self.child = None;
    }

    /// Starts it again, open and with all it had; kills it first if it still runs.
    pub async fn restart(&mut self) -> Result<()> {
        self.kill();
        let dir = self.folder.path();
        let mut command = self.desktop.command(&program("gnome-keyring-daemon", "gnome-keyring")?, dir)?;
        command.args(["--foreground", "--unlock", "--components=secrets"]).stdin(password(dir)?);
        self.child = Some(self.desktop.serve("gnome-keyring-daemon", NAME, command, dir).await?);
        // it takes its name before it has made what it keeps things in
        until("the keyring to be open", async || (!self.is_locked().await.ok()?).then_some(())).await
    }

    pub async fn is_locked(&self) -> Result<bool> {
        Ok(self.proxy(&self.collection().await?, COLLECTION).await?.get_property("Locked").await?)
    }

    /// Locks it, as a person may at any time.
    pub async fn lock(&self) -> Result<()> {
        let collection = self.collection().await?;
        let (_, prompt): (Vec<OwnedObjectPath>, OwnedObjectPath) =
            self.proxy(PATH, SERVICE).await?.call("Lock", &(vec![path(&collection)?])).await?;
        ensure!(prompt.as_str() == "/", "locking asks a question: {prompt}");
        until("the keyring to be locked", async || self.is_locked().await.ok()?.then_some(())).await
    }

    /// Opens it, as a person who types the right password.
    pub async fn unlock(&self) -> Result<()> {
        let collection = path(&self.collection().await?)?;
        let (_, session): (OwnedValue, OwnedObjectPath) =
            self.proxy(PATH, SERVICE).await?.call("OpenSession", &("plain", Value::from(""))).await?;
        let secret = (session, Vec::<u8>::new(), PASSWORD.as_bytes().to_vec(), "text/plain");
        // gnome-keyring's own; the specification knows only of a question to the person
        let own = self.proxy(PATH, "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface").await?;
        own.call_method("UnlockWithMasterPassword", &(collection, secret)).await?;
        until("the keyring to be open", async || (!self.is_locked().await.ok()?).then_some(())).await
    }

    /// All it keeps, in every collection.
    pub async fn secrets(&self) -> Result<Vec<Secret>> {
        let collections: Vec<OwnedObjectPath> = self.proxy(PATH, SERVICE).await?.get_property("Collections").await?;
        let mut secrets = Vec::new();
        for collection in collections {
            let items: Vec<OwnedObjectPath> =
                self.proxy(collection.as_str(), COLLECTION).await?.get_property("Items").await?;
            for item in items {
                let item = self.proxy(item.as_str(), ITEM).await?;
                secrets.push(Secret {
                    label: item.get_property("Label").await?,
                    attributes: item
                        .get_property::<std::collections::HashMap<String, String>>("Attributes")
                        .await?
                        .into_iter()
                        .collect(),
                    locked: item.get_property("Locked").await?,
                });
            }
        }
        Ok(secrets)
    }

    /// The path of the collection that programs put things in.
    async fn collection(&self) -> Result<String> {
        let path: OwnedObjectPath = self.proxy(PATH, SERVICE).await?.call("ReadAlias", &("default")).await?;
        ensure!(path.as_str() != "/", "the keyring has no place for anything");
        Ok(path.as_str().to_owned())
    }

    async fn proxy(&self, path: &str, interface: &'static str) -> Result<Proxy<'static>> {
        Ok(zbus::proxy::Builder::new(&self.connection)
            .destination(NAME)?
            .path(path.to_owned())?
            .interface(interface)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await?)
    }
}

fn path(text: &str) -> Result<OwnedObjectPath> {
    Ok(OwnedObjectPath::try_from(text)?)
}

/// A file to read the password from until its end, which a pipe of ours would not have before we close it.
fn password(dir: &Path) -> Result<Stdio> {
    let file = dir.join("password");
    File::create(&file)?.write_all(PASSWORD.as_bytes())?;
    Ok(File::open(&file).context("the password cannot be read")?.into())
}
