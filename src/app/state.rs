//! What the page is: all that a person has made or chosen, and nothing that the engine has measured.
//!
//! A [`PageState`] can be written as a document and read back ([`PageState::to_json`], [`PageState::from_json`]); undo
//! restores its [`Document`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::appearance::{Appearance, Scheme};
use super::comparison::ComparisonPlan;
use super::part::Part;
use super::preview_input::PreviewInput;
use super::search::SearchPlan;
use super::state_error::{StateError, VERSION, within};
use crate::backend::choice::Preference;
use crate::domain::config::Config;
use crate::domain::config::error::{ConfigError, MOST_WORDS, clipped};
use crate::domain::config::parameters::parameter;
use crate::domain::config::preset::Preset;
use crate::domain::config::range::Range;
use crate::domain::config::text;
use crate::domain::pace::Pace;
use crate::domain::task::Task;
use crate::domain::wheel;
use crate::i18n::Locale;

/// The task of the first screen: large enough to be seen from the last row.
const FIRST_TASK: Task = Task::sinusoid(3.5, 1.0);
/// Most pages of a lesson.
pub const MOST_PAGES: usize = 40;
/// Most bytes of the name of a lesson.
pub const MOST_NAME: usize = 64;
/// The least and the greatest limit of speed, in meta-iterations a second, as the engine has them.
pub const SPEED: (f64, f64) = (0.01, 1e6);

/// No chart has a name of more letters.
const MOST_OF_NAME: usize = 32;

/// The page's state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageState {
    /// [`VERSION`].
    pub version: u32,
    /// What a person has made: undo goes back over it.
    pub document: Document,
    /// What is shown of it.
    pub view: ViewOptions,
    /// How it is computed.
    pub engine: EngineOptions,
    /// Language and colours.
    pub appearance: Appearance,
}

/// What a person has made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The run. Always valid: what a person types enters it only when it is.
    pub config: Config,
    /// The shown task and its shots.
    pub preview: PreviewInput,
    /// The runs that are compared, and their budget.
    pub comparison: ComparisonPlan,
    /// What a hyperparameter search is to do.
    pub search: SearchPlan,
}

/// What a person chose to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the page by itself")]
pub struct ViewOptions {
    /// The gradient steps whose predictions are drawn, ascending.
    pub steps: Vec<usize>,
    /// The gradient step that is replayed: its prediction stands out from the others. One beyond the last stands for that.
    pub replayed: Option<usize>,
    /// Whether the random start is drawn too.
    pub random_start: bool,
    /// Whether tasks of the distribution and their mean are drawn beside θ's own prediction, in place of adaptations.
    #[serde(default)]
    pub family: bool,
    /// Whether the pointer draws the true curve.
    pub drawing: bool,
    /// Whether charts can be heard.
    #[serde(default)]
    pub sound: bool,
    /// Whether the page is as a lecture hall needs it: the chart, the plane and the run, large.
    #[serde(default)]
    pub projector: bool,
    /// The error of every task in the picker's plane.
    #[serde(default)]
    pub task_map: MapOptions,
    /// The panels that are open, in the order of [`Panel::ALL`].
    pub panels: Vec<Panel>,
    /// The gradient step after which the comparison's chart has the errors; the last one, if it is not recorded.
    pub comparison_step: Option<usize>,
    /// The same of the search's chart.
    pub search_step: Option<usize>,
    /// The gradient steps of the task wheel: some of [`wheel::STEPS`].
    #[serde(default = "wheel_steps")]
    pub wheel_steps: usize,
    /// The hidden layer that is looked into; 0 is the first. None, or one that there is not, is the last.
    pub hidden_layer: Option<usize>,
    /// Whether the weights into it are shown by how far the adaptation has changed them.
    #[serde(default)]
    pub weight_changes: bool,
    /// The chart that is opened large, by the name that it has in the registry of charts. One that is not on the page, which
    /// may be about to come, leaves the page as it is.
    #[serde(default)]
    pub large: Option<String>,
    /// The parts that are hidden, in the order of [`Part::ALL`].
    #[serde(default)]
    pub hidden: Vec<Part>,
    /// The lesson that is open, by its name.
    #[serde(default)]
    pub lesson: Option<String>,
    /// The page of it; 0 is the first.
    #[serde(default)]
    pub lesson_page: usize,
}

