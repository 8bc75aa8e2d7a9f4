//! The contract's commands, for one account.

use waxwing_contract::{
    AccountDetails, AnyCommand, Code, Failure, MessageId, Presence, SessionState, SetPresence, Show,
};
use waxwing_history::{self as history, Batch, Result};
use waxwing_session::jid::Jid;

use super::{Account, Core, Reply};
use crate::failure::{fail, of_history};
use crate::now;

impl Account {
    pub fn command(&mut self, command: AnyCommand, reply: Reply) {
        match command {
            AnyCommand::Connect(_) => {
                let kept = self.enable(true);
                self.connect_now();
                reply.send(kept.map(|()| serde_json::Value::Null));
            }
            AnyCommand::SignOut(_) => {
                let kept = self.enable(false);
                self.leave();
                reply.send(kept.map(|()| serde_json::Value::Null));
            }
            AnyCommand::SetPresence(set) => {
                reply.send(self.set_presence(set).map(|()| serde_json::Value::Null));
            }
            AnyCommand::SetPassword(set) => {
                // Whether it is kept is the application's affair: that may take a person unlocking a keyring.
                self.core.password = Some(set.password);
                self.core.remember = set.remember;
                // It is this password that has to show what it is worth.
                self.core.keep_ticket(None);
                // A server may have changed: whoever types the password has been told.
                self.core.was_bound = false;
                self.attempt(|core, b| core.keep_bound(b));
                let kept = self.enable(true);
                self.connect();
                reply.send(kept.map(|()| serde_json::Value::Null));
            }
            AnyCommand::PinCertificate(pin) => {
                self.core.kept.pin = Some(pin.fingerprint);
                let kept = self.enable(true);
                self.connect();
                reply.send(kept.map(|()| serde_json::Value::Null));
            }
            AnyCommand::SetRoute(set) => {
                self.core.kept.endpoint = set.endpoint.and_then(|e| serde_json::to_string(&e).ok());
                self.core.kept.proxy = set.proxy.and_then(|p| serde_json::to_string(&p).ok());
                if self.core.kept.proxy.is_some() {
                    // They go around it.
                    self.attempt(Core::end_calls);
                }
                let kept = self.enable(true);
                self.connect();
                reply.send(kept.map(|()| serde_json::Value::Null));
            }
            AnyCommand::SetColour(set) => {
                self.core.kept.hue = set.hue.map(|hue| hue % 360);
                let kept = self.core.keep();
                self.core.show_account();
                reply.send(kept.map(|()| serde_json::Value::Null));
            }
            AnyCommand::WipeMessages(_) => self.wipe(&reply),
            command => {
                let spare = reply.clone();
                let result = self.transact(|core, b| core.command(b, command, reply));
                if let Err(error) = result {
                    // Nothing found is the asker's affair; a failing database is the account's.
                    let failure = of_history(&error);
                    if !matches!(error, history::Error::NotFound) {
                        self.halt(failure.clone());
                    }
                    spare.send(Err(failure));
                }
            }
        }
    }

    /// Whoever wants a connection does not stay offline.
    fn enable(&mut self, enabled: bool) -> std::result::Result<(), Failure> {
        self.core.kept.enabled = enabled;
        let presence = self.core.own_presence();
        if enabled && presence.show == Show::Offline {
            self.core.choose_presence(&Presence { show: Show::Online, ..presence });
        }
        self.core.keep()
    }

    /// Offline is signed out: what arrives meanwhile waits on the server and is fetched on coming back.
    fn set_presence(&mut self, set: SetPresence) -> std::result::Result<(), Failure> {
        self.core.choose_presence(&Presence { show: set.show, status: set.status, priority: set.priority });
        if self.core.link.is_online() {
            self.attempt(|core, _| {
                core.send_presence();
                Ok(())
            });
        }
        if set.show == Show::Offline {
            self.leave();
        } else if self.core.kept.enabled && self.core.link.state == SessionState::Offline {
            self.connect();
        }
        self.core.show_account();
        self.core.keep()
    }
}

