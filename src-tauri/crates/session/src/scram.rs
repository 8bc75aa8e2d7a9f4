//! SCRAM (RFC 5802, RFC 7677): the client's side as a pure state machine.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq as _;

use crate::error::Error;

/// Iteration counts outside this range are refused: fewer do not protect, more would stall us.
const ITERATIONS: std::ops::RangeInclusive<u32> = 4096..=1_000_000;

/// The hash of a mechanism, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hash {
    Sha1,
    Sha256,
    Sha512,
}

impl Hash {
    fn digest(self, data: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(data).to_vec(),
            Self::Sha256 => Sha256::digest(data).to_vec(),
            Self::Sha512 => Sha512::digest(data).to_vec(),
        }
    }

    fn hmac(self, key: &[u8], data: &[u8]) -> Vec<u8> {
        macro_rules! mac {
            ($hash:ty) => {
                // HMAC takes keys of any length.
                Hmac::<$hash>::new_from_slice(key).map(|m| m.chain_update(data).finalize().into_bytes().to_vec())
            };
        }
        match self {
            Self::Sha1 => mac!(Sha1),
            Self::Sha256 => mac!(Sha256),
            Self::Sha512 => mac!(Sha512),
        }
        .unwrap_or_default()
    }

    fn salted(self, password: &[u8], salt: &[u8], iterations: u32) -> Vec<u8> {
        macro_rules! derive {
            ($hash:ty, $length:literal) => {{
                let mut out = vec![0; $length];
                // Fails for an empty HMAC key only, which HMAC does not know.
                let _ = pbkdf2::pbkdf2::<Hmac<$hash>>(password, salt, iterations, &mut out);
                out
            }};
        }
        match self {
            Self::Sha1 => derive!(Sha1, 20),
            Self::Sha256 => derive!(Sha256, 32),
            Self::Sha512 => derive!(Sha512, 64),
        }
    }
}

/// What the client says of channel binding (RFC 5802 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// We cannot, or the server's list does not let us.
    None,
    /// We could, and the server did not offer it.
    NotOffered,
    /// `p=`: type and data.
    Bound { name: &'static str, data: Vec<u8> },
}

impl Binding {
    fn header(&self) -> String {
        match self {
            Self::None => "n,,".into(),
            Self::NotOffered => "y,,".into(),
            Self::Bound { name, .. } => format!("p={name},,"),
        }
    }
}

/// What the server was heard to offer. One that speaks XEP-0474 repeats it under the password: whoever changed it on the
/// way is found out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Guard {
    /// Both lists as XEP-0474 §5.1 hashes them.
    pub announced: Vec<u8>,
    /// Without the server's word for it the lists are not to be believed.
    pub required: bool,
    /// An earlier sign-in had channel binding, and these lists would take it away: the same.
    pub lost: bool,
    /// The version of TLS as XEP-0515 §4 writes it.
    pub tls: &'static str,
}

/// One exchange. [`Scram::first`], then [`Scram::answer`], then [`Verify::check`].
pub struct Scram {
    hash: Hash,
    password: String,
    binding: Binding,
    nonce: String,
    first_bare: String,
    guard: Guard,
}

/// What remains to be checked of the server.
#[derive(Debug)]
pub struct Verify(Vec<u8>);

impl Scram {
    /// `nonce` must be unguessable and printable without comma.
    ///
    /// # Errors
    /// The password holds characters SASLprep prohibits (RFC 4013).
    pub fn new(hash: Hash, user: &str, password: &str, binding: Binding, nonce: &str) -> Result<Self, Error> {
        let password = prepared(password)?;
        let user = prepared(user)?.replace('=', "=3D").replace(',', "=2C");
        Ok(Self {
            hash,
            password,
            binding,
            nonce: nonce.to_owned(),
            first_bare: format!("n={user},r={nonce}"),
            guard: Guard::default(),
        })
    }

