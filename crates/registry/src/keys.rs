//! Keys: the registry's key file, what is derived from it, and the data keys of instances, which
//! lie wrapped in the log's work.

use crate::trouble::{Trouble, file_error};
use crate::wire::Sealed;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use seam_log::{Log, Turn, WorkItem};
use seam_model::Address;
use sha2::Sha256;
use std::fs::{DirBuilder, File, OpenOptions, hard_link, remove_file};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// An instance gets another data key when the key file is another one.
const GENERATIONS_MAX: usize = 10_000;
/// What the names of all data keys begin with.
const SEAL: &str = "seal/";

type Key = [u8; KEY_BYTES];

/// The keys of one registry.
pub(crate) struct Keys {
    /// Where the key file is; `None` where there is no registry yet that could have one.
    path: Option<PathBuf>,
    /// Did this process make the key file?
    is_new: bool,
    /// Set when the first value is sealed with the key file: now somebody needs it.
    first_used: Arc<OnceLock<PathBuf>>,
    root: Option<Root>,
}

/// What the key file's bytes are used for, each with a key of its own.
#[derive(Clone, Copy)]
struct Root {
    wrapping: Key,
    digesting: Key,
}

/// The data key that an instance's values are sealed with.
pub(crate) struct DataKey {
    generation: u64,
    key: Key,
}

impl Keys {
    pub(crate) fn new(path: Option<PathBuf>, first_used: Arc<OnceLock<PathBuf>>) -> Self {
        Self { path, is_new: false, first_used, root: None }
    }

    /// Reads the key file if it is there.
    fn load(&mut self) -> Result<Option<Root>, Trouble> {
        if self.root.is_none()
            && let Some(path) = &self.path
        {
            self.root = read_key(path)?.map(|key| Root::new(&key));
        }
        Ok(self.root)
    }

    /// Reads the key file, or makes it (0600, its folder 0700).
    pub(crate) fn ensure(&mut self) -> Result<(), Trouble> {
        if self.load()?.is_some() {
            return Ok(());
        }
        let Some(path) = self.path.clone() else { return self.load_or_forget() };
        self.is_new = create_key(&path).map_err(file_error("create the key file", &path))?;
        self.load().map(|_| ())
    }

    /// Where there is no key file and none may be made, works with a key that nobody keeps:
    /// digests then match nothing that was recorded.
    pub(crate) fn load_or_forget(&mut self) -> Result<(), Trouble> {
        if self.load()?.is_none() {
            self.root = Some(Root::new(&random()?));
        }
        Ok(())
    }

    /// HMAC-SHA256 in hex. The key was loaded before.
    pub(crate) fn mac(&mut self, text: &[u8]) -> Result<String, Trouble> {
        Ok(hex(&hmac(&self.loaded()?.digesting, text)))
    }

    /// The data key to seal new values of an instance with: the last one that opens. Made where none
    /// does, because there is none yet or because the key file is another one than before.
    pub(crate) fn sealing_key(&mut self, turn: &Turn<'_>, address: &Address) -> Result<DataKey, Trouble> {
        let root = self.loaded()?;
        let items = turn.scan_work(&work_prefix(address), "", GENERATIONS_MAX)?;
        let generation_of = |item: &WorkItem| item.key.rsplit('/').next().and_then(|number| number.parse().ok());
        let opens = |item: &WorkItem| Some(DataKey { generation: generation_of(item)?, key: unwrap(&root, item)? });
        if let Some(key) = items.iter().rev().find_map(opens) {
            return Ok(key);
        }
        if self.is_new || turn.scan_work(SEAL, "", 1)?.is_empty() {
            self.path.iter().for_each(|path| drop(self.first_used.set(path.clone())));
        }
        let generation = items.last().and_then(generation_of).unwrap_or(0) + 1;
        let (name, key) = (work_key(address, generation), random()?);
        let (nonce, data) = encrypt(&root.wrapping, &key, name.as_bytes())?;
        turn.put_work(&name, None, &[&nonce[..], &data].concat())?;
        Ok(DataKey { generation, key })
    }

    /// Opens a sealed value of an instance; `None` where its key is not here.
    pub(crate) fn open(
        &mut self,
        log: &Log,
        address: &Address,
        place: &str,
        sealed: &Sealed,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let Some(root) = self.load()? else { return Ok(None) };
        let item = log.work(&work_key(address, sealed.generation))?;
        let Some(key) = item.and_then(|item| unwrap(&root, &item)) else { return Ok(None) };
        let nonce = unhex(&sealed.nonce).and_then(|nonce| nonce.try_into().ok());
        let (Some(nonce), Some(data)) = (nonce, unhex(&sealed.data)) else { return Ok(None) };
        Ok(decrypt(&key, &nonce, &data, &bound_to(address, place)))
    }

    fn loaded(&mut self) -> Result<Root, Trouble> {
        let path = self.path.clone().unwrap_or_default();
        self.load()?.ok_or_else(|| file_error("read the key file", &path)(io::ErrorKind::NotFound.into()).into())
    }
}

