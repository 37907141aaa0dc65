//! Whoever is measured, and measuring them in turns.

use std::future::Future;
use std::pin::Pin;

use crate::report::{Outcome, Row};

/// A future that stays on its thread.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + 'a>>;

/// Someone who does the work of a row.
pub trait Contender {
    /// Works for about `seconds`, and tells how much of it a second was done.
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64>;
}

/// A row to be, and who does its work; or why nobody does.
pub struct Entry {
    /// Its rates are not known yet.
    pub row: Row,
    /// Made ready, and found to do the right work.
    pub contender: Result<Box<dyn Contender>, String>,
}

/// How long, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Seconds of one measurement.
    pub seconds: f64,
    /// Measurements of each row.
    pub repetitions: usize,
}

impl Pace {
    /// For figures to quote.
    pub const THOROUGH: Self = Self { seconds: 1.5, repetitions: 5 };
    /// For a look.
    pub const QUICK: Self = Self { seconds: 0.5, repetitions: 3 };
}

/// Measures all in turns, A B C A B C …: a machine that becomes slower does so for everyone.
pub async fn measure(entries: Vec<Entry>, pace: Pace) -> Vec<Row> {
    let mut rated: Vec<(Entry, Vec<f64>)> = entries.into_iter().map(|entry| (entry, Vec::new())).collect();
    // The first turn warms everyone up and counts for none.
    for turn in 0..=pace.repetitions {
        eprintln!("turn {turn} of {}", pace.repetitions);
        for (entry, rates) in &mut rated {
            let Ok(contender) = &mut entry.contender else { continue };
            match contender.rate(pace.seconds).await {
                Ok(rate) if turn > 0 => rates.push(rate),
                Ok(_) => {}
                Err(error) => entry.contender = Err(error),
            }
        }
    }
    let rows = rated.into_iter().map(|(entry, rates)| {
        let rates = match entry.contender {
            Ok(_) => Outcome::Measured(rates),
            Err(reason) => Outcome::Missing(reason),
        };
        Row { rates, ..entry.row }
    });
    rows.collect()
}

/// Repetitions for the next measurement, from what one took: near `wanted` seconds, and never eight times as many.
pub fn next_count(count: u64, seconds: f64, wanted: f64) -> u64 {
    ((count as f64 * (wanted / seconds).min(8.0)) as u64).max(1)
}
