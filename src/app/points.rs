//! Points that a person pastes: rows of x and y, from a spreadsheet, a table or a text.
//!
//! Columns stand apart by a tab, a semicolon, a comma or spaces; numbers are read as everywhere on the page
//! ([`read`]), so that `1,5;2,5` and `1.5, 2.5` are the same point. A first row without any
//! number is the header. Nothing is guessed: a row that is not two numbers is told, and then no point is taken.

use super::formatting::brief;
use super::number::read::{Kind, Unreadable, read};
use super::preview_input::{MOST_SHOTS, Y_LIMIT};
use crate::domain::config::Config;
use crate::i18n::{Locale, message};

/// The longest text that is looked at: [`MOST_SHOTS`] rows need far less.
pub const MOST_BYTES: usize = 65_536;
/// So much of a row is told, in characters.
const MOST_TOLD: usize = 40;

/// Why a text is no list of points.
#[derive(Clone, Debug, PartialEq)]
pub enum PointsError {
    /// It is longer than [`MOST_BYTES`].
    TooLong,
    /// It has no row with numbers.
    Empty,
    /// It has more than [`MOST_SHOTS`] rows.
    TooMany,
    /// A row is not two numbers.
    Row {
        /// Which, from 1 on; empty rows count.
        row: usize,
        /// How it begins.
        text: String,
    },
    /// A number is either of two.
    Ambiguous {
        /// In which row.
        row: usize,
        /// What stands there.
        text: String,
        /// Both readings.
        readings: [f64; 2],
    },
    /// A point is outside the range of x or of y.
    Outside {
        /// In which row.
        row: usize,
        /// `x` or `y`.
        axis: &'static str,
        /// The number.
        number: f64,
        /// The least and the greatest that is allowed.
        range: [f64; 2],
    },
}

impl PointsError {
    /// What is wrong, where, and what is allowed.
    #[must_use]
    pub fn message(&self, locale: Locale) -> String {
        let text = |number: f64| brief(&number.into());
        match self {
            Self::TooLong => locale.format(message::PointsTooLong { limit: MOST_BYTES }),
            Self::Empty => locale.points_empty().to_owned(),
            Self::TooMany => locale.format(message::FitTooMany { limit: MOST_SHOTS }),
            Self::Row { row, text } => locale.format(message::PointsRow { row, text }),
            Self::Ambiguous { row, text: cell, readings: [one, other] } => {
                let (one, other) = (text(*one), text(*other));
                locale.format(message::PointsAmbiguous { row, text: cell, one, other })
            }
            Self::Outside { row, axis, number, range: [low, high] } => {
                let (number, low, high) = (text(*number), text(*low), text(*high));
                locale.format(message::PointsOutside { row, axis, number, low, high })
            }
        }
    }
}

