//! Creating an account before signing in: XEP-0077 §3.1, the legacy fields.

use tokio::time::timeout;

use crate::connect::{self, Destination, Limits, Opened, offers, send};
use crate::error::Error;
use crate::negotiate::reply;
use crate::ns;
use crate::proxy::Route;
use crate::stanza::random_id;
use crate::tap::Watch;
use crate::tls::Trust;
use crate::xml::{Element, Reading as _, el};

/// What a server asks of a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    pub instructions: String,
    /// Names of XEP-0077 §14.1, in the server's order.
    pub fields: Vec<String>,
}

/// A server to register at.
#[derive(Debug, Clone)]
pub struct Server {
    pub domain: String,
    pub route: Route,
    pub trust: Trust,
    pub limits: Limits,
}

/// Asks for the fields.
///
/// # Errors
/// As for signing in; [`Error::NoMechanism`] where the server takes no new accounts this way.
pub async fn fields(server: &Server) -> Result<Fields, Error> {
    let mut opened = open(server).await?;
    let query = timeout(server.limits.sign_in, get(&mut opened)).await.map_err(|_| Error::Timeout("registering"))??;
    let names = query.children().filter(|c| c.has_ns(ns::REGISTER)).map(Element::name);
    Ok(Fields {
        instructions: query.child_text("instructions", ns::REGISTER).unwrap_or_default(),
        fields: names
            .filter(|n| !matches!(*n, "instructions" | "registered" | "remove" | "x"))
            .map(str::to_owned)
            .collect(),
    })
}

/// Creates the account. Fields are asked for again on the same stream: some servers insist.
///
/// # Errors
/// [`Error::Stanza`] with the server's reason, such as `conflict` where the name is taken.
pub async fn register(server: &Server, values: &[(String, String)]) -> Result<(), Error> {
    let mut opened = open(server).await?;
    let registering = async {
        get(&mut opened).await?;
        let id = random_id();
        let fields = values.iter().map(|(name, value)| el(name, ns::REGISTER).text(value));
        let query = el("query", ns::REGISTER).children(fields);
        send(&mut opened.stream, el("iq", ns::CLIENT).attr("type", "set").attr("id", &id).child(query)).await?;
        reply(&mut opened.stream, &id).await.map(drop)
    };
    timeout(server.limits.sign_in, registering).await.map_err(|_| Error::Timeout("registering"))?
}

async fn open(server: &Server) -> Result<Opened, Error> {
    let Server { domain, route, trust, limits } = server;
    // Nobody watches what has no account yet.
    let destination = Destination { domain, from: None, route, trust, limits: *limits, watch: &Watch::default() };
    let opened = connect::open(&destination, |_| None, |_| ()).await?;
    // Some servers take registrations without announcing them (XEP-0077 §8 is a SHOULD), so only a server that
    // announces neither this nor any other way is refused early.
    if !offers(&opened.features, ns::REGISTER_FEATURE) {
        tracing::debug!("the server does not announce registration");
    }
    Ok(opened)
}

async fn get(opened: &mut Opened) -> Result<Element, Error> {
    let id = random_id();
    let query = el("query", ns::REGISTER);
    send(&mut opened.stream, el("iq", ns::CLIENT).attr("type", "get").attr("id", &id).child(query)).await?;
    let answer = reply(&mut opened.stream, &id).await?;
    answer.get_child("query", ns::REGISTER).cloned().ok_or(Error::Protocol("registering"))
}
