//! A thousand cuts at random and two hundred kills: what is lost, doubled or out of order.

use harness::slix::Login;
use harness::{At, Prosody, Result, Version, cuts, kills};

use crate::figure;

const CUTS: usize = 1000;
const KILLS: usize = 200;

pub async fn run() -> Result<()> {
    for version in Version::ALL {
        let server = Prosody::builder().version(version).account("mira", "pw-mira").account("juliet", "pw-juliet");
        let server = server.start().await?;
        let juliet = Login::prosody(&server, "juliet", "pw-juliet").start().await?;
        let verdict = cuts::ordeal(&At::prosody(&server, "mira")?, &juliet, CUTS / 2).await?;
        tell(&format!("{} cuts, {version:?}", CUTS / 2), &verdict);
    }
    let headless = std::env::current_exe()?.with_file_name("waxwing-headless");
    tell(&format!("{KILLS} kills"), &kills::ordeal(&headless, KILLS).await?);
    Ok(())
}

fn tell(case: &str, verdict: &kills::Verdict) {
    figure("faults", case, "said both ways", (verdict.sent + verdict.received) as f64, "messages", None);
    for (metric, count) in [("lost", verdict.lost), ("twice", verdict.twice), ("out of order", verdict.disordered)] {
        figure("faults", case, metric, count as f64, "messages", Some(("== 0", count == 0)));
    }
}
