//! Reads an index: maps it, and checks of it what is asked for.

use std::fs::Metadata;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::digest;
use super::header::{COLUMNS_AT, Header, NoHeader};
use crate::analysis::Heap;
use crate::format::Source;
use crate::util::{Loader, Mapping, Progress};

/// Why an index is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is none.
    Missing,
    /// Made by a program that stores other columns.
    OtherVersion,
    /// Of another snapshot, or the snapshot was changed.
    OtherSnapshot,
    /// Its parts are not as they were written.
    Damaged,
    /// The work was cancelled.
    Cancelled,
}

impl From<crate::util::Cancelled> for Refused {
    fn from(_: crate::util::Cancelled) -> Self {
        Self::Cancelled
    }
}

/// A mapped index whose header is right.
pub(super) struct IndexFile {
    source: Source,
    map: Arc<dyn Mapping>,
    pub(super) header: Header,
}

impl IndexFile {
    /// Maps an index and checks its header; with what the system says of the file.
    pub(super) fn open(path: &Path) -> Result<(Self, Metadata), Refused> {
        if cfg!(target_endian = "big") {
            return Err(Refused::OtherVersion); // columns are written as they lie in memory
        }
        let (source, metadata) = Source::open(path).map_err(|_| Refused::Missing)?;
        let header = Header::parse(source.bytes()).map_err(|why| match why {
            NoHeader::Damaged => Refused::Damaged,
            NoHeader::OtherVersion => Refused::OtherVersion,
        })?;
        Ok((Self { map: Arc::new(source.clone()), source, header }, metadata))
    }

    /// The heap. `text` is the snapshot's, where the index does not hold the texts. With `fully`,
    /// every byte is checked and every number that others are looked up by.
    pub(super) fn heap(
        &self,
        text: Option<Source>,
        fully: bool,
        progress: &Progress,
    ) -> Result<Heap, Refused> {
        let Header { columns_end, sums_end, end, .. } = self.header;
        // The header's ends ascend up to the file's length.
        let catalogue = &self.map.bytes()[sums_end as usize..end as usize];
        if xxh3_64(catalogue) != self.header.catalogue_sum {
            return Err(Refused::Damaged);
        }
        if fully {
            self.check_blocks(progress)?;
        }
        let mut loader = Loader::new(&self.map, COLUMNS_AT..columns_end, catalogue);
        let heap = Heap::load(&mut loader, text, self.source.clone());
        let heap = heap.filter(|_| loader.is_at_end()).ok_or(Refused::Damaged)?;
        progress.check()?;
        if fully && !heap.is_sound() {
            return Err(Refused::Damaged);
        }
        Ok(heap)
    }

    /// Bytes of the file.
    pub(super) fn len(&self) -> u64 {
        self.map.bytes().len() as u64
    }

