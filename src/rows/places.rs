//! Places in scripts as people read them.

use crate::analysis::ScriptNames;
use crate::graph::Location;

/// A place as people count, from 1: `/app/cart.js:41:3`, or `script 7, line 41, column 3` where
/// the script's name is not known. V8 writes the largest number for a line or column that it
/// does not know; what is unknown is left out.
pub fn place_text(place: Location, scripts: &ScriptNames) -> String {
    let name = scripts.get(place.script_id);
    let mut text = name.map_or_else(|| format!("script {}", place.script_id), str::to_owned);
    for (number, what) in [(place.line, "line"), (place.column, "column")] {
        let Some(number) = number.checked_add(1) else { break };
        match name {
            Some(_) => text.push_str(&format!(":{number}")),
            None => text.push_str(&format!(", {what} {number}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::place_text;
    use crate::analysis::ScriptNames;
    use crate::graph::Location;

    #[test]
    fn without_a_name_the_script_has_its_number() {
        let place = Location { node: 0, script_id: 7, line: 40, column: 2 };
        let unknown = ScriptNames::default();
        assert_eq!(place_text(place, &unknown), "script 7, line 41, column 3");
        assert_eq!(place_text(Location { column: u32::MAX, ..place }, &unknown), "script 7, line 41");
        assert_eq!(place_text(Location { line: u32::MAX, ..place }, &unknown), "script 7");
    }
}
