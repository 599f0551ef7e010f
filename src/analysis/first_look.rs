//! What can be shown of a snapshot before it is known what retains what.

use super::aggregates::tally;
use super::{Classes, ShallowSizes};
use crate::util::{Cancelled, Progress};

/// The constructors of a snapshot that is still being analysed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstLook {
    /// Largest shallow size first, ties by name.
    pub classes: Vec<FirstClass>,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
}

/// A constructor of a [`FirstLook`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstClass {
    /// What the constructor column says.
    pub name: String,
    /// Number of objects.
    pub count: u32,
    /// Sum of their shallow sizes, in bytes.
    pub shallow_size: u64,
}

/// Counts objects and adds up their shallow sizes: the numbers of the Summary, as far as they are known.
pub(super) fn first_look(
    classes: &Classes,
    sizes: &ShallowSizes,
    progress: &Progress,
) -> Result<FirstLook, Cancelled> {
    let tally = tally(classes, sizes, None, &|node| sizes.of(node) != 0, progress)?;
    let class = |id: &super::ClassId| {
        let sums = &tally.sums[id.0 as usize]; // one entry a class
        FirstClass { name: classes.get(*id).name.clone(), count: sums.count, shallow_size: sums.size }
    };
    let mut list: Vec<FirstClass> = tally.list.iter().map(class).collect();
    list.sort_by(|a, b| b.shallow_size.cmp(&a.shallow_size).then_with(|| a.name.cmp(&b.name)));
    let shallow_size = list.iter().fold(0, |sum: u64, class| sum.saturating_add(class.shallow_size));
    Ok(FirstLook { classes: list, shallow_size })
}
