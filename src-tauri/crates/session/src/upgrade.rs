//! Giving the server what it needs to offer a better mechanism next time (XEP-0480 §3): the salted password of a stronger
//! hash, once the server has proved that it knows the password.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::connect::{receive, send};
use crate::error::Error;
use crate::exchange::{decode, sasl_failure};
use crate::limits::XmlStream;
use crate::ns;
use crate::scram::{Hash, salted_password};
use crate::wire::Wire;
use crate::xml::{El, Element, Reading as _, el};

/// Longest salt that is taken, in bytes.
const LONGEST_SALT: usize = 1024;

/// The tasks still to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Upgrades(Vec<Hash>);

impl Upgrades {
    /// What the features offer that is stronger than the hash in use: a weaker one would only be one more to steal.
    pub fn choose(features: &Element, used: Hash) -> Self {
        let offered = features.get_child("authentication", ns::SASL2).into_iter().flat_map(Element::children);
        let names: Vec<_> = offered.filter(|c| c.is("upgrade", ns::UPGRADE)).map(Element::text).collect();
        let stronger = [Hash::Sha512, Hash::Sha256].into_iter().filter(|hash| *hash > used);
        Self(stronger.filter(|hash| names.iter().any(|name| name.trim() == task(*hash))).collect())
    }

    /// What `<authenticate/>` asks for (XEP-0480 §2.2).
    pub fn request(&self) -> impl Iterator<Item = El> {
        self.0.iter().map(|hash| el("upgrade", ns::UPGRADE).text(task(*hash)))
    }

    /// Does the task that `<continue/>` names. Only for a server that has proved itself.
    ///
    /// # Errors
    /// [`Error::NoMechanism`] for a task that was not asked for, or was done; [`Error::ServerNotAuthentic`] for a salt or a
    /// count that protects nothing.
    pub async fn perform(
        &mut self,
        stream: &mut XmlStream<Wire>,
        password: &str,
        asked: &Element,
    ) -> Result<(), Error> {
        let tasks = asked.get_child("tasks", ns::SASL2).into_iter().flat_map(Element::children);
        let names: Vec<_> = tasks.filter(|c| c.is("task", ns::SASL2)).map(Element::text).collect();
        let known = self.0.iter().position(|hash| names.iter().any(|name| name.trim() == task(*hash)));
        let hash = known.map(|at| self.0.remove(at)).ok_or_else(|| Error::NoMechanism(names.join(", ")))?;
        send(stream, el("next", ns::SASL2).attr("task", task(hash))).await?;
        let data = receive(stream).await?;
        if data.is("failure", ns::SASL2) {
            return Err(sasl_failure(&data));
        }
        let salt = data.get_child("salt", ns::SCRAM_UPGRADE).filter(|_| data.is("task-data", ns::SASL2));
        let salt = salt.ok_or(Error::Protocol("signing in"))?;
        let iterations = salt.get("iterations").and_then(|count| count.parse().ok());
        let salt = decode(salt)?;
        if salt.is_empty() || salt.len() > LONGEST_SALT {
            return Err(Error::ServerNotAuthentic("a salt of no use"));
        }
        let iterations = iterations.ok_or(Error::Protocol("signing in"))?;
        let password = password.to_owned();
        let derived = tokio::task::spawn_blocking(move || salted_password(hash, &password, &salt, iterations)).await;
        let derived = derived.map_err(|_| Error::Protocol("signing in"))??;
        let hash = el("hash", ns::SCRAM_UPGRADE).text(BASE64.encode(derived));
        send(stream, el("task-data", ns::SASL2).child(hash)).await
    }
}

/// Without `-PLUS`: channel binding has no part in it (XEP-0480 §2.1).
fn task(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha1 => "UPGR-SCRAM-SHA-1",
        Hash::Sha256 => "UPGR-SCRAM-SHA-256",
        Hash::Sha512 => "UPGR-SCRAM-SHA-512",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(offered: &[&str], used: Hash) -> Vec<Hash> {
        let offers = offered.iter().map(|name| el("upgrade", ns::UPGRADE).text(*name));
        let authentication = el("authentication", ns::SASL2).children(offers);
        Upgrades::choose(&el("features", ns::STREAM).child(authentication).into(), used).0
    }

    #[test]
    fn asks_for_what_is_stronger() {
        let all = ["UPGR-SCRAM-SHA-1", "UPGR-SCRAM-SHA-256", "UPGR-SCRAM-SHA-512", "UPGR-OPAQUE"];
        assert_eq!(chosen(&all, Hash::Sha1), [Hash::Sha512, Hash::Sha256]);
        assert_eq!(chosen(&all, Hash::Sha256), [Hash::Sha512]);
        assert_eq!(chosen(&all, Hash::Sha512), []);
        assert_eq!(chosen(&all[..1], Hash::Sha1), []);
    }
}
