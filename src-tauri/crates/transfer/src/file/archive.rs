//! A folder as one file, for sending: a zip that every system opens without help, not compressed, because what is large
//! is compressed already.

use std::fs;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Part, Stop, Stopped, name, room};
use crate::control::Control;
use crate::disk::CHUNK;
use crate::error::Error;

/// Files and folders in one archive at most.
const MAX_ENTRIES: usize = 20_000;
/// Bytes after which the disk is looked at anew.
const LOOK: u64 = 16 * 1024 * 1024;
/// Folders within each other at most.
const MAX_DEPTH: usize = 32;

/// A folder, packed.
#[derive(Debug)]
pub struct Archive {
    /// To be sent from and then [discarded](Part::discard).
    pub part: Part,
    /// The folder's name with `.zip`.
    pub name: String,
    pub files: usize,
    /// Links, pipes and the like, and what could not be read: none of it is in the archive.
    pub skipped: usize,
}

/// Packs `folder` into a part in `parts`, where `left` bytes may still be taken. Links are not followed, so nothing from
/// outside gets in. At most `limit` bytes, 20 000 files and folders, 32 levels.
/// Dropping the future stops it and leaves no part.
///
/// # Errors
/// [`Error::NoFile`] where no folder is, [`Error::Folder`] and [`Error::TooLarge`] where it is beyond the bounds,
/// [`Error::Cancelled`], and as of the disk.
pub async fn archive(
    folder: &Path,
    parts: &Path,
    limit: u64,
    left: Option<u64>,
    control: &Control,
) -> Result<Archive, Error> {
    let stop = Stop::default();
    let (folder, parts, gauge, stopped) = (folder.to_owned(), parts.to_owned(), control.clone(), stop.watch());
    let mut packing = spawn_blocking(move || {
        let part = Part::create(&parts)?;
        match pack(&folder, &part, (limit, left), &gauge, &stopped) {
            Ok((files, skipped)) if stopped.check().is_ok() => {
                Ok(Archive { part, name: named(&folder), files, skipped })
            }
            failed => {
                part.discard();
                Err(failed.err().unwrap_or(Error::Cancelled))
            }
        }
    });
    tokio::select! {
        biased;
        cancelled = control.cancelled() => {
            drop(stop);
            // It notices soon, and then nothing of it is left.
            if let Ok(Ok(archive)) = packing.await {
                archive.part.discard();
            }
            Err(cancelled)
        }
        packed = &mut packing => {
            packed.unwrap_or_else(|error| Err(Error::Disk { doing: "packing a folder", reason: error.to_string() }))
        }
    }
}

fn named(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name::safe(&format!("{}.zip", name::safe(&name)))
}

/// Something to be packed: where it is, and its name within the archive.
struct Entry {
    path: PathBuf,
    name: String,
    size: u64,
    is_folder: bool,
}

fn pack(
    folder: &Path,
    part: &Part,
    (limit, left): (u64, Option<u64>),
    control: &Control,
    stopped: &Stopped,
) -> Result<(usize, usize), Error> {
    if !folder.symlink_metadata().map_err(Error::disk("reading a folder"))?.is_dir() {
        return Err(Error::NoFile);
    }
    let (entries, mut skipped) = list(folder, limit, stopped)?;
    let total: u64 = entries.iter().map(|entry| entry.size).sum();
    let parts = part.path().parent().unwrap_or(Path::new(""));
    room(parts, total, 0, left)?;
    control.begin(0, Some(total));
    let failed = |error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(error) => Error::disk("packing a folder")(error),
        other => Error::Disk { doing: "packing a folder", reason: other.to_string() },
    };
    let mut zip = ZipWriter::new(BufWriter::with_capacity(CHUNK, part.file()?));
    let (mut files, mut done, mut looked) = (0, 0_u64, 0_u64);
    let mut buffer = vec![0_u8; CHUNK];
    for entry in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        if entry.is_folder {
            zip.add_directory(entry.name, options).map_err(failed)?;
            continue;
        }
        let Ok(file) = super::opened(fs::OpenOptions::new().read(true), &entry.path, true) else {
            skipped += 1;
            continue;
        };
        zip.start_file(entry.name, options.large_file(entry.size >= u64::from(u32::MAX))).map_err(failed)?;
        // A file that grows meanwhile is as long as it was.
        let mut file = file.take(entry.size);
        loop {
            stopped.check()?;
            let read = file.read(&mut buffer).map_err(Error::disk("reading a file"))?;
            if read == 0 {
                break;
            }
            zip.write_all(&buffer[..read]).map_err(Error::disk("packing a folder"))?;
            control.advance(read);
            done = done.saturating_add(read as u64);
            // Others write to the disk as well.
            if done - looked >= LOOK {
                looked = done;
                room(parts, total.saturating_sub(done), 0, None)?;
            }
        }
        files += 1;
    }
    zip.finish().map_err(failed)?.flush().map_err(Error::disk("packing a folder"))?;
    control.end();
    Ok((files, skipped))
}