impl Core {
    /// Stores what is kept of the account.
    pub(super) fn keep(&self) -> std::result::Result<(), Failure> {
        let app = self.shared.app.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        app.put_account(&self.kept).map_err(|error| of_history(&error))
    }

    fn command(&mut self, b: &Batch<'_>, command: AnyCommand, reply: Reply) -> Result<()> {
        if is_of_calls(&command) {
            return self.call_command(b, command, reply);
        }
        if is_of_files(&command) {
            return self.file_command(b, command, reply);
        }
        if needs_server(&command) && !self.link.is_online() {
            self.out.reply(reply, Err(fail(Code::Offline, "this needs the server")));
            return Ok(());
        }
        match command {
            AnyCommand::GetPage(request) => match Self::peer(&request.peer) {
                Ok(_) => self.page(b, request, reply),
                Err(failure) => self.refuse(reply, failure),
            },
            AnyCommand::GetMessageSource(request) => {
                let id = message_id(&request.0)?;
                let source = b.read().outbox()?.into_iter().find(|w| w.message == id).map(|w| w.stanza);
                let row = b.read().message(id)?;
                self.out.answer(reply, source.unwrap_or_else(|| describe(&row)));
                Ok(())
            }
            AnyCommand::GetAvatar(request) => self.get_avatar(b, &request.key, reply),
            AnyCommand::TestAccount(_) => {
                self.test_account(reply);
                Ok(())
            }
            AnyCommand::SendXml(send) => {
                self.send_xml(&send.xml, reply);
                Ok(())
            }
            AnyCommand::ImportPart(part) => self.import(b, &part, reply),
            AnyCommand::GetBlockList(_) => {
                self.get_block_list(reply);
                Ok(())
            }
            AnyCommand::GetAccountDetails(_) => {
                self.details(reply);
                Ok(())
            }
            command => self.about_someone(b, command, reply),
        }
    }

    /// Commands that name a person or a conversation.
    fn about_someone(&mut self, b: &Batch<'_>, command: AnyCommand, reply: Reply) -> Result<()> {
        macro_rules! jid {
            ($text:expr) => {
                match Self::peer($text) {
                    Ok(jid) => jid,
                    Err(failure) => return self.refuse(reply, failure),
                }
            };
        }
        match command {
            AnyCommand::SendMessage(send) => {
                let said = self.say(b, &jid!(&send.peer), &send.body)?;
                match said {
                    Ok(id) => self.out.answer(reply, MessageId { account: send.account, id: id.to_string() }),
                    Err(failure) => self.out.reply(reply, Err(failure)),
                }
                return Ok(());
            }
            AnyCommand::AddContact(add) => {
                let jid = jid!(&add.jid);
                if jid == self.own {
                    return self.refuse(reply, fail(Code::InvalidAddress, "this is the account itself"));
                }
                return self.add_contact(b, &jid, &add, reply);
            }
            AnyCommand::UpdateContact(update) => {
                self.update_contact(&jid!(&update.jid), &update, reply);
                return Ok(());
            }
            AnyCommand::RemoveContact(remove) => return self.remove_contact(b, &jid!(&remove.0.jid), reply),
            AnyCommand::GetContactDetails(get) => {
                self.contact_details(b, &jid!(&get.0.jid), reply);
                return Ok(());
            }
            AnyCommand::SetBlocked(set) => {
                if Jid::new(&set.jid).is_err() {
                    return self.refuse(reply, fail(Code::InvalidAddress, "not an address"));
                }
                if set.blocked {
                    // Before the server keeps even our goodbye from them.
                    self.end_calls_with(b, &set.jid)?;
                    self.end_files_with(b, &set.jid)?;
                }
                self.set_blocked(&set, reply);
                return Ok(());
            }
            AnyCommand::Subscribe(set) => self.subscribe(b, &jid!(&set.jid), set.action, "")?,
            AnyCommand::OpenConversation(open) => {
                let peer = jid!(&open.0.peer).to_string();
                b.open_conversation(&peer, now())?;
                self.out.changed.conversations.insert(peer);
            }
            AnyCommand::CloseConversation(close) => {
                b.close_conversation(&close.0.peer)?;
                self.out.changed.conversations.insert(close.0.peer);
            }
            AnyCommand::SetDraft(draft) => {
                let peer = jid!(&draft.peer).to_string();
                b.set_draft(&peer, &draft.text)?;
                self.out.changed.conversations.insert(peer);
            }
            AnyCommand::SetNotify(set) => {
                let peer = jid!(&set.peer).to_string();
                b.set_notify(&peer, &crate::people::kept_notify(set.notify))?;
                self.out.changed.conversations.insert(peer);
            }
            AnyCommand::SetTyping(typing) => self.tell_typing(&jid!(&typing.peer), typing.typing),
            AnyCommand::MarkRead(read) => self.mark_read(b, &jid!(&read.peer), read.order)?,
            AnyCommand::RetryMessage(retry) => self.retry(b, message_id(&retry.0)?)?,
            AnyCommand::DiscardMessage(discard) => self.discard(b, message_id(&discard.0)?)?,
            other => {
                tracing::error!(?other, "a command came to an account that is not its affair");
                return self.refuse(reply, fail(Code::Internal, "not a command of an account"));
            }
        }
        self.out.answer(reply, ());
        Ok(())
    }

