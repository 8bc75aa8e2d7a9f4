//! People behind routers of their own, who call each other: each home is a network with a router of its own, and all of
//! them are at an internet that has Prosody and coturn (UDP, TCP and TLS) and is a network by itself.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use waxwing_contract::Endpoint;

use crate::namespace::Namespace;
use crate::telephone::{Role, Spoken, Telephone};
use crate::{At, Prosody, Turn, seed, turn};

/// Where all servers are.
const SERVER: &str = "203.0.113.1";
const SERVER_6: &str = "2001:db8::1";
/// What the relay is called; its certificate says so.
const RELAY: &str = "turn.example.test";
/// How long one of a call's steps may take, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// What a router does with addresses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Nat {
    /// Nothing: the client's address is a public one, and everybody gets through to it.
    #[default]
    None,
    /// One port outside for each port inside; in comes who was spoken to from there, by address and port.
    PortRestricted,
    /// Another port outside for each that is spoken to.
    Symmetric,
    /// Nothing, in a network that has IPv6 only; in comes who was spoken to.
    Ipv6,
}

/// What a router lets nobody send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Blocked {
    #[default]
    Nothing,
    /// UDP, but for names.
    Udp,
    /// That, and TCP to the port of relays.
    UdpAndRelays,
}

/// How somebody is at the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Home {
    pub nat: Nat,
    pub blocked: Blocked,
    /// Who lives there has set that nobody may learn their addresses.
    pub relay_only: bool,
}

impl Home {
    pub fn behind(nat: Nat) -> Self {
        Self { nat, ..Self::default() }
    }

    #[must_use]
    pub fn without(self, blocked: Blocked) -> Self {
        Self { blocked, ..self }
    }

    #[must_use]
    pub fn by_relay(self) -> Self {
        Self { relay_only: true, ..self }
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.nat {
            Nat::None => "no NAT",
            Nat::PortRestricted => "port-restricted",
            Nat::Symmetric => "symmetric",
            Nat::Ipv6 => "IPv6 only",
        })?;
        f.write_str(match self.blocked {
            Blocked::Nothing => "",
            Blocked::Udp => ", no UDP",
            Blocked::UdpAndRelays => ", no UDP, no 3478",
        })?;
        f.write_str(if self.relay_only { ", by relay" } else { "" })
    }
}

/// How a call went for one side. Times are from the moment in which it was taken.
#[derive(Clone, Copy, Debug)]
pub struct Side {
    /// It was on.
    pub active: Duration,
    /// The other side's tone was heard, which sounds every other 200 ms.
    pub tone: Duration,
    /// The share of the tone in what was heard.
    pub share: f32,
    pub relayed: bool,
}

/// How a call went.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    pub caller: Side,
    pub called: Side,
}

impl Figures {
    /// Both heard the other.
    pub fn tone(&self) -> Duration {
        self.caller.tone.max(self.called.tone)
    }

    /// How it went, where both say the same.
    pub fn relayed(&self) -> Option<bool> {
        (self.caller.relayed == self.called.relayed).then_some(self.caller.relayed)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { caller, called } = self;
        let way = |side: &Side| if side.relayed { "relayed" } else { "direct" };
        write!(
            f,
            "on after {} and {} ms, heard after {} and {} ms ({:.2} and {:.2}), {} and {}",
            caller.active.as_millis(),
            called.active.as_millis(),
            caller.tone.as_millis(),
            called.tone.as_millis(),
            caller.share,
            called.share,
            way(caller),
            way(called)
        )
    }
}

/// The internet, and on it a server that names its relay and what tells addresses (XEP-0215). Mira and Juliet have an
/// account each, and know each other.
pub struct Internet {
    server: Prosody,
    relay: Turn,
    homes: AtomicU8,
    // The last to go.
    network: Namespace,
}

