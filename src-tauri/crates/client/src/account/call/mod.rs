//! Calls of one account: what is said of them (XEP-0353, XEP-0166), and the lines they go over.
//!
//! The machine in `jingle` decides; here its decisions become stanzas, rows and lines.

mod act;
mod command;
mod hear;
mod log;
mod relays;
mod session;
mod show;

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use waxwing_contract::{CallOutcome, CallQuality, CallTrouble, OurSide, TheirSide};
use waxwing_history::{Batch, Result};
use waxwing_jingle::ice::{Candidate, Credentials};
use waxwing_jingle::{Call, Phase};
use waxwing_media::sound::ring::Ringing;
use waxwing_session::jid::{BareJid, FullJid};

use super::Core;
use crate::call::Key;
use crate::call::line::{Line, Order};
use log::Young;
use relays::Relays;

/// Calls of an account at once, those that have ended and are still shown among them.
const MOST: usize = 16;

/// All calls of the account.
pub(crate) struct Calls {
    /// Our clock counts from here.
    began: Instant,
    going: HashMap<String, Going>,
    relays: Relays,
    /// What may still ring once the archive is read, by the session's id.
    young: HashMap<String, Young>,
    /// Who was told which client we are, and does not see our presence otherwise.
    introduced: HashMap<BareJid, Vec<FullJid>>,
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            going: HashMap::new(),
            relays: Relays::default(),
            young: HashMap::new(),
            introduced: HashMap::new(),
        }
    }
}

/// A call, from its first word until it is out of sight.
struct Going {
    call: Call,
    line: Option<Line>,
    /// It rings here, or it is heard that it rings there.
    ringing: Option<Ringing>,
    /// What the line is to do as soon as it is known how it may travel.
    waits: Option<Order>,
    /// Where they can be reached, told before there was a line.
    early: Vec<Order>,
    /// Where we can be reached: told as soon as they know of the session.
    found: Vec<(String, Credentials, Candidate)>,
    tells: bool,
    /// Its row in the history.
    row: i64,
    /// In milliseconds since 1970, by our clock.
    began: i64,
    since: Option<i64>,
    interrupted: bool,
    ours: OurSide,
    theirs: TheirSide,
    quality: Option<CallQuality>,
    /// Why it failed, where more is known than its condition.
    trouble: Option<CallTrouble>,
    /// The end that is kept and shown, where it is not what the machine says.
    ending: Option<CallOutcome>,
    stranger: bool,
}

impl Going {
    fn new(call: Call, row: i64, stranger: bool) -> Self {
        Self {
            call,
            line: None,
            ringing: None,
            waits: None,
            early: Vec::new(),
            found: Vec::new(),
            tells: false,
            row,
            began: crate::now(),
            since: None,
            interrupted: false,
            ours: OurSide {
                muted: false,
                holding: false,
                camera: false,
                screen: false,
                listening_only: false,
                changed_device: false,
            },
            theirs: TheirSide { muted: false, camera: false, screen: false, holding: false },
            quality: None,
            trouble: None,
            ending: None,
            stranger,
        }
    }

    fn is_over(&self) -> bool {
        matches!(self.call.phase(), Phase::Ended(_))
    }
}

impl Calls {
    /// Milliseconds of a clock that never goes back.
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// When a call waits no longer.
    pub fn due(&self) -> Option<Instant> {
        let deadlines = self.going.values().filter_map(|going| going.call.deadline());
        deadlines.min().and_then(|at| self.began.checked_add(Duration::from_millis(at)))
    }

    /// The network is another one: the ways may be others, too. Dino would not understand, and bundles nothing.
    pub fn network_changed(&mut self) {
        for going in self.going.values_mut().filter(|going| *going.call.phase() == Phase::Active) {
            let bundles = going.call.session().is_some_and(|session| !session.groups().is_empty());
            if let (true, Some(line)) = (bundles || going.interrupted, &going.line) {
                line.order(Order::Restart);
            }
        }
    }

    /// Somebody we told which client we are.
    pub fn knows(&self, jid: &BareJid) -> bool {
        self.introduced.contains_key(jid)
    }

    /// A call with a person that is not over.
    fn with(&self, peer: &BareJid, sid: &str) -> Option<&String> {
        let found = self.going.iter().find(|(_, going)| going.call.id() == sid && going.call.peer() == peer);
        found.filter(|(_, going)| !going.is_over()).map(|(id, _)| id)
    }
}

impl Core {
    fn key(&self, id: &str) -> Key {
        (self.kept.id.clone(), id.to_owned())
    }

    /// Looks at the clock.
    pub fn tick_calls(&mut self, b: &Batch<'_>) -> Result<()> {
        let now = self.calls.now();
        let ids: Vec<_> = self.calls.going.keys().cloned().collect();
        for id in ids {
            let acts = self.calls.going.get_mut(&id).map(|going| going.call.tick(now)).unwrap_or_default();
            self.act(b, &id, acts)?;
        }
        Ok(())
    }

    /// The account ends, or is signed out: so do its calls.
    pub fn end_calls(&mut self, b: &Batch<'_>) -> Result<()> {
        let ids: Vec<_> = self.calls.going.keys().cloned().collect();
        for id in ids {
            self.part_from(b, &id)?;
            self.forget_call(&id);
        }
        Ok(())
    }

    /// Somebody is blocked: nothing more is heard of them, nor they of us.
    pub(in super::super) fn end_calls_with(&mut self, b: &Batch<'_>, blocked: &str) -> Result<()> {
        let theirs = self.calls.going.iter().filter(|(_, going)| {
            let peer = going.call.peer();
            !going.is_over() && (peer.to_string() == blocked || peer.domain().as_str() == blocked)
        });
        let ids: Vec<_> = theirs.map(|(id, _)| id.clone()).collect();
        ids.iter().try_for_each(|id| self.part_from(b, id))
    }

    /// Nothing can be kept any more: calls end without a word, and the next start finds their rows open.
    pub fn drop_calls(&mut self) {
        let ids: BTreeSet<String> = self.calls.going.keys().cloned().collect();
        for id in &ids {
            self.forget_call(id);
            self.take_call_notice(id);
        }
        self.show_calls(&ids);
    }

    /// Ends a call: one that rings here is left, any other hung up.
    fn part_from(&mut self, b: &Batch<'_>, id: &str) -> Result<()> {
        let Some(going) = self.calls.going.get_mut(id) else { return Ok(()) };
        let rings = *going.call.phase() == Phase::Ringing;
        let acts = if rings { going.call.abandon() } else { going.call.hang_up() };
        self.act(b, id, acts)
    }

    /// Another session began: whoever calls us or is called by us knows only the one before. Conversations go on, for what
    /// is said does not go over the server.
    pub(super) fn calls_start_over(&mut self, b: &Batch<'_>) -> Result<()> {
        self.calls.introduced.clear();
        let open = self.calls.going.iter().filter(|(_, going)| {
            matches!(going.call.phase(), Phase::Calling { .. } | Phase::Ringing | Phase::Connecting)
        });
        let ids: Vec<_> = open.map(|(id, _)| id.clone()).collect();
        for id in ids {
            if let Some(going) = self.calls.going.get_mut(&id) {
                let acts = going.call.abandon();
                self.act(b, &id, acts)?;
            }
        }
        Ok(())
    }

    fn forget_call(&mut self, id: &str) {
        self.calls.going.remove(id);
        self.shared.arbiter.leave(&self.key(id));
        self.out.changed.calls.insert(id.to_owned());
    }
}