impl DataKey {
    /// Seals a value; `place` says which one it is, and opening it as another one fails.
    pub(crate) fn seal(&self, address: &Address, place: &str, plain: &[u8]) -> Result<Sealed, Trouble> {
        let (nonce, data) = encrypt(&self.key, plain, &bound_to(address, place))?;
        Ok(Sealed { generation: self.generation, nonce: hex(&nonce), data: hex(&data) })
    }
}

impl Root {
    fn new(file: &Key) -> Self {
        Self { wrapping: hmac(file, b"seam wrapping key 1"), digesting: hmac(file, b"seam digest key 1") }
    }
}

/// The data key in an item of work, if it was wrapped with this key file.
fn unwrap(root: &Root, item: &WorkItem) -> Option<Key> {
    let (nonce, data) = item.value.split_first_chunk()?;
    decrypt(&root.wrapping, nonce, data, item.key.as_bytes())?.try_into().ok()
}

fn work_prefix(address: &Address) -> String {
    format!("{SEAL}{address}/")
}

/// Ordered as text as by number.
fn work_key(address: &Address, generation: u64) -> String {
    format!("seal/{address}/{generation:020}")
}

fn bound_to(address: &Address, place: &str) -> Vec<u8> {
    format!("seam sealed value 1\n{address}\n{place}").into_bytes()
}

fn encrypt(key: &Key, plain: &[u8], bound_to: &[u8]) -> Result<([u8; NONCE_BYTES], Vec<u8>), Trouble> {
    let nonce: [u8; NONCE_BYTES] = random()?;
    XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound_to })
        .map(|data| (nonce, data))
        .map_err(|_| Trouble::Malformed("a value that cannot be sealed".to_owned()))
}

fn decrypt(key: &Key, nonce: &[u8; NONCE_BYTES], data: &[u8], bound_to: &[u8]) -> Option<Vec<u8>> {
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), Payload { msg: data, aad: bound_to }).ok()
}

fn hmac(key: &Key, text: &[u8]) -> [u8; 32] {
    // RFC 2104: a key shorter than a block is filled up with zeros.
    let mut block = [0; 64];
    block[..KEY_BYTES].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(text);
    mac.finalize().into_bytes().into()
}

pub(crate) fn random<const N: usize>() -> Result<[u8; N], Trouble> {
    Ok(random_bytes().map_err(file_error("draw", Path::new("random bytes")))?)
}

fn random_bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(bytes)
}

fn read_key(path: &Path) -> Result<Option<Key>, Trouble> {
    match std::fs::read(path) {
        Ok(bytes) => {
            let wrong = |bytes: Vec<u8>| io::Error::other(format!("it has {} bytes and not {KEY_BYTES}", bytes.len()));
            Key::try_from(bytes)
                .map(Some)
                .map_err(wrong)
                .map_err(file_error("read the key file", path))
                .map_err(Into::into)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(file_error("read the key file", path)(error).into()),
    }
}

/// Makes the key file, whole from its first moment on: another process may make it too, and then
/// one of them wins. Was it this one?
fn create_key(path: &Path) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let (key, name): (Key, [u8; 8]) = (random_bytes()?, random_bytes()?);
    let draft = path.with_extension(hex(&name));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    let linked = file.write_all(&key).and_then(|()| file.sync_all()).and_then(|()| hard_link(&draft, path));
    remove_file(&draft)?;
    match linked {
        Ok(()) => {
            // What is sealed must not outlive its key when the power goes. Folders above may be as new
            // as the key; one that we may not flush is not of our making.
            for (depth, folder) in path.ancestors().skip(1).enumerate() {
                match File::open(folder).and_then(|folder| folder.sync_all()) {
                    Err(error) if depth == 0 => return Err(error),
                    Err(_) => break,
                    Ok(()) => {}
                }
            }
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|half| char::from(DIGITS[usize::from(half)])).collect()
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let half = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(half(*high)? << 4 | half(*low)?),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{DataKey, bound_to, decrypt, hex, unhex};

    #[test]
    fn a_sealed_value_opens_only_where_it_belongs() {
        let address = "shop/app/dev".parse().unwrap();
        let key = DataKey { generation: 1, key: [7; 32] };
        let sealed = key.seal(&address, "output 1 password", b"secret").unwrap();
        let (nonce, data) = (unhex(&sealed.nonce).unwrap().try_into().unwrap(), unhex(&sealed.data).unwrap());
        let open = |key, address: &str, place| decrypt(key, &nonce, &data, &bound_to(&address.parse().unwrap(), place));
        assert_eq!(open(&key.key, "shop/app/dev", "output 1 password").as_deref(), Some(&b"secret"[..]));
        assert_eq!(open(&key.key, "shop/app/prod", "output 1 password"), None);
        assert_eq!(open(&key.key, "shop/app/dev", "output 2 password"), None);
        assert_eq!(open(&[8; 32], "shop/app/dev", "output 1 password"), None);
        assert_ne!(key.seal(&address, "output 1 password", b"secret").unwrap().data, sealed.data);
    }

    #[test]
    fn hexadecimal_is_read_as_written() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!((unhex("0"), unhex("0g"), unhex("é")), (None, None, None));
    }
}
