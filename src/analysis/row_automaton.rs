//! A regular expression as one table over the bytes of the string table: texts are looked through
//! as the file has them, escapes, quotes and commas included, without a stop between two of them.
//!
//! The table is that of the expression, once for what stands in a text and once for what stands
//! behind a backslash; a quote ends a text or begins one. Each byte costs a look into the table,
//! which must wait for the one before; so several lanes go through different texts side by side.

use std::array::from_fn;
use std::ops::Range;

use regex_automata::Anchored;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson::{self, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use rustc_hash::FxHashMap;

use crate::format::{StringTable, unescape_one};

/// A state: where its row of the table begins.
type State = u16;

/// Entries of the table; more than a state can address are no use.
const ENTRIES: usize = 1 << 16;

/// Texts that are looked through side by side: more do not help.
const LANES: usize = 4;
/// Bytes that all lanes take before anything is looked at.
const BLOCK: usize = 16;
/// Rows that a lane takes at a time.
const ROWS: u32 = 32;

/// See the module's words.
#[derive(Debug)]
pub(super) struct RowAutomaton {
    /// The column of a byte.
    columns: [u8; 256],
    table: Box<[State; ENTRIES]>,
    /// Columns of the table.
    width: State,
    /// Before the first byte of a text.
    start: State,
}

/// The pattern is in the text. Stays so.
const FOUND: State = 0;
/// The places of states in the table, in rows: an escape that the table does not know …
const ESCAPE: State = 1;
/// … what stands between two texts …
const BETWEEN: State = 2;
/// … and the first one of the expression's.
const FIRST: State = 3;

/// Bytes that mean something in the table's texts, or behind a backslash, and what they stand for there.
const SHORT_ESCAPES: [(u8, u8); 8] = [
    (b'"', b'"'),
    (b'\\', b'\\'),
    (b'/', b'/'),
    (b'n', b'\n'),
    (b't', b'\t'),
    (b'r', b'\r'),
    (b'b', 8),
    (b'f', 0xC),
];

impl RowAutomaton {
    /// Of an expression in the words of the `regex` crate. `None` when its table would be too large.
    pub(super) fn new(expression: &str) -> Option<Self> {
        const NFA_LIMIT: usize = 1 << 20;
        const DFA_LIMIT: usize = 1 << 20;
        const WORK_LIMIT: usize = 1 << 22;
        let limits = thompson::Config::new().nfa_size_limit(Some(NFA_LIMIT));
        let nfa = thompson::Compiler::new()
            .syntax(syntax::Config::new().utf8(false))
            .configure(limits.utf8(false).which_captures(WhichCaptures::None))
            .build(expression)
            .ok()?;
        let (kind, anchored) = match nfa.is_always_start_anchored() {
            true => (StartKind::Anchored, Anchored::Yes),
            false => (StartKind::Unanchored, Anchored::No),
        };
        let limits = dense::Config::new()
            .dfa_size_limit(Some(DFA_LIMIT))
            .determinize_size_limit(Some(WORK_LIMIT))
            .accelerate(false)
            .start_kind(kind);
        let dfa = dense::Builder::new().configure(limits).build_from_nfa(&nfa).ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(anchored)).ok()?;
        Self::of(&dfa, start)
    }

    fn of(dfa: &dense::DFA<Vec<u32>>, start: StateID) -> Option<Self> {
        let (columns, bytes) = columns(dfa);
        let width = bytes.len();
        let mut states = vec![start];
        let mut places = FxHashMap::from_iter([(start, 0)]);
        let mut table = vec![0; ENTRIES];
        let mut done = 0;
        let rows = |states: usize| usize::from(FIRST) + 2 * states;
        // The row of a state for what stands in a text; the next one is for what stands behind a backslash.
        let row = |place: usize| rows(place) * width;
        while let Some(&state) = states.get(done) {
            let mut next = |byte: u8, states: &mut Vec<StateID>| {
                let next = dfa.next_state(state, byte);
                if dfa.is_match_state(next) {
                    return FOUND;
                }
                let place = *places.entry(next).or_insert_with(|| {
                    states.push(next);
                    states.len() - 1
                });
                row(place) as State // checked below
            };
            let ends = match dfa.is_match_state(dfa.next_eoi_state(state)) {
                true => FOUND,
                false => BETWEEN * width as State,
            };
            for (column, &byte) in bytes.iter().enumerate() {
                table[row(done) + column] = match byte {
                    b'"' => ends,
                    b'\\' => (row(done) + width) as State,
                    byte => next(byte, &mut states),
                };
                let escape = SHORT_ESCAPES.iter().find(|(letter, _)| *letter == byte);
                table[row(done) + width + column] = match escape {
                    Some(&(_, meant)) => next(meant, &mut states),
                    None => ESCAPE * width as State,
                };
            }
            done += 1;
            if rows(states.len()) * width > ENTRIES {
                return None;
            }
        }
        for (column, &byte) in bytes.iter().enumerate() {
            let entry = |state: State| usize::from(state) * width + column;
            table[entry(FOUND)] = FOUND;
            table[entry(ESCAPE)] = ESCAPE * width as State;
            table[entry(BETWEEN)] = if byte == b'"' { row(0) } else { entry(BETWEEN) - column } as State;
        }
        let table = table.into_boxed_slice().try_into().ok()?;
        Some(Self { columns, table, width: width as State, start: row(0) as State })
    }

    #[inline]
    fn next(&self, state: State, byte: u8) -> State {
        self.table[usize::from(state.wrapping_add(self.columns[usize::from(byte)].into()))]
    }

    /// Whether there is nothing more to look up: a hit, or an escape to be read by itself.
    #[inline]
    fn stops(&self, state: State) -> bool {
        state <= ESCAPE * self.width
    }

    /// The state behind a character that stands where an escape was begun in `state`.
    fn behind_escape(&self, state: State, character: char) -> State {
        if matches!(character, '"' | '\\') {
            return self.next(state, character as u8); // as if it were escaped
        }
        let in_text = state - self.width;
        let mut bytes = [0; 4];
        character.encode_utf8(&mut bytes).bytes().fold(in_text, |state, byte| self.next(state, byte))
    }

    /// Adds those of neighbouring rows that hold the pattern, in any order. Their region must be UTF-8.
    pub(super) fn rows_among(&self, strings: &StringTable, rows: Range<u32>, found: &mut Vec<u32>) {
        let mut chunks = rows.clone().step_by(ROWS as usize).map(|first| {
            let rows = first..rows.end.min(first.saturating_add(ROWS));
            Lane { text: strings.region(rows.clone()), at: 0, state: self.start, rows }
        });
        let mut lanes: [Lane<'_>; LANES] = from_fn(|_| chunks.next().unwrap_or_default());
        loop {
            while let Some(blocks) = blocks(&lanes) {
                let before = lanes.each_ref().map(|lane| lane.state);
                let after = self.run(before, blocks);
                for (lane, after) in lanes.iter_mut().zip(after) {
                    if self.stops(after) {
                        self.step(lane, lane.at + BLOCK, strings, found);
                    } else {
                        lane.state = after;
                        lane.at += BLOCK;
                    }
                }
            }
            // There is one: some lane had no block.
            let Some(lane) = lanes.iter_mut().find(|lane| lane.block().is_none()) else { break };
            self.step(lane, lane.text.len(), strings, found);
            match chunks.next() {
                Some(next) => *lane = next,
                None => break,
            }
        }
        for lane in &mut lanes {
            self.step(lane, lane.text.len(), strings, found);
        }
    }

    /// A block in each lane.
    #[inline]
    #[allow(clippy::needless_range_loop, reason = "a byte of each lane, then the next one of each")]
    fn run(&self, mut states: [State; LANES], blocks: [&[u8; BLOCK]; LANES]) -> [State; LANES] {
        for at in 0..BLOCK {
            for lane in 0..LANES {
                states[lane] = self.next(states[lane], blocks[lane][at]);
            }
        }
        states
    }

    /// One lane byte by byte, at least up to a place.
    fn step(&self, lane: &mut Lane<'_>, until: usize, strings: &StringTable, found: &mut Vec<u32>) {
        while lane.at < until {
            let before = lane.state;
            lane.state = self.next(before, lane.text[lane.at]);
            lane.at += 1;
            if lane.state == FOUND {
                let Some((row, next)) = strings.row_at(lane.rows.clone(), lane.at - 1) else { return };
                found.push(row.0);
                lane.at = next;
                lane.state = self.start;
            } else if lane.state == ESCAPE * self.width {
                let backslash = lane.at - 2; // this byte is the one behind it
                let (character, length) = unescape_one(&lane.text[backslash..]);
                lane.state = self.behind_escape(before, character);
                lane.at = backslash + length;
            }
        }
    }
}

/// The table's columns: of each byte, and a byte of each. Bytes of a column mean the same everywhere.
fn columns(dfa: &dense::DFA<Vec<u32>>) -> ([u8; 256], Vec<u8>) {
    let mut bytes = Vec::new();
    let mut known = FxHashMap::default();
    let columns = from_fn(|byte| {
        let byte = byte as u8; // there are 256
        let escape = SHORT_ESCAPES.iter().position(|&(letter, _)| letter == byte);
        *known.entry((dfa.byte_classes().get(byte), escape)).or_insert_with(|| {
            bytes.push(byte);
            (bytes.len() - 1) as u8
        })
    });
    (columns, bytes)
}

/// Neighbouring rows under way.
#[derive(Default)]
struct Lane<'a> {
    text: &'a [u8],
    at: usize,
    state: State,
    rows: Range<u32>,
}

