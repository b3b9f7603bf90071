//! The folders of a run: `.seam/runs/RUN/STACK/N-CALL/`, one a process of a tool, and the lock that
//! says whether somebody drives the run.

use crate::mask::Masker;
use crate::{Session, shown_address};
use seam_model::{Finding, Name, Value, codes};
use seam_process::{Found, Lock, StepFolder, look};
use seam_tools::{Call, exec, terraform};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// How many ended applies and destroys are kept.
pub const RUNS_KEPT: usize = 20;
/// How many plans are kept.
const PLANS_KEPT: usize = 3;
/// The file whose lock says whether somebody drives the run.
pub const LOCK: &str = "lock";
/// What an apply that did not succeed began to create, by addresses that may be shown.
const CREATIONS: &str = "creations.json";
/// What tools get their inputs from.
const INPUT_FILES: [&str; 2] = ["variables.tfvars.json", "inputs.json"];

/// The folder of one run, and its lock.
#[derive(Debug)]
pub struct RunFolder {
    /// `.seam/runs/RUN`, or `.seam/runs/plan-TIME`.
    pub path: PathBuf,
    _lock: Lock,
}

impl RunFolder {
    /// Makes the folder `name` and takes its lock.
    pub fn make(runs: &Path, name: &str, command: &str) -> Result<Self, Box<Finding>> {
        let path = runs.join(name);
        private_folders(&path).map_err(|error| unwritable(&path, &error))?;
        match Lock::try_take(&path.join(LOCK), command).map_err(|error| unwritable(&path, &error))? {
            Some(lock) => Ok(Self { path, _lock: lock }),
            // Between the record of the run and this line somebody took it for dead.
            None => Err(Box::new(
                Finding::error(codes::LOCKED, format!("another command looks after {}", path.display()))
                    .help("run the command again"),
            )),
        }
    }

    /// Where the processes of a stack's step have their folders.
    pub fn step(&self, stack: &Name) -> PathBuf {
        self.path.join(stack.as_str())
    }
}

fn unwritable(path: &Path, error: &dyn std::fmt::Display) -> Box<Finding> {
    Box::new(Finding::error(codes::UNREADABLE, format!("cannot prepare {}: {error}", path.display())))
}

/// Makes the folder of a step's next process, `N-CALL`, N from 1. Nobody else makes folders there:
/// the run's lock is held.
pub fn next_folder(step: &Path, call: Call) -> io::Result<PathBuf> {
    private_folders(step)?;
    let number = step_folders(step)?.len() + 1;
    let path = step.join(format!("{number}-{}", call.as_str()));
    fs::DirBuilder::new().mode(0o700).create(&path)?;
    Ok(path)
}

/// The folders of a step's processes in the order in which they were started.
pub fn step_folders(step: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(step) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()?.split('-').next()?.parse::<u32>().ok());
        folders.extend(number.map(|number| (number, path)));
    }
    folders.sort();
    Ok(folders.into_iter().map(|(_, path)| path).collect())
}

/// The highest number of a run's folder, 0 for none: a new registry goes on after it.
pub fn highest_run(runs: &Path) -> u64 {
    run_numbers(runs).into_iter().max().unwrap_or_default()
}

