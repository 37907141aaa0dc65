//! The list of all charts. One that is not on it cannot be shown.

use super::figure::Chart;
use super::plots::adaptation::AdaptationChart;
use super::plots::alignment::AlignmentChart;
use super::plots::comparison::ComparisonChart;
use super::plots::fit::FitChart;
use super::plots::plane::PlaneChart;
use super::plots::run_fit::RunFitChart;
use super::plots::search::SearchChart;
use super::plots::task::TaskChart;
use super::plots::training::TrainingChart;

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
    AdaptationChart: [AdaptationChart];
    TrainingChart: [TrainingChart];
    TaskChart: [0, 1].map(|index| TaskChart { index });
    PlaneChart: [PlaneChart];
    AlignmentChart: [AlignmentChart];
    ComparisonChart: [ComparisonChart];
    RunFitChart: [0, 1].map(|colour_slot| RunFitChart { colour_slot });
    SearchChart: [SearchChart];
}