/// The points of a text, x and y, in its order.
///
/// # Errors
/// What is wrong with the first row that is none.
pub fn points(text: &str, config: &Config) -> Result<Vec<[f32; 2]>, PointsError> {
    if text.len() > MOST_BYTES {
        return Err(PointsError::TooLong);
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let rows = text.split(['\n', '\r']).enumerate().map(|(index, row)| (index + 1, row.trim()));
    let mut rows = rows.filter(|(_, row)| !row.is_empty()).peekable();
    rows.next_if(|(_, row)| is_header(row));
    let mut points = vec![];
    for (row, text) in rows {
        if points.len() == MOST_SHOTS {
            return Err(PointsError::TooMany);
        }
        points.push(point(row, text, config)?);
    }
    if points.is_empty() { Err(PointsError::Empty) } else { Ok(points) }
}

/// Whether a row has no number at all, such as `x;y`.
fn is_header(row: &str) -> bool {
    let is_word = |word: &str| matches!(read(word, Kind::Real), Err(Unreadable::NotANumber));
    let words = row.split(|character: char| is_separator(character) || character.is_whitespace());
    words.map(plain).filter(|word| !word.is_empty()).all(is_word)
}

fn is_separator(character: char) -> bool {
    matches!(character, ';' | ',' | '；' | '，' | '\t')
}

fn point(row: usize, text: &str, config: &Config) -> Result<[f32; 2], PointsError> {
    let told = || text.chars().take(MOST_TOLD).collect::<String>();
    let cells = columns(text).ok_or_else(|| PointsError::Row { row, text: told() })?;
    let number = |cell: &str| {
        read(plain(cell), Kind::Real).map_err(|error| match error {
            Unreadable::NotANumber => PointsError::Row { row, text: told() },
            Unreadable::Ambiguous(readings) => {
                PointsError::Ambiguous { row, text: cell.chars().take(MOST_TOLD).collect(), readings }
            }
        })
    };
    let [x, y] = [number(cells[0])?, number(cells[1])?];
    let y_range = [-f64::from(Y_LIMIT), f64::from(Y_LIMIT)];
    for (axis, number, range) in [("x", x, config.tasks.x), ("y", y, y_range)] {
        if !(range[0]..=range[1]).contains(&number) {
            return Err(PointsError::Outside { row, axis, number, range });
        }
    }
    Ok([x as f32, y as f32])
}

/// The two columns of a row, by the first separator that makes two of it: a tab, a semicolon, spaces, a comma.
fn columns(row: &str) -> Option<[&str; 2]> {
    let by = |is: fn(char) -> bool| -> Option<[&str; 2]> {
        let parts: Vec<&str> = row.split(is).map(str::trim).collect();
        parts.try_into().ok().filter(|parts: &[&str; 2]| parts.iter().all(|part| !part.is_empty()))
    };
    if row.contains('\t') {
        return by(|character| character == '\t');
    }
    if row.contains([';', '；']) {
        return by(|character| matches!(character, ';' | '；'));
    }
    let words: Vec<&str> = row.split_whitespace().collect();
    if let [x, y] = words[..] {
        // `1.5, 2.5`
        let x = x.strip_suffix([',', '，']).unwrap_or(x);
        return Some([x, y]).filter(|_| !x.is_empty());
    }
    by(|character| matches!(character, ',' | '，'))
}

/// A cell without the quotation marks around it.
fn plain(cell: &str) -> &str {
    let cell = cell.trim();
    cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn config() -> Config {
        Config::default()
    }

    fn read_all(text: &str) -> Result<Vec<[f32; 2]>, PointsError> {
        points(text, &config())
    }

    #[test]
    fn rows_are_read_as_people_and_programs_write_them() {
        let wanted = Ok(vec![[1.5, -2.25], [-0.5, 3.0]]);
        for text in [
            "1.5 -2.25\n-0.5 3",
            "1.5, -2.25\r\n-0.5, 3\r\n",
            "1.5,-2.25\n-0.5,3",
            "1,5;-2,25\n-0,5;3",
            "1,5 -2,25\n-0,5 3,0",
            "1,5, -2,25\n-0,5, 3",
            "1,5\t-2,25\r-0,5\t3",
            "1.5\t-2.25\n\n-0.5\t3\n\n",
            "x\ty\n1.5\t-2.25\n-0.5\t3",
            "x;y\n1,5; −2,25\n−0,5; 3",
            "time (s), voltage\n1.5, -2.25\n-0.5, 3",
            "\u{feff}\"x\",\"y\"\r\n\"1.5\",\"-2.25\"\r\n\"-0.5\",\"3\"",
            "１．５　−２．２５\n-0.5；3",
            "3/2, -9/4\n-1/2 3e0",
        ] {
            assert_eq!(read_all(text), wanted, "{text:?}");
        }
        assert_eq!(read_all("1,5"), Ok(vec![[1.0, 5.0]]), "a row has two numbers");
        assert_eq!(read_all("-5 20"), Ok(vec![[-5.0, 20.0]]), "the ends belong to the ranges");
        assert_eq!(read_all("π/2, 2 π"), Ok(vec![[std::f32::consts::FRAC_PI_2, std::f32::consts::TAU]]));
    }

    #[test]
    fn what_is_not_two_numbers_is_told_with_its_row() {
        let row = |row, text: &str| Err(PointsError::Row { row, text: text.to_owned() });
        assert_eq!(read_all("1 2\n3"), row(2, "3"));
        assert_eq!(read_all("x y\n1 2\nx y"), row(3, "x y"), "there is one header at most");
        assert_eq!(read_all("x 2\n1 2"), row(1, "x 2"), "a header has no numbers");
        assert_eq!(read_all("1 2\r\n\r\n1 2 3\r\n"), row(3, "1 2 3"));
        assert_eq!(read_all("1;2;3"), row(1, "1;2;3"));
        assert_eq!(read_all("1;"), row(1, "1;"));
        assert_eq!(read_all("1 NaN"), row(1, "1 NaN"));
        assert_eq!(read_all("1 inf"), row(1, "1 inf"));
        assert_eq!(read_all("0 1e999"), row(1, "0 1e999"));
        assert_eq!(read_all("1,2,3,4"), row(1, "1,2,3,4"), "it may be four numbers");
        assert_eq!(
            read_all("1 1,234"),
            Err(PointsError::Ambiguous { row: 1, text: "1,234".to_owned(), readings: [1234.0, 1.234] })
        );
        for text in ["", "\n \r\n", "x y", "nothing but words"] {
            assert_eq!(read_all(text), Err(PointsError::Empty), "{text:?}");
        }
    }

    #[test]
    fn what_is_outside_is_refused_with_what_is_allowed() {
        let outside = |axis, number, range| Err(PointsError::Outside { row: 2, axis, number, range });
        assert_eq!(read_all("0 0\n5.5 0"), outside("x", 5.5, [-5.0, 5.0]));
        assert_eq!(read_all("0 0\n0 -20.5"), outside("y", -20.5, [-20.0, 20.0]));
        let mut wide = config();
        wide.tasks.x = [0.0, 20.0];
        assert_eq!(points("5.5 0", &wide), Ok(vec![[5.5, 0.0]]));
        for &locale in Locale::ALL {
            let told = read_all("0 0\n5.5 0").expect_err("outside").message(locale);
            assert!(["2", "x", "5.5", "5"].iter().all(|part| told.contains(part)), "{told}");
        }
    }

    #[test]
    fn there_are_as_many_points_as_a_document_permits() {
        let rows = |count| "0 0\n".repeat(count);
        assert_eq!(read_all(&rows(MOST_SHOTS)).map(|points| points.len()), Ok(MOST_SHOTS));
        assert_eq!(read_all(&rows(MOST_SHOTS + 1)), Err(PointsError::TooMany));
        assert_eq!(read_all(&"0 0\n".repeat(10_000_000)), Err(PointsError::TooLong));
        let long = format!("0 0\n{}", "9".repeat(60_000));
        assert!(matches!(read_all(&long), Err(PointsError::Row { row: 2, text }) if text.len() == MOST_TOLD));
    }

    proptest! {
        #[test]
        fn what_is_written_in_any_way_is_read_back(
            wanted in prop::collection::vec((-5.0_f32..=5.0, -20.0_f32..=20.0), 1..50),
            separator in prop::sample::select(vec!["\t", ";", " ", ", ", "; "]),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            has_header in any::<bool>(),
        ) {
            let mut text = if has_header { format!("x{separator}y{end}") } else { String::new() };
            text.extend(wanted.iter().map(|(x, y)| format!("{x}{separator}{y}{end}")));
            let wanted: Vec<[f32; 2]> = wanted.into_iter().map(|(x, y)| [x, y]).collect();
            prop_assert_eq!(read_all(&text), Ok(wanted));
        }

        #[test]
        fn decimal_commas_are_decimals(
            (x, y) in (-499_i32..=499, -1999_i32..=1999),
            separator in prop::sample::select(vec!["\t", ";", " ", ", "]),
        ) {
            let written = |hundredths: i32| format!("{:.2}", f64::from(hundredths) / 100.0).replace('.', ",");
            let text = format!("{}{separator}{}", written(x), written(y));
            let wanted = [x, y].map(|hundredths| (f64::from(hundredths) / 100.0) as f32);
            prop_assert_eq!(read_all(&text), Ok(vec![wanted]));
        }

        #[test]
        fn no_text_does_harm(text in any::<String>()) {
            if let Ok(points) = read_all(&text) {
                prop_assert!(!points.is_empty() && points.len() <= MOST_SHOTS);
                prop_assert!(points.iter().all(|[x, y]| x.abs() <= 5.0 && y.abs() <= Y_LIMIT));
            }
        }

        #[test]
        fn no_rows_of_signs_do_harm(text in "[-+0-9.,;:eπ×^%\\t \\n\"]{0,200}") {
            if let Ok(points) = read_all(&text) {
                prop_assert!(points.iter().all(|[x, y]| x.abs() <= 5.0 && y.abs() <= Y_LIMIT));
            }
        }
    }
}
