//! Run one program under a supervisor that outlives its parent.
