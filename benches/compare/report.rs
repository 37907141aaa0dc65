//! What was measured, and what could not be.

use serde::Serialize;

/// Everything of one run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// Floating-point operations of one task of a meta-iteration: 6 × weights × points, a multiplication and an addition
    /// for each weight and point, forward, backward and for the gradient. What biases, tanh, the loss and the updates
    /// take is not counted.
    pub operations_per_task: f64,
    /// One for each subject, whether it could be measured or not.
    pub rows: Vec<Row>,
    /// The paper's run in the open page.
    pub page: Option<Outcome<PageRun>>,
    /// What a visitor downloads.
    pub size: Option<Outcome<Size>>,
}

/// The machine, in words.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Machine {
    /// The processor.
    pub processor: String,
    /// Threads that it runs at once.
    pub threads: usize,
    /// The operating system and the kind of processor.
    pub system: String,
    /// The browser's name and version, where one was used.
    pub browser: Option<String>,
    /// Seconds since 1970.
    pub unix_time: u64,
}

/// A measurement, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It was measured.
    Measured(T),
    /// It could not be, or its results were wrong.
    Missing(String),
}

impl<T> Outcome<T> {
    /// What was measured.
    pub fn measured(&self) -> Option<&T> {
        match self {
            Self::Measured(value) => Some(value),
            Self::Missing(_) => None,
        }
    }

    /// Another figure from the same measurement.
    pub fn map<U>(&self, figure: impl FnOnce(&T) -> U) -> Outcome<U> {
        match self {
            Self::Measured(value) => Outcome::Measured(figure(value)),
            Self::Missing(reason) => Outcome::Missing(reason.clone()),
        }
    }
}

impl<T> From<Result<T, String>> for Outcome<T> {
    fn from(result: Result<T, String>) -> Self {
        result.map_or_else(Self::Missing, Self::Measured)
    }
}

/// What a row's rates count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// Meta-iterations of so many tasks.
    MetaIterations {
        /// Tasks of one, n.
        meta_batch: usize,
    },
    /// Floating-point operations: a limit of the machine.
    Operations,
}

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What other rows and the targets call it.
    pub key: String,
    /// Whose implementation.
    pub subject: String,
    /// On what, and where.
    pub place: String,
    /// What its rates count.
    pub quantity: Quantity,
    /// Cores in use, as far as that is known: the limit is that of one.
    pub cores: usize,
    /// The row that has the limit of one core here.
    pub limit: Option<&'static str>,
    /// The rows of ours that do the same work, and what to call each.
    pub ours: &'static [(&'static str, &'static str)],
    /// Rates per second, one a repetition; repetition i of all rows of a group was made at about the same time.
    pub rates: Outcome<Vec<f64>>,
}

/// The page's first visit, and the paper's 30,000 meta-iterations, from `start()` to the end, with every chart on the screen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PageRun {
    /// Meta-iterations of the run.
    pub meta_iterations: u64,
    /// Seconds, one a repetition.
    pub seconds: Vec<f64>,
    /// Tasks over 50 ms on the page's thread, as the browser counts them.
    pub long_tasks: Vec<usize>,
    /// The same without what each had to wait for a processor, which other programs had.
    pub long_tasks_without_waits: Vec<usize>,
    /// Frames drawn a second.
    pub frames_per_second: Vec<f64>,
    /// Milliseconds from the visit's begin until something is painted, with an empty cache.
    pub first_paint: f64,
    /// Milliseconds from the visit's begin until the engine can train.
    pub ready: f64,
}

/// What a visitor downloads.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Size {
    /// Each file that the first paint needs, and its bytes after compression.
    pub first_paint: Vec<(String, usize)>,
    /// Those that come on top of it before training runs on the CPU.
    pub engine: Vec<(String, usize)>,
    /// The others, each of which is fetched later, or in a browser with a GPU.
    pub later: Vec<(String, usize)>,
}

impl Size {
    /// All bytes of the first paint.
    pub fn of_first_paint(&self) -> usize {
        self.first_paint.iter().map(|(_, bytes)| bytes).sum()
    }

    /// All bytes until training runs on the CPU.
    pub fn of_training(&self) -> usize {
        self.of_first_paint() + self.engine.iter().map(|(_, bytes)| bytes).sum::<usize>()
    }
}

impl Report {
    /// The row of that key.
    pub fn row(&self, key: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Floating-point operations a second of a row.
    pub fn operations(&self, row: &Row) -> Option<f64> {
        let of_one = match row.quantity {
            Quantity::MetaIterations { meta_batch } => self.operations_per_task * meta_batch as f64,
            Quantity::Operations => 1.0,
        };
        Some(row.rate()? * of_one)
    }

    /// What part a row comes to of what its cores could do.
    pub fn share_of_limit(&self, row: &Row) -> Option<f64> {
        let limit = self.row(row.limit?)?.rate()? * row.cores as f64;
        Some(self.operations(row)? / limit)
    }

    /// How many times as fast as `under` the row `over` is: the median over the repetitions, each of which compares what
    /// was measured at about the same time.
    ///
    /// # Errors
    /// Why one of them was not measured.
    pub fn ratio(over: &Row, under: &Row) -> Result<f64, String> {
        let rates = |row: &Row| match &row.rates {
            Outcome::Measured(rates) => Ok(rates.clone()),
            Outcome::Missing(reason) => Err(format!("{}, {}: {reason}", row.subject, row.place)),
        };
        let pairs = rates(over)?.into_iter().zip(rates(under)?);
        Ok(median(&pairs.map(|(over, under)| over / under).collect::<Vec<_>>()))
    }

    /// Of the rows whose keys begin so, the fastest.
    pub fn fastest(&self, prefix: &str) -> Option<&Row> {
        let measured = self.rows.iter().filter(|row| row.key.starts_with(prefix) && row.rate().is_some());
        measured.max_by(|a, b| a.rate().unwrap_or_default().total_cmp(&b.rate().unwrap_or_default()))
    }
}

impl Row {
    /// Its median rate.
    pub fn rate(&self) -> Option<f64> {
        self.rates.measured().map(|rates| median(rates))
    }

    /// Meta-iterations a second, and tasks a second.
    pub fn speeds(&self) -> Option<(f64, f64)> {
        match self.quantity {
            Quantity::MetaIterations { meta_batch } => self.rate().map(|rate| (rate, rate * meta_batch as f64)),
            Quantity::Operations => None,
        }
    }
}

/// The middle of some numbers; not a number where there are none.
pub fn median(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => sorted[length / 2],
        length => f64::midpoint(sorted[length / 2 - 1], sorted[length / 2]),
    }
}
