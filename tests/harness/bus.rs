//! A message bus of its own, with nothing on it but what a test puts there.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use anyhow::{Context, Result, ensure};
use zbus::{Connection, connection, fdo::DBusProxy, names::BusName};

use crate::{
    child::{self, Child},
    paths::{Folder, program},
    wait::until,
};

/// A running dbus-daemon; as a session bus or as a system bus, that is for those who are told its address to decide.
pub struct Bus {
    pub address: String,
    _child: Child,
    // the socket must have a short name (108 bytes): always in a folder of ours
    folder: Folder,
}

impl Bus {
    pub fn start() -> Result<Self> {
        let folder = Folder::new("bus")?;
        let configuration = folder.path().join("bus.conf");
        let listen = format!("unix:path={}", folder.path().join("bus").display());
        fs::write(&configuration, CONFIGURATION.replace("@LISTEN@", &listen))?;
        let mut command = child::command(program("dbus-daemon", "dbus")?);
        command
            .args(["--nofork", "--nosyslog", "--print-address=1"])
            .arg(format!("--config-file={}", configuration.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = Child::spawn("dbus-daemon", command)?;
        let address = first_line(&mut child)?;
        Ok(Self { address, _child: child, folder })
    }

    /// A short path for sockets of what belongs to this bus.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub async fn connect(&self) -> Result<Connection> {
        connect(&self.address).await
    }
}

/// Everybody may do everything; and no service is started for being asked: who is not running is not there, whatever
/// is installed.
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>@LISTEN@</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A connection to any bus.
pub async fn connect(address: &str) -> Result<Connection> {
    let building = connection::Builder::address(address)?.build();
    building.await.with_context(|| format!("no connection to the bus at {address}"))
}

/// Whether anybody has this name on the bus.
pub async fn owned(connection: &Connection, name: &str) -> Result<bool> {
    let bus = DBusProxy::new(connection).await?;
    Ok(bus.name_has_owner(BusName::try_from(name)?).await?)
}

/// Waits until a service has its name; a service that ended instead is said with what it `wrote`.
pub(crate) async fn arrives(connection: &Connection, name: &str, child: &mut Child, log: &Path) -> Result<()> {
    let what = format!("{} to take the name {name}", child.name());
    let arrived = until(&what, async || {
        let there = owned(connection, name).await.ok()?;
        (there || child.ended().is_some()).then_some(there)
    })
    .await;
    let wrote = || fs::read_to_string(log).unwrap_or_default();
    let there = arrived.with_context(|| format!("it wrote:\n{}", wrote()))?;
    ensure!(there, "{} ended at once; it wrote:\n{}", child.name(), wrote());
    Ok(())
}

/// What a program says first on its standard output.
pub(crate) fn first_line(child: &mut Child) -> Result<String> {
    let stdout = child.pipes().stdout.take().context("no standard output")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    ensure!(!line.trim().is_empty(), "{} ended at once", child.name());
    Ok(line.trim().to_owned())
}
