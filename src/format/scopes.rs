//! The scope tables of the newest V8: which scopes a script has, which of their variables
//! closures capture, and who uses these. Left in the file; read when somebody asks.

use super::cursor::Cursor;
use super::digits::{Numbers, RowHints};
use super::meter::Meter;
use super::numbers::{MAX_FIELDS, NumberArray};
use super::{RawSnapshot, Result};
use crate::util::{Progress, stored};

/// Where the scope tables stand in the file, and how their rows are laid out.
#[derive(Clone, Debug, Default)]
pub struct ScopeSections {
    scopes: Section,
    variables: Section,
    uses: Section,
}

/// One of the three tables.
#[derive(Clone, Debug, Default)]
struct Section {
    /// Bytes from the start of the text.
    start: Option<usize>,
    /// What the header calls the numbers of a row.
    fields: Vec<String>,
}

/// The scope tables of a snapshot, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeTables {
    /// In the order of the file: a scope's inner scopes follow it.
    pub scopes: Vec<ScopeRow>,
    /// Names of captured variables as string indices; each scope owns the next
    /// [`ScopeRow::variables`] of them.
    pub variables: Vec<u32>,
    /// Each scope owns the next [`ScopeRow::uses`] of them.
    pub uses: Vec<VariableUse>,
}

/// A function or block of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScopeRow {
    /// Ordinal of the script's node; [`ScopeRow::NO_SCRIPT`] where the file names none that exists.
    pub script: u32,
    /// Number of the scope within its script, without its sign: that is how DevTools reads
    /// it, and V8 writes -2 for the scope of a whole script.
    pub id: u32,
    /// How many scopes it lies in.
    pub depth: u32,
    /// How many variables of it are captured.
    pub variables: u32,
    /// How many captured variables its own code uses.
    pub uses: u32,
}

impl ScopeRow {
    /// No node has this ordinal.
    pub const NO_SCRIPT: u32 = u32::MAX;
}

/// A captured variable in the code of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariableUse {
    /// [`ScopeRow::id`] of the scope that declares it, in the same script.
    pub scope: u32,
    /// Which of that scope's variables, from 0.
    pub slot: u32,
}

/// The fields that we know, in our order.
const SCOPE: [&str; 5] =
    ["script_node_index", "scope_id", "depth", "scope_context_vars_count", "scope_uses_count"];
const VARIABLE: [&str; 1] = ["name"];
const USE: [&str; 2] = ["declaring_scope_id", "slot_index"];

/// The names of the sections, and of the lists of their fields in the header.
pub(super) const SECTIONS: [&str; 3] = ["scopes", "scope_context_vars", "scope_uses"];

stored!(ScopeSections { scopes, variables, uses });
stored!(Section { start, fields });

impl ScopeSections {
    /// Whether the file has any of the tables.
    pub fn has_any(&self) -> bool {
        [&self.scopes, &self.variables, &self.uses].iter().any(|section| section.start.is_some())
    }

    /// `starts` and `fields` in the order of [`SECTIONS`].
    pub(super) fn new(starts: [Option<usize>; 3], fields: [Vec<String>; 3]) -> Self {
        let [scopes, variables, uses] = starts;
        let [scope_fields, variable_fields, use_fields] = fields;
        Self {
            scopes: Section { start: scopes, fields: scope_fields },
            variables: Section { start: variables, fields: variable_fields },
            uses: Section { start: uses, fields: use_fields },
        }
    }
}

impl RawSnapshot {
    /// Reads the scope tables. They are empty for files that have none, as those of
    /// Node up to 26. A table that is no array of numbers is an error that names its place.
    pub fn scope_tables(&self, progress: &Progress) -> Result<ScopeTables> {
        let meter = Meter { progress, counts: false };
        let text = self.strings.source().bytes();
        let (nodes, node_fields) = (self.nodes.kind.len() as u64, u64::from(self.meta.node_field_count));
        let sections = &self.scopes;
        let mut tables = ScopeTables::default();
        sections.scopes.rows(text, SECTIONS[0], SCOPE, meter, |[script, id, depth, variables, uses]| {
            let is_node = script.is_multiple_of(node_fields) && script / node_fields < nodes;
            let script = if is_node { (script / node_fields) as u32 } else { ScopeRow::NO_SCRIPT };
            let [depth, variables, uses] = [depth, variables, uses].map(narrow);
            tables.scopes.push(ScopeRow { script, id: unsigned(id), depth, variables, uses });
        })?;
        sections.variables.rows(text, SECTIONS[1], VARIABLE, meter, |[name]| {
            tables.variables.push(narrow(name));
        })?;
        sections.uses.rows(text, SECTIONS[2], USE, meter, |[scope, slot]| {
            tables.uses.push(VariableUse { scope: unsigned(scope), slot: narrow(slot) });
        })?;
        Ok(tables)
    }
}

