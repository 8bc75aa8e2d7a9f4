//! What is kept on this computer, and for how long.

use std::path::Path;

use waxwing_contract::{Failure, Storage, StoredAccount};

use crate::app::{App, locked};
use crate::failure::{fail, of_history};

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 24 * 60 * 60 * 1000;

impl App {
    pub(crate) async fn storage(&self) -> Result<Storage, Failure> {
        let mut accounts = Vec::new();
        for account in self.0.shared.views.accounts_snapshot() {
            let folder = self.0.shared.accounts_folder.join(&account.id);
            let readers = self.readers(&account.id).await.ok();
            let counted = tokio::task::spawn_blocking(move || {
                // One whose database cannot be opened still takes room.
                let kept = readers.and_then(|readers| locked(&readers.search).read().kept().ok());
                (size(&folder), kept)
            });
            let (bytes, kept) =
                counted.await.map_err(|error| fail(waxwing_contract::Code::Internal, error.to_string()))?;
            accounts.push((
                account.order,
                StoredAccount {
                    account: account.id,
                    jid: account.jid,
                    bytes: bytes.map_err(|error| of_history(&error.into()))?,
                    messages: kept.map_or(0, |kept| kept.messages),
                    oldest: kept.and_then(|kept| kept.oldest),
                },
            ));
        }
        accounts.sort_by_key(|(order, _)| *order);
        Ok(Storage { accounts: accounts.into_iter().map(|(_, account)| account).collect() })
    }
}

/// Bytes of the files below a folder.
fn size(folder: &Path) -> std::io::Result<u64> {
    let mut sum = 0_u64;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_folder = entry.file_type()?.is_dir();
        sum = sum.saturating_add(if is_folder { size(&entry.path())? } else { entry.metadata()?.len() });
    }
    Ok(sum)
}