    fn check_blocks(&self, progress: &Progress) -> Result<(), Refused> {
        let Header { columns_end, sums_end, sums_sum, .. } = self.header;
        let sums = &self.map.bytes()[columns_end as usize..sums_end as usize];
        let right = xxh3_64(sums) == sums_sum && {
            let columns = &self.map.bytes()[COLUMNS_AT as usize..columns_end as usize];
            bytemuck::cast_slice::<u64, u8>(&digest::blocks(columns, progress)?) == sums
        };
        right.then_some(()).ok_or(Refused::Damaged)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use xxhash_rust::xxh3::xxh3_64;

    use super::{Header, IndexFile, Refused, Source, digest};
    use crate::analysis::{Heap, HeapChange, SizeRule, display_name};
    use crate::format::{self, EdgeKind, NodeKind, builder::SnapshotBuilder};
    use crate::graph::{Change, Graph, ROOT};
    use crate::index::{IndexStore, Ticket};
    use crate::util::Progress;

    fn snapshot(orders: u32) -> SnapshotBuilder {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        for id in 1..=orders {
            let order = heap.node(NodeKind::OBJECT, "Object", 24);
            let text = heap.node(NodeKind::STRING, "text", 1 << 40);
            let rope = heap.node(NodeKind::CONS_STRING, "(concatenated string)", 32);
            heap.edge(0, EdgeKind::ELEMENT, id, order);
            heap.edge(order, EdgeKind::PROPERTY, "id", rope);
            heap.edge(rope, EdgeKind::INTERNAL, "first", text);
            heap.edge(rope, EdgeKind::INTERNAL, "second", text);
            heap.edge(
                order,
                EdgeKind::INTERNAL,
                "2 / part of key (A @5) -> value (B @7) pair in WeakMap (table @3)",
                text,
            );
            heap.location(order, 1, 2, 3);
        }
        heap
    }

    /// Asks whatever there is to ask.
    fn ask(heap: &Heap) -> usize {
        let graph = &heap.graph;
        let mut asked = format!("{:?} {:?} {}", graph.meta(), heap.interfaces, heap.total_size());
        for node in graph.node_ordinals() {
            asked += &display_name(heap, node);
            asked += heap.classes.name_of(node);
            let mut above = node;
            while above != ROOT {
                above = heap.dominators.of(above);
            }
            for edge in graph.edges_of(node).chain(heap.retainers().of(node)) {
                let entry = heap.weak_maps.entry(graph.edge_kind(edge), graph.edge_name_or_index(edge));
                let (from, to) = (graph.edge_from(edge), graph.edge_to(edge));
                asked += &format!("{entry:?} {} {}", graph.id(from), graph.name_text(to));
            }
            let sizes = (heap.sizes.of(node), heap.retained.of(node));
            asked += &format!("{sizes:?} {:?} {:?}", graph.location(node), heap.distances.of(node));
            asked +=
                &format!("{:?} {}", heap.flags().bits[node.index()], heap.detachedness.state[node.index()]);
        }
        for row in &heap.aggregates.list {
            asked += heap.classes.get(row.class).name.as_str();
            asked += &heap.aggregates.members(row).map(|node| graph.name_text(node)).collect::<String>();
        }
        asked.len()
    }

    /// Makes all checksums right.
    fn sign(file: &mut [u8]) {
        let mut header: Header = bytemuck::pod_read_unaligned(&file[..size_of::<Header>()]);
        let [columns, sums, end] = [header.columns_end, header.sums_end, header.end].map(|end| end as usize);
        let new: Vec<u64> = digest::blocks(&file[4096..columns], &Progress::new()).unwrap();
        file[columns..sums].copy_from_slice(bytemuck::cast_slice(&new));
        header.sums_sum = xxh3_64(&file[columns..sums]);
        header.catalogue_sum = xxh3_64(&file[sums..end]);
        let header = header.to_bytes();
        file[..header.len()].copy_from_slice(&header);
    }

    #[test]
    #[cfg_attr(miri, ignore = "maps files")]
    fn a_forged_index_cannot_make_the_program_stumble() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        let index = folder.path().join("a.index");
        fs::write(&path, snapshot(7).to_json()).unwrap();
        let store = IndexStore::new(folder.path().join("indices"));
        let raw = format::open(&path, &Progress::new()).unwrap();
        let heap = Heap::analyse(Graph::new(raw), SizeRule::Exact, &Progress::new()).unwrap();
        let asked = ask(&heap);
        store.save_at(&index, &Ticket::new(&path).unwrap(), &heap, &Progress::new()).unwrap();
        let open = |file: &[u8]| {
            let forged = folder.path().join("forged.index");
            fs::write(&forged, file).unwrap();
            let (text, _) = Source::open(&path).unwrap();
            IndexFile::open(&forged)?.0.heap(Some(text), true, &Progress::new())
        };
        let right = fs::read(&index).unwrap();
        assert_eq!(ask(&open(&right).unwrap()), asked);
        let (mut refused, mut other) = (0, 0);
        for (at, number) in (4096..right.len() - 4).step_by(4).zip([3u32, 17, 40, 0xfff0_0000].iter().cycle())
        {
            let mut forged = right.clone();
            forged[at..at + 4].copy_from_slice(&number.to_le_bytes());
            sign(&mut forged);
            match open(&forged) {
                Err(why) => {
                    assert_eq!(why, Refused::Damaged);
                    refused += 1;
                }
                Ok(heap) => other += usize::from(ask(&heap) != asked),
            }
        }
        assert!(refused > 50 && other > 50, "{refused} refused, {other} with other numbers");
    }

    /// What is cut off reads as zeros, whatever else was read before: wrong, but never a panic.
    #[cfg(unix)]
    #[test]
    fn an_index_that_is_cut_off_while_it_is_open_cannot_make_the_program_stumble() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.heapsnapshot");
        let index = folder.path().join("a.index");
        fs::write(&path, snapshot(1500).to_json()).unwrap();
        let store = IndexStore::new(folder.path().join("indices"));
        let raw = format::open(&path, &Progress::new()).unwrap();
        let heap = Heap::analyse(Graph::new(raw), SizeRule::Exact, &Progress::new()).unwrap();
        store.save_at(&index, &Ticket::new(&path).unwrap(), &heap, &Progress::new()).unwrap();
        let right = fs::read(&index).unwrap();
        let page = 1 << 12;
        for pages in (1..right.len() / page).step_by(2) {
            fs::write(&index, &right).unwrap();
            let (text, _) = Source::open(&path).unwrap();
            let file = IndexFile::open(&index).unwrap().0;
            let heap = file.heap(Some(text), false, &Progress::new()).unwrap();
            assert_eq!(heap.change(), None);
            fs::OpenOptions::new().write(true).open(&index).unwrap().set_len((pages * page) as u64).unwrap();
            ask(&heap);
            assert_eq!(heap.change(), Some(HeapChange::Index(Change::Shortened)));
        }
    }
}
