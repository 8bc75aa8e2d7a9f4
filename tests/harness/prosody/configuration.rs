//! What a Prosody is configured with: the template, filled in.

use std::collections::BTreeSet;

use super::{Builder, Prosody, Registration, Version};

const TEMPLATE: &str = include_str!("../servers/prosody.cfg.lua");

const MODULES: &[&str] = &[
    "roster",
    "saslauth",
    "tls",
    "disco",
    "presence",
    "message",
    "iq",
    "carbons",
    "mam",
    "pep",
    "private",
    "blocklist",
    "vcard4",
    "vcard_legacy",
    "bookmarks",
    "limits",
    "smacks",
    "csi_simple",
    "ping",
    "time",
    "version",
    "uptime",
    "lastactivity",
    "offline",
    "register",
    "admin_adhoc",
    "announce",
    "invites",
    "invites_adhoc",
    "invites_register",
    "server_contact_info",
    "external_services",
    "turn_external",
    "websocket",
    "tombstones",
    "user_account_management",
];
const MODULES_13: &[&str] = &["sasl2", "sasl2_bind2", "sasl2_fast", "sasl2_sm"];
/// Prosody 13 has no directory of people (XEP-0055).
const MODULES_0_12: &[&str] = &["posix", "vjud"];

impl Builder {
    pub(super) fn configuration(&self, server: &Prosody) -> String {
        let (of_version, of_rooms): (&[&str], &[&str]) = match self.version {
            Version::V13 => (MODULES_13, &["muc_mam", "muc_moderation"]),
            // 13 keeps a room's picture itself
            Version::V0_12 => (MODULES_0_12, &["muc_mam", "muc_moderation", "vcard_muc"]),
        };
        let invited = self.registration == Registration::Invited;
        let list = |names: &mut dyn Iterator<Item = &&str>| -> String {
            names
                .filter(|name| !self.without.contains(**name) && (invited || !name.starts_with("invites")))
                .map(|name| format!("\"{name}\"; "))
                .collect()
        };
        let dir = server.dir.to_string_lossy();
        let mut text = sections(TEMPLATE, &self.without);
        for (word, value) in [
            ("@DIR@", dir.as_ref()),
            ("@TLS@", &format!("{dir}/tls")),
            ("@LEVEL@", if self.debug { "debug" } else { "info" }),
            ("@C2S@", &server.c2s_port.to_string()),
            ("@DIRECT@", &server.direct_tls_port.to_string()),
            ("@COMPONENT@", &server.component_port.to_string()),
            ("@HTTP@", &server.http_port.to_string()),
            ("@HTTPS@", &server.https_port.to_string()),
            ("@PROXY65@", &server.proxy65_port.to_string()),
            ("@PROXY_ADDRESS@", &self.transfers.proxy_address.to_string()),
            ("@UPLOAD_OPTIONS@", &self.transfers.upload_options),
            ("@REGISTRATION@", if self.registration == Registration::Closed { "false" } else { "true" }),
            ("@INVITED@", if self.registration == Registration::Invited { "true" } else { "false" }),
            ("@MODULES@", &list(&mut MODULES.iter().chain(of_version))),
            ("@MUC_MODULES@", &list(&mut of_rooms.iter())),
            ("@OPTIONS@", &self.options),
            ("@OWN_MODULES@", &self.modules.iter().map(|(name, _)| format!("\"{name}\"; ")).collect::<String>()),
            ("@HOST_OPTIONS@", &self.host_options),
            ("@COMPONENTS@", &self.components),
        ] {
            text = text.replace(word, value);
        }
        text
    }
}

/// The template without the sections named in `without`.
fn sections(template: &str, without: &BTreeSet<String>) -> String {
    let mut kept = String::new();
    let mut skipping: Option<&str> = None;
    for line in template.lines() {
        if let Some(name) = line.strip_prefix("--[") {
            if skipping.is_none() && without.contains(name) {
                skipping = Some(name);
            }
        } else if let Some(name) = line.strip_prefix("--").and_then(|rest| rest.strip_suffix(']')) {
            if skipping == Some(name) {
                skipping = None;
            }
        } else if skipping.is_none() {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}