    fn refuse(&mut self, reply: Reply, failure: Failure) -> Result<()> {
        self.out.reply(reply, Err(failure));
        Ok(())
    }

    fn details(&mut self, reply: Reply) {
        let online = self.link.is_online();
        let (endpoint, proxy) = super::kept_route(&self.kept);
        let details = AccountDetails {
            account: self.kept.id.clone(),
            bound: self.link.bound.as_ref().filter(|_| online).map(ToString::to_string),
            connection: self.connection_details(),
            server_software: self.disco.server_software.clone(),
            capabilities: if online { self.capabilities() } else { self.disco.last.clone() },
            skipped_stanzas: self.link.skipped,
            clock_offset: self.disco.clock_offset,
            pin: self.kept.pin.clone(),
            endpoint,
            proxy,
        };
        self.out.answer(reply, details);
    }
}

fn is_of_calls(command: &AnyCommand) -> bool {
    matches!(
        command,
        AnyCommand::StartCall(_)
            | AnyCommand::AcceptCall(_)
            | AnyCommand::DeclineCall(_)
            | AnyCommand::HangUp(_)
            | AnyCommand::MuteCall(_)
            | AnyCommand::HoldCall(_)
            | AnyCommand::DialTone(_)
            | AnyCommand::SetCamera(_)
            | AnyCommand::ShareScreen(_)
            | AnyCommand::StopSharing(_)
            | AnyCommand::DismissCall(_)
    )
}

fn is_of_files(command: &AnyCommand) -> bool {
    matches!(
        command,
        AnyCommand::SendFiles(_) | AnyCommand::StartFile(_) | AnyCommand::PauseFile(_) | AnyCommand::CancelFile(_)
    )
}

fn needs_server(command: &AnyCommand) -> bool {
    matches!(
        command,
        AnyCommand::AddContact(_)
            | AnyCommand::UpdateContact(_)
            | AnyCommand::RemoveContact(_)
            | AnyCommand::Subscribe(_)
            | AnyCommand::SetBlocked(_)
            | AnyCommand::SendXml(_)
            | AnyCommand::TestAccount(_)
            | AnyCommand::ImportPart(_)
    )
}

fn message_id(id: &MessageId) -> Result<i64> {
    id.id.parse().map_err(|_| history::Error::NotFound)
}

/// What is kept of a message, where its stanza is not.
fn describe(row: &history::Message) -> String {
    use waxwing_session::xml::{el, to_string};
    let message = el("message", waxwing_session::ns::CLIENT)
        .attr("type", "chat")
        .attr(if row.outgoing { "to" } else { "from" }, &row.peer)
        .attr_opt("id", row.message_id.as_ref())
        .child(el("body", waxwing_session::ns::CLIENT).text(&row.body))
        .children(row.stanza_id.as_ref().map(|id| el("stanza-id", waxwing_session::ns::SID).attr("id", id)));
    to_string(&message.into())
}