    /// With the lists the server was heard to offer.
    pub fn guarded(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// XEP-0474 §5.2 and XEP-0515 §4, over the attributes that follow the iteration count.
    fn unchanged(&self, attributes: &[&str]) -> Result<(), Error> {
        let value = |key: &str| attributes.iter().find_map(|attribute| attribute.strip_prefix(key));
        if value("t=").is_some_and(|version| version != self.guard.tls) {
            return Err(Error::ServerNotAuthentic("the version of TLS was changed on the way"));
        }
        match value("h=") {
            Some(hash) if hash == BASE64.encode(self.hash.digest(&self.guard.announced)) => Ok(()),
            Some(_) => Err(Error::ServerNotAuthentic("what it offers was changed on the way")),
            None if self.guard.lost => Err(Error::BindingLost),
            None if self.guard.required => Err(Error::ServerNotAuthentic("no channel binding type in common")),
            None => Ok(()),
        }
    }

    /// `client-first-message`.
    pub fn first(&self) -> Vec<u8> {
        format!("{}{}", self.binding.header(), self.first_bare).into_bytes()
    }

    /// `client-final-message` for a `server-first-message`. Takes up to a second at high iteration counts: not for an
    /// async thread.
    ///
    /// # Errors
    /// [`Error::ServerNotAuthentic`] where the server's message is malformed or does not continue our nonce.
    pub fn answer(self, server_first: &[u8]) -> Result<(Vec<u8>, Verify), Error> {
        let malformed = Error::ServerNotAuthentic("malformed challenge");
        let Ok(server_first) = std::str::from_utf8(server_first) else { return Err(malformed) };
        let mut fields = server_first.split(',');
        let mut field = |key: &str| fields.next().and_then(|f| f.strip_prefix(key)?.strip_prefix('='));
        // An unknown mandatory extension (`m=`) stands where `r=` belongs and fails here (RFC 5802 §5.1).
        let (Some(nonce), Some(salt), Some(iterations)) = (field("r"), field("s"), field("i")) else {
            return Err(malformed);
        };
        self.unchanged(&fields.collect::<Vec<_>>())?;
        if nonce.len() <= self.nonce.len() || !nonce.starts_with(&self.nonce) {
            return Err(Error::ServerNotAuthentic("the nonce is not ours"));
        }
        let (Ok(salt), Ok(iterations)) = (BASE64.decode(salt), iterations.parse::<u32>()) else {
            return Err(malformed);
        };
        bounded(iterations)?;
        let mut bound = self.binding.header().into_bytes();
        if let Binding::Bound { data, .. } = &self.binding {
            bound.extend_from_slice(data);
        }
        let final_bare = format!("c={},r={nonce}", BASE64.encode(bound));
        let auth_message = format!("{},{server_first},{final_bare}", self.first_bare);

        let salted = self.hash.salted(self.password.as_bytes(), &salt, iterations);
        let client_key = self.hash.hmac(&salted, b"Client Key");
        let signature = self.hash.hmac(&self.hash.digest(&client_key), auth_message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let server_key = self.hash.hmac(&salted, b"Server Key");
        let expected = self.hash.hmac(&server_key, auth_message.as_bytes());
        Ok((format!("{final_bare},p={}", BASE64.encode(proof)).into_bytes(), Verify(expected)))
    }
}

/// RFC 4013.
fn prepared(text: &str) -> Result<String, Error> {
    let prohibited = |_| Error::Sasl { condition: "not-authorized".into(), text: Some("prohibited characters".into()) };
    Ok(stringprep::saslprep(text).map_err(prohibited)?.into_owned())
}

fn bounded(iterations: u32) -> Result<(), Error> {
    if ITERATIONS.contains(&iterations) {
        Ok(())
    } else {
        Err(Error::ServerNotAuthentic("iteration count out of bounds"))
    }
}

/// `SaltedPassword` (RFC 5802 §3): what a server keeps its keys from. Takes as long as [`Scram::answer`].
///
/// # Errors
/// [`Error::ServerNotAuthentic`] for a count out of bounds; those of [`Scram::new`].
pub fn salted_password(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Result<Vec<u8>, Error> {
    bounded(iterations)?;
    Ok(hash.salted(prepared(password)?.as_bytes(), salt, iterations))
}

impl Verify {
    /// Checks `server-final-message`. Nothing that came with it may be used before this.
    ///
    /// # Errors
    /// [`Error::ServerNotAuthentic`] where the server does not know the password.
    pub fn check(&self, server_final: &[u8]) -> Result<(), Error> {
        let signature = std::str::from_utf8(server_final)
            .ok()
            .and_then(|text| text.split(',').next()?.strip_prefix("v="))
            .and_then(|v| BASE64.decode(v).ok())
            .ok_or(Error::ServerNotAuthentic("no signature"))?;
        if bool::from(signature.ct_eq(&self.0)) { Ok(()) } else { Err(Error::ServerNotAuthentic("wrong signature")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7677 §3.
    const FIRST: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const FINAL: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn scram(binding: Binding) -> Scram {
        Scram::new(Hash::Sha256, "user", "pencil", binding, "rOprNGfwEbeRWgbNEkqO").unwrap()
    }

    #[test]
    fn rfc_7677_vector() {
        let scram = scram(Binding::None);
        assert_eq!(scram.first(), b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let (answer, verify) = scram.answer(FIRST.as_bytes()).unwrap();
        assert_eq!(
            String::from_utf8(answer).unwrap(),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        verify.check(FINAL.as_bytes()).unwrap();
        assert!(verify.check(b"v=AAAA").is_err());
        assert!(verify.check(b"e=other-error").is_err());
    }

    #[test]
    fn rfc_5802_vector() {
        let scram = Scram::new(Hash::Sha1, "user", "pencil", Binding::None, "fyko+d2lbbFgONRv9qkxdawL").unwrap();
        let server_first = b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
        let (answer, verify) = scram.answer(server_first).unwrap();
        assert!(answer.ends_with(b"p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
        verify.check(b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=").unwrap();
    }

    #[test]
    fn refuses_what_a_thief_in_the_middle_would_send() {
        let refused = |message: &str| assert!(scram(Binding::None).answer(message.as_bytes()).is_err(), "{message}");
        refused("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        refused("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        refused("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1");
        refused("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4000000000");
        refused("m=must,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
        refused("");
    }

    #[test]
    fn finds_out_who_changed_the_lists() {
        let announced = b"SCRAM-SHA-256\x1eSCRAM-SHA-256-PLUS\x1ftls-exporter".to_vec();
        let hash = BASE64.encode(Sha256::digest(&announced));
        let answer = |guard: Guard, end: &str| {
            scram(Binding::None).guarded(guard).answer(format!("{FIRST}{end}").as_bytes()).map(drop)
        };
        let guard =
            |announced: &[u8], required| Guard { announced: announced.to_vec(), required, lost: false, tls: "0304" };
        answer(guard(&announced, true), &format!(",h={hash}")).unwrap();
        answer(guard(&announced, false), &format!(",x=1,h={hash},y=2")).unwrap();
        answer(guard(&announced, false), "").unwrap();
        answer(guard(&announced, false), ",t=0304").unwrap();
        assert!(answer(guard(&announced, false), ",t=0303").is_err(), "an older TLS");
        assert!(answer(guard(&announced, true), "").is_err(), "nobody vouched for it");
        let lost = |end: &str| answer(Guard { lost: true, ..guard(&announced, false) }, end);
        assert!(matches!(lost(""), Err(Error::BindingLost)));
        lost(&format!(",h={hash}")).unwrap();
        assert!(answer(guard(b"SCRAM-SHA-256", false), &format!(",h={hash}")).is_err(), "stripped");
    }

    #[test]
    fn names_are_escaped_and_binding_is_included() {
        let binding = Binding::Bound { name: "tls-exporter", data: vec![1, 2, 3] };
        let scram = Scram::new(Hash::Sha256, "a,b=c", "x", binding, "n").unwrap();
        assert_eq!(scram.first(), b"p=tls-exporter,,n=a=2Cb=3Dc,r=n");
        let (answer, _) = scram.answer(b"r=nn,s=AAAA,i=4096").unwrap();
        let expected = BASE64.encode(b"p=tls-exporter,,\x01\x02\x03");
        assert!(answer.starts_with(format!("c={expected},").as_bytes()));
    }
}
