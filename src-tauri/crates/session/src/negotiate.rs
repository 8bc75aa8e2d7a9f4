//! From an encrypted stream to a bound or resumed session.
//!
//! SASL2 with Bind 2 (XEP-0388, XEP-0386) where offered, else RFC 6120's SASL and bind; stream management
//! (XEP-0198) resumed where there is something to resume, else enabled.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use xmpp_parsers::jid::{BareJid, FullJid, Jid};

use crate::connect::{Opened, offers, receive, restart, send};
use crate::error::Error;
use crate::exchange::{Exchange, decode, sasl_failure};
use crate::fast::{Bound, Inline, Ticket};
use crate::limits::XmlStream;
use crate::mechanism::{self, Mechanism, Offer};
use crate::ns;
use crate::sasl2;
use crate::scram::Binding;
use crate::sm::{Sent, StreamManagement};
use crate::stanza::{random_id, stanza_error};
use crate::tls::TlsInfo;
use crate::upgrade::Upgrades;
use crate::wire::{AFTER_SIGN_IN, Wire};
use crate::xml::{Element, Reading as _, el};

/// Who signs in.
#[derive(Clone)]
pub struct Credentials {
    pub jid: BareJid,
    pub password: String,
    /// An earlier sign-in had channel binding: without it, the server has to vouch for what it offers.
    pub was_bound: bool,
    /// Stays the same for this installation and account (XEP-0388 §2.3.1), so that the server can tell a
    /// reconnection from another device. A UUID.
    pub user_agent: String,
}

impl Credentials {
    /// The name before the `@`.
    pub(crate) fn user(&self) -> &str {
        self.jid.node().map_or("", |node| node.as_str())
    }
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("jid", &self.jid).finish_non_exhaustive()
    }
}

/// What the server's features and the negotiation told.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Host and port that answered.
    pub endpoint: String,
    pub direct_tls: bool,
    pub tls: &'static str,
    pub cipher: String,
    pub fingerprint: String,
    pub mechanism: String,
    pub channel_binding: Option<&'static str>,
    pub sasl2: bool,
    pub resumed: bool,
    /// XEP-0198 is on.
    pub stream_management: bool,
    pub offers: Offers,
}

/// What a server offers for the whole of a session; a resumed stream need not say it again.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    /// Carbons were enabled with the bind (XEP-0386).
    pub carbons: bool,
    pub roster_versions: bool,
    pub pre_approval: bool,
    pub client_state: bool,
    /// Largest stanza the server takes, in bytes, where it says (XEP-0478).
    pub max_bytes: Option<usize>,
    /// Where the server would have the session resumed (XEP-0198 §5).
    #[serde(default)]
    pub location: Option<String>,
}

/// A session that is on.
pub(crate) struct Established {
    pub stream: XmlStream<Wire>,
    /// `None` after a resumption: the address is that of the session resumed.
    pub jid: Option<FullJid>,
    pub connection: Connection,
    pub sm: Option<StreamManagement>,
    /// Tags acknowledged by the resumption.
    pub acknowledged: Vec<u64>,
    /// What an ended session had sent and nobody acknowledged.
    pub lost: Vec<Sent>,
}

/// What signing in yielded so far.
struct Signed {
    stream: XmlStream<Wire>,
    features: Element,
    /// SASL2's, with what was done along with it.
    success: Option<Element>,
    mechanism: &'static str,
    binding: Option<&'static str>,
    inline: Inline,
}

/// Signs in on an opened stream: by the token that was sent along already, else by the password. `ticket` is afterwards
/// the one to keep.
pub(crate) async fn sign_in(
    opened: Opened,
    credentials: &Credentials,
    ticket: &mut Option<Ticket>,
    resume: &mut Option<StreamManagement>,
) -> Result<Established, Error> {
    let Opened { mut stream, features, tls, target, spoke } = opened;
    let used = ticket.clone().filter(|_| spoke);
    let mut entered = None;
    if let Some(used) = used {
        match sasl2::answered(&mut stream, credentials, &used, &tls).await? {
            Some(success) => {
                // What was asked for went by the last features; what may be asked for next time goes by these.
                let offered = sasl2::inline(&features);
                let renewed = sasl2::renewed(&success, Some(used.bound), offered);
                *ticket = Some(renewed.unwrap_or_else(|| used.taking(offered)));
                let inline = Inline { carbons: used.inline.carbons && offered.carbons, ..used.inline };
                entered = Some((success, used.bound.mechanism(), used.bound.binding(), inline));
            }
            None => *ticket = None,
        }
    }
    let signed = if let Some((success, mechanism, binding, inline)) = entered {
        let features = features_after(&mut stream, &success).await?;
        Signed { stream, features, success: Some(success), mechanism, binding, inline }
    } else {
        by_password(stream, &features, credentials, &tls, ticket, resume.as_ref()).await?
    };
    let mut connection = Connection {
        endpoint: format!("{}:{}", target.host, target.port),
        direct_tls: target.direct_tls,
        tls: tls.version,
        cipher: tls.cipher,
        fingerprint: tls.fingerprint,
        mechanism: signed.mechanism.to_owned(),
        channel_binding: signed.binding,
        sasl2: signed.success.is_some(),
        resumed: false,
        stream_management: false,
        offers: Offers {
            carbons: false,
            roster_versions: offers(&signed.features, ns::ROSTER_VERSIONS),
            pre_approval: offers(&signed.features, ns::PRE_APPROVAL),
            client_state: offers(&signed.features, ns::CSI) || offers(&features, ns::CSI),
            max_bytes: [&signed.features, &features].into_iter().find_map(max_bytes),
            location: None,
        },
    };
    signed.stream.get_stream().meter().set_limit(AFTER_SIGN_IN);
    bind(signed, resume, &mut connection).await
}

