//! A clean Debian 12 to install into: a throwaway copy of what tests/setup/root.sh has prepared, with a person, Mira,
//! who starts programs there. It shares the network and the screens of this machine, and nothing else.
//!
//! It lives in memory and in namespaces of its own, which end with one process: whatever happens to the test, no mount
//! and no process stays.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    bus,
    child::{self, Child},
    paths::{self, Folder, program},
};

const LAY: &str = include_str!("root.sh");

/// Starts a program from its desktop entry, as a menu would, and stays as long as the program does.
const FROM_ITS_ENTRY: &str = r#"
running() {
  for process in /proc/[0-9]*; do
    if [ "$(cat "$process/comm" 2>/dev/null)" = "$1" ]; then echo "${process#/proc/}"; return; fi
  done
}
gtk-launch "$1" || exit
tries=0
until process=$(running "$2"); [ -n "$process" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || { echo "$1 started no $2" >&2; exit 1; }
  sleep 0.1
done
exec tail --pid="$process" -f /dev/null
"#;

/// What a program gets from here besides the few variables it is given: nothing but the way to the network.
const KEPT: [&str; 3] = ["http_proxy", "https_proxy", "no_proxy"];
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A running copy; dropping it takes everything in it away.
pub struct Root {
    anchor: Child,
    inside: PathBuf,
    runtime: String,
    folder: Folder,
}

impl Root {
    /// Needs root, for the mounts.
    pub fn new() -> Result<Self> {
        ensure!(
            rustix::process::geteuid().is_root(),
            "the package is installed into a Debian of its own, and only root may mount one: run `sudo -E make test`"
        );
        let setup = paths::root().join("target/setup");
        let clean = setup.join("debian");
        ensure!(
            clean.join(".stamp").is_file(),
            "there is no clean Debian to install into: run tests/setup/root.sh, as `make test` does"
        );
        let folder = Folder::new("root")?;
        let log = folder.path().join("log");
        let mut command = child::command(program("unshare", "util-linux")?);
        command
            .args(["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"])
            .args(["sh", "-c", LAY, "root.sh"])
            .args([folder.path(), &clean, &setup.join("debian-debs")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log)?);
        let mut anchor = Child::spawn("unshare", command)?;
        let runtime = bus::first_line(&mut anchor);
        let runtime = runtime.with_context(|| {
            let said = fs::read_to_string(&log).unwrap_or_default();
            format!("no copy of the clean Debian could be laid out: {said}")
        })?;
        Ok(Self { anchor, inside: folder.path().join("root"), runtime, folder })
    }

    /// Runs a command in there as root and gives what it printed.
    pub fn run(&self, words: &[&str]) -> Result<String> {
        let mut command = self.enter(None);
        // whatever it is, it must not hang the test
        command.args(["timeout", "600"]).args(words).stdin(Stdio::null());
        command.env_clear().envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs([("PATH", PATH), ("HOME", "/root"), ("LC_ALL", "C.UTF-8"), ("DEBIAN_FRONTEND", "noninteractive")]);
        let output = command.output().context("nsenter could not be started")?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("{} ({}):\n{printed}\n{}", words.join(" "), output.status, String::from_utf8_lossy(&output.stderr));
        }
        Ok(printed)
    }

    /// Installs packages, and what they need, from Debian's mirror.
    pub fn install(&self, packages: &[&str]) -> Result<()> {
        let mut words = vec!["apt-get", "-q", "-y", "--no-install-recommends", "install"];
        words.extend(packages);
        if self.run(&words).is_err() {
            // Debian may have moved on since the lists were read
            self.run(&["apt-get", "-q", "update"])?;
            self.run(&words)?;
        }
        // what the mirror has no more will not be asked for again
        self.run(&["apt-get", "-q", "autoclean"]).map(drop)
    }

    /// A file in there, to read it or to put something there.
    pub fn path(&self, file: &str) -> PathBuf {
        let from_here = self.inside.join(file.trim_start_matches('/'));
        PathBuf::from(format!("/proc/{}/root", self.anchor.id()))
            .join(from_here.strip_prefix("/").unwrap_or(&from_here))
    }

    /// A program out here that starts `name` from the desktop entry `entry` in there, as Mira and with a session bus of
    /// her own, and that ends when it ends: what [`crate::Window::of`] takes.
    pub fn entry(&self, entry: &str, name: &str) -> Result<PathBuf> {
        let launch = self.path("/usr/local/bin/from-its-entry");
        fs::write(&launch, format!("#!/bin/sh\n{FROM_ITS_ENTRY}"))?;
        fs::set_permissions(&launch, fs::Permissions::from_mode(0o755))?;
        let enter = self.enter(Some("mira"));
        let words = std::iter::once(enter.get_program()).chain(enter.get_args());
        let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
        // her own folders, where programs look by themselves; the screen and what drives the window stay
        let text = format!(
            "#!/bin/sh\nunset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME\n\
             export HOME=/home/mira USER=mira XDG_RUNTIME_DIR='{}' PATH={PATH}\n\
             exec {} dbus-run-session -- from-its-entry '{entry}' '{name}'\n",
            self.runtime,
            words.join(" "),
        );
        // out here the folder is a plain one: what is mounted on it is seen only in there
        let file = self.folder.path().join(name);
        fs::write(&file, text)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        Ok(file)
    }

    /// Whether a program of this name runs in there.
    pub fn runs(&self, name: &str) -> Result<bool> {
        Ok(self.run(&["sh", "-c", "cat /proc/[0-9]*/comm 2>/dev/null || true"])?.lines().any(|line| line == name))
    }

    fn enter(&self, person: Option<&str>) -> Command {
        let of = Path::new("/proc").join(self.anchor.id().to_string()).join("ns");
        let mut command = child::command("/usr/bin/nsenter");
        command.arg(format!("--mount={}", of.join("mnt").display()));
        command.arg(format!("--pid={}", of.join("pid_for_children").display()));
        command.args(["--", "/usr/sbin/chroot"]);
        command.args(person.map(|name| format!("--userspec={name}:{name}")));
        command.arg(&self.inside);
        command
    }
}
