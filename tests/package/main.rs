//! The package as people get it: the same bytes each time, its papers in order, and installed into a clean Debian 12 it
//! starts from its desktop entry, signs in, and leaves nothing behind but what is the person's own.
//!
//! Needs root and `tests/setup/root.sh`; `make test` sees to both. It packs the debug build, which it finds beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod installed;
mod papers;

use std::{path::PathBuf, process::Command, sync::OnceLock};

use harness::{Context, Result, anyhow, ensure, paths};

const ID: &str = "im.waxwing.Waxwing";

/// The package all tests look at, below target/package/.
fn package() -> Result<PathBuf> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(|| bundle("waxwing.deb").map_err(|why| format!("{why:#}"))).clone().map_err(|why| anyhow!(why))
}

/// Packs the application as `make bundle` does, and gives a copy of the package, called `name`.
fn bundle(name: &str) -> Result<PathBuf> {
    let output = Command::new(paths::tests().join("setup/bundle.sh")).arg("--debug").output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the package could not be made:\n{said}");
    let made = String::from_utf8(output.stdout)?;
    let folder = paths::root().join("target/package");
    std::fs::create_dir_all(&folder)?;
    let package = folder.join(name);
    std::fs::copy(made.trim(), &package).with_context(|| format!("no package at {made:?}"))?;
    Ok(package)
}

/// Runs a tool out here and gives what it printed.
fn tool(name: &str, package: &str, words: &[&str]) -> Result<String> {
    let output = Command::new(paths::program(name, package)?).args(words).output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success(), "{name} {words:?}:\n{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    Ok(printed)
}
