//! The words and symbols of meta-learning, and where they stand in a text.

use crate::i18n::{Key, Locale};

/// The terms: how each is written, its spellings with a bar between, and what it means.
const TERMS: [(Key, Key); 22] = [
    (Key::of("term_theta_names"), Key::of("term_theta")),
    (Key::of("term_phi_names"), Key::of("term_phi")),
    (Key::of("term_alpha_names"), Key::of("term_alpha")),
    (Key::of("term_epsilon_names"), Key::of("term_epsilon")),
    (Key::of("term_k_names"), Key::of("term_k")),
    (Key::of("term_n_names"), Key::of("term_n")),
    (Key::of("term_s_names"), Key::of("term_s")),
    (Key::of("term_shots_count_names"), Key::of("term_shots_count")),
    (Key::of("term_shots_names"), Key::of("term_shots")),
    (Key::of("term_support_names"), Key::of("term_support")),
    (Key::of("term_query_names"), Key::of("term_query")),
    (Key::of("term_iteration_names"), Key::of("term_iteration")),
    (Key::of("term_batch_names"), Key::of("term_batch")),
    (Key::of("term_inner_names"), Key::of("term_inner")),
    (Key::of("term_outer_names"), Key::of("term_outer")),
    (Key::of("term_random_names"), Key::of("term_random")),
    (Key::of("term_held_out_names"), Key::of("term_held_out")),
    (Key::of("term_error_names"), Key::of("term_error")),
    (Key::of("term_interval_names"), Key::of("term_interval")),
    (Key::of("term_gradient_names"), Key::of("term_gradient")),
    (Key::of("term_joint_names"), Key::of("term_joint")),
    (Key::of("term_maml_names"), Key::of("term_maml")),
];

/// A word or symbol with a meaning, by its place among the terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term(usize);

impl Term {
    /// Every term.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TERMS.len()).map(Self)
    }

    /// The term with this number, as [`Term::number`] tells it.
    #[must_use]
    pub fn numbered(number: usize) -> Option<Self> {
        (number < TERMS.len()).then_some(Self(number))
    }

    /// Its place among the terms.
    #[must_use]
    pub fn number(self) -> usize {
        self.0
    }

    /// How it is written, best first.
    pub fn names(self, locale: Locale) -> impl Iterator<Item = &'static str> {
        locale.text(TERMS[self.0].0).split('|')
    }

    /// What it means.
    #[must_use]
    pub fn meaning(self, locale: Locale) -> &'static str {
        locale.text(TERMS[self.0].1)
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its words.
    pub text: String,
    /// The term that they are, if they are one.
    pub term: Option<Term>,
    /// The punctuation that closes the term, which no line may begin with.
    pub closing: String,
}

/// What closes a word, in the languages of the page.
const CLOSING: &str = ".,;:?!)]”’»。，；：？！）」』、";

/// A text in pieces: each term stands out where it is first written, in its longest spelling.
#[must_use]
pub fn pieces(text: &str, locale: Locale) -> Vec<Piece> {
    let mut names: Vec<(&str, Term)> =
        Term::all().flat_map(|term| term.names(locale).map(move |name| (name, term))).collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let (mut found, mut pieces, mut plain, mut at) = (vec![], vec![], 0, 0);
    while at < text.len() {
        let here = names.iter().find(|(name, _)| stands_at(text, at, name));
        let Some((name, term)) = here else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        };
        if !found.contains(term) {
            found.push(*term);
            if plain < at {
                pieces.push(Piece { text: text[plain..at].to_owned(), term: None, closing: String::new() });
            }
            let rest = &text[at + name.len()..];
            let closing = &rest[..rest.len() - rest.trim_start_matches(|next| CLOSING.contains(next)).len()];
            plain = at + name.len() + closing.len();
            pieces.push(Piece {
                text: text[at..at + name.len()].to_owned(),
                term: Some(*term),
                closing: closing.to_owned(),
            });
        }
        at += name.len();
    }
    if plain < text.len() {
        pieces.push(Piece { text: text[plain..].to_owned(), term: None, closing: String::new() });
    }
    pieces
}

