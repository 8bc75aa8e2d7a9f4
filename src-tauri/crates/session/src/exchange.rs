//! The SCRAM exchange, whatever elements carry it (RFC 6120 §6, XEP-0388).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::error::Error;
use crate::mechanism::Mechanism;
use crate::negotiate::Credentials;
use crate::ns;
use crate::scram::{Scram, Verify};
use crate::stanza::random_id;
use crate::xml::Element;

/// The SCRAM exchange, whatever elements carry it.
pub(crate) struct Exchange {
    scram: Option<Scram>,
    verify: Option<Verify>,
    /// The server proved that it knows the password.
    verified: bool,
}

impl Exchange {
    /// The exchange, and its initial response.
    pub fn begin(credentials: &Credentials, mechanism: &Mechanism) -> Result<(Self, Vec<u8>), Error> {
        let scram = Scram::new(
            mechanism.hash,
            credentials.user(),
            &credentials.password,
            mechanism.binding.clone(),
            &random_id(),
        )?
        .guarded(mechanism.guard.clone());
        let first = scram.first();
        Ok((Self { scram: Some(scram), verify: None, verified: false }, first))
    }

    /// Answers a challenge; the second one (RFC 6120's profile may send `v=` so) is checked and answered with nothing.
    pub async fn challenge(&mut self, challenge: &Element) -> Result<String, Error> {
        let data = decode(challenge)?;
        match (self.scram.take(), &self.verify) {
            (Some(scram), _) => {
                let derived = tokio::task::spawn_blocking(move || scram.answer(&data)).await;
                let (answer, verify) = derived.map_err(|_| Error::Protocol("signing in"))??;
                self.verify = Some(verify);
                Ok(BASE64.encode(answer))
            }
            (None, Some(_)) => {
                self.check(&data)?;
                Ok(String::new())
            }
            (None, None) => Err(Error::Protocol("signing in")),
        }
    }

    /// Checks the server's signature; without it nothing it says after counts.
    pub fn check(&mut self, data: &[u8]) -> Result<(), Error> {
        let verify = self.verify.as_ref().ok_or(Error::ServerNotAuthentic("signed in without a challenge"))?;
        verify.check(data)?;
        self.verified = true;
        Ok(())
    }

    /// Passes only where the server proved itself.
    pub fn verified(&self) -> Result<(), Error> {
        if self.verified { Ok(()) } else { Err(Error::ServerNotAuthentic("no signature")) }
    }

    pub fn is_verified(&self) -> bool {
        self.verified
    }
}

/// The bytes an element of SASL carries.
pub(crate) fn decode(element: &Element) -> Result<Vec<u8>, Error> {
    BASE64.decode(element.text().trim()).map_err(|_| Error::Protocol("signing in"))
}

/// Why sign-in was refused (RFC 6120 §6.5); both profiles have the same conditions.
pub(crate) fn sasl_failure(failure: &Element) -> Error {
    let condition = failure.children().find(|c| c.has_ns(ns::SASL) && c.name() != "text");
    let text = failure.children().find(|c| c.name() == "text").map(Element::text);
    Error::Sasl { condition: condition.map_or("not-authorized", Element::name).to_owned(), text }
}