impl Internet {
    pub async fn start() -> Result<Self> {
        let network = Namespace::new("internet")?;
        network.forwards()?;
        // What is for nobody is sent and never comes, as outside: coturn gives up a relay of whose peers it hears at once
        // that there is no way to them.
        network.ip(&format!(
            "addr add {SERVER}/32 dev lo\n\
             addr add {SERVER_6}/128 dev lo nodad\n\
             link add void type veth peer name nowhere\n\
             link set void arp off up\n\
             link set nowhere up\n\
             route add default dev void src {SERVER}\n\
             route add ::/0 dev void\n"
        ))?;
        let relay = Turn::public(&network, &[SERVER, SERVER_6]);
        let service = |kind: &str, transport: &str, port: u16, more: &str| {
            format!("{{ type = \"{kind}\", transport = \"{transport}\", host = \"{RELAY}\", port = {port}{more} }};")
        };
        let secret = format!(", secret = \"{}\"", turn::SECRET);
        let services = [
            service("stun", "udp", turn::PORT, ""),
            service("turn", "udp", turn::PORT, &secret),
            service("turn", "tcp", turn::PORT, &secret),
            service("turns", "tcp", turn::TLS_PORT, &secret),
        ];
        let server = Prosody::builder()
            .inside(&network)
            .without(&["turn_external"])
            .option(&format!("interfaces = {{ \"127.0.0.1\", \"{SERVER}\", \"{SERVER_6}\" }}"))
            .option(&format!("external_services = {{ {} }}", services.concat()))
            .account("mira", "pw-mira")
            .account("juliet", "pw-juliet")
            .start();
        let (relay, server) = tokio::try_join!(relay, server)?;
        seed::roster(&server, "mira", &[(server.jid("juliet"), "Juliet".to_owned(), "Friends".to_owned())])?;
        seed::roster(&server, "juliet", &[(server.jid("mira"), "Mira".to_owned(), "Friends".to_owned())])?;
        Ok(Self { server, relay, homes: AtomicU8::new(0), network })
    }

    /// One call from Mira's home to Juliet's; `program` is `waxwing-headless`.
    pub async fn call(&self, program: &Path, mira: Home, juliet: Home) -> Result<Figures> {
        let all = self.calls(program, mira, juliet, 1).await?;
        all.into_iter().next().ok_or_else(|| anyhow!("no call was made"))
    }

    /// Calls between the same two, one after the other.
    pub async fn calls(&self, program: &Path, mira: Home, juliet: Home, rounds: usize) -> Result<Vec<Figures>> {
        let (hers, theirs) = (self.build(mira)?, self.build(juliet)?);
        let mut caller = self.telephone(program, &hers, "mira", "juliet", false)?;
        let mut called = self.telephone(program, &theirs, "juliet", "mira", true)?;
        let made = self.speak(&mut caller, &mut called, rounds).await;
        made.map_err(|error| anyhow!("{error:#}\n the caller: {}\n the called: {}", caller.said(), called.said()))
    }

    async fn speak(&self, caller: &mut Telephone, called: &mut Telephone, rounds: usize) -> Result<Vec<Figures>> {
        both(caller.online(), called.online()).await?;
        let mut all = Vec::new();
        for _ in 0..rounds {
            caller.order("ring").await?;
            let (hers, theirs) = both(caller.spoken(), called.spoken()).await?;
            let Some(taken) = theirs.taken else { bail!("nobody took the call") };
            all.push(Figures { caller: hers.since(taken), called: theirs.since(taken) });
            caller.order("hang up").await?;
            both(caller.free(), called.free()).await?;
        }
        Ok(all)
    }

    fn telephone(&self, program: &Path, house: &House, user: &str, peer: &str, answers: bool) -> Result<Telephone> {
        let ca = waxwing_client::read_certificates(&self.server.certificate.ca)?.remove(0);
        let host = if house.home.nat == Nat::Ipv6 { SERVER_6 } else { SERVER };
        let endpoint = Endpoint { host: host.into(), port: self.server.c2s_port, direct_tls: false };
        let at = At { jid: self.server.jid(user), password: format!("pw-{user}"), endpoint, ca };
        let role = Role { answers, relay_only: house.home.relay_only, aloud: false };
        Telephone::start(house.network.command(program), &self.server.certificate.ca, &at, role, &self.server.jid(peer))
    }

