//! AES-256-GCM (NIST SP 800-38D) of files of any size, as they pass by: the seal is only known good at the end, so
//! whoever decrypts must keep the plaintext to themselves until then (XEP-0454 §3).

use aes::Aes256;
use aes::cipher::{BlockCipherEncrypt as _, KeyInit as _, KeyIvInit as _, StreamCipher as _};
use bytes::{Bytes, BytesMut};
use ctr::Ctr32BE;
use ghash::GHash;
use ghash::universal_hash::UniversalHash as _;
use subtle::ConstantTimeEq as _;

use crate::error::Error;

/// Bytes of the tag behind the ciphertext.
pub(crate) const TAG: usize = 16;
const BLOCK: usize = 16;
/// What one key and IV may encrypt (SP 800-38D §5.2.1.1).
pub(crate) const LONGEST: u64 = (1 << 36) - 32;

struct Gcm {
    keystream: Ctr32BE<Aes256>,
    hash: GHash,
    /// Encrypts the tag.
    mask: [u8; BLOCK],
    /// Ciphertext that does not fill a block yet.
    rest: [u8; BLOCK],
    length: u64,
}

impl std::fmt::Debug for Gcm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gcm").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Gcm {
    /// Any length of IV but none.
    fn new(key: &[u8; 32], iv: &[u8]) -> Self {
        let cipher = Aes256::new(key.into());
        let mut subkey = [0_u8; BLOCK];
        cipher.encrypt_block((&mut subkey).into());
        let hash = GHash::new(&subkey.into());
        let mut counter = [0_u8; BLOCK];
        if iv.len() == 12 {
            counter[..12].copy_from_slice(iv);
            counter[15] = 1;
        } else {
            // §7.1 step 2
            let mut hash = hash.clone();
            hash.update_padded(iv);
            let mut lengths = [0_u8; BLOCK];
            lengths[8..].copy_from_slice(&(iv.len() as u64 * 8).to_be_bytes());
            hash.update(&[lengths.into()]);
            counter = hash.finalize().into();
        }
        let mut keystream = Ctr32BE::<Aes256>::new(key.into(), (&counter).into());
        let mut mask = [0_u8; BLOCK];
        keystream.apply_keystream(&mut mask);
        Self { keystream, hash, mask, rest: [0; BLOCK], length: 0 }
    }

    fn absorb(&mut self, mut ciphertext: &[u8]) {
        let open = usize::try_from(self.length % BLOCK as u64).unwrap_or(0);
        self.length += ciphertext.len() as u64;
        if open > 0 {
            let fits = ciphertext.len().min(BLOCK - open);
            self.rest[open..open + fits].copy_from_slice(&ciphertext[..fits]);
            ciphertext = &ciphertext[fits..];
            if open + fits < BLOCK {
                return;
            }
            self.hash.update(&[self.rest.into()]);
        }
        let whole = ciphertext.len() / BLOCK * BLOCK;
        self.hash.update_padded(&ciphertext[..whole]);
        self.rest[..ciphertext.len() - whole].copy_from_slice(&ciphertext[whole..]);
    }

    fn tag(mut self) -> [u8; TAG] {
        let open = usize::try_from(self.length % BLOCK as u64).unwrap_or(0);
        self.hash.update_padded(&self.rest[..open]);
        let mut lengths = [0_u8; BLOCK];
        lengths[8..].copy_from_slice(&(self.length * 8).to_be_bytes());
        self.hash.update(&[lengths.into()]);
        let mut tag: [u8; TAG] = self.hash.finalize().into();
        tag.iter_mut().zip(self.mask).for_each(|(byte, mask)| *byte ^= mask);
        tag
    }
}

/// Encrypts in place; the caller keeps to [`LONGEST`].
#[derive(Debug)]
pub(crate) struct Sealer(Gcm);

impl Sealer {
    pub(crate) fn new(key: &[u8; 32], iv: &[u8]) -> Self {
        Self(Gcm::new(key, iv))
    }

    pub(crate) fn update(&mut self, bytes: &mut [u8]) {
        self.0.keystream.apply_keystream(bytes);
        self.0.absorb(bytes);
    }

