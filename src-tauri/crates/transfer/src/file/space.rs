//! Whether something will fit, before it begins to come.

use std::path::Path;

use crate::error::Error;

/// Bytes that are left free on the disk for everything else.
pub const SPARE: u64 = 64 * 1024 * 1024;

/// Bytes that can be written to the file system of `path`, which may not exist yet. Blocks for a moment.
///
/// # Errors
/// As of the disk.
pub fn free(path: &Path) -> Result<u64, Error> {
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(path);
    let there = if there.as_os_str().is_empty() { Path::new(".") } else { there };
    fs4::available_space(there).map_err(Error::disk("asking for free space"))
}

/// Whether `needed` bytes more may come to `folder`: they have to leave [`SPARE`] on the disk, and to fit into `quota`
/// with what is `used` already; `None` where files may take what they want.
///
/// # Errors
/// [`Error::DiskFull`] and [`Error::OverQuota`] with what is missing.
pub fn room(folder: &Path, needed: u64, used: u64, quota: Option<u64>) -> Result<(), Error> {
    if let Some(left) = quota.map(|quota| quota.saturating_sub(used))
        && needed > left
    {
        return Err(Error::OverQuota { needed, left });
    }
    let free = free(folder)?.saturating_sub(SPARE);
    if needed > free { Err(Error::DiskFull { needed, free }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits() {
        let folder = tempfile::tempdir().unwrap();
        let later = folder.path().join("not/yet/there");
        assert_eq!(room(&later, 1, u64::MAX, None), Ok(()));
        assert_eq!(room(&later, 10, 90, Some(100)), Ok(()));
        assert_eq!(room(&later, 11, 90, Some(100)), Err(Error::OverQuota { needed: 11, left: 10 }));
        assert_eq!(room(&later, 1, 200, Some(100)), Err(Error::OverQuota { needed: 1, left: 0 }));
        for huge in [1 << 63, u64::MAX] {
            assert!(
                matches!(room(&later, huge, 0, None), Err(Error::DiskFull { needed, free }) if needed == huge && free > 0)
            );
        }
        assert!(free(Path::new("")).unwrap() > 0);
    }
}
