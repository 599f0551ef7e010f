//! All objects in the order of their names, kept, so that a table sorted by name is read off and not sorted.

use std::ops::Range;

use rayon::prelude::*;

use super::{Direction, Heap};
use crate::graph::NodeOrdinal;
use crate::util::{BitSet, Cancelled, Column, Progress, stored};

/// All nodes by displayed name, those of one name by id, then by ordinal.
#[derive(Debug, Default)]
pub(super) struct NameOrder {
    /// Ordinals.
    nodes: Column<u32>,
    /// For each place in `nodes` a bit, 64 to a word: whether its name is not the one before.
    begins: Column<u64>,
}

/// Places that a thread takes at a time.
const STEP: usize = if cfg!(test) { 64 } else { 1 << 16 };
/// Of lists that are a smaller part of a heap, sorting is quicker than going through the whole order.
const SMALL_PART: usize = 300;
/// Of lists that are a smaller part, ranking their names is quicker than [`NameOrder::ranks`].
const SMALL_PART_TO_RANK: usize = 100;

impl NameOrder {
    /// Orders nodes by the ranks of their names: at most as many different ones as there are nodes.
    pub(super) fn new(heap: &Heap, ranks: &[u32], progress: &Progress) -> Result<Self, Cancelled> {
        const STEPS: u64 = 4;
        progress.expect(STEPS);
        let mut nodes = by_rank(ranks, progress)?;
        progress.advance(1)?;
        let mut begins = vec![0u64; nodes.len().div_ceil(64)];
        let rank = |node: NodeOrdinal| ranks[node.index()]; // one a node
        for (place, pair) in (1..).zip(nodes.windows(2)) {
            if place % STEP == 0 {
                progress.check()?;
            }
            begins[place / 64] |= u64::from(rank(pair[0]) != rank(pair[1])) << (place % 64);
        }
        progress.advance(1)?;
        let of_one_name = nodes.par_chunk_by_mut(|&a, &b| rank(a) == rank(b));
        of_one_name.try_for_each(|nodes| {
            nodes.par_sort_by_key(|&node| heap.graph.id(node)); // most are in this order already
            progress.check()
        })?;
        progress.advance(2)?;
        let nodes: Vec<u32> = nodes.into_iter().map(|node| node.0).collect();
        Ok(Self { nodes: nodes.into(), begins: begins.into() })
    }

    /// Whether every node has a place.
    pub(super) fn is_sound(&self, nodes: usize) -> bool {
        let mut seen = BitSet::new(nodes);
        self.nodes.len() == nodes
            && self.begins.len() == nodes.div_ceil(64)
            && self.nodes.iter().all(|&node| (node as usize) < nodes && seen.insert(node))
    }

    /// Whether a list of so many nodes is sorted quickly by this.
    pub(super) fn suits(&self, nodes: usize) -> bool {
        nodes >= (self.nodes.len() / SMALL_PART).max(1)
    }

    /// Whether [`Self::ranks`] are made quicker than those of so many nodes.
    pub(super) fn suits_ranking(&self, nodes: usize) -> bool {
        nodes >= (self.nodes.len() / SMALL_PART_TO_RANK).max(1)
    }

    /// Sorts nodes, all different ones, by name, then by ascending id, then by ordinal. Says whether it
    /// could: an order that lies in a file may be spoilt meanwhile.
    pub(super) fn sort(
        &self,
        nodes: &mut [NodeOrdinal],
        direction: Direction,
        progress: &Progress,
    ) -> Result<bool, Cancelled> {
        let wanted = (nodes.len() < self.nodes.len()).then(|| {
            let mut wanted = BitSet::new(self.nodes.len());
            for node in nodes.iter() {
                wanted.insert(node.0);
            }
            wanted
        });
        let is_wanted = |node: u32| wanted.as_ref().is_none_or(|wanted| wanted.contains(node));
        let mut parts = self.parts();
        if direction == Direction::Descending {
            parts.reverse();
        }
        let share = nodes.len() as f64 / self.nodes.len() as f64;
        let sorted = |places: Range<usize>| {
            progress.check()?;
            let mut sorted = Vec::with_capacity((places.len() as f64 * share) as usize);
            self.collect(places, direction, &is_wanted, &mut sorted);
            Ok(sorted)
        };
        let sorted: Vec<Vec<NodeOrdinal>> = parts.into_par_iter().map(sorted).collect::<Result<_, _>>()?;
        if sorted.iter().map(Vec::len).sum::<usize>() != nodes.len() {
            return Ok(false);
        }
        let mut rest = nodes;
        for part in &sorted {
            let (place, behind) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = behind;
        }
        Ok(true)
    }

    /// All places, cut between names.
    fn parts(&self) -> Vec<Range<usize>> {
        let end = self.nodes.len();
        let mut cuts = vec![0];
        cuts.extend((STEP..end).step_by(STEP).filter_map(|place| self.last_begin(place - STEP, place)));
        cuts.push(end);
        cuts.windows(2).map(|cuts| cuts[0]..cuts[1]).collect()
    }

    /// The last place above `floor`, up to `place`, whose name is not the one before.
    fn last_begin(&self, floor: usize, place: usize) -> Option<usize> {
        let mut row = place / 64;
        let mut word = self.begins[row] & (u64::MAX >> (63 - place % 64)); // a bit for each place
        while word == 0 && row > floor / 64 {
            row -= 1;
            word = self.begins[row];
        }
        let begin = row * 64 + 63usize.checked_sub(word.leading_zeros() as usize)?;
        (begin > floor).then_some(begin)
    }