/// Everything in the folder in the order of names, and how much there is that will not be packed.
fn list(folder: &Path, limit: u64, stopped: &Stopped) -> Result<(Vec<Entry>, usize), Error> {
    let top = folder.file_name().map(|name| name::safe(&name.to_string_lossy())).unwrap_or_default();
    let mut open = vec![(folder.to_owned(), top, 1)];
    let (mut entries, mut skipped, mut total) = (Vec::new(), 0, 0_u64);
    while let Some((path, name, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(Error::Folder("folders within folders"));
        }
        let Ok(children) = fs::read_dir(&path) else {
            skipped += 1;
            continue;
        };
        entries.push(Entry { path, name: format!("{name}/"), size: 0, is_folder: true });
        for child in children {
            stopped.check()?;
            if entries.len() + open.len() + skipped >= MAX_ENTRIES {
                return Err(Error::Folder("too many files"));
            }
            // The type is of the entry itself: what a link leads to is not asked.
            let known = child.and_then(|child| Ok((child.metadata()?, child)));
            let Ok((metadata, child)) = known else {
                skipped += 1;
                continue;
            };
            let name = format!("{name}/{}", child.file_name().to_string_lossy());
            if metadata.is_dir() {
                open.push((child.path(), name, depth + 1));
            } else if metadata.is_file() {
                total = total.saturating_add(metadata.len());
                if total > limit {
                    return Err(Error::TooLarge(Some(limit)));
                }
                entries.push(Entry { path: child.path(), name, size: metadata.len(), is_folder: false });
            } else {
                skipped += 1;
            }
        }
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok((entries, skipped))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    fn tree(folder: &Path) -> PathBuf {
        let top = folder.join("holiday");
        fs::create_dir_all(top.join("empty")).unwrap();
        fs::create_dir_all(top.join("b/c")).unwrap();
        fs::write(top.join("a.txt"), b"alpha").unwrap();
        fs::write(top.join("b/c/ä.bin"), vec![7; 600_000]).unwrap();
        fs::write(folder.join("secret"), b"secret").unwrap();
        top
    }

    #[tokio::test]
    async fn a_folder_and_nothing_from_outside() {
        let folder = tempfile::tempdir().unwrap();
        let top = tree(folder.path());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret", top.join("link")).unwrap();
            std::os::unix::fs::symlink("/", top.join("b/root")).unwrap();
            rustix::fs::mknodat(rustix::fs::CWD, top.join("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0)
                .unwrap();
        }
        let control = Control::new();
        let packed = archive(&top, folder.path(), 1 << 30, None, &control).await.unwrap();
        assert_eq!((packed.name.as_str(), packed.files), ("holiday.zip", 2));
        #[cfg(unix)]
        assert_eq!(packed.skipped, 3);
        assert_eq!(control.progress().borrow().done, 600_005);
        let mut zip = zip::ZipArchive::new(fs::File::open(packed.part.path()).unwrap()).unwrap();
        let names: Vec<_> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(
            names,
            ["holiday/", "holiday/a.txt", "holiday/b/", "holiday/b/c/", "holiday/b/c/ä.bin", "holiday/empty/"]
        );
        let mut text = String::new();
        zip.by_name("holiday/a.txt").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), zip.by_name("holiday/b/c/ä.bin").unwrap().size()), ("alpha", 600_000));
    }

    #[tokio::test]
    async fn beyond_the_bounds() {
        let folder = tempfile::tempdir().unwrap();
        let (top, parts) = (&tree(folder.path()), &folder.path().join("parts"));
        let control = Control::new();
        let refused =
            |error| async move { archive(top, parts, 600_000, None, &Control::new()).await.unwrap_err() == error };
        assert!(refused(Error::TooLarge(Some(600_000))).await);
        let over = Error::OverQuota { needed: 600_005, left: 100 };
        assert_eq!(archive(top, parts, 1 << 30, Some(100), &control).await.unwrap_err(), over);
        assert_eq!(archive(&top.join("a.txt"), parts, 1, None, &control).await.unwrap_err(), Error::NoFile);
        assert_eq!(archive(&top.join("x"), parts, 1, None, &control).await.unwrap_err(), Error::NoFile);
        let mut deep = top.clone();
        (0..MAX_DEPTH).for_each(|_| deep.push("d"));
        fs::create_dir_all(&deep).unwrap();
        assert!(matches!(archive(top, parts, 1 << 30, None, &control).await.unwrap_err(), Error::Folder(_)));
        control.cancel();
        assert_eq!(archive(top, parts, 1 << 30, None, &control).await.unwrap_err(), Error::Cancelled);
        drop(control);
        assert_eq!(fs::read_dir(parts).map_or(0, Iterator::count), 0, "no part is left");
    }
}
