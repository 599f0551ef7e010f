//! How nodes are grouped: class names and the keys that compare between snapshots.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::interfaces::{NO_INTERFACE, assign, plain_objects};
use super::names::DETACHED;
use super::{Detachedness, Interfaces, text};
use crate::graph::{Graph, Location, NodeKind, NodeOrdinal, StringIndex};
use crate::util::{Cancelled, Column, Progress, spill, stored};

/// Row of [`Classes::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// A group of nodes under one internal key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// What the constructor column says.
    pub name: String,
    /// DevTools' public key: `scriptId,line,column,name`, or `,name`. Two classes
    /// may share one (a name from the file and the same name made by a rule).
    pub key: String,
}

/// The class of each node.
#[derive(Debug, Default)]
pub struct Classes {
    /// [`ClassId`] by node.
    pub of_node: Column<u32>,
    /// The classes, each used by a node at least, in order of their first node.
    pub list: Vec<Class>,
}

impl Classes {
    /// Class of a node.
    #[inline]
    pub fn of(&self, node: NodeOrdinal) -> ClassId {
        ClassId(self.of_node[node.index()])
    }

    /// The class itself.
    #[inline]
    pub fn get(&self, id: ClassId) -> &Class {
        &self.list[id.0 as usize]
    }

    /// What the constructor column says of a node.
    pub fn name_of(&self, node: NodeOrdinal) -> &str {
        &self.get(self.of(node)).name
    }
}

stored!(ClassId(_));
stored!(Class { name, key });
stored!(Classes { of_node, list });

impl Classes {
    /// Whether each of so many nodes has one of the classes: what was loaded from a file may be anything.
    pub(super) fn is_sound(&self, nodes: usize) -> bool {
        let classes = self.list.len();
        self.of_node.len() == nodes && self.of_node.par_iter().all(|&class| (class as usize) < classes)
    }
}

/// Names the class of each node, plain objects by the given interfaces (those of
/// another snapshot when two are compared).
pub fn classes(
    graph: &Graph,
    detachedness: &Detachedness,
    interfaces: &Interfaces,
    progress: &Progress,
) -> Result<Classes, Cancelled> {
    let plain = plain_objects(graph, progress)?;
    let assigned = assign(graph, &plain, interfaces, progress)?;
    let mut plain = plain.iter().copied().zip(assigned).peekable();
    let mut locations = graph.locations().iter().peekable();
    let mut names = Names::new(graph, detachedness, interfaces);
    let mut list = ClassList::default();
    let mut of_node = spill::for_later(|| Vec::with_capacity(graph.node_count() as usize));
    for node in graph.node_ordinals() {
        if node.0.is_multiple_of(1 << 16) {
            progress.check()?;
        }
        let interface = plain.next_if(|&(object, _)| object == node).map(|(_, interface)| interface);
        let name = match interface {
            Some(interface) if interface != NO_INTERFACE => names.of_interface(interface),
            _ => names.of_node(node),
        };
        while locations.next_if(|location| location.node < node.0).is_some() {}
        let location = match graph.kind(node) {
            NodeKind::OBJECT => locations.next_if(|location| location.node == node.0),
            _ => None,
        };
        of_node.push(match location {
            None => list.plain(name, &names),
            Some(location) => list.located(name, location, &names),
        });
    }
    Ok(Classes { of_node: of_node.into(), list: list.classes })
}

/// Number of a class name. As in DevTools, a name that a rule makes differs from
/// the same text in the file.
#[derive(Clone, Copy, PartialEq, Eq)]
struct NameId(u32);

impl NameId {
    const NONE: Self = Self(u32::MAX);
}

/// The names of classes. The tables are dense, as most nodes take a single look into one.
struct Names<'a> {
    graph: &'a Graph,
    detachedness: &'a Detachedness,
    interfaces: &'a Interfaces,
    /// The text of each name.
    texts: Vec<String>,
    /// By node kind, for kinds with a fixed name.
    of_kind: [NameId; 256],
    /// By string index, for objects and natives.
    of_string: Vec<NameId>,
    /// The same for string indices behind the table.
    of_missing: FxHashMap<u32, NameId>,
    /// By string index, for detached natives, which are renamed.
    of_renamed: FxHashMap<u32, NameId>,
    /// By place in the list of interfaces.
    of_interface: Vec<NameId>,
    /// Names that rules make, by text: the fixed ones and tags.
    made: FxHashMap<String, NameId>,
}

impl<'a> Names<'a> {
    fn new(graph: &'a Graph, detachedness: &'a Detachedness, interfaces: &'a Interfaces) -> Self {
        Self {
            graph,
            detachedness,
            interfaces,
            texts: Vec::new(),
            of_kind: [NameId::NONE; 256],
            of_string: vec![NameId::NONE; graph.strings().len() as usize],
            of_missing: FxHashMap::default(),
            of_renamed: FxHashMap::default(),
            of_interface: vec![NameId::NONE; interfaces.list.len()],
            made: FxHashMap::default(),
        }
    }

