//! How many steps run at once where nobody says.

/// A tool that only waits for an API needs memory more than a core, so there are more steps than cores.
const STEPS_PER_CORE: usize = 2;

/// The AWS plugin (5.100) was measured to take 406 to 640 MB, and the Terraform that started it takes up to
/// 100 MB. Less would be too little for the larger steps, and a plugin that the system kills leaves a lock.
const KIB_PER_STEP: u64 = 768 << 10;

/// By cores and memory, at least 1.
pub fn default() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let by_memory =
        memory_available_kib().map_or(usize::MAX, |kib| usize::try_from(kib / KIB_PER_STEP).unwrap_or(usize::MAX));
    (cores * STEPS_PER_CORE).min(by_memory).max(1)
}

/// Only Linux tells.
fn memory_available_kib() -> Option<u64> {
    let meminfo = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