    /// A home with its router.
    fn build(&self, home: Home) -> Result<House> {
        // A number of its own, for addresses: 1 to 250.
        let n = self.homes.fetch_add(1, Ordering::Relaxed) % 250 + 1;
        let (router, network) = (Namespace::new("router")?, Namespace::new("home")?);
        router.forwards()?;
        // Inside: a public network of its own, one like everybody's, or only IPv6.
        let (inside, hosts) = match home.nat {
            Nat::None => (format!("198.19.{n}"), SERVER),
            Nat::PortRestricted | Nat::Symmetric => (format!("192.168.{n}"), SERVER),
            Nat::Ipv6 => (String::new(), SERVER_6),
        };
        self.network.ip(&format!(
            "link add home{n} type veth peer name wan netns {}\n\
             addr add 198.18.{n}.1/24 dev home{n}\n\
             addr add 2001:db8:{n}::1/64 dev home{n} nodad\n\
             link set home{n} up\n",
            router.name(),
        ))?;
        router.ip(&format!(
            "link add lan type veth peer name eth0 netns {}\n\
             addr add 198.18.{n}.2/24 dev wan\n\
             addr add 2001:db8:{n}::2/64 dev wan nodad\n\
             link set wan up\n\
             link set lan up\n\
             route add default via 198.18.{n}.1\n\
             route add default via 2001:db8:{n}::1\n",
            network.name(),
        ))?;
        let (lan, device, ways) = if home.nat == Nat::Ipv6 {
            let net = format!("2001:db8:{n}:1");
            (
                format!("addr add {net}::1/64 dev lan nodad\n"),
                format!("addr add {net}::2/64 dev eth0 nodad\nlink set eth0 up\nroute add default via {net}::1\n"),
                format!("route add {net}::/64 via 2001:db8:{n}::2\n"),
            )
        } else {
            (
                format!("addr add {inside}.1/24 dev lan\n"),
                format!("addr add {inside}.2/24 dev eth0\nlink set eth0 up\nroute add default via {inside}.1\n"),
                if home.nat == Nat::None {
                    format!("route add {inside}.0/24 via 198.18.{n}.2\n")
                } else {
                    String::new()
                },
            )
        };
        router.ip(&lan)?;
        network.ip(&device)?;
        self.network.ip(&ways)?;
        network.hosts(&format!("127.0.0.1 localhost\n::1 localhost\n{hosts} {RELAY}\n"))?;
        router.rules(&rules(home))?;
        Ok(House { home, network, _router: router })
    }

    /// What the relay has logged so far.
    pub fn relay_log(&self) -> String {
        self.relay.log()
    }
}

/// A home that stands. Dropping it takes it down.
struct House {
    home: Home,
    network: Namespace,
    _router: Namespace,
}

/// What a router does.
fn rules(home: Home) -> String {
    let blocked = match home.blocked {
        Blocked::Nothing => "",
        Blocked::Udp => "udp dport != 53 drop;",
        Blocked::UdpAndRelays => "udp dport != 53 drop; tcp dport 3478 drop;",
    };
    // A router says nothing to those who come unasked, and forgets them: who was noted would be in the way of who goes
    // out by that port.
    let closed =
        "ct state established,related accept; meta l4proto icmpv6 accept; iifname { \"lan\", \"lo\" } accept; drop;";
    let (closed, translated) = match home.nat {
        Nat::None => ("accept;", ""),
        Nat::Ipv6 => (closed, ""),
        Nat::PortRestricted => (closed, "masquerade;"),
        Nat::Symmetric => (closed, "masquerade random;"),
    };
    format!(
        "table inet router {{\n\
           chain here {{ type filter hook input priority filter; {closed} }}\n\
           chain through {{ type filter hook forward priority filter; {blocked} {closed} }}\n\
         }}\n\
         table ip translator {{\n\
           chain out {{ type nat hook postrouting priority srcnat; oifname != \"wan\" accept; {translated} }}\n\
         }}\n"
    )
}

/// Both, each to its end, so that both can tell what they saw.
async fn both<T>(one: impl Future<Output = Result<T>>, other: impl Future<Output = Result<T>>) -> Result<(T, T)> {
    let patiently = async |what, work| match tokio::time::timeout(PATIENCE, work).await {
        Ok(done) => done,
        Err(_) => Err(anyhow!("the {what} went no further for {} s", PATIENCE.as_secs())),
    };
    match tokio::join!(patiently("caller", boxed(one)), patiently("called", boxed(other))) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(one), Err(other)) => Err(anyhow!("{one:#}; {other:#}")),
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Two of different types, as one.
fn boxed<'a, T>(work: impl Future<Output = T> + 'a) -> std::pin::Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(work)
}

impl Spoken {
    fn since(&self, taken: u64) -> Side {
        let since = |moment: u64| Duration::from_millis(moment.saturating_sub(taken));
        Side { active: since(self.active), tone: since(self.tone), share: self.share, relayed: self.relayed }
    }
}
