//! The shown task: its adaptation from θ, from the random start and from the θ that is kept for comparison, made anew
//! whenever one of them changes.

use crate::backend::{Backend, BackendError};
use crate::domain::adaptation::{Adaptations, mean_squared_error, reported_steps};
use crate::domain::config::Config;
use crate::domain::task;
use crate::domain::task::curve::TrueCurve;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Adapted, Moment, Pinned, PreviewResult};

/// Time between two previews at least, in milliseconds: a display's frame.
const FRAME: f64 = 16.0;
/// The same where training goes on as fast as it can on every processor: the page's drawing keeps all workers waiting.
pub const BUSY_FRAME: f64 = 250.0;
/// Previews take at most one part in so many of the time.
const SHARE: f64 = 6.0;

/// What is shown, and how fresh its preview is.
#[derive(Default)]
pub struct Preview {
    input: Option<(TrueCurve, Vec<[f32; 2]>)>,
    /// Whether it has the predictions after every gradient step.
    has_every_step: bool,
    /// The meta-iteration of the last preview; none once input, Config or θ have changed other than by training.
    previewed: Option<u64>,
    /// The adaptation from the random start, which training does not change.
    random: Option<Adapted>,
    /// The θ that is kept for comparison.
    pinned: Option<Moment>,
    /// The adaptation from it, which training does not change either.
    of_pinned: Option<Adapted>,
    /// When the next preview may be made.
    next: f64,
}

impl Preview {
    /// Shows another curve and other shots.
    pub fn show(&mut self, curve: TrueCurve, shots: Vec<[f32; 2]>) {
        self.input = Some((curve, shots));
        self.invalidate();
    }

    /// Has the predictions after every gradient step from now on, or only some of them.
    pub fn predict_every_step(&mut self, on: bool) {
        if self.has_every_step != on {
            self.has_every_step = on;
            self.invalidate();
        }
    }

    /// Keeps another θ for comparison from now on, or none.
    pub fn pin(&mut self, moment: Option<Moment>) {
        self.pinned = moment;
        self.invalidate();
    }

    /// Marks the preview as out of date.
    pub fn invalidate(&mut self) {
        self.previewed = None;
        (self.random, self.of_pinned) = (None, None);
        self.next = 0.0;
    }

    /// Whether a preview is wanted, now or soon, of θ at this meta-iteration.
    pub fn is_stale(&self, iteration: u64) -> bool {
        self.input.is_some() && self.previewed != Some(iteration)
    }

    /// Whether to make a preview now.
    pub fn is_due(&self, now: f64, iteration: u64) -> bool {
        self.is_stale(iteration) && now >= self.next
    }

    /// Notes how long the preview took, and whether drawing takes time from training.
    pub fn note_time(&mut self, begun: f64, ended: f64, is_busy: bool) {
        let frame = if is_busy { BUSY_FRAME } else { FRAME };
        self.next = begun + frame.max(SHARE * (ended - begun));
    }

    /// The preview of what is shown, if something is, at a past moment's θ, or at the backend's, which is of `iteration`.
    pub async fn make(
        &mut self,
        config: &Config,
        backend: &mut dyn Backend,
        start: &[f32],
        past: Option<&TrainState>,
        iteration: u64,
    ) -> Result<Option<PreviewResult>, BackendError> {
        let Some((curve, shots)) = self.input.clone() else { return Ok(None) };
        let grid = task::grid(&config.tasks);
        let truth = curve.values(&grid);
        let record: Vec<usize> = (0..=config.eval.steps).collect();
        let adaptations = Adaptations::single(config.eval.optimizer(&config.inner), &shots, &grid, record);
        let steps = if self.has_every_step { adaptations.record.clone() } else { reported_steps(config.eval.steps) };
        let random = match self.random.take() {
            Some(random) => random,
            None => adapted(backend, Some(start), &adaptations, &truth, &steps).await?,
        };
        self.random = Some(random.clone());
        let mut pinned = None;
        if let Some(Moment { iteration, theta, .. }) = self.pinned.as_ref().filter(|it| it.model == config.model) {
            let adapted = match self.of_pinned.take() {
                Some(adapted) => adapted,
                None => adapted(backend, Some(theta), &adaptations, &truth, &steps).await?,
            };
            self.of_pinned = Some(adapted.clone());
            pinned = Some(Pinned { iteration: *iteration, adapted });
        }
        let iteration = past.map_or(iteration, |past| past.iteration);
        let theta = adapted(backend, past.map(|past| past.theta.as_slice()), &adaptations, &truth, &steps).await?;
        self.previewed = Some(iteration);
        Ok(Some(PreviewResult { iteration, curve, shots, grid, truth, theta, random, pinned }))
    }
}

async fn adapted(
    backend: &mut dyn Backend,
    theta: Option<&[f32]>,
    adaptations: &Adaptations,
    truth: &[f32],
    steps: &[usize],
) -> Result<Adapted, BackendError> {
    let predictions = backend.adapt(theta, adaptations).await?;
    let rows: Vec<&[f32]> = predictions.chunks_exact(truth.len()).collect();
    Ok(Adapted {
        mse: rows.iter().map(|row| mean_squared_error(row, truth)).collect(),
        predictions: steps.iter().map(|&step| rows[step].to_vec()).collect(),
        steps: steps.to_vec(),
    })
}
