//! The trade-off as an SVG: a panel for each set of rides, to the right who is answered, downwards who is answered
//! rightly.

use super::super::escaped;
use jol_headless::detect::Which;
use std::fmt::Write;

/// How a detector did on some rides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) which: Which,
    pub(super) cases: usize,
    /// It proposed a bus within 180 s.
    pub(super) decided: usize,
    /// The first that it proposed was another than the passenger's.
    pub(super) wrong: usize,
}

/// A detector, from rash to careful.
pub(super) struct Curve {
    pub(super) points: Vec<Point>,
}

/// Some rides, and a curve for each detector.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) words: String,
    pub(super) curves: Vec<Curve>,
}

/// What a point of a curve is.
pub(super) fn label(which: Which) -> String {
    match which {
        Which::Jol { caution } => format!("jol, caution {caution:+}"),
        Which::Sampled => "jol, sampled".to_owned(),
        Which::Nearest { lead_m } => format!("nearest bus, by {lead_m} m"),
        Which::MeanDistance { lead_m } => format!("least mean distance, by {lead_m} m"),
    }
}

/// How a detector is named and drawn: colours that also those can tell apart who see few.
fn style(which: Which) -> (&'static str, &'static str) {
    match which {
        Which::Jol { .. } | Which::Sampled => ("jol", "#0072b2"),
        Which::Nearest { .. } => ("nearest bus now", "#d55e00"),
        Which::MeanDistance { .. } => ("least mean distance", "#7a7a7a"),
    }
}

/// A panel's curves have so much room, and around them is so much for words.
const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 266.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 24.0;
const ABOVE: f64 = 50.0;
const BELOW: f64 = 58.0;
/// The head of the picture.
const HEAD: f64 = 112.0;
/// Above all of them is room for a curve's name.
const SPARE: f64 = 16.0;
/// Below the smallest share lies none at all, in a band of its own.
const NONE: f64 = 34.0;
/// The axis of wrong goes from all to one in so many times ten at least.
const DECADES: f64 = 4.0;

/// Where shares lie in a panel; the same in all, so that they can be compared.
struct Scale {
    least_decided: f64,
    decades: f64,
}

impl Scale {
    fn of(panels: &[Panel]) -> Scale {
        let points = || panels.iter().flat_map(|panel| &panel.curves).flat_map(|curve| &curve.points);
        let least = points().map(decided).fold(1.0, f64::min);
        let rarest = points().map(wrong).filter(|share| *share > 0.0).fold(1.0, f64::min);
        Scale {
            least_decided: ((least * 10.0).floor() / 10.0).min(0.9),
            decades: (-rarest.log10()).ceil().max(DECADES),
        }
    }

    fn x(&self, decided: f64) -> f64 {
        WIDTH * (decided - self.least_decided) / (1.0 - self.least_decided)
    }

    fn y(&self, wrong: f64) -> f64 {
        if wrong <= 0.0 {
            return HEIGHT - NONE / 2.0;
        }
        SPARE + (HEIGHT - NONE - SPARE) * -wrong.log10() / self.decades
    }
}

fn share(part: usize, of: usize) -> f64 {
    part as f64 / of.max(1) as f64
}

fn decided(point: &Point) -> f64 {
    share(point.decided, point.cases)
}

fn wrong(point: &Point) -> f64 {
    share(point.wrong, point.cases)
}

/// A share as people read it: 12.5 %, 1 %, 0.01 %.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = if percent > 0.0 { (1.0 - percent.log10()).ceil().max(1.0) as usize } else { 0 };
    let exact = format!("{percent:.digits$}");
    let short = if exact.contains('.') { exact.trim_end_matches('0').trim_end_matches('.') } else { &exact };
    format!("{short} %")
}

/// 12,345.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let parts: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|part| std::str::from_utf8(part).ok()).collect();
    parts.join(",")
}

struct Svg(String);

impl Svg {
    fn text(&mut self, (x, y): (f64, f64), more: &str, words: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "<text x=\"{x:.1}\" y=\"{y:.1}\"{more}>{}</text>", escaped(words));
    }

    fn line(&mut self, points: &[(f64, f64)], more: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(self.0, "<polyline fill=\"none\"{more} points=\"{}\"/>", points.join(" "));
    }

    fn dot(&mut self, (x, y): (f64, f64), radius: f64, more: &str, title: &str) {
        let title = escaped(title);
        let _ = writeln!(
            self.0,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"{more}><title>{title}</title></circle>"
        );
    }
}

