//! Where passwords are kept: the system's keyring, or a file for those who chose one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use waxwing_contract::{Code, Failure, PasswordStore};

/// Keeps secrets by account id. May block, for as long as a person takes to unlock a keyring.
pub trait Secrets: Send + Sync {
    /// Where secrets outlive the process.
    fn store(&self) -> PasswordStore;
    /// A password, where one is kept.
    ///
    /// # Errors
    /// [`Code::Keyring`] where the store refuses.
    fn get(&self, account: &str) -> Result<Option<String>, Failure>;
    /// Keeps a password.
    ///
    /// # Errors
    /// [`Code::PasswordNotKept`] where the store refuses.
    fn set(&self, account: &str, password: &str) -> Result<(), Failure>;
    /// Forgets a password.
    ///
    /// # Errors
    /// [`Code::Keyring`] where the store refuses.
    fn remove(&self, account: &str) -> Result<(), Failure>;
    /// The person allows (or does not allow) a file where there is no keyring. Nothing is removed by that.
    fn allow_file(&self, allowed: bool);
    /// Removes the file: the person does not allow it any more.
    ///
    /// # Errors
    /// [`Code::Keyring`] where it cannot be removed.
    fn forget_file(&self) -> Result<(), Failure>;
}

/// Secret Service, Keychain or Credential Manager. Without one: a file, where the person allowed it; else memory until
/// the process ends.
pub struct Keyring {
    memory: Mutex<BTreeMap<String, String>>,
    file: SecretFile,
    file_allowed: AtomicBool,
    /// It did not do what it was asked the last time.
    refused: AtomicBool,
}

const SERVICE: &str = "Waxwing";

impl Keyring {
    /// With the file that is used where it is allowed and there is no keyring.
    pub fn new(file: &Path) -> Self {
        Self {
            memory: Mutex::default(),
            file: SecretFile::new(file),
            file_allowed: AtomicBool::new(false),
            refused: AtomicBool::new(false),
        }
    }

    /// Asks the keyring, where there is one, and remembers whether it did what it was asked.
    fn ask<T>(
        &self,
        account: &str,
        ask: impl FnOnce(&keyring::Entry) -> keyring::Result<T>,
    ) -> Result<Option<T>, Failure> {
        if keyring::Entry::store_status().is_err() {
            return Ok(None);
        }
        let answer = match keyring::Entry::new(SERVICE, account).and_then(|entry| ask(&entry)) {
            Ok(answer) => Ok(Some(answer)),
            Err(keyring::Error::NoEntry) => Ok(None),
            Err(error) => Err(Failure::new(Code::Keyring, error.to_string())),
        };
        self.refused.store(answer.is_err(), Ordering::Relaxed);
        answer
    }

    fn remember(&self, account: &str, password: &str) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).insert(account.into(), password.into());
    }
}

impl Secrets for Keyring {
    fn store(&self) -> PasswordStore {
        let there = keyring::Entry::store_status().is_ok();
        match (there, self.refused.load(Ordering::Relaxed)) {
            (true, false) => PasswordStore::Keyring,
            _ if self.file_allowed.load(Ordering::Relaxed) => PasswordStore::File,
            (true, true) => PasswordStore::Refused,
            (false, _) => PasswordStore::Nowhere,
        }
    }

    fn get(&self, account: &str) -> Result<Option<String>, Failure> {
        if let Some(password) = self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(account) {
            return Ok(Some(password.clone()));
        }
        // What a file keeps, where there was no keyring or one that refused, is newer than what the keyring holds.
        if self.file_allowed.load(Ordering::Relaxed)
            && let Some(password) = self.file.get(account)?
        {
            return Ok(Some(password));
        }
        self.ask(account, keyring::Entry::get_password)
    }

    fn set(&self, account: &str, password: &str) -> Result<(), Failure> {
        let kept = self.ask(account, |entry| entry.set_password(password));
        match kept {
            Ok(Some(())) => {
                self.memory.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
                if self.file_allowed.load(Ordering::Relaxed) { self.file.remove(account) } else { Ok(()) }
            }
            _ if self.file_allowed.load(Ordering::Relaxed) => self.file.set(account, password),
            kept => {
                self.remember(account, password);
                kept.map(drop).map_err(|failure| Failure::new(Code::PasswordNotKept, failure.message))
            }
        }
    }

    fn remove(&self, account: &str) -> Result<(), Failure> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
        if self.file_allowed.load(Ordering::Relaxed) {
            self.file.remove(account)?;
        }
        self.ask(account, keyring::Entry::delete_credential).map(drop)
    }

    fn allow_file(&self, allowed: bool) {
        self.file_allowed.store(allowed, Ordering::Relaxed);
    }

    fn forget_file(&self) -> Result<(), Failure> {
        self.file.forget()
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

    /// One that cannot be read is not written over.
    fn read(&self) -> Result<BTreeMap<String, String>, Failure> {
        let bytes = match std::fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(self.failed(&error)),
        };
        serde_json::from_slice(&bytes).map_err(|error| self.failed(&error.into()))
    }

    fn change(&self, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), Failure> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let mut secrets = self.read()?;
        change(&mut secrets);
        self.write(&secrets).map_err(|error| self.failed(&error))
    }

    /// Removes the file.
    fn forget(&self) -> Result<(), Failure> {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // An interrupted write may have left the other one.
        for path in [&self.path, &self.path.with_extension("new")] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(self.failed(&error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn failed(&self, error: &std::io::Error) -> Failure {
        Failure::new(Code::Keyring, format!("{}: {error}", self.path.display()))
    }

    fn write(&self, secrets: &BTreeMap<String, String>) -> std::io::Result<()> {
        let beside = self.path.with_extension("new");
        // Made anew, so that its rights are ours whatever an interrupted write has left.
        let _ = std::fs::remove_file(&beside);
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        file.write_all(&serde_json::to_vec(secrets)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, &self.path)
    }
}

impl Secrets for SecretFile {
    fn store(&self) -> PasswordStore {
        PasswordStore::NamedFile
    }

    fn get(&self, account: &str) -> Result<Option<String>, Failure> {
        Ok(self.read()?.remove(account))
    }

    fn set(&self, account: &str, password: &str) -> Result<(), Failure> {
        self.change(|secrets| drop(secrets.insert(account.into(), password.into())))
    }

    fn remove(&self, account: &str) -> Result<(), Failure> {
        if self.path.exists() { self.change(|secrets| drop(secrets.remove(account))) } else { Ok(()) }
    }

    /// It was named on the command line: that is leave enough.
    fn allow_file(&self, _: bool) {}

    fn forget_file(&self) -> Result<(), Failure> {
        Ok(())
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
        std::fs::write(&path, b"not json").unwrap();
        assert_eq!(secrets.get("a").unwrap_err().code, Code::Keyring);
        assert!(secrets.set("a", "b").is_err(), "what cannot be read is not written over");
        assert_eq!(std::fs::read(&path).unwrap(), b"not json");
    }
}
