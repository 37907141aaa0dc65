//! Tables as text that spreadsheets and programs read (RFC 4180), in which no text is taken for a formula.

/// What begins a formula in some spreadsheet, a tab and a line break among it, as they are skipped.
const FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// A text as a cell of a table.
#[must_use]
pub fn cell(text: &str) -> String {
    let quote = if text.starts_with(FORMULA) { "'" } else { "" };
    let text = format!("{quote}{}", apart(text));
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A line about the table, which programs skip by its first character.
#[must_use]
pub fn comment(text: &str) -> String {
    format!("# {}", apart(&text.replace(['\r', '\n'], " ")))
}

/// The same text; wherever a spreadsheet may take it apart, no part begins as a formula.
fn apart(text: &str) -> String {
    let mut found = String::new();
    for character in text.chars() {
        if FORMULA.contains(&character) && found.ends_with([',', ';', '\t', '\r', '\n']) {
            found.push(' ');
        }
        found.push(character);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_be_and_no_formula_is_left() {
        assert_eq!(cell("true curve"), "true curve");
        assert_eq!(cell("MSE, \"mean\""), "\"MSE, \"\"mean\"\"\"");
        assert_eq!(cell("two\nlines"), "\"two\nlines\"");
        assert_eq!(cell("one;=1"), "one; =1");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(cell("-2,3"), "\"'-2,3\"");
        assert_eq!(cell("\t=1"), "'\t =1");
        assert_eq!(cell("＝1"), "'＝1");
    }

    #[test]
    fn a_comment_is_one_line_without_formulas() {
        assert_eq!(comment("A\r\nB"), "# A  B");
        assert_eq!(comment("{\"x\":[-5.0,-5.0]}"), "# {\"x\":[-5.0, -5.0]}");
        assert_eq!(comment("A,=1+1;@SUM,\t=2"), "# A, =1+1; @SUM, \t =2");
    }
}
