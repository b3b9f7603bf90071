//! Requests as values, the turn loop, the view, the sealing of secrets.
