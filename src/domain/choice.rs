//! Closed lists of choices, such as the activations: each variant with its name in documents and its label for people.
//!
//! A list is written once, in `choices!`. Enum, document form, parameter table and the page's lists come from it, so
//! that a variant without a name or a label does not compile. How variants differ is said by exhaustive matches beside
//! the list.

use crate::i18n::Locale;

/// A choice as documents and people call it.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// Its name in documents.
    pub name: &'static str,
    /// Its label in the catalogue.
    pub(crate) text: fn(Locale) -> &'static str,
}

impl Word {
    /// Its label for people.
    #[must_use]
    pub fn label(&self, locale: Locale) -> &'static str {
        (self.text)(locale)
    }
}

/// An enum whose variants are choices that documents and people have names for.
pub trait Named: Copy + Eq + 'static {
    /// Every choice, in the order of [`Named::WORDS`].
    const ALL: &'static [Self];
    /// What they are called.
    const WORDS: &'static [Word];

    /// What it is called.
    fn word(self) -> &'static Word;

    /// Its name in documents.
    #[must_use]
    fn name(self) -> &'static str {
        self.word().name
    }

    /// Its label for people.
    #[must_use]
    fn label(self, locale: Locale) -> &'static str {
        self.word().label(locale)
    }

    /// The choice of a name.
    #[must_use]
    fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|choice| choice.name() == name)
    }
}

/// Makes an enum of choices: `Variant => "name in documents", method_of_locale;`.
///
/// With `pub enum Name: Base`, the choices are those of `Base`, each as `One(base)`, and one more, which stands `first` or
/// `last` among them.
macro_rules! choices {
    (
        $(#[$about:meta])*
        pub enum $Choice:ident {
            $($(#[$doc:meta])* $Variant:ident => $name:literal, $label:ident;)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $Choice {
            $($(#[$doc])* #[serde(rename = $name)] $Variant,)+
        }

        impl $crate::domain::choice::Named for $Choice {
            const ALL: &'static [Self] = &[$(Self::$Variant),+];
            const WORDS: &'static [$crate::domain::choice::Word] =
                &[$($crate::domain::choice::Word { name: $name, text: $crate::i18n::Locale::$label }),+];

            fn word(self) -> &'static $crate::domain::choice::Word {
                &Self::WORDS[self as usize]
            }
        }
    };
    (
        $(#[$about:meta])*
        pub enum $Choice:ident: $Base:ident {
            $(#[$one:meta])* One;
            $(#[$doc:meta])* $Variant:ident => $name:literal, $label:ident, $place:ident;
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $Choice {
            $(#[$one])* One($Base),
            $(#[$doc])* $Variant,
        }

        impl $crate::domain::choice::Named for $Choice {
            const ALL: &'static [Self] = {
                const BASE: &[$Base] = <$Base as $crate::domain::choice::Named>::ALL;
                const ALL: [$Choice; BASE.len() + 1] = {
                    let mut all = [$Choice::$Variant; BASE.len() + 1];
                    let mut index = 0;
                    while index < BASE.len() {
                        all[index + choices!(@before $place)] = $Choice::One(BASE[index]);
                        index += 1;
                    }
                    all
                };
                &ALL
            };
            const WORDS: &'static [$crate::domain::choice::Word] = {
                use $crate::domain::choice::Word;
                const BASE: &[Word] = <$Base as $crate::domain::choice::Named>::WORDS;
                const WORDS: [Word; BASE.len() + 1] = {
                    let mut words = [Word { name: $name, text: $crate::i18n::Locale::$label }; BASE.len() + 1];
                    let mut index = 0;
                    while index < BASE.len() {
                        words[index + choices!(@before $place)] = BASE[index];
                        index += 1;
                    }
                    words
                };
                &WORDS
            };

            fn word(self) -> &'static $crate::domain::choice::Word {
                match self {
                    Self::One(base) => $crate::domain::choice::Named::word(base),
                    Self::$Variant => &Self::WORDS[(Self::WORDS.len() - 1) * (1 - choices!(@before $place))],
                }
            }
        }

        impl ::serde::Serialize for $Choice {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::domain::choice::Named::name(*self))
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $Choice {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = <String as ::serde::Deserialize>::deserialize(deserializer)?;
                <Self as $crate::domain::choice::Named>::of_name(&name)
                    .ok_or_else(|| <D::Error as ::serde::de::Error>::custom(name))
            }
        }
    };
    (@before first) => { 1 };
    (@before last) => { 0 };
}

pub(crate) use choices;
