//! What the keyring holds of one account: its password, and the ticket (XEP-0484) that opens it as well.

use std::sync::{Arc, Mutex};

use waxwing_contract::Failure;
use waxwing_session::fast::Ticket;

use crate::app::locked;
use crate::secrets::Secrets;

/// An account's part of the keyring. What asks the keyring may block, for as long as a person takes to unlock it; the
/// ticket in use is at hand at any time.
pub(crate) struct Vault {
    secrets: Arc<dyn Secrets>,
    account: String,
    ticket: Mutex<InUse>,
    /// Held while something is written, so that writes keep their order; false once the account is gone.
    open: Mutex<bool>,
}

#[derive(Default)]
struct InUse {
    ticket: Option<Ticket>,
    /// Of this run: newer than what the keyring holds.
    fresh: bool,
}

impl Vault {
    pub fn new(secrets: Arc<dyn Secrets>, account: &str) -> Self {
        Self { secrets, account: account.to_owned(), ticket: Mutex::default(), open: Mutex::new(true) }
    }

    fn ticket_key(&self) -> String {
        format!("{}/ticket", self.account)
    }

    /// What the next session signs in with.
    pub fn ticket(&self) -> Option<Ticket> {
        locked(&self.ticket).ticket.clone()
    }

    /// Puts another ticket into use, or none. It is not kept by this.
    pub fn use_ticket(&self, ticket: Option<Ticket>) {
        *locked(&self.ticket) = InUse { ticket, fresh: true };
    }

    /// The password, where one is kept; a ticket that is kept with it comes into use. May block.
    ///
    /// # Errors
    /// [`waxwing_contract::Code::Keyring`] where the store refuses.
    pub fn read(&self) -> Result<Option<String>, Failure> {
        let password = self.secrets.get(&self.account)?;
        if password.is_some() {
            let kept = self.kept_ticket();
            let mut in_use = locked(&self.ticket);
            if !in_use.fresh {
                in_use.ticket = kept;
            }
        }
        Ok(password)
    }

    /// One that cannot be read is none: the password is there as well.
    fn kept_ticket(&self) -> Option<Ticket> {
        let kept = self.secrets.get(&self.ticket_key()).ok().flatten()?;
        serde_json::from_str(&kept).ok()
    }

    /// Keeps a password. May block.
    ///
    /// # Errors
    /// [`waxwing_contract::Code::PasswordNotKept`] where the store refuses.
    pub fn keep_password(&self, password: &str) -> Result<(), Failure> {
        let open = locked(&self.open);
        if *open { self.secrets.set(&self.account, password) } else { Ok(()) }
    }

    /// Keeps the ticket that is in use when its turn comes. May block.
    pub fn keep_ticket(&self) {
        let open = locked(&self.open);
        if !*open {
            return;
        }
        let kept = match self.ticket().map(|ticket| serde_json::to_string(&ticket)) {
            Some(Ok(ticket)) => self.secrets.set(&self.ticket_key(), &ticket),
            _ => self.secrets.remove(&self.ticket_key()),
        };
        if let Err(failure) = kept {
            tracing::info!(%failure, "the ticket was not kept: the next start signs in with the password");
        }
    }

    /// Takes the ticket out of use and out of what is kept, for the server to forget it. May block.
    pub fn hand_back(&self) -> Option<Ticket> {
        let ticket = self.ticket().or_else(|| self.kept_ticket());
        self.use_ticket(None);
        self.keep_ticket();
        ticket
    }

    /// Forgets what is kept. May block.
    ///
    /// # Errors
    /// [`waxwing_contract::Code::Keyring`] where the store refuses.
    pub fn forget(&self) -> Result<(), Failure> {
        let _in_order = locked(&self.open);
        self.remove()
    }

    /// The account goes: nothing is kept from now on, and what is kept is forgotten. Answers the ticket, for the server to
    /// forget it too. May block.
    pub fn close(&self) -> (Option<Ticket>, Result<(), Failure>) {
        let mut open = locked(&self.open);
        *open = false;
        let ticket = self.ticket().or_else(|| self.kept_ticket());
        (ticket, self.remove())
    }

    fn remove(&self) -> Result<(), Failure> {
        let ticket = self.secrets.remove(&self.ticket_key());
        self.secrets.remove(&self.account).and(ticket)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use waxwing_session::fast::{Bound, Inline};

    use super::*;
    use crate::secrets::SecretFile;

    fn ticket(token: &str) -> Option<Ticket> {
        Ticket::new(Bound::Unbound, token, Inline::default())
    }

    fn vault(folder: &tempfile::TempDir) -> Vault {
        Vault::new(Arc::new(SecretFile::new(&folder.path().join("secrets.json"))), "a")
    }

    #[test]
    fn a_start_finds_what_the_last_run_kept() {
        let folder = tempfile::tempdir().unwrap();
        let first = vault(&folder);
        first.keep_password("secret").unwrap();
        first.use_ticket(ticket("one"));
        first.keep_ticket();
        let second = vault(&folder);
        assert_eq!(second.read().unwrap().as_deref(), Some("secret"));
        assert_eq!(second.ticket(), ticket("one"));
        // What this run got is newer than what the keyring holds.
        second.use_ticket(None);
        second.read().unwrap();
        assert_eq!(second.ticket(), None);
        second.keep_ticket();
        let third = vault(&folder);
        third.read().unwrap();
        assert_eq!(third.ticket(), None);
    }

    #[test]
    fn nothing_is_kept_of_an_account_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let gone = vault(&folder);
        gone.keep_password("secret").unwrap();
        gone.use_ticket(ticket("one"));
        let (given_back, forgotten) = gone.close();
        forgotten.unwrap();
        assert_eq!(given_back, ticket("one"));
        gone.keep_ticket();
        gone.keep_password("late").unwrap();
        assert_eq!(vault(&folder).read().unwrap(), None);
        assert!(!std::fs::read_to_string(folder.path().join("secrets.json")).unwrap().contains("one"));
    }

    /// A keyring that waits for a person until it is told to go on.
    struct Waiting(Mutex<mpsc::Receiver<()>>);

    impl Secrets for Waiting {
        fn store(&self) -> waxwing_contract::PasswordStore {
            waxwing_contract::PasswordStore::Keyring
        }
        fn get(&self, _: &str) -> Result<Option<String>, Failure> {
            Ok(None)
        }
        fn set(&self, _: &str, _: &str) -> Result<(), Failure> {
            let _ = locked(&self.0).recv_timeout(Duration::from_secs(30));
            Ok(())
        }
        fn remove(&self, _: &str) -> Result<(), Failure> {
            Ok(())
        }
        fn allow_file(&self, _: bool) {}
        fn forget_file(&self) -> Result<(), Failure> {
            Ok(())
        }
    }

    #[test]
    fn a_keyring_that_waits_for_a_person_holds_up_nobody_else() {
        let (unlock, unlocked) = mpsc::channel();
        let vault = Arc::new(Vault::new(Arc::new(Waiting(Mutex::new(unlocked))), "a"));
        vault.use_ticket(ticket("one"));
        let writer = vault.clone();
        let writing = std::thread::spawn(move || writer.keep_ticket());
        // It has the store once nobody else can have it.
        while vault.open.try_lock().is_ok() {
            std::thread::yield_now();
        }
        vault.use_ticket(ticket("two"));
        assert_eq!(vault.ticket(), ticket("two"));
        unlock.send(()).unwrap();
        writing.join().unwrap();
    }
}
