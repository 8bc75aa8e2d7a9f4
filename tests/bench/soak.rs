//! Ten minutes of a busy account: what the client takes, and whether that grows.
//!
//! A scripted server gives a thousand presences and fifty messages a second to a client in a process of its own, whose
//! lists and one conversation are watched as a window would.

use std::process::Stdio;
use std::time::{Duration, Instant};

use harness::scripted::PASSWORD;
use harness::{At, Context as _, Result, Scripted, ensure, paths::Folder, until};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::{figure, processes};

const PEOPLE: usize = 1000;
const MESSAGES: usize = 50;
const BENCH: &str = "soak";
/// What memory may grow by from minute 2 to the end.
const GROWTH: f64 = 0.05;

pub async fn run() -> Result<()> {
    let minutes: usize = std::env::var("SOAK_MINUTES").ok().and_then(|m| m.parse().ok()).unwrap_or(10);
    ensure!(minutes >= 3, "SOAK_MINUTES: the comparison begins with minute 2");
    let server = Scripted::start().await?;
    let at = At::to(server.port, true, &server.certificate, "mira@example.test", PASSWORD)?;
    let folder = Folder::new("soak")?;
    let peer = person(0);
    let mut client = Command::new(std::env::current_exe()?.with_file_name("waxwing-headless"))
        .args([folder.path().as_os_str(), server.certificate.ca.as_os_str()])
        .args([serde_json::to_string(&at.request())?, "watch".into(), peer])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("the client did not start")?;
    let pid = client.id().context("the client has ended")?;
    let mut lines = BufReader::new(client.stdout.take().context("no output")?).lines();
    let mut conversation = server.session().await?;
    conversation.roster = (0..PEOPLE).map(|n| format!("<item jid='{}' subscription='both'/>", person(n))).collect();
    let said = conversation.attend(&[]);
    ensure!(lines.next_line().await?.as_deref() == Some("online"), "the client did not come online");

    let began = Instant::now();
    let (mut samples, mut tasks, mut slowest) = (Vec::new(), Vec::new(), Duration::ZERO);
    for second in 0..minutes * 60 {
        let due = began + Duration::from_secs(u64::try_from(second)?);
        tokio::time::sleep_until(due.into()).await;
        said.say(one_second(second))?;
        // It has handled, and kept, all of it.
        said.hears(&["<a ", "urn:xmpp:sm:3"]).await?;
        slowest = slowest.max(due.elapsed());
        samples.push(processes::proportional(&[pid])? as f64 / 1e6);
        while let Ok(Ok(Some(line))) = tokio::time::timeout(Duration::ZERO, lines.next_line()).await {
            tasks.extend(line.strip_prefix("tasks ").and_then(|count| count.parse::<f64>().ok()));
        }
    }
    let cpu = processes::cpu(&[pid])?.as_secs_f64() / began.elapsed().as_secs_f64();
    tell(minutes, &samples, &tasks);
    figure(BENCH, "one second's worth, until it is kept", "slowest", slowest.as_secs_f64() * 1000.0, "ms", None);
    figure(BENCH, "client", "CPU", cpu * 100.0, "% of a core", None);
    let wanted = minutes * 60 * MESSAGES;
    // The last acknowledgement may be of the second before.
    let all = until("the last second's messages", async || (kept(folder.path()).ok()? >= wanted).then_some(()));
    let _ = all.await;
    client.kill().await?;
    let kept = kept(folder.path())?;
    figure(BENCH, "messages kept", "count", kept as f64, "messages", Some(("all", kept == wanted)));
    Ok(())
}

fn tell(minutes: usize, samples: &[f64], tasks: &[f64]) {
    let mean = |samples: &[f64]| samples.iter().sum::<f64>() / samples.len().max(1) as f64;
    let minute = |minute: usize| mean(&samples[(minute - 1) * 60..minute * 60]);
    for n in 1..=minutes {
        figure(BENCH, &format!("minute {n}"), "PSS", minute(n), "MB", None);
    }
    let growth = minute(minutes) / minute(2) - 1.0;
    let case = format!("minute 2 to {minutes}");
    figure(BENCH, &case, "growth", growth * 100.0, "%", Some(("< 5", growth < GROWTH)));
    let (early, late) = (tasks.get(1).copied().unwrap_or_default(), tasks.last().copied().unwrap_or_default());
    figure(BENCH, &case, "tasks more", late - early, "tasks", Some(("<= 0", late <= early)));
}

fn person(number: usize) -> String {
    format!("person{number}@example.test")
}

/// Everybody once, in another mood than a second ago, and somebody says something.
fn one_second(second: usize) -> String {
    let show = ["away", "xa", "dnd", "chat"][second % 4];
    let presences = (0..PEOPLE).map(|n| {
        let status = (second * PEOPLE + n) % 7919;
        format!("<presence from='{}/phone'><show>{show}</show><status>at {status}</status></presence>", person(n))
    });
    let messages = (0..MESSAGES).map(|n| {
        // One of them is the conversation that is watched.
        let from = if n % 5 == 0 { person(0) } else { person((second * MESSAGES + n) % PEOPLE) };
        let words = second * MESSAGES + n;
        format!(
            "<message type='chat' from='{from}/phone' id='m{words}'><body>number {words} about orchards and weather</body>\
             </message>"
        )
    });
    presences.chain(messages).collect::<String>() + "<r xmlns='urn:xmpp:sm:3'/>"
}

fn kept(folder: &std::path::Path) -> Result<usize> {
    let account = std::fs::read_dir(folder.join("accounts"))?.next().context("no account")??.path();
    let database = rusqlite::Connection::open(account.join("history.sqlite"))?;
    let count: i64 = database.query_row("SELECT count(*) FROM message", [], |row| row.get(0))?;
    Ok(usize::try_from(count)?)
}
