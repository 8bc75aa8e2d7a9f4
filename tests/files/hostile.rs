//! Upload services that lie or fail: the file fails in plain words and soon, or goes another way, and the next one goes well.
//!
//! | what the service does | test |
//! |---|---|
//! | places over http, without put or get, none at all; refusals of every kind | `places_that_nobody_should_use` |
//! | headers with line breaks, and such as nobody may ask for | `headers_are_only_those_that_may_be` |
//! | 400, 401, 405, 500, 503, 507, redirects | `what_a_service_answers_is_told` |
//! | 403, 404, 410, 429 and a broken connection, and then well | `what_went_wrong_once_goes_well` |
//! | 403 for ever, `Retry-After: 0` for ever, a day and more | `nobody_is_asked_for_ever` |
//! | 413, and a limit that is smaller or larger than the truth | `what_is_too_large_goes_directly_or_says_so` |
//! | reads half of it and falls silent | `a_service_that_falls_silent_is_left`, `silence_ends_in_words_and_a_hint_is_kept` |
//!
//! Links that lead where nobody should go: [`crate::hostile_links`]. Sessions: [`crate::hostile_sessions`]. A full disk:
//! [`crate::hostile_disk`]. Where silence ends by itself, a client is used that is less patient than the usual minute.

use std::time::Duration;

use harness::calling::people;
use harness::filing::{How, noise};
use harness::http::Reply;
use harness::prosody::Builder;
use harness::{At, Headless, HttpServer, Prosody, Result, ensure};
use waxwing_client::SILENCE;
use waxwing_contract::{Code, FileWay, Transfer, TransferStage, WayReason};

/// A service that gives out places by the name of a file, all at `@URL@`; its host says that it takes `@LIMIT@`.
const SERVICE: &str = include_str!("service.lua");
const PLAIN: How<'static> = How { caption: "", original: false, direct: false };

struct Scene {
    _server: Prosody,
    http: HttpServer,
    mira: Headless,
    /// Whom files are for; not there.
    juliet: String,
}

fn service(http: &HttpServer, limit: &str) -> Builder {
    let lua = SERVICE.replace("@URL@", &http.url()).replace("@LIMIT@", limit);
    Prosody::builder().without(&["upload"]).module("places", lua)
}

async fn scene(limit: &str) -> Result<Scene> {
    scene_with(limit, SILENCE).await
}

/// Mira's client is as patient as this.
async fn scene_with(limit: &str, silence: Duration) -> Result<Scene> {
    let http = HttpServer::start().await?;
    let server = people(service(&http, limit)).await?;
    let mira = Headless::sign_in_patient(&At::prosody(&server, "mira")?, silence).await?;
    let juliet = server.jid("juliet");
    Ok(Scene { _server: server, http, mira, juliet })
}

impl Scene {
    async fn send(&self, name: &str, bytes: &[u8]) -> Result<()> {
        self.mira.send_file(&self.juliet, name, bytes, PLAIN).await
    }

    async fn fails(&self, name: &str, bytes: &[u8], code: Code) -> Result<waxwing_contract::File> {
        self.send(name, bytes).await?;
        self.mira.file_failed(&self.juliet, name, code).await
    }

    /// How often somebody tried to put it.
    fn puts(&self, name: &str) -> usize {
        let path = format!("/{name}");
        self.http.seen().iter().filter(|seen| seen.method == "PUT" && seen.path == path).count()
    }

    /// The client goes on working.
    async fn goes_well(&self, name: &str) -> Result<()> {
        let bytes = noise(30_000);
        self.send(name, &bytes).await?;
        let sent = self.mira.file_here(&self.juliet, name).await?;
        ensure!(sent.way == Some(FileWay::Upload), "{sent:?}");
        let kept = self.http.kept(&format!("/{name}"));
        ensure!(kept.is_some_and(|kept| *kept == *bytes), "it is not with the service");
        self.mira.settled().await?;
        self.mira.no_parts().await
    }
}

#[tokio::test]
async fn places_that_nobody_should_use() -> Result<()> {
    let scene = scene("").await?;
    let refused =
        ["plain-put.bin", "plain-get.bin", "no-put.bin", "no-get.bin", "nothing.bin", "no-link.bin", "forbidden.bin"];
    for name in refused {
        scene.fails(name, &noise(1_000), Code::ServiceRefused).await?;
    }
    let failed = scene.fails("too-large.bin", &noise(100_000), Code::FileTooLarge).await?;
    ensure!(failed.failure.is_some_and(|failure| failure.condition.as_deref() == Some("99999")), "no limit is told");
    ensure!(scene.http.seen().is_empty(), "it was asked: {:?}", scene.http.seen());
    // With a time that was over long ago, and no end to it.
    scene.send("later.bin", &noise(1_000)).await?;
    let waits = |transfer: &Transfer| matches!(transfer.stage, TransferStage::Later { .. });
    let later = scene.mira.transfer("an upload that waits", waits).await?;
    scene.mira.cancel_file(&later.file).await?;
    scene.goes_well("good.bin").await
}

