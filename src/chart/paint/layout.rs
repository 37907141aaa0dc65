//! Where things go, without asking the browser: sizes, text widths, line breaks and labels that make room for one
//! another.

use crate::chart::Style;

/// The side of the square at the top right that is left free, in CSS pixels: the page has a button there.
const CORNER: f64 = 28.0;

/// The sizes that everything in a chart is made of, in CSS pixels.
#[derive(Clone, Copy, Debug)]
pub struct Metrics {
    /// Width of the whole chart.
    pub width: f64,
    /// Height of the whole chart.
    pub height: f64,
    /// Text size of legends and titles.
    pub text: f64,
    /// Text size of tick labels.
    pub small: f64,
    /// Empty margin around everything.
    pub pad: f64,
    /// Height of a row of text.
    pub row: f64,
    /// The least width of a line.
    pub least_line: f64,
}

impl Metrics {
    /// The sizes for a chart of this size: on a narrow one the text is smaller than the style's. Texts are written in whole
    /// pixels, as a browser keeps a font for every size that it has drawn.
    pub fn new((width, height): (u32, u32), style: &Style) -> Self {
        let (width, height) = (f64::from(width), f64::from(height));
        let text = style.text.min((width / 26.0).max(12.0)).floor();
        let (small, pad, row) = ((text * 0.9).round(), text * 0.75, (text * 1.5).round());
        Self { width, height, text, small, pad, row, least_line: style.least_line }
    }

    /// The width that the first row of text has. Not all of it is used, as faces differ.
    pub fn first_row(&self) -> f64 {
        0.95 * (self.width - self.pad - CORNER.max(self.pad))
    }

    /// A stroke width or radius that is right for text of 15 pixels, in proportion to the text and at least as wide as the
    /// style asks for.
    pub fn line(&self, width: f64) -> f64 {
        (width * self.text / 15.0).max(self.least_line)
    }
}

/// The estimated width of a text. The widths are those of a wide sans-serif face, so that others fit too.
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The advance of a character in em.
fn advance(character: char) -> f64 {
    match character {
        '\u{2e80}'.. => 1.0,
        '\u{2009}' | '\u{202f}' => 0.2,
        'i' | 'j' | 'l' | '\'' | '|' => 0.27,
        ' ' | '.' | ',' | ':' | ';' | '!' | '·' => 0.31,
        'f' | 'r' | 't' | 'I' | '(' | ')' | '[' | ']' | '-' => 0.39,
        'm' | 'w' | 'M' | 'W' | '%' => 0.93,
        '⁰'..='⁹' | '¹' | '²' | '³' | '⁻' => 0.4,
        'A'..='Z' => 0.68,
        '×' | '=' | '±' | '−' | '+' | '≤' => 0.72,
        '0'..='9' => 0.64,
        _ => 0.61,
    }
}

/// Breaks a text into lines no wider than `width`: at spaces, and between Chinese characters.
pub fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        if !line.is_empty() && text_width(line.trim_end(), size) + text_width(word.trim_end(), size) > width {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
    }
    lines.push(line.trim_end().to_owned());
    lines
}

/// The pieces between which a line may break; closing punctuation stays with what it closes.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((_, character)) = characters.next() {
        let Some(&(next, following)) = characters.peek() else { break };
        let closes = matches!(following, '，' | '。' | '、' | '：' | '；' | '）' | '”');
        let opens = matches!(character, '（' | '“');
        let ideographs = character >= '\u{2e80}' || following >= '\u{2e80}';
        let may_break = (character == ' ' && following != ' ') || (ideographs && !closes && !opens && following != ' ');
        if may_break {
            words.push(&text[start..next]);
            start = next;
        }
    }
    words.push(&text[start..]);
    words
}

/// Places for labels that want to stand at `wanted`, at least `gap` apart and between `low` and `high`, as near to
/// where they want to stand as can be (least squares, by pooling neighbours that collide).
pub fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order = Vec::with_capacity(wanted.len());
    for label in 0..wanted.len() {
        let place = order.partition_point(|&other: &usize| wanted[other] <= wanted[label]);
        order.insert(place, label);
    }
    // A pool is a run of labels exactly `gap` apart: the sum of what its first label wants, and how many they are.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    let first_of = |&(sum, count): &(f64, usize)| {
        let room = (high - (count - 1) as f64 * gap).max(low);
        (sum / count as f64).clamp(low, room)
    };
    for &label in &order {
        pools.push((wanted[label], 1));
        while let [.., before, last] = pools[..] {
            if first_of(&before) + before.1 as f64 * gap <= first_of(&last) {
                break;
            }
            pools.pop();
            pools.pop();
            let shift = (before.1 * last.1) as f64 * gap;
            pools.push((before.0 + last.0 - shift, before.1 + last.1));
        }
    }
    let mut places = vec![0.0; wanted.len()];
    let stands = pools.iter().flat_map(|pool| (0..pool.1).map(move |i| first_of(pool) + i as f64 * gap));
    for (&label, place) in order.iter().zip(stands) {
        places[label] = place;
    }
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_at_spaces_and_between_chinese_characters() {
        assert_eq!(wrap("one two three", 10.0, 50.0), ["one two", "three"]);
        assert_eq!(wrap("均方误差，对数", 10.0, 45.0), ["均方误", "差，对数"]);
        assert_eq!(wrap("unbreakable", 10.0, 5.0), ["unbreakable"]);
    }

    proptest! {
        #[test]
        fn spread_labels_keep_apart_and_inside(wanted in prop::collection::vec(0.0..100.0, 1..6)) {
            let mut places = spread(&wanted, 10.0, 0.0, 100.0);
            places.sort_unstable_by(f64::total_cmp);
            prop_assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 10.0 - 1e-9));
            prop_assert!(places.iter().all(|place| (-1e-9..=100.0 + 1e-9).contains(place)));
        }

        #[test]
        fn labels_with_room_stand_where_they_want(wanted in 0.0..30.0, other in 50.0..100.0) {
            prop_assert_eq!(spread(&[other, wanted], 10.0, 0.0, 100.0), [other, wanted]);
        }
    }
}
