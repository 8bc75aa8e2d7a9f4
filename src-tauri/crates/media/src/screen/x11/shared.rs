//! Memory that the server draws into (MIT-SHM 1.2). It is read as the file that it is: to map it would want `unsafe`, and
//! costs the same copy.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use x11rb::connection::Connection as _;
use x11rb::protocol::shm::{ConnectionExt as _, Seg};
use x11rb::protocol::xproto::{Drawable, ImageFormat};
use x11rb::rust_connection::RustConnection;

/// Bytes of four times 16,384 × 16,384: no drawable of X11's is larger than its 16 bits a side, and no screen than this.
const MOST: usize = 1 << 30;

/// The server's memory and ours.
pub struct Shared {
    segment: Seg,
    file: File,
    size: usize,
}

impl Shared {
    /// So many bytes; nothing where the server is at another machine, or too old.
    pub fn open(connection: &RustConnection, size: usize) -> Option<Self> {
        let version = connection.shm_query_version().ok()?.reply().ok()?;
        if (version.major_version, version.minor_version) < (1, 2) || size > MOST {
            return None;
        }
        let segment = connection.generate_id().ok()?;
        let made = connection.shm_create_segment(segment, u32::try_from(size).ok()?, false).ok()?.reply().ok()?;
        Some(Self { segment, file: File::from(made.shm_fd), size })
    }

    /// So many bytes have room.
    pub fn holds(&self, size: usize) -> bool {
        size <= self.size
    }

    /// The pixels of an area, four bytes each; nothing where there are none.
    pub fn image(
        &self,
        connection: &RustConnection,
        drawable: Drawable,
        (x, y, width, height): (i16, i16, u16, u16),
    ) -> Option<Vec<u8>> {
        let format = ImageFormat::Z_PIXMAP.into();
        let asked = connection.shm_get_image(drawable, x, y, width, height, u32::MAX, format, self.segment, 0).ok()?;
        let size = usize::try_from(asked.reply().ok()?.size).ok().filter(|size| self.holds(*size))?;
        let mut bytes = vec![0; size];
        self.file.read_exact_at(&mut bytes, 0).ok()?;
        Some(bytes)
    }

    pub fn close(&self, connection: &RustConnection) {
        let _ = connection.shm_detach(self.segment);
    }
}
