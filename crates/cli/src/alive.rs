//! Is somebody driving a run? Its lock says so.

use seam_run::Session;

/// A run whose end nobody recorded is either alive or lost.
pub fn is_alive(session: &Session, run: u64) -> bool {
    let lock = session.places.data.join("runs").join(run.to_string()).join("lock");
    !seam_process::Lock::is_free(&lock).unwrap_or(true)
}
