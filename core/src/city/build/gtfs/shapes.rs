//! shapes.txt: the ways of vehicles through the streets, without the points that a map does not need.

use super::Feed;
use super::table::Archive;
use crate::city::build::report::BuildError;
use crate::city::build::simplify::simplify;
use crate::geo::Point;
use std::collections::HashMap;

/// How far a drawn way may lie from the feed's, in metres.
const ACCURACY_METRES: f64 = 5.0;
/// So many points a feed may draw.
const MOST_POINTS: usize = 100_000_000;

pub(super) fn read(archive: &mut Archive, feed: &mut Feed<'_>) -> Result<(), BuildError> {
    let Some(mut table) = archive.table("shapes.txt")? else { return Ok(()) };
    let (id, sequence) = (table.required("shape_id")?, table.required("shape_pt_sequence")?);
    let (lat, lon) = (table.required("shape_pt_lat")?, table.required("shape_pt_lon")?);
    let mut ids: HashMap<String, u32> = HashMap::new();
    let mut points: Vec<(u32, u32, Point)> = Vec::new();
    while table.next(&mut feed.report.repaired)? {
        let place = table.get(lat).parse().ok().zip(table.get(lon).parse().ok());
        let point = place.and_then(|(lat, lon)| Point::new(lat, lon));
        let (Some(point), Ok(sequence)) = (point, table.get(sequence).parse()) else {
            let what = || "a point without place or number: left out".to_owned();
            feed.report.refused.add(&table.file, table.row(), what);
            continue;
        };
        if points.len() >= MOST_POINTS {
            return Err(BuildError::TooLarge { file: table.file, what: "more than 100 million points" });
        }
        let shape_id = table.get(id);
        let shape = match ids.get(shape_id) {
            Some(shape) => *shape,
            None => {
                let next = ids.len() as u32;
                ids.insert(shape_id.to_owned(), next);
                next
            }
        };
        points.push((shape, sequence, point));
    }
    // Stable: points with one number stay in the order of the file.
    points.sort_by_key(|(shape, sequence, _)| (*shape, *sequence));
    let mut names = vec![""; ids.len()];
    ids.iter().for_each(|(id, shape)| names[*shape as usize] = id);
    let mut ways: Vec<_> = points.chunk_by(|a, b| a.0 == b.0).collect();
    ways.sort_unstable_by_key(|way| names[way[0].0 as usize]);
    for way in ways {
        let line: Vec<Point> = way.iter().map(|(_, _, point)| *point).collect();
        let kept: Vec<Point> = simplify(&line, ACCURACY_METRES).into_iter().map(|at| line[at]).collect();
        feed.shapes.insert(names[way[0].0 as usize].to_owned(), feed.builder.shape(&kept));
    }
    Ok(())
}
