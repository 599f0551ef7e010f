//! Inferred interfaces: plain objects grouped by the properties they share.

use std::collections::hash_map::Entry;
use std::hash::Hasher;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHasher};

use super::names::{PLAIN_OBJECT, PROTO, format_property};
use super::text;
use crate::graph::{EdgeKind, EdgeOrdinal, Graph, NodeKind, NodeOrdinal, StringIndex};
use crate::util::{Cancelled, Progress, stored};

/// A shape that many plain objects have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Such as `{id, total}`.
    pub name: String,
    /// Property names, in the order of the first object.
    pub properties: Vec<String>,
    /// The property names, exact where [`Self::properties`] has U+FFFD for lone surrogates.
    exact: Vec<Vec<u8>>,
}

/// The interfaces of a snapshot, most frequent first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interfaces {
    /// In DevTools' order; among equal matches an earlier one wins.
    pub list: Vec<Interface>,
}

stored!(Interface { name, properties, exact });
stored!(Interfaces { list });

/// Longest name, in UTF-16 units, that still takes another property.
const NAME_LIMIT: usize = 120;
/// An interface stands for at least this many objects …
const MIN_OBJECTS: u64 = 2;
/// … and for at least one in so many of all plain objects.
const ONE_IN: u64 = 1000;
/// Plain objects that a thread takes at a time.
const CHUNK: usize = 4096;

/// Infers the interfaces of plain objects.
pub fn interfaces(graph: &Graph, progress: &Progress) -> Result<Interfaces, Cancelled> {
    infer(graph, &plain_objects(graph, progress)?, progress)
}

/// All plain objects, in file order.
pub(super) fn plain_objects(graph: &Graph, progress: &Progress) -> Result<Vec<NodeOrdinal>, Cancelled> {
    let (kinds, names) = (&graph.nodes().kind, &graph.nodes().name);
    // By string index: whether it is known to be the name or not to be it.
    let mut known: FxHashMap<u32, bool> = FxHashMap::default();
    let mut last = (u32::MAX, false);
    let mut found = Vec::new();
    for (node, (&kind, &name)) in (0u32..).zip(kinds.iter().zip(names.iter())) {
        if node.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        if kind != NodeKind::OBJECT.0 {
            continue;
        }
        if last.0 != name {
            let is = |name: &u32| graph.strings().is(StringIndex(*name), PLAIN_OBJECT);
            last = (name, *known.entry(name).or_insert_with_key(is));
        }
        if last.1 {
            found.push(NodeOrdinal(node));
        }
    }
    Ok(found)
}

/// Objects that begin with the same properties.
#[derive(Clone, Copy)]
struct Candidate {
    count: u64,
    first: NodeOrdinal,
}

/// Counts how many objects begin with the same properties, in order, as far as
/// a name goes; keeps what is frequent.
fn infer(graph: &Graph, plain: &[NodeOrdinal], progress: &Progress) -> Result<Interfaces, Cancelled> {
    let names = PropertyNames::new(graph);
    let parts = plain
        .par_chunks((plain.len() / rayon::current_num_threads().max(1)).max(CHUNK))
        .map(|part| count_candidates(graph, part, &names, progress))
        .collect::<Result<Vec<_>, _>>()?;
    let mut parts = parts.into_iter();
    let mut candidates = parts.next().unwrap_or_default();
    for (signature, more) in parts.flatten() {
        match candidates.entry(signature) {
            Entry::Vacant(entry) => drop(entry.insert(more)),
            Entry::Occupied(mut entry) => {
                let candidate = entry.get_mut();
                candidate.count += more.count;
                candidate.first = candidate.first.min(more.first);
            }
        }
    }
    let is_frequent = |candidate: &Candidate| {
        candidate.count >= MIN_OBJECTS && candidate.count * ONE_IN >= plain.len() as u64
    };
    let mut frequent: Vec<Candidate> = candidates.into_values().filter(is_frequent).collect();
    frequent.sort_unstable_by_key(|candidate| (std::cmp::Reverse(candidate.count), candidate.first));
    let list = frequent.iter().map(|candidate| interface_of(graph, candidate.first)).collect();
    Ok(Interfaces { list })
}

fn count_candidates(
    graph: &Graph,
    part: &[NodeOrdinal],
    names: &PropertyNames<'_>,
    progress: &Progress,
) -> Result<FxHashMap<u64, Candidate>, Cancelled> {
    let mut candidates: FxHashMap<u64, Candidate> = FxHashMap::default();
    for chunk in part.chunks(CHUNK) {
        progress.check()?;
        for &node in chunk {
            if let Some(signature) = signature_of(graph, node, names) {
                candidates.entry(signature).or_insert(Candidate { count: 0, first: node }).count += 1;
            }
        }
    }
    Ok(candidates)
}