async fn by_password(
    mut stream: XmlStream<Wire>,
    features: &Element,
    credentials: &Credentials,
    tls: &TlsInfo,
    ticket: &mut Option<Ticket>,
    resume: Option<&StreamManagement>,
) -> Result<Signed, Error> {
    let has_sasl2 = features.get_child("authentication", ns::SASL2).is_some();
    let chosen = mechanism::choose(&offer(features, has_sasl2), tls, credentials.was_bound)?;
    let binding = match chosen.binding {
        Binding::Bound { name, .. } => Some(name),
        _ => None,
    };
    if !has_sasl2 {
        let (stream, features) = auth(stream, credentials, &chosen).await?;
        let inline = Inline::default();
        return Ok(Signed { stream, features, success: None, mechanism: chosen.name, binding, inline });
    }
    let inline = sasl2::inline(features);
    let tokens = sasl2::fast_mechanisms(features);
    let token = Bound::choose(&tokens, tls, binding);
    let upgrades = Upgrades::choose(features, chosen.hash);
    let success = sasl2::by_password(&mut stream, credentials, &chosen, inline, resume, token, upgrades).await?;
    *ticket = sasl2::renewed(&success, token, inline);
    let features = features_after(&mut stream, &success).await?;
    Ok(Signed { stream, features, success: Some(success), mechanism: chosen.name, binding, inline })
}

/// After a resumption stanzas may come before the features, and those told nothing new: the stream has them.
async fn features_after(stream: &mut XmlStream<Wire>, success: &Element) -> Result<Element, Error> {
    if success.get_child("resumed", ns::SM).is_some() { Ok(success.clone()) } else { receive(stream).await }
}

fn max_bytes(features: &Element) -> Option<usize> {
    features.get_child("limits", ns::STREAM_LIMITS)?.child_text("max-bytes", ns::STREAM_LIMITS)?.parse().ok()
}

fn offer(features: &Element, sasl2: bool) -> Offer {
    let list = if sasl2 {
        features.get_child("authentication", ns::SASL2)
    } else {
        features.get_child("mechanisms", ns::SASL)
    };
    Offer {
        mechanisms: list
            .into_iter()
            .flat_map(Element::children)
            .filter(|c| c.name() == "mechanism")
            .map(|c| c.text().trim().to_owned())
            .collect(),
        bindings: features
            .get_child("sasl-channel-binding", ns::SASL_CB)
            .map(|list| list.children().filter_map(|c| c.get("type")).map(str::to_owned).collect()),
        sasl2,
    }
}

/// RFC 6120 §6, then the stream anew.
async fn auth(
    mut stream: XmlStream<Wire>,
    credentials: &Credentials,
    mechanism: &Mechanism,
) -> Result<(XmlStream<Wire>, Element), Error> {
    let (mut exchange, first) = Exchange::begin(credentials, mechanism)?;
    let request = el("auth", ns::SASL).attr("mechanism", mechanism.name).text(BASE64.encode(first));
    send(&mut stream, request).await?;
    loop {
        let answer = receive(&mut stream).await?;
        match answer.name() {
            "challenge" => {
                let response = exchange.challenge(&answer).await?;
                send(&mut stream, el("response", ns::SASL).text(response)).await?;
            }
            "success" => {
                // `v=` came here, or before in a challenge of its own.
                if !answer.text().trim().is_empty() {
                    exchange.check(&decode(&answer)?)?;
                }
                exchange.verified()?;
                let from = credentials.jid.to_string();
                return restart(stream, credentials.jid.domain().as_str(), Some(&from)).await;
            }
            "failure" => return Err(sasl_failure(&answer)),
            _ => return Err(Error::Protocol("signing in")),
        }
    }
}

