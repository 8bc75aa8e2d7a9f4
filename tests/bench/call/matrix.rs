//! A hundred calls and some, between homes behind all kinds of routers: all connect.

use harness::nat::{Blocked, Home, Internet, Nat};
use harness::{Result, paths};

use super::{BENCH, median};
use crate::figure;

/// Calls of each cell.
const ROUNDS: usize = 5;

pub async fn run() -> Result<()> {
    let program = paths::beside("waxwing-headless")?;
    let internet = Internet::start().await?;
    let (mut made, mut all) = (0, 0);
    for (caller, called) in cells() {
        let case = format!("{caller} → {called}");
        all += ROUNDS;
        match internet.calls(&program, caller, called, ROUNDS).await {
            Ok(figures) => {
                made += figures.len();
                let mut tones: Vec<_> = figures.iter().map(|one| one.tone().as_secs_f64() * 1000.0).collect();
                let relayed = figures.iter().filter(|one| one.relayed() == Some(true)).count();
                figure(BENCH, &case, "through a relay", relayed as f64, &format!("of {ROUNDS}"), None);
                figure(BENCH, &case, "heard after taking the call, median", median(&mut tones), "ms", None);
            }
            Err(error) => eprintln!("{case}: {error:#}"),
        }
    }
    figure(BENCH, &format!("{all} calls"), "connected", made as f64, "calls", Some(("all", made == all)));
    Ok(())
}

fn cells() -> Vec<(Home, Home)> {
    let homes = [Nat::None, Nat::PortRestricted, Nat::Symmetric].map(Home::behind);
    let mut cells: Vec<_> = homes.iter().flat_map(|one| homes.iter().map(|other| (*one, *other))).collect();
    let open = Home::behind(Nat::PortRestricted);
    for home in [Blocked::Udp, Blocked::UdpAndRelays].map(|blocked| open.without(blocked)) {
        cells.extend([(home, open), (open, home), (home, home)]);
    }
    let (public, shy) = (Home::behind(Nat::None), Home::behind(Nat::None).by_relay());
    cells.extend([(shy, public), (public, shy), (shy, shy)]);
    let six = Home::behind(Nat::Ipv6);
    cells.extend([(six, six), (six.by_relay(), six), (six.without(Blocked::Udp), six)]);
    cells
}
