//! Streams between stanzas (XEP-0047, XEP-0261) as the account reads and writes them.

use waxwing_history::{Batch, Result};
use waxwing_jingle::ibb::{self, Fault, Said};
use waxwing_session::IqError;
use waxwing_session::jid::FullJid;
use waxwing_session::ns;
use waxwing_session::stanza::iq_result;
use waxwing_session::xml::{Element, Reading as _, el};
use waxwing_transfer::Error;

use super::super::Core;
use super::super::events::Awaiting;
use crate::file::inband::InBand;

/// Blocks that wait to be taken: whoever sends more does not wait for answers, and would fill the memory.
const MOST: usize = 64;

/// What an answer is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Open,
    Block,
    Close,
}

impl Core {
    pub(super) fn begin_inband(&mut self, b: &Batch<'_>, sid: &str, content: &str, stream: ibb::Stream) -> Result<()> {
        if let Some(line) = self.line(sid, content) {
            line.close();
        }
        let tell = self.session_teller(sid, content);
        let sends = self.with_transfer(sid, |transfer| transfer.sends(content)).unwrap_or(false);
        let (mut inband, bytes) = if sends { InBand::outgoing(stream, tell) } else { InBand::incoming(stream, tell) };
        let open = inband.stream.open();
        if let Some(line) = self.line(sid, content) {
            line.inband = Some(inband);
        }
        if let Some(open) = open {
            self.ask_inband(sid, content, open, Asked::Open);
        }
        // Nothing goes through it before it is open.
        self.carry(b, sid, content, bytes)
    }

    fn ask_inband(&mut self, sid: &str, content: &str, element: waxwing_session::xml::El, asked: Asked) {
        let session = self.files.sessions.get(sid).and_then(|session| session.transfer.as_ref());
        let Some(peer) = session.map(|transfer| transfer.peer().clone()) else { return };
        let awaiting = Awaiting::InBand { sid: sid.to_owned(), content: content.to_owned(), asked };
        self.ask(Some(peer.into()), element, true, awaiting);
    }

    pub(in super::super) fn inband_answer(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        asked: Asked,
        answer: &std::result::Result<Element, IqError>,
    ) -> Result<()> {
        let smaller = matches!(answer, Err(IqError::Refused(error)) if error.condition == "resource-constraint");
        let Some(inband) = self.line(sid, content).and_then(|line| line.inband.as_mut()) else { return Ok(()) };
        match asked {
            Asked::Open if answer.is_ok() => {
                inband.stream.opened();
                inband.opened();
                self.with_transfer(sid, |transfer| transfer.opened(content));
            }
            Asked::Open => {
                if let Some(open) = inband.stream.not_opened(smaller) {
                    self.ask_inband(sid, content, open, Asked::Open);
                    return Ok(());
                }
                let acts = self.with_transfer(sid, |transfer| transfer.failed(content));
                return self.act_of_session(b, sid, acts);
            }
            Asked::Block => {
                inband.answered(answer.is_err());
                if inband.stream.is_broken() {
                    return self.inband_broke(b, sid, content);
                }
                return self.end_inband(b, sid, content);
            }
            Asked::Close => {}
        }
        Ok(())
    }

    /// The next block of ours is there to be sent; or there is none any more.
    pub(super) fn block_of_ours(
        &mut self,
        b: &Batch<'_>,
        sid: &str,
        content: &str,
        block: Option<Vec<u8>>,
    ) -> Result<()> {
        let Some(inband) = self.line(sid, content).and_then(|line| line.inband.as_mut()) else { return Ok(()) };
        let Some(block) = block else {
            inband.ended = true;
            return self.end_inband(b, sid, content);
        };
        match inband.stream.data(&block) {
            Some(data) => self.ask_inband(sid, content, data, Asked::Block),
            // It was closed meanwhile: nothing more can get there.
            None => return self.inband_broke(b, sid, content),
        }
        Ok(())
    }

    /// Closes a stream of which everything has arrived: only now it is sent.
    pub(super) fn end_inband(&mut self, b: &Batch<'_>, sid: &str, content: &str) -> Result<()> {
        let Some(line) = self.line(sid, content) else { return Ok(()) };
        let Some(inband) = line.inband.as_mut() else { return Ok(()) };
        if !inband.ended || inband.stream.waiting() > 0 {
            return Ok(());
        }
        let Some(hashes) = line.sent.take() else { return Ok(()) };
        let close = inband.stream.close();
        line.inband = None;
        if let Some(close) = close {
            self.ask_inband(sid, content, close, Asked::Close);
        }
        self.session_steps(b, sid, content, crate::file::carry::Step::Sent(Ok(hashes)))
    }