/// Turns what sign-in yielded into a session: resumed, bound inline, or bound now.
async fn bind(
    signed: Signed,
    resume: &mut Option<StreamManagement>,
    connection: &mut Connection,
) -> Result<Established, Error> {
    let Signed { mut stream, features, success, inline, .. } = signed;
    let mut answer = success.as_ref().and_then(|s| s.get_child("resumed", ns::SM)).cloned();
    let offered = features.get_child("sm", ns::SM).is_some();
    if success.is_none()
        && offered
        && let Some(request) = resume.as_ref().and_then(sasl2::resume_request)
    {
        send(&mut stream, request).await?;
        answer = Some(receive(&mut stream).await?);
    }
    if let Some(resumed) = answer.as_ref().filter(|a| a.is("resumed", ns::SM)) {
        // Both at once cannot be (XEP-0386 §5.1), nor a session that was not asked for.
        let bound = success.as_ref().is_some_and(|s| s.get_child("bound", ns::BIND2).is_some());
        let ours = resume.as_ref().is_some_and(|sm| sm.id.as_deref() == resumed.get("previd"));
        if bound || !ours {
            return Err(Error::Protocol("resuming"));
        }
        let previous = resume.take().ok_or(Error::Protocol("resuming"))?;
        return resumed_session(stream, resumed, previous, connection);
    }
    let failed = answer.as_ref().or_else(|| success.as_ref().and_then(|s| s.get_child("failed", ns::SM)));
    let bound = success.as_ref().and_then(|s| s.get_child("bound", ns::BIND2));
    let (jid, mut on) = if let (Some(success), Some(bound)) = (&success, bound) {
        // Bind 2 answers nothing for carbons: they are on where we asked (XEP-0386 §4.3).
        connection.offers.carbons = inline.carbons;
        let jid = success.child_text("authorization-identifier", ns::SASL2);
        let jid = jid.and_then(|jid| FullJid::new(&jid).ok()).ok_or(Error::Protocol("binding"))?;
        (jid, bound.get_child("enabled", ns::SM).cloned())
    } else {
        (classic_bind(&mut stream, &features).await?, None)
    };
    if on.is_none() && offered {
        send(&mut stream, el("enable", ns::SM).attr("resume", "true")).await?;
        on = Some(receive(&mut stream).await?).filter(|answer| answer.is("enabled", ns::SM));
    }
    let sm = on.as_ref().map(enabled);
    connection.stream_management = sm.is_some();
    connection.offers.location = on.as_ref().and_then(|on| on.get("location")).map(str::to_owned);
    // Not before the new session is there: what an attempt that breaks off was told would be told to nobody.
    let (acknowledged, lost) = give_up(resume.take(), failed);
    Ok(Established { stream, jid: Some(jid), connection: connection.clone(), sm, acknowledged, lost })
}

fn enabled(element: &Element) -> StreamManagement {
    let resumable = matches!(element.get("resume"), Some("true" | "1"));
    let mut sm = StreamManagement::default();
    sm.id = element.get("id").filter(|_| resumable).map(str::to_owned);
    sm
}

fn resumed_session(
    stream: XmlStream<Wire>,
    resumed: &Element,
    mut sm: StreamManagement,
    connection: &mut Connection,
) -> Result<Established, Error> {
    let h = resumed.get("h").and_then(|h| h.parse().ok()).ok_or(Error::Protocol("resuming"))?;
    let acknowledged = sm.resumed(h).map_err(|_| Error::Protocol("resuming: h is too large"))?;
    connection.resumed = true;
    connection.stream_management = true;
    Ok(Established { stream, jid: None, connection: connection.clone(), sm: Some(sm), acknowledged, lost: Vec::new() })
}

/// The old session is gone; the server may still say how far it got (XEP-0198 §5).
fn give_up(previous: Option<StreamManagement>, failed: Option<&Element>) -> (Vec<u64>, Vec<Sent>) {
    let Some(mut sm) = previous else { return (Vec::new(), Vec::new()) };
    let h = failed.and_then(|f| f.get("h")).and_then(|h| h.parse().ok());
    let acknowledged = h.and_then(|h| sm.acknowledge(h).ok()).unwrap_or_default();
    (acknowledged, sm.into_unacknowledged())
}

/// RFC 6120 §7, and the session of RFC 3921 where a server still demands it.
async fn classic_bind(stream: &mut XmlStream<Wire>, features: &Element) -> Result<FullJid, Error> {
    let id = random_id();
    let request = el("iq", ns::CLIENT)
        .attr("type", "set")
        .attr("id", &id)
        .child(el("bind", ns::BIND).child(el("resource", ns::BIND).text(format!("Waxwing.{}", &random_id()[..8]))));
    send(stream, request).await?;
    let answer = reply(stream, &id).await?;
    let jid = answer.get_child("bind", ns::BIND).and_then(|b| b.child_text("jid", ns::BIND));
    let jid = jid.and_then(|jid| Jid::new(&jid).ok()).and_then(|jid| jid.try_into_full().ok());
    if let Some(session) = features.get_child("session", ns::SESSION)
        && session.get_child("optional", ns::SESSION).is_none()
    {
        let id = random_id();
        let session = el("session", ns::SESSION);
        send(stream, el("iq", ns::CLIENT).attr("type", "set").attr("id", &id).child(session)).await?;
        reply(stream, &id).await?;
    }
    jid.ok_or(Error::Protocol("binding"))
}

/// The answer to a request of the negotiation itself.
pub(crate) async fn reply(stream: &mut XmlStream<Wire>, id: &str) -> Result<Element, Error> {
    loop {
        let answer = receive(stream).await?;
        if !answer.is("iq", ns::CLIENT) || answer.get("id") != Some(id) {
            continue;
        }
        return match answer.get("type") {
            Some("result") => Ok(answer),
            _ => Err(Error::Stanza(stanza_error(&answer))),
        };
    }
}
