//! Where a snapshot's bytes come from.

use std::fmt;
use std::sync::Arc;

/// The whole text of a snapshot, cheap to clone: a mapped file, or bytes in memory.
#[derive(Clone)]
pub struct Source(Arc<Bytes>);

enum Bytes {
    Memory(Vec<u8>),
}

impl Source {
    /// A text that is in memory already.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Bytes::Memory(bytes)))
    }

    /// The text.
    pub fn bytes(&self) -> &[u8] {
        match &*self.0 {
            Bytes::Memory(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes)", self.bytes().len())
    }
}
