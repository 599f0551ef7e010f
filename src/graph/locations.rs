//! Places in scripts, one a node and by node.

use crate::format::Location;
use crate::util::RankedSet;

/// The locations of so many nodes, sorted by node. Of several locations of a node the last one counts.
pub(super) fn by_node(locations: Vec<Location>, nodes: usize) -> Vec<Location> {
    if locations.is_sorted_by(|a, b| a.node < b.node) {
        return locations;
    }
    // Not by sorting: where each one belongs can be counted. (Reading leaves out what belongs to no node.)
    let located = RankedSet::new(nodes, locations.iter().map(|location| location.node));
    let mut sorted = vec![Location::default(); located.len()];
    for &location in &locations {
        let place = located.rank(location.node).unwrap_or_default(); // all are in the set
        sorted[place] = location;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::by_node;
    use crate::format::Location;

    fn location(node: u32, line: u32) -> Location {
        Location { node, script_id: 7, line, column: 1 }
    }

    #[test]
    fn locations_are_sorted_by_node_and_the_last_one_of_a_node_counts() {
        let written =
            [(300, 1), (2, 2), (64, 3), (300, 4), (0, 5), (2, 6)].map(|(node, line)| location(node, line));
        let expected = [(0, 5), (2, 6), (64, 3), (300, 4)].map(|(node, line)| location(node, line));
        assert_eq!(by_node(written.to_vec(), 301), expected);
        assert_eq!(by_node(expected.to_vec(), 301), expected);
        assert_eq!(by_node(vec![location(1, 1), location(1, 2)], 2), [location(1, 2)]);
        assert!(by_node(Vec::new(), 2).is_empty());
    }
}
