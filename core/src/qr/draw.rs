//! Drawing a code: the modules, and how they look on a terminal, in an SVG, in a PNG and in pixels.

use super::{CodeError, Frame};
use std::fmt::Write;

/// Light modules around a code on each side; readers need them (ISO/IEC 18004, 6.3.8).
pub const QUIET_ZONE: u32 = 4;

/// How much of a code may be lost and still be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Correction {
    /// About 7 %: a bright screen. Tickets use this, for larger modules.
    #[default]
    L,
    /// About 15 %.
    M,
    /// About 25 %: paper behind a scratched window.
    Q,
    /// About 30 %.
    H,
}

/// A QR code, dark on light, without its quiet zone: a shell draws `modules` and
/// [`QUIET_ZONE`] light modules around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QrCode {
    /// Modules a side: 17 + 4 × version.
    pub size: u32,
    /// Row by row from the top left, size × size: 1 is dark, 0 is light.
    pub modules: Vec<u8>,
    /// 1 to 40.
    pub version: u8,
}

impl QrCode {
    /// The smallest code that holds this text. Its stretches of digits, capitals and other bytes are each
    /// written in the mode that takes the least room, so a ticket in capitals stays alphanumeric.
    ///
    /// # Errors
    /// [`CodeError::TooLong`].
    pub fn of(text: &str, correction: Correction) -> Result<QrCode, CodeError> {
        let level = match correction {
            Correction::L => qrcode::EcLevel::L,
            Correction::M => qrcode::EcLevel::M,
            Correction::Q => qrcode::EcLevel::Q,
            Correction::H => qrcode::EcLevel::H,
        };
        let code = qrcode::QrCode::with_error_correction_level(text, level)
            .map_err(|_| CodeError::TooLong { bytes: text.len() })?;
        let qrcode::Version::Normal(version) = code.version() else {
            return Err(CodeError::TooLong { bytes: text.len() });
        };
        Ok(QrCode {
            size: code.width() as u32,
            version: version as u8,
            modules: code.into_colors().into_iter().map(|color| color.select(1, 0)).collect(),
        })
    }

    /// Whether the module in this column and row is dark. Everything outside is light, the quiet zone too.
    pub fn is_dark(&self, column: i64, row: i64) -> bool {
        let size = i64::from(self.size);
        let inside = (0..size).contains(&column) && (0..size).contains(&row);
        inside && self.modules.get((row * size + column) as usize) == Some(&1)
    }

    /// The code in half blocks, two rows of modules a line, quiet zone included.
    ///
    /// Each line sets black on white by its own (colours 16 and 231 of the 256, which themes leave alone),
    /// so it is dark on light on a dark terminal too, and ends by setting the colours back.
    pub fn to_terminal(&self) -> String {
        let (first, last) = (-i64::from(QUIET_ZONE), i64::from(self.size + QUIET_ZONE));
        let mut text = String::new();
        // A code has an odd number of rows: the last line's lower half is one more row of quiet zone.
        for row in (first..last).step_by(2) {
            text.push_str("\x1b[38;5;16;48;5;231m");
            text.extend((first..last).map(|column| {
                match (self.is_dark(column, row), self.is_dark(column, row + 1)) {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                }
            }));
            text.push_str("\x1b[0m\n");
        }
        text
    }

    /// The code as an SVG of one unit a module, quiet zone included; it scales to any size.
    pub fn to_svg(&self) -> String {
        let side = self.size + 2 * QUIET_ZONE;
        let mut path = String::new();
        for row in 0..i64::from(self.size) {
            let mut column = 0;
            while column < i64::from(self.size) {
                let run = (column..).take_while(|&c| self.is_dark(c, row)).count() as i64;
                if run > 0 {
                    let (x, y) = (column + i64::from(QUIET_ZONE), row + i64::from(QUIET_ZONE));
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                column += run.max(1);
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path fill=\"#000\" d=\"{path}\"/></svg>\n"
        )
    }

    /// The code as the bytes of a PNG, one bit a pixel, quiet zone included: to print, to send, to keep.
    ///
    /// # Errors
    /// Those of [`QrCode::to_luma`].
    pub fn to_png(&self, pixels_per_module: u32) -> Result<Vec<u8>, CodeError> {
        let luma = self.to_luma(pixels_per_module)?;
        let (width, height) = (luma.width(), luma.height());
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        // Rows begin at a byte, the first pixel in its highest bit (PNG, 7.2).
        let packed: Vec<u8> = luma
            .packed()
            .chunks(width as usize)
            .flat_map(|row| row.chunks(8))
            .map(|pixels| pixels.iter().enumerate().fold(0, |bits, (nth, luma)| bits | (luma & 0x80) >> nth))
            .collect();
        // Memory takes all that is written to it, and the picture has the size that was said.
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&packed));
        written.map_err(|_| CodeError::TooLarge { width, height }).map(|()| bytes)
    }

