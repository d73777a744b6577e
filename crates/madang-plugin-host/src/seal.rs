//! Sealing of what a plugin keeps in its secure store, and of password settings. It protects a copied database, not a stolen
//! machine: the key lies beside it.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use madang_till::world::Chance;
use zeroize::Zeroizing;

/// What every sealed value begins with; another way of sealing gets another one.
const VERSION: &str = "v1:";
const NONCE_BYTES: usize = 12;

/// The key that values are sealed with: 32 bytes, handed in by the binary.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

/// A value that this key did not seal for this scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value cannot be opened: it was sealed with another key or for another plugin")]
pub struct NotOpened;

impl SealingKey {
    /// A key of 32 bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Seals `text` for `scope`: nobody opens it for another one.
    pub(crate) fn seal(&self, chance: &dyn Chance, scope: &str, text: &str) -> String {
        let mut nonce = [0; NONCE_BYTES];
        chance.fill(&mut nonce);
        let payload = Payload {
            msg: text.as_bytes(),
            aad: scope.as_bytes(),
        };
        // AES-GCM takes 64 GiB; a value is bounded far below.
        let sealed = self
            .cipher()
            .encrypt(&Nonce::from(nonce), payload)
            .expect("a bounded value");
        format!(
            "{VERSION}{}",
            STANDARD.encode([nonce.as_slice(), &sealed].concat())
        )
    }

    /// Opens what was sealed for `scope`.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub(crate) fn open(&self, scope: &str, sealed: &str) -> Result<String, NotOpened> {
        let bytes = STANDARD
            .decode(sealed.strip_prefix(VERSION).ok_or(NotOpened)?)
            .map_err(|_| NotOpened)?;
        let (nonce, text) = bytes.split_at_checked(NONCE_BYTES).ok_or(NotOpened)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| NotOpened)?;
        let payload = Payload {
            msg: text,
            aad: scope.as_bytes(),
        };
        let text = self
            .cipher()
            .decrypt(&Nonce::from(nonce), payload)
            .map_err(|_| NotOpened)?;
        String::from_utf8(text).map_err(|_| NotOpened)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&Key::<Aes256Gcm>::from(*self.0))
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(…)")
    }
}
