//! The QR code of a link, as a path of squares.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder};

/// Most bytes of a link whose code is drawn: version 25 of the standard at level L has 117 modules a side, about what a phone
/// reads from a screen before it.
pub const MOST_BYTES: usize = 1273;

/// The light margin that the standard asks for, in modules.
pub const MARGIN: usize = 4;

/// A code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Modules of a side, without the margin.
    pub side: usize,
    /// The dark modules as the `d` of an SVG path, a module wide and high, from the upper left corner within the margin.
    pub path: String,
}

/// The code of a text, with as much correction as its size leaves room for; none for one that is too long.
#[must_use]
pub fn code(text: &str) -> Option<Code> {
    if text.len() > MOST_BYTES {
        return None;
    }
    // The fewer and larger the modules are, the farther away it can be read: more correction only for short texts.
    let level = if text.len() <= 200 { ECL::M } else { ECL::L };
    let code = QRBuilder::new(text).ecl(level).build().ok()?;
    let mut path = String::new();
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let dark = code[row][column..code.size].iter().take_while(|module| module.value()).count();
            if dark > 0 {
                let (x, y) = (column + MARGIN, row + MARGIN);
                // Writing to a String does not fail.
                let _ = write!(path, "M{x} {y}h{dark}v1h-{dark}z");
            }
            column += dark + 1;
        }
    }
    Some(Code { side: code.size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules of a code, as its path has them.
    fn modules(Code { side, path }: &Code) -> Vec<Vec<bool>> {
        let mut modules = vec![vec![false; side + 2 * MARGIN]; side + 2 * MARGIN];
        for run in path.split('M').skip(1) {
            let numbers: Vec<usize> = run.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
            for x in numbers[0]..numbers[0] + numbers[2] {
                modules[numbers[1]][x] = true;
            }
        }
        modules
    }

    #[test]
    fn a_code_has_its_three_finders_and_a_margin() {
        let code = code("https://example.org/#1&preset=paper").expect("it is short");
        let modules = modules(&code);
        // A ring of seven, light within, and three dark in the middle.
        let finder = [true, false, true, true, true, false, true];
        for (row, column) in [(0, 0), (0, code.side - 7), (code.side - 7, 0)] {
            assert_eq!(modules[row + 3 + MARGIN][column + MARGIN..column + MARGIN + 7], finder);
        }
        assert!(modules[..MARGIN].iter().flatten().all(|dark| !dark));
        assert!(modules.iter().all(|row| !row[MARGIN - 1] && !row[code.side + MARGIN]));
    }

    #[test]
    fn what_is_too_long_has_none() {
        assert!(code(&"x".repeat(MOST_BYTES)).is_some_and(|code| code.side == 117));
        assert_eq!(code(&"x".repeat(MOST_BYTES + 1)), None);
    }
}