    fn inband_broke(&mut self, b: &Batch<'_>, sid: &str, content: &str) -> Result<()> {
        let Some(line) = self.line(sid, content) else { return Ok(()) };
        let close = line.inband.as_mut().and_then(|inband| inband.stream.close());
        let id = line.file;
        // Whoever reads what came until now is left to it.
        line.inband = None;
        if let Some(close) = close {
            self.ask_inband(sid, content, close, Asked::Close);
        }
        // Whoever reads it sees its end; whoever writes it is stopped.
        if self.files.going.get(&id).is_some_and(|going| going.outgoing) {
            let error = Error::Cut("a block was not taken".into());
            return self.session_steps(b, sid, content, crate::file::carry::Step::Sent(Err(error)));
        }
        Ok(())
    }

    /// A request of theirs: it is answered once what it carries is taken.
    pub(in super::super) fn inband_request(
        &mut self,
        b: &Batch<'_>,
        from: &FullJid,
        id: &str,
        payload: &Element,
    ) -> Result<()> {
        let to = from.to_string();
        let stream = payload.get("sid").unwrap_or_default();
        let theirs = self.files.sessions.values_mut();
        let found = theirs.filter(|session| session.transfer.as_ref().is_some_and(|transfer| transfer.peer() == from));
        let found = found.into_iter().find_map(|session| {
            let sid = session.sid.clone();
            session.inband(stream).map(|(content, inband)| (sid, content.clone(), inband))
        });
        let Some((sid, content, inband)) = found else {
            self.refuse_inband(id, &to, Fault::UnknownStream);
            return Ok(());
        };
        match inband.stream.receive(payload) {
            Ok(Said::Data(_)) if inband.unanswered.len() >= MOST => {
                self.refuse_inband(id, &to, Fault::Unexpected);
                self.inband_broke(b, &sid, &content)?;
                return self.line_broke(b, &sid, &content, &Error::Protocol("it does not wait for answers"));
            }
            Ok(Said::Data(bytes)) => {
                if let Some(inlet) = &inband.inlet {
                    inband.unanswered.push_back(id.to_owned());
                    // Where nobody reads any more, the session is about to end.
                    let _ = inlet.send(bytes);
                } else {
                    self.out.send(iq_result(id, Some(&to), None));
                }
            }
            Ok(Said::Opened) => {
                inband.opened();
                self.out.send(iq_result(id, Some(&to), None));
                self.with_transfer(&sid, |transfer| transfer.opened(&content));
            }
            Ok(Said::Closed) => {
                inband.inlet = None;
                self.out.send(iq_result(id, Some(&to), None));
            }
            Err(fault) => {
                let broken = inband.stream.is_broken();
                self.refuse_inband(id, &to, fault);
                if broken {
                    if let Some(inband) = self.line(&sid, &content).and_then(|line| line.inband.as_mut()) {
                        inband.inlet = None;
                    }
                    self.inband_broke(b, &sid, &content)?;
                    if fault == Fault::TooMuch {
                        let size =
                            self.with_transfer(&sid, |transfer| transfer.file(&content).and_then(|file| file.size));
                        let expected = size.unwrap_or_default();
                        return self.line_broke(b, &sid, &content, &Error::TooMuch { expected });
                    }
                }
            }
        }
        Ok(())
    }

    fn refuse_inband(&mut self, id: &str, to: &str, fault: Fault) {
        let iq = el("iq", ns::CLIENT).attr("type", "error").attr("id", id).attr("to", to);
        self.out.send(iq.child(fault.write()));
    }

    /// What came was taken: whoever sent it may send more.
    pub(super) fn block_taken(&mut self, sid: &str, content: &str) {
        let peer =
            self.files.sessions.get(sid).and_then(|session| session.transfer.as_ref()).map(|t| t.peer().to_string());
        let Some(inband) = self.line(sid, content).and_then(|line| line.inband.as_mut()) else { return };
        if let (Some(id), Some(peer)) = (inband.unanswered.pop_front(), peer) {
            self.out.send(iq_result(&id, Some(&peer), None));
        }
    }
}
