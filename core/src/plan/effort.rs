//! What a passenger has put up with so far: what a search that compares walking weighs beside time.

/// See the module. Less of each is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effort {
    /// How far they have walked.
    pub(super) metres: u32,
    /// How many vehicles they have boarded.
    pub(super) rides: u8,
    /// Whether they have yet to come by the [stop on the way](super::via).
    pub(super) to_pass: bool,
}

impl Effort {
    /// Whether it is no more in anything.
    #[inline]
    pub(super) fn is_no_more_than(&self, other: &Effort) -> bool {
        // Without a branch for each: one in a few is as good.
        (self.metres <= other.metres) & (self.rides <= other.rides) & (self.to_pass <= other.to_pass)
    }

    /// After a walk.
    pub(super) fn walking(self, metres: u32) -> Effort {
        Effort { metres: self.metres.saturating_add(metres), ..self }
    }
}
