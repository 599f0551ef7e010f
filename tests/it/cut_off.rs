//! A snapshot that was cut off while it was written, at each of its bytes: it opens with all numbers
//! when its graph is whole, or one sentence tells where it ends.

use heaplens::analysis::{Heap, SizeRule};
use heaplens::format::{self, Source, StringIndex};
use heaplens::graph::{Graph, NodeOrdinal};
use heaplens::util::Progress;

/// The sections in V8's order, none of them empty; two texts with escapes.
const WHOLE: &str = r#"{"snapshot":{"meta":{
"node_fields":["type","name","id","self_size","edge_count","trace_node_id","detachedness"],
"node_types":[["synthetic","object","string"],"string","number","number","number","number","number"],
"edge_fields":["type","name_or_index","to_node"],"edge_types":[["element","property"],"string_or_number","node"],
"trace_function_info_fields":["function_id","name","script_name","script_id","line","column"],
"trace_node_fields":["id","function_info_index","count","size","children"],
"sample_fields":["timestamp_us","last_assigned_id"],
"location_fields":["object_index","script_id","line","column"]},
"node_count":4,"edge_count":4,"trace_function_count":2},
"nodes":[0,0,1,0,1,0,0
,1,1,3,136,2,1,0
,1,2,5,16,1,2,2
,2,3,7,32,0,2,0
],
"edges":[0,1,7
,1,4,14
,1,5,21
,0,0,21
],
"trace_function_infos":[0,0,0,0,0,0
,1,4,2,8,22,4
],
"trace_tree":[1,0,2,48,[2,1,1,32,[]]],
"samples":[100,3
,200,7
],
"locations":[7,8,22,4
],
"strings":["",
"RedisStreamBus",
"Array",
"1763\u00e9\"825911042",
"sentEvents \ud83d\ude00",
"last"]}"#;

/// What of a heap comes from its graph alone: for each node size, retained size, distance, dominator,
/// retainers, location.
type Numbers = Vec<(u64, u64, Option<i32>, u32, u32, Option<u32>)>;

/// All numbers, texts and warnings.
fn open(text: &str) -> Result<(Numbers, Vec<String>, Vec<String>), String> {
    let progress = Progress::new();
    let raw = format::read(Source::from_bytes(text.into()), &progress).map_err(|error| error.to_string())?;
    let heap = Heap::analyse(Graph::new(raw), SizeRule::Exact, &progress).unwrap();
    let numbers = |node: NodeOrdinal| {
        let dominator = heap.dominators.of(node).0;
        let distance = heap.distances.of(node).shown();
        let line = heap.graph.location(node).map(|place| place.line);
        (heap.sizes.of(node), heap.retained.of(node), distance, dominator, heap.retainers().count(node), line)
    };
    let texts = (0..6).map(|row| heap.graph.text(StringIndex(row)).into_owned()).collect();
    let warnings = heap.graph.warnings().iter().map(ToString::to_string).collect();
    Ok((heap.graph.node_ordinals().map(numbers).collect(), texts, warnings))
}

#[test]
fn wherever_a_snapshot_ends_it_opens_or_says_so() {
    let (numbers, texts, warnings) = open(WHOLE).unwrap();
    assert_eq!(warnings, [""; 0]);
    assert_eq!(numbers[1], (136, 184, Some(1), 0, 1, Some(22)));
    assert_eq!(texts[3..5], ["1763é\"825911042", "sentEvents 😀"]);

    let graph_ends = WHOLE.find("\"trace_function_infos\"").unwrap() - 2; // behind the bracket of the edges
    let locations_end = WHOLE.find("\n],\n\"strings\"").unwrap() + 2;
    let mut texts_seen = 0;
    for end in 1..WHOLE.len() {
        let part = &WHOLE[..end];
        match open(part) {
            Err(message) => {
                assert!(end < graph_ends, "cut at {end}: {message}");
                assert!(message.contains("cut off in") && !message.contains('\n'), "cut at {end}: {message}");
                assert!(message.contains(&format!("(it ends at byte {end})")), "cut at {end}: {message}");
            }
            Ok((cut_numbers, cut_texts, warnings)) => {
                assert!(end >= graph_ends, "cut at {end}");
                assert!(warnings[0].contains("cut off in"), "cut at {end}: {warnings:?}");
                let mut expected = numbers.clone();
                if end < locations_end {
                    expected[1].5 = None;
                }
                assert_eq!(cut_numbers, expected, "cut at {end}");
                let there = cut_texts.iter().zip(&texts).take_while(|(cut, text)| cut == text).count();
                for (row, text) in cut_texts.iter().enumerate().skip(there) {
                    assert_eq!(*text, format!("(missing string {row})"), "cut at {end}");
                }
                assert!(there >= texts_seen, "a longer part has no fewer texts");
                texts_seen = there;
            }
        }
    }
    assert_eq!(texts_seen, texts.len());
}
