//! Pictures of files, as the core's reader of codes takes them: brightness only.

use image::{DynamicImage, GrayImage, ImageReader, Rgba};
use jol_core::qr::{CodeError, Frame};
use std::path::Path;

/// The brightness of a PNG, JPEG or WebP picture, whatever its file is called; on white paper, where it is
/// transparent.
///
/// # Errors
/// Why there is no such picture, in words, without the file's name.
pub fn brightness(path: &Path) -> Result<GrayImage, String> {
    let file = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let file = file.map_err(|error| error.to_string())?;
    if file.format().is_none() {
        return Err("no picture; PNG, JPEG and WebP are read".to_owned());
    }
    let picture = file.decode().map_err(|error| error.to_string())?;
    Ok(if picture.color().has_alpha() { on_paper(&picture) } else { picture.into_luma8() })
}

fn on_paper(picture: &DynamicImage) -> GrayImage {
    let mut picture = picture.to_rgba8();
    for Rgba([colours @ .., alpha]) in picture.pixels_mut() {
        for colour in colours {
            let ink = u16::from(255 - *colour) * u16::from(*alpha) / 255;
            *colour = 255 - ink as u8;
        }
    }
    DynamicImage::from(picture).into_luma8()
}

/// A picture as a frame that stands upright.
///
/// # Errors
/// A picture without pixels, or with more than a camera gives.
pub fn frame(picture: &GrayImage) -> Result<Frame<'_>, CodeError> {
    let (width, height) = picture.dimensions();
    Frame::new(picture.as_raw().as_slice(), width, height, width, 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbaImage;

    #[test]
    fn what_is_transparent_is_white_paper() {
        let picture = RgbaImage::from_fn(3, 1, |x, _| Rgba([0, 0, 0, [0, 128, 255][x as usize]]));
        assert_eq!(on_paper(&picture.into()).as_raw(), &[255, 127, 0]);
    }

    #[test]
    fn a_picture_is_known_by_its_bytes_and_what_is_none_says_what_would_be() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        GrayImage::from_pixel(2, 1, image::Luma([9])).save(path("grey.png")).expect("written");
        std::fs::rename(path("grey.png"), path("grey.txt")).expect("renamed");
        assert_eq!(brightness(&path("grey.txt")).map(GrayImage::into_raw), Ok(vec![9, 9]));
        std::fs::write(path("words"), "no picture at all").expect("written");
        assert_eq!(brightness(&path("words")), Err("no picture; PNG, JPEG and WebP are read".to_owned()));
        std::fs::write(path("moving"), b"GIF89a\x01\x00\x01\x00").expect("written");
        assert!(brightness(&path("moving")).expect_err("GIF").to_lowercase().contains("gif"));
        assert!(brightness(&path("nowhere.png")).is_err());
    }
}
