//! How a Prosody passes files on: its uploads (XEP-0363) and its proxy for bytestreams (XEP-0065). Both are there unless
//! [`Builder::without`] says `upload` or `proxy65`.

use std::net::{IpAddr, Ipv4Addr};

use super::{Builder, Prosody};

const NOWHERE: &str = include_str!("../servers/mod_nowhere.lua");
const S5B: &str = "urn:xmpp:jingle:transports:s5b:1";
const CHANNELS: [&str; 2] =
    ["urn:xmpp:jingle:transports:webrtc-datachannel:1", "urn:xmpp:jingle:transports:dtls-sctp:1"];
const IN_BAND: &str = include_str!("../servers/mod_in_band.lua");

pub(super) struct Transfers {
    pub proxy_address: IpAddr,
    pub proxy_port: Option<u16>,
    /// Lua for the section of the uploads.
    pub upload_options: String,
}

impl Default for Transfers {
    fn default() -> Self {
        Self { proxy_address: Ipv4Addr::LOCALHOST.into(), proxy_port: None, upload_options: String::new() }
    }
}

impl Builder {
    /// Takes no file larger than this; 2 GiB unless said otherwise.
    pub fn upload_limit(self, bytes: u64) -> Self {
        self.upload_option(&format!("http_file_share_size_limit = {bytes}"))
    }

    /// Takes no more than this from one account in a day.
    pub fn upload_quota(self, bytes: u64) -> Self {
        self.upload_option(&format!("http_file_share_daily_quota = {bytes}"))
    }

    /// Says that files are put and found below this address, which is somebody else's:
    /// [`HttpServer::url`](crate::HttpServer::url).
    pub fn uploads_at(self, url: &str) -> Self {
        self.upload_option(&format!("http_external_url = \"{}/\"", url.trim_end_matches('/')))
    }

    /// Lua for the section of the uploads; a later assignment wins over the template's.
    pub fn upload_option(mut self, lua: &str) -> Self {
        self.transfers.upload_options.push_str(&format!("  {lua}\n"));
        self
    }

    /// Where its proxy for bytestreams listens, which is what it tells.
    pub fn proxy65(mut self, address: IpAddr, port: u16) -> Self {
        self.transfers.proxy_address = address;
        self.transfers.proxy_port = Some(port);
        self
    }

    /// No bytestream (XEP-0260) can be made between its clients, though they can do them: whatever place one names, the
    /// other hears of one where nobody listens.
    pub fn streamhosts_lead_nowhere(self) -> Self {
        self.module("nowhere", NOWHERE.to_owned())
    }

    /// Its clients do not hear of each other that they can do bytestreams (XEP-0260): what goes by Jingle goes in-band.
    pub fn hides_bytestreams(self) -> Self {
        self.hides(&[S5B])
    }

    /// Nor that they can do data channels (XEP-0343), in either form.
    pub fn hides_data_channels(self) -> Self {
        self.hides(&CHANNELS)
    }

    /// Nothing is left but what goes between the stanzas.
    pub fn hides_all_but_in_band(self) -> Self {
        self.hides(&[S5B, CHANNELS[0], CHANNELS[1]])
    }

    fn hides(self, features: &[&str]) -> Self {
        let hidden: Vec<_> = features.iter().map(|feature| format!("[\"{feature}\"] = true")).collect();
        self.module("in_band", IN_BAND.replace("@HIDDEN@", &hidden.join(", ")))
    }
}

impl Prosody {
    /// Whom to ask where a file may be put.
    pub fn upload_service(&self) -> String {
        format!("upload.{}", self.domain)
    }

    /// Whom to ask where bytestreams are passed on.
    pub fn proxy65_service(&self) -> String {
        format!("proxy.{}", self.domain)
    }
}