/// The picture of these panels, two a row.
pub(super) fn chart(panels: &[Panel], command: &str) -> String {
    let scale = Scale::of(panels);
    let (across, down) = (LEFT + WIDTH + RIGHT, ABOVE + HEIGHT + BELOW);
    let (width, height) = (2.0 * across, HEAD + panels.len().div_ceil(2) as f64 * down);
    let mut svg = Svg(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<desc>Made by: {}</desc>\n\
         <path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>\n",
        escaped(command)
    ));
    svg.text(
        (16.0, 24.0),
        " font-size=\"16\" font-weight=\"bold\"",
        "Which bus am I on? How often the answer is wrong, and how many get one",
    );
    svg.text(
        (16.0, 43.0),
        "",
        "From left to right more passengers are answered, from top to bottom fewer are answered wrongly: best is the \
         corner below on the right.",
    );
    legend(&mut svg, panels);
    for (nth, panel) in panels.iter().enumerate() {
        let at = ((nth % 2) as f64 * across + LEFT, HEAD + (nth / 2) as f64 * down + ABOVE);
        draw(&mut svg, panel, &scale, at);
    }
    svg.0.push_str("</svg>\n");
    svg.0
}

fn legend(svg: &mut Svg, panels: &[Panel]) {
    let curves = panels.first().into_iter().flat_map(|panel| &panel.curves);
    for (nth, point) in curves.filter_map(|curve| curve.points.first()).enumerate() {
        let (x, y) = (16.0, 66.0 + 16.0 * nth as f64);
        let (name, colour) = style(point.which);
        svg.line(&[(x, y - 4.0), (x + 24.0, y - 4.0)], &format!(" stroke=\"{colour}\" stroke-width=\"2\""));
        svg.dot((x + 12.0, y - 4.0), 2.5, &format!(" fill=\"{colour}\""), name);
        let how = match point.which {
            Which::Jol { .. } | Which::Sampled => {
                "each point asks for more evidence before it proposes a bus; the ring is what ships"
            }
            Which::Nearest { .. } => "each point asks for a longer lead over the next bus, from 0 to 130 m",
            Which::MeanDistance { .. } => "the same, over the reports of the last 60 s",
        };
        svg.text((x + 32.0, y), "", &format!("{name}: {how}"));
    }
}

