//! Writes an OpenStreetMap extract, as osmformat.proto and fileformat.proto say.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct BlobHeader {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(int32, tag = "3")]
    size: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Blob {
    #[prost(bytes = "vec", tag = "1")]
    raw: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct HeaderBlock {
    #[prost(string, repeated, tag = "4")]
    required_features: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Block {
    #[prost(message, optional, tag = "1")]
    texts: Option<Texts>,
    #[prost(message, repeated, tag = "2")]
    groups: Vec<Group>,
}

#[derive(Clone, PartialEq, Message)]
struct Texts {
    #[prost(bytes = "vec", repeated, tag = "1")]
    texts: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Group {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(message, repeated, tag = "3")]
    ways: Vec<Way>,
    #[prost(message, repeated, tag = "4")]
    relations: Vec<Relation>,
}

#[derive(Clone, PartialEq, Message)]
struct Relation {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    values: Vec<u32>,
    #[prost(int32, repeated, tag = "8")]
    roles: Vec<i32>,
    #[prost(sint64, repeated, tag = "9")]
    members: Vec<i64>,
    /// 1: a way.
    #[prost(int32, repeated, tag = "10")]
    kinds: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(sint64, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    values: Vec<u32>,
    #[prost(sint64, tag = "8")]
    lat: i64,
    #[prost(sint64, tag = "9")]
    lon: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Way {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(uint32, repeated, tag = "2")]
    keys: Vec<u32>,
    #[prost(uint32, repeated, tag = "3")]
    values: Vec<u32>,
    #[prost(sint64, repeated, tag = "8")]
    refs: Vec<i64>,
}

/// A map in the making. Nodes are on a grid of thousandths of a degree from 47° N, 51° E.
#[derive(Default)]
pub(super) struct Pbf {
    texts: Vec<Vec<u8>>,
    group: Group,
}

type Tags<'t> = &'t [(&'t str, &'t str)];

impl Pbf {
    pub(super) fn node(mut self, id: i64, north: i64, east: i64, tags: Tags<'_>) -> Pbf {
        let (keys, values) = self.tags(tags);
        let (lat, lon) = (470_000_000 + north * 10_000, 510_000_000 + east * 10_000);
        self.group.nodes.push(Node { id, keys, values, lat, lon });
        self
    }

    /// A relation of ways, which are numbered from 1 in the order in which they were added.
    pub(super) fn relation(mut self, ways: &[(i64, &str)], tags: Tags<'_>) -> Pbf {
        let (keys, values) = self.tags(tags);
        let roles = ways.iter().map(|(_, role)| self.text(role) as i32).collect();
        let mut last = 0;
        let members = ways.iter().map(|(way, _)| way - std::mem::replace(&mut last, *way)).collect();
        let (id, kinds) = (self.group.relations.len() as i64 + 1, vec![1; ways.len()]);
        self.group.relations.push(Relation { id, keys, values, roles, members, kinds });
        self
    }

    pub(super) fn way(mut self, nodes: &[i64], tags: Tags<'_>) -> Pbf {
        let (keys, values) = self.tags(tags);
        let mut last = 0;
        let delta = |node: &i64| {
            let delta = node - last;
            last = *node;
            delta
        };
        let id = self.group.ways.len() as i64 + 1;
        self.group.ways.push(Way { id, keys, values, refs: nodes.iter().map(delta).collect() });
        self
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        let header = HeaderBlock { required_features: vec!["OsmSchema-V0.6".into()] };
        let block = Block { texts: Some(Texts { texts: self.texts }), groups: vec![self.group] };
        [blob("OSMHeader", &header), blob("OSMData", &block)].concat()
    }

    fn tags(&mut self, tags: Tags<'_>) -> (Vec<u32>, Vec<u32>) {
        tags.iter().map(|(key, value)| (self.text(key), self.text(value))).unzip()
    }

    fn text(&mut self, text: &str) -> u32 {
        if self.texts.is_empty() {
            self.texts.push(Vec::new());
        }
        self.texts.push(text.into());
        self.texts.len() as u32 - 1
    }
}

/// A blob with its header.
pub(super) fn blob(kind: &str, message: &impl Message) -> Vec<u8> {
    let blob = Blob { raw: message.encode_to_vec() }.encode_to_vec();
    let header = BlobHeader { kind: kind.into(), size: blob.len() as i32 }.encode_to_vec();
    [&(header.len() as u32).to_be_bytes()[..], &header, &blob].concat()
}
