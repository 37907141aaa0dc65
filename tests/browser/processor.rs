//! When the page's thread waited for a processor, by the kernel's account: time that is not the page's.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The account is read this often.
const EVERY: Duration = Duration::from_millis(5);

/// Writes down how long a thread has waited for a processor, again and again, until it is finished.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<AtomicBool>,
    notes: JoinHandle<Waits>,
}

/// Times of the clock, in milliseconds since 1970, each with the milliseconds that a thread had waited until then.
#[derive(Clone, Debug, Default)]
pub struct Waits(Vec<(f64, f64)>);

impl Watch {
    /// Watches the main thread of the busiest page of the browser that this driver drives. Where the kernel keeps no
    /// account there will be no waits.
    pub fn begin(driver: Option<u32>) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let page = driver.and_then(busiest_page);
        let notes = std::thread::spawn(move || {
            let mut notes = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                notes.extend(page.and_then(times).map(|(_, waited)| (now.as_secs_f64() * 1000.0, waited)));
                std::thread::sleep(EVERY);
            }
            Waits(notes)
        });
        Self { stop, notes }
    }

    /// What was written down.
    pub fn end(self) -> Waits {
        self.stop.store(true, Ordering::Relaxed);
        self.notes.join().unwrap_or_default()
    }
}

impl Waits {
    /// Milliseconds of waiting between two times of the clock.
    pub fn between(&self, begin: f64, end: f64) -> f64 {
        let before = self.0.iter().rev().find(|(time, _)| *time <= begin).or(self.0.first());
        let after = self.0.iter().find(|(time, _)| *time >= end).or(self.0.last());
        before.zip(after).map_or(0.0, |(before, after)| after.1 - before.1)
    }

    /// All of it.
    pub fn total(&self) -> f64 {
        self.between(f64::NEG_INFINITY, f64::INFINITY)
    }
}

/// The memory of the pages of the browser that this driver drives, workers included, in MiB.
pub fn memory_of_pages(driver: u32) -> Option<f64> {
    let kibibytes = pages(driver)?.into_iter().filter_map(|id| {
        let text = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss_Anon:"))?;
        line.trim().trim_end_matches(" kB").parse::<f64>().ok()
    });
    Some(kibibytes.sum::<f64>() / 1024.0)
}

/// The processes of a browser's pages.
fn pages(driver: u32) -> Option<Vec<u32>> {
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let ids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    Some(ids.filter(|&id| is_page(id) && descends(id, driver)).collect())
}

/// The process of a page that has used a processor most.
fn busiest_page(driver: u32) -> Option<u32> {
    let busy = pages(driver)?.into_iter().filter_map(|id| Some((id, times(id)?.0)));
    busy.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id)
}

fn is_page(id: u32) -> bool {
    // Chromium sets its arguments apart by zeros, or by spaces where it has renamed itself.
    let command = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let command = String::from_utf8_lossy(&command);
    // The browser's own, such as that of its address bar, are no page's.
    command.contains("--type=renderer") && !command.contains("--top-chrome-webui")
}

fn descends(id: u32, ancestor: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok());
    parent.is_some_and(|parent| parent == ancestor || (parent > 1 && descends(parent, ancestor)))
}

/// Milliseconds that a process's main thread was on a processor, and that it waited for one.
fn times(id: u32) -> Option<(f64, f64)> {
    let text = fs::read_to_string(format!("/proc/{id}/task/{id}/schedstat")).ok()?;
    let mut numbers = text.split_whitespace().map(|number| number.parse::<f64>().ok());
    Some((numbers.next()?? / 1e6, numbers.next()?? / 1e6))
}
