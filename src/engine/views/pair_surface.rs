//! The losses of the two tasks of a meta-iteration around where it begins, which need not be the run's θ.

use std::vec::IntoIter;

use super::job::{Origin, ViewJob, in_pieces};
use crate::backend::cpu::Simd;
use crate::backend::kernel_backend::Kernel;
use crate::backend::{Backend, Pending};
use crate::domain::adaptation::mean_squared_error;
use crate::domain::algorithm::meta_batches::MetaBatches;
use crate::domain::inner_optimizer::Optimizer;
use crate::domain::loss_surface::{Region, SIDE};
use crate::domain::moments::Moments;
use crate::domain::network::Network;
use crate::domain::pair_surface::PairSurface;
use crate::domain::parameter_plane::{ParameterPlane, Projected};
use crate::domain::task;
use crate::engine::protocol::ViewResult;
use crate::engine::two_tasks::{plain, task_of};

/// The surface in the making.
pub struct Job {
    theta: Vec<f32>,
    kernel: Simd,
    optimizer: Optimizer,
    grid: Vec<f32>,
    tasks: [OfTask; 2],
    stage: Stage,
}

/// What is known of a task.
struct OfTask {
    truth: Vec<f32>,
    minibatches: Vec<Minibatch>,
}

/// x and y.
type Minibatch = (Vec<f32>, Vec<f32>);

enum Stage {
    /// The φ's so far, in the flat layout, and the walk to the next.
    Ends(Vec<Vec<f32>>, Walk),
    /// The same walks again, now that there is a plane to see each step in.
    Paths(ParameterPlane, Vec<Vec<Projected>>, Walk),
    /// The surface so far.
    Surface(ParameterPlane, Box<PairSurface>),
    /// There is no plane.
    Nothing,
}

/// An inner loop under way.
struct Walk {
    /// In the kernel's layout.
    phi: Vec<f32>,
    state: Moments,
    rest: IntoIter<Minibatch>,
}

impl Job {
    pub fn new(origin: &Origin, theta: &[f32], number: u64) -> Self {
        let config = plain(&origin.config, 0.0);
        let batches = MetaBatches::draw(&config, number, 0, 1);
        let grid = task::grid(&config.tasks);
        let tasks: Vec<OfTask> = batches
            .tasks_of(0)
            .map(|(index, (x, y))| {
                let task = task_of(&config, number, index);
                let minibatches = x.chunks(batches.batch).zip(y.chunks(batches.batch));
                OfTask {
                    truth: grid.iter().map(|&x| task.value(x)).collect(),
                    minibatches: minibatches.map(|(x, y)| (x.to_vec(), y.to_vec())).collect(),
                }
            })
            .collect();
        let kernel = Simd::new(&Network::new(&config.model));
        let (theta, optimizer, stage) = (theta.to_vec(), batches.optimizer, Stage::Nothing);
        let [first, second] = <[OfTask; 2]>::try_from(tasks).unwrap_or_else(|_| unreachable!("a meta-batch of two"));
        let mut job = Self { theta, kernel, optimizer, grid, tasks: [first, second], stage };
        job.stage = Stage::Ends(vec![], job.walk(0));
        job
    }

    /// The inner loop of a task, from θ.
    fn walk(&self, task: usize) -> Walk {
        let phi = self.kernel.pack(&self.theta);
        let rest = self.tasks[task].minibatches.clone().into_iter();
        Walk { state: self.optimizer.fresh(phi.len()), phi, rest }
    }

    /// Takes the next step of a walk; says whether there was one.
    fn step(&mut self, walk: &mut Walk) -> bool {
        let Some((x, y)) = walk.rest.next() else { return false };
        self.kernel.inner_steps(&mut walk.phi, (&x, &y), x.len(), &self.optimizer, &mut walk.state);
        true
    }

    /// The losses of both tasks at parameters in the flat layout.
    fn losses(&mut self, parameters: &[f32]) -> [f32; 2] {
        let mut predictions = Vec::with_capacity(self.grid.len());
        self.kernel.predict(&self.kernel.pack(parameters), &self.grid, &mut predictions);
        [0, 1].map(|task: usize| mean_squared_error(&predictions, &self.tasks[task].truth) as f32)
    }

    /// The plane through θ, the mean of the two φ's and φ₁, with the first walk to be seen in it.
    fn plane(&self, [first, second]: [&[f32]; 2]) -> Option<Stage> {
        let mean: Vec<f32> = first.iter().zip(second).map(|(a, b)| f32::midpoint(*a, *b)).collect();
        let plane = ParameterPlane::through(&self.theta, &mean, first)?;
        let theta = plane.project(&self.theta);
        Some(Stage::Paths(plane, vec![vec![theta]], self.walk(0)))
    }

    /// The next piece of work; whether it was the last one.
    fn piece(&mut self) -> bool {
        match std::mem::replace(&mut self.stage, Stage::Nothing) {
            Stage::Ends(mut ends, mut walk) => {
                if !self.step(&mut walk) {
                    ends.push(self.kernel.unpack(&walk.phi));
                    walk = self.walk(1);
                }
                self.stage = match &ends[..] {
                    [first, second] => self.plane([first, second]).unwrap_or(Stage::Nothing),
                    _ => Stage::Ends(ends, walk),
                };
                false
            }
            Stage::Paths(plane, mut paths, mut walk) => {
                if self.step(&mut walk) {
                    let seen = plane.project(&self.kernel.unpack(&walk.phi));
                    paths.iter_mut().rev().take(1).for_each(|path| path.push(seen));
                    self.stage = Stage::Paths(plane, paths, walk);
                    return false;
                }
                self.stage = match <[Vec<Projected>; 2]>::try_from(paths) {
                    Ok(paths) => {
                        let region = Region::around(paths.iter().flatten().map(|point| point.place));
                        Stage::Surface(plane, Box::new(PairSurface { region, loss: [vec![], vec![]], paths }))
                    }
                    Err(mut paths) => {
                        paths.push(vec![plane.project(&self.theta)]);
                        let walk = self.walk(1);
                        Stage::Paths(plane, paths, walk)
                    }
                };
                false
            }
            Stage::Surface(plane, mut surface) => {
                let number = surface.loss[0].len();
                let losses = self.losses(&plane.point(surface.region.place(number % SIDE, number / SIDE)));
                surface.loss.iter_mut().zip(losses).for_each(|(of_task, loss)| of_task.push(loss));
                self.stage = Stage::Surface(plane, surface);
                number + 1 == SIDE * SIDE
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
        ViewResult::PairSurface(match self.stage {
            Stage::Surface(_, surface) => Some(*surface),
            Stage::Ends(..) | Stage::Paths(..) | Stage::Nothing => None,
        })
    }
}
