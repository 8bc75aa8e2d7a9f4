//! A disk without room for what comes: said before it begins and in the middle, and gone on with once there is room. Needs root,
//! as `make test` in CI has it, to mount a small file system where an account has its files.
//!
//! | when | test |
//! |---|---|
//! | before it begins, over HTTP and by a session | `what_has_no_room_does_not_begin` |
//! | in the middle, where nobody says a size | `the_disk_is_not_filled_to_the_last_byte` |
//! | in the middle, because of others | `a_disk_that_others_fill_stops_it_and_loses_nothing` |

use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness::calling::people;
use harness::filing::noise;
use harness::http::Reply;
use harness::{At, Headless, HttpServer, Prosody, Result, bail, ensure};
use waxwing_contract::{Code, File, FileState};

use crate::foe::{Foe, data, file, hash, in_band, offer, open};

/// What is left free for everything else, in megabytes.
const SPARE: u32 = 64;

struct Scene {
    // Unmounted before its folder goes.
    small: Small,
    mira: Headless,
    foe: Foe,
    http: HttpServer,
    _server: Prosody,
}

/// A file system of a few megabytes, where an account has its files.
struct Small(PathBuf);

impl Small {
    fn over(mira: &Headless, megabytes: u32) -> Result<Self> {
        let folder = mira.folder().join("accounts").join(&mira.account).join("files");
        std::fs::create_dir_all(&folder)?;
        let small = Self(folder);
        small.mount(&["-t", "tmpfs", "-o", &format!("size={megabytes}m"), "tmpfs"])?;
        Ok(small)
    }

    fn becomes(&self, megabytes: u32) -> Result<()> {
        self.mount(&["-o", &format!("remount,size={megabytes}m")])
    }

    fn mount(&self, arguments: &[&str]) -> Result<()> {
        if !Command::new("mount").args(arguments).arg(&self.0).status()?.success() {
            bail!("a small file system cannot be mounted: this test wants root");
        }
        Ok(())
    }

