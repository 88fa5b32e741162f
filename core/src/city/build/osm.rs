//! An OpenStreetMap extract (.osm.pbf): streets to walk on, addresses, landmarks.
//!
//! Read twice: first the ways and relations, then the places of the nodes that they name. Which ways can be
//! walked follows OSM's wiki ("Guidelines for pedestrian navigation"). A lift (`highway=elevator`) is a way, or
//! a node at which ways meet. Of relations those are read that draw an area (`type=multipolygon`): houses and
//! malls with courts in them are places as others are.

use super::report::{BuildError, Progress, Step};
use crate::geo::Point;
use osmpbf::{Blob, BlobDecode, BlobReader, Element, PrimitiveBlock, RelMemberType, Relation};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// So many nodes of ways an extract may have: they take 4 GB.
const MOST_REFS: usize = 200_000_000;
const MOST_LANDMARKS: usize = 10_000_000;
/// So many ways an extract may have whose middle is known, 24 bytes each: Kazakhstan has 3 million.
const MOST_WAYS: usize = 40_000_000;
/// So many parts of an area's edge are looked at.
const MOST_PARTS: usize = 64;

/// Kinds of `highway` that nobody walks on, or that are not there.
const NOT_WALKED: [&str; 12] = [
    "motorway",
    "motorway_link",
    "construction",
    "proposed",
    "planned",
    "abandoned",
    "disused",
    "razed",
    "raceway",
    "bus_guideway",
    "escape",
    "no",
];

/// Keys that make something with a name a landmark.
const LANDMARK_KEYS: [&str; 14] = [
    "amenity",
    "shop",
    "leisure",
    "tourism",
    "office",
    "healthcare",
    "historic",
    "railway",
    "public_transport",
    "aeroway",
    "place",
    "building",
    "man_made",
    "natural",
];

/// Tags of a thing that has a name, in the order of trust.
const NAMES: [&str; 8] =
    ["name", "name:kk", "name:ru", "name:en", "alt_name", "old_name", "short_name", "official_name"];

/// A name as the map shows it, its other forms to search by, and what it is in Kazakh, Russian and English;
/// empty where the map does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Name {
    pub(super) shown: String,
    pub(super) others: Vec<String>,
    pub(super) languages: [String; 3],
}

/// A way that can be walked.
#[derive(Debug)]
pub(super) struct Way {
    /// Positions in [`Map::points`].
    pub(super) nodes: Vec<u32>,
    /// Position in [`Map::names`].
    pub(super) name: Option<u32>,
    /// Whether no wheelchair takes it.
    pub(super) steps: bool,
}

/// A house.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) street: String,
    pub(super) house: String,
    pub(super) point: Point,
}

/// Something with a name.
#[derive(Debug)]
pub(super) struct Landmark {
    pub(super) name: Name,
    pub(super) point: Point,
}

/// What was read of a map.
#[derive(Debug, Default)]
pub(super) struct Map {
    /// Places of nodes; none if the extract lacks the node.
    pub(super) points: Vec<Option<Point>>,
    pub(super) ways: Vec<Way>,
    /// Names of streets, each once.
    pub(super) names: Vec<Name>,
    pub(super) addresses: Vec<Address>,
    pub(super) landmarks: Vec<Landmark>,
}

