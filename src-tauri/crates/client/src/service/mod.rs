//! Services: what servers, rooms, bots and gateways are, ask and can do. It all goes by questions and answers, which no
//! account has to keep anything of: only the forms that are open are kept, here.

mod command;
mod directory;
mod form;
mod look;
mod media;
mod open;
mod registration;

use tokio::sync::oneshot;
use waxwing_contract::{AnyCommand, Code, Failure, ServiceId};
use waxwing_session::IqError;
use waxwing_session::jid::{BareJid, Jid};
use waxwing_session::xml::Element;

pub(crate) use open::OpenForms;

use crate::account::Ask;
use crate::app::{App, locked};
use crate::failure::{fail, of_iq};

/// A question to somebody, from outside the account, and where its answer goes.
#[derive(Debug)]
pub(crate) struct Question {
    pub to: Jid,
    pub payload: Element,
    pub set: bool,
    pub answer: oneshot::Sender<Result<Element, IqError>>,
}

impl App {
    /// Asks somebody something.
    async fn question(
        &self,
        account: &str,
        to: &Jid,
        payload: impl Into<Element>,
        set: bool,
    ) -> Result<Result<Element, IqError>, Failure> {
        let (answer, came) = oneshot::channel();
        let question = Question { to: to.clone(), payload: payload.into(), set, answer };
        let asked = match locked(&self.0.running).get(account) {
            Some(running) => running.asks.send(Ask::Question(Box::new(question))).is_ok(),
            None => false,
        };
        if !asked {
            return Err(fail(Code::NotFound, "no such account"));
        }
        Ok(came.await.unwrap_or(Err(IqError::Disconnected)))
    }

    /// The same where only what was wanted is of use.
    async fn fetch(&self, account: &str, to: &Jid, payload: impl Into<Element>) -> Result<Element, Failure> {
        self.question(account, to, payload, false).await?.map_err(|error| of_iq(&error))
    }

    /// The address that is meant; where none is, the account's own server.
    fn place(&self, account: &str, address: &str) -> Result<Jid, Failure> {
        let address = address.trim();
        if !address.is_empty() {
            return Jid::new(address).map_err(|_| fail(Code::InvalidAddress, "not an address"));
        }
        let accounts = self.0.shared.views.accounts_snapshot();
        let own = accounts.iter().find(|known| known.id == account).and_then(|known| BareJid::new(&known.jid).ok());
        let own = own.ok_or_else(|| fail(Code::NotFound, "no such account"))?;
        Ok(BareJid::from_parts(None, own.domain()).into())
    }

    fn place_of(&self, service: &ServiceId) -> Result<Jid, Failure> {
        self.place(&service.account, &service.address)
    }

    /// Answers what is asked about services; hands back what is not.
    pub(crate) async fn service_command(
        &self,
        command: AnyCommand,
    ) -> Result<Result<serde_json::Value, Failure>, AnyCommand> {
        Ok(match command {
            AnyCommand::CheckForm(check) => answer(self.check_form(&check)),
            AnyCommand::CloseForm(close) => answer(self.close_form(&close.form)),
            AnyCommand::GetFormMedia(get) => answer(self.form_media(&get).await),
            AnyCommand::LookAtService(look) => answer(self.look(&look.0).await),
            AnyCommand::ListServiceItems(list) => answer(self.service_items(&list).await),
            AnyCommand::ListCommands(list) => answer(self.service_commands(&list.0).await),
            AnyCommand::RunCommand(run) => answer(self.run_command(&run).await),
            AnyCommand::OpenSearch(open) => answer(self.open_search(&open.0).await),
            AnyCommand::Search(search) => answer(self.search_directory(&search.0).await),
            AnyCommand::OpenRegistration(open) => answer(self.open_registration(&open.0).await),
            AnyCommand::HandInRegistration(hand_in) => answer(self.hand_in_registration(&hand_in.0).await),
            AnyCommand::Unregister(service) => answer(self.unregister(&service.0).await),
            other => return Err(other),
        })
    }
}

fn answer(answer: Result<impl serde::Serialize, Failure>) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(answer?).map_err(|error| fail(Code::Internal, error.to_string()))
}
