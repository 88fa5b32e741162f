//! Readers of codes: ours, the two crates that ours is made of as they come, and zxing-cpp, which is
//! installed from its registry when it is asked for (`benches/peers`).

use super::beside::{installed, peers};
use super::timed;
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, SHIFT_JIS, WINDOWS_1252};
use image::GrayImage;
use jol_core::clock::SystemClock;
use jol_core::qr::read::other_looks;
use jol_core::qr::{Found, Frame, Reader, read_image};
use jol_headless::picture::frame;
use rxing::common::HybridBinarizer;
use rxing::multi::MultipleBarcodeReader;
use rxing::qrcode::cpp_port::QrReader;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8LuminanceSource, helpers};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io::{BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};

type Failure = Box<dyn Error>;

/// What a reader made of one picture.
#[derive(Default)]
pub(super) struct Answer {
    pub(super) texts: Vec<Text>,
    /// How long each look took; the camera has several frames of a picture, all others look once.
    pub(super) ms: Vec<f64>,
}

/// A text in all bytes that may have been in the code: which charset they are of is each reader's guess.
#[derive(Clone)]
pub(super) struct Text {
    told: Vec<u8>,
    bytes: BTreeSet<Vec<u8>>,
}

impl Text {
    /// Of the bytes as they were in a code or file, and what they say if they are UTF-8.
    pub(super) fn of(bytes: &[u8]) -> Text {
        let told = bytes.to_vec();
        let mut bytes = BTreeSet::from([told.clone()]);
        if let Ok(text) = std::str::from_utf8(&told) {
            bytes.extend(text.chars().map(|c| u8::try_from(c).ok()).collect::<Option<Vec<u8>>>());
            let encoded = CHARSETS.iter().map(|charset| charset.encode(text));
            bytes.extend(encoded.filter(|(.., lost)| !lost).map(|(bytes, ..)| bytes.into_owned()));
        }
        Text { told, bytes }
    }

    /// Whether both may be the same code's.
    pub(super) fn is(&self, other: &Text) -> bool {
        !self.bytes.is_disjoint(&other.bytes)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.told))
    }
}

/// Charsets that readers guess, beside UTF-8 and Latin-1.
const CHARSETS: [&Encoding; 6] = [WINDOWS_1252, SHIFT_JIS, EUC_JP, GB18030, BIG5, EUC_KR];

/// All readers, ours first.
pub(super) struct Readers {
    zxing: Option<Zxing>,
}

impl Readers {
    /// With `peers` zxing-cpp too, if it can be had; else that was said.
    pub(super) fn new(peers: bool) -> Result<Readers, Failure> {
        Ok(Readers { zxing: if peers { Zxing::start()? } else { None } })
    }

    /// Their names, in the order in which they [answer](Readers::read).
    pub(super) fn names(&self) -> Vec<String> {
        let ours = ["jol, a still", "jol, a camera's frames"];
        let crates = ["rxing, MultiFormatReader", "rxing, QrReader", "rqrr alone", "jol, then rqrr"];
        let mut names: Vec<String> = ours.into_iter().chain(crates).map(str::to_owned).collect();
        if let Some(Zxing { version, .. }) = &self.zxing {
            names.push(format!("zxing-cpp {version}"));
            names.push(format!("zxing-cpp {version}, same retries"));
        }
        names
    }

    /// How many of the first are ours.
    pub(super) const OURS: usize = 2;

    /// What each makes of a picture.
    pub(super) fn read(&mut self, picture: &GrayImage) -> Result<Vec<Answer>, Failure> {
        let frame = frame(picture)?;
        let of_found = |found: Vec<Found>| found.iter().map(|one| Text::of(one.text.as_bytes())).collect();
        let once = |(texts, ms)| Answer { texts, ms: vec![ms] };
        let (found, ms) = timed(|| read_image(&frame));
        let mut answers = vec![Answer { texts: of_found(found), ms: vec![ms] }];

        let (mut camera, mut live) = (Reader::new(Reader::BUDGET_MS), Answer::default());
        while live.texts.is_empty() && live.ms.len() < Reader::TURNS {
            let (found, ms) = timed(|| camera.read(&frame, &SystemClock));
            live.ms.push(ms);
            live.texts = of_found(found);
        }
        answers.push(live);

        answers.extend([multi_format_reader, qr_reader, rqrr].map(|read| {
            // They have panicked on pictures that are none of their fault.
            once(timed(|| catch_unwind(AssertUnwindSafe(|| read(picture))).unwrap_or_default()))
        }));
        // What rqrr would add to ours, if it were asked where ours reads nothing.
        let (still, rqrr) = (&answers[0], &answers[answers.len() - 1]);
        let second = if still.texts.is_empty() { rqrr } else { still };
        let ms = still.ms.iter().chain(second.ms.iter().filter(|_| still.texts.is_empty())).sum();
        answers.push(once((second.texts.clone(), ms)));
        if let Some(zxing) = &mut self.zxing {
            answers.extend(zxing.read(&frame)?.map(once));
        }
        Ok(answers)
    }
}

/// rxing as its first page says, asked for QR codes; it tells one.
fn multi_format_reader(picture: &GrayImage) -> Vec<Text> {
    let (width, height) = picture.dimensions();
    let (luma, qr) = (picture.as_raw().clone(), Some(BarcodeFormat::QR_CODE));
    let read = helpers::detect_in_luma_with_hints(luma, width, height, qr, &mut DecodeHints::default());
    read.iter().map(|read| Text::of(read.getText().as_bytes())).collect()
}

