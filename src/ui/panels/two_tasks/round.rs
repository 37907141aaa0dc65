//! The meta-iteration under way, on a private copy of θ: where it begins, what the engine made of it, and which stage is
//! shown, by hand or as a film.

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::app::problem::Problem;
use crate::app::two_tasks::{Film, Moment, Stage, steps};
use crate::domain::algorithm::Algorithm;
use crate::domain::config::Config;
use crate::domain::network::Network;
use crate::domain::outer_optimizer::OuterOptimizer;
use crate::domain::pair_surface::PairSurface;
use crate::domain::provenance::Provenance;
use crate::engine::protocol::{Failure, MakeView, ReadTheta, TraceTwoTasks, TwoTasks, ViewRequest, ViewResult};
use crate::ui::page::Page;
use crate::ui::shell::{browser, preferences};

/// ε where the run's own belongs to another outer update: large enough for a visible change of θ.
const STEP_SIZE: f64 = 0.25;

/// Which θ the first meta-iteration begins from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The one that the page shows.
    Shown,
    /// The random start of the run's seed.
    Random,
}

/// What a meta-iteration begins from: θ, the number whose tasks it draws, and ε.
#[derive(Clone, PartialEq)]
struct Beginning {
    theta: Vec<f32>,
    number: u64,
    step_size: f64,
}

/// The example under way, on a private copy of θ.
#[derive(Clone, Copy)]
pub struct Round {
    pub page: Page,
    /// Where the present meta-iteration begins.
    beginning: StoredValue<Option<Beginning>>,
    /// Which θ the first one begins from.
    pub start: RwSignal<Start>,
    /// What the present one has begun from, and meta-iterations of the run behind the copy and made here since.
    pub source: RwSignal<(Start, u64, u64)>,
    /// What has trained the copy.
    pub provenance: RwSignal<Provenance>,
    pub step_size: RwSignal<f64>,
    /// The engine's last result; there is one from the first answer on.
    pub two: RwSignal<Option<TwoTasks>>,
    /// The errors around its beginning.
    surface: RwSignal<Option<PairSurface>>,
    /// The number of the stage, of [`Stage::of`].
    pub number: RwSignal<usize>,
    /// How much of its motion is done.
    part: RwSignal<f64>,
    /// When the film that is played has begun, on the browser's clock; none while none is.
    begun: RwSignal<Option<f64>>,
    /// Whether the engine is computing it.
    asking: StoredValue<bool>,
}

/// Whether a run's outer update is the one shown here.
pub fn moves_plainly(config: &Config) -> bool {
    config.algorithm == Algorithm::Reptile && config.outer.optimizer == OuterOptimizer::Sgd
}

impl Round {
    pub fn new(page: Page) -> Self {
        Self {
            page,
            beginning: StoredValue::new(None),
            start: RwSignal::new(Start::Shown),
            source: RwSignal::new((Start::Shown, 0, 0)),
            provenance: RwSignal::new(Provenance::default()),
            step_size: RwSignal::new(STEP_SIZE),
            two: page.charts.two_tasks,
            surface: page.charts.pair_surface,
            number: page.charts.stage,
            part: page.charts.stage_part,
            begun: RwSignal::new(None),
            asking: StoredValue::new(false),
        }
    }

    /// Begins with a copy of the run's present θ or of its random start, and the tasks that come next in training: the same
    /// ones, so that the two can be compared.
    pub fn begin(self) {
        self.stop();
        let start = self.start.get_untracked();
        let (step_size, random) = self.page.run.config.with_untracked(|config| {
            let step_size = if moves_plainly(config) { config.outer.step_size.min(1.0) } else { STEP_SIZE };
            let random = || Network::new(&config.model).initial_theta(config.seed);
            (step_size, (start == Start::Random).then(random))
        });
        spawn_local(async move {
            let theta = match random {
                Some(theta) => Ok(theta),
                None => self.page.request(ReadTheta).await,
            };
            if let Ok(theta) = theta {
                let number = self.page.run.shown.get_untracked();
                self.source.set((start, number, 0));
                self.provenance.set(self.page.run.provenance.get_untracked());
                self.step_size.set(step_size);
                self.go_on(Beginning { theta, number, step_size });
            }
        });
    }

    /// Whether it began from a θ that was shown, where the page shows that of another moment by now.
    pub fn is_outdated(self) -> bool {
        let (start, number, _) = self.source.get();
        start == Start::Shown && number != self.page.run.shown.get()
    }

    /// Whether nothing has been done with it since it began.
    pub fn is_untouched(self) -> bool {
        let (.., moves) = self.source.get();
        self.number.get() == 0 && self.begun.with(Option::is_none) && moves == 0
    }

    /// Goes on with another meta-iteration, from its first stage.
    fn go_on(self, beginning: Beginning) {
        self.beginning.set_value(Some(beginning));
        self.number.set(0);
        self.surface.set(None);
        self.ask();
    }

