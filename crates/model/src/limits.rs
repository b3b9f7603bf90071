//! Limits that more than one crate holds to.

/// One output as JSON. Outputs join stacks; what is larger is data, and an output can name its place.
pub const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// All outputs of one stack together: each publication is read whole by every consumer.
pub const OUTPUTS_BYTES_MAX: usize = 4 << 20;
