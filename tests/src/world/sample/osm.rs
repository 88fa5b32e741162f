//! Writes OpenStreetMap data as a PBF file.
//!
//! Only what the sample needs: nodes (dense) and ways with tags, in blocks of 8 000, zlib-packed. The
//! messages are those of `fileformat.proto` and `osmformat.proto`; the format is described in the
//! OpenStreetMap wiki under "PBF Format".

use flate2::{Compression, write::ZlibEncoder};
use prost::Message;
use std::collections::HashMap;
use std::io::Write;

/// Entities in one block, as the format recommends.
const BLOCK: usize = 8_000;

/// A tag: key and value.
pub(in crate::world) type Tag = (&'static str, String);

/// A point with tags, or a bend of a way.
#[derive(Clone, Debug)]
pub(in crate::world) struct OsmNode {
    pub(in crate::world) id: i64,
    /// 1e-7 degrees north.
    pub(in crate::world) lat_e7: i64,
    /// 1e-7 degrees east.
    pub(in crate::world) lon_e7: i64,
    pub(in crate::world) tags: Vec<Tag>,
}

/// A line or area through nodes.
#[derive(Clone, Debug)]
pub(in crate::world) struct OsmWay {
    pub(in crate::world) id: i64,
    pub(in crate::world) nodes: Vec<i64>,
    pub(in crate::world) tags: Vec<Tag>,
}

/// The bytes of a PBF file with these nodes and ways, each sorted by id.
pub(in crate::world) fn write_pbf(nodes: &[OsmNode], ways: &[OsmWay]) -> Vec<u8> {
    let mut file = Vec::new();
    let header = HeaderBlock {
        required_features: vec!["OsmSchema-V0.6".to_owned(), "DenseNodes".to_owned()],
        optional_features: vec!["Sort.Type_then_ID".to_owned()],
        writingprogram: Some("jol sample".to_owned()),
    };
    write_blob(&mut file, "OSMHeader", &header.encode_to_vec());
    for some in nodes.chunks(BLOCK) {
        write_blob(&mut file, "OSMData", &node_block(some).encode_to_vec());
    }
    for some in ways.chunks(BLOCK) {
        write_blob(&mut file, "OSMData", &way_block(some).encode_to_vec());
    }
    file
}

fn write_blob(file: &mut Vec<u8>, kind: &str, content: &[u8]) {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(content).expect("memory takes all bytes");
    let zlib_data = packed.finish().expect("memory takes all bytes");
    let blob = Blob { raw_size: Some(content.len() as i32), zlib_data: Some(zlib_data) }.encode_to_vec();
    let header = BlobHeader { kind: kind.to_owned(), datasize: blob.len() as i32 }.encode_to_vec();
    file.extend_from_slice(&(header.len() as u32).to_be_bytes());
    file.extend_from_slice(&header);
    file.extend_from_slice(&blob);
}

/// The texts of a block, each once; number 0 is kept free by the format.
#[derive(Default)]
struct Texts {
    known: HashMap<String, u32>,
    all: Vec<Vec<u8>>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if self.all.is_empty() {
            self.all.push(Vec::new());
        }
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        let number = self.all.len() as u32;
        self.all.push(text.as_bytes().to_vec());
        self.known.insert(text.to_owned(), number);
        number
    }

    fn block(self, group: PrimitiveGroup) -> PrimitiveBlock {
        PrimitiveBlock { stringtable: StringTable { s: self.all }, primitivegroup: vec![group] }
    }
}

/// Numbers as the differences from one to the next.
fn deltas(numbers: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut before = 0;
    numbers.map(|number| number - std::mem::replace(&mut before, number)).collect()
}

fn node_block(nodes: &[OsmNode]) -> PrimitiveBlock {
    let mut texts = Texts::default();
    let mut keys_vals = Vec::new();
    for node in nodes {
        for (key, value) in &node.tags {
            keys_vals.extend([texts.number(key) as i32, texts.number(value) as i32]);
        }
        keys_vals.push(0);
    }
    let dense = DenseNodes {
        id: deltas(nodes.iter().map(|node| node.id)),
        lat: deltas(nodes.iter().map(|node| node.lat_e7)),
        lon: deltas(nodes.iter().map(|node| node.lon_e7)),
        keys_vals,
    };
    texts.block(PrimitiveGroup { dense: Some(dense), ways: Vec::new() })
}

