//! What a table shows, free of any drawing: columns, rows, cells and their looks.

/// A column's identity: what its values are. Tables pick some of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Constructor or object, with the expander. Always the first one.
    Name,
    /// Number of objects of a constructor.
    Count,
    /// Steps from the nearest user root.
    Distance,
    /// Shallow size.
    ShallowSize,
    /// Retained size.
    RetainedSize,
    /// Objects that only the target has.
    New,
    /// Objects that only the base has.
    Deleted,
    /// New less deleted.
    Delta,
    /// Bytes of the new.
    AllocatedSize,
    /// Bytes of the deleted.
    FreedSize,
    /// Allocated less freed.
    SizeDelta,
}

/// How a column is headed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Which one.
    pub column: Column,
    /// Its heading.
    pub title: &'static str,
    /// One sentence on hover.
    pub help: &'static str,
}

/// Order of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// By which column.
    pub column: Column,
    /// Largest (or last in the alphabet) first.
    pub descending: bool,
}

/// The state of a row's expander.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Expander {
    /// There is nothing inside.
    #[default]
    None,
    /// Closed; can be opened.
    Closed,
    /// Open.
    Open,
    /// Asked to open; a job is collecting the children.
    Pending,
}

/// What a piece of text is, which gives it its colour and font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TextKind {
    /// Plain text.
    #[default]
    Plain,
    /// Secondary text, such as "in", or a place in a script.
    Dim,
    /// Faint text in the mono font: object ids, array indices, internal edges.
    Faint,
    /// A class (constructor) name.
    Class,
    /// A property or variable name.
    Property,
    /// The content of a string, in the mono font.
    String,
    /// Something that grew or is new.
    Grew,
    /// Something that shrank or was freed.
    Freed,
    /// Something to mind, such as a detached node or a cycle.
    Warning,
}

/// A piece of the first column's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Text without line breaks, cut to a sensible length.
    pub text: String,
    /// What it is.
    pub kind: TextKind,
}

/// A value in one of the other columns; right-aligned.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Cell {
    /// What is shown, units included; may be empty.
    pub text: String,
    /// The exact value in words, shown on hover, such as `3,760,112 bytes`.
    pub exact: Option<String>,
    /// Share of the total for the dim percentage behind the value, such as `12 %`.
    pub percent: Option<String>,
    /// Colour.
    pub kind: TextKind,
    /// Length of the bar before the value, relative to the largest of the
    /// table: from -1 (freed) to 1 (grew).
    pub bar: Option<f32>,
}

/// One visible row.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Row {
    /// Levels of indentation; 0 for the top level.
    pub depth: u32,
    /// The state of its expander.
    pub expander: Expander,
    /// The first column.
    pub name: Vec<Span>,
    /// The other columns, in the order of [`TableModel::columns`] without the first.
    pub cells: Vec<Cell>,
    /// Drawn on a warm ground: rows that are the answer (the path to the recognised holder).
    pub emphasis: bool,
    /// Drawn pale: a retainer that no way from a root leads through, because the user ignores
    /// what it is held by, or because nothing holds it.
    pub pale: bool,
    /// Not an object: a line such as "cycle" or "no retainers"; cannot be selected as an object.
    pub is_note: bool,
}

impl Row {
    /// The first column as one text.
    pub fn name_text(&self) -> String {
        self.name.iter().map(|span| span.text.as_str()).collect()
    }
}

/// A table whose rows are addressed by index and made when they are looked at.
///
/// Row counts may be in the tens of millions; everything here is quick for any of them.
pub trait TableModel {
    /// The columns, the first one being [`Column::Name`].
    fn columns(&self) -> &[ColumnSpec];
    /// The present order.
    fn sort(&self) -> Sort;
    /// Number of visible rows (open rows' children included).
    fn row_count(&self) -> u64;
    /// The row at an index below the count.
    fn row(&self, index: u64) -> Row;
    /// The row that a child row belongs to.
    fn parent(&self, index: u64) -> Option<u64>;
    /// The selected row that keys move, if any.
    fn cursor(&self) -> Option<u64>;
    /// First and last selected row; both are the cursor unless a range is selected.
    fn selection(&self) -> Option<(u64, u64)>;
}
