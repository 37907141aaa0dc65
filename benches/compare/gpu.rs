//! The native GPU benchmark's lines.

use serde::Deserialize;

use crate::report::{Outcome, Quantity, Row};

/// One line: a measurement, or why there is none.
#[derive(Deserialize)]
struct Line {
    adapter: Option<String>,
    #[serde(default)]
    driver: String,
    #[serde(default)]
    backend: String,
    meta_batch: Option<usize>,
    meta_iterations_per_second: Option<f64>,
    kernel_tasks_per_second: Option<f64>,
    reason: Option<String>,
}

/// The rows of what `cargo bench --bench gpu` has printed; lines that are not JSON are none of it.
pub fn rows(output: &str) -> Vec<Row> {
    let lines = output.lines().filter_map(|line| serde_json::from_str::<Line>(line).ok());
    let rows: Vec<Row> = lines.flat_map(|line| of_line(&line)).collect();
    if rows.is_empty() { vec![missing("the benchmark printed no figures")] } else { rows }
}

/// The row of a machine on which nothing was measured.
pub fn missing(reason: &str) -> Row {
    row("native.gpu", String::from("native, GPU"), 1, Outcome::Missing(reason.to_owned()))
}

fn of_line(line: &Line) -> Vec<Row> {
    let (Some(adapter), Some(meta_batch), Some(rate)) =
        (&line.adapter, line.meta_batch, line.meta_iterations_per_second)
    else {
        return vec![missing(line.reason.as_deref().unwrap_or("no adapter"))];
    };
    let place = format!("native, {adapter} ({}, {})", line.driver, line.backend);
    let whole = row(&format!("native.gpu.{meta_batch}"), place.clone(), meta_batch, Outcome::Measured(vec![rate]));
    let kernel = line.kernel_tasks_per_second.map(|tasks| {
        let rates = Outcome::Measured(vec![tasks / meta_batch as f64]);
        row(&format!("native.gpu-kernels.{meta_batch}"), format!("{place}, kernels alone"), meta_batch, rates)
    });
    std::iter::once(whole).chain(kernel).collect()
}

fn row(key: &str, place: String, meta_batch: usize, rates: Outcome<Vec<f64>>) -> Row {
    let quantity = Quantity::MetaIterations { meta_batch };
    Row {
        key: key.to_owned(),
        subject: String::from("Reptile Lab"),
        place,
        quantity,
        cores: 1,
        limit: None,
        ours: &[],
        rates,
    }
}
