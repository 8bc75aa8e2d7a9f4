//! What the server and others can, and what we answer when asked (XEP-0030, 0092, 0115, 0199, 0202).

use std::collections::{HashMap, HashSet};

use waxwing_contract::{Feature, ServerCapability};
use waxwing_history::{Batch, Result};
use waxwing_session::inbound::Request;
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::stanza::{iq_error, iq_result};
use waxwing_session::xep::caps::{self, Caps};
use waxwing_session::xep::disco::{self, Info};
use waxwing_session::xep::presence::Presence;
use waxwing_session::xep::{time, version};
use waxwing_session::xml::{El, Element, Reading as _, el};
use waxwing_session::{IqError, ns};

use super::Core;
use super::events::Awaiting;
use super::file::thumbnail_of_ours;
use crate::caps::{Software, key};
use crate::clock::Watch;
use crate::now;

type Answer = std::result::Result<Element, IqError>;

/// Hashes that are not asked for again; anyone who may know us could show another every time.
const MOST_ASKED: usize = 10_000;

/// What was discovered.
#[derive(Default)]
pub(crate) struct Disco {
    server: Option<Info>,
    account: Option<Info>,
    /// What was offered in the last session of this process.
    pub last: Vec<ServerCapability>,
    pub server_software: Option<String>,
    /// The server's clock minus ours, in milliseconds.
    pub clock_offset: Option<i64>,
    /// Ours, to be compared anew where it jumps.
    clock: Watch,
    asked: HashSet<Caps>,
    /// What devices say whose hashes promise something else: it holds for them alone.
    unverified: HashMap<Jid, Software>,
}

impl Disco {
    pub fn account_has(&self, feature: &str) -> bool {
        self.account.as_ref().is_some_and(|info| info.has(feature))
    }

    fn server_has(&self, feature: &str) -> bool {
        self.server.as_ref().is_some_and(|info| info.has(feature))
    }

    /// Our server marks messages with its archive's ids, and takes away what others put there (XEP-0359 §6).
    pub fn trusts_stanza_ids(&self) -> bool {
        self.account_has(ns::SID) || self.account_has(ns::MAM) || self.server_has(ns::MAM)
    }

    pub fn blocking(&self) -> bool {
        self.server_has(ns::BLOCKING) || self.account_has(ns::BLOCKING)
    }
}

impl Core {
    pub(super) fn ask_server(&mut self) {
        self.archive_unknown();
        let server = self.server();
        self.ask_account();
        if let Some(server) = server {
            self.ask(Some(server.clone()), disco::get_info(None), false, Awaiting::ServerInfo);
            self.ask(Some(server), version::get(), false, Awaiting::ServerVersion);
            self.ask_time();
        }
    }

    /// What the account offers: whether there is an archive, before all.
    pub(super) fn ask_account(&mut self) {
        let account = Jid::from(self.own.clone());
        self.ask(Some(account), disco::get_info(None), false, Awaiting::AccountInfo);
    }

    /// Our server's own address.
    pub(super) fn server(&self) -> Option<Jid> {
        BareJid::new(self.own.domain().as_str()).ok().map(Jid::from)
    }

    fn ask_time(&mut self) {
        self.ask(self.server(), time::get(), false, Awaiting::ServerTime { asked: now() });
    }

    /// Now and then: what is known of the server's clock holds only as long as ours just goes.
    pub fn watch_clock(&mut self) {
        if self.disco.clock.jumped(now(), std::time::Instant::now()) && self.link.is_online() {
            tracing::info!("the computer's clock jumped");
            self.ask_time();
        }
    }

    pub(super) fn server_info(&mut self, answer: &Answer) {
        self.disco.server = answer.as_ref().ok().and_then(Info::read);
        if self.disco.blocking() {
            self.ask_block_list();
        }
    }

    pub(super) fn account_info(&mut self, b: &Batch<'_>, answer: &Answer) -> Result<()> {
        if matches!(answer, Err(IqError::Disconnected)) {
            return Ok(());
        }
        let busy = |error: &IqError| match error {
            IqError::Refused(error) => error.kind == "wait",
            _ => true,
        };
        if answer.as_ref().err().is_some_and(busy) {
            // Nobody said that there is no archive.
            return self.archive_failed(b);
        }
        self.disco.account = answer.as_ref().ok().and_then(Info::read);
        if self.disco.account_has(ns::PUBLISH_OPTIONS) {
            self.ask_displayed();
        }
        if self.disco.account_has(ns::MAM) { self.catch_up(b) } else { self.no_archive(b) }
    }