/// What a person chose to see of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapOptions {
    /// Whether the picker's plane shows the error of every task.
    pub shown: bool,
    /// The gradient step after which it shows them; the last one, if it is not recorded.
    pub step: usize,
}

impl Default for MapOptions {
    /// Hidden; and after few enough steps to tell a good θ from a bad one.
    fn default() -> Self {
        Self { shown: false, step: 4 }
    }
}

/// A change of one view option. It has no effects outside the state, and undo leaves it alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum ViewChange {
    /// Show or hide the prediction after some gradient steps.
    ToggleStep {
        /// How many.
        step: usize,
    },
    /// Replay a gradient step, or none.
    Replay {
        /// After how many steps.
        step: Option<usize>,
    },
    /// Show or hide the random start.
    ToggleRandomStart,
    /// Show tasks of the distribution and their mean in place of adaptations, or adaptations again.
    ToggleFamily,
    /// Turn drawing the true curve with the pointer on or off.
    ToggleDrawing,
    /// Have charts be heard, or no longer.
    ToggleSound,
    /// Show the page as a lecture hall needs it, or all of it again.
    Project {
        /// Whether it is to be so.
        on: bool,
    },
    /// Show the error of every task in the picker's plane, or no longer.
    ToggleTaskMap,
    /// Choose the gradient step after which the picker's plane has the errors.
    ChooseTaskMapStep {
        /// The step; one that is not recorded stands for the last.
        step: usize,
    },
    /// Choose the gradient step after which the comparison's chart has the errors.
    ChooseComparisonStep {
        /// The step; one that is not recorded stands for the last.
        step: usize,
    },
    /// Choose the gradient step after which the search's chart has the errors.
    ChooseSearchStep {
        /// The step; one that is not recorded stands for the last.
        step: usize,
    },
    /// Choose the gradient steps of the task wheel.
    ChooseWheelSteps {
        /// How many.
        steps: usize,
    },
    /// Choose the hidden layer that is looked into.
    ChooseHiddenLayer {
        /// 0 is the first; one that there is not stands for the last.
        layer: usize,
    },
    /// Show the weights themselves, or how far the adaptation has changed them.
    ToggleWeightChanges,
}

impl ViewOptions {
    /// Applies a change. A gradient step that no evaluation has is ignored.
    pub(super) fn change(&mut self, change: ViewChange) {
        match change {
            // What is chosen in the family view's place is shown.
            ViewChange::ToggleStep { step } if self.family => {
                self.family = false;
                if !self.steps.contains(&step) {
                    self.change(ViewChange::ToggleStep { step });
                }
            }
            ViewChange::ToggleRandomStart if self.family => (self.family, self.random_start) = (false, true),
            ViewChange::ToggleStep { step } => match self.steps.binary_search(&step) {
                Ok(index) => {
                    self.steps.remove(index);
                }
                Err(index) if step <= most_steps() => self.steps.insert(index, step),
                Err(_) => {}
            },
            ViewChange::Replay { step } => {
                self.replayed = step.map(|step| step.min(most_steps()));
                self.family &= self.replayed.is_none();
            }
            ViewChange::ToggleRandomStart => self.random_start ^= true,
            ViewChange::ToggleFamily => {
                self.family ^= true;
                // One replaces the other in the same chart.
                self.replayed = self.replayed.filter(|_| !self.family);
            }
            ViewChange::ToggleDrawing => self.drawing ^= true,
            ViewChange::ToggleSound => self.sound ^= true,
            ViewChange::Project { on } => self.projector = on,
            ViewChange::ToggleTaskMap => self.task_map.shown ^= true,
            ViewChange::ChooseTaskMapStep { step } => self.task_map.step = step,
            ViewChange::ChooseComparisonStep { step } => self.comparison_step = Some(step),
            ViewChange::ChooseSearchStep { step } => self.search_step = Some(step),
            ViewChange::ChooseWheelSteps { steps } if wheel::STEPS.contains(&steps) => self.wheel_steps = steps,
            ViewChange::ChooseWheelSteps { .. } => {}
            ViewChange::ChooseHiddenLayer { layer } => self.hidden_layer = Some(layer),
            ViewChange::ToggleWeightChanges => self.weight_changes ^= true,
        }
    }
}

