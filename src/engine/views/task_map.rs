//! The task map: its tasks are adapted by the run's backend, many at a time.

use super::job::{Origin, ViewJob};
use crate::backend::{Backend, BackendError, BackendKind, Pending};
use crate::domain::few_shot::FewShotTasks;
use crate::domain::task_map::{TaskMap, TaskMapSpec};
use crate::engine::protocol::ViewResult;

/// Tasks of the first batch, before any time has been measured.
const FIRST: usize = 16;
/// A batch grows at most by this factor from one to the next.
const GROWTH: usize = 4;
/// What a batch on a GPU may take, in milliseconds: a dispatch and its result take some of a slice however few tasks it has.
const DISPATCH: f64 = 20.0;

/// The map in the making.
pub struct Job {
    origin: Origin,
    tasks: FewShotTasks,
    map: TaskMap,
    /// Most tasks of the next batch.
    most: usize,
    /// Milliseconds that a task of the last one took.
    of_task: f64,
}

impl Job {
    pub fn new(origin: &Origin, spec: &TaskMapSpec) -> Self {
        let config = &*origin.config;
        let map = TaskMap { spec: spec.clone(), shots: config.eval.shots, mse: Vec::with_capacity(spec.len()) };
        Self { tasks: spec.tasks(config, config.seed), map, most: FIRST, of_task: 0.0, origin: origin.clone() }
    }

    /// Goes on until about this time; whether the map is complete.
    async fn go_on(&mut self, backend: &mut dyn Backend, until: f64, clock: fn() -> f64) -> Result<bool, BackendError> {
        loop {
            let begun = clock();
            let allowed = if backend.kind() == BackendKind::Gpu { DISPATCH } else { until - begun };
            let count = ((allowed / self.of_task) as usize).clamp(1, self.most);
            let done = self.map.mse.len();
            let range = done..(done + count).min(self.tasks.len());
            let predictions = backend.adapt(Some(&self.origin.theta), &self.tasks.adaptations(range.clone())).await?;
            self.map.mse.extend(self.tasks.errors(range.clone(), &predictions));
            if range.end == self.tasks.len() {
                return Ok(true);
            }
            let ended = clock();
            self.of_task = (ended - begun) / range.len() as f64;
            self.most = GROWTH * range.len();
            if ended >= until {
                return Ok(false);
            }
        }
    }
}

impl ViewJob for Job {
    fn work<'a>(&'a mut self, backend: &'a mut dyn Backend, until: f64, clock: fn() -> f64) -> Pending<'a, bool> {
        Box::pin(self.go_on(backend, until, clock))
    }

    fn result(self: Box<Self>) -> ViewResult {
        ViewResult::TaskMap(self.map)
    }
}
