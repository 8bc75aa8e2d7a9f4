//! Files that are chosen to be sent. The window never names a path: it knows them by the ids they get here.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use waxwing_contract::{Code, Failure, FileId, FilePut, PickFiles, PutFile, Staged, StagedFiles};
use waxwing_transfer::file::{room, safe};

use super::look::{data_url, look, shown_kind};
use super::of_transfer;
use crate::app::App;
use crate::commands::blocking;
use crate::failure::{fail, of_history};

/// Files that may be staged at once.
const MOST: usize = 256;
/// Bytes that come in at once.
const CHUNK: usize = 1024 * 1024;
/// Files of a folder that are counted; what is larger, packing refuses.
const COUNTED: usize = 20_000;

/// All that are chosen.
pub(crate) struct Staging {
    /// Where what only the window has is put; it is emptied at the start.
    folder: PathBuf,
    held: Mutex<HashMap<String, Held>>,
}

/// One that is chosen.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// What the window knows of it; nothing while it still comes in.
    pub staged: Option<Staged>,
    pub path: PathBuf,
    pub name: String,
    /// It is a copy of ours.
    pub ours: bool,
}

impl Staging {
    pub fn new(folder: PathBuf) -> Self {
        // What was chosen and not sent by a run before.
        let _ = std::fs::remove_dir_all(&folder);
        Self { folder, held: Mutex::default() }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one out, to be sent.
    pub fn take(&self, id: &str) -> Option<Held> {
        let mut all = self.held();
        let whole = all.get(id).is_some_and(|held| held.staged.is_some());
        if whole { all.remove(id) } else { None }
    }

    /// Forgets one.
    pub fn forget(&self, id: &str) {
        if let Some(held) = self.held().remove(id).filter(|held| held.ours) {
            let _ = std::fs::remove_file(held.path);
        }
    }

    fn keep(&self, id: String, held: Held) -> Result<(), Failure> {
        let mut all = self.held();
        if all.len() >= MOST && !all.contains_key(&id) {
            return Err(fail(Code::TooLong, "too many files at once"));
        }
        all.insert(id, held);
        Ok(())
    }

    /// Stages a file or a folder that lies there. Blocks.
    pub fn stage(&self, path: &Path, name: &str, ours: bool) -> Result<Staged, Failure> {
        self.stage_as(uuid::Uuid::new_v4().to_string(), path, name, ours)
    }

    fn stage_as(&self, id: String, path: &Path, name: &str, ours: bool) -> Result<Staged, Failure> {
        let staged = describe(id, path, name)?;
        let held = Held { staged: Some(staged.clone()), path: path.to_owned(), name: staged.name.clone(), ours };
        self.keep(staged.id.clone(), held)?;
        Ok(staged)
    }

    /// A new place for something that comes into being here.
    pub fn place(&self, what: &str) -> std::io::Result<PathBuf> {
        std::fs::create_dir_all(&self.folder)?;
        Ok(self.folder.join(format!("{what}-{}", uuid::Uuid::new_v4())))
    }

    /// Brings in a part of what the window has. Blocks.
    pub fn put(&self, put: &PutFile) -> Result<FilePut, Failure> {
        let data = base64::engine::general_purpose::STANDARD
            .decode(&put.data)
            .map_err(|error| fail(Code::InvalidRequest, error.to_string()))?;
        if data.len() > CHUNK {
            return Err(fail(Code::TooLong, "too much at once"));
        }
        let io = |error: std::io::Error| of_history(&error.into());
        let (id, path) = match &put.id {
            Some(id) => {
                let coming = self.held().get(id).filter(|held| held.staged.is_none()).map(|held| held.path.clone());
                (id.clone(), coming.ok_or_else(|| fail(Code::NotFound, "no such file"))?)
            }
            None => {
                std::fs::create_dir_all(&self.folder).map_err(io)?;
                let id = uuid::Uuid::new_v4().to_string();
                let path = self.folder.join(&id);
                let held = Held { staged: None, path: path.clone(), name: safe(&put.name), ours: true };
                self.keep(id.clone(), held)?;
                (id, path)
            }
        };
        let written = (|| {
            room(&self.folder, data.len() as u64, 0, None).map_err(|error| of_transfer(&error))?;
            let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(io)?;
            file.write_all(&data).map_err(io)
        })();
        if let Err(failure) = written {
            self.forget(&id);
            return Err(failure);
        }
        let staged = if put.last { Some(self.stage_as(id.clone(), &path, &put.name, true)?) } else { None };
        Ok(FilePut { id, staged })
    }
}

/// What the window is told of it. Blocks.
fn describe(id: String, path: &Path, name: &str) -> Result<Staged, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| fail(Code::NotAFile, error.to_string()))?;
    let name = safe(name);
    if metadata.is_dir() {
        let (media_type, size) = (String::new(), measured(path));
        let kind = waxwing_contract::FileKind::Archive;
        return Ok(Staged {
            id,
            name,
            media_type,
            kind,
            size,
            width: None,
            height: None,
            thumbnail: None,
            folder: true,
        });
    }
    let found = look(path, &name, None).map_err(|error| of_transfer(&error))?;
    Ok(Staged {
        id,
        name,
        media_type: found.media_type,
        kind: shown_kind(found.kind),
        size: metadata.len(),
        width: found.width,
        height: found.height,
        thumbnail: found.thumbnail.as_deref().and_then(data_url),
        folder: false,
    })
}

