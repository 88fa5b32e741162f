//! Where each reader fails, as an SVG: an axis a row, a reader a column, a square for each step.

use super::super::escaped;
use super::{STEPS, Step};
use std::fmt::Write;

/// Side of a square, and what is between rows.
const CELL: usize = 16;
const GAP: usize = 6;

/// Room for the axes' names on the left and the readers' above.
const LEFT: usize = 240;
const TOP: usize = 46;

/// Width of a reader's column.
const COLUMN: usize = STEPS * CELL + 18;

/// The picture of all steps, in their order, of so many frames each; the darker, the fewer were read.
pub(super) fn chart(names: &[String], steps: &[Step], frames: u64, command: &str) -> String {
    let axes: Vec<&[Step]> = steps.chunk_by(|a, b| a.axis.name == b.axis.name).collect();
    let (width, height) = (LEFT + names.len() * COLUMN, TOP + axes.len() * (CELL + GAP) + 64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<desc>Made by: {}</desc>\n\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>\n",
        escaped(command)
    );
    let mut text = |x: usize, y: usize, words: &str| {
        let words = escaped(words);
        // Writing to a string cannot fail.
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\">{words}</text>");
    };
    let column = |nth: usize| LEFT + nth * COLUMN;
    let row = |nth: usize| TOP + nth * (CELL + GAP);
    for (nth, name) in names.iter().enumerate() {
        for (line, words) in name.splitn(2, ", ").enumerate() {
            text(column(nth), 16 + 14 * line, words);
        }
        let sum: u64 = steps.iter().map(|step| step.right[nth]).sum();
        let share = 100.0 * sum as f64 / (frames * steps.len() as u64) as f64;
        text(column(nth), row(axes.len()) + 12, &format!("{share:.1} % read"));
    }
    for (nth, axis) in axes.iter().enumerate() {
        if let [first, .., last] = axis {
            let (name, unit) = (first.axis.name, first.axis.unit);
            text(8, row(nth) + 12, &format!("{name}: {} to {} {unit}", first.step, last.step));
        }
    }
    let legend = row(axes.len()) + 42;
    text(
        8,
        legend,
        &format!(
            "{frames} frames a square; from the left each axis gets worse. White: all were read, black: none."
        ),
    );
    for (nth, axis) in axes.iter().enumerate() {
        for (reader, name) in names.iter().enumerate() {
            let read: Vec<u64> = axis.iter().map(|step| step.right[reader]).collect();
            let _ = write!(svg, "<g stroke=\"#999\"><title>{}: {read:?}</title>", escaped(name));
            for (at, read) in read.iter().enumerate() {
                let grey = (25.0 + 230.0 * *read as f64 / frames as f64).round() as u8;
                let (x, y) = (column(reader) + at * CELL, row(nth));
                let _ = write!(
                    svg,
                    "<path fill=\"#{grey:02x}{grey:02x}{grey:02x}\" d=\"M{x} {y}h{CELL}v{CELL}h-{CELL}z\"/>"
                );
            }
            svg.push_str("</g>\n");
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::super::AXES;
    use super::*;

    #[test]
    fn each_step_of_each_reader_has_its_square_and_its_shade() {
        let step = |axis: usize, right: [u64; 2]| Step {
            axis: &AXES[axis],
            step: AXES[axis].steps[0],
            right: right.to_vec(),
            wrong: vec![0; 2],
        };
        let names = ["one, at once".to_owned(), "a & b".to_owned()];
        let svg = chart(&names, &[step(0, [4, 0]), step(0, [2, 0]), step(1, [0, 4])], 4, "jol");
        assert_eq!(svg.matches("v16h-16z").count(), 6);
        let shades = |shade: &str| svg.matches(&format!("<path fill=\"#{shade}\"")).count();
        assert_eq!((shades("ffffff"), shades("8c8c8c"), shades("191919")), (2, 1, 3));
        assert!(svg.contains("50.0 % read") && svg.contains("33.3 % read") && svg.contains("a &amp; b"));
        assert!(svg.contains("<title>one, at once: [4, 2]</title>"), "{svg}");
    }
}