/// A hash of the name that the object's interface would have; `None` for objects without properties.
fn signature_of(graph: &Graph, node: NodeOrdinal, names: &PropertyNames<'_>) -> Option<u64> {
    let mut hasher = FxHasher::default();
    let (mut length, mut any) = (1, false);
    for name in property_edges(graph, node) {
        let property = names.get(name);
        if property.is_proto() {
            continue;
        }
        if length > 1 && length + property.units() > NAME_LIMIT {
            break;
        }
        any = true;
        // A leading empty name leaves no trace in the interface's name.
        if length + property.units() > 1 {
            length += property.units() + if length > 1 { 2 } else { 0 };
            hasher.write_u64(property.0);
        }
    }
    any.then(|| hasher.finish())
}

/// Spells out what [`signature_of`] hashes.
fn interface_of(graph: &Graph, node: NodeOrdinal) -> Interface {
    let mut name = b"{".to_vec();
    let mut exact = Vec::new();
    for property in property_edges(graph, node) {
        let property = text::text(graph.strings(), StringIndex(property));
        if *property == *PROTO.as_bytes() {
            continue;
        }
        let formatted = format_property(&property);
        if name.len() > 1 && text::unit_count(&name) + text::unit_count(&formatted) > NAME_LIMIT {
            break;
        }
        if name.len() > 1 {
            name.extend_from_slice(b", ");
        }
        name.extend_from_slice(&formatted);
        exact.push(property.into_owned());
    }
    name.push(b'}');
    let properties = exact.iter().map(|property| text::to_string(property)).collect();
    Interface { name: text::to_string(&name), properties, exact }
}

/// The names (string indices) of a node's property edges.
fn property_edges(graph: &Graph, node: NodeOrdinal) -> impl Iterator<Item = u32> + '_ {
    let is_property = |&edge: &EdgeOrdinal| graph.edge_kind(edge) == EdgeKind::PROPERTY;
    graph.edges_of(node).filter(is_property).map(|edge| graph.edge_name_or_index(edge))
}

/// What inference needs to know of property names, by string index: found out
/// when first asked for, then shared between threads.
struct PropertyNames<'a> {
    graph: &'a Graph,
    known: Vec<AtomicU64>,
}

/// A hash of the text (low 56 bits; equal for equal texts, which some writers
/// repeat in their tables) and the length of the formatted name in UTF-16 units.
#[derive(Clone, Copy)]
struct PropertyName(u64);

impl PropertyName {
    const UNKNOWN: u64 = 0;
    const PROTO: u64 = u64::MAX;
    const LENGTH_SHIFT: u32 = 56;
    /// Longer names are as good as this long: nothing fits beside them.
    const LONGEST: usize = 200;

    fn of(name: &[u8]) -> Self {
        if name == PROTO.as_bytes() {
            return Self(Self::PROTO);
        }
        let units = text::unit_count(&format_property(name)).min(Self::LONGEST) as u64;
        let mut hasher = FxHasher::default();
        hasher.write(name);
        Self((units + 1) << Self::LENGTH_SHIFT | hasher.finish() >> (64 - Self::LENGTH_SHIFT))
    }

    fn is_proto(self) -> bool {
        self.0 == Self::PROTO
    }

    fn units(self) -> usize {
        (self.0 >> Self::LENGTH_SHIFT) as usize - 1 // one more is stored, so that 0 is unknown
    }
}

impl<'a> PropertyNames<'a> {
    fn new(graph: &'a Graph) -> Self {
        let known = (0..graph.strings().len()).map(|_| AtomicU64::new(PropertyName::UNKNOWN)).collect();
        Self { graph, known }
    }

    fn get(&self, name: u32) -> PropertyName {
        let find = || PropertyName::of(&text::text(self.graph.strings(), StringIndex(name)));
        let Some(slot) = self.known.get(name as usize) else {
            return find();
        };
        match slot.load(Relaxed) {
            PropertyName::UNKNOWN => {
                let found = find();
                slot.store(found.0, Relaxed);
                found
            }
            known => PropertyName(known),
        }
    }
}

/// For a plain object that no interface fits.
pub(super) const NO_INTERFACE: u32 = u32::MAX;

/// The interface of each of the plain objects, by place in the list.
///
/// An interface fits when the object has all its properties (as a multiset, in
/// any order). The one with most properties is taken, then the earliest.
pub(super) fn assign(
    graph: &Graph,
    plain: &[NodeOrdinal],
    interfaces: &Interfaces,
    progress: &Progress,
) -> Result<Vec<u32>, Cancelled> {
    let matcher = Matcher::new(graph, interfaces);
    let parts = plain
        .par_chunks((plain.len() / rayon::current_num_threads().max(1)).max(CHUNK))
        .map(|part| matcher.assign_part(part, progress))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(parts.concat())
}