fn way_block(ways: &[OsmWay]) -> PrimitiveBlock {
    let mut texts = Texts::default();
    let ways = ways
        .iter()
        .map(|way| Way {
            id: way.id,
            keys: way.tags.iter().map(|(key, _)| texts.number(key)).collect(),
            vals: way.tags.iter().map(|(_, value)| texts.number(value)).collect(),
            refs: deltas(way.nodes.iter().copied()),
        })
        .collect();
    texts.block(PrimitiveGroup { dense: None, ways })
}

#[derive(Clone, PartialEq, Message)]
struct BlobHeader {
    #[prost(string, required, tag = "1")]
    kind: String,
    #[prost(int32, required, tag = "3")]
    datasize: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Blob {
    #[prost(int32, optional, tag = "2")]
    raw_size: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "3")]
    zlib_data: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct HeaderBlock {
    #[prost(string, repeated, tag = "4")]
    required_features: Vec<String>,
    #[prost(string, repeated, tag = "5")]
    optional_features: Vec<String>,
    #[prost(string, optional, tag = "16")]
    writingprogram: Option<String>,
}

/// Granularity is left at its default of 100 nanodegrees: coordinates are 1e-7 degrees.
#[derive(Clone, PartialEq, Message)]
struct PrimitiveBlock {
    #[prost(message, required, tag = "1")]
    stringtable: StringTable,
    #[prost(message, repeated, tag = "2")]
    primitivegroup: Vec<PrimitiveGroup>,
}

#[derive(Clone, PartialEq, Message)]
struct StringTable {
    #[prost(bytes = "vec", repeated, tag = "1")]
    s: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct PrimitiveGroup {
    #[prost(message, optional, tag = "2")]
    dense: Option<DenseNodes>,
    #[prost(message, repeated, tag = "3")]
    ways: Vec<Way>,
}

#[derive(Clone, PartialEq, Message)]
struct DenseNodes {
    #[prost(sint64, repeated, tag = "1")]
    id: Vec<i64>,
    #[prost(sint64, repeated, tag = "8")]
    lat: Vec<i64>,
    #[prost(sint64, repeated, tag = "9")]
    lon: Vec<i64>,
    #[prost(int32, repeated, tag = "10")]
    keys_vals: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Way {
    #[prost(int64, required, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    vals: Vec<u32>,
    #[prost(sint64, repeated, tag = "8")]
    refs: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use osmpbf::{Element, ElementReader};

    #[test]
    fn another_reader_reads_what_was_written() {
        let node = |id, tags: &[Tag]| OsmNode {
            id,
            lat_e7: 471_070_000 - id * 7,
            lon_e7: 519_170_000 + id * 3,
            tags: tags.to_vec(),
        };
        let house: Tag = ("addr:housenumber", "12/1".to_owned());
        let mut nodes: Vec<OsmNode> = (1..=9_000).map(|id| node(id, &[])).collect();
        nodes.push(node(9_005, &[house.clone(), ("addr:street", "Абай даңғылы".to_owned())]));
        let name: Tag = ("name:kk", "Абай даңғылы".to_owned());
        let way = OsmWay { id: 1, nodes: vec![5, 3, 9_005], tags: vec![name] };
        let file = write_pbf(&nodes, &[way]);

        let (mut read_nodes, mut read_ways) = (Vec::new(), Vec::new());
        let read = ElementReader::new(file.as_slice()).for_each(|element| match element {
            Element::DenseNode(node) => {
                let tags: Vec<_> = node.tags().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
                read_nodes.push((node.id(), node.decimicro_lat(), node.decimicro_lon(), tags));
            }
            Element::Way(way) => {
                let tags: Vec<_> = way.tags().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
                read_ways.push((way.id(), way.refs().collect::<Vec<_>>(), tags));
            }
            _ => panic!("only dense nodes and ways were written"),
        });
        read.expect("a good file");
        assert_eq!(read_nodes.len(), 9_001);
        let (id, lat, lon, tags) = &read_nodes[9_000];
        assert_eq!((*id, *lat, *lon), (9_005, 471_070_000 - 63_035, 519_170_000 + 27_015));
        assert_eq!(tags[0], (house.0.to_owned(), house.1));
        assert_eq!(tags[1].1, "Абай даңғылы");
        assert!(read_nodes[8_999].3.is_empty());
        assert_eq!(read_ways, [(1, vec![5, 3, 9_005], vec![("name:kk".into(), "Абай даңғылы".into())])]);
    }
}
