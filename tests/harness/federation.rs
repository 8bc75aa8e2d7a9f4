//! Two servers that know each other: Prosody for example.test and ejabberd for far.test, joined over TLS on loopback,
//! each proving itself by its certificate alone. Names are looked up in the servers' own settings; the system's stay as
//! they are.

use anyhow::Result;

use crate::{DOMAIN, Ejabberd, Names, Prosody, Relay, ports};

/// What ejabberd serves here.
pub const FAR: &str = "far.test";

/// Leads Prosody to the other server without asking DNS.
const NEIGHBOUR: &str = r#"
local basic = require "prosody.net.resolvers.basic";
module:hook("s2sout-pre-connect", function (event)
  if event.session.to_host == "@NAME@" then
    event.resolver = basic.new("127.0.0.1", @PORT@, "tcp");
  end
end);
"#;

/// Both servers, and the network between them.
pub struct Federation {
    pub prosody: Prosody,
    pub ejabberd: Ejabberd,
    to_prosody: Relay,
    to_ejabberd: Relay,
    _names: Names,
}

impl Federation {
    pub async fn start() -> Result<Self> {
        let (near, far) = (ports::free(), ports::free());
        let (to_prosody, to_ejabberd) = (Relay::start(near).await?, Relay::start(far).await?);
        let neighbour = NEIGHBOUR.replace("@NAME@", FAR).replace("@PORT@", &to_ejabberd.port.to_string());
        let prosody = Prosody::builder()
            .option(&format!("modules_disabled = {{}}; s2s_ports = {{ {near} }}; s2s_secure_auth = true"))
            .option(r#"s2s_ssl = { key = "tls/srv.key", certificate = "tls/srv.crt", cafile = "tls/ca.crt" }"#)
            .module("neighbour", neighbour);
        let names = Names::start(vec![(format!("_xmpp-server._tcp.{DOMAIN}"), to_prosody.port)]).await?;
        let ejabberd = Ejabberd::builder()
            .domain(FAR)
            .names(&names)
            .listener(&format!("{{port: {far}, ip: \"127.0.0.1\", module: ejabberd_s2s_in}}"))
            .option("s2s_use_starttls: required")
            // how long it does not even try again after an outage; up to five minutes in the world
            .option("s2s_max_retry_delay: 1");
        let (prosody, ejabberd) = tokio::try_join!(prosody.start(), ejabberd.start())?;
        Ok(Self { prosody, ejabberd, to_prosody, to_ejabberd, _names: names })
    }

    /// The servers lose each other, and do not find each other again until [`Self::join`].
    pub fn part(&self) {
        for relay in [&self.to_prosody, &self.to_ejabberd] {
            relay.refuse(true);
            relay.cut();
        }
    }

    /// The servers find each other when they try next.
    pub fn join(&self) {
        self.to_prosody.refuse(false);
        self.to_ejabberd.refuse(false);
    }
}