/// An interface as a multiset of properties.
struct Shape {
    /// Numbers of its properties in [`Matcher`], sorted.
    properties: Vec<u32>,
    /// Place in the list of interfaces.
    place: u32,
}

impl Shape {
    /// Smaller is better.
    fn rank(&self) -> (std::cmp::Reverse<usize>, u32) {
        (std::cmp::Reverse(self.properties.len()), self.place)
    }

    /// Whether all its properties are among `sorted`.
    fn fits(&self, sorted: &[u32]) -> bool {
        let mut rest = sorted.iter();
        self.properties.iter().all(|property| rest.by_ref().any(|other| other == property))
    }
}

/// Finds interfaces by what an object has.
struct Matcher<'a> {
    graph: &'a Graph,
    /// The properties that occur in interfaces, numbered.
    numbers: FxHashMap<&'a [u8], u32>,
    /// The same by string index: [`Self::UNKNOWN`], [`Self::NOT_IN_ANY`] or the number.
    by_name: Vec<AtomicU32>,
    /// By number: the interfaces of which this property is the one that fewest
    /// interfaces have, best first. An object is compared with few interfaces so.
    by_rarest: Vec<Vec<Shape>>,
}

impl<'a> Matcher<'a> {
    const UNKNOWN: u32 = u32::MAX;
    const NOT_IN_ANY: u32 = u32::MAX - 1;
    /// How many different sets of properties a thread remembers the answer for.
    const REMEMBERED: usize = 1 << 16;

