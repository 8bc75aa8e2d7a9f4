//! Where an account's ticket (XEP-0484) is kept: beside its password, because it opens the account as well.

use std::sync::{Arc, Mutex};

use waxwing_contract::Failure;
use waxwing_session::fast::Ticket;

use crate::app::locked;
use crate::secrets::Secrets;

fn key(account: &str) -> String {
    format!("{account}/ticket")
}

/// The ticket that is kept. One that cannot be read is none: the password is there as well.
pub(crate) fn kept(secrets: &dyn Secrets, account: &str) -> Option<Ticket> {
    let kept = secrets.get(&key(account)).ok().flatten()?;
    serde_json::from_str(&kept).ok()
}

/// Keeps what the cell holds when its turn comes, so that of two at once the newer one stays. May block.
pub(crate) fn keep(secrets: &dyn Secrets, account: &str, cell: &Arc<Mutex<Option<Ticket>>>) {
    let ticket = locked(cell);
    let kept = match &*ticket {
        Some(ticket) => serde_json::to_string(ticket).map_or(Ok(()), |ticket| secrets.set(&key(account), &ticket)),
        None => secrets.remove(&key(account)),
    };
    if let Err(failure) = kept {
        tracing::info!(%failure, "the ticket was not kept: the next start signs in with the password");
    }
}

/// Forgets it.
///
/// # Errors
/// [`waxwing_contract::Code::Keyring`] where the store refuses.
pub(crate) fn forget(secrets: &dyn Secrets, account: &str) -> Result<(), Failure> {
    secrets.remove(&key(account))
}
