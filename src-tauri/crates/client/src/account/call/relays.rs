//! Relays for calls and for data channels, as our server names them (XEP-0215).

use std::time::{Duration, Instant};

use waxwing_history::{self as history, Batch};
use waxwing_session::IqError;
use waxwing_session::jid::BareJid;
use waxwing_session::tls::Trust;
use waxwing_session::xep::extdisco::{self, Kind, Service};
use waxwing_session::xml::Element;

use super::super::Core;
use super::super::events::Awaiting;
use crate::call::ways::Means;
use crate::now;

/// Credentials that end within this time are asked for anew, in milliseconds: a call may last.
const SOON: i64 = 10 * 60_000;
/// How long a file waits until it is known which relays there are. A call waits for the answer: it rings meanwhile.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known of them.
#[derive(Default)]
pub(super) struct Relays {
    services: Vec<Service>,
    /// The server answered, however it did.
    known: bool,
    /// Questions under way.
    asked: usize,
    /// Until then files wait for the answers.
    patience: Option<Instant>,
}

impl Relays {
    fn is_fresh(&self) -> bool {
        let ends = self.services.iter().filter_map(|service| service.expires).min();
        self.known && ends.is_none_or(|ends| ends.saturating_sub(now()) > SOON)
    }
}

impl Core {
    /// A call, or a file by a data channel, is to come: relays are asked for where they are not known, or end soon.
    pub(in super::super) fn ask_relays(&mut self) {
        if self.calls.relays.asked > 0 || self.calls.relays.is_fresh() || !self.link.is_online() {
            return;
        }
        self.calls.relays.asked = 1;
        self.calls.relays.patience = Instant::now().checked_add(PATIENCE);
        self.ask(self.server(), extdisco::get(), false, Awaiting::Relays);
    }

    /// It is worth a file's while to wait for what the server says of relays.
    pub(in super::super) fn relays_may_come(&self) -> bool {
        self.calls.relays.patience.is_some()
    }

    /// When files wait no longer.
    pub(in super::super) fn relays_due(&self) -> Option<Instant> {
        self.calls.relays.patience
    }

    /// Looks at the clock.
    pub(in super::super) fn tick_relays(&mut self, b: &Batch<'_>) -> history::Result<()> {
        if self.calls.relays.patience.is_none_or(|until| until > Instant::now()) {
            return Ok(());
        }
        tracing::info!("the server does not say which relays there are");
        self.calls.relays.patience = None;
        self.channels_go_on(b)
    }

    /// A call may set out.
    pub(super) fn relays_known(&self) -> bool {
        self.calls.relays.asked == 0
    }

    /// Nothing is known of the next session's.
    pub(in super::super) fn relays_unknown(&mut self) {
        self.calls.relays = Relays::default();
    }

    pub(in super::super) fn relays_answer(
        &mut self,
        b: &Batch<'_>,
        answer: &Result<Element, IqError>,
    ) -> history::Result<()> {
        let services = answer.as_ref().map(extdisco::read).unwrap_or_default();
        let (usable, others): (Vec<_>, Vec<_>) = services.into_iter().partition(Service::is_usable);
        let known = answer.is_ok() || matches!(answer, Err(IqError::Refused(_)));
        let patience = self.calls.relays.patience;
        self.calls.relays = Relays { services: usable, known, asked: 0, patience };
        // XEP-0215 §3.3: those that keep their credentials for who asks.
        for service in others.iter().filter(|service| service.kind == Kind::Turn && service.restricted) {
            self.calls.relays.asked += 1;
            self.ask(self.server(), extdisco::get_credentials(service), false, Awaiting::Credentials);
        }
        self.go_on_with_relays(b)
    }

    pub(in super::super) fn credentials_answer(
        &mut self,
        b: &Batch<'_>,
        answer: &Result<Element, IqError>,
    ) -> history::Result<()> {
        let relays = &mut self.calls.relays;
        relays.asked = relays.asked.saturating_sub(1);
        let services = answer.as_ref().map(extdisco::read).unwrap_or_default();
        relays.services.extend(services.into_iter().filter(Service::is_usable));
        self.go_on_with_relays(b)
    }

    /// What waited for them.
    fn go_on_with_relays(&mut self, b: &Batch<'_>) -> history::Result<()> {
        if !self.relays_known() {
            return Ok(());
        }
        let waiting: Vec<_> =
            self.calls.going.iter().filter(|(_, going)| going.waits.is_some()).map(|(id, _)| id.clone()).collect();
        waiting.iter().for_each(|id| self.open_line(id));
        self.calls.relays.patience = None;
        self.channels_go_on(b)
    }

    /// How a call or a data channel with somebody may travel. Who is no contact does not learn where we are.
    pub(in super::super) fn means(&self, peer: &BareJid) -> Means {
        Means {
            services: self.calls.relays.services.clone(),
            relay_only: self.settings().relay_only || !self.people.may_know(peer),
            trust: Trust { extra_roots: self.shared.extra_roots.clone(), pin: None },
        }
    }
}
