//! Photos without what they tell besides the picture: place, time, camera, embedded previews and films. Nothing is
//! encoded again; how the picture is to be turned is kept, and the colour profile.

use std::io::{Read as _, Write as _};
use std::path::Path;

use image::metadata::Orientation;

use super::{Part, room};
use crate::error::Error;

/// Bytes that tell what it is.
const HEAD: u64 = 16;
/// Bytes of a photo at most.
const MAX_FILE: u64 = 64 * 1024 * 1024;

/// What came of it.
#[derive(Debug)]
pub enum Stripped {
    /// The same picture, to be sent instead and then [discarded](Part::discard).
    Photo(Part),
    /// No photo, or one that tells nothing: nothing was done.
    Other,
}

/// Writes the photo at `path` without its metadata into a part in `parts`, where `left` bytes may still be taken. What it
/// is, its first bytes say. Blocks.
///
/// # Errors
/// [`Error::Picture`] where it is broken, above 64 MiB, or of a kind that nothing can be taken out of: sent as it is, it
/// would tell what was to be kept. Otherwise as of the disk.
pub fn strip(path: &Path, parts: &Path, left: Option<u64>) -> Result<Stripped, Error> {
    let failed = Error::disk("reading a file");
    let mut file = super::open(path)?;
    let mut bytes = Vec::new();
    (&file).take(HEAD).read_to_end(&mut bytes).map_err(&failed)?;
    let strip = match bytes.as_slice() {
        [0xff, 0xd8, 0xff, ..] => jpeg,
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => png,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp,
        head if is_closed(head) => return Err(Error::Picture("nothing can be taken out of this kind".into())),
        _ => return Ok(Stripped::Other),
    };
    if file.metadata().map_err(&failed)?.len() > MAX_FILE {
        return Err(Error::Picture("too large to take anything out".into()));
    }
    (&mut file).take(MAX_FILE).read_to_end(&mut bytes).map_err(&failed)?;
    let stripped = strip(&bytes).ok_or_else(|| Error::Picture("cut or malformed".into()))?;
    if stripped == bytes {
        return Ok(Stripped::Other);
    }
    room(parts, stripped.len() as u64, 0, left)?;
    let part = Part::create(parts)?;
    let written = part.file().and_then(|mut file| file.write_all(&stripped).map_err(Error::disk("writing a file")));
    match written {
        Ok(()) => Ok(Stripped::Photo(part)),
        Err(error) => {
            part.discard();
            Err(error)
        }
    }
}

/// What cameras write besides: HEIF, AVIF and Canon's, which are boxes (ISO/IEC 14496-12), TIFF and the raw formats that
/// are like it, JPEG XL, JPEG 2000 and JPEG XR.
fn is_closed(head: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 14] = [
        b"avif", b"avis", b"crx ", b"heic", b"heim", b"heis", b"heix", b"hevc", b"hevm", b"hevs", b"hevx", b"mif1",
        b"mif2", b"msf1",
    ];
    const STARTS: [&[u8]; 12] = [
        b"II*\0",
        b"MM\0*",
        b"II+\0",
        b"MM\0+",
        b"IIRO",
        b"IIRS",
        b"IIU\0",
        b"FUJIFILMCCD-RAW",
        b"\xff\x0a",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"II\xbc",
    ];
    let boxed = head.get(4..8) == Some(b"ftyp");
    let branded = head.get(8..12).is_some_and(|brand| BRANDS.iter().any(|known| *known == brand));
    boxed && branded || STARTS.iter().any(|start| head.starts_with(start))
}

/// Exif that says nothing but how to turn the picture; `None` where it is upright.
fn turn(exif: &[u8]) -> Option<Vec<u8>> {
    let orientation = Orientation::from_exif_chunk(exif)?;
    if orientation == Orientation::NoTransforms {
        return None;
    }
    // Big endian; one entry: 0x0112, a short.
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([orientation.to_exif(), 0, 0, 0, 0, 0, 0]);
    Some(tiff)
}