/// A collapsible panel, which is collapsed at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Panel {
    /// One meta-iteration on two tasks, step by step.
    TwoTasks,
    /// Inside the network, while it adapts.
    Inside,
    /// The loss of the shown task around θ.
    LossSurface,
    /// Gradient alignment along the run.
    Alignment,
    /// Where θ has been along the run.
    ThetaMap,
    /// Where φ lies around θ for tasks of every amplitude and phase.
    Wheel,
    /// Runs side by side.
    Comparison,
    /// The hyperparameter search.
    Search,
}

/// How it is computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineOptions {
    /// The backend asked for.
    pub preference: Preference,
    /// How fast a run goes that a person begins.
    #[serde(with = "super::pace_form")]
    pub speed: Pace,
}

impl Panel {
    /// Every panel, in the order of the page.
    pub const ALL: [Self; 8] = [
        Self::TwoTasks,
        Self::Inside,
        Self::LossSurface,
        Self::Alignment,
        Self::ThetaMap,
        Self::Wheel,
        Self::Comparison,
        Self::Search,
    ];

    /// Its name in styles and ids.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TwoTasks => "two-tasks",
            Self::Inside => "inside",
            Self::LossSurface => "loss-surface",
            Self::Alignment => "alignment",
            Self::ThetaMap => "theta-map",
            Self::Wheel => "wheel",
            Self::Comparison => "comparison",
            Self::Search => "search",
        }
    }
}

impl Document {
    /// A run of the page with its first task.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let (preview, search) = (PreviewInput::new(FIRST_TASK), SearchPlan::new(&config));
        Self { config, preview, comparison: ComparisonPlan::default(), search }
    }

    /// Changes one field of the Config. Another number of shots takes shots that were placed by hand away.
    ///
    /// # Errors
    /// The value is refused; nothing has changed then.
    pub fn set(&mut self, path: &str, value: Value) -> Result<(), ConfigError> {
        let shots = self.config.eval.shots;
        self.config.set(path, value)?;
        if self.config.eval.shots != shots {
            self.preview.placed = None;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), StateError> {
        let checked = |field, config: &Config| match config.clone().checked() {
            Ok(_) => Ok(()),
            Err(error) => Err(StateError::Config { field, error }),
        };
        checked("document.config", &self.config)?;
        self.comparison.runs.iter().try_for_each(|run| checked("document.comparison.runs", &run.config))?;
        self.preview.check()?;
        self.comparison.check()?;
        self.search.check()
    }
}

impl PageState {
    /// The page at its beginning: the `fast` preset and a task of its distribution.
    #[must_use]
    pub fn new(locale: Locale, scheme: Scheme) -> Self {
        Self {
            version: VERSION,
            document: Document::new(Preset::Fast.config()),
            view: ViewOptions {
                steps: vec![0, 1, 4, 32],
                replayed: None,
                random_start: true,
                family: false,
                drawing: false,
                sound: false,
                projector: false,
                task_map: MapOptions::default(),
                panels: vec![],
                comparison_step: None,
                search_step: None,
                wheel_steps: wheel_steps(),
                hidden_layer: None,
                weight_changes: false,
                large: None,
                hidden: vec![],
                lesson: None,
                lesson_page: 0,
            },
            engine: EngineOptions { preference: Preference::Auto, speed: Pace::Watch },
            appearance: Appearance { locale, scheme },
        }
    }

