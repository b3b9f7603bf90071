//! Ctrl-C and SIGTERM: each is one more wish to stop, handed to whoever watches the counter.

use crate::failure::Failure;
use seam_model::{Finding, codes};
use seam_run::Stop;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use signal_hook::{SigId, flag, low_level};

/// Listens until it is dropped.
pub struct Listening {
    handle: Handle,
    flags: Vec<SigId>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.handle.close();
        for id in self.flags.drain(..) {
            low_level::unregister(id);
        }
    }
}

/// Counts signals in `stop` from now on. A terminal that is closed does not end a run: its tools
/// go on, and so does it.
pub fn listen(stop: &Stop) -> Result<Listening, Failure> {
    let refused =
        |error: std::io::Error| Finding::error(codes::UNREADABLE, format!("cannot listen for signals: {error}"));
    let mut flags = Vec::new();
    for signal in [SIGINT, SIGTERM] {
        flags.push(flag::register(signal, stop.interrupted()).map_err(refused)?);
    }
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(refused)?;
    let (handle, stop) = (signals.handle(), stop.clone());
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if signal != SIGHUP {
                stop.request();
            }
        }
    });
    Ok(Listening { handle, flags })
}
