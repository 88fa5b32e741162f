//! Travel Details on A4, for people: a table, the receipts that prove it, and inside it the same as JSON.
//!
//! The letters are a part of DejaVu Sans that `build.rs` cuts out: Latin, Cyrillic with Kazakh's own, and the
//! few signs that stand beside them; what is missing is shown as a question mark. A page is made of the
//! attached JSON and nothing else, so whoever verifies makes it again and compares every byte (ISO 32000-1
//! §7.11.4 for the attachment, §9.7 for the letters).

use super::export::{Export, ExportEntry};
use crate::text::{Language, say};
use pdf_writer::types::{AssociationKind, CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

// `LETTERS`: (letter, its number in the font, its width in thousandths), ascending; `FONT`: the font;
// `ASCENT`, `DESCENT`, `CAP`, `BOX`: its measures in thousandths.
include!(concat!(env!("OUT_DIR"), "/letters.rs"));

/// A4 in points, its margin, and where its columns begin.
const PAGE: (f32, f32) = (595.0, 842.0);
const MARGIN: f32 = 40.0;
const COLUMNS: [f32; 4] = [40.0, 130.0, 330.0, 470.0];
const SIZE: f32 = 8.0;
const LINE: f32 = 11.0;
/// The name under which the JSON lies in it.
pub(super) const ATTACHED: &str = "jol-travel.json";

const IDENTITY: SystemInfo<'_> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
const FONT_NAME: Name<'_> = Name(b"JOLAAA+DejaVuSans");

/// The whole file; none only if JSON cannot be written, which values of our own can.
pub(super) fn write(export: &Export) -> Option<Vec<u8>> {
    let attached = serde_json::to_vec(export).ok()?;
    let pages = pages(export);
    let mut next = 0;
    let mut name = || {
        next += 1;
        Ref::new(next)
    };
    let [catalog, tree, font, cid, descriptor, font_file, cmap, file, spec, about] =
        std::array::from_fn(|_| name());
    let names: Vec<(Ref, Ref)> = pages.iter().map(|_| (name(), name())).collect();
    let mut pdf = Pdf::new();
    let mut root = pdf.catalog(catalog);
    root.pages(tree).lang(TextStr(export.language.code()));
    root.names().embedded_files().names().insert(Str(ATTACHED.as_bytes()), spec);
    root.finish();
    pdf.pages(tree).kids(names.iter().map(|(page, _)| *page)).count(i32::try_from(pages.len()).ok()?);
    for ((page, content), text) in names.into_iter().zip(pages) {
        let mut one = pdf.page(page);
        one.parent(tree).media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).contents(content);
        one.resources().fonts().pair(Name(b"F"), font);
        one.finish();
        pdf.stream(content, &text);
    }
    put_font(&mut pdf, [font, cid, descriptor, font_file, cmap]);
    let mut embedded = pdf.embedded_file(file, &attached);
    embedded.subtype(Name(b"application/json"));
    embedded.finish();
    let mut attachment = pdf.file_spec(spec);
    attachment.path(Str(ATTACHED.as_bytes())).unic_file(TextStr(ATTACHED));
    attachment.embedded_file(file).association_kind(AssociationKind::Data);
    attachment.finish();
    pdf.document_info(about).title(TextStr(&say(export.language, "export-title", &[])));
    Some(pdf.finish())
}

/// The JSON that is attached to a file; none if it is no file of ours.
pub(super) fn attached(pdf: &[u8]) -> Option<&[u8]> {
    // Streams are not compressed, and their length stands before them.
    let mark = b"/Type /EmbeddedFile";
    let at = pdf.windows(mark.len()).position(|bytes| bytes == mark)?;
    let dict = pdf.get(..at)?.windows(8).rposition(|bytes| bytes == b"/Length ")?;
    let digits: String = pdf
        .get(dict + 8..at)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .map(|byte| char::from(*byte))
        .collect();
    let length: usize = digits.parse().ok()?;
    let begin = at + pdf.get(at..)?.windows(7).position(|bytes| bytes == b"stream\n")? + 7;
    pdf.get(begin..begin.checked_add(length)?)
}