/// The port of zxing-cpp's reader in rxing, from which ours takes its steps.
fn qr_reader(picture: &GrayImage) -> Vec<Text> {
    let (width, height) = picture.dimensions();
    let Ok(luma) = Luma8LuminanceSource::new(picture.as_raw().clone(), width, height) else {
        return Vec::new();
    };
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(luma));
    let formats = [BarcodeFormat::QR_CODE].into_iter().collect();
    let hints =
        DecodeHints { TryHarder: Some(true), PossibleFormats: Some(formats), ..DecodeHints::default() };
    let read = QrReader.decode_multiple_with_hints(&mut bitmap, &hints).unwrap_or_default();
    read.iter().map(|read| Text::of(read.getText().as_bytes())).collect()
}

fn rqrr(picture: &GrayImage) -> Vec<Text> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let luma = |x, y| picture.as_raw()[y * width + x];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, luma);
    let grids = image.detect_grids();
    let texts = grids.iter().filter_map(|grid| {
        let mut bytes = Vec::new();
        grid.decode_to(&mut bytes).ok()?;
        Some(Text::of(&bytes))
    });
    texts.collect()
}

/// zxing-cpp's Python package, which waits for pictures.
struct Zxing {
    version: String,
    asks: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What it tells: see `peers/zxing-cpp.py`.
#[derive(Deserialize)]
struct Told {
    texts: Vec<String>,
    ms: f64,
    unread: Option<(f32, f32)>,
}

/// What it tells first.
#[derive(Deserialize)]
struct Ready {
    version: String,
}

impl Zxing {
    fn start() -> Result<Option<Zxing>, Failure> {
        let Some(folder) = installed("zxing-cpp")? else { return Ok(None) };
        let mut python = Command::new(folder.join("bin/python"));
        let python = python.arg(peers().join("zxing-cpp.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = python.spawn()?;
        // It ends when nothing can be asked any more.
        let (Some(asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("no way to talk to zxing-cpp".into());
        };
        let mut answers = BufReader::new(answers);
        let Ready { version } = serde_json::from_str(&line(&mut answers)?)?;
        Ok(Some(Zxing { version, asks, answers }))
    }

    /// What it reads as it comes, and what it reads if it looks again as ours does, each with its time. To
    /// make what it looks at is part of the second; to move pixels to it is of none.
    fn read(&mut self, picture: &Frame<'_>) -> Result<[(Vec<Text>, f64); 2], Failure> {
        let first = self.ask(picture)?;
        let (mut texts, mut all_ms) = (first.texts.clone(), first.ms);
        let mut looks = other_looks(picture, first.unread);
        while texts.is_empty() {
            let (look, ms) = timed(|| looks.next());
            all_ms += ms;
            let Some(look) = look else { break };
            let told = self.ask(&look)?;
            all_ms += told.ms;
            texts = told.texts;
        }
        Ok([(of_hex(&first.texts)?, first.ms), (of_hex(&texts)?, all_ms)])
    }

    fn ask(&mut self, picture: &Frame<'_>) -> Result<Told, Failure> {
        writeln!(self.asks, "{}", json!({ "width": picture.width(), "height": picture.height() }))?;
        self.asks.write_all(&picture.packed())?;
        self.asks.flush()?;
        Ok(serde_json::from_str(&line(&mut self.answers)?)?)
    }
}

fn line(answers: &mut BufReader<ChildStdout>) -> Result<String, Failure> {
    let mut line = String::new();
    match answers.read_line(&mut line)? {
        0 => Err("zxing-cpp ended early".into()),
        _ => Ok(line),
    }
}

fn of_hex(texts: &[String]) -> Result<Vec<Text>, Failure> {
    let text = |hex: &String| -> Result<Text, Failure> {
        let bytes = (0..hex.len()).step_by(2).map(|at| hex.get(at..at + 2).unwrap_or("?"));
        Ok(Text::of(&bytes.map(|pair| u8::from_str_radix(pair, 16)).collect::<Result<Vec<u8>, _>>()?))
    };
    texts.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guessed_charset_makes_no_other_text() {
        let truth = Text::of("デザインQR".as_bytes());
        let (code, ..) = SHIFT_JIS.encode("デザインQR");
        assert!(truth.is(&Text::of(&code)), "bytes that are not UTF-8");
        // As Latin-1 each byte is a character.
        let guessed: String = code.iter().map(|&byte| char::from(byte)).collect();
        assert!(truth.is(&Text::of(guessed.as_bytes())), "{guessed}");
        assert!(!truth.is(&Text::of("デザインQ".as_bytes())));
        assert!(!truth.is(&Text::of("?????QR".as_bytes())));
    }

    #[test]
    fn all_readers_of_this_process_read_what_we_draw() {
        use jol_core::qr::{Correction, QrCode};
        let drawn = QrCode::of("HTTPS://JOL.KZ/B/1", Correction::M).and_then(|code| code.to_luma(5));
        let drawn = drawn.expect("a small code");
        let picture = GrayImage::from_raw(drawn.width(), drawn.height(), drawn.packed().into_owned());
        let mut readers = Readers::new(false).expect("no peers");
        let answers = readers.read(&picture.expect("a picture")).expect("a frame");
        assert_eq!(answers.len(), readers.names().len());
        let truth = Text::of(b"HTTPS://JOL.KZ/B/1");
        for (answer, name) in answers.iter().zip(readers.names()) {
            assert!(matches!(&answer.texts[..], [text] if text.is(&truth)), "{name}");
            assert_eq!(answer.ms.len(), 1, "{name}");
        }
    }

    #[test]
    fn what_a_peer_tells_is_bytes_in_hex_or_a_failure() {
        let read = of_hex(&["4a6f6c".to_owned(), String::new()]).expect("hex");
        assert!(read[0].is(&Text::of(b"Jol")) && read[1].is(&Text::of(b"")));
        for bad in ["4a6", "4g", "4é1"] {
            assert!(of_hex(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }
}