fn run_numbers(runs: &Path) -> Vec<u64> {
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The runs whose folders are beyond those that are kept, the oldest last.
pub fn old_runs(runs: &Path) -> Vec<u64> {
    let mut numbers = run_numbers(runs);
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    numbers.into_iter().skip(RUNS_KEPT).collect()
}

/// Removes the folder of a run.
pub fn remove_run(runs: &Path, run: u64) -> io::Result<()> {
    fs::remove_dir_all(runs.join(run.to_string()))
}

/// Clears plans that died, and removes the folders of old ones.
pub fn prune_plans(runs: &Path) -> io::Result<()> {
    for plan in dead_plans(runs) {
        if let Ok(Some(_lock)) = Lock::try_take(&plan.join(LOCK), "seam") {
            end_plan(&plan)?;
        }
    }
    let mut plans = plan_folders(runs);
    plans.reverse();
    for plan in plans.into_iter().skip(PLANS_KEPT).filter(|plan| !plan.join(LOCK).exists()) {
        fs::remove_dir_all(plan)?;
    }
    Ok(())
}

/// Clears a plan that is over. Its lock's file goes last: a plan that has one is not over, or died.
pub fn end_plan(plan: &Path) -> io::Result<()> {
    if clear_dead(plan)? { fs::remove_file(plan.join(LOCK)) } else { Ok(()) }
}

/// The folders of plans that nobody drives and nobody cleared.
pub fn dead_plans(runs: &Path) -> Vec<PathBuf> {
    let is_dead = |plan: &PathBuf| plan.join(LOCK).exists() && Lock::is_free(&plan.join(LOCK)).unwrap_or(false);
    plan_folders(runs).into_iter().filter(is_dead).collect()
}

/// By age, the oldest first.
fn plan_folders(runs: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let mut plans: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("plan-"))
        .map(|entry| entry.path())
        .collect();
    plans.sort();
    plans
}

/// Clears the folders of a step that is over: removes variables, plans and settings, and replaces
/// the raw output by its masked copy. What is `needed` stays for now.
fn clear(step: &Path, masker: &Masker, needed: &[&str]) -> io::Result<()> {
    for folder in step_folders(step)? {
        let answer = is_answer(&folder);
        // The output first: a folder with nothing but kept files is one whose output may be shown.
        mask_output(&folder.join(StepFolder::OUTPUT), masker)?;
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let kept = is_kept(&entry.file_name()) || needed.iter().any(|needed| entry.file_name() == *needed);
            if !kept || answer && entry.file_name() == StepFolder::OUTPUT {
                remove(&entry.path())?;
            }
        }
    }
    Ok(())
}

/// What stays in a step's folder when the step is over: nothing of it is secret.
fn is_kept(name: &OsStr) -> bool {
    StepFolder::FILES.iter().chain(&[CREATIONS]).any(|kept| name == *kept)
}

/// What an apply that did not succeed began to create, and whether it says that this was completed or
/// failed, by addresses that may be shown; [`shown_address::among`] tells for which they stand. `None`:
/// nobody knows.
pub fn creations(session: &Session, folder: &Path) -> io::Result<Option<BTreeMap<String, bool>>> {
    match fs::read(folder.join(CREATIONS)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            creations_said(session, folder, &secrets_of_dead(folder.parent().unwrap_or(folder))?)
        }
        Err(error) => Err(error),
    }
}

/// What of it the tool said. Its output is not masked yet: there each address has its digest.
fn creations_said(session: &Session, folder: &Path, masker: &Masker) -> io::Result<Option<BTreeMap<String, bool>>> {
    let Some(begun) = terraform::creations(&folder.join(StepFolder::OUTPUT))? else { return Ok(None) };
    let shown = shown_address::shown(session, masker, begun.keys().map(String::as_str)).map_err(io::Error::other)?;
    Ok(Some(shown.into_iter().zip(begun.into_values()).collect()))
}

/// Keeps it, before the output is masked.
fn keep_creations(session: &Session, folder: &Path, masker: &Masker) -> io::Result<()> {
    let applies = folder.file_name().is_some_and(|name| name.to_string_lossy().ends_with(Call::Apply.as_str()));
    let succeeded = look(folder).is_ok_and(|found| matches!(found, Found::Ended(ended) if ended.is_success()));
    if !applies || succeeded || folder.join(CREATIONS).exists() {
        return Ok(());
    }
    match creations_said(session, folder, masker)? {
        Some(begun) if !begun.is_empty() => {
            seam_tools::private_file(&folder.join(CREATIONS), serde_json::to_string(&begun)?.as_bytes())
        }
        _ => Ok(()),
    }
}