    fn add(&mut self, text: String) -> NameId {
        self.texts.push(text);
        NameId(self.texts.len() as u32 - 1)
    }

    fn make(&mut self, text: &str) -> NameId {
        if let Some(&name) = self.made.get(text) {
            return name;
        }
        let name = self.add(text.to_owned());
        self.made.insert(text.to_owned(), name);
        name
    }

    fn of_interface(&mut self, place: u32) -> NameId {
        let place = place as usize; // within the list: `assign` gave it
        if self.of_interface[place] == NameId::NONE {
            self.of_interface[place] = self.add(self.interfaces.list[place].name.clone());
        }
        self.of_interface[place]
    }

    #[inline]
    fn of_node(&mut self, node: NodeOrdinal) -> NameId {
        let kind = self.graph.kind(node);
        if kind == NodeKind::OBJECT || kind == NodeKind::NATIVE {
            return self.of_named(node);
        }
        match self.of_kind[usize::from(kind.0)] {
            NameId::NONE => self.make_for_kind(kind),
            name => name,
        }
    }

    #[cold]
    fn make_for_kind(&mut self, kind: NodeKind) -> NameId {
        let name = match kind {
            NodeKind::HIDDEN => self.make("(system)"),
            NodeKind::CODE => self.make("(compiled code)"),
            NodeKind::CLOSURE => self.make("Function"),
            NodeKind::REGEXP => self.make("RegExp"),
            _ => self.make(&format!("({})", self.graph.meta().node_kinds.get(kind.0))),
        };
        self.of_kind[usize::from(kind.0)] = name;
        name
    }

    /// The class name of an object or native, which comes from its own name.
    fn of_named(&mut self, node: NodeOrdinal) -> NameId {
        let index = self.graph.name(node);
        if self.detachedness.is_renamed(self.graph, node) {
            return self.of_renamed(index);
        }
        let known = match self.of_string.get(index.0 as usize) {
            Some(&known) => known,
            None => self.of_missing.get(&index.0).copied().unwrap_or(NameId::NONE),
        };
        if known != NameId::NONE {
            return known;
        }
        let name = self.name_for(&text::text(self.graph.strings(), index));
        match self.of_string.get_mut(index.0 as usize) {
            Some(slot) => *slot = name,
            None => drop(self.of_missing.insert(index.0, name)),
        }
        name
    }

    fn of_renamed(&mut self, index: StringIndex) -> NameId {
        if let Some(&known) = self.of_renamed.get(&index.0) {
            return known;
        }
        let text = [DETACHED.as_bytes(), &text::text(self.graph.strings(), index)].concat();
        let name = self.name_for(&text);
        self.of_renamed.insert(index.0, name);
        name
    }

    /// A new name for a node's name, or the one made for its tag.
    fn name_for(&mut self, text: &[u8]) -> NameId {
        match tag_of(text) {
            Some(tag) => self.make(&text::to_string(&tag)),
            None => self.add(text::to_string(text)),
        }
    }
}

/// The class name of a DOM element: `<div>` for `<div id=x>`. `None` for other nodes.
fn tag_of(name: &[u8]) -> Option<Vec<u8>> {
    const DETACHED_TAG: &[u8] = b"Detached <";
    let open = if name.starts_with(b"<") {
        0
    } else if name.starts_with(DETACHED_TAG) {
        DETACHED_TAG.len()
    } else {
        return None;
    };
    Some(match memchr::memchr(b' ', &name[open..]) {
        Some(space) => [&name[..open + space], b">"].concat(),
        None => name.to_vec(),
    })
}

/// The classes found so far.
#[derive(Default)]
struct ClassList {
    classes: Vec<Class>,
    /// Class by [`NameId`], for nodes without a location.
    plain: Vec<u32>,
    /// Class by location and [`Self::text_number`].
    located: FxHashMap<(Place, u32), u32>,
    /// The class of the last located node: instances of a class come in runs.
    last_located: Option<((Place, NameId), u32)>,
    /// Number of a text, by [`NameId`]: the same for equal texts.
    text_numbers: Vec<u32>,
    by_text: FxHashMap<String, u32>,
}

/// Script, line, column.
type Place = (u32, u32, u32);

/// Marks entries of [`ClassList`] that are not known yet.
const NONE: u32 = u32::MAX;

impl ClassList {
    fn plain(&mut self, name: NameId, names: &Names<'_>) -> u32 {
        let row = name.0 as usize;
        if row >= self.plain.len() {
            self.plain.resize(row + 1, NONE);
        }
        if self.plain[row] == NONE {
            self.plain[row] = self.add(String::new(), &names.texts[row]);
        }
        self.plain[row]
    }

