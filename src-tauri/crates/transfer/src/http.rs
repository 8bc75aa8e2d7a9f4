//! HTTP upload and download (XEP-0363, XEP-0454): https only, no cookies, no redirects that nobody looked at, and no
//! word about who is asking.
//!
//! Links come from others, and what opens them stands inside somebody's network: a download never reaches an address
//! that is not public, whatever its name says and however often that name changes its mind, because what is checked is
//! the very address that is then connected to. The account's own service may be anywhere. Behind a proxy, names are
//! looked up there and only written addresses can be checked.

mod answer;
mod body;
mod download;
mod link;
mod probe;
mod target;
mod tls;
mod upload;

#[cfg(test)]
mod server;

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Client, Method, Response};
use url::Url;

use crate::control::Control;
use crate::error::Error;
use crate::proxy::Proxy;

pub use download::{Download, Downloaded};
pub use link::{Sealed, Secret, file_name};
pub use probe::Probe;
pub use target::is_private;
pub use tls::Pin;
pub use upload::{Content, Upload, Uploaded};

const AGENT: &str = "Waxwing";
/// From one place to another at most.
const MAX_REDIRECTS: usize = 3;

/// How the account reaches the world.
#[derive(Debug, Clone)]
pub struct Settings {
    /// CA certificates (DER) added to the system's.
    pub extra_roots: Vec<Vec<u8>>,
    /// Certificates the person accepted, each for its host and for the account's own services.
    pub pins: Vec<Pin>,
    pub proxy: Option<Proxy>,
    /// The account's own services, which may have private addresses: host and port, `up.example:443`.
    pub own: Vec<String>,
    /// How long nothing may move.
    pub idle: Duration,
    /// How long a connection may take to be there.
    pub connect: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            extra_roots: Vec::new(),
            pins: Vec::new(),
            proxy: None,
            own: Vec::new(),
            idle: Duration::from_secs(60),
            connect: Duration::from_secs(30),
        }
    }
}

/// The HTTP client of one account. Making one reads the system's certificates; keep it.
#[derive(Debug)]
pub struct Http {
    /// For the account's own services.
    open: Client,
    /// For everybody else's.
    guarded: Client,
    own: RwLock<HashSet<String>>,
    proxy: Option<Proxy>,
    idle: Duration,
}

impl Http {
    /// # Errors
    /// [`Error::Tls`] where nothing could be trusted, [`Error::Proxy`] where that is no proxy.
    pub fn new(settings: &Settings) -> Result<Self, Error> {
        let trusted = tls::Trusted::new(&settings.extra_roots, &settings.pins);
        let client = |guarded: bool| {
            let mut builder = Client::builder()
                .tls_backend_preconfigured(trusted.config(!guarded)?)
                .user_agent(AGENT)
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .connect_timeout(settings.connect)
                .pool_idle_timeout(Duration::from_secs(30))
                .no_proxy();
            match &settings.proxy {
                Some(proxy) => {
                    let failed =
                        |error: reqwest::Error| Error::Proxy { proxy: proxy.to_string(), reason: error.to_string() };
                    builder = builder.proxy(reqwest::Proxy::all(format!("socks5h://{proxy}")).map_err(failed)?);
                }
                None => builder = builder.dns_resolver(Arc::new(target::Names { guarded })),
            }
            builder.build().map_err(|error| Error::Tls { host: String::new(), reason: answer::deepest(&error) })
        };
        Ok(Self {
            open: client(false)?,
            guarded: client(true)?,
            own: RwLock::new(settings.own.iter().map(|place| place.to_ascii_lowercase()).collect()),
            proxy: settings.proxy.clone(),
            idle: settings.idle,
        })
    }

    /// From now on, this host may have a private address, at this port (`up.example:443`): one that the account's own server
    /// named (XEP-0363 slots).
    pub fn allow(&self, place: &str) {
        self.own.write().unwrap_or_else(PoisonError::into_inner).insert(place.to_ascii_lowercase());
    }

    /// Whom to ask, so that only own services may be private.
    fn client(&self, url: &Url) -> Result<&Client, Error> {
        let place =
            format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default());
        if self.own.read().unwrap_or_else(PoisonError::into_inner).contains(&place) {
            return Ok(&self.open);
        }
        // Names are looked at once they are resolved.
        target::check(url)?;
        Ok(&self.guarded)
    }

    /// Asks, and follows from https to https.
    async fn ask(
        &self,
        method: &Method,
        url: &Url,
        headers: &[(&'static str, String)],
        control: &Control,
    ) -> Result<Response, Error> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.client(&url)?.request(method.clone(), url.clone());
            request = request.header("accept-encoding", "identity");
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            let answer = control.step(self.idle, request.send()).await?;
            let response = answer.map_err(|error| answer::failed(&error, &url, self.proxy.as_ref()))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            url = answer::location(&response, &url)?;
        }
        Err(Error::Redirected { to: url.host_str().unwrap_or_default().to_owned() })
    }
}

#[cfg(test)]
mod tests;
