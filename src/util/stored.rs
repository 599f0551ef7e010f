//! How tables go into a file and come back: columns as they are, the rest as a compact list.
//!
//! A file has two parts. Columns lie side by side, aligned, ready to be mapped.
//! Everything else (texts, counts, and where each column lies) stands in the
//! *catalogue*, one value behind the other in the order of the types' fields. What
//! a type's catalogue looks like is its [`Stored::shape`].

use std::any::type_name;
use std::io;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::{Column, Mapping};
use bytemuck::Pod;

/// A value that can be stored and loaded again.
pub trait Stored: Sized {
    /// Appends what the value consists of: names and types of its fields, all the way
    /// down. Values of different shapes cannot be read as each other.
    fn shape(out: &mut String);

    /// Writes the value.
    fn store(&self, out: &mut Storer) -> io::Result<()>;

    /// Reads the value; `None` when what stands there cannot be one.
    fn load(from: &mut Loader) -> Option<Self>;
}

/// Takes the bytes of a column and says at which offset of the file they begin, a multiple of 64.
pub type WriteColumn<'a> = dyn FnMut(&[u8]) -> io::Result<u64> + 'a;

/// Where values are stored.
pub struct Storer<'a> {
    write_column: &'a mut WriteColumn<'a>,
    catalogue: Vec<u8>,
}

impl<'a> Storer<'a> {
    /// Columns go to `write_column`, the rest is collected.
    pub fn new(write_column: &'a mut WriteColumn<'a>) -> Self {
        Self { write_column, catalogue: Vec::new() }
    }

    /// Writes a column, and its place and length into the catalogue.
    pub fn column<T: Pod>(&mut self, rows: &[T]) -> io::Result<()> {
        let bytes: &[u8] = bytemuck::cast_slice(rows);
        let offset = (self.write_column)(bytes)?;
        self.number(offset);
        self.number(bytes.len() as u64);
        Ok(())
    }

    /// Writes a number into the catalogue.
    pub fn number(&mut self, number: u64) {
        self.catalogue.extend_from_slice(&number.to_le_bytes());
    }

    /// Writes bytes and how many they are into the catalogue.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.catalogue.extend_from_slice(bytes);
    }

    /// Everything that is no column.
    pub fn into_catalogue(self) -> Vec<u8> {
        self.catalogue
    }
}

/// Where values are loaded from. Nothing is believed: every length is checked
/// against what is there.
pub struct Loader<'a> {
    map: &'a Arc<dyn Mapping>,
    /// The bytes of the file in which columns may lie.
    columns: Range<u64>,
    catalogue: &'a [u8],
}

impl<'a> Loader<'a> {
    /// Columns lie within `columns` of the mapped file.
    pub fn new(map: &'a Arc<dyn Mapping>, columns: Range<u64>, catalogue: &'a [u8]) -> Self {
        Self { map, columns, catalogue }
    }

    /// A column.
    pub fn column<T: Pod>(&mut self) -> Option<Column<T>> {
        let range = self.column_range()?;
        Column::mapped(self.map, range)
    }

    /// Where a column lies in the file.
    pub fn column_range(&mut self) -> Option<Range<usize>> {
        let (start, len) = (self.number()?, self.number()?);
        let end = start.checked_add(len)?;
        let inside = start >= self.columns.start && end <= self.columns.end;
        inside.then_some(start as usize..end as usize) // not above the length of a mapping
    }

    /// The mapped file.
    pub fn map(&self) -> &Arc<dyn Mapping> {
        self.map
    }

    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.catalogue.split_first_chunk()?;
        self.catalogue = rest;
        Some(u64::from_le_bytes(*number))
    }

    /// As many bytes as the catalogue says.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        let (bytes, rest) = self.catalogue.split_at_checked(len)?;
        self.catalogue = rest;
        Some(bytes)
    }

    /// Whether everything has been read.
    pub fn is_at_end(&self) -> bool {
        self.catalogue.is_empty()
    }
}