    /// XEP-0202: half the way there and back is taken for the way back.
    pub(super) fn server_time(&mut self, asked: i64, answer: &Answer) {
        let answered = now();
        let theirs = answer.as_ref().ok().and_then(time::read);
        let offset = theirs.map(|theirs| theirs.saturating_sub(asked.midpoint(answered)));
        // Within two seconds it is the way, or servers that tell whole seconds.
        self.disco.clock_offset = offset.map(|offset| if offset.abs() <= 2000 { 0 } else { offset });
    }

    /// The time by the server's clock, as far as it is known: what the archive will say.
    pub(super) fn server_now(&self) -> i64 {
        now().saturating_add(self.disco.clock_offset.unwrap_or(0))
    }

    pub(super) fn server_version(&mut self, answer: &Answer) {
        self.disco.server_software = answer.as_ref().ok().and_then(version::read);
    }

    /// Copies of what our other devices say and hear come here.
    pub(super) fn carbons(&self) -> bool {
        // Some servers enable with the bind what they do not have: discovery tells the truth.
        let enabled = self.link.connection.as_ref().is_some_and(|c| c.offers.carbons);
        self.disco.server.as_ref().map_or(enabled, |info| info.has(ns::CARBONS))
    }

    pub(super) fn capabilities(&self) -> Vec<ServerCapability> {
        let connection = self.link.connection.as_ref();
        let is = |check: fn(&waxwing_session::negotiate::Connection) -> bool| connection.is_some_and(check);
        let pep =
            self.disco.account.iter().flat_map(|i| &i.identities).any(|i| i.category == "pubsub" && i.kind == "pep");
        [
            (Feature::Archive, self.disco.account_has(ns::MAM)),
            (Feature::Carbons, self.carbons()),
            (Feature::StreamManagement, is(|c| c.stream_management)),
            (Feature::Pep, pep),
            (Feature::Blocking, self.disco.blocking()),
            (Feature::RosterVersions, is(|c| c.offers.roster_versions)),
            (Feature::PreApproval, is(|c| c.offers.pre_approval)),
            (Feature::ClientState, is(|c| c.offers.client_state)),
            (Feature::Sasl2, is(|c| c.sasl2)),
            (Feature::ChannelBinding, is(|c| c.channel_binding.is_some())),
        ]
        .map(|(feature, offered)| ServerCapability { feature, offered })
        .to_vec()
    }

    /// Asks one of those who show an unknown hash what it stands for.
    pub(super) fn learn_caps(&mut self, presence: &Presence) {
        let Some(caps) = &presence.caps else { return };
        let contact = self.may_tell(&presence.from.to_bare());
        if !caps.is_known() || self.shared.caps.knows(caps) || !contact || !self.disco.asked.insert(key(caps)) {
            return;
        }
        if self.disco.asked.len() > MOST_ASKED {
            self.disco.asked.clear();
        }
        let node = caps.to_ask();
        let awaiting = Awaiting::Caps { caps: caps.clone(), of: presence.from.clone() };
        self.ask(Some(presence.from.clone()), disco::get_info(Some(&node)), false, awaiting);
    }

    /// Only an answer whose hash is the promised one is kept for everyone who shows it (XEP-0115 §5.4, XEP-0390 §6.1).
    pub(super) fn caps_answer(&mut self, caps: &Caps, of: Jid, answer: &Answer) -> Result<()> {
        let Some(info) = answer.as_ref().ok().and_then(Info::read) else {
            self.disco.asked.remove(&key(caps));
            return Ok(());
        };
        let vouched = caps.vouches_for(&info);
        let client = info.identities.iter().find(|i| i.category == "client" && !i.name.is_empty());
        let software = Software { name: client.map(|i| i.name.clone()).unwrap_or_default(), features: info.features };
        if !vouched {
            self.disco.asked.remove(&key(caps));
            if self.disco.unverified.len() > MOST_ASKED {
                self.disco.unverified.clear();
            }
            self.out.changed.people.insert(of.to_bare().to_string());
            self.disco.unverified.insert(of, software);
            return Ok(());
        }
        let app = self.shared.app.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.shared.caps.put(&app, caps, software)?;
        drop(app);
        let all = self.people.presence.iter();
        let all = all.filter(|(_, devices)| devices.values().any(|presence| presence.caps.as_ref() == Some(caps)));
        self.out.changed.people.extend(all.map(|(jid, _)| jid.to_string()));
        Ok(())
    }