#[tokio::test]
async fn headers_are_only_those_that_may_be() -> Result<()> {
    let scene = scene("").await?;
    scene.goes_well("headers.bin").await?;
    let put = scene.http.sees("the upload", |seen| seen.method == "PUT").await?;
    ensure!(put.header("authorization").is_some_and(|said| said.starts_with("Basic Zm9v")), "{put:?}");
    for name in ["x-evil", "x-other", "transfer-encoding", "origin"] {
        ensure!(put.header(name).is_none(), "{name} came along: {put:?}");
    }
    let lengths = put.headers.iter().filter(|(name, _)| name == "content-length").count();
    let hosts: Vec<_> = put.headers.iter().filter(|(name, _)| name == "host").collect();
    ensure!(lengths == 1 && hosts.len() == 1 && hosts[0].1.starts_with("localhost"), "{put:?}");
    Ok(())
}

#[tokio::test]
async fn what_a_service_answers_is_told() -> Result<()> {
    let scene = scene("").await?;
    let elsewhere = HttpServer::start().await?;
    let answers = [
        (Reply::status(400), Code::ServiceRefused),
        (Reply::status(401), Code::ServiceRefused),
        (Reply::status(405), Code::ServiceRefused),
        (Reply::status(500), Code::ServiceBusy),
        (Reply::status(503), Code::ServiceBusy),
        (Reply::status(507), Code::ServiceFull),
        (Reply::redirect(302, "/elsewhere"), Code::UnsafeLink),
        (Reply::redirect(307, &elsewhere.url()), Code::UnsafeLink),
        (Reply::redirect(308, &elsewhere.url()), Code::UnsafeLink),
    ];
    for (number, (reply, code)) in answers.into_iter().enumerate() {
        let name = format!("answer-{number}.bin");
        scene.http.answer("PUT", &format!("/{name}"), [reply]);
        let failed = scene.fails(&name, &noise(20_000), code).await?;
        let host = failed.failure.and_then(|failure| failure.host);
        let told = (code != Code::UnsafeLink).then(|| format!("localhost:{}", scene.http.port));
        ensure!(host == told, "it is said of {host:?}");
        ensure!(scene.puts(&name) == 1, "{name} was put {} times", scene.puts(&name));
    }
    ensure!(elsewhere.seen().is_empty(), "it went where nobody should go");
    ensure!(scene.http.kept("/elsewhere").is_none(), "a redirect was followed");
    scene.goes_well("good.bin").await
}

#[tokio::test]
async fn what_went_wrong_once_goes_well() -> Result<()> {
    let scene = scene("").await?;
    let once = [
        ("another-place.bin", Reply::status(403)),
        ("forgotten.bin", Reply::status(404)),
        ("over.bin", Reply::status(410)),
        ("busy.bin", Reply::status(429).retry_after(1)),
        ("broken.bin", Reply::status(201).closes_reading_after(100_000)),
    ];
    let bytes = noise(600_000);
    for (name, reply) in once {
        scene.http.answer("PUT", &format!("/{name}"), [reply, Reply::status(201)]);
        scene.send(name, &bytes).await?;
        scene.mira.file_here(&scene.juliet, name).await?;
        ensure!(scene.puts(name) == 2, "{name} was put {} times", scene.puts(name));
        ensure!(scene.http.kept(&format!("/{name}")).is_some_and(|kept| *kept == *bytes), "{name} is not there");
    }
    scene.goes_well("good.bin").await
}

#[tokio::test]
async fn nobody_is_asked_for_ever() -> Result<()> {
    let scene = scene("").await?;
    // Each time all of it goes up, which is no progress.
    scene.http.answer("PUT", "/never.bin", [Reply::status(403)]);
    scene.fails("never.bin", &noise(400_000), Code::ServiceRefused).await?;
    ensure!(scene.puts("never.bin") == 2, "{} places were asked for", scene.puts("never.bin"));

    scene.http.answer("PUT", "/at-once.bin", [Reply::status(429).retry_after(0)]);
    scene.send("at-once.bin", &noise(400_000)).await?;
    let longer = |transfer: &Transfer| match transfer.stage {
        TransferStage::Later { at } => at - now() > 5_000,
        _ => false,
    };
    let waits = scene.mira.transfer("less and less to be asked", longer).await?;
    ensure!(scene.puts("at-once.bin") <= 4, "it was asked {} times", scene.puts("at-once.bin"));
    scene.mira.cancel_file(&waits.file).await?;

    scene.http.answer("PUT", "/some-day.bin", [Reply::status(503).retry_after(1 << 50)]);
    scene.send("some-day.bin", &noise(1_000)).await?;
    let day = |transfer: &Transfer| match transfer.stage {
        TransferStage::Later { at } => transfer.name == "some-day.bin" && at - now() <= 86_400_000,
        _ => false,
    };
    let waits = scene.mira.transfer("a day at most", day).await?;
    // Whoever waits may be asked to go on all the same.
    scene.http.answer("PUT", "/some-day.bin", [Reply::status(201)]);
    scene.mira.start_file(&waits.file).await?;
    scene.mira.file_here(&scene.juliet, "some-day.bin").await?;
    scene.goes_well("good.bin").await
}

