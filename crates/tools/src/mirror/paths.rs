//! Paths as texts: made absolute without `..`, and relative to a folder. No file is looked at.

use std::path::{Component, Path, PathBuf};

/// `path` seen from the absolute `base`, without `.` and `..`.
pub fn absolute(base: &Path, path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// The way from the absolute folder `from` to the absolute `to`.
pub fn relative(from: &Path, to: &Path) -> PathBuf {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    up.chain(to.components().skip(common)).collect()
}

#[cfg(test)]
mod tests {
    use super::{absolute, relative};
    use std::path::Path;

    #[test]
    fn ways_there_and_back() {
        for (from, to, way) in
            [("/a/b", "/a/b/c", "c"), ("/a/b", "/a/c/d", "../c/d"), ("/a", "/a", ""), ("/a", "/b", "../b")]
        {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
            assert_eq!(absolute(Path::new(from), Path::new(way)), Path::new(to));
        }
        assert_eq!(absolute(Path::new("/a"), Path::new("./b/../../..")), Path::new("/"));
    }
}