    /// The tag, which comes behind.
    pub(crate) fn finish(self) -> [u8; TAG] {
        self.0.tag()
    }
}

/// Decrypts; the last 16 bytes that come are the tag.
#[derive(Debug)]
pub(crate) struct Opener {
    gcm: Gcm,
    /// The end of what came: the tag, if nothing follows.
    tail: BytesMut,
}

impl Opener {
    pub(crate) fn new(key: &[u8; 32], iv: &[u8]) -> Self {
        Self { gcm: Gcm::new(key, iv), tail: BytesMut::new() }
    }

    /// Plaintext that is here from an earlier try: to go on behind it.
    pub(crate) fn skip(&mut self, plaintext: &[u8]) {
        let mut bytes = plaintext.to_vec();
        self.gcm.keystream.apply_keystream(&mut bytes);
        self.gcm.absorb(&bytes);
    }

    /// What of the plaintext is known now, 16 bytes behind what came.
    pub(crate) fn update(&mut self, ciphertext: &[u8]) -> Bytes {
        let mut bytes = std::mem::take(&mut self.tail);
        let behind = (bytes.len() + ciphertext.len()).saturating_sub(TAG);
        bytes.reserve(ciphertext.len());
        bytes.extend_from_slice(ciphertext);
        self.tail = BytesMut::from(&bytes[behind..]);
        bytes.truncate(behind);
        self.gcm.absorb(&bytes);
        self.gcm.keystream.apply_keystream(&mut bytes);
        bytes.freeze()
    }

    /// # Errors
    /// [`Error::Forged`]: it is not what was encrypted with this key.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let tag = self.gcm.tag();
        if bool::from(tag.ct_eq(&self.tail)) { Ok(()) } else { Err(Error::Forged) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aes_gcm::aead::Aead as _;
    use aes_gcm::aead::consts::U16;
    use aes_gcm::{Aes256Gcm, AesGcm};

    const KEY: [u8; 32] = [0x42; 32];

    /// With the crate that takes files in one piece.
    fn whole(iv: &[u8], plaintext: &[u8]) -> Vec<u8> {
        match <&[u8; 12]>::try_from(iv) {
            Ok(iv) => Aes256Gcm::new(&KEY.into()).encrypt(iv.into(), plaintext).unwrap(),
            Err(_) => AesGcm::<Aes256, U16>::new(&KEY.into())
                .encrypt(<&[u8; 16]>::try_from(iv).unwrap().into(), plaintext)
                .unwrap(),
        }
    }

    #[test]
    fn the_same_as_in_one_piece() {
        for iv in [&[7_u8; 12][..], &[9_u8; 16]] {
            for length in [0, 1, 15, 16, 17, 100, 1000, 4096] {
                let plaintext: Vec<u8> = (0..length).map(|i: u32| i.to_le_bytes()[0]).collect();
                let sealed = whole(iv, &plaintext);
                for step in [1, 7, 16, 33, 5000] {
                    let mut sealer = Sealer::new(&KEY, iv);
                    let mut ours = plaintext.clone();
                    ours.chunks_mut(step).for_each(|chunk| sealer.update(chunk));
                    ours.extend(sealer.finish());
                    assert_eq!(ours, sealed);
                    let mut opener = Opener::new(&KEY, iv);
                    let start = plaintext.len() / 3;
                    opener.skip(&plaintext[..start]);
                    let mut opened = plaintext[..start].to_vec();
                    for chunk in sealed[start..].chunks(step) {
                        opened.extend(opener.update(chunk));
                    }
                    assert_eq!(opened, plaintext);
                    assert_eq!(opener.finish(), Ok(()));
                }
            }
        }
    }

    #[test]
    fn any_change_is_found() {
        let sealed = whole(&[7; 12], b"a file of some bytes");
        for i in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[i] ^= 1;
            let mut opener = Opener::new(&KEY, &[7; 12]);
            opener.update(&forged);
            assert_eq!(opener.finish(), Err(Error::Forged));
        }
        for short in [0, 1, 15, 16, sealed.len() - 1] {
            let mut opener = Opener::new(&KEY, &[7; 12]);
            opener.update(&sealed[..short]);
            assert_eq!(opener.finish(), Err(Error::Forged));
        }
    }
}