    /// Appends the nodes of some places: names in a direction, those of one name always ascending.
    fn collect(
        &self,
        places: Range<usize>,
        direction: Direction,
        is_wanted: &impl Fn(u32) -> bool,
        nodes: &mut Vec<NodeOrdinal>,
    ) {
        let mut take = |places: Range<usize>| {
            let some = self.nodes[places].iter().copied().filter(|&node| is_wanted(node));
            nodes.extend(some.map(NodeOrdinal));
        };
        if direction == Direction::Ascending {
            return take(places);
        }
        let mut end = places.end;
        while end > places.start {
            let begin = self.last_begin(places.start, end - 1).unwrap_or(places.start);
            take(begin..end);
            end = begin;
        }
    }

    /// By node, the place of its name among all names; equal names have equal ones.
    pub(super) fn ranks(&self, progress: &Progress) -> Result<Vec<u32>, Cancelled> {
        let mut ranks = vec![0; self.nodes.len()];
        let mut rank = 0;
        for (place, &node) in self.nodes.iter().enumerate() {
            if place % STEP == 0 {
                progress.check()?;
            }
            rank += (self.begins[place / 64] >> (place % 64) & 1) as u32; // a bit for each place
            if let Some(place) = ranks.get_mut(node as usize) {
                *place = rank; // else the file that this lies in was spoilt
            }
        }
        Ok(ranks)
    }
}

stored!(NameOrder { nodes, begins });

/// Nodes in the order of their ranks, those of equal rank ascending: counts, then distributes.
fn by_rank(ranks: &[u32], progress: &Progress) -> Result<Vec<NodeOrdinal>, Cancelled> {
    let different = ranks.par_iter().max().map_or(0, |&rank| rank as usize + 1);
    let mut next = vec![0u32; different];
    for ranks in ranks.chunks(STEP) {
        progress.check()?;
        ranks.iter().for_each(|&rank| next[rank as usize] += 1);
    }
    let mut start = 0;
    for next in &mut next {
        start += std::mem::replace(next, start);
    }
    let mut nodes = vec![NodeOrdinal(0); ranks.len()];
    let mut node = 0;
    for ranks in ranks.chunks(STEP) {
        progress.check()?;
        for &rank in ranks {
            let place = &mut next[rank as usize];
            nodes[*place as usize] = NodeOrdinal(node);
            *place += 1;
            node += 1;
        }
    }
    Ok(nodes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Direction, NameOrder};
    use crate::analysis::testing::{heap_of, rooted};
    use crate::analysis::{NodeKey, display_name, sort_nodes};
    use crate::format::NodeKind;
    use crate::graph::NodeOrdinal;
    use crate::util::{Column, Progress};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        /// Given objects of which many have the same name, and ids in no order, some of them twice.
        #[test]
        fn lists_are_read_off_as_comparing_sorts_them(
            names in prop::collection::vec((0u32..40, 0u32..1000), 1..300),
            repeated in 0usize..3000, // of one name
            wanted in prop::collection::vec(any::<bool>(), 4000),
            ascending in any::<bool>(),
        ) {
            let mut snapshot = rooted();
            let many = (0..repeated as u32).map(|number| (5, number.wrapping_mul(2_654_435_761) >> 8));
            for (name, id) in names.into_iter().chain(many) {
                let node = snapshot.node(NodeKind::STRING, format!("{name}").as_str(), 8);
                snapshot.set_id(node, u64::from(id) << 1 | 1);
            }
            let heap = heap_of(&snapshot);
            let direction = if ascending { Direction::Ascending } else { Direction::Descending };
            heap.order_names(&Progress::new()).unwrap();
            let nodes = heap.graph.node_ordinals().zip(wanted).filter(|&(_, wanted)| wanted);
            let mut list: Vec<NodeOrdinal> = nodes.map(|(node, _)| node).collect();
            let mut expected = list.clone();
            expected.sort_by(|&a, &b| {
                let by_name = display_name(&heap, a).cmp(&display_name(&heap, b));
                let by_name = if ascending { by_name } else { by_name.reverse() };
                by_name.then_with(|| heap.graph.id(a).cmp(&heap.graph.id(b)))
            });
            list.reverse();
            let order = heap.name_order().unwrap();
            prop_assert!(order.parts().len() > 1 || heap.graph.node_count() < 200);
            let mut read_off = list.clone();
            prop_assert!(order.sort(&mut read_off, direction, &Progress::new()).unwrap());
            prop_assert_eq!(&read_off, &expected);
            let keys = [(NodeKey::Name, direction), (NodeKey::Id, Direction::Ascending)];
            sort_nodes(&heap, &mut list, keys, &Progress::new()).unwrap();
            prop_assert_eq!(list, expected);
        }
    }

    #[test]
    fn an_order_from_a_file_has_every_node_once() {
        let order =
            |nodes: Vec<u32>, begins: Vec<u64>| NameOrder { nodes: nodes.into(), begins: begins.into() };
        assert!(order(vec![2, 0, 1], vec![0b10]).is_sound(3));
        let wrong = [vec![2, 0, 0], vec![3, 0, 1], vec![2, 0], vec![2, 0, 1, 0]];
        assert!(wrong.into_iter().all(|nodes| !order(nodes, vec![0]).is_sound(3)));
        assert!(!NameOrder { nodes: vec![2, 0, 1].into(), begins: Column::default() }.is_sound(3));
    }
}
