//! The one parser of numbers that people type, or copy from the page or from elsewhere.
//!
//! It knows the decimal signs and thousands of every convention (`1,234.5`, `1.234,5`, `1 234,5`, `1'234.5`, `1_234`),
//! full-width digits and signs, powers (`1e-3`, `10⁻³`, `2.5 × 10^4`), products and quotients with π (`2π`, `pi/2`,
//! `1/50`), per cent, and lengths of time (`2 min 5 s`). It never guesses: where a comma may stand for thousands or for
//! decimals, the kind of the number decides, and where that does not, both readings are named.

use std::f64::consts::PI;

/// What kind of number is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A whole number: three digits after a comma or a point are thousands.
    Count,
    /// Any number.
    Real,
    /// A length of time in seconds, with units or without.
    Seconds,
}

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unreadable {
    /// It is no number of its kind.
    NotANumber,
    /// It is either of two numbers.
    Ambiguous([f64; 2]),
}

/// Longer texts are no numbers.
const MOST_CHARACTERS: usize = 100;

/// Units of time in seconds, longest first, and their names in every language of the page.
const UNITS: [(f64, &[&str]); 3] = [
    (3600.0, &["h", "hr", "hour", "hours", "小时", "时"]),
    (60.0, &["m", "min", "minute", "minutes", "分", "分钟"]),
    (1.0, &["s", "sec", "second", "seconds", "秒", "秒钟"]),
];

/// The number that a text means.
///
/// # Errors
/// It means none, or either of two.
pub fn read(text: &str, kind: Kind) -> Result<f64, Unreadable> {
    let text = text.trim();
    if text.chars().nth(MOST_CHARACTERS).is_some() {
        return Err(Unreadable::NotANumber);
    }
    let text = normalized(text);
    if kind == Kind::Seconds { seconds(&text) } else { expression(&text, kind) }
}

/// The text with one sign for each meaning: ASCII digits and signs, `^` before an exponent, `π`.
fn normalized(text: &str) -> Vec<char> {
    let mut found = vec![];
    let mut is_raised = false;
    for character in text.chars() {
        let superscript = superscript(character);
        if superscript.is_some() && !is_raised {
            found.push('^');
        }
        is_raised = superscript.is_some();
        let plain = match superscript.unwrap_or(character) {
            wide @ '\u{ff01}'..='\u{ff5e}' => char::from_u32(wide as u32 - 0xfee0).unwrap_or(wide),
            plain => plain,
        };
        found.push(match plain {
            '−' | '–' | '‐' | '‑' | '﹣' => '-',
            '。' | '｡' => '.',
            '、' => ',',
            '’' | '‘' | 'ʼ' => '\'',
            '×' | '·' | '⋅' | '∙' => '*',
            '÷' | '⁄' | '∕' => '/',
            space if space.is_whitespace() => ' ',
            other => other.to_ascii_lowercase(),
        });
    }
    let text: String = found.into_iter().collect();
    text.replace("**", "^").replace("pi", "π").trim().chars().collect()
}

/// The digit or sign that is raised.
fn superscript(character: char) -> Option<char> {
    Some(match character {
        '⁻' => '-',
        '⁺' => '+',
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from_u32('4' as u32 + character as u32 - '⁴' as u32)?,
        _ => return None,
    })
}

/// A sum of numbers with units of time, from the longest unit to the shortest; or seconds without a unit.
fn seconds(text: &[char]) -> Result<f64, Unreadable> {
    let is_letter = |character: &char| character.is_alphabetic() && *character != 'π';
    if !text.iter().any(|character| is_letter(character) && *character != 'e') {
        return expression(text, Kind::Seconds);
    }
    let (mut rest, mut units) = (text, UNITS.iter());
    let mut sum = 0.0;
    while !rest.is_empty() {
        let number = rest.iter().position(|character| is_letter(character) && *character != 'e');
        let (number, from_unit) = rest.split_at(number.ok_or(Unreadable::NotANumber)?);
        let length = from_unit.iter().position(|character| !is_letter(character)).unwrap_or(from_unit.len());
        let (unit, next) = from_unit.split_at(length);
        let unit: String = unit.iter().collect();
        let (factor, _) = units.find(|(_, names)| names.contains(&unit.as_str())).ok_or(Unreadable::NotANumber)?;
        sum += factor * expression(number, Kind::Seconds)?;
        rest = next;
    }
    Ok(sum)
}

/// Which sign comes before the decimals.
#[derive(Clone, Copy)]
enum Decimals {
    Point,
    Comma,
}