/// Reads an extract.
pub(super) fn read(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Map, BuildError> {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let mut ways = Ways::default();
    each_block(path, &file, 0, progress, &mut |block| ways.read(block))?;
    if ways.refs.len() > MOST_REFS {
        return Err(BuildError::TooLarge { file, what: "more than 200 million nodes of ways" });
    }
    ways.find_areas_of_relations();
    let mut ids: Vec<i64> = ways.refs.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut nodes = Nodes { places: vec![None; ids.len()], ids, found: Found::default() };
    each_block(path, &file, 1, progress, &mut |block| nodes.read(block))?;
    if nodes.found.landmarks.len() + nodes.found.addresses.len() > MOST_LANDMARKS {
        return Err(BuildError::TooLarge { file, what: "more than 10 million places" });
    }
    Ok(ways.resolve(nodes))
}

/// Gives every block of the file to `read`, in the first or second of two rounds.
fn each_block(
    path: &Path,
    file: &str,
    round: u64,
    progress: &mut dyn FnMut(Progress),
    read: &mut dyn FnMut(&PrimitiveBlock),
) -> Result<(), BuildError> {
    let malformed = |what: String| BuildError::Malformed { file: file.to_owned(), row: 0, what };
    let unreadable =
        |error: std::io::Error| BuildError::Unreadable { file: file.to_owned(), kind: error.kind() };
    let of = std::fs::metadata(path).map_err(unreadable)?.len();
    let reader = BlobReader::from_path(path).map_err(|error| malformed(error.to_string()))?;
    let mut header = false;
    for blob in reader {
        let blob = blob.map_err(|error| malformed(format!("not an OSM extract, or cut off: {error}")))?;
        // The reader adds up what the file says, and stumbles over what no map says.
        let walked = catch_unwind(AssertUnwindSafe(|| decode(&blob, read)));
        header |= match walked {
            Ok(Ok(is_header)) => is_header,
            Ok(Err(error)) => return Err(malformed(error)),
            Err(_) => return Err(malformed("numbers that no map has".to_owned())),
        };
        let offset = blob.offset().map_or(0, |offset| offset.0);
        progress(Progress { step: Step::Map, done: round * of + offset, of: 2 * of });
    }
    if !header {
        return Err(malformed("not an OSM extract: it has no header".to_owned()));
    }
    progress(Progress { step: Step::Map, done: (round + 1) * of, of: 2 * of });
    Ok(())
}

/// Whether it is the header.
fn decode(blob: &Blob, read: &mut dyn FnMut(&PrimitiveBlock)) -> Result<bool, String> {
    match blob.decode().map_err(|error| error.to_string())? {
        BlobDecode::OsmHeader(header) => {
            let known = ["OsmSchema-V0.6", "DenseNodes"];
            let strange = header.required_features().iter().find(|f| !known.contains(&f.as_str()));
            strange.map_or(Ok(true), |feature| Err(format!("it needs {feature:?}, which is not read")))
        }
        BlobDecode::OsmData(block) => {
            read(&block);
            Ok(false)
        }
        BlobDecode::Unknown(_) => Ok(false),
    }
}

/// What tags say that matters here.
#[derive(Default)]
struct Tags<'t> {
    highway: &'t str,
    foot: &'t str,
    access: &'t str,
    wheelchair: &'t str,
    /// A stair has a ramp for wheelchairs beside it.
    ramp: bool,
    motorroad: bool,
    is_area: bool,
    street: &'t str,
    house: &'t str,
    is_landmark: bool,
    names: [&'t str; NAMES.len()],
}

impl<'t> Tags<'t> {
    fn of(tags: impl Iterator<Item = (&'t str, &'t str)>) -> Tags<'t> {
        let mut of = Tags::default();
        for (key, value) in tags {
            match key {
                "highway" => of.highway = value,
                "foot" => of.foot = value,
                "access" => of.access = value,
                "wheelchair" => of.wheelchair = value,
                "ramp:wheelchair" => of.ramp = value == "yes",
                "type" => of.is_area = value == "multipolygon",
                "motorroad" => of.motorroad = value == "yes",
                "addr:street" => of.street = value,
                "addr:place" if of.street.is_empty() => of.street = value,
                "addr:housenumber" => of.house = value,
                _ => {}
            }
            of.is_landmark |= LANDMARK_KEYS.contains(&key);
            if let Some(nth) = NAMES.iter().position(|name| *name == key) {
                of.names[nth] = value;
            }
        }
        of
    }

    fn can_be_walked(&self) -> bool {
        let allowed = matches!(self.foot, "yes" | "designated" | "permissive" | "official");
        let closed = matches!(self.access, "no" | "private") || self.motorroad;
        !self.highway.is_empty()
            && !NOT_WALKED.contains(&self.highway)
            && !matches!(self.foot, "no" | "private" | "use_sidepath")
            && (allowed || !(closed || self.highway == "cycleway"))
    }

    /// What the map does not say is no hindrance.
    fn has_steps(&self) -> bool {
        let fit = self.ramp || matches!(self.wheelchair, "yes" | "designated" | "limited");
        self.wheelchair == "no" || (self.highway == "steps" && !fit)
    }

    fn name(&self) -> Option<Name> {
        let mut names = self.names.iter().flat_map(|names| names.split(';')).map(str::trim);
        let shown = names.find(|name| !name.is_empty())?.to_owned();
        let mut others: Vec<String> = Vec::new();
        for name in names.filter(|name| !name.is_empty()) {
            if name != shown && !others.iter().any(|other| other == name) {
                others.push(name.to_owned());
            }
        }
        let first = |names: &str| names.split(';').next().unwrap_or_default().trim().to_owned();
        Some(Name { shown, others, languages: [1, 2, 3].map(|nth| first(self.names[nth])) })
    }

    fn is_address(&self) -> bool {
        !self.street.is_empty() && !self.house.is_empty()
    }
}

