//! Gradient alignment: its figure and its number for scripts.

use reptile_lab::domain::config::preset::Preset;
use serde_json::Value;

use crate::page::Page;
use crate::{EN, visit};

/// What scripts are told of gradient alignment: the mean and the half width of its interval.
fn mean(alignment: &Value, name: &str) -> (f64, f64) {
    let number = |field: &str| alignment[name][field].as_f64().expect("a number");
    (number("mean"), number("ci95"))
}

/// How many meta-iterations the chart's text alternative reaches to.
async fn reaches(page: &Page, iteration: &str) {
    let words = format!("to {iteration} of");
    page.chart_that(EN.alignment_heading(), |text| text.contains(&words) && text.contains("200 held-out tasks")).await;
}

#[test]
fn gradient_alignment_is_measured_while_its_figure_is_unfolded() {
    visit(async |page| {
        let mut config = Preset::Paper.config();
        config.outer.iterations = 3000;
        page.set_config(&config).await;
        page.unfold(EN.alignment_heading()).await;
        reaches(page, "0").await;
        page.train().await;
        page.until_status("!status.running && status.iteration === 3000").await;
        reaches(page, "3\u{202f}000").await;

        let alignment = page.lab("alignment", &[]).await;
        assert_eq!(alignment["tasks"], 200);
        let (cosine, interval) = mean(&alignment, "cosine");
        assert!((0.6..1.0).contains(&cosine) && (0.0..0.1).contains(&interval), "{alignment}");
        let (between, interval) = mean(&alignment, "cosine_between_tasks");
        assert!(between.abs() < 0.2 && interval < 0.1, "{alignment}");
        assert!(mean(&alignment, "inner_product").0 > 10.0, "{alignment}");
        let chart = page.chart(EN.alignment_heading()).await;
        assert!(chart.node.name().contains(&format!("to {cosine:.3} ±")), "{} and {alignment}", chart.node.name());

        page.press(EN.run_reset()).await;
        reaches(page, "0").await;
    });
}