#[tokio::test]
async fn what_is_too_large_goes_directly_or_says_so() -> Result<()> {
    let scene = scene("500000").await?;
    // It says that it takes less than it does: nothing is asked of it.
    let failed = scene.fails("more.bin", &noise(500_001), Code::FileTooLarge).await?;
    ensure!(failed.failure.is_some_and(|failure| failure.condition.as_deref() == Some("500000")), "no limit is told");
    ensure!(scene.puts("more.bin") == 0, "it was put");
    // It takes less than it says.
    scene.http.answer("PUT", "/less.bin", [Reply::status(413)]);
    scene.fails("less.bin", &noise(400_000), Code::FileTooLarge).await?;
    ensure!(scene.puts("less.bin") == 1, "it was put {} times", scene.puts("less.bin"));
    scene.goes_well("good.bin").await?;

    // And with somebody there it goes to them.
    let juliet = Headless::sign_in(&At::prosody(&scene._server, "juliet")?).await?;
    scene.mira.may_send(&juliet.jid).await?;
    scene.http.answer("PUT", "/direct.bin", [Reply::status(413).early(1_000)]);
    scene.send("direct.bin", &noise(350_000)).await?;
    let came = juliet.file_here(&scene.mira.jid, "direct.bin").await?;
    ensure!(came.way == Some(FileWay::DataChannel), "{came:?}");
    let sent = scene.mira.file_here(&juliet.jid, "direct.bin").await?;
    ensure!(matches!(sent.why, Some(WayReason::TooLarge { .. })), "{sent:?}");
    scene.mira.settled().await
}

#[tokio::test]
async fn a_service_that_falls_silent_is_left() -> Result<()> {
    let scene = scene("").await?;
    scene.http.answer("PUT", "/silent.bin", [Reply::status(201).stalls_reading_after(100_000)]);
    scene.send("silent.bin", &noise(20_000_000)).await?;
    let moves = |transfer: &Transfer| transfer.stage == TransferStage::Moving;
    let silent = scene.mira.transfer("some of it to go", moves).await?;
    let half = |seen: &harness::http::Seen| seen.path == "/silent.bin" && seen.bytes >= 100_000;
    scene.http.sees("half of it", half).await?;
    // The others do not wait for it.
    scene.send("beside.bin", &noise(10_000)).await?;
    scene.mira.file_here(&scene.juliet, "beside.bin").await?;
    scene.mira.cancel_file(&silent.file).await?;
    scene.mira.settled().await?;
    scene.goes_well("good.bin").await
}

#[tokio::test]
async fn silence_ends_in_words_and_a_hint_is_kept() -> Result<()> {
    let scene = scene_with("", Duration::from_secs(2)).await?;
    let bytes = noise(20_000_000);
    scene.http.answer("PUT", "/silent.bin", [Reply::status(201).stalls_reading_after(100_000)]);
    let failed = scene.fails("silent.bin", &bytes, Code::ServiceSilent).await?;
    ensure!(scene.puts("silent.bin") == 1, "it was tried {} times", scene.puts("silent.bin"));
    // Whoever asks for time gets it, however long that is.
    scene.http.answer("PUT", "/busy.bin", [Reply::status(503).retry_after(3600)]);
    scene.send("busy.bin", &noise(1_000)).await?;
    let hinted = |transfer: &Transfer| match transfer.stage {
        TransferStage::Later { at } => transfer.name == "busy.bin" && at - now() > 3_000_000,
        _ => false,
    };
    let waits = scene.mira.transfer("an hour's patience", hinted).await?;
    scene.mira.cancel_file(&waits.file).await?;
    scene.http.answer("PUT", "/silent.bin", [Reply::status(201)]);
    scene.mira.start_file(&failed.id).await?;
    scene.mira.file_here(&scene.juliet, "silent.bin").await?;
    scene.goes_well("good.bin").await
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}