/// What the program of a process said, with its secrets masked: while its run goes on that alone knows all
/// of them, and masks them when the step is over; of a dead one its files tell them. The error is why it is
/// not shown.
pub fn said(folder: &Path) -> Result<String, &'static str> {
    let step = folder.parent().unwrap_or(folder);
    let run = step.parent().unwrap_or(step);
    let is_dead = || Lock::is_free(&run.join(LOCK)).unwrap_or(false);
    if !is_over(folder) || !is_cleared(folder) && !is_dead() {
        return Err("it goes on");
    }
    if is_answer(folder) {
        return Err("it printed values");
    }
    let masker = secrets_of_dead(step).map_err(|_| "its secrets cannot be read")?;
    let bytes = fs::read(folder.join(StepFolder::OUTPUT)).map_err(|_| "its output is gone")?;
    Ok(masker.mask(&String::from_utf8_lossy(&bytes)))
}

/// Is nothing left but what is kept, or needed? Then the output is masked.
fn is_cleared(folder: &Path) -> bool {
    let mut names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.all(|name| is_kept(&name) || exec::WRITTEN.iter().any(|written| name == *written))
}

/// Clears every step of a plan that is over. False where a process of one still runs.
fn clear_dead(plan: &Path) -> io::Result<bool> {
    let mut all = true;
    for step in fs::read_dir(plan)? {
        let step = step?.path();
        if step.is_dir() && has_ended(&step)? {
            clear(&step, &secrets_of_dead(&step)?, &[])?;
        } else {
            all &= !step.is_dir();
        }
    }
    Ok(all)
}

/// Clears a step whose run is over, but for what is `needed`; false, and nothing is done, while a process
/// of it still runs.
pub fn clear_dead_step(session: &Session, step: &Path, needed: &[&str]) -> io::Result<bool> {
    clear_ended(session, step, &secrets_of_dead(step)?, needed)
}

/// Clears a step by the secrets that are known of it; false, and nothing is done, while a process of it
/// still runs.
pub fn clear_ended(session: &Session, step: &Path, masker: &Masker, needed: &[&str]) -> io::Result<bool> {
    let ended = has_ended(step)?;
    if ended {
        step_folders(step)?.iter().try_for_each(|folder| keep_creations(session, folder, masker))?;
        clear(step, masker, needed)?;
    }
    Ok(ended)
}

/// Does no process of the step run any more?
fn has_ended(step: &Path) -> io::Result<bool> {
    Ok(step_folders(step)?.iter().all(|folder| is_over(folder)))
}

/// Did the process end? A program that its tool left behind may hold its lock.
fn is_over(folder: &Path) -> bool {
    look(folder).is_ok_and(|found| !matches!(found, Found::Running { .. }))
}

/// What these calls print is no log but a document for Seam, with every value in clear.
fn is_answer(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    [Call::Show, Call::Outputs, Call::Pull].iter().any(|call| name.ends_with(call.as_str()))
}

/// What masks the secrets of a dead step.
fn secrets_of_dead(step: &Path) -> io::Result<Masker> {
    let mut masker = Masker::default();
    for secret in step_folders(step)?.iter().flat_map(|folder| secrets_in(folder)) {
        masker.learn(&secret);
    }
    Ok(masker)
}

/// What the files of a dead step tell of secrets: every input, because nobody knows any more which of
/// them is one, and the sensitive ones of the outputs that a program wrote.
fn secrets_in(step: &Path) -> Vec<Value> {
    let read = |file: &str| serde_json::from_slice::<serde_json::Value>(&fs::read(step.join(file)).ok()?).ok();
    let inputs = INPUT_FILES.iter().filter_map(|file| read(file));
    let outputs = exec::outputs(step).unwrap_or_default().into_values();
    inputs.map(Value::from).chain(outputs.filter(|output| output.sensitive).map(|output| output.value)).collect()
}