    /// Reads a state; everything in it is checked as strictly as a Config's document.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with the name of the field.
    pub fn from_json(document: &str) -> Result<Self, StateError> {
        let value = text::parse(document).map_err(|error| StateError::Form(error.to_string()))?;
        if let Some(found) = value.get("version").and_then(Value::as_u64).filter(|found| *found != u64::from(VERSION)) {
            return Err(StateError::Version(found.try_into().unwrap_or(u32::MAX)));
        }
        // A Config leaves nothing to its form: what is wrong with it is told as of any document.
        if let Some(config) = value.pointer("/document/config") {
            Config::from_value(config).map_err(|error| StateError::Config { field: "document.config", error })?;
        }
        // From its text, so that single-precision numbers are rounded once.
        let mut state: Self = serde_json::from_str(text::without_mark(document))
            .map_err(|error| StateError::Form(clipped(&error.to_string(), MOST_WORDS)))?;
        // Whoever writes a link or a lesson by hand names them as they come to mind.
        state.view.steps.sort_unstable();
        state.view.panels.sort_unstable();
        state.view.hidden.sort_unstable();
        state.check()?;
        Ok(state)
    }

    /// The state as a document that [`PageState::from_json`] reads.
    ///
    /// # Panics
    /// Never: every part of the state has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("a state has a JSON form")
    }

    /// Whether every value is one that the page can make.
    ///
    /// # Errors
    /// The first fault, with the name of the field.
    pub fn check(&self) -> Result<(), StateError> {
        if self.version != VERSION {
            return Err(StateError::Version(self.version));
        }
        self.document.check()?;
        let ViewOptions { steps, replayed, panels, wheel_steps, hidden, large, .. } = &self.view;
        let ascending = |steps: &[usize]| steps.windows(2).all(|pair| pair[0] < pair[1]);
        within(
            "view.steps",
            "gradient steps, each once",
            ascending(steps) && steps.iter().all(|step| *step <= most_steps()),
        )?;
        within("view.replayed", "a gradient step", replayed.is_none_or(|step| step <= most_steps()))?;
        within("view.panels", "panels, each once", panels.windows(2).all(|pair| pair[0] < pair[1]))?;
        within("view.hidden", "parts, each once", hidden.windows(2).all(|pair| pair[0] < pair[1]))?;
        let is_name = |name: &String| (1..=MOST_NAME).contains(&name.len());
        within("view.lesson", "1 to 64 characters", self.view.lesson.as_ref().is_none_or(is_name))?;
        within("view.lesson_page", "0 to 39", self.view.lesson_page < MOST_PAGES)?;
        within("view.wheel_steps", "1, 8, 32", wheel::STEPS.contains(wheel_steps))?;
        within("view.large", "the name of a chart", large.as_deref().is_none_or(is_chart_name))?;
        let (least, most) = SPEED;
        let is_allowed = match self.engine.speed {
            Pace::PerSecond(speed) => (least..=most).contains(&speed),
            Pace::Fastest | Pace::Watch => true,
        };
        within("engine.speed", "0.01 to 1000000 meta-iterations a second", is_allowed)
    }
}

/// Whether a chart may have this name; the registry of charts knows which ones there are.
pub(super) fn is_chart_name(name: &str) -> bool {
    let is_letter = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-';
    (1..=MOST_OF_NAME).contains(&name.len()) && name.bytes().all(is_letter)
}

/// The gradient steps of the wheel at first: as many as an evaluation has.
fn wheel_steps() -> usize {
    wheel::STEPS[wheel::STEPS.len() - 1]
}

/// Most gradient steps of an evaluation.
fn most_steps() -> usize {
    match parameter("eval.steps").map(|parameter| parameter.range) {
        Some(Range::Integer { max, .. }) => max as usize,
        _ => 0,
    }
}