fn put_font(pdf: &mut Pdf, [font, cid, descriptor, font_file, cmap]: [Ref; 5]) {
    pdf.type0_font(font)
        .base_font(FONT_NAME)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(cmap);
    let mut one = pdf.cid_font(cid);
    one.subtype(CidFontType::Type2).base_font(FONT_NAME).system_info(IDENTITY).font_descriptor(descriptor);
    one.default_width(600.0).cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = one.widths();
    for (_, number, width) in LETTERS {
        widths.same(*number, *number, f32::from(*width));
    }
    widths.finish();
    one.finish();
    pdf.font_descriptor(descriptor)
        .name(FONT_NAME)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(BOX[0], BOX[1], BOX[2], BOX[3]))
        .italic_angle(0.0)
        .ascent(ASCENT)
        .descent(DESCENT)
        .cap_height(CAP)
        .stem_v(80.0)
        .font_file2(font_file);
    let mut file = pdf.stream(font_file, FONT);
    file.pair(Name(b"Length1"), i32::try_from(FONT.len()).unwrap_or(i32::MAX));
    file.finish();
    let mut letters = UnicodeCmap::new(Name(b"JolLetters"), IDENTITY);
    for (letter, number, _) in LETTERS {
        letters.pair(*number, *letter);
    }
    pdf.cmap(cmap, &letters.finish());
}

/// Number and width of a letter.
fn letter(of: char) -> (u16, u16) {
    let found = LETTERS.binary_search_by_key(&of, |(letter, ..)| *letter);
    let found = found.or_else(|_| LETTERS.binary_search_by_key(&'?', |(letter, ..)| *letter));
    found.ok().and_then(|at| LETTERS.get(at)).map_or((0, 600), |(_, number, width)| (*number, *width))
}

fn width(text: &str) -> f32 {
    text.chars().map(|of| f32::from(letter(of).1)).sum::<f32>() * SIZE / 1_000.0
}

/// A text in lines that are no wider than this.
fn broken(text: &str, most: f32) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(last) = lines.last_mut() else { break };
        let joined = if last.is_empty() { word.to_owned() } else { format!("{last} {word}") };
        if last.is_empty() || width(&joined) <= most {
            *last = joined;
        } else {
            lines.push(word.to_owned());
        }
        // What has no space is cut where it must be.
        while let Some(last) = lines.last().filter(|last| width(last) > most) {
            let fits = last.char_indices().take_while(|(at, _)| width(&last[..*at]) <= most).count();
            let cut = last.char_indices().nth(fits.saturating_sub(1).max(1)).map_or(last.len(), |(at, _)| at);
            let (head, rest) = (last[..cut].to_owned(), last[cut..].to_owned());
            lines.pop();
            lines.push(head);
            if rest.is_empty() {
                break;
            }
            lines.push(rest);
        }
    }
    lines
}

/// The pages, as what is drawn on them.
fn pages(export: &Export) -> Vec<Vec<u8>> {
    let language = export.language;
    let mut sheets = Sheets::new();
    sheets.row(&[(0, say(language, "export-title", &[])), (3, export.operator.clone())]);
    sheets.row(&[]);
    let heads = ["export-when", "export-what", "export-became", "export-sum"];
    let heads: Vec<(usize, String)> =
        heads.iter().enumerate().map(|(column, head)| (column, say(language, head, &[]))).collect();
    sheets.row(&heads);
    for entry in &export.entries {
        sheets.entry(entry, language);
    }
    sheets.done()
}

/// Sheets of paper, the last one under the pen.
struct Sheets {
    done: Vec<Vec<u8>>,
    content: Content,
    y: f32,
}

impl Sheets {
    fn new() -> Sheets {
        Sheets { done: Vec::new(), content: Content::new(), y: PAGE.1 - MARGIN }
    }

    fn entry(&mut self, entry: &ExportEntry, language: Language) {
        let tenge = |tiyn: i64| format!("{} ₸", crate::money::Money::tiyn(tiyn));
        let columns = [
            vec![entry.at.clone()],
            vec![entry.what.clone(), entry.who.clone(), entry.how.clone()],
            vec![entry.became.clone()],
            vec![tenge(entry.sum)],
        ];
        self.table_row(&columns);
        if let Some(receipt) = &entry.receipt {
            let title = if entry.fiscal.is_some() { "receipt-fiscal" } else { "receipt-plain" };
            let mut proof = format!(
                "{} {} · {} · {} · {} · {}",
                say(language, title, &[]),
                receipt.reference,
                receipt.outcome,
                tenge(receipt.amount),
                receipt.key,
                receipt.request_hash,
            );
            if let Some(fiscal) = &entry.fiscal {
                proof += &format!(" · {} · {} · {}", fiscal.sign, fiscal.register, fiscal.url);
            }
            for text in [&proof, &receipt.signed] {
                for line in broken(text, PAGE.0 - MARGIN - COLUMNS[1]) {
                    self.row(&[(1, line)]);
                }
            }
        }
        self.row(&[]);
    }