/// Whether a name is written at a place of a text, as a word of its own. A single letter is the symbol, and neither a unit
/// after a number nor what follows an apostrophe; the first letter of a longer name may be a capital.
fn stands_at(text: &str, at: usize, name: &str) -> bool {
    let Some(written) = text.get(at..at + name.len()) else { return false };
    let is_symbol = name.chars().count() == 1;
    if written != name && (is_symbol || !written.eq_ignore_ascii_case(name) || written[1..] != name[1..]) {
        return false;
    }
    let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
    let is_letter = |one: Option<char>| one.is_some_and(|one| one.is_ascii_alphanumeric() || one == '_');
    let begins_word = !name.starts_with(|first: char| first.is_ascii_alphanumeric())
        || !(is_letter(before) || matches!(before, Some('’' | '\'' | '-')));
    let ends_word =
        !name.ends_with(|last: char| last.is_ascii_alphanumeric()) || !(is_letter(after) || after == Some('-'));
    let is_unit = is_symbol
        && name.is_ascii()
        && text[..at].trim_end().chars().next_back().is_some_and(|last| last.is_ascii_digit());
    begins_word && ends_word && !is_unit
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, locale: Locale) -> String {
        let mark = |Piece { text, term, closing }| if term.is_some() { format!("[{text}]{closing}") } else { text };
        pieces(text, locale).into_iter().map(mark).collect()
    }

    #[test]
    fn terms_stand_out_where_they_are_first_written() {
        let cases = [
            ("θ moves; θ stays, and φᵢ too.", "[θ] moves; θ stays, and [φ]ᵢ too."),
            ("Shots of a task: K = 10 shots", "[Shots] of a task: [K] = 10 shots"),
            ("after s = 8 steps it took 10 s, the run’s own s", "after [s] = 8 steps it took 10 s, the run’s own s"),
            ("skill, kin, n-th, Kelvin", "skill, kin, n-th, Kelvin"),
            ("MSE over held-out tasks with 95% interval", "[MSE] over [held-out tasks] with [95% interval]"),
            ("one meta-iteration of the inner loop", "one [meta-iteration] of the [inner loop]"),
        ];
        for (text, expected) in cases {
            assert_eq!(marked(text, Locale::En), expected);
        }
        assert_eq!(
            marked("θ 在元训练中移动，K = 5 个样本点", Locale::ZhHans),
            "[θ] 在元训练中移动，[K] = 5 个[样本点]"
        );
    }

    #[test]
    fn nothing_of_a_text_is_lost() {
        for locale in Locale::ALL {
            for term in Term::all() {
                let text = term.meaning(*locale);
                let whole: String =
                    pieces(text, *locale).into_iter().map(|piece| piece.text + &piece.closing).collect();
                assert_eq!(whole, text);
            }
        }
    }

    #[test]
    fn no_piece_begins_with_what_closes_a_term() {
        let closing = |text: &str| {
            let pieces = pieces(text, Locale::En);
            pieces.into_iter().map(|piece| format!("{}|{}", piece.text, piece.closing)).collect::<Vec<_>>()
        };
        assert_eq!(closing("Where is θ? At φ."), ["Where is |", "θ|?", " At |", "φ|."]);
        assert_eq!(closing("(with K), s"), ["(with |", "K|),", " |", "s|"]);
    }

    #[test]
    fn every_spelling_is_found_and_belongs_to_one_term() {
        for locale in Locale::ALL {
            let mut all: Vec<&str> = Term::all().flat_map(|term| term.names(*locale)).collect();
            for term in Term::all() {
                for name in term.names(*locale) {
                    let found = pieces(name, *locale);
                    assert_eq!(
                        found,
                        [Piece { text: name.to_owned(), term: Some(term), closing: String::new() }],
                        "{name}"
                    );
                }
            }
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{locale:?}");
        }
    }
}
