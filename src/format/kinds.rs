//! The kinds of nodes and edges, numbered the same for every file.
//!
//! Files number their kinds as their header says, and newer writers add kinds.
//! Reading translates a file's numbers to these once, by name; a kind without a
//! constant here gets a number behind them, and its name is kept in [`KindNames`].

use std::io;

use crate::util::{Loader, Stored, Storer};

macro_rules! kinds {
    ($(#[$doc:meta])* $type:ident { $($name:ident = $code:literal $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $type(pub u8);

        impl $type {
            $(#[doc = concat!("Named `", $text, "` in files.")] pub const $name: Self = Self($code);)*
            /// A number that the file's header gives no name to.
            pub const UNKNOWN: Self = Self(u8::MAX);
            /// The names of the kinds above, by number.
            pub const KNOWN: &'static [&'static str] = &[$($text),*];
        }
    };
}

kinds! {
    /// What a node is.
    NodeKind {
        HIDDEN = 0 "hidden",
        ARRAY = 1 "array",
        STRING = 2 "string",
        OBJECT = 3 "object",
        CODE = 4 "code",
        CLOSURE = 5 "closure",
        REGEXP = 6 "regexp",
        NUMBER = 7 "number",
        NATIVE = 8 "native",
        SYNTHETIC = 9 "synthetic",
        CONS_STRING = 10 "concatenated string",
        SLICED_STRING = 11 "sliced string",
        SYMBOL = 12 "symbol",
        BIGINT = 13 "bigint",
        OBJECT_SHAPE = 14 "object shape",
        WASM_OBJECT = 15 "wasm object",
    }
}

kinds! {
    /// What an edge is.
    EdgeKind {
        CONTEXT = 0 "context",
        ELEMENT = 1 "element",
        PROPERTY = 2 "property",
        INTERNAL = 3 "internal",
        HIDDEN = 4 "hidden",
        SHORTCUT = 5 "shortcut",
        WEAK = 6 "weak",
    }
}

impl EdgeKind {
    /// Whether `name_or_index` is a number; for all other kinds it is a string index.
    #[inline]
    pub fn is_indexed(self) -> bool {
        self == Self::ELEMENT || self == Self::HIDDEN
    }
}

/// The names of a file's kinds, with those that have no constant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindNames {
    known: &'static [&'static str],
    extra: Vec<String>,
}

impl KindNames {
    /// Assigns a number to each name of a header's list; the returned table
    /// translates the file's numbers.
    pub fn assign(known: &'static [&'static str], names: &[String]) -> (Self, Vec<u8>) {
        let mut extra: Vec<String> = Vec::new();
        let codes = names
            .iter()
            .map(|name| {
                let position = known.iter().position(|k| k == name).or_else(|| {
                    let at = extra.iter().position(|e| e == name).unwrap_or_else(|| {
                        extra.push(name.clone());
                        extra.len() - 1
                    });
                    Some(known.len() + at)
                });
                position.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
            })
            .collect();
        (Self { known, extra }, codes)
    }

    /// The name of a kind by its number, as files spell it.
    pub fn get(&self, code: u8) -> &str {
        let code = usize::from(code);
        match self.known.get(code) {
            Some(name) => name,
            None => self.extra.get(code - self.known.len()).map_or("unknown", String::as_str),
        }
    }
}

impl Stored for KindNames {
    fn shape(out: &mut String) {
        Vec::<String>::shape(out);
    }

    /// The known names too: they tell whether they are those of nodes or of edges.
    fn store(&self, out: &mut Storer) -> io::Result<()> {
        out.number(self.known.len() as u64);
        self.extra.store(out)
    }

    fn load(from: &mut Loader) -> Option<Self> {
        let known = from.number()?;
        let lists = [NodeKind::KNOWN, EdgeKind::KNOWN, &[]];
        let known = lists.into_iter().find(|list| list.len() as u64 == known)?;
        Some(Self { known, extra: Stored::load(from)? })
    }
}

#[cfg(test)]
mod tests {
    use super::{KindNames, NodeKind};

    #[test]
    fn kinds_go_by_name_not_by_their_number_in_the_file() {
        let names = ["object", "hologram", "hidden"].map(String::from);
        let (names, codes) = KindNames::assign(NodeKind::KNOWN, &names);
        assert_eq!(codes, [NodeKind::OBJECT.0, 16, NodeKind::HIDDEN.0]);
        assert_eq!(names.get(16), "hologram");
        assert_eq!(names.get(NodeKind::UNKNOWN.0), "unknown");
    }
}
