//! A sound index in which numbers were changed and the checksums made right again: it is refused, or
//! whatever it says can be looked at.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use heaplens::analysis::{Heap, SizeRule};
use heaplens::format;
use heaplens::graph::Graph;
use heaplens::index::{IndexStore, Ticket};
use heaplens::util::Progress;
use heaplens_fuzz::{shape, sign, walk};
use libfuzzer_sys::fuzz_target;

/// A snapshot with a sound index, in a folder of its own.
struct Sound {
    folder: PathBuf,
    snapshot: PathBuf,
    index: Vec<u8>,
}

fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("heaplens-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let snapshot = folder.join("a.heapsnapshot");
        let bytes: Vec<u8> = (0..600u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        fs::write(&snapshot, shape::snapshot(&bytes)).expect("room");
        let raw = format::open(&snapshot, &Progress::new()).expect("a sound snapshot");
        let heap = Heap::analyse(Graph::new(raw), SizeRule::Exact, &Progress::new()).expect("a heap");
        let path = folder.join("a.index");
        let ticket = Ticket::new(&snapshot).expect("a ticket");
        IndexStore::new(folder.join("store"))
            .save_at(&path, &ticket, &heap, &Progress::new())
            .expect("an index");
        Sound { snapshot, index: fs::read(path).expect("the index"), folder }
    })
}

// Six bytes change four: two tell where (in steps of four bytes), four what stands there then.
fuzz_target!(init: heaplens_fuzz::work_alone(), |bytes: &[u8]| {
    let sound = sound();
    let mut index = sound.index.clone();
    for edit in bytes.chunks_exact(6) {
        let words = index.len() / 4;
        let word = usize::from(u16::from_le_bytes([edit[0], edit[1]])) % words;
        index[word * 4..][..4].copy_from_slice(&edit[2..]);
    }
    sign::sign(&mut index);
    let path = sound.folder.join("forged.index");
    fs::write(&path, index).expect("room");
    let store = IndexStore::new(sound.folder.join("store"));
    if let Ok(heap) = store.open_index(&path, &sound.snapshot, &Progress::new()) {
        walk::look_at(&Arc::new(heap));
    }
});