/// A product of numbers, by either convention of decimals.
fn expression(text: &[char], kind: Kind) -> Result<f64, Unreadable> {
    // Of a count that is written out, not computed, three digits after a separator cannot be decimals.
    let is_written_out = text.iter().all(|character| !matches!(character, '*' | '/' | '^' | 'e' | 'π' | '%'));
    let thousands_only = kind == Kind::Count && is_written_out;
    let by = |decimals| {
        let mut parser = Parser { text, place: 0, decimals, kind, thousands_only };
        let value = parser.product().filter(|_| parser.rest().iter().all(|character| *character == ' '))?;
        let is_wanted = value.is_finite() && (kind != Kind::Count || value.fract() == 0.0);
        is_wanted.then_some(value + 0.0)
    };
    match (by(Decimals::Point), by(Decimals::Comma)) {
        (None, None) => Err(Unreadable::NotANumber),
        (Some(value), None) | (None, Some(value)) => Ok(value),
        // The page itself writes decimals after a point.
        (Some(point), Some(comma)) if point == comma || !text.contains(&',') => Ok(point),
        (Some(point), Some(comma)) => Err(Unreadable::Ambiguous([point, comma])),
    }
}

/// A text and how far it is read.
struct Parser<'a> {
    text: &'a [char],
    place: usize,
    decimals: Decimals,
    kind: Kind,
    thousands_only: bool,
}

impl Parser<'_> {
    fn rest(&self) -> &[char] {
        &self.text[self.place..]
    }

    /// Goes over spaces, and over the next character if it is one of `wanted`.
    fn take(&mut self, wanted: &str) -> Option<char> {
        while self.rest().first() == Some(&' ') {
            self.place += 1;
        }
        let next = self.rest().first().copied().filter(|next| wanted.contains(*next))?;
        self.place += 1;
        Some(next)
    }

    /// The next characters, if they are digits.
    fn digits(&mut self) -> String {
        let digits: String = self.rest().iter().take_while(|character| character.is_ascii_digit()).collect();
        self.place += digits.len();
        digits
    }

    fn product(&mut self) -> Option<f64> {
        let is_negative = self.take("-+") == Some('-');
        let mut value = self.factor(true)?;
        loop {
            match self.take("*/") {
                Some('*') => value *= self.factor(true)?,
                Some(_) => value /= self.factor(false)?,
                // 2π, 2 π
                None if self.rest().first() == Some(&'π') => value *= self.factor(true)?,
                None => return Some(if is_negative { -value } else { value }),
            }
        }
    }

    /// A number or π, raised to a power or not; where `is_scaled`, a power of ten after it is a part of the number.
    fn factor(&mut self, is_scaled: bool) -> Option<f64> {
        if self.take("π").is_some() {
            return Some(if self.take("^").is_some() { PI.powi(self.signed()?) } else { PI });
        }
        let number = self.number()?;
        if self.take("^").is_some() {
            let power = self.signed()?;
            // A power of ten is the number nearest to it.
            return if number == "10" { finished("1", power) } else { Some(finished(&number, 0)?.powi(power)) };
        }
        let exponent = match self.take("e") {
            Some(_) => self.signed()?,
            None if is_scaled => self.times_power_of_ten().unwrap_or(0),
            None => 0,
        };
        if self.take("%").is_some() {
            return if self.kind == Kind::Real { finished(&number, exponent.checked_sub(2)?) } else { None };
        }
        finished(&number, exponent)
    }

    fn signed(&mut self) -> Option<i32> {
        let sign = self.take("-+").unwrap_or('+');
        format!("{sign}{}", self.digits()).parse().ok()
    }

    /// `× 10⁴` after a number: the exponent of one decimal, and no product that would be rounded.
    fn times_power_of_ten(&mut self) -> Option<i32> {
        let before = self.place;
        let is_power = self.take("*").is_some() && self.take("1").is_some() && self.rest().starts_with(&['0', '^']);
        if is_power {
            self.place += 2;
            return self.signed();
        }
        self.place = before;
        None
    }

    /// Digits with thousands and decimals, without thousands and with a point.
    fn number(&mut self) -> Option<String> {
        self.take("");
        let (decimal, thousands) = match self.decimals {
            Decimals::Point => ('.', ','),
            Decimals::Comma => (',', '.'),
        };
        let first = self.digits();
        let (mut whole, mut separator) = (first.clone(), None);
        while let Some(&next) = self.rest().first().filter(|next| **next == thousands || " _'".contains(**next)) {
            let group: String = self.rest()[1..].iter().take_while(|character| character.is_ascii_digit()).collect();
            if group.len() == 3 && separator.is_none_or(|separator| separator == next) {
                separator = Some(next);
                whole.push_str(&group);
                self.place += 4;
            } else if next == ' ' {
                // It stands between the number and what comes next.
                break;
            } else {
                return None;
            }
        }
        if separator.is_some() && (!(1..=3).contains(&first.len()) || first.starts_with('0')) {
            return None;
        }
        let mut fraction = String::new();
        if self.rest().first() == Some(&decimal) {
            self.place += 1;
            fraction = self.digits();
        }
        let is_empty = whole.is_empty() && fraction.is_empty();
        if is_empty || (self.thousands_only && fraction.len() >= 3) {
            return None;
        }
        Some(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
    }
}

/// A decimal times a power of ten; none where the number is too large or too small.
fn finished(number: &str, exponent: i32) -> Option<f64> {
    let value: f64 = format!("{number}e{exponent}").parse().ok()?;
    let is_lost = value == 0.0 && number.contains(|digit| matches!(digit, '1'..='9'));
    (value.is_finite() && !is_lost).then_some(value)
}
