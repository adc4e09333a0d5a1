//! The ways in which a power cut tears what is being programmed or erased.

/// Bytes that external flash programs at once.
pub(super) const PROGRAM_PAGE: usize = 256;

/// What a word that is being programmed, or a page that is being erased, holds after a power cut.
///
/// The tears with a seed are drawn by it. A torn erasure may leave any bits at all, because a page
/// is often programmed to zero before it is erased. *Unstable* bits read as 0 or 1 at random, anew
/// with every read: in a quarter of the reads all of them as 0, in a quarter all as 1, else each by
/// itself. They are unstable until their page is erased; programming does not mend them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Torn {
    /// What it held before.
    Untouched,
    /// What it should hold.
    Complete,
    /// Programming: some of the bits to be cleared are. Erasing: any bits at all.
    Random(u64),
    /// Any bits, which the memory's error correction refuses to read.
    Unreadable,
    /// As `Random`, or untouched or complete; and some bits are unstable: often one to three,
    /// sometimes many. Programming: of those that were to be cleared. Erasing: of the whole page.
    Weak(u64),
    /// Memory with error correction. A read of a torn word, alone or among others, fails with
    /// [`FlashError::Unreadable`](super::FlashError::Unreadable) half of the time; else the bits
    /// that were being changed are unstable. Erasing: one word of the page, some or all are torn
    /// so, and the others are untouched or erased.
    WeakEcc(u64),
    /// A program page of 256 bytes, as far as the call writes to it, is torn as a whole: any of the
    /// bits to be cleared are, wherever in the page the cut comes. Erasing: as `Random`.
    Page(u64),
    /// As `Page`, and some bits are unstable, as with `Weak`.
    WeakPage(u64),
    /// As `Random`, and up to 3 bits anywhere in the same erase page are cleared: its cells share
    /// the lines that carry the program voltage. Neighbours in other erase pages are not disturbed.
    Disturb(u64),
    /// As `Disturb`, and up to 3 bits in each of the two neighbouring erase pages are cleared as
    /// well. For tests of rot: data without a second copy may be lost by it.
    DisturbNeighbours(u64),
}

impl Torn {
    /// Returns whether a program page is torn as a whole, rather than a word.
    pub(super) fn spans_program_page(self) -> bool {
        matches!(self, Torn::Page(_) | Torn::WeakPage(_))
    }
}