#[derive(Debug, Default)]
struct Found {
    addresses: Vec<Address>,
    landmarks: Vec<Landmark>,
}

impl Found {
    fn add(&mut self, tags: &Tags<'_>, point: Point) {
        if tags.is_address() {
            let (street, house) = (tags.street.trim().to_owned(), tags.house.trim().to_owned());
            self.addresses.push(Address { street, house, point });
        }
        if tags.is_landmark
            && let Some(name) = tags.name()
        {
            self.landmarks.push(Landmark { name, point });
        }
    }
}

/// The first round.
#[derive(Default)]
struct Ways {
    /// Nodes of all ways and areas, one after another.
    refs: Vec<i64>,
    /// Ways that can be walked: beginning of the range in `refs`, end, name, whether it has steps.
    walked: Vec<(usize, usize, Option<u32>, bool)>,
    /// Areas that are places: range in `refs`; their places are found later.
    areas: Vec<(usize, usize, Found)>,
    /// The first node of every way and the one in the middle, by its id: an area may have it as its edge.
    middles: Vec<(i64, [i64; 2])>,
    /// Relations that are places, and the ways around them.
    relations: Vec<(Vec<i64>, Found)>,
    names: Vec<Name>,
    known_names: HashMap<Name, u32>,
}

impl Ways {
    fn read(&mut self, block: &PrimitiveBlock) {
        for group in block.groups() {
            for relation in group.relations() {
                self.read_relation(&relation);
            }
            for way in group.ways() {
                let tags = Tags::of(way.tags());
                let walked = tags.can_be_walked();
                let mut found = Found::default();
                if tags.highway.is_empty() {
                    found.add(&tags, Point::default());
                }
                let is_place = !found.addresses.is_empty() || !found.landmarks.is_empty();
                if self.middles.len() < MOST_WAYS {
                    let refs: Vec<i64> = way.refs().collect();
                    let middle = refs.first().zip(refs.get(refs.len() / 2));
                    self.middles.extend(middle.map(|(first, middle)| (way.id(), [*first, *middle])));
                }
                if !(walked || is_place) || self.refs.len() > MOST_REFS {
                    continue;
                }
                let start = self.refs.len();
                self.refs.extend(way.refs());
                let end = self.refs.len();
                if walked {
                    let name = tags.name().map(|name| self.name(name));
                    self.walked.push((start, end, name, tags.has_steps()));
                }
                if is_place {
                    self.areas.push((start, end, found));
                }
            }
        }
    }

