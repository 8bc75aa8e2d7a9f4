//! Networks of a test's own (network namespaces), with addresses, routes and rules as it wants them. They need root,
//! iproute2 and nftables.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::{child, paths};

const PREFIX: &str = "waxwing-test-";
/// Where `ip netns exec` looks for files to lay over those in /etc.
const OVERLAYS: &str = "/etc/netns";

/// A network without any way out, until one is laid. Dropping it takes it down with all in it that is no process; so its
/// processes should be dropped first.
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// `what` tells it from others of this process.
    pub fn new(what: &str) -> Result<Self> {
        static SWEPT: Once = Once::new();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        if !rustix::process::geteuid().is_root() {
            bail!("only root may lay out networks of a test's own: run the tests as root (sudo -E make test)");
        }
        paths::program("ip", "iproute2")?;
        paths::program("nft", "nftables")?;
        SWEPT.call_once(sweep);
        let name = format!("{PREFIX}{}-{}-{what}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        run(Command::new("ip").args(["netns", "add", &name]), "")
            .context("this machine lets nobody make a network namespace")?;
        let namespace = Self { name };
        // An address is there at once: nobody else here could have it.
        for devices in ["all", "default"] {
            namespace.set(&format!("ipv6/conf/{devices}/accept_dad"), "0")?;
        }
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Passes on what is for others.
    pub fn forwards(&self) -> Result<()> {
        self.set("ipv4/ip_forward", "1")?;
        self.set("ipv6/conf/all/forwarding", "1")
    }

    /// Commands for `ip`, one a line.
    pub fn ip(&self, lines: &str) -> Result<()> {
        run(Command::new("ip").args(["-n", &self.name, "-batch", "-"]), lines)
    }

    /// Rules as `nft` reads them.
    pub fn rules(&self, rules: &str) -> Result<()> {
        run(self.inside("nft").args(["-f", "-"]), rules)
    }

    /// Who is where, for programs in it: lines of a hosts file.
    pub fn hosts(&self, lines: &str) -> Result<()> {
        let folder = Path::new(OVERLAYS).join(&self.name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("hosts"), lines).context("no hosts file for a network of a test's own")
    }

    /// A program in it, for [`child::Child::spawn`].
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        command(Some(&self.name), program)
    }

    /// Whether somebody listens in it there, over TCP.
    pub async fn listens(&self, host: &str, port: u16) -> bool {
        let mut shell = tokio::process::Command::from(self.inside("bash"));
        shell.arg("-c").arg(format!(": </dev/tcp/{host}/{port}")).stdin(Stdio::null()).stderr(Stdio::null());
        shell.status().await.is_ok_and(|status| status.success())
    }

    fn set(&self, key: &str, value: &str) -> Result<()> {
        run(self.inside("tee").arg(format!("/proc/sys/net/{key}")), value)
    }

    fn inside(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        remove(&self.name);
    }
}

/// A program in a namespace by its name, or where we are.
pub(crate) fn command(namespace: Option<&str>, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let Some(name) = namespace else { return child::command(program) };
    let mut command = child::command("ip");
    command.args(["netns", "exec", name]).arg(program);
    command
}

/// A stream to what listens in a namespace, without entering it: a shell there carries it.
pub(crate) fn connect(namespace: &str, host: &str, port: u16) -> Result<impl AsyncRead + AsyncWrite + Unpin + use<>> {
    let script = format!("exec 3<>/dev/tcp/{host}/{port} || exit; cat <&3 & cat >&3; kill $!");
    let mut shell = tokio::process::Command::new("ip")
        .args(["netns", "exec", namespace, "bash", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let (input, output) = (shell.stdin.take().context("no input")?, shell.stdout.take().context("no output")?);
    // It ends with its input.
    tokio::spawn(async move { shell.wait().await });
    Ok(tokio::io::join(output, input))
}

fn remove(name: &str) {
    let _ = run(Command::new("ip").args(["netns", "del", name]), "");
    let _ = fs::remove_dir_all(Path::new(OVERLAYS).join(name));
    // Others may be in there.
    let _ = fs::remove_dir(OVERLAYS);
}

/// Killed runs leave theirs behind.
fn sweep() {
    let Ok(output) = Command::new("ip").args(["netns", "list"]).output() else { return };
    let all = String::from_utf8_lossy(&output.stdout).into_owned();
    for name in all.lines().filter_map(|line| line.split(' ').next()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            remove(name);
        }
    }
}

fn run(command: &mut Command, input: &str) -> Result<()> {
    let what = format!("{command:?}").replace('"', "");
    let mut running = command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("“{what}” does not start"))?;
    if let Some(mut stdin) = running.stdin.take() {
        stdin.write_all(input.as_bytes())?;
    }
    let output = running.wait_with_output()?;
    if !output.status.success() {
        bail!("“{what}” failed: {}{input}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
