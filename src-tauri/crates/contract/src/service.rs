//! Services: what a server, room, bot or gateway says it is (XEP-0030), and what can be done there: commands (XEP-0050),
//! directories (XEP-0055), registration (XEP-0077).

use crate::{Answer, Failure, FieldFault, Form};

border! {
    /// An entity, or a node of it.
    pub struct ServiceId {
        pub account: String,
        /// A JID; empty for the account's own server.
        pub address: String,
        pub node: Option<String>,
    }

    /// What it says it is (XEP-0030 §3).
    pub struct Service {
        pub address: String,
        pub node: Option<String>,
        /// As it calls itself in the person's language, else its address.
        pub name: String,
        pub kind: ServiceKind,
        pub identities: Vec<Identity>,
        /// In order, each once.
        pub features: Vec<String>,
        /// What can be done there.
        pub offers: Vec<ServiceOffer>,
        /// What else it tells (XEP-0128).
        pub forms: Vec<Form>,
        /// Whom to turn to (XEP-0157): addresses with their scheme, `mailto:…`, `xmpp:…`, `https:…`.
        pub contacts: Vec<ServiceContact>,
    }

    pub struct Identity {
        pub category: String,
        pub kind: String,
        pub name: Option<String>,
    }

    /// What it is for the person.
    #[derive(Copy, Eq)]
    pub enum ServiceKind { Server, Rooms, Room, Gateway, Publishing, Directory, Upload, Proxy, Bot, Person, Other }

    #[derive(Copy, Eq)]
    pub enum ServiceOffer { Browse, Commands, Search, Register }

    pub struct ServiceContact {
        /// `admin`, `abuse`, `support` …: XEP-0157 §3.
        pub role: String,
        pub addresses: Vec<String>,
    }

    /// What is at a service, a page at a time (XEP-0030 §4, XEP-0059).
    pub struct ListServiceItems {
        pub account: String,
        pub address: String,
        pub node: Option<String>,
        /// Where the page before ended.
        pub after: Option<String>,
    }

    pub struct ServiceItems {
        pub items: Vec<ServiceItem>,
        /// Where the next page begins, where there is one.
        pub after: Option<String>,
        /// Of all, where it says.
        pub count: Option<u32>,
        /// There were more than are taken.
        pub cut: bool,
    }

    pub struct ServiceItem {
        pub address: String,
        pub node: Option<String>,
        /// As it is called there, else its node or address.
        pub name: String,
    }

    /// The commands of an entity (XEP-0050 §2.2).
    pub struct ServiceCommands { pub commands: Vec<ServiceItem> }

    /// Begins a command, or goes on with one.
    pub struct RunCommand {
        pub account: String,
        pub address: String,
        pub node: String,
        /// As the step before said; `None` to begin.
        pub session: Option<String>,
        /// `None`: what the service has as its usual.
        pub action: Option<CommandAction>,
        /// The form of the step before, by its id.
        pub form: Option<String>,
        pub answers: Vec<Answer>,
    }

    /// XEP-0050 §3.4.
    #[derive(Copy, Eq)]
    pub enum CommandAction { Cancel, Prev, Next, Complete }

    /// Where a command is.
    pub struct CommandStep {
        pub session: Option<String>,
        pub state: CommandState,
        pub notes: Vec<CommandNote>,
        /// In their order; one of them can be filled in.
        pub forms: Vec<Form>,
        /// Addresses to look at (XEP-0066).
        pub links: Vec<WebLink>,
        /// What can be done next, besides [`CommandAction::Cancel`].
        pub actions: Vec<CommandAction>,
        /// What Enter does.
        pub usual: Option<CommandAction>,
        /// What was wrong with the answers: nothing was handed in, or the service did not take them.
        pub faults: Vec<FieldFault>,
        /// Why the service did not take it; the form of the step before still stands.
        pub failure: Option<Failure>,
    }

    #[derive(Copy, Eq)]
    pub enum CommandState { Executing, Completed, Canceled }

    pub struct CommandNote {
        pub kind: NoteKind,
        pub text: String,
    }

    #[derive(Copy, Eq)]
    pub enum NoteKind { Info, Warn, Error }

    pub struct WebLink {
        /// `https` only; others are left out.
        pub url: String,
        pub text: Option<String>,
    }

    /// A form that was asked for, to be handed in with [`HandIn`].
    pub struct ServiceForm {
        pub form: Option<Form>,
        /// It is done in a browser (XEP-0077 §5).
        pub link: Option<WebLink>,
        /// One is registered there.
        pub registered: bool,
    }

    /// Hands in answers.
    pub struct HandIn {
        pub account: String,
        pub address: String,
        pub form: String,
        pub answers: Vec<Answer>,
    }

    /// What came of it: exactly one of `form`, `failure` and `faults` says more, or all went well and that is all.
    pub struct HandedIn {
        /// What was found, or what is asked next.
        pub form: Option<Form>,
        pub faults: Vec<FieldFault>,
        pub failure: Option<Failure>,
    }
}
