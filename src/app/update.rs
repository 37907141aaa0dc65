//! The one way in which the page's state changes: [`App::update`], from a state and an action to the next state and what
//! follows from it for the engine and the browser.
//!
//! It is pure: it reads no clock, asks nobody and cannot fail. Whoever holds an [`App`] carries the [`Effect`]s out, in
//! their order.

use std::collections::BTreeMap;

use super::action::Action;
use super::appearance::Scheme;
use super::comparison::{Fill, MOST_CHARACTERS, SEEDS};
use super::draft::{self, Draft};
use super::field::{Coordinate, Field, to_value};
use super::link::LinkError;
use super::preview_input::Y_LIMIT;
use super::problem::Problem;
use super::state::{Document, PageState, Panel, SPEED, ViewOptions, is_chart_name};
use super::undo::Undo;
use super::views;
use crate::backend::choice::Preference;
use crate::domain::config::Config;
use crate::domain::config::error::ConfigError;
use crate::domain::pace::Pace;
use crate::domain::task::Task;
use crate::i18n::Locale;

/// The page without a DOM: its state, what is being typed, what went wrong, and the way back.
#[derive(Clone, Debug)]
pub struct App {
    state: PageState,
    drafts: BTreeMap<String, Draft>,
    problem: Option<Problem>,
    undo: Undo<Document>,
}

/// What follows from an action: a request to the engine or to the browser.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the engine of another Config, task, shots or views, at the next frame.
    Synchronise,
    /// Have the engine do something with the run at hand.
    Engine(EngineRequest),
    /// Start another engine.
    Restart,
    /// Fetch the pretrained θ that stands in for the present run's, and go on from it.
    SkipAhead,
    /// Forget the points of the branch that was left last.
    ForgetBranch,
    /// Run the evaluation protocol.
    Evaluate,
    /// Give up the evaluation, and every other measurement that was requested.
    CancelRequests,
    /// Run the comparison.
    Compare,
    /// Have the comparison wait, or go on.
    PauseComparison(bool),
    /// Give the comparison up.
    CancelComparison,
    /// Go on with the run of a slot.
    UseRun(usize),
    /// Begin the search.
    Search,
    /// Have the search wait, or go on.
    PauseSearch(bool),
    /// Give the search up.
    CancelSearch,
    /// Take over a combination of the search.
    UseCandidate(usize),
    /// Have the texts of the chosen language ready, and remember it for the next visit.
    Speak(Locale),
    /// Remember the colours for the next visit.
    RememberScheme(Scheme),
    /// Show a moment of the run, and train up to it first where that is necessary.
    Reach {
        /// Which.
        moment: u64,
        /// One whose θ is kept for comparison before.
        kept: Option<u64>,
    },
    /// Read a file, and do with it what is usual with what is in it.
    LoadFile {
        /// Its name.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
}

/// What the engine is to do with the run at hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EngineRequest {
    /// Train.
    Train,
    /// Take over the θ of the run before.
    Continue,
    /// Stop training.
    Pause,
    /// Make so many meta-iterations.
    Step(u64),
    /// Begin again.
    Reset,
    /// Go back to the best θ.
    Recall,
    /// Train at this pace.
    SetPace(Pace),
    /// Show a moment of the run; none is the present one.
    GoTo(Option<u64>),
    /// Keep the θ that is shown for comparison, or let go of the one that is kept.
    Keep(bool),
    /// Change the backend; one that cannot be had leaves the one before.
    UseBackend {
        /// The wanted one.
        preference: Preference,
        /// The one before.
        before: Preference,
    },
    /// Measure gradient alignment along the run, or no longer.
    WatchAlignment(bool),
}

/// The kind of an edit of the document: edits of the same kind in quick succession are undone together.
type EditKind = String;

impl App {
    /// The page with a state, of which nothing can be undone.
    #[must_use]
    pub fn new(state: PageState) -> Self {
        Self { state, drafts: BTreeMap::new(), problem: None, undo: Undo::default() }
    }

    /// The state.
    #[must_use]
    pub fn state(&self) -> &PageState {
        &self.state
    }

    /// Texts being typed that have not entered the document, by the key of their field.
    #[must_use]
    pub fn drafts(&self) -> &BTreeMap<String, Draft> {
        &self.drafts
    }