/// Makes a struct [`Stored`], field by field in the order given; `Name(_)` is one of a single
/// field without a name.
macro_rules! stored {
    ($type:ident $(<const $n:ident: usize>)? { $($field:ident),* $(,)? }) => {
        impl $(<const $n: usize>)? $crate::util::Stored for $type $(<$n>)? {
            fn shape(out: &mut String) {
                out.push_str(stringify!($type));
                out.push('{');
                $(
                    out.push_str(concat!(stringify!($field), ":"));
                    $crate::util::stored::shape_of(|whole: &Self| &whole.$field, out);
                    out.push(',');
                )*
                out.push('}');
            }

            fn store(&self, out: &mut $crate::util::Storer) -> std::io::Result<()> {
                $($crate::util::Stored::store(&self.$field, out)?;)*
                Ok(())
            }

            fn load(from: &mut $crate::util::Loader) -> Option<Self> {
                Some(Self { $($field: $crate::util::Stored::load(from)?),* })
            }
        }
    };
    ($type:ident(_)) => {
        impl $crate::util::Stored for $type {
            fn shape(out: &mut String) {
                out.push_str(stringify!($type));
                out.push('(');
                $crate::util::stored::shape_of(|whole: &Self| &whole.0, out);
                out.push(')');
            }

            fn store(&self, out: &mut $crate::util::Storer) -> std::io::Result<()> {
                $crate::util::Stored::store(&self.0, out)
            }

            fn load(from: &mut $crate::util::Loader) -> Option<Self> {
                $crate::util::Stored::load(from).map(Self)
            }
        }
    };
}
pub(crate) use stored;

/// The shape of what a field holds.
pub fn shape_of<Whole, T: Stored>(_: impl Fn(&Whole) -> &T, out: &mut String) {
    T::shape(out);
}

impl<T: Pod> Stored for Column<T> {
    fn shape(out: &mut String) {
        *out += &format!("[{} {}]", type_name::<T>(), size_of::<T>());
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        out.column(self)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        from.column()
    }
}

fn store_if_any<T: Stored>(value: Option<&T>, out: &mut Storer) -> io::Result<()> {
    out.number(value.is_some().into());
    value.map_or(Ok(()), |value| value.store(out))
}

impl<T: Stored> Stored for Option<T> {
    fn shape(out: &mut String) {
        T::shape(out);
        out.push('?');
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        store_if_any(self.as_ref(), out)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        match from.number()? {
            0 => Some(None),
            1 => T::load(from).map(Some),
            _ => None,
        }
    }
}

impl<T: Stored> Stored for OnceLock<T> {
    fn shape(out: &mut String) {
        Option::<T>::shape(out);
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        store_if_any(self.get(), out)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        Option::<T>::load(from).map(|value| value.map_or_else(Self::new, Self::from))
    }
}

impl<T: Stored> Stored for Vec<T> {
    fn shape(out: &mut String) {
        out.push_str("list of ");
        T::shape(out);
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        out.number(self.len() as u64);
        self.iter().try_for_each(|value| value.store(out))
    }

    fn load(from: &mut Loader) -> Option<Self> {
        const LEAST: usize = 8; // bytes that a value takes in the catalogue
        let len = usize::try_from(from.number()?).ok()?;
        if len > from.catalogue.len() / LEAST {
            return None; // before room is made for it
        }
        let mut values = Self::with_capacity(len);
        for _ in 0..len {
            values.push(T::load(from)?);
        }
        Some(values)
    }
}

impl Stored for String {
    fn shape(out: &mut String) {
        out.push_str("text");
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        out.bytes(self.as_bytes());
        Ok(())
    }

    fn load(from: &mut Loader) -> Option<Self> {
        Some(std::str::from_utf8(from.bytes()?).ok()?.to_owned())
    }
}

macro_rules! stored_numbers {
    ($($type:ty),*) => {$(
        impl Stored for $type {
            fn shape(out: &mut String) {
                out.push_str(stringify!($type));
            }

            fn store(&self, out: &mut Storer) -> io::Result<()> {
                out.number(u64::from(*self));
                Ok(())
            }

            fn load(from: &mut Loader) -> Option<Self> {
                Self::try_from(from.number()?).ok()
            }
        }
    )*};
}
stored_numbers!(u8, u32, u64);

