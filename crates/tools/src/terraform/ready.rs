//! Makes a mirror ready for a plan: the override that puts the state where it belongs, and `init`
//! where something changed that the tool cannot notice by itself. What it does notice (modules,
//! plugins) it says when it plans.

use super::failure::failure;
use super::place::digest;
use super::stream::Stream;
use super::{Job, Progress, StatePlace};
use crate::launch::private_file;
use crate::{Call, Failure, Launcher};
use seam_model::{Finding, Tool, codes};
use serde_json::json;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Lies beside the code in the mirror and says where the state is.
pub(super) const OVERRIDE_FILE: &str = "seam_override.tf.json";

/// Brings override and `init` in step.
pub(super) fn ready(
    job: &Job,
    launcher: &mut dyn Launcher,
    progress: &mut dyn FnMut(&Progress),
) -> Result<(), Failure> {
    write_override(job).map_err(|error| broken(job, &error))?;
    let kept = std::fs::read_to_string(kept_path(job)).unwrap_or_default();
    if kept == fingerprint(job) && backend_is_kept(job) {
        return Ok(());
    }
    init(job, launcher, progress)
}

/// Runs `init`, and keeps what it was run for.
pub(super) fn init(job: &Job, launcher: &mut dyn Launcher, progress: &mut dyn FnMut(&Progress)) -> Result<(), Failure> {
    let mut stream = Stream::default();
    let process = launcher.launch(
        Call::Init,
        &mut |folder| {
            let mut command = job.command(init_args(job, folder)?);
            command.env.extend(plugin_cache(job)?);
            command.lock = plugin_lock(job)?;
            Ok(command)
        },
        &mut |line| {
            if let Some(line) = stream.line(line) {
                progress(&Progress { done: 0, total: 0, line });
            }
        },
    )?;
    if !process.ended.is_success() {
        let failure = failure(job, "init", stream, process.ended);
        if tf_workspace(job).is_some() && lacks_workspace(&failure) {
            // The first write to its state makes it; until then the backend is opened without it.
            let env: Vec<_> = job.env.iter().filter(|(name, _)| name != TF_WORKSPACE).cloned().collect();
            return init(&Job { env: &env, ..job.clone() }, launcher, progress);
        }
        return Err(failure);
    }
    std::fs::write(kept_path(job), fingerprint(job)).map_err(|error| broken(job, &error))
}

fn init_args(job: &Job, folder: &Path) -> io::Result<Vec<OsString>> {
    let mut args: Vec<OsString> = ["init", "-input=false", "-no-color"].map(OsString::from).into();
    if !matches!(job.state, StatePlace::Backend { kind, .. } if kind == "cloud") {
        args.push("-reconfigure".into());
    }
    if says_json(job) {
        args.push("-json".into());
    }
    if let Some(settings) = job.state.settings_json() {
        let path = folder.join("backend.json");
        private_file(&path, settings.as_bytes())?;
        args.push(option("-backend-config=", &path));
    }
    Ok(args)
}

/// `init` speaks JSON since Terraform 1.9 and OpenTofu 1.7.
pub(super) fn says_json(job: &Job) -> bool {
    let since = if job.program.tool == Tool::OpenTofu { 7 } else { 9 };
    job.program.version >= semver::Version::new(1, since, 0)
}

/// The variable by which the tool is told the TF workspace.
pub(super) const TF_WORKSPACE: &str = "TF_WORKSPACE";

/// The TF workspace that is not `default`.
pub(super) fn tf_workspace<'a>(job: &Job<'a>) -> Option<&'a OsStr> {
    let named = job.env.iter().find(|(name, _)| name == TF_WORKSPACE).map(|(_, value)| value.as_os_str());
    named.filter(|value| *value != "default")
}

/// Where several TF workspaces are and the wanted one is not yet, `init` cannot choose one.
fn lacks_workspace(failure: &Failure) -> bool {
    let said = failure.diagnostics.iter().map(|diagnostic| &diagnostic.summary).chain(&failure.tail);
    said.into_iter().any(|text| text.contains("Currently selected workspace") && text.contains("does not exist"))
}

/// `NAME=PATH` as one argument.
pub(super) fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}

/// The override: a local state's path, or the type of a backend that the code has no block for.
fn write_override(job: &Job) -> io::Result<()> {
    let path = job.folder.join(OVERRIDE_FILE);
    let backend = match job.state {
        StatePlace::Local { path, .. } => {
            if let Some(parent) = path.parent() {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
            }
            let text = |path: &Path| path.to_str().map(str::to_owned);
            let not_text = || io::Error::other("the state's path is not UTF-8");
            let mut local = json!({"path": text(path).ok_or_else(not_text)?});
            if let (Some(_), Some(workspaces)) = (tf_workspace(job), path.parent().and_then(Path::parent)) {
                local = json!({
                    "path": text(&workspaces.join("terraform.tfstate")).ok_or_else(not_text)?,
                    "workspace_dir": text(workspaces).ok_or_else(not_text)?,
                });
            }
            json!({"local": local})
        }
        StatePlace::Backend { kind, block: None, .. } => json!({kind: {}}),
        StatePlace::Backend { block: Some(_), .. } => {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
    };
    let text = json!({"terraform": {"backend": backend}}).to_string();
    if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    std::fs::write(path, text)
}

/// What `init` was last run for lies in the tool's data folder, so that it goes with it.
fn kept_path(job: &Job) -> PathBuf {
    job.folder.join(".terraform/seam-init")
}

/// Where the tool keeps which backend it was initialized for, settings in clear.
pub(super) fn backend_path(job: &Job) -> PathBuf {
    job.folder.join(".terraform/terraform.tfstate")
}

fn backend_is_kept(job: &Job) -> bool {
    backend_path(job).exists()
}

/// A digest of what the tool itself does not notice, or only after it was asked: its own kind and
/// version, the backend's settings, the lock file.
fn fingerprint(job: &Job) -> String {
    let version = &job.program.version;
    let place = match job.state {
        StatePlace::Local { path, .. } => path.display().to_string(),
        backend @ StatePlace::Backend { .. } => backend.identity(),
    };
    let lock_file = std::fs::read_to_string(job.folder.join(".terraform.lock.hcl")).unwrap_or_default();
    let tool = job.program.tool.as_str();
    digest(&format!("{tool} {}.{}\n{place}\n{lock_file}", version.major, version.minor))
}

fn plugin_cache(job: &Job) -> io::Result<Option<(OsString, OsString)>> {
    const NAME: &str = "TF_PLUGIN_CACHE_DIR";
    if job.env.iter().any(|(name, _)| name == NAME) {
        return Ok(None);
    }
    std::fs::create_dir_all(job.plugin_cache)?;
    Ok(Some((NAME.into(), job.plugin_cache.into())))
}

/// What `init` must hold while it runs, because two that write to one plugin cache break it. OpenTofu's
/// is safe since 1.10.
fn plugin_lock(job: &Job) -> io::Result<Option<PathBuf>> {
    if job.program.tool == Tool::OpenTofu && job.program.version >= semver::Version::new(1, 10, 0) {
        return Ok(None);
    }
    if let Some(parent) = job.plugin_lock.parent() {
        std::fs::create_dir_all(parent)?;
    }
    Ok(Some(job.plugin_lock.to_owned()))
}

fn broken(job: &Job, error: &io::Error) -> Failure {
    let message = format!("cannot prepare {}: {error}", job.folder.display());
    Failure::from(Box::new(Finding::error(codes::MIRROR, message)))
}
