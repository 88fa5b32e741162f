//! One sort for all short lists.
//!
//! The standard library's sort is made anew for each list and each order: five kilobytes of a phone's storage for each.
//! Here a list of places is sorted, by a comparison that is asked by reference, and what stands at them is moved after.

use std::cmp::Ordering;

/// Sorts as [`slice::sort_by`] does: equals keep their order.
pub(crate) fn sort_by<T>(list: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = sorted(list.len(), &|one, other| compare(&list[one], &list[other]));
    // Along each cycle: what belongs here comes from there.
    for start in 0..list.len() {
        let mut here = start;
        loop {
            let there = std::mem::replace(&mut places[here], here);
            if there == start {
                break;
            }
            list.swap(here, there);
            here = there;
        }
    }
}

/// Sorts as [`slice::sort_by_key`] does: equals keep their order.
pub(crate) fn sort_by_key<T, K: Ord>(list: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(list, |one, other| key(one).cmp(&key(other)));
}

/// Where what belongs at each place stands.
fn sorted(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..len).collect();
    places.sort_by(|one, other| compare(*one, *other));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_standard_library_does(list in proptest::collection::vec((0..9_u8, any::<u16>()), 0..80)) {
            let (mut mine, mut theirs) = (list.clone(), list);
            sort_by_key(&mut mine, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(&mine, &theirs);
            sort_by(&mut mine, |a, b| b.1.cmp(&a.1));
            theirs.sort_by_key(|(_, other)| std::cmp::Reverse(*other));
            prop_assert_eq!(mine, theirs);
        }
    }
}
