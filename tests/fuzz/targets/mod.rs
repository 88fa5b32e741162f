//! Everything that reads bytes from outside, as plain functions of bytes that panic only on a mistake.
//!
//! The same functions run in two speeds: `replay.rs` gives each of them its seeds, what was found before,
//! and a fixed series of mutations, in every `tests/run core`; `src/main.rs` gives them to libFuzzer for as
//! long as one likes (`tests/run long`). Seeds are made by code when they are needed. An input that was
//! found to break something is kept beside its target as `FOUND`, in the shortest form that shows it.

pub(crate) mod answers;
pub(crate) mod budget;
pub(crate) mod city;
pub(crate) mod codes;
pub(crate) mod damage;
pub(crate) mod exports;
pub(crate) mod live;
pub(crate) mod material;
pub(crate) mod nfc;
pub(crate) mod operator;
pub(crate) mod replies;
pub(crate) mod tickets;
pub(crate) mod tills;
pub(crate) mod wallet;

/// One reader of bytes from outside.
pub(crate) struct Target {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Panics only on a mistake of ours.
    pub(crate) run: fn(&[u8]),
    /// Whole inputs to begin with, and what was found before.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// The longest input that is worth trying, in bytes.
    pub(crate) longest: usize,
    /// The most memory that it may hold at once for any such input, in MB.
    pub(crate) megabytes: usize,
    /// How many mutations every run of the tests tries: about half a second of them.
    pub(crate) cases: u32,
}

/// All of them.
pub(crate) const ALL: [Target; 21] = [
    Target { name: "pack", run: city::pack, seeds: city::packs, longest: 8_192, megabytes: 16, cases: 400 },
    Target { name: "gtfs", run: city::feed, seeds: city::feeds, longest: 4_096, megabytes: 64, cases: 150 },
    Target { name: "csv", run: city::tables, seeds: city::csvs, longest: 4_096, megabytes: 64, cases: 150 },
    // The protobuf reader of the map's crate believes a list's length up to 10 million numbers, once.
    Target { name: "osm", run: city::map, seeds: city::maps, longest: 4_096, megabytes: 192, cases: 150 },
    Target {
        name: "places",
        run: city::places,
        seeds: city::typed,
        longest: 256,
        megabytes: 4,
        cases: 3_000,
    },
    Target {
        name: "ticket",
        run: tickets::shown,
        seeds: tickets::tickets,
        longest: 512,
        megabytes: 1,
        cases: 1_500,
    },
    Target {
        name: "signed",
        run: tickets::signed,
        seeds: tickets::payloads,
        longest: 1_024,
        megabytes: 4,
        cases: 1_500,
    },
    Target {
        name: "lists",
        run: tickets::lists,
        seeds: tickets::envelopes,
        longest: 2_048,
        megabytes: 4,
        cases: 1_500,
    },
    Target {
        name: "paper",
        run: tills::paper,
        seeds: tills::papers,
        longest: 512,
        megabytes: 1,
        cases: 1_500,
    },
    Target { name: "sold", run: tills::sold, seeds: tills::solds, longest: 256, megabytes: 1, cases: 1_500 },
    Target {
        name: "text",
        run: codes::meaning,
        seeds: codes::texts,
        longest: 512,
        megabytes: 4,
        cases: 5_000,
    },
    Target {
        name: "reply",
        run: replies::reply,
        seeds: replies::texts,
        longest: 2_048,
        megabytes: 4,
        cases: 1_500,
    },
    Target {
        name: "frame",
        run: codes::frame,
        seeds: codes::frames,
        longest: 2_048,
        megabytes: 64,
        cases: 60,
    },
    Target {
        name: "drawn",
        run: codes::drawn,
        seeds: codes::drawings,
        longest: 512,
        megabytes: 64,
        cases: 60,
    },
    Target { name: "nfc", run: nfc::held, seeds: nfc::readings, longest: 1_024, megabytes: 1, cases: 5_000 },
    Target { name: "feed", run: live::feed, seeds: live::feeds, longest: 4_096, megabytes: 16, cases: 2_000 },
    Target { name: "fixes", run: live::fixes, seeds: live::tracks, longest: 4_096, megabytes: 8, cases: 500 },
    Target {
        name: "json",
        run: answers::json,
        seeds: answers::documents,
        longest: 4_096,
        megabytes: 8,
        cases: 1_500,
    },
    Target {
        name: "export",
        run: exports::export,
        seeds: exports::exported,
        longest: 8_192,
        megabytes: 8,
        cases: 1_500,
    },
    Target {
        name: "answers",
        run: wallet::answers,
        seeds: wallet::stories,
        longest: 4_096,
        megabytes: 64,
        cases: 30,
    },
    Target {
        name: "sqlite",
        run: damage::damaged,
        seeds: damage::damages,
        longest: 1_024,
        megabytes: 64,
        cases: 60,
    },
];

/// Numbers and pieces out of bytes that may end at any moment; what is missing is zero or empty.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn byte(&mut self) -> u8 {
        let [byte] = self.array();
        byte
    }

    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.piece(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub(crate) fn piece(&mut self, length: usize) -> &'a [u8] {
        let (piece, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        piece
    }

    pub(crate) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
