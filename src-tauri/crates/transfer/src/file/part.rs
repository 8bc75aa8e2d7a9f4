//! A file that is still coming. It has no name of its own until every byte is there and has been checked; what there is
//! of it, and what it is of, survives a restart.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::{mark, name, opened};
use crate::error::Error;

const ENDING: &str = "part";
const NOTE_ENDING: &str = "note";
/// Bytes of a note at most.
const MAX_NOTE: u64 = 16 * 1024;

/// Of what the part is, so that only the rest of the same is added to it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Where it comes from, in a form that tells no secret: the hash of a link, a session and a name.
    pub source: String,
    /// What the source calls this version of it (an `ETag` or a date).
    pub validator: Option<String>,
    /// Bytes of the whole, as the source counts them.
    pub total: Option<u64>,
}

/// A file in the making. Dropping it leaves it for another try; [`Part::discard`] does not.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
}

impl Part {
    /// A new, empty one with a random name in `folder`, which is made where it is missing. Both are the person's alone.
    ///
    /// # Errors
    /// As of the disk.
    pub fn create(folder: &Path) -> Result<Self, Error> {
        make_folder(folder)?;
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random)
            .map_err(|error| Error::Disk { doing: "naming a file", reason: error.to_string() })?;
        let path = folder.join(format!("{:032x}.{ENDING}", u128::from_ne_bytes(random)));
        opened(OpenOptions::new().write(true).create_new(true), &path, true)?;
        Ok(Self { path })
    }

    /// One of an earlier try.
    ///
    /// # Errors
    /// [`Error::NoFile`]: nothing is there, or something else (a link, a folder).
    pub fn reopen(path: &Path) -> Result<Self, Error> {
        opened(OpenOptions::new().read(true).write(true), path, true)?;
        Ok(Self { path: path.to_owned() })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are there.
    pub fn size(&self) -> u64 {
        self.path.symlink_metadata().map_or(0, |metadata| metadata.len())
    }

    pub(crate) fn file(&self) -> Result<File, Error> {
        opened(OpenOptions::new().read(true).write(true), &self.path, true)
    }

    /// `None` where nobody noted anything that can be read.
    pub fn note(&self) -> Option<Note> {
        let path = self.note_path();
        let file = opened(OpenOptions::new().read(true), &path, true).ok()?;
        if file.metadata().ok()?.len() > MAX_NOTE {
            return None;
        }
        serde_json::from_reader(file).ok()
    }

    /// # Errors
    /// As of the disk.
    pub fn set_note(&self, note: &Note) -> Result<(), Error> {
        let path = self.note_path();
        let text = serde_json::to_vec(note)
            .map_err(|error| Error::Disk { doing: "noting a part", reason: error.to_string() })?;
        let new = path.with_extension("new");
        let write = || -> Result<(), Error> {
            let mut file = opened(OpenOptions::new().write(true).create(true).truncate(true), &new, true)?;
            io::Write::write_all(&mut file, &text).map_err(Error::disk("noting a part"))?;
            fs::rename(&new, &path).map_err(Error::disk("noting a part"))
        };
        write().inspect_err(|_| drop(fs::remove_file(&new)))
    }

    fn note_path(&self) -> PathBuf {
        self.path.with_extension(NOTE_ENDING)
    }

    /// Gives it its name: synced to the disk, marked as coming from elsewhere, and then, in one step, in `folder` as
    /// `wanted` (made [`safe`](super::safe)), with a number where that is taken. Nothing is ever replaced, and under
    /// that name there is all of it or nothing. On failure it stays a part.
    ///
    /// # Errors
    /// As of the disk.
    pub async fn keep(self, folder: &Path, wanted: &str) -> Result<PathBuf, (Self, Error)> {
        let (folder, wanted) = (folder.to_owned(), name::safe(wanted));
        let path = self.path.clone();
        let kept = spawn_blocking(move || keep(&path, &folder, &wanted)).await;
        match kept.unwrap_or_else(|error| Err(Error::Disk { doing: "keeping a file", reason: error.to_string() })) {
            Ok(kept) => {
                let _ = fs::remove_file(self.note_path());
                Ok(kept)
            }
            Err(error) => Err((self, error)),
        }
    }

    /// For good.
    pub fn discard(self) {
        let _ = fs::remove_file(&self.path);
        let _ = fs::remove_file(self.note_path());
    }

    /// All that came is of no use: the next try begins at the start.
    pub(crate) fn empty(&self) -> Result<(), Error> {
        let _ = fs::remove_file(self.note_path());
        self.file()?.set_len(0).map_err(Error::disk("writing a file"))
    }
}

