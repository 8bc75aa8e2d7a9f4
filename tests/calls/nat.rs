//! Which way a call takes between two of our clients, each in a home of its own: a network behind a router, at an internet
//! where a server names a relay over UDP, TCP and TLS (XEP-0215). In each cell somebody calls, both hear the other's tone,
//! and both say whether it goes through a relay. How long it took from taking the call is printed: no more than 1 s is
//! wanted directly, and 2 s through a relay. Where WAXWING_CELL is set, only cells whose names have it in them are tried.
//!
//! | the caller ↓, the called → | no NAT | port-restricted | symmetric |
//! |---|---|---|---|
//! | no NAT | direct | mostly direct | mostly direct |
//! | port-restricted | mostly direct | mostly direct | relay |
//! | symmetric | mostly direct | relay | relay |
//!
//! | one | the other | |
//! |---|---|---|
//! | port-restricted, UDP blocked | port-restricted | relay, over TCP on one side |
//! | port-restricted | port-restricted, UDP blocked | the same |
//! | port-restricted, UDP blocked | port-restricted, UDP blocked | relay, over TCP on both |
//! | port-restricted, UDP and port 3478 blocked | port-restricted | relay, over TLS on one side |
//! | port-restricted | port-restricted, UDP and port 3478 blocked | the same |
//! | port-restricted, UDP and port 3478 blocked | the same | relay, over TLS on both |
//! | no NAT, relay only | no NAT | relay |
//! | no NAT | no NAT, relay only | relay |
//! | no NAT, relay only | no NAT, relay only | relay |
//! | IPv6 only | IPv6 only | direct |
//! | IPv6 only, relay only | IPv6 only | relay |
//! | IPv6 only, UDP blocked | IPv6 only | relay, over TCP on one side |

use harness::nat::{Blocked, Home, Internet, Nat};
use harness::{Result, bail, ensure};
use tokio::sync::Mutex;

/// Which way it goes.
#[derive(Clone, Copy)]
enum Way {
    Direct,
    /// Now and then a packet from their relay comes before we are told of it, and that way is taken for a better one.
    MostlyDirect,
    Relayed,
}

use Way::{Direct as DIRECT, MostlyDirect as MOSTLY_DIRECT, Relayed as RELAYED};

impl Way {
    fn is(self, relayed: Option<bool>) -> bool {
        match self {
            Self::Direct => relayed == Some(false),
            // Both say the same in any case.
            Self::MostlyDirect => relayed.is_some(),
            Self::Relayed => relayed == Some(true),
        }
    }
}

/// Times are of a machine that does nothing else of these.
static ALONE: Mutex<()> = Mutex::const_new(());

/// Makes a call in each cell, and says which went otherwise.
async fn all(cells: impl IntoIterator<Item = (Home, Home, Way)>) -> Result<()> {
    let _alone = ALONE.lock().await;
    let program = env!("CARGO_BIN_EXE_waxwing-headless").as_ref();
    let internet = Internet::start().await?;
    let mut otherwise = Vec::new();
    let wanted = std::env::var("WAXWING_CELL").unwrap_or_default();
    for (caller, called, expected) in cells {
        if !format!("{caller} → {called}").contains(&wanted) {
            continue;
        }
        match internet.call(program, caller, called).await {
            Ok(figures) => {
                println!("{caller} → {called}: {figures}");
                if !expected.is(figures.relayed()) {
                    otherwise.push(format!("{caller} → {called}: {figures}"));
                }
            }
            Err(error) => {
                println!("{caller} → {called}: {error:#}");
                otherwise.push(format!("{caller} → {called}: {error:#}"));
            }
        }
    }
    if !otherwise.is_empty() {
        bail!("not as in the table:\n{}", otherwise.join("\n"));
    }
    Ok(())
}

#[tokio::test]
async fn by_kinds_of_nat() -> Result<()> {
    let (none, restricted, symmetric) =
        (Home::behind(Nat::None), Home::behind(Nat::PortRestricted), Home::behind(Nat::Symmetric));
    all([
        (none, none, DIRECT),
        (none, restricted, MOSTLY_DIRECT),
        (none, symmetric, MOSTLY_DIRECT),
        (restricted, none, MOSTLY_DIRECT),
        (restricted, restricted, MOSTLY_DIRECT),
        (restricted, symmetric, RELAYED),
        (symmetric, none, MOSTLY_DIRECT),
        (symmetric, restricted, RELAYED),
        (symmetric, symmetric, RELAYED),
    ])
    .await
}

#[tokio::test]
async fn where_udp_is_blocked() -> Result<()> {
    let open = Home::behind(Nat::PortRestricted);
    let blocked = [Blocked::Udp, Blocked::UdpAndRelays].map(|blocked| open.without(blocked));
    all(blocked.into_iter().flat_map(|home| [(home, open, RELAYED), (open, home, RELAYED), (home, home, RELAYED)]))
        .await
}

#[tokio::test]
async fn by_relay_alone() -> Result<()> {
    let open = Home::behind(Nat::None);
    let shy = open.by_relay();
    all([(shy, open, RELAYED), (open, shy, RELAYED), (shy, shy, RELAYED)]).await
}

#[tokio::test]
async fn again_and_again() -> Result<()> {
    let _alone = ALONE.lock().await;
    let program = env!("CARGO_BIN_EXE_waxwing-headless").as_ref();
    let home = Home::behind(Nat::None);
    let rounds = Internet::start().await?.calls(program, home, home, 3).await?;
    ensure!(rounds.len() == 3 && rounds.iter().all(|round| MOSTLY_DIRECT.is(round.relayed())), "{rounds:?}");
    Ok(())
}

#[tokio::test]
async fn over_ipv6_alone() -> Result<()> {
    let open = Home::behind(Nat::Ipv6);
    let (shy, blocked) = (open.by_relay(), open.without(Blocked::Udp));
    all([(open, open, DIRECT), (shy, open, RELAYED), (blocked, open, RELAYED)]).await
}
