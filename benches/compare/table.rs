//! The report as Markdown, to read in a terminal and to paste.

use crate::report::{Outcome, Quantity, Report, Row};
use crate::targets::{Bound, Target, Verdict, targets};

/// The whole of it.
pub fn markdown(report: &Report) -> String {
    let mut text = String::new();
    text += &machine(report);
    text += "\n\n";
    if !report.rows.is_empty() {
        text += &aligned(&speeds(report));
        let gigaflop = report.operations_per_task / 1e9;
        let note = format!(
            "\nGFLOP/s: {gigaflop:.5} GFLOP a task, 6 × weights × points. The limit is that of one core, times the cores \
             in use.\n\n"
        );
        text += &note;
    }
    let targets = targets(report);
    if !targets.is_empty() {
        text += &aligned(&verdicts(&targets));
    }
    text
}

fn machine(report: &Report) -> String {
    let machine = &report.machine;
    let browser = machine.browser.as_ref().map_or_else(String::new, |browser| format!(", {browser}"));
    format!("Measured on: {}, {} threads, {}{browser}.", machine.processor, machine.threads, machine.system)
}

fn speeds(report: &Report) -> Vec<[String; 8]> {
    let head = ["", "where", "n", "meta-iterations/s", "tasks/s", "GFLOP/s", "of the limit", "Reptile Lab is"]
        .map(String::from);
    std::iter::once(head).chain(report.rows.iter().map(|row| line(report, row))).collect()
}

fn line(report: &Report, row: &Row) -> [String; 8] {
    let n = match row.quantity {
        Quantity::MetaIterations { meta_batch } => meta_batch.to_string(),
        Quantity::Operations => String::new(),
    };
    let (subject, place) = (row.subject.clone(), row.place.clone());
    if let Outcome::Missing(reason) = &row.rates {
        let reason = format!("not measured: {}", one_line(reason));
        return [subject, place, n, reason, String::new(), String::new(), String::new(), String::new()];
    }
    let speed = |figure: Option<f64>| figure.map_or_else(String::new, number);
    let speeds = row.speeds();
    let share = report.share_of_limit(row).map_or_else(String::new, |share| format!("{} %", number(100.0 * share)));
    let faster = row.ours.iter().filter_map(|(key, name)| {
        let ratio = Report::ratio(report.row(key)?, row).ok()?;
        Some(format!("{} ×{name}", number(ratio)))
    });
    let faster = faster.collect::<Vec<_>>().join(", ");
    let gigaflops = report.operations(row).map(|operations| operations / 1e9);
    [subject, place, n, speed(speeds.map(|s| s.0)), speed(speeds.map(|s| s.1)), speed(gigaflops), share, faster]
}

fn verdicts(targets: &[Target]) -> Vec<[String; 4]> {
    let head = ["", "measured", "wanted", ""].map(String::from);
    let bound = |bound: Bound, unit| match bound {
        Bound::AtLeast(least) => format!("≥ {least} {unit}").trim_end().to_owned(),
        Bound::Below(bound) => format!("< {bound} {unit}").trim_end().to_owned(),
    };
    let lines = targets.iter().map(|target| {
        let measured = match &target.value {
            Outcome::Measured(value) => format!("{} {}", number(*value), target.unit).trim_end().to_owned(),
            Outcome::Missing(reason) => format!("not measured: {}", one_line(reason)),
        };
        let wanted = target.wanted.map(|wanted| bound(wanted, target.unit));
        let goal = target.goal.map(|goal| format!("goal {}", bound(goal, target.unit)));
        let verdict = match target.verdict() {
            Verdict::Goal => "met, goal too",
            Verdict::Met => "met",
            Verdict::NotMet if target.wanted.is_none() => "goal not met",
            Verdict::NotMet => "**not met**",
            Verdict::Unknown => "unknown",
            Verdict::NoTarget => "",
        };
        let verdict =
            if target.wanted.is_none() { verdict.replace("met, goal too", "goal met") } else { verdict.into() };
        [target.what.clone(), measured, wanted.into_iter().chain(goal).collect::<Vec<_>>().join(", "), verdict]
    });
    std::iter::once(head).chain(lines).collect()
}

/// Three significant digits or all before the point, thousands set apart; five places after it at most.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::from("?");
    }
    let decimals = match value.abs() {
        0.0 => 0,
        size => (2 - size.log10().floor() as i32).clamp(0, 5) as usize,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped}.{fraction}"))
}

/// What fits into a cell.
fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "/");
    if line.chars().count() > 160 { line.chars().take(159).chain(['…']).collect() } else { line }
}

/// A Markdown table whose columns line up in a terminal as well; the first line is the head.
fn aligned<const N: usize>(lines: &[[String; N]]) -> String {
    // A long reason does not widen its column for all.
    const WIDEST: usize = 60;
    let length = |cell: &String| cell.chars().count();
    let widths: [usize; N] = std::array::from_fn(|column| {
        lines.iter().map(|line| length(&line[column])).filter(|&width| width <= WIDEST).max().unwrap_or(0).max(3)
    });
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        for (cell, width) in line.iter().zip(widths) {
            let padding = " ".repeat(width.saturating_sub(length(cell)));
            text.extend(["| ", cell, &padding, " "]);
        }
        text += "|\n";
        if index == 0 {
            text += &widths.map(|width| format!("|{}", "-".repeat(width + 2))).concat();
            text += "|\n";
        }
    }
    text
}