    fn located(&mut self, name: NameId, location: &Location, names: &Names<'_>) -> u32 {
        let place = (location.script_id, location.line, location.column);
        if let Some((last, class)) = self.last_located
            && last == (place, name)
        {
            return class;
        }
        let text = self.text_number(name, names);
        let class = if let Some(&known) = self.located.get(&(place, text)) {
            known
        } else {
            let prefix = format!("{},{},{}", place.0, place.1, place.2);
            let class = self.add(prefix, &names.texts[name.0 as usize]);
            self.located.insert((place, text), class);
            class
        };
        self.last_located = Some(((place, name), class));
        class
    }

    fn text_number(&mut self, name: NameId, names: &Names<'_>) -> u32 {
        let row = name.0 as usize;
        if row >= self.text_numbers.len() {
            self.text_numbers.resize(row + 1, NONE);
        }
        if self.text_numbers[row] == NONE {
            let next = self.by_text.len() as u32;
            self.text_numbers[row] = *self.by_text.entry(names.texts[row].clone()).or_insert(next);
        }
        self.text_numbers[row]
    }

    fn add(&mut self, mut key: String, name: &str) -> u32 {
        key.push(',');
        key.push_str(name);
        self.classes.push(Class { name: name.to_owned(), key });
        self.classes.len() as u32 - 1
    }
}

#[cfg(test)]
mod tests {
    use crate::analysis::testing::{heap_of, object, plain, rooted};
    use crate::format::NodeKind;
    use crate::graph::NodeOrdinal;

    #[test]
    fn kinds_and_names_decide_the_class() {
        let mut snapshot = rooted();
        let nodes = [
            (NodeKind::HIDDEN, "system / Map", "(system)"),
            (NodeKind::CODE, "main", "(compiled code)"),
            (NodeKind::CLOSURE, "main", "Function"),
            (NodeKind::REGEXP, "a+", "RegExp"),
            (NodeKind::STRING, "Cart", "(string)"),
            (NodeKind::CONS_STRING, "x", "(concatenated string)"),
            (NodeKind::OBJECT, "Cart", "Cart"),
            (NodeKind::NATIVE, "Cart", "Cart"),
            (NodeKind::NATIVE, "<div id=\"a b\">", "<div>"),
            (NodeKind::NATIVE, "<div>", "<div>"),
            (NodeKind::OBJECT, "Detached <li class=x>", "Detached <li>"),
            (NodeKind::NATIVE, "< x", "<>"),
        ];
        let ordinals = nodes.map(|(kind, name, _)| snapshot.node(kind, name, 8));
        let heap = heap_of(&snapshot);
        for (ordinal, (_, _, class)) in ordinals.into_iter().zip(nodes) {
            assert_eq!(heap.classes.name_of(NodeOrdinal(ordinal)), class);
        }
        let of = |i: usize| heap.classes.of(NodeOrdinal(ordinals[i]));
        assert_eq!(of(6), of(7)); // an object and a native of one name
        assert_eq!(of(8), of(9)); // two elements of one tag
    }

    #[test]
    fn objects_with_a_location_are_told_apart_by_it() {
        let mut snapshot = rooted();
        let [here, there, also_here, nowhere] = [(); 4].map(|()| object(&mut snapshot, "Cart", 8));
        snapshot.location(here, 5, 10, 2);
        snapshot.location(there, 5, 20, 2);
        snapshot.location(also_here, 5, 10, 2);
        let function = snapshot.node(NodeKind::CLOSURE, "Cart", 8);
        snapshot.location(function, 5, 10, 2);
        let heap = heap_of(&snapshot);
        let key = |node| heap.classes.get(heap.classes.of(NodeOrdinal(node))).key.as_str();
        let keys = [here, there, also_here, nowhere, function].map(key);
        assert_eq!(keys, ["5,10,2,Cart", "5,20,2,Cart", "5,10,2,Cart", ",Cart", ",Function"]);
    }

    #[test]
    fn a_name_that_a_rule_makes_is_not_that_name_in_the_file() {
        let mut snapshot = rooted();
        let function = snapshot.node(NodeKind::CLOSURE, "f", 8);
        let named_so = object(&mut snapshot, "Function", 8);
        let detached = snapshot.node(NodeKind::NATIVE, "Window", 8);
        snapshot.set_detachedness(detached, 2);
        let spelled_so = object(&mut snapshot, "Detached Window", 8);
        let shape = [(); 2].map(|()| plain(&mut snapshot, &["a"]))[0];
        let shape_in_file = object(&mut snapshot, "{a}", 8);
        let heap = heap_of(&snapshot);
        for (made, in_file) in [(function, named_so), (detached, spelled_so), (shape, shape_in_file)] {
            let [made, in_file] = [made, in_file].map(|node| heap.classes.of(NodeOrdinal(node)));
            assert_ne!(made, in_file);
            assert_eq!(heap.classes.get(made), heap.classes.get(in_file));
        }
    }
}
