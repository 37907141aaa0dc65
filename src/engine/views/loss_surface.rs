//! The loss of the shown task around θ: φ of it and of another task span the plane.

use super::job::{Origin, ViewJob, in_pieces};
use crate::backend::cpu::Simd;
use crate::backend::kernel_backend::Kernel;
use crate::backend::{Backend, Pending};
use crate::domain::adaptation::mean_squared_error;
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::loss_surface::{LossSurface, Region, SIDE};
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::parameter_plane::{ParameterPlane, Projected};
use crate::domain::task;
use crate::domain::task::curve::TrueCurve;
use crate::domain::task::sampling;
use crate::engine::protocol::ViewResult;

/// The other task is this random one of the distribution: no “Random task” is as late.
const OTHER: u64 = 1 << 32;

/// The surface in the making.
pub struct Job {
    origin: Origin,
    kernel: Simd,
    optimizer: Optimizer,
    grid: Vec<f32>,
    truth: Vec<f32>,
    /// The shots of the shown task and of the other one, x and y.
    shots: [(Vec<f32>, Vec<f32>); 2],
    stage: Stage,
}

enum Stage {
    /// The paths that are walked, and the one under way.
    Paths(Vec<Path>, Walk),
    /// The plane, and the surface so far.
    Surface(ParameterPlane, Box<LossSurface>),
    /// There is no plane.
    Nothing,
}

/// θ, and φ after each step, in the flat layout.
type Path = Vec<Vec<f32>>;

/// A path under way.
struct Walk {
    /// In the kernel's layout.
    phi: Vec<f32>,
    state: Moments,
    path: Path,
}

impl Job {
    pub fn new(origin: &Origin, curve: &TrueCurve, shots: &[[f32; 2]]) -> Self {
        let config = &origin.config;
        let grid = task::grid(&config.tasks);
        let other = TrueCurve::Task(task::shown_task(&config.tasks, config.seed, OTHER));
        let of_other = sampling::shots(&config.tasks, config.seed, &other, config.eval.shots, OTHER);
        let columns = |shots: &[[f32; 2]]| shots.iter().map(|&[x, y]| (x, y)).unzip();
        let mut job = Self {
            kernel: Simd::new(&Network::new(&config.model)),
            optimizer: config.eval.optimizer(&config.inner),
            truth: curve.values(&grid),
            grid,
            shots: [columns(shots), columns(&of_other)],
            stage: Stage::Nothing,
            origin: origin.clone(),
        };
        if !shots.is_empty() {
            job.stage = Stage::Paths(vec![], job.walk());
        }
        job
    }

    /// A path that begins at θ.
    fn walk(&self) -> Walk {
        let phi = self.kernel.pack(&self.origin.theta);
        Walk { state: self.optimizer.fresh(phi.len()), phi, path: vec![self.origin.theta.to_vec()] }
    }

    /// The loss on the grid at parameters in the flat layout.
    fn loss(&mut self, parameters: &[f32]) -> f64 {
        let mut predictions = Vec::with_capacity(self.grid.len());
        self.kernel.predict(&self.kernel.pack(parameters), &self.grid, &mut predictions);
        mean_squared_error(&predictions, &self.truth)
    }

    /// The plane through θ and the ends of the two paths, with nothing of its surface.
    fn plane(&mut self, [path, other]: [&[Vec<f32>]; 2]) -> Option<Stage> {
        let plane = ParameterPlane::through(&self.origin.theta, path.last()?, other.last()?)?;
        let project = |path: &[Vec<f32>]| path.iter().map(|phi| plane.project(phi)).collect::<Vec<_>>();
        let (places, others) = (project(path), project(other));
        let region = Region::around(places.iter().chain(&others).map(|Projected { place, .. }| *place));
        let path_loss = path.iter().map(|phi| self.loss(phi)).collect();
        let learning_rate = self.origin.config.eval.learning_rate;
        let surface = LossSurface { region, loss: vec![], path: places, other: others, path_loss, learning_rate };
        Some(Stage::Surface(plane, Box::new(surface)))
    }

    /// The next piece of work; whether it was the last one.
    fn piece(&mut self) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Nothing) {
            Stage::Paths(mut paths, mut walk) => {
                let (x, y) = &self.shots[paths.len()];
                self.kernel.inner_steps(&mut walk.phi, (x, y), x.len(), &self.optimizer, &mut walk.state);
                walk.path.push(self.kernel.unpack(&walk.phi));
                if walk.path.len() > self.origin.config.eval.steps {
                    paths.push(walk.path);
                    walk = self.walk();
                }
                self.stage = match &paths[..] {
                    [path, other] => self.plane([path, other]).unwrap_or(Stage::Nothing),
                    _ => Stage::Paths(paths, walk),
                };
                false
            }
            Stage::Surface(plane, mut surface) => {
                let number = surface.loss.len();
                let place = surface.region.place(number % SIDE, number / SIDE);
                surface.loss.push(self.loss(&plane.point(place)) as f32);
                let is_last = surface.loss.len() == SIDE * SIDE;
                self.stage = Stage::Surface(plane, surface);
                is_last
            }
            Stage::Nothing => true,
        }
    }
}

impl ViewJob for Job {
    fn work<'a>(&'a mut self, _backend: &'a mut dyn Backend, until: f64, clock: fn() -> f64) -> Pending<'a, bool> {
        in_pieces(|| self.piece(), until, clock)
    }

    fn result(self: Box<Self>) -> ViewResult {
        ViewResult::LossSurface(match self.stage {
            Stage::Surface(_, surface) => Some(*surface),
            Stage::Paths(..) | Stage::Nothing => None,
        })
    }
}
