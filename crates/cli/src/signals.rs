//! Ctrl-C and SIGTERM: each is one more wish to stop, handed to whoever watches the counter.

use crate::failure::Failure;
use seam_model::{Finding, codes};
use seam_run::Stop;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// Listens until it is dropped.
pub struct Listening(Handle);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Counts signals in `stop` from now on. A terminal that is closed does not end a run: its tools
/// go on, and so does it.
pub fn listen(stop: &Stop) -> Result<Listening, Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])
        .map_err(|error| Finding::error(codes::UNREADABLE, format!("cannot listen for signals: {error}")))?;
    let (handle, stop) = (signals.handle(), stop.clone());
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal != SIGHUP {
                stop.request();
            }
        }
    });
    Ok(Listening(handle))
}
