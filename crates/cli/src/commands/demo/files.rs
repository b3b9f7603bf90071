//! The shops of `examples/`, built into the binary: one in Terraform code, one in shell scripts.

/// A file of a workspace: its path below it, and what is in it.
pub type File = (&'static str, &'static str);

macro_rules! files {
    ($folder:literal: $($path:literal)*) => {
        &[$(($path, include_str!(concat!("../../../../../examples/", $folder, "/", $path)))),*]
    };
}

/// For Terraform and OpenTofu.
pub const SHOP: &[File] = files! {
    "shop":
    "seam.yaml"
    "config/defaults.yaml"
    "config/prod.yaml"
    "modules/service/main.tf"
    "stacks/api/main.tf"
    "stacks/api/stack.yaml"
    "stacks/backend/main.tf"
    "stacks/backend/stack.yaml"
    "stacks/database/main.tf"
    "stacks/database/stack.yaml"
    "stacks/frontend/main.tf"
    "stacks/frontend/stack.yaml"
    "stacks/monitoring/main.tf"
    "stacks/monitoring/stack.yaml"
    "stacks/network/main.tf"
    "stacks/network/stack.yaml"
};

/// For machines without either.
pub const SHOP_EXEC: &[File] = files! {
    "shop-exec":
    "seam.yaml"
    "config/defaults.yaml"
    "config/prod.yaml"
    "scripts/api.sh"
    "scripts/backend.sh"
    "scripts/database.sh"
    "scripts/deploy.sh"
    "scripts/frontend.sh"
    "scripts/monitoring.sh"
    "scripts/network.sh"
    "stacks/api/stack.yaml"
    "stacks/backend/stack.yaml"
    "stacks/database/stack.yaml"
    "stacks/frontend/stack.yaml"
    "stacks/monitoring/stack.yaml"
    "stacks/network/stack.yaml"
};

#[cfg(test)]
mod tests {
    use super::{File, SHOP, SHOP_EXEC};
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    /// Every file below `folder`, what Seam made there aside.
    fn below(folder: &Path, files: &mut BTreeSet<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.file_name().unwrap().to_str().unwrap() {
                ".seam" | ".terraform.lock.hcl" => {}
                _ if path.is_dir() => below(&path, files),
                _ => {
                    files.insert(path);
                }
            }
        }
    }

    #[test]
    fn no_file_of_an_example_is_forgotten() {
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        for (name, files) in [("shop", SHOP), ("shop-exec", SHOP_EXEC)] {
            let mut there = BTreeSet::new();
            below(&examples.join(name), &mut there);
            let listed: BTreeSet<PathBuf> =
                files.iter().map(|(path, _): &File| examples.join(name).join(path)).collect();
            assert_eq!(listed, there);
        }
    }
}
