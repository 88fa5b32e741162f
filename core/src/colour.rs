//! What can be read on a colour. Colours are `0xRRGGBB`.

/// White, and the largest colour that there is.
pub const WHITE: u32 = 0xFF_FFFF;

/// Black or white, whichever stands out more from a colour: the contrast of WCAG 2.
pub fn readable_on(colour: u32) -> u32 {
    let linear = |shift: u32| {
        let share = f64::from(colour >> shift & 0xFF) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let luminance = 0.2126 * linear(16) + 0.7152 * linear(8) + 0.0722 * linear(0);
    // Black and white stand out alike from this luminance.
    if luminance > 0.179 { 0 } else { WHITE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_on_a_colour_can_be_read() {
        for (colour, text) in
            [(0, WHITE), (WHITE, 0), (0xFF_FF00, 0), (0x00_00FF, WHITE), (0x80_0000, WHITE), (0x00_C000, 0)]
        {
            assert_eq!(readable_on(colour), text, "{colour:06x}");
        }
    }
}