impl Stored for usize {
    fn shape(out: &mut String) {
        out.push_str("size");
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        (*self as u64).store(out)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        Self::try_from(from.number()?).ok()
    }
}

impl<T: Stored + Copy + Default, const N: usize> Stored for [T; N] {
    fn shape(out: &mut String) {
        T::shape(out);
        *out += &format!(" times {N}");
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        self.iter().try_for_each(|value| value.store(out))
    }

    fn load(from: &mut Loader) -> Option<Self> {
        let mut values = [T::default(); N];
        for value in &mut values {
            *value = T::load(from)?;
        }
        Some(values)
    }
}

impl Stored for i32 {
    fn shape(out: &mut String) {
        out.push_str("i32");
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        self.cast_unsigned().store(out)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        u32::load(from).map(u32::cast_signed)
    }
}

impl Stored for bool {
    fn shape(out: &mut String) {
        out.push_str("bool");
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        u8::from(*self).store(out)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        match u8::load(from)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Stored for Range<usize> {
    fn shape(out: &mut String) {
        out.push_str("range");
    }

    fn store(&self, out: &mut Storer) -> io::Result<()> {
        out.number(self.start as u64);
        out.number(self.end as u64);
        Ok(())
    }

    fn load(from: &mut Loader) -> Option<Self> {
        let (start, end) = (usize::try_from(from.number()?).ok()?, usize::try_from(from.number()?).ok()?);
        (start <= end).then_some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Column, Loader, Mapping, Stored, Storer};
    use crate::util::column::mapping_of;

    #[derive(Debug, PartialEq)]
    struct Table {
        name: String,
        sizes: Column<u32>,
        marks: Option<Column<u8>>,
        notes: Vec<String>,
        is_whole: bool,
    }
    stored!(Table { name, sizes, marks, notes, is_whole });

    fn table() -> Table {
        Table {
            name: "Cart".to_owned(),
            sizes: vec![40, 8, 16].into(),
            marks: Some(vec![1, 2, 3].into()),
            notes: vec!["a".to_owned(), String::new()],
            is_whole: true,
        }
    }

    /// The file with the columns, and the catalogue.
    fn stored(table: &Table) -> (Arc<dyn Mapping>, Vec<u8>) {
        let mut columns = Vec::new();
        let mut write = |bytes: &[u8]| {
            columns.resize(columns.len().next_multiple_of(64), 0);
            let offset = columns.len() as u64;
            columns.extend_from_slice(bytes);
            Ok(offset)
        };
        let mut storer = Storer::new(&mut write);
        table.store(&mut storer).unwrap();
        let catalogue = storer.into_catalogue();
        (mapping_of(&columns), catalogue)
    }

    #[test]
    fn a_table_comes_back_as_it_was_stored() {
        let (map, catalogue) = stored(&table());
        let mut loader = Loader::new(&map, 0..map.bytes().len() as u64, &catalogue);
        assert_eq!(Table::load(&mut loader), Some(table()));
        assert!(loader.is_at_end());
    }

    #[test]
    fn a_catalogue_that_is_cut_off_or_wrong_gives_nothing() {
        let (map, catalogue) = stored(&table());
        let load =
            |catalogue: &[u8]| Table::load(&mut Loader::new(&map, 0..map.bytes().len() as u64, catalogue));
        for len in 0..catalogue.len() {
            assert_eq!(load(&catalogue[..len]), None);
        }
        for at in (0..catalogue.len()).step_by(8) {
            let mut wrong = catalogue.clone();
            wrong[at..(at + 8).min(catalogue.len())].fill(0xff);
            assert_ne!(load(&wrong), Some(table())); // and no panic, and no memory for 2^64 entries
        }
    }

    #[test]
    fn the_shape_tells_fields_and_their_types() {
        let mut shape = String::new();
        Table::shape(&mut shape);
        assert_eq!(shape, "Table{name:text,sizes:[u32 4],marks:[u8 1]?,notes:list of text,is_whole:bool,}");
    }
}
