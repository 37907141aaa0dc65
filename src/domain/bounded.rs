//! Serde form of lists that come from files: a list of more items than a program ever writes is refused before there is
//! memory for them.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Reads a list of `MOST` items at most.
///
/// # Errors
/// The deserializer's, or there are more.
pub fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>, const MOST: usize>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    struct Items<T, const MOST: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
            write!(formatter, "a list of {MOST} items at most")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = vec![];
            while let Some(item) = items.next_element()? {
                if list.len() == MOST {
                    return Err(A::Error::invalid_length(MOST + 1, &self));
                }
                list.push(item);
            }
            Ok(list)
        }
    }

    deserializer.deserialize_seq(Items::<T, MOST>(PhantomData))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Few(#[serde(deserialize_with = "super::list::<_, _, 3>")] Vec<u8>);

    #[test]
    fn as_many_as_allowed_are_read_and_no_more() {
        assert_eq!(postcard::from_bytes(&[3, 7, 8, 9]), Ok(Few(vec![7, 8, 9])));
        assert!(postcard::from_bytes::<Few>(&[4, 7, 8, 9, 10]).is_err());
        assert_eq!(serde_json::from_str::<Few>("[]").unwrap(), Few(vec![]));
        assert!(serde_json::from_str::<Few>("[1, 2, 3, 4]").is_err());
    }
}
