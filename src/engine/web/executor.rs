//! Executes the segments of an experiment: on workers that are started and terminated with it, or side by side on a GPU
//! of its own. The session goes on meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use crate::backend::choice::Preference;
use crate::backend::cpu_pool::unexpected_reply;
use crate::backend::gpu::deadlines::Deadlines;
use crate::domain::config::Config;
use crate::engine::experiments::{JobId, JobQueue};
use crate::engine::protocol::{Event, ExperimentCall, ExperimentId, Failure, NotOnGpu, Placement};
use crate::engine::web::gpu_openers::{GpuOpeners, ParallelGpu};
use crate::engine::web::gpu_probe;
use crate::engine::web::helper::{self, HelperChannel, now};
use crate::train::segment::RunSegment;

/// Gives the segments of the job queue to workers or to the GPU.
pub struct Executor {
    queue: RefCell<JobQueue>,
    /// Where the segments of the experiment are executed.
    location: Cell<Location>,
    /// The experiment's GPU; none while it executes segments.
    gpu: RefCell<Option<Box<dyn ParallelGpu>>>,
    /// Idle workers.
    idle: RefCell<Vec<HelperChannel>>,
    /// The number of all workers, idle or not.
    workers: Cell<u32>,
    post: fn(&Event),
    openers: Option<GpuOpeners>,
    deadlines: Deadlines,
}

#[derive(Clone, Copy, PartialEq)]
enum Location {
    /// Not decided yet: the GPU is being probed.
    Probing,
    Workers,
    Gpu,
}

impl Executor {
    /// An executor without workers that sends its events by `post`. It can use a GPU if it is given `openers`.
    #[must_use]
    pub fn new(post: fn(&Event), openers: Option<GpuOpeners>, deadlines: Deadlines) -> Rc<Self> {
        Rc::new(Self {
            queue: RefCell::default(),
            location: Cell::new(Location::Workers),
            gpu: RefCell::default(),
            idle: RefCell::default(),
            workers: Cell::new(0),
            post,
            openers,
            deadlines,
        })
    }

    /// Handles a call from the page.
    pub fn handle(self: &Rc<Self>, id: u32, call: ExperimentCall) {
        let before = self.queue.borrow().id();
        self.queue.borrow_mut().handle(id, call);
        let experiment = self.queue.borrow().id();
        if let Some(experiment) = experiment.filter(|_| experiment != before) {
            self.begin(experiment);
        }
        self.go_on();
    }

    /// Decides where a new experiment is executed.
    fn begin(self: &Rc<Self>, id: ExperimentId) {
        self.gpu.take();
        let queue = self.queue.borrow();
        let Some(preference) = queue.preference().filter(|preference| *preference != Preference::Cpu) else {
            return self.stay_on_workers(id, None);
        };
        match queue.side_by_side() {
            Some(runs) => {
                self.location.set(Location::Probing);
                spawn_local(Rc::clone(self).probe_gpu(id, runs, preference));
            }
            // The reason is reported only where the GPU was asked for.
            None => self.stay_on_workers(id, (preference == Preference::Gpu).then_some(NotOnGpu::Unlike)),
        }
    }

    fn stay_on_workers(&self, id: ExperimentId, why: Option<NotOnGpu>) {
        self.location.set(Location::Workers);
        let placement = Placement::Workers { count: helper::workers(), why };
        (self.post)(&Event::Placed { id, placement });
    }

    /// Moves an experiment to the GPU if there is one and its results are right; with [`Preference::Auto`], only if it
    /// is faster, too.
    async fn probe_gpu(self: Rc<Self>, id: ExperimentId, runs: Vec<Config>, preference: Preference) {
        let found = gpu_probe::open_gpu(self.openers, &runs, preference, &self.deadlines).await;
        if self.queue.borrow().id() != Some(id) {
            // Another experiment has replaced this one.
            return;
        }
        match found {
            Ok(gpu) => {
                self.location.set(Location::Gpu);
                let (adapter, most) = (gpu.adapter().to_owned(), gpu.most().min(runs.len()));
                (self.post)(&Event::Placed { id, placement: Placement::Gpu { adapter, most } });
                *self.gpu.borrow_mut() = Some(gpu);
            }
            Err(NotOnGpu::Failed(_)) if preference == Preference::Auto => self.stay_on_workers(id, None),
            Err(why) => self.stay_on_workers(id, Some(why)),
        }
        self.go_on();
    }

