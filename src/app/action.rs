//! Everything that a person can do, as data: buttons, keys and scripts all dispatch actions.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::appearance::Scheme;
use super::comparison::{Column, Fill, Unit};
use super::field::Field;
use super::state::{PageState, Panel, ViewChange};
use crate::backend::choice::Preference;
use crate::domain::algorithm::Algorithm;
use crate::domain::config::preset::Preset;
use crate::domain::config::{Config, static_path};
use crate::domain::pace::Pace;
use crate::domain::task::Task;
use crate::i18n::Locale;

/// One thing that a person does.
///
/// Numbers out of their ranges, unknown run slots and the like are harmless: [`App::update`](super::update::App::update)
/// clamps, refuses or ignores them, and reports a problem where a person should know of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Train until the last meta-iteration. With no meta-training there is nothing to train: this and the next ones that
    /// train do nothing then.
    Train,
    /// Begin again from the random start, and train until the last meta-iteration.
    TrainAgain,
    /// Go on from the θ that other settings have trained, as the beginning of the present run.
    ContinueFromTheta,
    /// Stop training.
    Pause,
    /// Make so many meta-iterations.
    Step {
        /// How many.
        count: u64,
    },
    /// Begin again from the random start.
    Reset,
    /// Go back to the θ with the least held-out error so far.
    Recall,
    /// Start another engine in place of one that was lost.
    Restart,
    /// Load the pretrained θ of the present preset, or of the page's default.
    SkipAhead,
    /// Have runs go at another pace.
    ChoosePace {
        /// Which.
        pace: Pace,
    },
    /// Show a moment of the run.
    GoTo {
        /// The meta-iteration; none is the present one.
        iteration: Option<u64>,
    },
    /// Keep the θ that is shown for comparison in the charts, or let go of the one that is kept.
    Keep {
        /// Whether to keep one.
        on: bool,
    },
    /// Forget the branch of the run that was left last.
    ForgetBranch,
    /// Ask for a backend.
    UseBackend {
        /// Which.
        preference: Preference,
    },
    /// Run the evaluation protocol at the present θ.
    Evaluate,
    /// Give the evaluation up that is under way.
    CancelEvaluation,

    /// Change one field of the Config.
    Set {
        /// Its path in the document.
        #[serde(with = "static_path")]
        path: static_path::Path,
        /// Its new value.
        value: Value,
    },
    /// Go on by another algorithm, with that one's usual settings.
    ChooseAlgorithm {
        /// Which.
        algorithm: Algorithm,
    },
    /// Take a preset, with the present seed.
    ChoosePreset {
        /// Which.
        preset: Preset,
    },
    /// Replace the whole Config.
    LoadConfig {
        /// The new one.
        config: Box<Config>,
    },
    /// Replace the whole Config by the one of a file.
    Import {
        /// The file's name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// Open a file: settings, a θ, a session or lessons, whichever is in it.
    LoadFile {
        /// The file's name.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },

    /// Show another page, as a link or a lesson has it.
    Open {
        /// Its state; the colours stay.
        state: Box<PageState>,
        /// The moment of its run to train up to and to show; none where the engine shows what it is to show.
        moment: Option<u64>,
        /// One whose θ to keep for comparison before that.
        kept: Option<u64>,
    },

    /// Turn to a page of a lesson, which leaves everything else as it is.
    TurnTo {
        /// The lesson's name; none leaves the lesson.
        lesson: Option<String>,
        /// The page; 0 is the first.
        page: usize,
    },

    /// Type into a number field; the number is not taken over yet.
    Type {
        /// The field.
        field: Field,
        /// What stands in it now.
        text: String,
    },
    /// Take over what was typed into a number field.
    Enter {
        /// The field.
        field: Field,
        /// What stands in it.
        text: String,
    },
    /// Set a number by a slider or an arrow key.
    Adjust {
        /// The field.
        field: Field,
        /// The number.
        number: f64,
    },
    /// Forget what was typed into a number field, which has its last good value again.
    Discard {
        /// The field.
        field: Field,
    },

    /// Show a task.
    ShowTask {
        /// Which.
        task: Task,
    },
    /// Show a task drawn from the training distribution.
    ShowRandomTask,
    /// Draw other shots of the same task.
    Resample,
    /// Take all shots away.
    RemoveShots,
    /// Add a shot.
    AddShot {
        /// Where, x and y; none is on the true curve in the widest gap between shots.
        point: Option<[f32; 2]>,
    },
    /// Replace all shots.
    PlaceShots {
        /// The new ones, x and y, 200 at most.
        points: Vec<[f32; 2]>,
    },
    /// Move a shot.
    MoveShot {
        /// Its number.
        index: usize,
        /// Where to, x and y.
        point: [f32; 2],
    },
    /// Take a shot away.
    RemoveShot {
        /// Its number.
        index: usize,
    },
    /// Draw a straight part of the true curve by hand.
    Stroke {
        /// Which stroke it is a part of: each is undone by itself.
        stroke: u32,
        /// Where it begins, x and y.
        from: [f32; 2],
        /// Where it ends, x and y.
        to: [f32; 2],
    },
    /// Bend the true curve around a place.
    Bend {
        /// The place.
        x: f32,
        /// By how much, in units of y.
        by: f32,
    },

    /// Change what is shown.
    View(ViewChange),
    /// Open a chart large, over the page.
    OpenLarge {
        /// The chart's name; none closes the one that is large.
        chart: Option<String>,
    },
    /// Open or close a panel.
    OpenPanel {
        /// Which.
        panel: Panel,
        /// Whether it is to be open.
        open: bool,
    },

    /// Add the present Config to the comparison.
    AddRun,
    /// Replace the comparison's list.
    FillRuns {
        /// By what.
        fill: Fill,
    },
    /// Replace the comparison's list and budget, as scripts do.
    PlanComparison {
        /// The runs, at most six.
        runs: Vec<Config>,
        /// What they are given the same of, and how much; none is what was chosen before.
        budget: Option<(Unit, f64)>,
        /// Seeds of each run: 1, 3 or 5.
        seeds: usize,
    },
    /// Name a run of the comparison.
    RenameRun {
        /// Its colour slot.
        slot: usize,
        /// What it is called from now on; empty is what it differs in.
        name: String,
    },
    /// Show or hide a run of the comparison.
    ToggleRun {
        /// Its colour slot.
        slot: usize,
    },
    /// Take a run from the comparison.
    DeleteRun {
        /// Its colour slot.
        slot: usize,
    },
    /// Go on with a run of the comparison: its Config, and its θ where it was trained.
    UseRun {
        /// Its colour slot.
        slot: usize,
    },
    /// Choose what all runs are given the same of.
    ChooseUnit {
        /// What.
        unit: Unit,
    },
    /// Give each run of the comparison the length of its own settings.
    ChooseOwnLength,
    /// Choose with how many seeds each run is made.
    ChooseSeeds {
        /// 1, 3 or 5.
        seeds: usize,
    },
    /// Sort the comparison's table by a column; by the same one again, the other way round.
    SortRuns {
        /// Which.
        column: Column,
    },
    /// Run the comparison.
    Compare,
    /// Have the comparison wait, or go on.
    PauseComparison {
        /// Whether it is to wait.
        paused: bool,
    },
    /// Give the comparison up; what it has found stays.
    CancelComparison,

    /// Choose what a search varies.
    ChooseAxis {
        /// 0 is the first parameter, 1 the second.
        index: usize,
        /// The parameter's path; none, for the second, is no parameter.
        path: Option<String>,
    },
    /// Choose how the values of a searched parameter are spaced.
    ChooseSpacing {
        /// 0 is the first parameter, 1 the second.
        index: usize,
        /// Whether equal ratios are equally far apart.
        logarithmic: bool,
    },
    /// Choose between a grid and random combinations.
    ChooseMethod {
        /// Whether combinations are drawn.
        random: bool,
    },
    /// Choose what each run of a search is given.
    ChooseSearchUnit {
        /// What.
        unit: Unit,
    },
    /// Begin the search that is planned, around the present Config.
    Search,
    /// Have the search wait, or go on.
    PauseSearch {
        /// Whether it is to wait.
        paused: bool,
    },
    /// Give the search up; what it has found stays.
    CancelSearch,
    /// Take over the settings of a combination that a search has tried.
    UseCandidate {
        /// Its number.
        candidate: usize,
    },

    /// Speak another language.
    ChooseLanguage {
        /// Which.
        locale: Locale,
    },
    /// Use other colours.
    ChooseScheme {
        /// Which.
        scheme: Scheme,
    },
    /// Take a notice away.
    Dismiss,
    /// Undo the last change of run, task, shots, comparison or search plan.
    Undo,
    /// Redo what was undone last.
    Redo,
}
