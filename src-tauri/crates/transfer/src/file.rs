//! Files on disk: what may be read and how it is looked at, and how something received gets its name.

mod archive;
mod hash;
mod mark;
mod name;
mod part;
mod photo;
mod picture;
mod save;
mod sniff;
mod space;
mod stop;

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::error::Error;

pub use archive::{Archive, archive};
pub use hash::{Hasher, check, hash, hex};
pub use mark::mark;
pub use name::{MAX_NAME, numbered, safe};
pub use part::{Note, Part, bring, sweep};
pub use photo::{Stripped, strip};
pub use picture::{Format, MAX_POINTS, MAX_THUMBNAIL, Picture, Thumbnail, measure, thumbnail};
pub use save::{save, save_into};
pub use sniff::{Kind, kind, media_type};
pub use space::{SPARE, free, room};
pub use stop::{Stop, Stopped};
pub use waxwing_jingle::hash::{Algo, Hash};

/// Opens a plain file for reading; a pipe or a device would be waited for without end.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    opened(OpenOptions::new().read(true), path, false)
}

/// Opens what has to be a plain file itself, and no link to one where `strictly`.
fn opened(options: &mut OpenOptions, path: &Path, strictly: bool) -> Result<File, Error> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut flags = OFlags::NONBLOCK;
        flags.set(OFlags::NOFOLLOW, strictly);
        options.custom_flags(flags.bits().cast_signed()).mode(0o600);
    }
    #[cfg(not(unix))]
    if strictly && path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
        return Err(Error::NoFile);
    }
    let file = options.open(path).map_err(|error| {
        // ELOOP has no kind of its own
        if strictly && path.is_symlink() { Error::NoFile } else { Error::disk("opening a file")(error) }
    })?;
    if file.metadata().map_err(Error::disk("opening a file"))?.is_file() { Ok(file) } else { Err(Error::NoFile) }
}