    /// Sends the queue's events, and gives the next segments to idle workers or to the GPU.
    fn go_on(self: &Rc<Self>) {
        self.queue.borrow_mut().take_events().iter().for_each(self.post);
        if self.queue.borrow().is_over() {
            let mut idle = self.idle.borrow_mut();
            self.workers.set(self.workers.get() - idle.len() as u32);
            idle.clear();
            self.gpu.take();
            self.location.set(Location::Workers);
            return;
        }
        match self.location.get() {
            Location::Probing => {}
            Location::Workers => self.go_on_workers(),
            Location::Gpu => self.go_on_gpu(),
        }
    }

    fn go_on_workers(self: &Rc<Self>) {
        let mut idle = self.idle.borrow_mut();
        let more = helper::channels(helper::workers().saturating_sub(self.workers.get()));
        self.workers.set(self.workers.get() + more.len() as u32);
        idle.extend(more);
        if self.workers.get() == 0 {
            let refused = Failure::Backend(helper::lost("the browser starts no worker"));
            drop(idle);
            self.queue.borrow_mut().cancel(refused);
            return self.queue.borrow_mut().take_events().iter().for_each(self.post);
        }
        while !idle.is_empty() {
            let Some((job, segment)) = self.queue.borrow_mut().next_segment() else { break };
            if let Some(channel) = idle.pop() {
                spawn_local(Rc::clone(self).work(channel, job, segment));
            }
        }
    }

    /// Executes a segment on a worker.
    async fn work(self: Rc<Self>, mut channel: HelperChannel, job: JobId, segment: RunSegment) {
        let result = channel.execute(segment).await;
        let is_lost = result.is_err();
        self.queue.borrow_mut().accept(job, result);
        if is_lost {
            drop(channel);
            self.workers.set(self.workers.get() - 1);
        } else {
            self.idle.borrow_mut().push(channel);
        }
        self.go_on();
    }

    fn go_on_gpu(self: &Rc<Self>) {
        let Some(gpu) = self.gpu.borrow_mut().take() else { return };
        let (jobs, segments) = self.queue.borrow_mut().next_segments(gpu.most());
        if segments.is_empty() {
            *self.gpu.borrow_mut() = Some(gpu);
        } else {
            spawn_local(Rc::clone(self).work_on_gpu(gpu, jobs, segments));
        }
    }

    /// Executes segments on the GPU, and passes each on to the queue as soon as it is measured. If the GPU fails, the
    /// workers take over, and execute again the segments that it has not completed.
    async fn work_on_gpu(self: Rc<Self>, mut gpu: Box<dyn ParallelGpu>, jobs: Vec<JobId>, segments: Vec<RunSegment>) {
        let experiment = self.queue.borrow().id();
        let trained = gpu.train(&segments, now).await;
        let mut loss = trained.as_ref().err().cloned();
        let (train_states, seconds) = trained.unwrap_or_default();
        let mut train_states = train_states.into_iter();
        for (job, segment) in jobs.into_iter().zip(segments) {
            let outcome = match (train_states.next(), &loss) {
                (Some(train_state), None) => segment.outcome(train_state, seconds, gpu.backend()).await,
                _ => Err(loss.clone().unwrap_or_else(unexpected_reply)),
            };
            loss = loss.or_else(|| outcome.as_ref().err().cloned());
            self.queue.borrow_mut().accept(job, outcome);
            self.queue.borrow_mut().take_events().iter().for_each(self.post);
            if self.queue.borrow().id() != experiment {
                break;
            }
        }
        if let Some(id) = experiment.filter(|_| self.queue.borrow().id() == experiment) {
            match loss {
                None => *self.gpu.borrow_mut() = Some(gpu),
                Some(error) => self.stay_on_workers(id, Some(NotOnGpu::Failed(error))),
            }
        }
        self.go_on();
    }
}
