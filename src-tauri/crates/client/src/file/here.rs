//! Files that are on this computer: opened, shown where they lie, copied, and lent to the window.

use std::path::PathBuf;

use waxwing_contract::{Code, Failure, FileId, FileSaved};
use waxwing_history::FileState;
use waxwing_transfer::file::{kind, safe, save, save_into};

use super::courier::News;
use super::of_transfer;
use crate::app::{App, locked};
use crate::commands::blocking;
use crate::failure::{fail, of_history};

/// A file of a message, as it lies here.
#[derive(Debug, Clone)]
pub struct FileHere {
    pub path: PathBuf,
    pub name: String,
    pub media_type: String,
    /// The window may show it in place.
    pub inline: bool,
}

impl App {
    /// Where a file lies.
    ///
    /// # Errors
    /// [`Code::NotFound`], and [`Code::FileGone`] where it lay here once.
    pub async fn file_here(&self, file: &FileId) -> Result<FileHere, Failure> {
        let readers = self.readers(&file.account).await?;
        let id: i64 = file.id.parse().map_err(|_| fail(Code::NotFound, "no such file"))?;
        let folder = self.0.shared.accounts_folder.join(&file.account);
        let account = file.account.clone();
        let here = blocking(move || {
            let kept = locked(&readers.page).read().file(id).map_err(|error| of_history(&error))?;
            let kept = kept.filter(|kept| matches!(kept.file.state, FileState::Here | FileState::Moving));
            let file = kept.ok_or_else(|| fail(Code::NotFound, "no such file"))?.file;
            let path = folder.join(file.path.ok_or_else(|| fail(Code::NotFound, "it is not here"))?);
            if !path.is_file() {
                return Err(fail(Code::FileGone, "it is not where it was"));
            }
            let claimed = Some(file.media_type.as_str()).filter(|claimed| !claimed.is_empty());
            let found = kind(&path, &file.name, claimed).map_err(|error| of_transfer(&error))?;
            Ok(FileHere { path, name: file.name, media_type: found.media_type, inline: found.inline })
        });
        let here = here.await;
        if here.as_ref().is_err_and(|failure| failure.code == Code::FileGone) {
            self.tell_of_file(&account, id, News::Missing);
        }
        here
    }

    /// Opens it with what the desktop has for it. What would do something when it is opened, is only shown where it lies.
    pub(crate) async fn open_file(&self, file: &FileId) -> Result<(), Failure> {
        let here = self.file_here(file).await?;
        self.desktop(move |desktop| {
            let found = kind(&here.path, &here.name, None).map_err(|error| of_transfer(&error))?;
            if found.executable { desktop.show_file(&here.path) } else { desktop.open_file(&here.path) }
        })
        .await
    }

    pub(crate) async fn show_file(&self, file: &FileId) -> Result<(), Failure> {
        let here = self.file_here(file).await?;
        self.desktop(move |desktop| desktop.show_file(&here.path)).await
    }

    /// Copies it to where the person says; where nobody asks them, to the downloads.
    pub(crate) async fn save_file(&self, file: &FileId) -> Result<FileSaved, Failure> {
        let here = self.file_here(file).await?;
        let (downloads, name) = (self.0.downloads.clone(), safe(&here.name));
        let asked = self.desktop(move |desktop| desktop.save_as(&name)).await;
        let chosen = match asked {
            Ok(None) => return Ok(FileSaved { path: None }),
            Ok(Some(path)) => Some(path),
            Err(failure) if failure.code == Code::NoDesktop => None,
            Err(failure) => return Err(failure),
        };
        blocking(move || {
            let saved = match chosen {
                Some(to) => save(&here.path, &to).map(|()| to),
                None => save_into(&here.path, &downloads, &here.name),
            };
            let saved = saved.map_err(|error| of_transfer(&error))?;
            Ok(FileSaved { path: Some(saved.display().to_string()) })
        })
        .await
    }
}