    /// Something that a person should know.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        self.problem.as_ref()
    }

    /// Whether there is something to undo, and to redo.
    #[must_use]
    pub fn can_undo(&self) -> (bool, bool) {
        (self.undo.can_undo(), self.undo.can_redo())
    }

    /// Whether a run may begin: no field holds a refused text.
    ///
    /// # Errors
    /// Why the text of one is refused.
    pub fn is_allowed(&self) -> Result<(), ConfigError> {
        self.fault().and_then(|draft| draft.error.clone()).map_or(Ok(()), Err)
    }

    /// The first text that is refused.
    #[must_use]
    pub fn fault(&self) -> Option<&Draft> {
        self.drafts.values().find(|draft| draft.error.is_some())
    }

    /// Shows a problem until it is dismissed: for what no action leads to.
    pub fn report(&mut self, problem: Problem) {
        self.problem = Some(problem);
    }

    /// Puts the Config back that the engine has, where it refused `refused`; a later edit stays.
    pub fn put_back(&mut self, refused: &Config, accepted: Config) {
        if self.state.document.config == *refused {
            self.state.document.config = accepted;
        }
    }

    /// Puts the preference for a backend back, where the one that was asked for cannot be had, unless another has been
    /// chosen meanwhile.
    pub fn put_back_preference(&mut self, asked: Preference, before: Preference) {
        if self.state.engine.preference == asked {
            self.state.engine.preference = before;
        }
    }

    /// Does what a person did at a time, in milliseconds; says what follows from it.
    pub fn update(&mut self, action: Action, now: f64) -> Vec<Effect> {
        let before = self.state.document.clone();
        let asked = (views::wanted(&self.state), self.state.view.replayed.is_some());
        let was_allowed = self.is_allowed().is_ok();
        let mut effects = vec![];
        let kind = self.apply(action, &mut effects);
        let document = &mut self.state.document;
        // A text that nobody can see would block every run.
        self.drafts.retain(|_, draft| draft.field.is_offered(document));
        // The shown task follows a distribution that leaves it no choice.
        if let Some(task) = document.preview.following(&document.config) {
            document.preview.choose(task);
        }
        let is_another = document.config != before.config || document.preview != before.preview;
        if is_another || asked != (views::wanted(&self.state), self.state.view.replayed.is_some()) {
            effects.insert(0, Effect::Synchronise);
        }
        if let Some(kind) = kind
            && self.state.document != before
        {
            self.undo.record(&kind, now, before);
        }
        // The text that blocked a run is right.
        if !was_allowed && matches!(self.problem, Some(Problem::Blocked(_))) && self.is_allowed().is_ok() {
            self.problem = None;
        }
        effects
    }

    /// Changes the state; the kind of the edit, if the document is what changed and undo is to know.
    fn apply(&mut self, action: Action, effects: &mut Vec<Effect>) -> Option<EditKind> {
        let trains = self.state.document.config.algorithm.trains();
        match action {
            Action::Train | Action::TrainAgain | Action::Step { .. } if !trains => {}
            Action::Train => {
                self.forget_engines_problem();
                self.begin(effects, [Effect::Engine(EngineRequest::Train)]);
            }
            Action::TrainAgain => {
                self.forget_engines_problem();
                self.begin(effects, [EngineRequest::Reset, EngineRequest::Train].map(Effect::Engine));
            }
            Action::ContinueFromTheta => effects.push(Effect::Engine(EngineRequest::Continue)),
            Action::Step { count } => self.begin(effects, [Effect::Engine(EngineRequest::Step(count.max(1)))]),
            // Without runs there is nothing to begin.
            Action::Compare if self.state.document.comparison.runs.is_empty() => {}
            Action::Compare => self.begin(effects, [Effect::Compare]),
            Action::Search => self.begin(effects, [Effect::Search]),
            Action::Pause => effects.push(Effect::Engine(EngineRequest::Pause)),
            Action::Reset => {
                self.forget_engines_problem();
                effects.push(Effect::Engine(EngineRequest::Reset));
            }
            Action::Recall => {
                self.problem = None;
                effects.push(Effect::Engine(EngineRequest::Recall));
            }
            Action::Restart => effects.push(Effect::Restart),
            Action::SkipAhead => effects.push(Effect::SkipAhead),
            Action::LoadFile { name, bytes } => effects.push(Effect::LoadFile { name, bytes }),
            Action::ForgetBranch => effects.push(Effect::ForgetBranch),
            Action::Evaluate => effects.push(Effect::Evaluate),
            Action::CancelEvaluation => effects.push(Effect::CancelRequests),
            Action::PauseComparison { paused } => effects.push(Effect::PauseComparison(paused)),
            Action::CancelComparison => effects.push(Effect::CancelComparison),
            Action::UseRun { slot } => effects.push(Effect::UseRun(slot)),
            Action::PauseSearch { paused } => effects.push(Effect::PauseSearch(paused)),
            Action::CancelSearch => effects.push(Effect::CancelSearch),
            Action::UseCandidate { candidate } => effects.push(Effect::UseCandidate(candidate)),
            Action::ChoosePace { pace } => {
                let (least, most) = SPEED;
                let pace = match pace {
                    Pace::PerSecond(speed) if speed.is_nan() => Pace::Fastest,
                    Pace::PerSecond(speed) => Pace::PerSecond(speed.clamp(least, most)),
                    Pace::Fastest | Pace::Watch => pace,
                };
                self.state.engine.speed = pace;
                effects.push(Effect::Engine(EngineRequest::SetPace(pace)));
            }
            Action::GoTo { iteration } => effects.push(Effect::Engine(EngineRequest::GoTo(iteration))),
            Action::Keep { on } => effects.push(Effect::Engine(EngineRequest::Keep(on))),
            Action::UseBackend { preference } => {
                let before = std::mem::replace(&mut self.state.engine.preference, preference);
                effects.push(Effect::Engine(EngineRequest::UseBackend { preference, before }));
            }
            Action::ChooseLanguage { locale } => {
                self.state.appearance.locale = locale;
                effects.push(Effect::Speak(locale));
            }
            Action::ChooseScheme { scheme } => {
                self.state.appearance.scheme = scheme;
                effects.push(Effect::RememberScheme(scheme));
            }
            Action::Dismiss => self.problem = None,
            Action::Undo => self.go(Undo::undo),
            Action::Redo => self.go(Undo::redo),
            Action::View(change) => self.state.view.change(change),
            Action::OpenLarge { chart } if chart.as_deref().is_none_or(is_chart_name) => self.state.view.large = chart,
            Action::OpenLarge { .. } => {}
            Action::OpenPanel { panel, open } => self.open(panel, open, effects),
            Action::Type { field, text } => self.set_draft(field, text),
            Action::Discard { field } => self.discard(field),
            Action::Open { state, moment, kept } => {
                return self.show(*state, moment.map(|moment| Effect::Reach { moment, kept }), effects);
            }
            Action::TurnTo { lesson, page } => {
                let before = self.state.view.clone();
                (self.state.view.lesson, self.state.view.lesson_page) = (lesson, page);
                if self.state.check().is_err() {
                    self.state.view = before;
                }
            }
            edit => return self.edit(edit),
        }
        None
    }

    /// What the engine could not do was of the run as it was.
    fn forget_engines_problem(&mut self) {
        if matches!(self.problem, Some(Problem::Engine(_))) {
            self.problem = None;
        }
    }

    /// Shows another page, and then reaches a moment of its run if there is one to reach. Undo goes back to the document of this one.
    fn show(&mut self, state: PageState, reach: Option<Effect>, effects: &mut Vec<Effect>) -> Option<EditKind> {
        if let Err(error) = state.check() {
            self.problem = Some(Problem::Link(LinkError::State(error)));
            return None;
        }
        let scheme = self.state.appearance.scheme;
        let before = std::mem::replace(&mut self.state, state);
        self.state.appearance.scheme = scheme;
        self.drafts.clear();
        self.problem = None;
        let PageState { view, engine, appearance, .. } = &self.state;
        if appearance.locale != before.appearance.locale {
            effects.push(Effect::Speak(appearance.locale));
        }
        if engine.speed != before.engine.speed {
            effects.push(Effect::Engine(EngineRequest::SetPace(engine.speed)));
        }
        if engine.preference != before.engine.preference {
            let (preference, before) = (engine.preference, before.engine.preference);
            effects.push(Effect::Engine(EngineRequest::UseBackend { preference, before }));
        }
        let watches = |view: &ViewOptions| view.panels.contains(&Panel::Alignment);
        if watches(view) != watches(&before.view) {
            effects.push(Effect::Engine(EngineRequest::WatchAlignment(watches(view))));
        }
        effects.extend(reach);
        Some("open".to_owned())
    }

    /// Changes the document; the kind of the edit.
    fn edit(&mut self, action: Action) -> Option<EditKind> {
        let document = &mut self.state.document;
        let kind = match action {
            Action::Set { path, value } => {
                let done = document.set(path, value);
                return self.accept(done).then(|| path.to_owned());
            }
            Action::ChooseAlgorithm { algorithm } => {
                if algorithm != document.config.algorithm {
                    let config = document.config.with_algorithm(algorithm);
                    self.replace(config);
                }
                "config".to_owned()
            }
            Action::ChoosePreset { preset } => {
                let config = Config { seed: document.config.seed, ..preset.config() };
                self.replace(config);
                "config".to_owned()
            }
            Action::LoadConfig { config } => {
                match config.checked() {
                    Ok(config) => self.replace(config),
                    Err(error) => self.problem = Some(Problem::Blocked(error)),
                }
                "config".to_owned()
            }
            Action::Import { name, text } => {
                match Config::from_json(&text) {
                    Ok(config) => self.replace(config),
                    Err(error) => self.problem = Some(Problem::Import { name, error }),
                }
                "config".to_owned()
            }
            Action::Enter { field, text } => {
                // What the field shows already may have lost digits; it is no wish for another number.
                if text.trim() == draft::show(&field.value(document)) {
                    self.discard(field);
                    return None;
                }
                let done = field.enter(document, &text);
                return self.entered(field, done, text);
            }
            Action::Adjust { field, number } => {
                let value = to_value(number);
                let text = draft::show(&value);
                let done = field.write(document, value);
                return self.entered(field, done, text);
            }
            preview => return self.edit_preview(preview),
        };
        Some(kind)
    }

    fn edit_preview(&mut self, action: Action) -> Option<EditKind> {
        let Document { config, preview, .. } = &mut self.state.document;
        let kind = match action {
            Action::ShowTask { task } => {
                preview.choose(bounded(task));
                "task".to_owned()
            }
            Action::ShowRandomTask => {
                preview.choose_random(config);
                "random task".to_owned()
            }
            Action::Resample => {
                preview.resample();
                "resample".to_owned()
            }
            Action::RemoveShots => {
                preview.remove_all();
                "remove all".to_owned()
            }
            Action::AddShot { point } => {
                let is_added = match point {
                    Some(point) => preview.add(config, point),
                    None => preview.add_in_gap(config),
                };
                if !is_added {
                    self.problem = Some(Problem::TooManyShots);
                }
                "add shot".to_owned()
            }
            Action::PlaceShots { points } => {
                if !preview.place(config, points) {
                    self.problem = Some(Problem::TooManyShots);
                }
                "place shots".to_owned()
            }
            Action::MoveShot { index, point } => {
                preview.move_to(config, index, point);
                format!("move shot {index}")
            }
            Action::RemoveShot { index } => {
                preview.remove(config, index);
                "remove shot".to_owned()
            }
            Action::Stroke { stroke, from, to } => {
                preview.stroke(config, from, to);
                format!("draw {stroke}")
            }
            Action::Bend { x, by } => {
                let [low, high] = config.tasks.x.map(|end| end as f32);
                if !x.is_nan() && !by.is_nan() {
                    preview.bend(config, x.clamp(low, high), by.clamp(-Y_LIMIT, Y_LIMIT));
                }
                "bend".to_owned()
            }
            plan => return self.edit_plans(plan),
        };
        Some(kind)
    }

    /// Changes what is to be compared or searched.
    fn edit_plans(&mut self, action: Action) -> Option<EditKind> {
        let Document { config, comparison, search, .. } = &mut self.state.document;
        let kind = match action {
            Action::AddRun => {
                comparison.add(config.clone());
                "add run"
            }
            Action::FillRuns { fill } => {
                comparison.fill(fill.configs(config));
                comparison.own_length |= fill == Fill::Published;
                "fill runs"
            }
            Action::PlanComparison { runs, budget, seeds } => {
                comparison.fill(runs.into_iter().filter_map(|run| run.checked().ok()).collect());
                if SEEDS.contains(&seeds) {
                    comparison.seeds = seeds;
                }
                if let Some((unit, amount)) = budget {
                    comparison.choose_unit(unit);
                    comparison.amounts[unit as usize] = unit.clamped(amount);
                }
                "plan comparison"
            }
            Action::RenameRun { slot, name } => {
                let name = name.trim().chars().take(MOST_CHARACTERS).collect();
                comparison.change(slot, |run| run.name = name);
                "rename run"
            }
            Action::ToggleRun { slot } => {
                comparison.change(slot, |run| run.is_hidden ^= true);
                "hide run"
            }
            Action::DeleteRun { slot } => {
                comparison.delete(slot);
                "delete run"
            }
            Action::ChooseUnit { unit } => {
                comparison.choose_unit(unit);
                "comparison budget"
            }
            Action::ChooseOwnLength => {
                comparison.own_length = true;
                "comparison budget"
            }
            Action::ChooseSeeds { seeds } => {
                if SEEDS.contains(&seeds) {
                    comparison.seeds = seeds;
                }
                "comparison seeds"
            }
            Action::SortRuns { column } => {
                comparison.sort_by(column);
                "sort runs"
            }
            Action::ChooseAxis { index, path } => {
                search.choose_axis(config, index, path.as_deref());
                // Drafts of a range that is gone would block every run.
                self.drafts.retain(|key, _| !key.starts_with("search."));
                "search axis"
            }
            Action::ChooseSpacing { index, logarithmic } => {
                if let Some(Some(axis)) = search.axes.get_mut(index) {
                    axis.choose_spacing(logarithmic);
                }
                "search spacing"
            }
            Action::ChooseMethod { random } => {
                search.is_random = random;
                "search method"
            }
            Action::ChooseSearchUnit { unit } => {
                search.choose_unit(unit);
                self.drafts.remove(super::labels::SEARCH_BUDGET);
                "search budget"
            }
            // Everything else has been done before.
            _ => return None,
        };
        Some(kind.to_owned())
    }

    /// Begins something that trains, unless a field holds a refused text.
    fn begin<const N: usize>(&mut self, effects: &mut Vec<Effect>, following: [Effect; N]) {
        match self.is_allowed() {
            Ok(()) => effects.extend(following),
            Err(error) => self.problem = Some(Problem::Blocked(error)),
        }
    }

    /// Whether an edit was done; a refused one is told.
    fn accept(&mut self, done: Result<(), ConfigError>) -> bool {
        match done {
            Ok(()) => true,
            Err(error) => {
                self.problem = Some(Problem::Blocked(error));
                false
            }
        }
    }

    /// Replaces the whole Config: what was being typed was meant for another one.
    fn replace(&mut self, config: Config) {
        if self.state.document.config != config {
            self.drafts.clear();
            self.state.document.config = config;
        }
    }

    /// After a number was taken over, its text is of no more use; one that was refused stays, with what is wrong with it.
    fn entered(&mut self, field: Field, done: Result<(), ConfigError>, text: String) -> Option<EditKind> {
        let key = field.key(&self.state.document);
        match done {
            Ok(()) => {
                self.drafts.remove(&key);
                Some(match field {
                    Field::Config { path, .. } => path.to_owned(),
                    Field::Shots => "eval.shots".to_owned(),
                    Field::Task(_) => "task".to_owned(),
                    Field::Amount(_) | Field::Search(_) => key,
                })
            }
            Err(error) => {
                self.drafts.insert(key, Draft { field, text, error: Some(error) });
                None
            }
        }
    }

    /// Notes what is being typed, and whether it would be taken.
    fn set_draft(&mut self, field: Field, text: String) {
        let error = field.enter(&mut self.state.document.clone(), &text).err();
        self.drafts.insert(field.key(&self.state.document), Draft { field, text, error });
    }

    fn discard(&mut self, field: Field) {
        self.drafts.remove(&field.key(&self.state.document));
    }

    fn open(&mut self, panel: Panel, open: bool, effects: &mut Vec<Effect>) {
        let panels = &mut self.state.view.panels;
        match (panels.binary_search(&panel), open) {
            (Ok(index), false) => {
                panels.remove(index);
                // It may be in this panel, and what cannot be seen must not cover the page.
                self.state.view.large = None;
            }
            (Err(index), true) => panels.insert(index, panel),
            _ => return,
        }
        if panel == Panel::Alignment {
            effects.push(Effect::Engine(EngineRequest::WatchAlignment(open)));
        }
    }

    /// Goes back or forward over the document's states.
    fn go(&mut self, way: impl FnOnce(&mut Undo<Document>, Document) -> Option<Document>) {
        if let Some(document) = way(&mut self.undo, self.state.document.clone()) {
            self.drafts.clear();
            self.state.document = document;
        }
    }
}

/// The same task within the plane of all tasks.
fn bounded(task: Task) -> Task {
    Coordinate::ALL.into_iter().fold(task, |task, coordinate| {
        let (min, max) = coordinate.range();
        let value = coordinate.of(&task);
        coordinate.with(task, if value.is_nan() { min as f32 } else { value.clamp(min as f32, max as f32) })
    })
}