impl Section {
    /// Calls `take` with the known fields of each whole row. Without a section, or where its
    /// fields have other names, there are no rows.
    fn rows<const N: usize>(
        &self,
        text: &[u8],
        name: &'static str,
        known: [&str; N],
        meter: Meter,
        mut take: impl FnMut([u64; N]),
    ) -> Result<()> {
        const CHECK_EVERY: u64 = 1 << 12;
        let places = known.map(|field| self.fields.iter().position(|other| other == field));
        let (Some(start), true) = (self.start, places.iter().all(Option::is_some)) else { return Ok(()) };
        if self.fields.len() > MAX_FIELDS {
            return Ok(());
        }
        let array = NumberArray::locate(&mut Cursor::new(text, start, name), meter)?;
        let array_text = array.text(text, name);
        let mut numbers = Numbers::new(array_text, array.span.start);
        let mut row = [0; MAX_FIELDS];
        let row = &mut row[..self.fields.len()];
        for count in 0..array.len / row.len() as u64 {
            if count.is_multiple_of(CHECK_EVERY) {
                meter.check()?;
            }
            numbers.row(row, RowHints::NONE).map_err(|stop| array_text.complain(&stop))?;
            take(places.map(|place| row[place.unwrap_or_default()])); // all are known, see above
        }
        Ok(())
    }
}

/// A number that may have been negative (those wrap to 32 bits) without its sign.
fn unsigned(number: u64) -> u32 {
    let number = narrow(number);
    if number > i32::MAX as u32 { number.wrapping_neg() } else { number }
}

/// What is too large for any table stays too large.
fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{ScopeRow, ScopeTables, VariableUse};
    use crate::format::builder::SnapshotBuilder;
    use crate::format::{Error, NodeKind, RawSnapshot, Source, read};
    use crate::util::Progress;

    fn raw(sections: &str) -> RawSnapshot {
        let mut heap = SnapshotBuilder::new();
        heap.node(NodeKind::SYNTHETIC, "", 0);
        heap.node(NodeKind::CODE, "system / Script", 0);
        let fields = r#""meta":{"scope_fields":["depth","script_node_index","scope_id",
            "scope_context_vars_count","scope_uses_count","color"],"scope_context_var_fields":["name"],
            "scope_use_fields":["declaring_scope_id","slot_index"],"#;
        let json = heap.to_json().replacen(r#""meta":{"#, fields, 1);
        let json = json.replacen(r#""strings":"#, &format!(r#"{sections}"strings":"#), 1);
        read(Source::from_bytes(json.into_bytes()), &Progress::new()).unwrap()
    }

    #[test]
    fn fields_go_by_name_and_signs_are_dropped_as_devtools_does() {
        let raw = raw(r#""scopes":[0,7,-2,1,0,9, 1,7,33,0,1,9, 1,3,4,0,0,9, 0],
            "scope_context_vars":[5],"scope_uses":[-2,0],"#);
        let scope = |script, id, depth, variables, uses| ScopeRow { script, id, depth, variables, uses };
        let expected = ScopeTables {
            scopes: vec![
                scope(1, 2, 0, 1, 0),
                scope(1, 33, 1, 0, 1),
                scope(ScopeRow::NO_SCRIPT, 4, 1, 0, 0), // 3 is no multiple of a node's fields
            ],
            variables: vec![5],
            uses: vec![VariableUse { scope: 2, slot: 0 }],
        };
        assert_eq!(raw.scope_tables(&Progress::new()).unwrap(), expected);
    }

    #[test]
    fn a_file_without_them_has_none_and_a_broken_one_says_where() {
        assert_eq!(raw("").scope_tables(&Progress::new()).unwrap(), ScopeTables::default());
        let broken = raw(r#""scopes":["a",0,0,0,0,0],"#).scope_tables(&Progress::new());
        assert!(matches!(broken, Err(Error::Malformed { .. })), "{broken:?}");
        let cancelled = Progress::new();
        cancelled.cancel();
        assert!(matches!(raw(r#""scopes":[1],"#).scope_tables(&cancelled), Err(Error::Cancelled(_))));
    }
}
