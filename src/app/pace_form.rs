//! A pace in documents: null is as fast as the machine can, a number is meta-iterations a second, `"watch"` is for people who
//! watch.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::pace::Pace;

const WATCH: &str = "watch";

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    PerSecond(f64),
    Word(String),
}

pub fn serialize<S: Serializer>(pace: &Pace, serializer: S) -> Result<S::Ok, S::Error> {
    let form = match pace {
        Pace::Fastest => None,
        Pace::PerSecond(number) => Some(Form::PerSecond(*number)),
        Pace::Watch => Some(Form::Word(WATCH.to_owned())),
    };
    form.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Pace, D::Error> {
    match Option::deserialize(deserializer)? {
        None => Ok(Pace::Fastest),
        Some(Form::PerSecond(number)) => Ok(Pace::PerSecond(number)),
        Some(Form::Word(word)) if word == WATCH => Ok(Pace::Watch),
        Some(Form::Word(_)) => Err(D::Error::custom("speed: allowed are null, a number and \"watch\"")),
    }
}