    /// The code as a picture of black and white pixels, quiet zone included.
    ///
    /// # Errors
    /// [`CodeError::NoPixels`] for modules of no size, [`CodeError::TooLarge`] for far too large ones.
    pub fn to_luma(&self, pixels_per_module: u32) -> Result<Frame<'static>, CodeError> {
        let side = u64::from(self.size + 2 * QUIET_ZONE) * u64::from(pixels_per_module);
        let side = u32::try_from(side).unwrap_or(u32::MAX);
        if side == 0 {
            return Err(CodeError::NoPixels);
        }
        if side > super::frame::LONGEST_SIDE || u64::from(side) * u64::from(side) > super::frame::MOST_PIXELS
        {
            return Err(CodeError::TooLarge { width: side, height: side });
        }
        let module = |pixel: u32| i64::from(pixel / pixels_per_module) - i64::from(QUIET_ZONE);
        let luma: Vec<u8> = (0..side)
            .flat_map(|y| (0..side).map(move |x| (x, y)))
            .map(|(x, y)| if self.is_dark(module(x), module(y)) { 0 } else { 255 })
            .collect();
        Frame::new(luma, side, side, side, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A text in the alphanumeric set, as tickets are.
    fn capitals(length: usize) -> String {
        "JOL1:Z8K+%A/$".chars().cycle().take(length).collect()
    }

    #[test]
    fn a_ticket_of_395_capitals_fits_version_10() {
        assert_eq!(QrCode::of(&capitals(395), Correction::L).map(|code| code.version), Ok(10));
        assert_eq!(QrCode::of(&capitals(396), Correction::L).map(|code| code.version), Ok(11));
        let small = capitals(395).to_lowercase();
        assert!(
            QrCode::of(&small, Correction::L).expect("it fits").version > 10,
            "lower case takes more room"
        );
    }

    #[test]
    fn more_correction_takes_a_larger_code() {
        let sizes = [Correction::L, Correction::M, Correction::Q, Correction::H]
            .map(|level| QrCode::of(&capitals(200), level).expect("it fits").size);
        assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
    }

    #[test]
    fn a_text_that_fits_no_code_is_refused() {
        assert_eq!(QrCode::of(&"x".repeat(2_954), Correction::L), Err(CodeError::TooLong { bytes: 2_954 }));
        assert_eq!(QrCode::of(&"x".repeat(2_953), Correction::L).map(|code| code.version), Ok(40));
    }

    #[test]
    fn an_empty_text_is_a_code_too() {
        let code = QrCode::of("", Correction::L).expect("nothing fits");
        assert_eq!((code.size, code.version, code.modules.len()), (21, 1, 441));
    }

    /// The modules that a terminal shows, quiet zone included, by the meaning of half blocks alone.
    fn seen_on_a_terminal(text: &str) -> Vec<Vec<u8>> {
        let mut rows = Vec::new();
        for line in text.lines() {
            let cells = line.strip_prefix("\x1b[38;5;16;48;5;231m").expect("black on white");
            let cells = cells.strip_suffix("\x1b[0m").expect("the colours are set back");
            rows.push(cells.chars().map(|c| u8::from(c == '█' || c == '▀')).collect());
            rows.push(cells.chars().map(|c| u8::from(c == '█' || c == '▄')).collect());
            assert!(cells.chars().all(|c| " ▀▄█".contains(c)));
        }
        rows
    }

    #[test]
    fn the_terminal_shows_the_code_amid_its_quiet_zone() {
        for length in [5, 100, 395] {
            let code = QrCode::of(&capitals(length), Correction::L).expect("it fits");
            let rows = seen_on_a_terminal(&code.to_terminal());
            let (size, quiet) = (code.size as usize, QUIET_ZONE as usize);
            assert_eq!(rows.len(), size + 2 * quiet + 1, "an odd number of rows and one more light one");
            let mut dark = 0;
            for (y, row) in rows.iter().enumerate() {
                assert_eq!(row.len(), size + 2 * quiet);
                for (x, &module) in row.iter().enumerate() {
                    let inside = (quiet..quiet + size).contains(&x) && (quiet..quiet + size).contains(&y);
                    let drawn = if inside { code.modules[(y - quiet) * size + x - quiet] } else { 0 };
                    assert_eq!(module, drawn, "column {x}, row {y}");
                    dark += usize::from(module);
                }
            }
            assert!(dark > size * size / 3, "a code is about half dark");
        }
    }

    #[test]
    fn the_svg_draws_each_dark_module_once() {
        let code = QrCode::of("JOL1:SVG", Correction::M).expect("it fits");
        let svg = code.to_svg();
        let path = svg.split("d=\"").nth(2).and_then(|rest| rest.split('"').next()).expect("a path");
        let mut modules = vec![0_u8; code.modules.len()];
        for run in path.split('M').skip(1) {
            let numbers: Vec<usize> = run.split(|c: char| !c.is_ascii_digit()).flat_map(str::parse).collect();
            let [x, y, length, 1, back] = numbers[..] else { panic!("{run}") };
            assert_eq!(length, back);
            for column in x..x + length {
                modules[(y - 4) * code.size as usize + column - 4] += 1;
            }
        }
        assert_eq!(modules, code.modules);
        assert!(svg.contains("viewBox=\"0 0 29 29\""), "21 modules and four on each side");
    }

    #[test]
    fn pixels_are_as_large_as_asked_and_light_outside() {
        let code = QrCode::of("JOL1:LUMA", Correction::L).expect("it fits");
        let frame = code.to_luma(3).expect("a small picture");
        assert_eq!((frame.width(), frame.height()), (87, 87));
        let luma = frame.packed();
        assert_eq!(luma[11 * 87 + 11], 255, "quiet zone");
        assert_eq!(luma[12 * 87 + 12], 0, "the corner of the first finder pattern");
        assert_eq!(luma.iter().filter(|&&p| p == 0).count() % 9, 0);
        assert_eq!(code.to_luma(0), Err(CodeError::NoPixels));
        assert!(matches!(code.to_luma(140), Err(CodeError::TooLarge { .. })));
        assert!(matches!(code.to_luma(u32::MAX), Err(CodeError::TooLarge { .. })));
    }

    #[test]
    fn the_png_has_the_pixels_of_the_picture_and_takes_one_bit_for_each() {
        for (length, pixels_per_module) in [(5, 1), (5, 8), (200, 3), (395, 7)] {
            let code = QrCode::of(&capitals(length), Correction::L).expect("it fits");
            let frame = code.to_luma(pixels_per_module).expect("a small picture");
            let bytes = code.to_png(pixels_per_module).expect("a small picture");
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut reader = decoder.read_info().expect("a PNG");
            assert_eq!(reader.info().size(), (frame.width(), frame.height()));
            assert_eq!(reader.info().bit_depth, png::BitDepth::One);
            let mut luma = vec![0; reader.output_buffer_size().expect("a size")];
            reader.next_frame(&mut luma).expect("pixels");
            assert_eq!(luma, *frame.packed());
        }
        let code = QrCode::of("JOL1:PNG", Correction::L).expect("it fits");
        assert_eq!(code.to_png(0), Err(CodeError::NoPixels));
        assert!(matches!(code.to_png(u32::MAX), Err(CodeError::TooLarge { .. })));
    }

    #[test]
    fn a_code_made_by_hand_of_too_few_modules_is_drawn_light() {
        let code = QrCode { size: 21, modules: vec![1; 5], version: 1 };
        assert!(code.is_dark(4, 0) && !code.is_dark(5, 0));
        assert_eq!(code.to_terminal().lines().count(), 15);
        assert!(code.to_svg().contains("M4 4h5v1h-5z"));
    }

    proptest! {
        /// rqrr is a reader with no line in common with the `qrcode` crate: it reads modules, not pixels.
        #[test]
        fn another_reader_reads_any_text_that_we_draw(text in "\\PC{0,300}", level in 0_usize..4) {
            let level = [Correction::L, Correction::M, Correction::Q, Correction::H][level];
            let code = QrCode::of(&text, level).expect("1,200 bytes at most");
            let grid = rqrr::SimpleGrid::from_func(code.size as usize, |x, y| code.is_dark(x as i64, y as i64));
            let (meta, read) = rqrr::Grid::new(grid).decode().expect("a perfect code");
            prop_assert_eq!(read, text);
            prop_assert_eq!(meta.version.0, usize::from(code.version));
        }
    }
}
