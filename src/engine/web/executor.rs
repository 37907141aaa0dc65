//! Where a series goes: on workers, which start with it and end with it, or side by side on a GPU of its own. The engine
//! goes on beside them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use crate::engine::web::helper::{self, WorkerLine, now};
use crate::engine::protocol::{Event, Failure, NotSideBySide, Place, Preference, SeriesCommand};
use crate::engine::experiments::{Bench, Ticket};
use crate::engine::web::gpu_probe;
use crate::backend::cpu_pool::out_of_turn;
use crate::backend::gpu::parallel_runs::Runs;
use crate::backend::segment::Stretch;
use crate::domain::config::Config;

/// After so many losses of workers in a row a series is given up.
const MOST_LOSSES: u32 = 3;

/// The series and its workers.
pub struct Pool {
    bench: RefCell<Bench>,
    /// Where the series goes.
    site: Cell<Site>,
    /// The GPU of a series, while it has nothing to do.
    gpu: RefCell<Option<Runs>>,
    /// Workers that have nothing to do.
    resting: RefCell<Vec<WorkerLine>>,
    /// All workers.
    workers: Cell<u32>,
    /// Workers lost since one did its work.
    losses: Cell<u32>,
    post: fn(&Event),
}

#[derive(Clone, Copy, PartialEq)]
enum Site {
    /// Not known yet.
    Open,
    Workers,
    Gpu,
}

impl Pool {
    /// A pool without workers, that says what there is to say by `post`.
    #[must_use]
    pub fn new(post: fn(&Event)) -> Rc<Self> {
        Rc::new(Self {
            bench: RefCell::default(),
            site: Cell::new(Site::Workers),
            gpu: RefCell::default(),
            resting: RefCell::default(),
            workers: Cell::new(0),
            losses: Cell::new(0),
            post,
        })
    }

    /// Obeys a command of the page.
    pub fn answer(self: &Rc<Self>, id: u32, command: SeriesCommand) {
        let before = self.bench.borrow().number();
        self.bench.borrow_mut().answer(id, command);
        if self.bench.borrow().number() != before {
            self.begin();
        }
        self.go_on();
    }

    /// Decides where a new series goes.
    fn begin(self: &Rc<Self>) {
        self.gpu.take();
        let bench = self.bench.borrow();
        let Some(preference) = bench.preference().filter(|preference| *preference != Preference::Cpu) else {
            return self.stay_on_workers(None);
        };
        match bench.side_by_side() {
            Some(runs) => {
                self.site.set(Site::Open);
                spawn_local(Rc::clone(self).look_for_gpu(bench.number(), runs, preference));
            }
            // Who did not ask for it does not miss it.
            None => self.stay_on_workers((preference == Preference::Gpu).then_some(NotSideBySide::Unlike)),
        }
    }

    fn stay_on_workers(&self, why: Option<NotSideBySide>) {
        self.site.set(Site::Workers);
        (self.post)(&Event::SeriesAt(Place::Workers { count: helper::workers(), why }));
    }

    /// Has a series go on the GPU, if it can be had and is right; unasked, if it is faster.
    async fn look_for_gpu(self: Rc<Self>, number: u32, runs: Vec<Config>, preference: Preference) {
        let found = gpu_probe::open_gpu(&runs, preference).await;
        let bench = self.bench.borrow();
        if bench.number() != number || bench.preference().is_none() {
            // Nobody waits for it any more.
            return;
        }
        drop(bench);
        match found {
            Ok(gpu) => {
                self.site.set(Site::Gpu);
                let (adapter, most) = (gpu.adapter().to_owned(), gpu.most().min(runs.len()));
                (self.post)(&Event::SeriesAt(Place::Gpu { adapter, most }));
                *self.gpu.borrow_mut() = Some(gpu);
            }
            Err(NotSideBySide::Failed(_)) if preference == Preference::Auto => self.stay_on_workers(None),
            Err(why) => self.stay_on_workers(Some(why)),
        }
        self.go_on();
    }

    /// Says what there is to say, and gives the workers or the GPU something to do.
    fn go_on(self: &Rc<Self>) {
        self.bench.borrow_mut().take_events().iter().for_each(self.post);
        if self.bench.borrow().is_over() {
            let mut resting = self.resting.borrow_mut();
            self.workers.set(self.workers.get() - resting.len() as u32);
            resting.clear();
            self.gpu.take();
            self.site.set(Site::Workers);
            return;
        }
        match self.site.get() {
            Site::Open => {}
            Site::Workers => self.go_on_workers(),
            Site::Gpu => self.go_on_gpu(),
        }
    }

    fn go_on_workers(self: &Rc<Self>) {
        let mut resting = self.resting.borrow_mut();
        let more = helper::lines(helper::workers().saturating_sub(self.workers.get()));
        self.workers.set(self.workers.get() + more.len() as u32);
        resting.extend(more);
        while !resting.is_empty() {
            let Some((ticket, stretch)) = self.bench.borrow_mut().next_stretch() else { break };
            if let Some(line) = resting.pop() {
                spawn_local(Rc::clone(self).work(line, ticket, stretch));
            }
        }
    }

    /// Has a worker make a stretch.
    async fn work(self: Rc<Self>, mut line: WorkerLine, ticket: Ticket, stretch: Stretch) {
        let result = line.make(stretch).await;
        let loss = result.as_ref().err().cloned();
        self.bench.borrow_mut().accept(ticket, result);
        match loss {
            None => {
                self.losses.set(0);
                self.resting.borrow_mut().push(line);
            }
            Some(error) => {
                drop(line);
                self.workers.set(self.workers.get() - 1);
                self.losses.set(self.losses.get() + 1);
                if self.losses.get() >= MOST_LOSSES {
                    self.losses.set(0);
                    self.bench.borrow_mut().give_up(Failure::Backend(error));
                }
            }
        }
        self.go_on();
    }

    fn go_on_gpu(self: &Rc<Self>) {
        let Some(gpu) = self.gpu.borrow_mut().take() else { return };
        let (tickets, stretches) = self.bench.borrow_mut().next_stretches(gpu.most());
        if stretches.is_empty() {
            *self.gpu.borrow_mut() = Some(gpu);
        } else {
            spawn_local(Rc::clone(self).work_on_gpu(gpu, tickets, stretches));
        }
    }

    /// Has the GPU make stretches, and gives each back as soon as it is measured. One that fails is left for the workers,
    /// which make again what it has not given back.
    async fn work_on_gpu(self: Rc<Self>, mut gpu: Runs, tickets: Vec<Ticket>, stretches: Vec<Stretch>) {
        let number = self.bench.borrow().number();
        let trained = gpu.train(&stretches, now).await;
        let mut loss = trained.as_ref().err().cloned();
        let (learners, seconds) = trained.unwrap_or_default();
        let mut learners = learners.into_iter();
        for (ticket, stretch) in tickets.into_iter().zip(stretches) {
            let outcome = match (learners.next(), &loss) {
                (Some(learner), None) => gpu.measure(&stretch, learner, seconds).await,
                _ => Err(loss.clone().unwrap_or_else(out_of_turn)),
            };
            loss = loss.or_else(|| outcome.as_ref().err().cloned());
            self.bench.borrow_mut().accept(ticket, outcome);
            self.bench.borrow_mut().take_events().iter().for_each(self.post);
            if self.bench.borrow().number() != number {
                break;
            }
        }
        if self.bench.borrow().number() == number {
            match loss {
                None => *self.gpu.borrow_mut() = Some(gpu),
                Some(error) => self.stay_on_workers(Some(NotSideBySide::Failed(error))),
            }
        }
        self.go_on();
    }
}