fn remove(path: &Path) -> io::Result<()> {
    if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(path) } else { fs::remove_file(path) }
}

/// A tool may still write to its output only while its step runs, and it does not.
fn mask_output(output: &Path, masker: &Masker) -> io::Result<()> {
    if masker.is_empty() || !output.exists() {
        return Ok(());
    }
    let copy = output.with_extension("masked");
    // One that a killed process left half made.
    let _ = fs::remove_file(&copy);
    seam_tools::private_file(&copy, b"")?;
    let mut masked = io::BufWriter::new(fs::OpenOptions::new().append(true).open(&copy)?);
    let found = masker.mask_stream(&mut fs::File::open(output)?, &mut masked)?;
    masked.flush()?;
    if !found {
        return fs::remove_file(copy);
    }
    fs::rename(copy, output)
}

/// Makes a folder and those above it, 0700.
pub fn private_folders(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::{clear_dead, dead_plans, old_runs, prune_plans, remove_run, said};
    use seam_process::Lock;
    use std::fs;

    #[test]
    fn twenty_runs_are_kept() {
        let runs = tempfile::tempdir().unwrap();
        for number in 1..=25 {
            fs::create_dir(runs.path().join(number.to_string())).unwrap();
        }
        assert_eq!(old_runs(runs.path()), [5, 4, 3, 2, 1]);
        remove_run(runs.path(), 3).unwrap();
        assert_eq!(old_runs(runs.path()), [5, 4, 2, 1]);
    }

    #[test]
    fn a_plan_that_died_is_cleared_and_three_are_kept() {
        let runs = tempfile::tempdir().unwrap();
        let plan = |number: usize| runs.path().join(format!("plan-{number}"));
        for number in 1..=5 {
            let step = plan(number).join("app/1-plan");
            fs::create_dir_all(&step).unwrap();
            fs::write(step.join("variables.tfvars.json"), r#"{"password": "a-long-secret"}"#).unwrap();
            fs::write(step.join("output"), "it is a-long-secret\n").unwrap();
            fs::write(plan(number).join("lock"), "").unwrap();
        }
        let driven = Lock::try_take(&plan(1).join("lock"), "seam plan").unwrap().unwrap();
        assert_eq!(dead_plans(runs.path()), [2, 3, 4, 5].map(plan));
        prune_plans(runs.path()).unwrap();
        assert_eq!([1, 2, 3, 4, 5].map(|number| plan(number).exists()), [true, false, true, true, true]);
        let step = plan(5).join("app/1-plan");
        assert_eq!(fs::read_to_string(step.join("output")).unwrap(), "it is (sensitive)\n");
        assert!(!step.join("variables.tfvars.json").exists());
        assert!(plan(1).join("app/1-plan/variables.tfvars.json").exists());
        drop(driven);
    }

    #[test]
    fn a_step_that_still_runs_is_not_cleared() {
        let run = tempfile::tempdir().unwrap();
        let step = run.path().join("app/1-apply");
        fs::create_dir_all(&step).unwrap();
        fs::write(step.join("variables.tfvars.json"), "{}").unwrap();
        let _alive = Lock::try_take(&step.join("lock"), "terraform").unwrap().unwrap();
        assert!(!clear_dead(run.path()).unwrap());
        assert!(step.join("variables.tfvars.json").exists());
        // What holds the lock beside a status is a program that the tool left behind.
        fs::write(step.join("status"), r#"{"exited": 0}"#).unwrap();
        fs::write(step.join("output"), "done\n").unwrap();
        let driven = Lock::try_take(&run.path().join("lock"), "seam apply").unwrap().unwrap();
        assert_eq!(said(&step), Err("it goes on"));
        drop(driven);
        assert_eq!(said(&step).as_deref(), Ok("done\n"));
        assert!(clear_dead(run.path()).unwrap());
        assert!(!step.join("variables.tfvars.json").exists());
        assert_eq!(said(&step).as_deref(), Ok("done\n"));
    }
}