/// Bytes of a folder, as far as it is looked through.
fn measured(folder: &Path) -> u64 {
    let (mut open, mut bytes, mut seen) = (vec![folder.to_owned()], 0_u64, 0);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            seen += 1;
            if seen > COUNTED {
                return bytes;
            }
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                open.push(entry.path());
            } else if metadata.is_file() {
                bytes = bytes.saturating_add(metadata.len());
            }
        }
    }
    bytes
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl App {
    /// The person chooses.
    pub(crate) async fn pick_files(&self, pick: PickFiles) -> Result<StagedFiles, Failure> {
        let paths = self.desktop(move |desktop| desktop.pick_files(pick.folder)).await?;
        self.stage_all(paths.into_iter().map(|path| (name_of(&path), path)).collect()).await
    }

    pub(crate) async fn put_file(&self, put: PutFile) -> Result<FilePut, Failure> {
        let shared = self.0.shared.clone();
        blocking(move || shared.staging.put(&put)).await
    }

    /// A file of a message, once more.
    pub(crate) async fn stage_file(&self, file: FileId) -> Result<StagedFiles, Failure> {
        let here = self.file_here(&file).await?;
        self.stage_all(vec![(here.name, here.path)]).await
    }

    async fn stage_all(&self, paths: Vec<(String, PathBuf)>) -> Result<StagedFiles, Failure> {
        let shared = self.0.shared.clone();
        blocking(move || {
            let staged = paths.iter().take(MOST).map(|(name, path)| shared.staging.stage(path, name, false));
            Ok(StagedFiles { files: staged.collect::<Result<_, _>>()? })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(id: Option<String>, data: &[u8], last: bool) -> PutFile {
        PutFile {
            id,
            name: "../../a\u{202e}gnp.txt".into(),
            data: base64::engine::general_purpose::STANDARD.encode(data),
            last,
        }
    }

    #[test]
    fn a_file_comes_in_in_parts_and_goes_once() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::new(folder.path().join("staged"));
        let first = staging.put(&put(None, b"one ", false)).unwrap();
        assert!(first.staged.is_none() && staging.take(&first.id).is_none(), "it is not whole");
        let last = staging.put(&put(Some(first.id.clone()), b"two", true)).unwrap().staged.unwrap();
        assert_eq!((last.size, last.id.as_str()), (7, first.id.as_str()));
        assert!(!last.name.contains(['/', '\u{202e}']), "{}", last.name);
        assert!(staging.put(&put(Some(first.id.clone()), b"more", true)).is_err(), "it is whole");
        let held = staging.take(&first.id).unwrap();
        assert_eq!(std::fs::read(held.path).unwrap(), b"one two");
        assert!(staging.take(&first.id).is_none());
    }

    #[test]
    fn what_is_no_file_and_too_much_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let staging = Staging::new(folder.path().join("staged"));
        assert_eq!(staging.stage(Path::new("/dev/null"), "null", false).unwrap_err().code, Code::NotAFile);
        assert_eq!(staging.stage(Path::new("/nowhere"), "x", false).unwrap_err().code, Code::NotAFile);
        assert_eq!(staging.put(&put(None, &vec![0; CHUNK + 1], true)).unwrap_err().code, Code::TooLong);
        let some = staging.put(&put(None, b"x", true)).unwrap();
        staging.forget(&some.id);
        assert!(std::fs::read_dir(folder.path().join("staged")).unwrap().next().is_none());
    }
}
