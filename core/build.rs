//! Cuts the letters that an exported PDF needs out of DejaVu Sans: a fourteenth of the font.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

/// Letters of Kazakh beside Russian's, and signs that stand in sentences of ours.
const MORE: &str = "ӘәҒғҚқҢңӨөҰұҮүҺһІіЁё₸→·•…№–—‘’“”«»×";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let font = dejavu::sans::regular();
    let face = ttf_parser::Face::parse(font, 0)?;
    let thousandths = |units: i32| f64::from(units) * 1_000.0 / f64::from(face.units_per_em());
    let mut letters: Vec<char> =
        (' '..='~').chain('\u{a0}'..='ÿ').chain('А'..='я').chain(MORE.chars()).collect();
    letters.sort_unstable();
    letters.dedup();
    let mut numbers = subsetter::GlyphRemapper::new();
    let mut table = String::new();
    for letter in letters {
        let Some(glyph) = face.glyph_index(letter) else { continue };
        let width = thousandths(i32::from(face.glyph_hor_advance(glyph).unwrap_or(0))).round();
        write!(table, "({letter:?},{},{width}),", numbers.remap(glyph.0))?;
    }
    let cut = subsetter::subset(font, 0, &numbers).map_err(|error| error.to_string())?;
    let folder = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&folder).join("letters.ttf"), cut)?;
    let bounds = face.global_bounding_box();
    let bounds =
        [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(|units| thousandths(units.into()));
    let code = format!(
        "const LETTERS: &[(char, u16, u16)] = &[{table}];\n\
         const FONT: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/letters.ttf\"));\n\
         const ASCENT: f32 = {:.1};\nconst DESCENT: f32 = {:.1};\nconst CAP: f32 = {:.1};\n\
         const BOX: [f32; 4] = [{:.1}, {:.1}, {:.1}, {:.1}];\n",
        thousandths(face.ascender().into()),
        thousandths(face.descender().into()),
        thousandths(face.capital_height().unwrap_or(0).into()),
        bounds[0],
        bounds[1],
        bounds[2],
        bounds[3],
    );
    std::fs::write(Path::new(&folder).join("letters.rs"), code)?;
    Ok(())
}
