//! What has been done to a memory.

/// What has been done to a [`Flash`](super::Flash).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bytes programmed.
    pub programmed: u64,
    /// Bytes erased.
    pub erased: u64,
    /// Words programmed more than once since they were erased.
    pub overwritten: u64,
    /// Reads that failed with [`FlashError::Unreadable`](super::FlashError::Unreadable).
    pub failed_reads: u64,
    /// Reads that returned an inverted bit, by [`Flash::flip_reads`](super::Flash::flip_reads).
    pub flipped_reads: u64,
}

impl Counts {
    /// Bytes programmed or erased: the places where the power can be cut.
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.programmed + self.erased
    }
}
