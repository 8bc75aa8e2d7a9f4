use std::fs;
use std::path::PathBuf;

use image::{GenericImageView as _, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;
use crate::file::{Part, Stripped, strip};

/// Red above, blue below.
fn flag(width: u32, height: u32) -> DynamicImage {
    let colour = |y| if y < height / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) };
    RgbImage::from_fn(width, height, |_, y| colour(y)).into()
}

fn bytes(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Exif with an orientation, a maker and a place.
fn exif(orientation: u8) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x02".to_vec();
    tiff.extend([0x01, 0x0f, 0, 2, 0, 0, 0, 6, 0, 0, 0, 38]);
    tiff.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    tiff.extend(b"\0\0\0\0SECRET GPS");
    tiff
}

fn jpeg(picture: &DynamicImage, orientation: u8) -> Vec<u8> {
    let plain = bytes(picture, ImageFormat::Jpeg);
    let mut out = plain[..2].to_vec();
    for (marker, body) in [
        (0xe1, [b"Exif\0\0".to_vec(), exif(orientation)].concat()),
        (0xe1, b"http://ns.adobe.com/xap/1.0/\0<x>SECRET</x>".to_vec()),
        (0xed, b"SECRET".to_vec()),
        (0xfe, b"SECRET comment".to_vec()),
    ] {
        out.extend([0xff, marker]);
        out.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        out.extend(body);
    }
    out.extend(&plain[2..]);
    out.extend(b"a film with SECRETs behind");
    out
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let plain = bytes(picture, ImageFormat::Png);
    let mut out = plain[..33].to_vec();
    for (kind, body) in [(b"tEXt", b"Author\0SECRET".to_vec()), (b"eXIf", exif(6))] {
        out.extend(u32::try_from(body.len()).unwrap().to_be_bytes());
        let start = out.len();
        out.extend(kind);
        out.extend(body);
        let sum = crate::file::photo::crc(&out[start..]);
        out.extend(sum.to_be_bytes());
    }
    out.extend(&plain[33..]);
    out
}

/// In VP8X form, with all its metadata.
fn webp(picture: &DynamicImage) -> Vec<u8> {
    let plain = bytes(picture, ImageFormat::WebP);
    let mut body = b"WEBPVP8X\x0a\0\0\0\x0c\0\0\0".to_vec();
    body.extend(&(picture.width() - 1).to_le_bytes()[..3]);
    body.extend(&(picture.height() - 1).to_le_bytes()[..3]);
    body.extend(&plain[12..]);
    for (kind, chunk) in [(b"EXIF", exif(6)), (b"XMP ", b"SECRET".to_vec())] {
        body.extend(kind);
        body.extend(u32::try_from(chunk.len()).unwrap().to_le_bytes());
        body.extend(&chunk);
        body.extend(vec![0; chunk.len() % 2]);
    }
    [b"RIFF".to_vec(), u32::try_from(body.len()).unwrap().to_le_bytes().to_vec(), body].concat()
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let part = Part::create(self.0.path()).unwrap();
        fs::write(part.path(), bytes).unwrap();
        part.path().to_owned()
    }
}

fn is_upright(picture: &DynamicImage) -> bool {
    let red = |x, y| picture.get_pixel(x, y).0[0] > 200;
    red(picture.width() / 2, 1) && !red(picture.width() / 2, picture.height() - 2)
}

#[test]
fn turned_small_and_without_metadata() {
    let folder = Folder::new();
    // What is to be turned by 90° lies on its side: its top is at the right… and comes out upright.
    let lying = flag(300, 600).rotate270();
    assert_eq!(lying.dimensions(), (600, 300));
    let path = folder.put(&jpeg(&lying, 6));
    assert_eq!(measure(&path).unwrap(), Picture { format: Format::Jpeg, width: 300, height: 600 });
    let small = thumbnail(&path, 128).unwrap();
    assert_eq!((small.width, small.height, small.format), (64, 128, Format::Jpeg));
    assert!(small.bytes.len() <= MAX_THUMBNAIL);
    assert!(is_upright(&image::load_from_memory(&small.bytes).unwrap()));
    assert!(!small.bytes.windows(6).any(|window| window == b"SECRET"));
    // A small one is not made larger.
    let small = thumbnail(&folder.put(&bytes(&flag(20, 10), ImageFormat::Gif)), 128).unwrap();
    assert_eq!((small.width, small.height), (20, 10));
}

