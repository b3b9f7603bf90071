//! File systems on which SQLite's locks or its shared memory do not hold: they are refused before
//! anything is created.

use std::io;
use std::path::Path;

/// The name of the network file system that `path`, or the nearest folder above it that exists,
/// lies on; `None` for a local one.
pub(crate) fn network_kind(path: &Path) -> io::Result<Option<&'static str>> {
    let mut place = path;
    while !place.try_exists()? {
        place = match place.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    kind_of(place)
}

/// By the magic number of `statfs(2)`. virtiofs has that of FUSE.
#[cfg(target_os = "linux")]
const NETWORK_KINDS: [(i128, &str); 11] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE or virtiofs"),
    (0x5346_414f, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x786f_4256, "a VirtualBox folder"),
];

#[cfg(target_os = "linux")]
fn kind_of(place: &Path) -> io::Result<Option<&'static str>> {
    // The type and sign of the number differ between platforms; the magic is 32 bits of it.
    Ok(name_of(i128::from(rustix::fs::statfs(place)?.f_type) & 0xffff_ffff))
}

#[cfg(target_os = "linux")]
fn name_of(magic: i128) -> Option<&'static str> {
    NETWORK_KINDS.into_iter().find(|(known, _)| *known == magic).map(|(_, kind)| kind)
}

/// By the name of the file system.
#[cfg(target_os = "macos")]
const NETWORK_KINDS: [&str; 7] = ["nfs", "smbfs", "afpfs", "webdav", "macfuse", "osxfuse", "fuse-t"];

#[cfg(target_os = "macos")]
fn kind_of(place: &Path) -> io::Result<Option<&'static str>> {
    let name = rustix::fs::statfs(place)?.f_fstypename;
    let name: Vec<u8> = name.iter().take_while(|byte| **byte != 0).map(|byte| byte.cast_unsigned()).collect();
    Ok(NETWORK_KINDS.into_iter().find(|known| known.as_bytes() == name))
}

#[cfg(test)]
mod tests {
    use super::network_kind;
    use std::path::Path;

    #[test]
    #[cfg(target_os = "linux")]
    fn network_file_systems_are_known_by_their_numbers() {
        let nfs = i128::from(rustix::fs::NFS_SUPER_MAGIC);
        assert_eq!([nfs, 0xff53_4d42, 0x0102_1997].map(super::name_of), [Some("NFS"), Some("CIFS"), Some("9p")]);
        let (ext4, tmpfs) = (0xef53, 0x0102_1994);
        assert_eq!([ext4, tmpfs].map(super::name_of), [None, None]);
    }

    #[test]
    fn asks_for_the_nearest_folder_that_exists() {
        let local = tempfile::tempdir().unwrap();
        assert_eq!(network_kind(&local.path().join("a/b/registry.db")).unwrap(), None);
        assert_eq!(network_kind(Path::new("not/here")).unwrap(), None);
    }
}