    fn read_relation(&mut self, relation: &Relation<'_>) {
        let tags = Tags::of(relation.tags());
        if !tags.is_area || self.relations.len() > MOST_LANDMARKS {
            return;
        }
        let mut found = Found::default();
        found.add(&tags, Point::default());
        if found.addresses.is_empty() && found.landmarks.is_empty() {
            return;
        }
        let edges = relation.members().filter(|member| {
            member.member_type == RelMemberType::Way && member.role().is_ok_and(|role| role != "inner")
        });
        let edges: Vec<i64> = edges.map(|member| member.member_id).take(MOST_PARTS).collect();
        self.relations.push((edges, found));
    }

    /// Once all ways are known: relations become areas, as far as the extract has the ways around them.
    fn find_areas_of_relations(&mut self) {
        self.middles.sort_unstable();
        for (edges, found) in std::mem::take(&mut self.relations) {
            let start = self.refs.len();
            for edge in edges {
                let at = self.middles.partition_point(|(way, _)| *way < edge);
                let known = self.middles.get(at).filter(|(way, _)| *way == edge);
                self.refs.extend(known.into_iter().flat_map(|(_, nodes)| nodes));
            }
            self.areas.push((start, self.refs.len(), found));
        }
        self.middles = Vec::new();
    }

    fn name(&mut self, name: Name) -> u32 {
        let next = self.names.len() as u32;
        *self.known_names.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        })
    }

    fn resolve(self, nodes: Nodes) -> Map {
        let Nodes { ids, places, found } = nodes;
        let at = |id: &i64| ids.binary_search(id).unwrap_or(0) as u32;
        let ways = self.walked.iter().map(|(start, end, name, steps)| Way {
            nodes: self.refs[*start..*end].iter().map(at).collect(),
            name: *name,
            steps: *steps,
        });
        let ways = ways.collect();
        let Found { mut addresses, mut landmarks } = found;
        for (start, end, area) in self.areas {
            let corners = &self.refs[start..end];
            let corners = corners.iter().filter_map(|id| places.get(ids.binary_search(id).ok()?).copied()?);
            let Some(point) = middle(corners) else { continue };
            addresses.extend(area.addresses.into_iter().map(|address| Address { point, ..address }));
            landmarks.extend(area.landmarks.into_iter().map(|landmark| Landmark { point, ..landmark }));
        }
        Map { points: places, ways, names: self.names, addresses, landmarks }
    }
}

/// The middle of the box around some points.
pub(super) fn middle(points: impl Iterator<Item = Point>) -> Option<Point> {
    let around = |b: Option<(Point, Point)>, p: Point| {
        let (least, most) = b.unwrap_or((p, p));
        Some((
            Point { lat: least.lat.min(p.lat), lon: least.lon.min(p.lon) },
            Point { lat: most.lat.max(p.lat), lon: most.lon.max(p.lon) },
        ))
    };
    points.fold(None, around).map(|(least, most)| least.towards(most, 0.5))
}

/// The second round.
struct Nodes {
    ids: Vec<i64>,
    places: Vec<Option<Point>>,
    found: Found,
}

impl Nodes {
    fn read(&mut self, block: &PrimitiveBlock) {
        for element in block.elements() {
            match element {
                Element::Node(node) => self.add(node.id(), node.lat(), node.lon(), Tags::of(node.tags())),
                Element::DenseNode(node) => {
                    self.add(node.id(), node.lat(), node.lon(), Tags::of(node.tags()));
                }
                Element::Way(_) | Element::Relation(_) => {}
            }
        }
    }

    fn add(&mut self, id: i64, lat: f64, lon: f64, tags: Tags<'_>) {
        let Some(point) = Point::new(lat, lon) else { return };
        if let Ok(at) = self.ids.binary_search(&id) {
            self.places[at] = Some(point);
        }
        if self.found.addresses.len() + self.found.landmarks.len() <= MOST_LANDMARKS {
            self.found.add(&tags, point);
        }
    }
}
