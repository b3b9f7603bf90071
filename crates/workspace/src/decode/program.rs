//! The programs of an `exec` stack that lie in its folder: are they there, and may they be run?

use crate::code::file_names;
use crate::decode::stack::Roots;
use crate::node::Node;
use crate::path::{display, resolve};
use crate::report::Report;
use seam_model::{Finding, codes, nearest};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Checks each first argument that is a path below `source`, the folder of the stack's code. A file that
/// is not there yet may be made by a command before it, so it is a warning unless one beside it is much
/// like it.
pub(super) fn check_programs(roots: Roots, stack: &Node, source: &Path, report: &mut Report) {
    let Some(exec) = stack.get("exec") else { return };
    for key in ["plan", "apply", "destroy"] {
        let Some(node) = exec.get(key).and_then(|argv| argv.items().first()) else { continue };
        let Some(text) = node.text().filter(|text| text.contains('/') && !text.starts_with('/')) else { continue };
        if text.contains('{') {
            continue;
        }
        let path = resolve(source, Path::new(text));
        match roots.workspace.join(&path).metadata() {
            Err(_) => report.findings.push(missing(roots, text, &path).at(&report.text.place(&node.span))),
            Ok(file) if file.is_file() && file.permissions().mode() & 0o111 == 0 => {
                let path = display(&path);
                report
                    .error(codes::BAD_VALUE, format!("`{path}` may not be executed"), &node.span)
                    .help(format!("chmod +x {path}, or name the program that reads it: [sh, {text}]"));
            }
            Ok(_) => {}
        }
    }
}

fn missing(roots: Roots, text: &str, path: &Path) -> Finding {
    let message = format!("there is no file `{}`", display(path));
    let folder = path.parent().unwrap_or(Path::new(""));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let names = file_names(&roots.workspace.join(folder));
    match nearest(&name, names.iter().map(String::as_str)) {
        Some(near) => {
            let near = text.strip_suffix(&*name).map_or_else(|| near.to_owned(), |folder| format!("{folder}{near}"));
            Finding::error(codes::MISSING_FILE, message).help(format!("did you mean `{near}`?"))
        }
        None => Finding::warning(codes::MISSING_FILE, message).help("the path is relative to the folder of the code"),
    }
}