    /// Others take all of it.
    fn fill(&self) -> Result<PathBuf> {
        let filler = self.0.join("filler");
        // As much as fits: the write ends when nothing more does.
        let _ = Command::new("dd").arg("if=/dev/zero").arg(format!("of={}", filler.display())).arg("bs=4k").output()?;
        Ok(filler)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn scene(megabytes: u32) -> Result<Scene> {
    let http = HttpServer::start().await?;
    let server = people(Prosody::builder().uploads_at(&http.url())).await?;
    let mira = Headless::sign_in(&At::prosody(&server, "mira")?).await?;
    let small = Small::over(&mira, megabytes)?;
    let foe = Foe::juliet(&server).await?;
    Ok(Scene { small, mira, foe, http, _server: server })
}

impl Scene {
    async fn shares(&self, name: &str, bytes: &[u8], url: &str) -> Result<()> {
        let told = format!("<name>{name}</name><size>{}</size>{}", bytes.len(), hash(bytes));
        self.foe.shares(&self.mira.jid, &told, url).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_room_does_not_begin() -> Result<()> {
    let scene = scene(SPARE + 2).await?;
    let bytes = noise(3_000_000);
    let url = scene.http.put("/large.bin", "application/octet-stream", bytes.clone());
    scene.shares("large.bin", &bytes, &url).await?;
    let failed = scene.mira.file_failed(scene.foe.bare(), "large.bin", Code::DiskFull).await?;
    ensure!(scene.http.seen().is_empty(), "it began: {:?}", scene.http.seen());
    let content = offer(&file("offered.bin", 3_000_000), &in_band("large"));
    scene.foe.agreed(&scene.foe.jingle("session-initiate", "large", &content)).await?;
    scene.mira.file_failed(scene.foe.bare(), "offered.bin", Code::DiskFull).await?;
    scene.foe.hears("session-terminate", "large").await?;
    scene.mira.no_parts().await?;
    // What fits does come, and the rest once there is room.
    scene.foe.sends(&scene.mira, "small.bin", &noise(20_000)).await?;
    scene.small.becomes(SPARE + 20)?;
    scene.mira.start_file(&failed.id).await?;
    let came = scene.mira.file_here(scene.foe.bare(), "large.bin").await?;
    ensure!(scene.mira.read_file(&came).await? == bytes, "other bytes came");
    scene.mira.no_parts().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_disk_is_not_filled_to_the_last_byte() -> Result<()> {
    let scene = scene(SPARE + 10).await?;
    let bytes = noise(20_000_000);
    let unsaid = Reply::file("application/octet-stream", bytes.clone()).etag("a").chunked();
    scene.http.answer("HEAD", "/unsaid.bin", [unsaid.clone()]);
    scene.http.answer("GET", "/unsaid.bin", [unsaid]);
    scene.foe.slix.send_link(&scene.mira.jid, &format!("{}/unsaid.bin", scene.http.url())).await?;
    let offered = |file: &File| file.name == "unsaid.bin" && file.state == FileState::Offered;
    let (_, asks) = scene.mira.file_that(scene.foe.bare(), "an offer", offered).await?;
    scene.mira.start_file(&asks.id).await?;
    let failed = scene.mira.file_failed(scene.foe.bare(), "unsaid.bin", Code::DiskFull).await?;
    let here: u64 = scene.mira.lying()?.iter().filter_map(|path| path.metadata().ok()).map(|part| part.len()).sum();
    ensure!(here > 1_000_000 && here < 12 * 1024 * 1024, "{here} bytes came");
    scene.small.becomes(SPARE + 40)?;
    scene.mira.start_file(&failed.id).await?;
    let came = scene.mira.file_here(scene.foe.bare(), "unsaid.bin").await?;
    ensure!(scene.mira.read_file(&came).await? == bytes, "other bytes came");
    let last = scene.http.last()?;
    ensure!(last.header("range").is_some() && last.status == Some(206), "it began anew: {last:?}");
    scene.mira.no_parts().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_others_fill_stops_it_and_loses_nothing() -> Result<()> {
    let scene = scene(SPARE + 10).await?;
    let bytes = noise(40_960);
    let told = format!("<file><name>stopped.bin</name><size>40960</size><range/>{}</file>", hash(&bytes));
    let block = |number: usize| STANDARD.encode(&bytes[number * 4096..(number + 1) * 4096]);
    scene.foe.offers_in_band("stopped", &told).await?;
    scene.foe.agreed(&open("stopped", 4096)).await?;
    scene.foe.agreed(&data("stopped", 0, &block(0))).await?;
    // What is taken is on its way to the disk.
    harness::until("the first block to be written", async || {
        let lying = scene.mira.lying().ok()?;
        lying.iter().any(|path| path.metadata().is_ok_and(|part| part.len() == 4096)).then_some(())
    })
    .await?;
    let filler = scene.small.fill()?;
    for number in 1..5 {
        scene.foe.say(&data("stopped", number, &block(number))).await?;
    }
    scene.mira.file_failed(scene.foe.bare(), "stopped.bin", Code::DiskFull).await?;
    scene.foe.hears("session-terminate", "stopped").await?;
    ensure!(scene.mira.lying()?.iter().all(|path| !path.ends_with("stopped.bin")), "half a file has its name");

    std::fs::remove_file(filler)?;
    let content = offer(&told, &in_band("again"));
    scene.foe.agreed(&scene.foe.jingle("session-initiate", "again", &content)).await?;
    let accept = scene.foe.hears("session-accept", "again").await?;
    ensure!(accept["xml"].as_str().is_some_and(|xml| xml.contains("offset=\"4096\"")), "it begins anew: {accept}");
    scene.foe.agreed(&open("again", 4096)).await?;
    for number in 1..10 {
        scene.foe.agreed(&data("again", number - 1, &block(number))).await?;
    }
    scene.foe.ended("again", "success").await?;
    let came = scene.mira.file_here(scene.foe.bare(), "stopped.bin").await?;
    ensure!(scene.mira.read_file(&came).await? == bytes, "other bytes came");
    scene.mira.no_parts().await
}
