//! A camera's frame, checked once, so that what reads it need not.

use super::CodeError;
use std::borrow::Cow;

/// The most pixels that a frame may have: a still photograph of 16 megapixels.
pub const MOST_PIXELS: u64 = 16_000_000;

/// The longest side of a frame in pixels; readers count runs of pixels in 16 bits.
pub const LONGEST_SIDE: u32 = 16_384;

/// One picture as a camera gives it: brightness only, a byte a pixel, 0 black to 255 white.
///
/// It is Android's Y plane (`ImageProxy.planes[0]`), and plane 0 of iOS's `420YpCbCr8` pixel buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    luma: Cow<'a, [u8]>,
    width: u32,
    height: u32,
    row_stride: u32,
    rotation_degrees: u16,
}

impl<'a> Frame<'a> {
    /// A frame out of `height` rows of `width` bytes, of which each begins `row_stride` bytes after the
    /// one before; the last row may end without padding. `rotation_degrees` (0, 90, 180 or 270) is how far
    /// the picture has to be turned clockwise to stand upright before the passenger, as cameras say it.
    ///
    /// # Errors
    /// Each variant of [`CodeError`] that speaks of a frame.
    pub fn new(
        luma: impl Into<Cow<'a, [u8]>>,
        width: u32,
        height: u32,
        row_stride: u32,
        rotation_degrees: u16,
    ) -> Result<Frame<'a>, CodeError> {
        let luma = luma.into();
        if width == 0 || height == 0 {
            return Err(CodeError::NoPixels);
        }
        let pixels = u64::from(width) * u64::from(height);
        if pixels > MOST_PIXELS || width.max(height) > LONGEST_SIDE {
            return Err(CodeError::TooLarge { width, height });
        }
        if row_stride < width {
            return Err(CodeError::Stride { width, row_stride });
        }
        // A stride is not bounded by the picture's size, so its product may leave `usize` on 32 bits.
        let needed = u64::from(row_stride) * u64::from(height - 1) + u64::from(width);
        if (luma.len() as u64) < needed {
            return Err(CodeError::TooShort {
                bytes: luma.len(),
                needed: usize::try_from(needed).unwrap_or(usize::MAX),
            });
        }
        if !matches!(rotation_degrees, 0 | 90 | 180 | 270) {
            return Err(CodeError::Rotation { degrees: rotation_degrees });
        }
        Ok(Frame { luma, width, height, row_stride, rotation_degrees })
    }

    /// Width in pixels, as the camera stores it (before turning).
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels, as the camera stores it (before turning).
    pub fn height(&self) -> u32 {
        self.height
    }

    /// How far the picture has to be turned clockwise to stand upright: 0, 90, 180 or 270.
    pub fn rotation_degrees(&self) -> u16 {
        self.rotation_degrees
    }

    /// The pixels without padding, row by row: width × height bytes. Copies only if there is padding.
    pub fn packed(&self) -> Cow<'_, [u8]> {
        let (width, stride) = (self.width as usize, self.row_stride as usize);
        let pixels = width * self.height as usize;
        if stride == width {
            return Cow::Borrowed(&self.luma[..pixels]);
        }
        let mut packed = Vec::with_capacity(pixels);
        for row in self.luma.chunks(stride).take(self.height as usize) {
            packed.extend_from_slice(&row[..width]);
        }
        Cow::Owned(packed)
    }

    /// Where a point of the stored picture lies in the upright one, in pixels from its top left corner.
    pub fn upright(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let (width, height) = (self.width as f32, self.height as f32);
        match self.rotation_degrees {
            90 => (height - y, x),
            180 => (width - x, height - y),
            270 => (y, width - x),
            _ => (x, y),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn padding_between_rows_is_left_out_and_the_last_row_needs_none() {
        let luma: &[u8] = &[1, 2, 9, 9, 3, 4, 9, 9, 5, 6];
        let frame = Frame::new(luma, 2, 3, 4, 0).expect("ten bytes are enough");
        assert_eq!(&*frame.packed(), &[1, 2, 3, 4, 5, 6]);
        assert_eq!(Frame::new(&luma[..9], 2, 3, 4, 0), Err(CodeError::TooShort { bytes: 9, needed: 10 }));
    }

    #[test]
    fn bytes_after_the_last_row_are_no_pixels() {
        let frame = Frame::new(vec![7; 100], 3, 3, 3, 0).expect("more than enough");
        assert_eq!(frame.packed().len(), 9);
    }

    #[test]
    fn a_frame_that_cannot_be_is_refused_by_name() {
        assert_eq!(Frame::new(vec![], 0, 0, 0, 0), Err(CodeError::NoPixels));
        assert_eq!(Frame::new(vec![0; 9], 3, 0, 3, 0), Err(CodeError::NoPixels));
        assert_eq!(Frame::new(vec![0; 9], 3, 3, 2, 0), Err(CodeError::Stride { width: 3, row_stride: 2 }));
        assert_eq!(Frame::new(vec![0; 9], 3, 3, 3, 45), Err(CodeError::Rotation { degrees: 45 }));
        let (width, height) = (4_001, 4_000);
        assert_eq!(Frame::new(vec![], width, height, width, 0), Err(CodeError::TooLarge { width, height }));
        assert!(matches!(Frame::new(vec![], 16_385, 1, 16_385, 0), Err(CodeError::TooLarge { .. })));
        assert!(matches!(Frame::new(vec![0; 4], 2, 2, u32::MAX, 0), Err(CodeError::TooShort { .. })));
    }

    #[test]
    fn turning_clockwise_moves_the_top_left_corner_around() {
        let at = |degrees| Frame::new(vec![0; 6], 3, 2, 3, degrees).map(|frame| frame.upright((0.0, 0.0)));
        assert_eq!(at(0), Ok((0.0, 0.0)));
        assert_eq!(at(90), Ok((2.0, 0.0)));
        assert_eq!(at(180), Ok((3.0, 2.0)));
        assert_eq!(at(270), Ok((0.0, 3.0)));
    }

    proptest! {
        #[test]
        fn any_numbers_give_a_frame_or_a_reason(
            bytes in 0_usize..3_000, width: u32, height: u32, stride: u32, degrees: u16,
            small in any::<bool>(),
        ) {
            let (width, height, stride) =
                if small { (width % 60, height % 60, stride % 70) } else { (width, height, stride) };
            if let Ok(frame) = Frame::new(vec![0; bytes], width, height, stride, degrees % 5 * 90) {
                prop_assert_eq!(frame.packed().len(), (width * height) as usize);
            }
        }
    }
}
