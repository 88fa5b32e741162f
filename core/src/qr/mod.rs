//! Codes: drawing one, finding and reading one in a camera frame, saying what it means.
//!
//! The room deals in texts and pixels. It does not open a camera, encode pictures, check signatures
//! (that is `ticket`'s) or do anything with what it read: that waits for the passenger's tap.
//!
//! [`draw`] makes a QR code (ISO/IEC 18004) out of a text. [`frame`] checks what a camera hands over.
//! [`read`] looks for codes in it, with two readers that others wrote and we distrust (`decoders`), on the
//! frame and on other views of it (`pixels`); `ink` tells dark from light and `patterns` finds the squares in a
//! code's corners. What they cannot read is made out module by module: `grid` finds where each is, `modules` what they say, `reed_solomon` corrects. [`meaning`]
//! sorts the texts, which are untrusted, and [`link`] tells a link that pretends to be ours.
//!
//! That a failed frame is tried once more in one other way, and the next frame in the next way, is how
//! a person scans: the camera gives thirty frames a second, and a hard code needs one lucky one.

mod decoders;
pub mod draw;
pub mod frame;
mod grid;
mod ink;
pub mod link;
pub mod meaning;
mod modules;
mod patterns;
mod pixels;
pub mod read;
mod reed_solomon;

pub use draw::{Correction, QrCode};
pub use frame::Frame;
pub use meaning::Meaning;
pub use read::{Found, Look, Reader, read_image};

/// Why a code cannot be drawn, or a frame cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// The text fits no QR code at this level of correction.
    #[error("a text of {bytes} bytes is too long for a code")]
    TooLong {
        /// Length of the text in bytes of UTF-8.
        bytes: usize,
    },
    /// A frame without pixels: its width, its height or the size of a module is zero.
    #[error("a frame without pixels")]
    NoPixels,
    /// More pixels than any camera that we read from gives ([`frame::MOST_PIXELS`], [`frame::LONGEST_SIDE`]).
    #[error("a frame of {width}×{height} pixels is too large")]
    TooLarge {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Rows that overlap: the stride is shorter than a row.
    #[error("rows of {width} pixels cannot begin every {row_stride} bytes")]
    Stride {
        /// Width in pixels.
        width: u32,
        /// Bytes from the beginning of a row to that of the next.
        row_stride: u32,
    },
    /// Fewer bytes than the rows need.
    #[error("{bytes} bytes hold no such frame, it needs {needed}")]
    TooShort {
        /// Bytes that came.
        bytes: usize,
        /// Bytes that the last row ends at.
        needed: usize,
    },
    /// A frame can be turned by quarters only.
    #[error("a frame cannot be turned by {degrees} degrees")]
    Rotation {
        /// What was asked for.
        degrees: u16,
    },
}
