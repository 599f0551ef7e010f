//! The index: all columns and results of one snapshot in one file, so that opening it again is a map.
//!
//! [`IndexStore::open`] looks for the index of a snapshot, in the user's cache
//! folder and beside the snapshot, and gives the heap when it may be trusted;
//! [`IndexStore::save`] writes it. An index that is missing, outdated, damaged or made by another
//! version is never an error: the snapshot is read and analysed again.
//!
//! When an index is trusted:
//!
//! - Its header and catalogue have the right checksums, and it was made by a program with the
//!   same layout of columns (`header`).
//! - The snapshot has the length it had, and sampled blocks of it the digest they had (`digest`).
//! - *Either* neither file was touched since they were last checked in full, which the system's
//!   own time of change tells, and a note in the cache folder (`stamp`);
//!   *or* they are checked in full now: the digest of the whole snapshot, the checksum of each
//!   block of the index, and that each number by which others are looked up is in its bounds.
//!   So a flipped bit is noticed, and not even a forged file makes the program stumble.
//!
//! Full checks take about a tenth of the time of reading and analysing, and happen once for
//! an index that came from elsewhere, and once after each start of the system.

mod digest;
mod file;
mod folder;
mod header;
mod stamp;
mod store;
mod write;

pub use file::Refused;
pub use folder::Usage;
pub use store::{Found, IndexStore, NotSaved, Ticket, beside};
