//! Consistent colours: XEP-0392 §5.1.

use sha1::{Digest as _, Sha1};

/// The hue angle of an address, 0–359.
pub(crate) fn hue(text: &str) -> u16 {
    let hash = Sha1::digest(text.as_bytes());
    let angle = u32::from(u16::from_le_bytes([hash[0], hash[1]])) * 360 / 65536;
    u16::try_from(angle).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::hue;

    // XEP-0392 §13.1.
    #[test]
    fn vectors() {
        assert_eq!(hue("Romeo"), 327);
        assert_eq!(hue("juliet@capulet.lit"), 209);
        assert_eq!(hue("😺"), 331);
    }
}
