//! The way to a socket both have (XEP-0260), and to a stream between stanzas where there is none.

use waxwing_history::{Batch, Result};
use waxwing_jingle::s5b::{self, Nominated};
use waxwing_jingle::transfer::{Stage, Transfer};
use waxwing_session::IqError;
use waxwing_session::xml::Element;
use waxwing_transfer::Proxy;
use waxwing_transfer::socks5::Connector;

use super::super::events::Awaiting;
use super::super::link::kept_route;
use super::super::{Ask, Core};
use super::session::boxed;
use crate::file::carry::{self, Door, Report, Step, Tell};

impl Core {
    /// What a task of a session tells comes back to the account.
    pub(super) fn session_teller(&self, sid: &str, content: &str) -> Tell {
        let (itself, sid, content) = (self.itself.clone(), sid.to_owned(), content.to_owned());
        let line = self.files.sessions.get(&sid).and_then(|session| session.lines.get(&content));
        // A session that is only being made has left no way yet.
        let turn = line.map_or(0, |line| line.turn);
        std::sync::Arc::new(move |step: Step| {
            if let Some(itself) = itself.upgrade() {
                let report = Report { sid: sid.clone(), content: content.clone(), turn, step };
                let _ = itself.send(Ask::Session(Box::new(report)));
            }
        })
    }

    fn connector(&self) -> Connector {
        let (_, proxy) = kept_route(&self.kept);
        Connector { proxy: proxy.map(|proxy| Proxy { host: proxy.host, port: proxy.port }), ..Connector::default() }
    }

    fn door(&self, candidate: s5b::Candidate) -> Door {
        let own = self.files.proxies.iter().any(|proxy| proxy.host == candidate.host && proxy.port == candidate.port);
        Door { candidate, own }
    }

    pub(super) fn socket_step(&mut self, b: &Batch<'_>, sid: &str, content: &str, step: s5b::Step) -> Result<()> {
        let (tell, connector) = (self.session_teller(sid, content), self.connector());
        let addresses = self.files.sessions.get(sid).and_then(|session| session.transfer.as_ref()?.dstaddrs(content));
        let Some((ours, theirs)) = addresses else { return Ok(()) };
        match step {
            s5b::Step::Try(candidates) => {
                let doors = candidates.into_iter().map(|candidate| self.door(candidate)).collect();
                if let Some(line) = self.line(sid, content) {
                    line.tasks.push(carry::knock(doors, theirs, connector, tell));
                }
            }
            s5b::Step::Leave(cids) => {
                if let Some(line) = self.line(sid, content) {
                    line.open.retain(|cid, _| !cids.contains(cid));
                }
            }
            s5b::Step::Activate(candidate) => {
                let proxy = candidate.jid.clone();
                let door = self.door(candidate);
                if let Some(line) = self.line(sid, content) {
                    line.proxy = Some(proxy);
                    line.tasks.push(carry::enter(door, ours, connector, tell));
                }
            }
            s5b::Step::Use(nominated) => return self.use_socket(b, sid, content, nominated),
            s5b::Step::Say(_) | s5b::Step::Failed => {}
        }
        Ok(())
    }

    fn use_socket(&mut self, b: &Batch<'_>, sid: &str, content: &str, nominated: Nominated) -> Result<()> {
        let Some(line) = self.line(sid, content) else { return Ok(()) };
        let (Nominated::Ours(candidate) | Nominated::Theirs(candidate)) = &nominated;
        line.over_proxy = candidate.kind == s5b::Kind::Proxy;
        let stream = match nominated {
            Nominated::Theirs(candidate) => line.open.remove(&candidate.cid),
            Nominated::Ours(candidate) if candidate.kind == s5b::Kind::Proxy => line.proxied.take(),
            Nominated::Ours(candidate) => {
                if let Some(waiting) = line.waiting.take() {
                    line.close();
                    let task = carry::meet(waiting, candidate, self.session_teller(sid, content));
                    if let Some(line) = self.line(sid, content) {
                        line.tasks.push(task);
                    }
                    return Ok(());
                }
                None
            }
        };
        line.close();
        match stream {
            Some(stream) => self.carry(b, sid, content, boxed(stream)),
            None => self.way_failed(b, sid, content),
        }
    }

    pub(super) fn way_failed(&mut self, b: &Batch<'_>, sid: &str, content: &str) -> Result<()> {
        let acts = self.with_transfer(sid, |transfer| transfer.failed(content));
        self.act_of_session(b, sid, acts)
    }

    /// What tasks that look for a way tell.
    pub(super) fn way_steps(&mut self, b: &Batch<'_>, sid: &str, content: &str, step: Step) -> Result<()> {
        let acts = match step {
            Step::Connected { cid, stream } => {
                if let Some(line) = self.line(sid, content) {
                    line.open.insert(cid.clone(), stream);
                }
                self.with_transfer(sid, |transfer| transfer.connected(content, &cid))
            }
            Step::Unreachable { cid } => self.with_transfer(sid, |transfer| transfer.unreachable(content, &cid)),
            Step::Proxied(None) => self.with_transfer(sid, |transfer| transfer.activated(content, false)),
            Step::Proxied(Some(stream)) => {
                if let Some(line) = self.line(sid, content) {
                    line.proxied = Some(stream);
                }
                self.activate(sid, content);
                return Ok(());
            }
            Step::Described(ours) => return self.channel_described(b, sid, content, ours.map(|ours| *ours)),
            Step::Place(candidate) => {
                self.with_transfer(sid, |transfer| transfer.candidate(content, candidate)).into_iter().collect()
            }
            Step::Opened(stream) => {
                // Only once: what carries the bytes is not to be taken off the one it goes through.
                let looks = |transfer: &mut Transfer| transfer.stage(content) == Some(Stage::Connecting);
                if !self.with_transfer(sid, looks) {
                    return Ok(());
                }
                self.with_transfer(sid, |transfer| transfer.opened(content));
                return self.carry(b, sid, content, stream);
            }
            Step::Lost => {
                let moves = self.line(sid, content).is_some_and(|line| line.deadline.is_none());
                // What goes through it tells its end itself.
                if moves { Vec::new() } else { self.with_transfer(sid, |transfer| transfer.failed(content)) }
            }
            Step::Met(Some(stream)) => return self.carry(b, sid, content, stream),
            Step::Met(None) => return self.way_failed(b, sid, content),
            Step::Block(block) => return self.block_of_ours(b, sid, content, block),
            Step::Took => {
                self.block_taken(sid, content);
                return Ok(());
            }
            Step::Progress(_) | Step::Sent(_) | Step::Came(_) => return Ok(()),
        };
        self.act_of_session(b, sid, acts)
    }

    /// Has our proxy pass bytes on (XEP-0065 §6.3.5).
    fn activate(&mut self, sid: &str, content: &str) {
        let Some(transfer) = self.files.sessions.get(sid).and_then(|session| session.transfer.as_ref()) else { return };
        let (stream, peer) = (transfer.stream(content), transfer.peer().clone());
        let Some(proxy) = self.line(sid, content).and_then(|line| line.proxy.clone()) else { return };
        let awaiting = Awaiting::Activated { sid: sid.to_owned(), content: content.to_owned() };
        self.ask(Some(proxy), s5b::activate(&stream, &peer), true, awaiting);
    }

    pub(in super::super) fn activated(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        answer: &std::result::Result<Element, IqError>,
    ) -> Result<()> {
        let acts = self.with_transfer(sid, |transfer| transfer.activated(content, answer.is_ok()));
        self.act_of_session(b, sid, acts)
    }
}
