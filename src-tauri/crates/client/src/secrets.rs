//! Where passwords are kept: the system's keyring, or a file for those who chose one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use waxwing_contract::{Code, Failure};

/// Keeps secrets by account id. May block.
pub trait Secrets: Send + Sync {
    /// Whether secrets outlive the process.
    fn is_lasting(&self) -> bool;
    /// A password, where one is kept.
    ///
    /// # Errors
    /// [`Code::Keyring`] where the store refuses.
    fn get(&self, account: &str) -> Result<Option<String>, Failure>;
    /// Keeps a password.
    ///
    /// # Errors
    /// [`Code::Keyring`] where the store refuses.
    fn set(&self, account: &str, password: &str) -> Result<(), Failure>;
    /// Forgets a password.
    ///
    /// # Errors
    /// [`Code::Keyring`] where the store refuses.
    fn remove(&self, account: &str) -> Result<(), Failure>;
}

/// Secret Service, Keychain or Credential Manager; without one, memory until the process ends.
#[derive(Default)]
pub struct Keyring {
    memory: Mutex<BTreeMap<String, String>>,
}

const SERVICE: &str = "Waxwing";

impl Keyring {
    fn entry(account: &str) -> Result<keyring::Entry, Failure> {
        keyring::Entry::new(SERVICE, account).map_err(|error| refused(&error))
    }
}

fn refused(error: &keyring::Error) -> Failure {
    Failure::new(Code::Keyring, error.to_string())
}

impl Secrets for Keyring {
    fn is_lasting(&self) -> bool {
        keyring::Entry::store_status().is_ok()
    }

    fn get(&self, account: &str) -> Result<Option<String>, Failure> {
        if let Some(password) = self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(account) {
            return Ok(Some(password.clone()));
        }
        if !self.is_lasting() {
            return Ok(None);
        }
        match Self::entry(account)?.get_password() {
            Ok(password) => Ok(Some(password)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(&error)),
        }
    }

    fn set(&self, account: &str, password: &str) -> Result<(), Failure> {
        if self.is_lasting() {
            return Self::entry(account)?.set_password(password).map_err(|error| refused(&error));
        }
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).insert(account.into(), password.into());
        Ok(())
    }

    fn remove(&self, account: &str) -> Result<(), Failure> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        if !self.is_lasting() {
            return Ok(());
        }
        match Self::entry(account)?.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(&error)),
        }
    }
}

/// A file only its owner may read, for machines without a keyring whose owner accepts that.
pub struct SecretFile {
    path: PathBuf,
    lock: Mutex<()>,
}

impl SecretFile {
    /// Keeps secrets in `path`.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), lock: Mutex::new(()) }
    }

    fn read(&self) -> BTreeMap<String, String> {
        std::fs::read(&self.path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), Failure> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read();
        change(&mut secrets);
        self.write(&secrets).map_err(|error| Failure::new(Code::Keyring, error.to_string()))
    }

    fn write(&self, secrets: &BTreeMap<String, String>) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&serde_json::to_vec(secrets)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)
    }
}

impl Secrets for SecretFile {
    fn is_lasting(&self) -> bool {
        true
    }

    fn get(&self, account: &str) -> Result<Option<String>, Failure> {
        Ok(self.read().remove(account))
    }

    fn set(&self, account: &str, password: &str) -> Result<(), Failure> {
        self.change(|secrets| drop(secrets.insert(account.into(), password.into())))
    }

    fn remove(&self, account: &str) -> Result<(), Failure> {
        self.change(|secrets| drop(secrets.remove(account)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        let secrets = SecretFile::new(&path);
        secrets.set("a", "pä$$").unwrap();
        assert_eq!(SecretFile::new(&path).get("a").unwrap().as_deref(), Some("pä$$"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        secrets.remove("a").unwrap();
        assert_eq!(secrets.get("a").unwrap(), None);
    }
}
