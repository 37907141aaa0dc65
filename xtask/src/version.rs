//! Version numbers, as programs print them.

use std::fmt;

/// A version of three numbers; those that a program leaves out are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Changes when everything may.
    pub major: u32,
    /// Below 1.0, changes when everything may.
    pub minor: u32,
    /// Changes when errors are corrected.
    pub patch: u32,
}

impl Version {
    /// The version of these numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// The first version in a text such as `trunk 0.21.14` or `Chromium 140.0.1.2 built on Debian`.
    pub fn find(text: &str) -> Option<Self> {
        text.split_whitespace().find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let word = word.strip_prefix('v').unwrap_or(word);
        let numbers = word.split(['-', '+', '~']).next()?;
        let mut parts = numbers.split('.').map(str::parse);
        let major = parts.next()?.ok()?;
        let minor = parts.next().unwrap_or(Ok(0)).ok()?;
        let patch = parts.next().unwrap_or(Ok(0)).ok()?;
        Some(Self { major, minor, patch })
    }

    /// Whether this one does for someone who asks for `wanted` and takes later patches of it.
    pub fn serves_for(self, wanted: Self) -> bool {
        (self.major, self.minor) == (wanted.major, wanted.minor) && self.patch >= wanted.patch
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        let cases = [
            ("trunk 0.21.14\n", Some(Version::new(0, 21, 14))),
            ("wasm-bindgen 0.2.130 (a1b2c3)", Some(Version::new(0, 2, 130))),
            ("wasm-opt version 132 (version_132)", Some(Version::new(132, 0, 0))),
            ("Chromium 140.0.7339.80 built on Debian GNU/Linux 12 (bookworm)", Some(Version::new(140, 0, 7339))),
            ("  Candidate: 120-4", Some(Version::new(120, 0, 0))),
            ("  Candidate: (none)", None),
            ("v1.2.3-rc.1", Some(Version::new(1, 2, 3))),
            ("", None),
        ];
        for (text, version) in cases {
            assert_eq!(Version::find(text), version, "{text}");
        }
    }

    #[test]
    fn later_patches_serve_and_nothing_else_does() {
        let wanted = Version::new(0, 21, 14);
        assert!(wanted.serves_for(wanted));
        assert!(Version::new(0, 21, 15).serves_for(wanted));
        assert!(!Version::new(0, 21, 13).serves_for(wanted));
        assert!(!Version::new(0, 22, 14).serves_for(wanted));
        assert!(!Version::new(1, 21, 14).serves_for(wanted));
    }
}
