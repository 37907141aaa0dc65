//! The charts, one file each, and the list of all of them: one that is not on it cannot be shown.

// The shown curve: what θ and its adaptations make of it.
pub mod adaptation;
mod curve;
mod family;
pub mod fit;
mod scores;

// The plane of tasks.
pub mod task_map;

// Inside the network, while it adapts.
pub mod movement;
pub mod unit_share;
pub mod units;
pub mod weights;

// The run.
pub mod alignment;
pub mod training;

// θ in the space of its parameters.
pub mod theta_map;
pub mod wheel;

// Experiments of several runs.
pub mod comparison;
pub mod run_fit;
pub mod search;

// Around θ.
pub mod loss_surface;

// One meta-iteration, step by step.
pub mod plane;
pub mod task;

use super::figure::Chart;
use adaptation::AdaptationChart;
use alignment::AlignmentChart;
use comparison::ComparisonChart;
use fit::FitChart;
use loss_surface::LossSurfaceChart;
use movement::MovementChart;
use plane::PlaneChart;
use run_fit::RunFitChart;
use search::SearchChart;
use task::TaskChart;
use task_map::TaskMapChart;
use theta_map::ThetaMapChart;
use training::TrainingChart;
use unit_share::UnitShareChart;
use units::UnitsChart;
use weights::WeightsChart;
use wheel::WheelChart;

/// A chart that is on the list.
pub trait Registered: Chart {}

/// Something to do with every chart.
pub trait Visitor {
    /// Does it with one.
    fn visit(&mut self, chart: impl Registered);
}

/// Lists charts: the type, and every chart of that type.
macro_rules! register {
    ($($chart:ty: $all:expr;)*) => {
        $(impl Registered for $chart {})*

        /// Has a visitor do its work with every chart, in the order of the page.
        pub fn visit_every(visitor: &mut impl Visitor) {
            $(for chart in $all {
                visitor.visit(chart);
            })*
        }
    };
}

register! {
    FitChart: [FitChart];
    TaskMapChart: [TaskMapChart];
    AdaptationChart: [AdaptationChart];
    TrainingChart: [TrainingChart];
    TaskChart: [0, 1].map(|index| TaskChart { index });
    PlaneChart: [PlaneChart];
    UnitsChart: [UnitsChart];
    UnitShareChart: [UnitShareChart];
    MovementChart: [MovementChart];
    WeightsChart: [WeightsChart];
    LossSurfaceChart: [LossSurfaceChart];
    AlignmentChart: [AlignmentChart];
    ThetaMapChart: [ThetaMapChart];
    WheelChart: [WheelChart];
    ComparisonChart: [ComparisonChart];
    RunFitChart: [0, 1].map(|colour_slot| RunFitChart { colour_slot });
    SearchChart: [SearchChart];
}
