//! Headers that several charts' tables have.

use crate::i18n::{Locale, message};

/// The columns of a mean and of half the width of its interval.
pub fn with_interval(of: &str, locale: Locale) -> [String; 2] {
    [of.to_owned(), locale.format(message::TableInterval { of })]
}

/// The columns of a place in the plane of the first two principal components.
pub fn components(locale: Locale) -> [String; 2] {
    [1, 2].map(|number| locale.format(message::TableComponent { number }))
}