fn draw(svg: &mut Svg, panel: &Panel, scale: &Scale, (left, top): (f64, f64)) {
    let cases = panel.curves.iter().flat_map(|curve| &curve.points).map(|point| point.cases).max();
    svg.text((left, top - 26.0), " font-size=\"13\" font-weight=\"bold\"", &panel.title);
    svg.text(
        (left, top - 10.0),
        " fill=\"#555\"",
        &format!("{} rides; {}", thousands(cases.unwrap_or(0)), panel.words),
    );
    axes(svg, scale, (left, top));
    let at = |point: &Point| (left + scale.x(decided(point)), top + scale.y(wrong(point)));
    for curve in &panel.curves {
        let Some(first) = curve.points.first() else { continue };
        let (name, colour) = style(first.which);
        let way: Vec<(f64, f64)> = curve.points.iter().map(at).collect();
        svg.line(&way, &format!(" stroke=\"{colour}\" stroke-width=\"1.5\""));
        for point in &curve.points {
            let title = format!(
                "{}: {} decided, {} wrong",
                label(point.which),
                percent(decided(point)),
                percent(wrong(point))
            );
            svg.dot(at(point), 2.5, &format!(" fill=\"{colour}\""), &title);
        }
        let bold = format!(
            " fill=\"{colour}\" font-weight=\"bold\" text-anchor=\"end\" stroke=\"#fff\" stroke-width=\"3\" \
             paint-order=\"stroke\""
        );
        // Above on the left of a point is nothing of its own curve.
        if let Some(ours) = curve.points.iter().find(|point| point.which == Which::JOL) {
            let (x, y) = at(ours);
            let ring = format!(" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"");
            svg.dot((x, y), 6.0, &ring, "jol as it ships");
            let words = format!(
                "jol: {} answered, {} of {} wrong",
                percent(decided(ours)),
                thousands(ours.wrong),
                thousands(ours.cases)
            );
            svg.text((x.max(left + 240.0) - 4.0, y - 10.0), &bold, &words);
        } else if let Some((x, y)) = way.first() {
            svg.text((x.max(left + 130.0) - 4.0, y - 7.0), &bold, name);
        }
    }
}

/// The grid, its numbers, and what they count.
fn axes(svg: &mut Svg, scale: &Scale, (left, top): (f64, f64)) {
    let (right, bottom) = (left + WIDTH, top + HEIGHT);
    let none = bottom - NONE;
    svg.0.push_str(&format!(
        "<path fill=\"#eef6ee\" d=\"M{left:.1} {none:.1}H{right:.1}V{bottom:.1}H{left:.1}z\"/>\n"
    ));
    let grid = " stroke=\"#ddd\"";
    let number = " text-anchor=\"end\" fill=\"#333\"";
    for decade in 0..=scale.decades as i32 {
        let share = 10_f64.powi(-decade);
        let y = top + scale.y(share);
        svg.line(&[(left, y), (right, y)], grid);
        svg.text((left - 6.0, y + 4.0), number, &percent(share));
    }
    svg.text((left - 6.0, bottom - NONE / 2.0 + 4.0), number, "none");
    let mut tenth = (scale.least_decided * 10.0).round() as i32;
    while tenth <= 10 {
        let share = f64::from(tenth) / 10.0;
        let x = left + scale.x(share);
        svg.line(&[(x, top), (x, bottom)], grid);
        svg.text((x, bottom + 15.0), " text-anchor=\"middle\" fill=\"#333\"", &percent(share));
        tenth += 1;
    }
    let corners = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)];
    svg.line(&corners, " stroke=\"#333\"");
    svg.text(
        (left + WIDTH / 2.0, bottom + 33.0),
        " text-anchor=\"middle\"",
        "answered: a bus is proposed within 180 s, share of rides →",
    );
    let (x, y) = (left - 50.0, top + HEIGHT / 2.0);
    let turned = format!(" text-anchor=\"middle\" transform=\"rotate(-90 {x:.1} {y:.1})\"");
    svg.text((x, y), &turned, "← answered wrongly, share of rides");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_and_one_in_ten_thousand_and_one_in_a_hundred_are_told_apart() {
        let scale = Scale::of(&[]);
        let y = [0.0, 0.000_1, 0.01, 1.0].map(|share| scale.y(share));
        assert_eq!(y, [HEIGHT - NONE / 2.0, HEIGHT - NONE, (SPARE + HEIGHT - NONE) / 2.0, SPARE]);
        assert_eq!([1.0, 0.1, 0.012, 0.000_1, 0.0].map(percent), ["100 %", "10 %", "1.2 %", "0.01 %", "0 %"]);
        assert_eq!([7, 1_234, 1_000_000].map(thousands), ["7", "1,234", "1,000,000"]);
    }

    #[test]
    fn each_point_is_drawn_and_our_standing_point_is_told() {
        let point = |which, decided, wrong| Point { which, cases: 2_000, decided, wrong };
        let ours = Curve {
            points: vec![point(Which::Jol { caution: -1.0 }, 2_000, 4), point(Which::JOL, 1_900, 0)],
        };
        let nearest = Curve { points: vec![point(Which::Nearest { lead_m: 0.0 }, 2_000, 240)] };
        let panel = Panel { title: "A < B".into(), words: "w".into(), curves: vec![ours, nearest] };
        let svg = chart(&[panel], "jol");
        assert!(svg.contains("jol: 95 % answered, 0 of 2,000 wrong"), "{svg}");
        assert!(svg.contains("nearest bus, by 0 m: 100 % decided, 12 % wrong") && svg.contains("A &lt; B"));
        assert_eq!((svg.matches("<circle").count(), svg.matches("r=\"2.5\"").count()), (3 + 1 + 2, 3 + 2));
        assert!(svg.contains(">90 %<") && !svg.contains(">80 %<"));
    }
}
