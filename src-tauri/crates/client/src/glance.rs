//! What a tray shows: the whole application at a glance.

use waxwing_contract::{OnClose, SessionState, Show};

use crate::app::App;
use crate::now;

/// The application at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Unread messages, those of muted conversations left out.
    pub unread: u32,
    /// What the person chose, for all accounts.
    pub show: Show,
    /// Some account is signed in.
    pub online: bool,
    pub accounts: usize,
    /// `en`, `de` or `system`.
    pub language: String,
    pub on_close: OnClose,
}

impl App {
    /// The application at a glance.
    pub fn glance(&self) -> Glance {
        let accounts = self.0.shared.views.accounts_snapshot();
        let first = accounts.iter().min_by_key(|account| account.order);
        let settings = self.0.shared.settings();
        Glance {
            unread: self.0.shared.views.unread(now()),
            show: first.map_or(Show::Offline, |account| account.presence.show),
            online: accounts.iter().any(|account| matches!(account.session, SessionState::Online { .. })),
            accounts: accounts.len(),
            language: settings.language,
            on_close: settings.on_close,
        }
    }

    /// Moves whenever [`App::glance`] may answer something else.
    pub fn glances(&self) -> tokio::sync::watch::Receiver<()> {
        self.0.shared.views.glances()
    }
}
