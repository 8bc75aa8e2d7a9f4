//! A copy of a file where the person wants one.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{Part, name, part};
use crate::error::Error;

/// Copies `from` to `to`, and replaces what is there: in one step, once all of it is on the disk. Where both are the same
/// file, however it is named, nothing is done. Blocks.
///
/// # Errors
/// As of the disk; then all is as it was.
pub fn save(from: &Path, to: &Path) -> Result<(), Error> {
    if is_same(from, to) {
        return Ok(());
    }
    // Where a link is chosen, what it leads to is meant.
    let to = to.canonicalize().unwrap_or_else(|_| to.to_owned());
    let folder = to.parent().unwrap_or(Path::new(""));
    copied(from, folder, |copy| {
        fs::rename(copy, &to).map_err(Error::disk("keeping a file"))?;
        part::sync_folder(folder);
        Ok(())
    })
}

/// Copies `from` into `folder` under that name, with a number where it is taken: nothing is replaced. Answers where it
/// lies. Blocks.
///
/// # Errors
/// As of the disk; then all is as it was.
pub fn save_into(from: &Path, folder: &Path, wanted: &str) -> Result<PathBuf, Error> {
    copied(from, folder, |copy| part::keep(copy, folder, &name::safe(wanted)))
}

/// Makes a copy beside the place, all of it on the disk, which `place` gives its name.
fn copied<T>(from: &Path, folder: &Path, place: impl FnOnce(&Path) -> Result<T, Error>) -> Result<T, Error> {
    let copy = Part::create(folder)?;
    let failed = Error::disk("writing a file");
    let placed = (|| {
        // With what the system has noted beside it, such as where it comes from.
        fs::copy(from, copy.path()).map_err(&failed)?;
        let written = File::options().write(true).open(copy.path()).or_else(|_| File::open(copy.path()));
        written.and_then(|file| file.sync_all()).map_err(&failed)?;
        place(copy.path())
    })();
    placed.inspect_err(|_| copy.discard())
}

#[cfg(unix)]
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &Path| path.metadata().map(|metadata| (metadata.dev(), metadata.ino())).ok();
    id(one).is_some_and(|one| id(other) == Some(one))
}

#[cfg(not(unix))]
fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = entries.collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_there_is_replaced_by_all_of_it_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::write(&from, b"what came").unwrap();
        save(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"what came");
        fs::write(&from, b"what came later").unwrap();
        save(&from, &to).unwrap();
        assert_eq!(fs::read(&to).unwrap(), b"what came later");
        // What cannot be read to its end leaves nothing behind.
        assert!(save(folder.path(), &to).is_err() && save(&folder.path().join("none"), &to).is_err());
        assert_eq!(fs::read(&to).unwrap(), b"what came later");
        assert_eq!(names(folder.path()), ["from", "to"]);
    }

    #[test]
    fn an_original_that_is_chosen_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let original = folder.path().join("report.odt");
        fs::write(&original, b"the only one").unwrap();
        save(&original, &original).unwrap();
        save(&original, &folder.path().join("./report.odt")).unwrap();
        assert_eq!(fs::read(&original).unwrap(), b"the only one");
        #[cfg(unix)]
        {
            let (link, second) = (folder.path().join("link"), folder.path().join("second"));
            std::os::unix::fs::symlink(&original, &link).unwrap();
            fs::hard_link(&original, &second).unwrap();
            save(&original, &link).unwrap();
            save(&original, &second).unwrap();
            let other = folder.path().join("other");
            fs::write(&other, b"another").unwrap();
            save(&other, &link).unwrap();
            assert!(link.is_symlink(), "the link itself was replaced");
            assert_eq!(fs::read(&original).unwrap(), b"another");
            assert_eq!(fs::read(&second).unwrap(), b"the only one");
        }
    }

    #[test]
    fn where_nobody_chooses_nothing_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (from, downloads) = (folder.path().join("from"), folder.path().join("downloads"));
        fs::write(&from, b"words").unwrap();
        for _ in 0..3 {
            save_into(&from, &downloads, "../a.txt").unwrap();
        }
        assert_eq!(names(&downloads), ["a (2).txt", "a (3).txt", "a.txt"]);
        assert!(from.exists());
    }
}