#[test]
fn noise_fits_too() {
    let folder = Folder::new();
    let mut state = 1_u32;
    let mut noise = |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [a, b, c, d] = state.to_be_bytes();
        Rgba([a, b, c ^ d, a | 1])
    };
    let noisy: DynamicImage = RgbaImage::from_fn(512, 512, &mut noise).into();
    let small = thumbnail(&folder.put(&bytes(&noisy, ImageFormat::Png)), 512).unwrap();
    assert!(small.format == Format::Png && small.bytes.len() <= MAX_THUMBNAIL, "transparent");
    let small = thumbnail(&folder.put(&bytes(&noisy.to_rgb8().into(), ImageFormat::WebP)), 512).unwrap();
    assert!(small.format == Format::Jpeg && small.bytes.len() <= MAX_THUMBNAIL);
}

#[test]
fn giants_and_garbage() {
    let folder = Folder::new();
    let mut giant = bytes(&flag(4, 4), ImageFormat::Png);
    giant[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    giant[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let sum = crate::file::photo::crc(&giant[12..29]);
    giant[29..33].copy_from_slice(&sum.to_be_bytes());
    let refused = Err(Error::Giant { width: 60_000, height: 60_000 });
    assert_eq!(thumbnail(&folder.put(&giant), 128), refused);
    assert!(matches!(measure(&folder.put(b"<svg width='1'/>")), Err(Error::Picture(_))));
    assert!(matches!(measure(&folder.put(b"")), Err(Error::Picture(_))));
    assert_eq!(measure(folder.0.path()).unwrap_err(), Error::NoFile);
    // Cut and bent anywhere: an answer, and soon.
    for whole in
        [jpeg(&flag(64, 64), 6), png(&flag(64, 64)), webp(&flag(64, 64)), bytes(&flag(64, 64), ImageFormat::Gif)]
    {
        for at in (0..whole.len()).step_by(whole.len() / 40 + 1) {
            let path = folder.put(&whole[..at]);
            drop((measure(&path), thumbnail(&path, 64), strip(&path, folder.0.path(), None)));
            let mut bent = whole.clone();
            bent[at] ^= 0xff;
            let path = folder.put(&bent);
            drop((measure(&path), thumbnail(&path, 64), strip(&path, folder.0.path(), None)));
        }
    }
}

#[test]
fn a_photo_without_its_secrets() {
    let folder = Folder::new();
    let lying = flag(30, 60).rotate270();
    for (whole, turned) in
        [(jpeg(&lying, 6), true), (png(&lying), true), (webp(&lying), true), (jpeg(&lying, 1), false)]
    {
        assert!(whole.windows(6).any(|window| window == b"SECRET"));
        let path = folder.put(&whole);
        let before = measure(&path).unwrap();
        let Stripped::Photo(part) = strip(&path, folder.0.path(), None).unwrap() else { panic!() };
        let stripped = fs::read(part.path()).unwrap();
        assert!(!stripped.windows(6).any(|window| window == b"SECRET"));
        assert_eq!(measure(part.path()).unwrap(), before, "it is turned as it was");
        assert_eq!((before.width, before.height), if turned { (30, 60) } else { (60, 30) });
        let same = image::load_from_memory(&stripped).unwrap() == image::load_from_memory(&whole).unwrap();
        assert!(same, "not one point is another");
        // Nothing is left to be taken out.
        assert!(matches!(strip(part.path(), folder.0.path(), None), Ok(Stripped::Other)));
        assert!(matches!(strip(&path, folder.0.path(), Some(100)), Err(Error::OverQuota { left: 100, .. })));
    }
    for other in [&b"%PDF-1.7"[..], b"GIF89a", b"\0\0\0\x20ftypisom\0\0\0\0", b"II", b""] {
        assert!(matches!(strip(&folder.put(other), folder.0.path(), None), Ok(Stripped::Other)));
    }
}

#[test]
fn what_cannot_be_taken_out_is_not_sent() {
    let folder = Folder::new();
    let closed = [
        &b"\xff\xd8\xff\xe1\xff\xff"[..],
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
        b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
        b"II*\0\x08\0\0\0",
        b"MM\0*\0\0\0\x08",
        b"\xff\x0a\xfa\x7f",
        b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ",
    ];
    let refused = |path: &Path| matches!(strip(path, folder.0.path(), None), Err(Error::Picture(_)));
    for photo in closed {
        assert!(refused(&folder.put(photo)), "{photo:?}");
    }
    let large = folder.put(&jpeg(&flag(4, 4), 1));
    fs::File::options().write(true).open(&large).unwrap().set_len(65 * 1024 * 1024).unwrap();
    assert!(refused(&large));
}