impl<'a> Lane<'a> {
    /// The next block, if there is a whole one.
    #[inline]
    fn block(&self) -> Option<&'a [u8; BLOCK]> {
        self.text.get(self.at..)?.first_chunk()
    }
}

/// The next block of each lane, if all have one.
#[inline]
fn blocks<'a>(lanes: &[Lane<'a>; LANES]) -> Option<[&'a [u8; BLOCK]; LANES]> {
    let mut blocks = [&[0; BLOCK]; LANES];
    for (block, lane) in blocks.iter_mut().zip(lanes) {
        *block = lane.block()?;
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BLOCK, ROWS, RowAutomaton};
    use crate::analysis::Pattern;
    use crate::analysis::testing::rooted;
    use crate::format::{Source, StringIndex, read};
    use crate::graph::Graph;
    use crate::util::Progress;

    /// A snapshot with these texts, as they stand between the quotes, and a few others behind them.
    fn graph(texts: &[String], separator: &str) -> Graph {
        let rows: String = texts.iter().map(|text| format!("\"{text}\"{separator}")).collect();
        let json = rooted().to_json().replacen("\"strings\":[", &format!("\"strings\":[{rows}"), 1);
        Graph::new(read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap())
    }

    /// What texts are made of: letters, what looks like the border of two texts, escapes.
    const PARTS: &[&str] = &[
        "a",
        "b",
        "ab",
        "7",
        "12",
        " ",
        ",",
        ",\\n",
        "\\\"",
        "\\\\",
        "\\n",
        "\\/",
        "\\u0061",
        "\\u000a",
        "\\u005C",
        "\\u0022",
        "\\u00e9",
        "\\uD83D\\uDE00",
        "\\uD83D",
        "\\uDE00a",
        "é",
        "😀",
        "\u{2028}",
        "abababababababababababab",
    ];
    const EXPRESSIONS: &[&str] = &[
        "ab",
        "^ab",
        "ab$",
        "^$",
        "^(a|b)*$",
        r"\d",
        r"[^\w\s]",
        r"\bab",
        r"b\b",
        r"\Ba",
        r"a.b",
        ",",
        r#"""#,
        r"\\",
        r"\n",
        r"^\s|\s$",
        "é",
        "^.$",
        "^..$",
        "\u{1F600}",
        "\u{FFFD}",
        "[^]",
        "x*",
        r"(ab){3,}\d?a",
        r"[^a]b|,a",
        "/",
        "^[^ab]*$",
        r"a$|^b",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        #[test]
        fn rows_are_found_side_by_side_as_one_by_one(
            texts in prop::collection::vec(
                prop::collection::vec(prop::sample::select(PARTS), 0..2 * BLOCK).prop_map(|parts| parts.concat()),
                0..3 * ROWS as usize,
            ),
            separator in prop::sample::select(vec![",", ",\n", " , "]),
            ignore_case in any::<bool>(),
            cut in 0u32..40,
        ) {
            let graph = graph(&texts, separator);
            let strings = graph.strings();
            for expression in EXPRESSIONS {
                let pattern = Pattern::regex(expression, ignore_case).unwrap();
                let cut = cut.min(strings.len());
                let mut found = Vec::new();
                for rows in [0..cut, cut..strings.len()] {
                    pattern.automaton().unwrap().rows_among(strings, rows, &mut found);
                }
                found.sort_unstable();
                let one_by_one: Vec<u32> = (0..strings.len())
                    .filter(|&row| pattern.is_in_row(strings, StringIndex(row)))
                    .collect();
                prop_assert_eq!(found, one_by_one, "{}", expression);
            }
        }
    }

    #[test]
    fn a_table_that_would_be_too_large_is_not_made() {
        assert!(RowAutomaton::new("a.{20}b").is_none());
        assert!(RowAutomaton::new("a.{2}b").is_some());
    }
}
