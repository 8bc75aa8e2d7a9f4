//! Waxwing with people in it: a private server on loopback, a live contact, and the window signed in.
//!
//! `waxwing-demo` opens the window; without a display it drives the same window itself and shows each step.
//! `waxwing-demo serve` only starts server and contacts and prints what signing in needs, for the window's own
//! “Try the demo”.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod contact;
mod story;
mod world;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use harness::{Context as _, Result, headless, paths};
use world::World;

#[tokio::main]
async fn main() -> Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve().await,
        Some("--help" | "-h") => {
            println!("waxwing-demo opens a window with people in it; `waxwing-demo serve` serves one.");
            Ok(())
        }
        Some(other) => {
            eprintln!("“{other}” is not known: see `waxwing-demo --help`");
            std::process::exit(2);
        }
        None if has_display() => show().await,
        None => story::tell().await,
    }
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(not(target_os = "linux")) || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Serves until standard input closes: then whoever started us is gone.
async fn serve() -> Result<()> {
    let world = World::start().await?;
    println!("{}", serde_json::to_string(&world.sign_in())?);
    let life = world.live().await?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    life.end().await;
    Ok(())
}

/// Opens the window for a person and waits until they close it.
async fn show() -> Result<()> {
    println!("starting a private server and its people …");
    let world = World::start().await?;
    let folder = data_folder("person")?;
    sign_in(&world, &folder).await?;
    let life = world.live().await?;
    println!("opening the window; close it to end the demo");
    let status = tokio::process::Command::new(binary()?).args(arguments(&folder)).status().await?;
    life.end().await;
    harness::ensure!(status.success(), "the window ended with {status}");
    Ok(())
}

/// The window's program, built beside this one.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let binary = own.with_file_name(format!("waxwing{}", std::env::consts::EXE_SUFFIX));
    harness::ensure!(binary.is_file(), "{} is not built; run `make demo`, which builds it", binary.display());
    Ok(binary)
}

/// An empty data folder of the demo's own.
fn data_folder(name: &str) -> Result<PathBuf> {
    let folder = paths::root().join("target/demo").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn arguments(folder: &Path) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    vec!["--data".into(), text(folder), "--secrets".into(), text(&folder.join("secrets.json"))]
}

/// Signs in without the window, so that it opens signed in.
async fn sign_in(world: &World, folder: &Path) -> Result<()> {
    let app = headless::open(folder, &[])?;
    let added = app.call(world.sign_in()).await?;
    headless::online(&app, &added.account).await?;
    app.close().await;
    Ok(())
}
