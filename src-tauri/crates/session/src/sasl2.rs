//! Signing in by XEP-0388, with what can be done along with it: binding (XEP-0386), resuming (XEP-0198), and getting or
//! showing a token (XEP-0484).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::connect::{self, receive, send};
use crate::error::Error;
use crate::exchange::{Exchange, decode, sasl_failure};
use crate::fast::{Bound, Inline, Ticket};
use crate::limits::XmlStream;
use crate::mechanism::Mechanism;
use crate::negotiate::Credentials;
use crate::ns;
use crate::session::Options;
use crate::sm::StreamManagement;
use crate::tls::TlsInfo;
use crate::upgrade::Upgrades;
use crate::wire::Wire;
use crate::xml::{El, Element, Reading as _, el};

/// What a server takes along with the sign-in.
pub(crate) fn inline(features: &Element) -> Inline {
    let inline = features.get_child("authentication", ns::SASL2).and_then(|a| a.get_child("inline", ns::SASL2));
    let bind = inline.and_then(|i| i.get_child("bind", ns::BIND2));
    Inline {
        resume: inline.is_some_and(|i| i.get_child("sm", ns::SM).is_some()),
        bind: bind.is_some(),
        carbons: bind.is_some_and(|bind| bind_offers(bind, ns::CARBONS)),
        stream_management: bind.is_some_and(|bind| bind_offers(bind, ns::SM)),
    }
}

/// The mechanisms tokens can be had for (XEP-0484 §3.1).
pub(crate) fn fast_mechanisms(features: &Element) -> Vec<String> {
    let inline = features.get_child("authentication", ns::SASL2).and_then(|a| a.get_child("inline", ns::SASL2));
    let fast = inline.and_then(|i| i.get_child("fast", ns::FAST));
    fast.into_iter().flat_map(Element::children).filter(|c| c.is("mechanism", ns::FAST)).map(Element::text).collect()
}

/// `<authenticate/>` with everything inline that the server takes (XEP-0388 §2.5).
fn authenticate(
    credentials: &Credentials,
    mechanism: &str,
    response: &[u8],
    inline: Inline,
    resume: Option<&StreamManagement>,
) -> El {
    el("authenticate", ns::SASL2)
        .attr("mechanism", mechanism)
        .child(el("initial-response", ns::SASL2).text(BASE64.encode(response)))
        .child(
            el("user-agent", ns::SASL2)
                .attr("id", &credentials.user_agent)
                .child(el("software", ns::SASL2).text("Waxwing")),
        )
        .children(resume.filter(|_| inline.resume).and_then(resume_request))
        .children(inline.bind.then(|| bind2_request(inline)))
}

/// What to say before the server says anything, where a token from the last time allows it: the whole sign-in.
pub(crate) fn first_words(
    credentials: &Credentials,
    ticket: &Ticket,
    tls: &TlsInfo,
    resume: Option<&StreamManagement>,
) -> Option<Element> {
    let (response, _) = ticket.prove(credentials.user(), tls)?;
    let request = authenticate(credentials, ticket.bound.mechanism(), &response, ticket.inline, resume)
        .child(el("fast", ns::FAST));
    Some(request.into())
}

/// Has the server forget a ticket (XEP-0484 §3.5): whoever finds it later finds nothing of use. Nothing is bound.
///
/// # Errors
/// The server was not reached, or does not know the ticket any more.
pub async fn invalidate(options: &Options, ticket: &Ticket) -> Result<(), Error> {
    let credentials = &options.credentials;
    let last_words = |tls: &TlsInfo| {
        let (response, _) = ticket.prove(credentials.user(), tls)?;
        let request = authenticate(credentials, ticket.bound.mechanism(), &response, Inline::default(), None)
            .child(el("fast", ns::FAST).attr("invalidate", "true"));
        Some(request.into())
    };
    let mut opened = connect::open(&options.destination(), last_words, |_| ()).await?;
    let answer = answered(&mut opened.stream, credentials, ticket, &opened.tls).await?;
    let _ = opened.stream.shutdown().await;
    answer.map(drop).ok_or(Error::Protocol("giving a token back"))
}

/// The server's answer to [`first_words`]: nothing where it takes no token, or not this one.
pub(crate) async fn answered(
    stream: &mut XmlStream<Wire>,
    credentials: &Credentials,
    ticket: &Ticket,
    tls: &TlsInfo,
) -> Result<Option<Element>, Error> {
    let (_, verify) = ticket.prove(credentials.user(), tls).ok_or(Error::Protocol("signing in"))?;
    let answer = receive(stream).await?;
    if answer.is("failure", ns::SASL2) {
        tracing::info!(error = %sasl_failure(&answer), "the server does not take the token");
        return Ok(None);
    }
    if !answer.is("success", ns::SASL2) {
        return Err(Error::Protocol("signing in with a token"));
    }
    verify.check(&proof(&answer)?)?;
    Ok(Some(answer))
}

fn proof(success: &Element) -> Result<Vec<u8>, Error> {
    Ok(success.get_child("additional-data", ns::SASL2).map(decode).transpose()?.unwrap_or_default())
}

/// Signs in with the password by XEP-0388. Nothing else may be sent until it ends. Answers the success.
pub(crate) async fn by_password(
    stream: &mut XmlStream<Wire>,
    credentials: &Credentials,
    mechanism: &Mechanism,
    inline: Inline,
    resume: Option<&StreamManagement>,
    token: Option<Bound>,
    mut upgrades: Upgrades,
) -> Result<Element, Error> {
    let (mut exchange, first) = Exchange::begin(credentials, mechanism)?;
    let request = authenticate(credentials, mechanism.name, &first, inline, resume)
        .children(token.map(|bound| el("request-token", ns::FAST).attr("mechanism", bound.mechanism())))
        .children(upgrades.request());
    send(stream, request).await?;
    loop {
        let answer = receive(stream).await?;
        match answer.name() {
            "challenge" => {
                let response = exchange.challenge(&answer).await?;
                send(stream, el("response", ns::SASL2).text(response)).await?;
            }
            // Its signature comes with the first of these (XEP-0388 §2.6.2).
            "success" | "continue" => {
                let proof = proof(&answer)?;
                if !exchange.is_verified() || !proof.is_empty() {
                    exchange.check(&proof)?;
                }
                if answer.name() == "success" {
                    return Ok(answer);
                }
                upgrades.perform(stream, &credentials.password, &answer).await?;
            }
            "failure" => return Err(sasl_failure(&answer)),
            _ => return Err(Error::Protocol("signing in")),
        }
    }
}

/// The token that came with a success, in place of the one used.
pub(crate) fn renewed(success: &Element, bound: Option<Bound>, inline: Inline) -> Option<Ticket> {
    let token = success.get_child("token", ns::FAST)?.get("token")?;
    Ticket::new(bound?, token, inline)
}

fn bind_offers(bind: &Element, var: &str) -> bool {
    bind.get_child("inline", ns::BIND2).is_some_and(|i| i.children().any(|f| f.get("var") == Some(var)))
}

fn bind2_request(inline: Inline) -> El {
    el("bind", ns::BIND2)
        .child(el("tag", ns::BIND2).text("Waxwing"))
        .children(inline.carbons.then(|| el("enable", ns::CARBONS)))
        .children(inline.stream_management.then(|| el("enable", ns::SM).attr("resume", "true")))
}

pub(crate) fn resume_request(sm: &StreamManagement) -> Option<El> {
    let id = sm.id.as_ref()?;
    Some(el("resume", ns::SM).attr("previd", id).attr("h", sm.h().to_string()))
}