    /// What the device behind a presence can.
    pub(super) fn software(&self, presence: &Presence) -> Option<Software> {
        let verified = presence.caps.as_ref().and_then(|caps| self.shared.caps.get(caps));
        verified.or_else(|| self.disco.unverified.get(&presence.from).cloned())
    }

    /// The name of the client behind a presence.
    pub(super) fn client_name(&self, presence: &Presence) -> Option<String> {
        // A name is believed of whoever's hash promises it.
        let software = self.shared.caps.get(presence.caps.as_ref()?)?;
        (!software.name.is_empty()).then_some(software.name)
    }

    pub(super) fn takes_chat_states(&self, jid: &BareJid) -> bool {
        let devices = self.people.presence.get(jid).into_iter().flat_map(|d| d.values());
        devices
            .filter_map(|p| self.shared.caps.get(p.caps.as_ref()?))
            .any(|software| software.features.iter().any(|f| f == ns::CHAT_STATES))
    }

    /// Every request is answered (RFC 6120 §8.2.3); strangers learn nothing from it.
    pub(super) fn request(&mut self, b: &Batch<'_>, request: Request) -> Result<()> {
        let Request { from, id, is_set, payload } = request;
        let to = from.as_ref().map(Jid::to_string);
        let Some(payload) = payload else {
            self.out.send(iq_error(&id, to.as_deref(), "modify", "bad-request"));
            return Ok(());
        };
        if is_set && payload.is("query", ns::ROSTER) {
            return self.roster_push(b, from.as_ref(), &id, &payload);
        }
        if is_set && payload.has_ns(ns::BLOCKING) {
            self.blocking_push(from.as_ref(), &id, &payload);
            let blocked: Vec<_> = self.blocked.iter().cloned().collect();
            return blocked.iter().try_for_each(|jid| {
                self.end_calls_with(b, jid)?;
                self.end_files_with(b, jid)
            });
        }
        if is_set && payload.is("jingle", ns::JINGLE) {
            return self.call_request(b, from.as_ref(), &id, &payload);
        }
        if let (true, Some(from)) =
            (is_set && payload.has_ns(ns::IBB), from.clone().and_then(|from| from.try_into_full().ok()))
        {
            return self.inband_request(b, &from, &id, &payload);
        }
        let known = from.as_ref().is_none_or(|from| self.may_ask(from));
        let answer = match known && !is_set {
            true => answer_for(&payload).or(thumbnail_of_ours(b, &payload)?.map(Some)),
            false => None,
        };
        match answer {
            Some(answer) => self.out.send(iq_result(&id, to.as_deref(), answer)),
            None => self.out.send(iq_error(&id, to.as_deref(), "cancel", "service-unavailable")),
        }
        Ok(())
    }

    pub(super) fn may_ask(&self, from: &Jid) -> bool {
        let server = from.node().is_none() && from.domain() == self.own.domain();
        let bare = from.to_bare();
        server || bare == self.own || self.may_tell(&bare) || self.calls.knows(&bare)
    }
}

/// What we answer; `Some(None)` is a result without content, `None` a request we do not know.
fn answer_for(payload: &Element) -> Option<Option<El>> {
    let node = payload.get("node");
    let ours = |node: &str| caps::ours().iter().any(|caps| caps.to_ask() == node);
    match (payload.name(), payload.ns().as_str()) {
        ("ping", ns::PING) => Some(None),
        ("query", ns::VERSION) => Some(Some(version::ours(env!("CARGO_PKG_VERSION")))),
        ("time", ns::TIME) => Some(Some(time::ours(now()))),
        ("query", ns::DISCO_INFO) if node.is_none_or(ours) => Some(Some(Info::ours().write(node))),
        ("query", ns::DISCO_ITEMS) => Some(Some(el("query", ns::DISCO_ITEMS).attr_opt("node", node))),
        _ => None,
    }
}
