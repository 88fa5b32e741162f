//! What the seeds are made of: an operator's keys, the smallest city with streets, a folder to write in.

use jol_core::city::City;
use jol_core::city::build::{Build, BuildError};
use jol_core::ticket::{
    Domain, Issuer, KeyEntry, KeyId, KeyList, Purpose, Root, SigningKey, SoftwareKey, TrustedKeys,
};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The moment in which everything happens, in ms since 1970: 2026-09-16, a Wednesday.
pub(crate) const NOW_MS: i64 = 1_789_549_200_000;
/// The same in seconds.
pub(crate) const NOW_S: i64 = NOW_MS / 1_000;

/// The operator of all seeds.
pub(crate) fn issuer() -> Issuer {
    Issuer::new("ATR").expect("a code")
}

/// The operator's key for a purpose.
pub(crate) fn key(purpose: Purpose) -> SigningKey {
    let id = KeyId { issuer: issuer(), number: purpose as u8 };
    SigningKey::from_seed(id, purpose, &[purpose as u8 + 1; 32])
}

/// The key that signs in a domain.
pub(crate) fn key_of(domain: Domain) -> SigningKey {
    key(domain.purpose())
}

/// The operator's root.
pub(crate) fn root() -> Root {
    Root { issuer: issuer(), public_key: key(Purpose::Root).public_key() }
}

/// The passenger's phone.
pub(crate) fn phone() -> SoftwareKey {
    SoftwareKey::from_seed([9; 32])
}

/// The operator's list of keys.
pub(crate) fn key_list() -> KeyList {
    let purposes = [Purpose::Ticket, Purpose::Receipt, Purpose::CityData, Purpose::Sticker];
    let entry = |purpose| KeyEntry {
        number: purpose as u8,
        purpose,
        public_key: key(purpose).public_key(),
        not_before_s: 0,
        not_after_s: i64::from(u32::MAX),
    };
    KeyList {
        number: 1,
        issued_s: NOW_S - 86_400,
        until_s: NOW_S + 30 * 86_400,
        keys: purposes.map(entry).to_vec(),
    }
}

/// The list of keys, signed.
pub(crate) fn signed_key_list() -> Vec<u8> {
    key_list().sign(&key(Purpose::Root)).expect("a list")
}

/// The keys that a phone trusts.
pub(crate) fn trusted() -> &'static TrustedKeys {
    static KEYS: LazyLock<TrustedKeys> = LazyLock::new(|| {
        TrustedKeys::accept(&signed_key_list(), &root(), 0, Some(NOW_MS)).expect("our own list")
    });
    &KEYS
}

/// The files of the smallest feed that has one of everything.
pub(crate) const FEED: [(&str, &str); 11] = [
    (
        "agency.txt",
        "agency_id,agency_name,agency_url,agency_timezone\nA,Sample,https://sample.invalid,Asia/Atyrau\n",
    ),
    (
        "stops.txt",
        "stop_id,stop_code,stop_name,stop_lat,stop_lon,zone_id,location_type,parent_station,wheelchair_boarding\n\
         hub,,Орталық,47.1000,51.9000,,1,,\nwest,101,\"Батыс, West\",47.1001,51.9001,1,0,hub,1\n\
         mid,102,Самал,47.1000,51.9040,1,0,,2\neast,103,Шығыс,47.1003,51.9080,2,,,\n\
         gate,,Gate,47.1002,51.9002,,2,hub,\nlift,,,,,,3,hub,\n",
    ),
    (
        "routes.txt",
        "route_id,agency_id,route_short_name,route_long_name,route_type,route_color,route_text_color\n\
         5,A,5,West – East,3,00AAFF,FFFFFF\n14,A,14,Ring,3,,\n",
    ),
    (
        "calendar.txt",
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n\
         all,1,1,1,1,1,1,1,20260901,20261031\nwork,1,1,1,1,1,0,0,20260901,20261031\n",
    ),
    (
        "calendar_dates.txt",
        "service_id,date,exception_type\nwork,20260916,2\nwork,20260919,1\nodd,20260917,1\n",
    ),
    (
        "trips.txt",
        "route_id,service_id,trip_id,direction_id,trip_headsign,shape_id,block_id\n\
         5,all,out,0,East,s,b\n5,work,back,1,West,,b\n14,odd,ring,,,,\n",
    ),
    (
        "stop_times.txt",
        "trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type,drop_off_type,timepoint\n\
         out,08:00:00,08:00:00,west,1,0,1,1\nout,,,mid,2,0,0,0\nout,08:20:00,08:20:00,east,5,1,0,1\n\
         back,23:50:00,23:50:00,east,1,,,\nback,24:05:00,24:06:00,mid,2,3,2,\nback,25:10:00,25:10:00,west,3,,,\n\
         ring,12:00:00,12:00:00,mid,1,,,\nring,12:30:00,12:30:00,west,2,,,\nring,13:00:00,13:00:00,mid,3,,,\n",
    ),
    (
        "frequencies.txt",
        "trip_id,start_time,end_time,headway_secs,exact_times\nout,06:00:00,10:00:00,1200,1\n\
         ring,12:00:00,14:00:00,1800,0\n",
    ),
    (
        "shapes.txt",
        "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence,shape_dist_traveled\n\
         s,47.1001,51.9001,1,0\ns,47.1005,51.9030,2,\ns,47.1003,51.9080,9,2.5\n",
    ),
    (
        "transfers.txt",
        "from_stop_id,to_stop_id,transfer_type,min_transfer_time\nwest,mid,2,300\nmid,mid,2,60\neast,mid,3,\n",
    ),
    (
        "pathways.txt",
        "pathway_id,from_stop_id,to_stop_id,pathway_mode,is_bidirectional,traversal_time\n\
         1,gate,west,2,1,20\n2,gate,lift,5,1,40\n3,lift,west,1,0,10\n",
    ),
];