/// ITU T.81 annex B.
fn jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..2)?.to_vec();
    let mut at = 2;
    let (mut exif, mut kept) = (None, Vec::<u8>::with_capacity(bytes.len()));
    let mut jfif: &[u8] = &[];
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        match marker {
            // Fill bytes.
            0xff => {
                at += 1;
                continue;
            }
            // The end: what follows is no part of the picture.
            0xd9 => break,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
        let body = bytes.get(at + 4..at + 2 + length)?;
        let segment = bytes.get(at..at + 2 + length)?;
        at += 2 + length;
        match marker {
            0xe0 if body.starts_with(b"JFIF\0") => jfif = segment,
            0xe1 if body.starts_with(b"Exif\0\0") && exif.is_none() => exif = turn(&body[6..]),
            0xe2 if body.starts_with(b"ICC_PROFILE\0") => kept.extend(segment),
            0xee if body.starts_with(b"Adobe") => kept.extend(segment),
            // All other applications, and comments.
            0xe0..=0xef | 0xfe => {}
            0xda => {
                kept.extend(segment);
                let start = at;
                // To the next marker that is no stuffing and no restart.
                loop {
                    match (bytes.get(at), bytes.get(at + 1)) {
                        (Some(0xff), Some(0x00 | 0xd0..=0xd7)) => at += 2,
                        (Some(0xff), Some(0xff)) => at += 1,
                        (Some(0xff), Some(_)) => break,
                        (Some(_), Some(_)) => at += 1,
                        _ => return None,
                    }
                }
                kept.extend(&bytes[start..at]);
            }
            _ => kept.extend(segment),
        }
    }
    out.extend(jfif);
    if let Some(tiff) = exif {
        out.extend([0xff, 0xe1]);
        out.extend(u16::try_from(tiff.len() + 8).ok()?.to_be_bytes());
        out.extend(b"Exif\0\0");
        out.extend(tiff);
    }
    out.extend(kept);
    out.extend([0xff, 0xd9]);
    Some(out)
}

/// What is needed to show it (PNG third edition §4.3), also where it moves.
const CHUNKS: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV",
    b"cLLI", b"bKGD", b"pHYs", b"sPLT", b"acTL", b"fcTL", b"fdAT",
];

fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..8)?.to_vec();
    let mut at = 8;
    let mut head = 0;
    let mut exif = None;
    loop {
        let length = usize::try_from(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?)).ok()?;
        let kind = bytes.get(at + 4..at + 8)?;
        let chunk = bytes.get(at..at.checked_add(length)?.checked_add(12)?)?;
        at += chunk.len();
        if CHUNKS.iter().any(|known| *known == kind) {
            out.extend(chunk);
        } else if kind == b"eXIf" && exif.is_none() {
            exif = turn(&chunk[8..8 + length]);
        }
        match kind {
            b"IHDR" => head = out.len(),
            b"IEND" => break,
            _ => {}
        }
    }
    if let Some(tiff) = exif {
        let mut chunk = u32::try_from(tiff.len()).ok()?.to_be_bytes().to_vec();
        chunk.extend(b"eXIf");
        chunk.extend(tiff);
        let sum = crc(&chunk[4..]);
        chunk.extend(sum.to_be_bytes());
        out.splice(head..head, chunk);
    }
    Some(out)
}

/// Of a PNG's chunk; only of ours, which are short.
pub(super) fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

/// RFC 9649 §2.
fn webp(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.get(..12)?.to_vec();
    let size = usize::try_from(u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?)).ok()?;
    let bytes = bytes.get(..size.checked_add(8)?)?;
    let (mut at, mut flags, mut exif) = (12, None, None);
    while at < bytes.len() {
        let kind = bytes.get(at..at + 4)?;
        let length = usize::try_from(u32::from_le_bytes(bytes.get(at + 4..at + 8)?.try_into().ok()?)).ok()?;
        let end = at.checked_add(8)?.checked_add(length)?;
        let body = bytes.get(at + 8..end)?;
        match kind {
            b"EXIF" => exif = turn(body.strip_prefix(b"Exif\0\0").unwrap_or(body)),
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" | b"ICCP" => {
                if kind == b"VP8X" && length > 0 {
                    flags = Some(out.len() + 8);
                }
                out.extend(&bytes[at..end]);
                out.extend(&[0][..length % 2]);
            }
            _ => {}
        }
        at = end + length % 2;
    }
    if let Some(flags) = flags {
        // Exif and XMP.
        out[flags] &= !0x0c;
        if let Some(tiff) = exif {
            out[flags] |= 0x08;
            out.extend(b"EXIF");
            out.extend(u32::try_from(tiff.len()).ok()?.to_le_bytes());
            out.extend(&tiff);
            out.extend(&[0][..tiff.len() % 2]);
        }
    }
    let size = u32::try_from(out.len() - 8).ok()?;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    Some(out)
}