    /// Requests the present meta-iteration from the engine, and the errors around where it begins. Changes that are made
    /// meanwhile are requested when it is done.
    fn ask(self) {
        let Some(wanted) = self.beginning.get_value() else { return };
        if self.asking.get_value() {
            return;
        }
        self.asking.set_value(true);
        spawn_local(async move {
            let Beginning { theta, number, step_size } = wanted.clone();
            let answer = self.page.request(TraceTwoTasks { theta: theta.clone(), number, step_size }).await;
            let is_known = answer.is_ok();
            self.take(answer, |two| self.two.set(Some(two)));
            if is_known && self.is_wanted(&wanted) && self.surface.with_untracked(Option::is_none) {
                let answer = self.page.request(MakeView { request: ViewRequest::PairSurface { theta, number } }).await;
                let begins_there = |now: &Option<Beginning>| {
                    now.as_ref().is_some_and(|now| now.number == number && now.theta == wanted.theta)
                };
                if self.beginning.with_value(begins_there) {
                    self.take(answer, |view| {
                        if let ViewResult::PairSurface(surface) = view {
                            self.surface.set(surface);
                        }
                    });
                }
            }
            self.asking.set_value(false);
            if !self.is_wanted(&wanted) {
                self.ask();
            }
        });
    }

    /// Takes an answer. A lost engine is reported elsewhere; a θ of another network is refused, and about to be replaced.
    fn take<T>(self, answer: Result<T, Failure>, keep: impl FnOnce(T)) {
        match answer {
            Ok(reply) => keep(reply),
            Err(Failure::NotOpen | Failure::Theta { .. } | Failure::Cancelled | Failure::Interrupted) => {}
            Err(failure) => self.page.report(Problem::Engine(failure)),
        }
    }

    fn is_wanted(self, wanted: &Beginning) -> bool {
        self.beginning.with_value(|beginning| beginning.as_ref() == Some(wanted))
    }

    pub fn change_step_size(self, step_size: f64) {
        self.step_size.set(step_size);
        self.beginning.update_value(|beginning| {
            if let Some(beginning) = beginning {
                beginning.step_size = step_size;
            }
        });
        self.ask();
    }

    /// Reads the meta-iteration and the stage.
    pub fn with<T>(self, read: impl FnOnce(&TwoTasks, Stage) -> T) -> T {
        self.two.with(|two| {
            let two = two.as_ref().expect("the figure is there from the first answer on");
            read(two, Stage::of(self.number.get(), steps(two)))
        })
    }

    pub fn stage(self) -> Stage {
        self.with(|_, stage| stage)
    }

    /// Shows a stage, whose motion is done.
    pub fn show(self, number: usize) {
        self.stop();
        self.number.set(number);
    }

    /// Goes to the next stage; after the last one, to the first stage with two other tasks.
    pub fn next(self) {
        self.stop();
        let next = self.two.with_untracked(|two| {
            let two = two.as_ref()?;
            let is_last = self.number.get_untracked() >= Stage::last(steps(two));
            is_last.then(|| Beginning {
                theta: two.theta.clone(),
                number: two.number + 1,
                step_size: self.step_size.get_untracked(),
            })
        });
        match next {
            Some(beginning) => {
                self.source.update(|(.., moves)| *moves += 1);
                self.go_on(beginning);
            }
            None => self.number.update(|number| *number += 1),
        }
    }

    pub fn back(self) {
        self.show(self.number.get_untracked().saturating_sub(1));
    }

    /// Whether the film is played, tracked.
    pub fn plays(self) -> bool {
        self.begun.with(Option::is_some)
    }

    /// Plays on from the stage that is shown; after the last one, the next meta-iteration.
    pub fn play(self) {
        let Some(film) = self.film() else { return };
        if self.number.get_untracked() >= Stage::last(film.steps) {
            self.next();
        }
        self.begun.set(Some(browser::now() - film.begin(self.number.get_untracked())));
        self.follow();
    }

    /// Stops the film where it is, with the present motion done.
    pub fn stop(self) {
        if self.begun.get_untracked().is_some() {
            self.begun.set(None);
        }
        if self.part.get_untracked() < 1.0 {
            self.part.set(1.0);
        }
    }

    fn film(self) -> Option<Film> {
        self.two.with_untracked(|two| two.as_ref().map(|two| Film { steps: steps(two) }))
    }

    /// Shows the moment that is due, at every frame until the last one.
    fn follow(self) {
        let (Some(begun), Some(film)) = (self.begun.get_untracked(), self.film()) else { return };
        let elapsed = browser::now() - begun;
        let moment = film.at(elapsed);
        let Moment { number, part } = if preferences::reduces_motion() { film.still(moment) } else { moment };
        if self.part.get_untracked() != part {
            self.part.set(part);
        }
        if self.number.get_untracked() != number {
            self.number.set(number);
        }
        if elapsed >= film.duration() {
            return self.stop();
        }
        request_animation_frame(move || self.follow());
    }
}