fn make_folder(folder: &Path) -> Result<(), Error> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Error::disk("making a folder"))
}

/// See [`Part::keep`]. Blocks.
pub(super) fn keep(path: &Path, folder: &Path, wanted: &str) -> Result<PathBuf, Error> {
    let failed = || Error::disk("keeping a file");
    make_folder(folder)?;
    opened(OpenOptions::new().read(true).write(true), path, true)?.sync_all().map_err(failed())?;
    mark(path);
    match name_free(path, folder, wanted) {
        Ok(kept) => {
            sync_folder(folder);
            Ok(kept)
        }
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => keep_elsewhere(path, folder, wanted),
        Err(error) => Err(failed()(error)),
    }
}

/// Moves a file of the same file system into `folder` under that name, with a number where it is taken: nothing is
/// replaced. Answers where it lies.
///
/// # Errors
/// As of the disk; then it is where it was.
pub fn bring(path: &Path, folder: &Path, wanted: &str) -> Result<PathBuf, Error> {
    make_folder(folder)?;
    name_free(path, folder, &name::safe(wanted)).map_err(Error::disk("moving a file"))
}

fn name_free(path: &Path, folder: &Path, wanted: &str) -> io::Result<PathBuf> {
    for kept in name::choices(folder, wanted) {
        match name_it(path, &kept) {
            Ok(()) => return Ok(kept),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("every name is taken"))
}

/// A name is on the disk once its folder is; where folders cannot be synced the system does it itself.
pub(super) fn sync_folder(folder: &Path) {
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    #[cfg(not(unix))]
    let _ = folder;
}

/// A second name, then the first one away: unlike a rename this never replaces anything.
fn name_it(path: &Path, kept: &Path) -> io::Result<()> {
    match fs::hard_link(path, kept) {
        Ok(()) => fs::remove_file(path),
        Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::CrossesDevices) => {
            Err(error)
        }
        // A file system without second names, as on memory sticks.
        Err(_) if kept.symlink_metadata().is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(path, kept),
    }
}

/// On another file system: copied beside the place first.
fn keep_elsewhere(path: &Path, folder: &Path, wanted: &str) -> Result<PathBuf, Error> {
    let copy = Part::create(folder)?;
    let copied = || -> Result<PathBuf, Error> {
        let from = opened(OpenOptions::new().read(true), path, true)?;
        io::copy(&mut &from, &mut &copy.file()?).map_err(Error::disk("keeping a file"))?;
        keep(&copy.path, folder, wanted)
    };
    let kept = copied();
    match kept {
        Ok(_) => drop(fs::remove_file(path)),
        Err(_) => copy.discard(),
    }
    kept
}

/// Removes parts in `folder` that nobody has written to for so long, and notes without a part; how many parts. Blocks.
pub fn sweep(folder: &Path, age: Duration) -> usize {
    let old = |metadata: &fs::Metadata| {
        metadata
            .modified()
            .ok()
            .and_then(|at| SystemTime::now().duration_since(at).ok())
            .is_some_and(|since| since >= age)
    };
    let mut swept = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let gone = match ending {
            ENDING => entry.metadata().is_ok_and(|metadata| metadata.is_file() && old(&metadata)),
            NOTE_ENDING | "new" => !path.with_extension(ENDING).exists(),
            _ => false,
        };
        if gone && fs::remove_file(&path).is_ok() && ending == ENDING {
            swept += 1;
            let _ = fs::remove_file(path.with_extension(NOTE_ENDING));
        }
    }
    swept
}

#[cfg(test)]
mod tests;