/// An archive of files.
pub(crate) fn zip<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let plain = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in files {
        zip.start_file(name, plain).expect("memory takes all files");
        zip.write_all(bytes).expect("memory takes all bytes");
    }
    zip.finish().expect("memory takes all files").into_inner()
}

/// The feed as an archive.
pub(crate) fn feed() -> Vec<u8> {
    zip(FEED.map(|(name, rows)| (name, rows.as_bytes())))
}

/// A field of a protobuf message that holds bytes.
pub(crate) fn bytes_field(tag: u32, bytes: &[u8]) -> Vec<u8> {
    [varint(u64::from(tag << 3 | 2)), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

/// A field of a protobuf message that holds a number.
pub(crate) fn number_field(tag: u32, number: u64) -> Vec<u8> {
    [varint(u64::from(tag << 3)), varint(number)].concat()
}

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn zigzags(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| varint(((number << 1) ^ (number >> 63)) as u64)).collect()
}

fn plain(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| varint(*number)).collect()
}

/// A block of an OpenStreetMap extract, not packed, with its length before it ("PBF Format" in its wiki).
pub(crate) fn blob(kind: &str, content: &[u8]) -> Vec<u8> {
    let blob = bytes_field(1, content);
    let header = [bytes_field(1, kind.as_bytes()), number_field(3, blob.len() as u64)].concat();
    [&(header.len() as u32).to_be_bytes()[..], &header, &blob].concat()
}

/// The first block of every extract.
pub(crate) fn map_header() -> Vec<u8> {
    blob("OSMHeader", &[bytes_field(4, b"OsmSchema-V0.6"), bytes_field(4, b"DenseNodes")].concat())
}

/// A block with a street through the feed's stops, a stair beside it, a house, a school, and a mall that a
/// relation draws around the stair.
pub(crate) fn map_block() -> Vec<u8> {
    let texts = [
        "",
        "highway",
        "residential",
        "name",
        "Сәтпаев",
        "addr:street",
        "addr:housenumber",
        "12А",
        "amenity",
        "school",
        "Мектеп",
        "steps",
        "outer",
        "type",
        "multipolygon",
        "shop",
        "mall",
    ];
    let table: Vec<u8> = texts.iter().flat_map(|text| bytes_field(1, text.as_bytes())).collect();
    // Six nodes along the street, by differences, in units of 100 nanodegrees.
    let dense = [
        bytes_field(1, &zigzags(&[1, 1, 1, 1, 1, 1])),
        bytes_field(8, &zigzags(&[471_000_000, 1_000, 1_000, 0, -1_000, 500])),
        bytes_field(9, &zigzags(&[519_000_000, 20_000, 20_000, 20_000, 20_000, 1_000])),
        bytes_field(10, &plain(&[0, 0, 0, 0, 5, 4, 6, 7, 0, 8, 9, 3, 10, 0])),
    ];
    let way = [
        number_field(1, 7),
        bytes_field(2, &plain(&[1, 3])),
        bytes_field(3, &plain(&[2, 4])),
        bytes_field(8, &zigzags(&[1, 1, 1, 1, 1])),
    ];
    let stair = [
        number_field(1, 8),
        bytes_field(2, &plain(&[1])),
        bytes_field(3, &plain(&[11])),
        bytes_field(8, &zigzags(&[2, 2])),
    ];
    let mall = [
        number_field(1, 9),
        bytes_field(2, &plain(&[13, 15, 3])),
        bytes_field(3, &plain(&[14, 16, 10])),
        bytes_field(8, &plain(&[12])),
        bytes_field(9, &zigzags(&[8])),
        bytes_field(10, &plain(&[1])),
    ];
    let group = [
        bytes_field(2, &dense.concat()),
        bytes_field(3, &way.concat()),
        bytes_field(3, &stair.concat()),
        bytes_field(4, &mall.concat()),
    ]
    .concat();
    [bytes_field(1, &table), bytes_field(2, &group)].concat()
}

/// The extract.
pub(crate) fn map() -> Vec<u8> {
    [map_header(), blob("OSMData", &map_block())].concat()
}

/// A new folder, in memory where the system has such a place.
pub(crate) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    folder.expect("a folder to write in")
}

thread_local! {
    static FOLDER: TempDir = folder();
}

/// This thread's place for a file.
pub(crate) fn place(name: &str) -> PathBuf {
    FOLDER.with(|folder| folder.path().join(name))
}

/// Writes bytes for a reader that wants a file.
pub(crate) fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = place(name);
    std::fs::write(&path, bytes).expect("room for a small file");
    path
}

/// A pack out of a feed and a map.
pub(crate) fn build(feed: &[u8], map: Option<&[u8]>) -> Result<PathBuf, BuildError> {
    let (feed, out) = (file("feed.zip", feed), place("city.jol"));
    let build = Build::new("Sample").names("Үлгі", "Образец", "Sample").gtfs(feed).source("a sample");
    let build = build.made_ms(NOW_MS).section(1_000, b"own".to_vec()).out(&out);
    let build = match map {
        Some(map) => build.osm(file("map.osm.pbf", map)),
        None => build,
    };
    build.run(&mut |_| ()).map(|_| out)
}

/// The pack of the smallest city.
pub(crate) fn pack() -> &'static [u8] {
    static PACK: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let path = build(&feed(), Some(&map())).expect("our own feed");
        std::fs::read(path).expect("a pack that was just made")
    });
    &PACK
}

/// The smallest city.
pub(crate) fn city() -> &'static City {
    static CITY: LazyLock<City> = LazyLock::new(|| City::from_bytes(pack()).expect("our own pack"));
    &CITY
}