    fn table_row(&mut self, columns: &[Vec<String>]) {
        let ends = [COLUMNS[1], COLUMNS[2], COLUMNS[3], PAGE.0 - MARGIN];
        let cells: Vec<Vec<String>> = columns
            .iter()
            .enumerate()
            .map(|(column, texts)| {
                let most = ends[column] - COLUMNS[column] - 6.0;
                texts.iter().filter(|text| !text.is_empty()).flat_map(|text| broken(text, most)).collect()
            })
            .collect();
        for nth in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let line = cells.iter().enumerate();
            let line = line.filter_map(|(column, lines)| Some((column, lines.get(nth)?.clone())));
            self.row(&line.collect::<Vec<_>>());
        }
    }

    fn row(&mut self, cells: &[(usize, String)]) {
        if self.y < MARGIN + LINE {
            self.turn();
        }
        for (column, text) in cells {
            let x = COLUMNS.get(*column).copied().unwrap_or(MARGIN);
            let numbers: Vec<u8> = text.chars().flat_map(|of| letter(of).0.to_be_bytes()).collect();
            self.content.begin_text().set_font(Name(b"F"), SIZE).next_line(x, self.y).show(Str(&numbers));
            self.content.end_text();
        }
        self.y -= LINE;
    }

    fn turn(&mut self) {
        let full = std::mem::replace(&mut self.content, Content::new());
        self.done.push(full.finish().to_vec());
        self.y = PAGE.1 - MARGIN;
    }

    fn done(mut self) -> Vec<Vec<u8>> {
        self.turn();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_of_the_catalogue_can_be_shown() {
        let known = |of: &char| LETTERS.binary_search_by_key(of, |(letter, ..)| *letter).is_ok();
        assert!(LETTERS.is_sorted_by_key(|(letter, ..)| *letter));
        let catalogue = [
            include_str!("../../locales/kk.ftl"),
            include_str!("../../locales/ru.ftl"),
            include_str!("../../locales/en.ftl"),
        ];
        let lines = catalogue.iter().flat_map(|text| text.lines()).filter(|line| !line.starts_with('#'));
        let missing: std::collections::BTreeSet<char> =
            lines.flat_map(str::chars).filter(|of| !known(of)).collect();
        assert_eq!(missing, std::collections::BTreeSet::new());
        assert!("ӘәҒғҚқҢңӨөҰұҮүҺһІі₸".chars().all(|of| known(&of)));
    }

    #[test]
    fn lines_are_broken_within_their_width_and_lose_nothing() {
        let long = "Сәтбаев көшесі ".repeat(9) + &"0123456789abcdef".repeat(20);
        let lines = broken(&long, 120.0);
        assert!(lines.len() > 5 && lines.iter().all(|line| width(line) <= 120.0), "{lines:?}");
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        assert_eq!(plain(&lines.concat()), plain(&long));
        assert_eq!(broken("", 50.0), [""]);
        // Narrower than any letter: still one letter a line, and an end.
        assert_eq!(broken("ШШ", 0.1).concat(), "ШШ");
    }

    #[test]
    fn what_is_attached_is_found_and_anything_else_is_not() {
        let export = Export::of("SMP", Language::Kk, 0, Vec::new());
        let file = write(&export).expect("a file");
        assert_eq!(attached(&file), serde_json::to_vec(&export).ok().as_deref());
        for end in [0, 5, 100, file.len() / 2] {
            let _ = attached(&file[..end]);
        }
        assert_eq!(attached(b"%PDF-1.7 /Length 99999999999999999999 /Type /EmbeddedFile stream\n"), None);
        assert_eq!(attached(b"%PDF-1.7 /Length 9 /Type /EmbeddedFile stream\n1"), None);
    }
}
