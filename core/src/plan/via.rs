//! By way of a stop: where a journey must come by, riding through, changing or on foot.
//!
//! Whether a passenger came by is one more thing that a search compares, as rides and walking are. On foot
//! they come by between two rides, or before the first or after the last, by two walks that meet there.

use super::asked::Access;
use super::legs::Legs;
use crate::city::timetable::{StopIdx, Timetable};
use crate::order;

/// A stop on the way, for one question.
#[derive(Clone, Debug)]
pub(super) struct Via {
    /// The stop itself, or the platforms of a station.
    platforms: Vec<StopIdx>,
    /// Where two walks may meet: rules that berths are for speak of vehicles alone.
    pub(super) meet: Vec<StopIdx>,
    /// Walks to the first ride: those by way of the stop stand beside the others.
    pub(super) access: Vec<Access>,
    /// Walks from the last one, likewise.
    pub(super) egress: Vec<Access>,
    /// The walk all the way by way of the stop, which it names.
    pub(super) on_foot: Option<Access>,
}

impl Via {
    /// None if every journey comes by: it begins or ends there.
    pub(super) fn of(timetable: &Timetable<'_>, legs: &Legs<'_>, platforms: Vec<StopIdx>) -> Option<Via> {
        if legs.begins_or_ends_at(&platforms) {
            return None;
        }
        let meet: Vec<StopIdx> = legs.on_foot_at(&platforms).collect();
        let at = |walks: &[Access]| -> Vec<Access> {
            walks.iter().filter(|walk| meet.contains(&walk.stop)).copied().collect()
        };
        let (to, from) = (at(&legs.access), at(&legs.egress));
        let (mut access, mut egress) = (Vec::new(), Vec::new());
        for walk in &to {
            let paths = timetable.footpaths_from(walk.stop).iter();
            let on = paths.filter(|path| legs.is_walkable(path) && !platforms.contains(&path.to));
            access.extend(on.map(|path| walk.and(legs.access(path.to, path), path.to)));
        }
        for stop in (0..).take(timetable.stops.len()).map(StopIdx).filter(|stop| !platforms.contains(stop)) {
            for path in timetable.footpaths_from(stop).iter().filter(|path| legs.is_walkable(path)) {
                let there = from.iter().filter(|walk| walk.stop == path.to);
                egress.extend(there.map(|walk| walk.and(legs.access(stop, path), stop)));
            }
        }
        let pairs = to.iter().flat_map(|to| from.iter().map(move |from| (to, from)));
        let walks = pairs.filter(|(to, from)| to.stop == from.stop).map(|(to, from)| to.and(*from, to.stop));
        let on_foot = walks.min_by_key(|walk| (walk.seconds, walk.metres));
        let all = |plain: &[Access], by_way: Vec<Access>| [plain, &best(by_way)].concat();
        let (access, egress) = (all(&legs.access, access), all(&legs.egress, egress));
        Some(Via { platforms, meet, access, egress, on_foot })
    }

    /// Whether it is this stop.
    #[inline]
    pub(super) fn is_at(&self, stop: StopIdx) -> bool {
        self.platforms.contains(&stop)
    }
}

/// For each stop those walks by way that no other is at least as good as.
fn best(mut walks: Vec<Access>) -> Vec<Access> {
    order::sort_by_key(&mut walks, |walk| (walk.stop, walk.seconds, walk.metres, walk.by_way));
    let mut best: Vec<Access> = Vec::new();
    for walk in walks {
        let known = best.last().filter(|known| known.stop == walk.stop);
        // Later ones are slower: each must be shorter than the last.
        if known.is_none_or(|known| walk.metres < known.metres) {
            best.push(walk);
        }
    }
    best
}