    fn new(graph: &'a Graph, interfaces: &'a Interfaces) -> Self {
        let mut numbers: FxHashMap<&[u8], u32> = FxHashMap::default();
        let mut uses: Vec<u32> = Vec::new();
        let mut shapes = Vec::with_capacity(interfaces.list.len());
        for (place, interface) in (0u32..).zip(&interfaces.list) {
            let number = |property: &'a Vec<u8>| {
                let next = uses.len() as u32;
                let number = *numbers.entry(property).or_insert(next);
                if number == next {
                    uses.push(0);
                }
                uses[number as usize] += 1; // numbers are places in `uses`
                number
            };
            let mut properties: Vec<u32> = interface.exact.iter().map(number).collect();
            properties.sort_unstable();
            shapes.push(Shape { properties, place });
        }
        shapes.sort_unstable_by_key(Shape::rank);
        let mut by_rarest: Vec<Vec<Shape>> = uses.iter().map(|_| Vec::new()).collect();
        for shape in shapes {
            let rarest = shape.properties.iter().copied().min_by_key(|&number| uses[number as usize]);
            if let Some(rarest) = rarest {
                by_rarest[rarest as usize].push(shape);
            }
        }
        let by_name = (0..graph.strings().len()).map(|_| AtomicU32::new(Self::UNKNOWN)).collect();
        Self { graph, numbers, by_name, by_rarest }
    }

    fn number_of(&self, name: u32) -> Option<u32> {
        let find = || {
            let text = text::text(self.graph.strings(), StringIndex(name));
            self.numbers.get(&*text).copied().unwrap_or(Self::NOT_IN_ANY)
        };
        let number = match self.by_name.get(name as usize) {
            None => find(),
            Some(slot) => match slot.load(Relaxed) {
                Self::UNKNOWN => {
                    let number = find();
                    slot.store(number, Relaxed);
                    number
                }
                known => known,
            },
        };
        (number != Self::NOT_IN_ANY).then_some(number)
    }

    fn assign_part(&self, part: &[NodeOrdinal], progress: &Progress) -> Result<Vec<u32>, Cancelled> {
        let mut answers: FxHashMap<Box<[u32]>, u32> = FxHashMap::default();
        let mut found = Vec::with_capacity(part.len());
        let mut properties = Vec::new();
        for chunk in part.chunks(CHUNK) {
            progress.check()?;
            for &node in chunk {
                properties.clear();
                properties.extend(property_edges(self.graph, node).filter_map(|name| self.number_of(name)));
                properties.sort_unstable();
                if let Some(&answer) = answers.get(properties.as_slice()) {
                    found.push(answer);
                    continue;
                }
                let answer = self.best(&properties);
                if answers.len() < Self::REMEMBERED {
                    answers.insert(properties.as_slice().into(), answer);
                }
                found.push(answer);
            }
        }
        Ok(found)
    }

    /// The best interface for an object with these properties.
    fn best(&self, sorted: &[u32]) -> u32 {
        let mut best: Option<&Shape> = None;
        for (i, &property) in sorted.iter().enumerate() {
            if i > 0 && sorted[i - 1] == property {
                continue;
            }
            let better = |shape: &&Shape| best.is_none_or(|best| shape.rank() < best.rank());
            let candidates = self.by_rarest[property as usize].iter(); // one entry a number
            if let Some(shape) = candidates.take_while(better).find(|shape| shape.fits(sorted)) {
                best = Some(shape);
            }
        }
        best.map_or(NO_INTERFACE, |shape| shape.place)
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::Heap;
    use crate::analysis::testing::{heap_of, plain, rooted};
    use crate::format::{EdgeKind, builder::SnapshotBuilder};
    use crate::graph::NodeOrdinal;

    fn names(heap: &Heap) -> Vec<&str> {
        heap.interfaces.list.iter().map(|interface| interface.name.as_str()).collect()
    }

    fn classes<const N: usize>(snapshot: &SnapshotBuilder, nodes: [u32; N]) -> [String; N] {
        let heap = heap_of(snapshot);
        nodes.map(|node| heap.classes.name_of(NodeOrdinal(node)).to_owned())
    }

    #[test]
    fn objects_of_the_same_properties_in_the_same_order_make_an_interface() {
        let mut snapshot = rooted();
        plain(&mut snapshot, &["once"]);
        for _ in 0..2 {
            plain(&mut snapshot, &["x", "y"]);
        }
        for _ in 0..3 {
            let order = plain(&mut snapshot, &["__proto__", "id", "a,b"]);
            snapshot.edge(order, EdgeKind::INTERNAL, "map", 0);
        }
        let heap = heap_of(&snapshot);
        assert_eq!(names(&heap), [r#"{id, "a,b"}"#, "{x, y}"]);
        assert_eq!(heap.interfaces.list[0].properties, ["id", "a,b"]);
    }

    #[test]
    fn an_interface_stands_for_a_thousandth_of_all_plain_objects_at_least() {
        let mut snapshot = rooted();
        for _ in 0..2 {
            plain(&mut snapshot, &["rare"]);
        }
        for _ in 0..1_997 {
            plain(&mut snapshot, &[]);
        }
        assert_eq!(names(&heap_of(&snapshot)), ["{rare}"]);
        plain(&mut snapshot, &[]);
        assert_eq!(names(&heap_of(&snapshot)), ["{rare}"]); // 2 of 2,000
        plain(&mut snapshot, &[]);
        assert_eq!(names(&heap_of(&snapshot)), [""; 0]);
    }

    #[test]
    fn names_take_no_property_beyond_120_units() {
        let long = "l".repeat(100);
        let [fits, over] = [19, 20].map(|length| "s".repeat(length));
        let mut snapshot = rooted();
        for _ in 0..2 {
            plain(&mut snapshot, &[&long, &fits, "more"]);
            plain(&mut snapshot, &[&long, &over, "more"]);
        }
        assert_eq!(names(&heap_of(&snapshot)), [format!("{{{long}, {fits}}}"), format!("{{{long}}}")]);
    }

    #[test]
    fn objects_get_the_interface_that_covers_most_of_them() {
        let mut snapshot = rooted();
        for _ in 0..3 {
            plain(&mut snapshot, &["id"]);
            plain(&mut snapshot, &["name", "id"]);
        }
        for _ in 0..2 {
            plain(&mut snapshot, &["id", "name"]);
        }
        let both = plain(&mut snapshot, &["x", "id", "y", "name"]);
        let one = plain(&mut snapshot, &["x", "id"]);
        let none = plain(&mut snapshot, &["name"]);
        // {id, name} has the properties of {name, id}, which is more frequent.
        assert_eq!(classes(&snapshot, [both, one, none]), ["{name, id}", "{id}", "Object"]);
    }

    #[test]
    fn a_property_twice_asks_for_it_twice() {
        let mut snapshot = rooted();
        for _ in 0..2 {
            plain(&mut snapshot, &["a", "a"]);
        }
        let twice = plain(&mut snapshot, &["a", "b", "a"]);
        let once = plain(&mut snapshot, &["a", "b"]);
        assert_eq!(classes(&snapshot, [twice, once]), ["{a, a}", "Object"]);
    }

    #[test]
    fn an_empty_name_in_front_leaves_no_trace_in_the_interface_but_is_asked_for() {
        let mut snapshot = rooted();
        plain(&mut snapshot, &["", "a"]);
        let without = plain(&mut snapshot, &["a"]);
        let with = plain(&mut snapshot, &["a", ""]);
        assert_eq!(classes(&snapshot, [without, with]), ["Object", "{a}"]);
    }
}
