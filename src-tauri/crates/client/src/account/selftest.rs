//! Looking an account over, because the person wants to know what works: each thing is really tried.

use std::time::Instant;

use waxwing_contract::{AccountCheck, Check, Checked, Fixer, Outcome};
use waxwing_session::IqError;
use waxwing_session::jid::Jid;
use waxwing_session::ns;
use waxwing_session::stanza::random_id;
use waxwing_session::xep::disco::{self, Info};
use waxwing_session::xep::upload::{self, Purpose, Slot};
use waxwing_session::xep::{archive, extdisco, services, version};
use waxwing_session::xml::Element;

use super::events::Awaiting;
use super::{Core, Reply};
use crate::failure::of_iq;

/// Bytes of the file a place is asked for.
const SMALL: u64 = 64;

/// A question whose answer tells something.
pub(crate) enum Probe {
    Ping {
        asked: Instant,
    },
    /// What the server says that it has: a test may be asked for before the session knows.
    Server,
    Account,
    Preferences,
    Newest,
    Services,
    Service {
        jid: Jid,
    },
    Slot {
        largest: Option<u64>,
    },
    Relays,
}

/// Tests that run, and what they found so far.
pub(crate) struct SelfTest {
    replies: Vec<Reply>,
    checks: Vec<Check>,
    /// Questions without an answer yet.
    open: usize,
    uploads: bool,
}

type Answer = Result<Element, IqError>;

fn good(good: bool) -> Outcome {
    if good { Outcome::Good } else { Outcome::Lacking }
}

fn check(checked: Checked, outcome: Outcome) -> Check {
    let fixer = match outcome {
        Outcome::Good => None,
        Outcome::Off => Some(Fixer::You),
        Outcome::Lacking | Outcome::Failed => Some(Fixer::Operator),
    };
    Check { checked, outcome, fixer, value: None, failure: None }
}

fn failed(checked: Checked, error: &IqError) -> Check {
    Check { failure: Some(of_iq(error)), ..check(checked, Outcome::Failed) }
}

impl SelfTest {
    /// Nothing more will be answered.
    pub fn abandon(self) {
        self.replies.into_iter().for_each(|reply| reply.send(Err(of_iq(&IqError::Disconnected))));
    }
}

impl Core {
    /// Begins, or has whoever asks while one runs wait for it too.
    pub(super) fn test_account(&mut self, reply: Reply) {
        if let Some(test) = &mut self.test {
            test.replies.push(reply);
            return;
        }
        let Some(connection) = &self.link.connection else { return };
        let checks = vec![
            check(Checked::SignIn, good(connection.channel_binding.is_some())),
            check(Checked::Resuming, good(connection.stream_management)),
        ];
        self.test = Some(SelfTest { replies: vec![reply], checks, open: 0, uploads: false });
        let server = self.server();
        self.probe(server.clone(), version::ping(), Probe::Ping { asked: Instant::now() });
        self.probe(server.clone(), disco::get_info(None), Probe::Server);
        self.probe(Some(Jid::from(self.own.clone())), disco::get_info(None), Probe::Account);
        self.probe(server.clone(), services::items(), Probe::Services);
        self.probe(server, extdisco::get(), Probe::Relays);
    }

    fn probe(&mut self, to: Option<Jid>, payload: impl Into<Element>, probe: Probe) {
        if let Some(test) = &mut self.test {
            test.open += 1;
            // A query of the archive is a set, everything else is a get.
            let set = matches!(probe, Probe::Newest);
            self.ask(to, payload, set, Awaiting::Probe(probe));
        }
    }

    fn found(&mut self, check: Check) {
        if let Some(test) = &mut self.test {
            test.checks.push(check);
        }
    }

    pub(super) fn probed(&mut self, probe: Probe, answer: &Answer) {
        match probe {
            Probe::Ping { asked } => self.found(match answer {
                // That it cannot be asked is an answer, too.
                Ok(_) | Err(IqError::Refused(_)) => {
                    let value = u64::try_from(asked.elapsed().as_millis()).ok();
                    Check { value, ..check(Checked::RoundTrip, Outcome::Good) }
                }
                Err(error) => failed(Checked::RoundTrip, error),
            }),
            Probe::Server => self.found(match answer.as_ref().map(Info::read) {
                Ok(info) => check(Checked::Carbons, good(info.is_some_and(|info| info.has(ns::CARBONS)))),
                Err(error) => failed(Checked::Carbons, error),
            }),
            Probe::Account => match answer.as_ref().map(Info::read) {
                Ok(Some(info)) if info.has(ns::MAM) => {
                    self.probe(None, services::archive_preferences(), Probe::Preferences);
                }
                // An account that cannot be asked has no archive to tell of.
                Ok(_) | Err(IqError::Refused(_)) => self.found(check(Checked::Archive, Outcome::Lacking)),
                Err(error) => self.found(failed(Checked::Archive, error)),
            },
            Probe::Preferences => match answer.as_ref().ok().and_then(services::keeps_nothing) {
                Some(true) => self.found(check(Checked::Archive, Outcome::Off)),
                // Many archives have no preferences: the question then is whether it answers at all. Nothing is fetched.
                _ => self.probe(None, archive::query(&random_id(), &archive::Page::Newest, None, 0), Probe::Newest),
            },
            Probe::Newest => self.found(match answer {
                Ok(_) => check(Checked::Archive, Outcome::Good),
                Err(error) => failed(Checked::Archive, error),
            }),
            Probe::Services => {
                for jid in answer.as_ref().map(services::read_items).unwrap_or_default() {
                    if let Ok(jid) = Jid::new(&jid) {
                        self.probe(Some(jid.clone()), disco::get_info(None), Probe::Service { jid });
                    }
                }
            }
            Probe::Service { jid } => {
                let upload = answer.as_ref().ok().and_then(Info::read).and_then(|info| upload::limit(&info));
                let first = self.test.as_ref().is_some_and(|test| !test.uploads);
                if let (Some(largest), true, Some(test)) = (upload, first, &mut self.test) {
                    test.uploads = true;
                    self.probe(
                        Some(jid),
                        upload::request("waxwing-test.txt", SMALL, "text/plain", Purpose::Message),
                        Probe::Slot { largest },
                    );
                }
            }
            Probe::Slot { largest } => self.found(match answer {
                Ok(iq) if Slot::read(iq).is_some() => Check { value: largest, ..check(Checked::Upload, Outcome::Good) },
                Ok(_) => check(Checked::Upload, Outcome::Failed),
                Err(error) => failed(Checked::Upload, error),
            }),
            Probe::Relays => {
                let services = answer.as_ref().map(extdisco::read).unwrap_or_default();
                let relays = services.iter().filter(|service| service.kind == extdisco::Kind::Turn).count();
                self.found(match relays {
                    0 => check(Checked::Relay, Outcome::Lacking),
                    relays => Check { value: u64::try_from(relays).ok(), ..check(Checked::Relay, Outcome::Good) },
                });
            }
        }
        self.one_less();
    }

    fn one_less(&mut self) {
        let Some(test) = &mut self.test else { return };
        test.open = test.open.saturating_sub(1);
        if test.open > 0 {
            return;
        }
        let Some(mut test) = self.test.take() else { return };
        if !test.checks.iter().any(|check| check.checked == Checked::Upload) {
            test.checks.push(check(Checked::Upload, Outcome::Lacking));
        }
        test.checks.sort_by_key(|check| check.checked as u8);
        for reply in test.replies {
            self.out.answer(reply, AccountCheck { checks: test.checks.clone() });
        }
    }
}
