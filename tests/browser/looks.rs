//! Accessibility and layout: names and roles, keyboard order, screen sizes, touch.

use std::path::PathBuf;
use std::{env, fs};

use reptile_lab::i18n::{Locale, message};
use serde_json::json;

use crate::page::{Name, Page, key};
use crate::{EN, visit};

/// Roles of what a person operates.
const CONTROLS: [&str; 12] = [
    "button",
    "checkbox",
    "combobox",
    "DisclosureTriangle",
    "link",
    "radio",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
    "searchbox",
];

async fn unfold_everything(page: &Page) {
    for group in [EN.group_tasks(), EN.group_model(), EN.group_inner(), EN.group_outer(), EN.group_eval()] {
        page.unfold(group).await;
    }
    page.unfold(EN.explain_heading()).await;
    page.unfold(EN.two_heading()).await;
    page.find("table", EN.two_numbers()).await;
}

/// The same, whatever the language.
pub async fn unfold_everything_in(page: &Page) {
    page.script("document.querySelectorAll('details').forEach((details) => details.open = true);", &[]).await;
    page.until("document.querySelectorAll('.two-tasks canvas, .search-form, .lesson-plane').length >= 4").await;
}

#[test]
fn everything_that_can_be_operated_has_a_name_and_every_chart_words() {
    visit(async |page| {
        unfold_everything(page).await;
        page.press(EN.evaluate()).await;
        page.find("table", Name::Begins("1\u{202f}000")).await;
        // The protocol goes first; the first point of the training chart comes after it.
        page.chart_that(EN.training_heading(), |words| words != EN.chart_training_empty()).await;
        let mut operated = 0;
        for node in page.everything().await {
            let focusable = node.state("focusable") == "true" && node.role() != "RootWebArea";
            if focusable || CONTROLS.contains(&node.role()) {
                assert!(!node.name().trim().is_empty(), "{node:?} has no name");
                operated += 1;
            }
        }
        // All settings, twice where there is a slider, and shots, buttons and lists.
        assert!(operated > 60, "{operated}");
        let charts = page.all("image").await;
        assert_eq!(charts.len(), 6);
        for chart in charts {
            assert!(chart.name().len() > 80, "{}", chart.name());
        }
        // One heading of the first rank, and no rank left out.
        let ranks =
            page.script("return [...document.querySelectorAll('h1, h2, h3, h4')].map((h) => +h.tagName[1]);", &[]);
        let ranks: Vec<u8> = serde_json::from_value(ranks.await).expect("ranks");
        assert!(ranks[0] == 1 && !ranks[1..].contains(&1), "{ranks:?}");
        assert!(ranks.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{ranks:?}");
    });
}

#[test]
fn the_tab_key_reaches_everything_in_reading_order() {
    visit(async |page| {
        let mut reached = Vec::new();
        for _ in 0..140 {
            page.type_keys(key::TAB).await;
            let Some((role, name)) = page.focus().await else { break };
            assert!(!name.is_empty(), "a {role} without a name after {reached:?}");
            reached.push(name);
        }
        let order = [
            EN.skip_to_charts(),
            EN.run_preset(),
            EN.run_speed(),
            EN.run_skip(),
            EN.language(),
            EN.dark_mode(),
            EN.projector(),
            EN.run_train(),
            EN.run_step(),
            EN.run_reset(),
            EN.fit_step_before(),
            EN.fit_resample(),
            EN.fit_count(),
            EN.fit_add(),
        ];
        let mut rest = reached.iter();
        for name in order {
            assert!(rest.any(|reached| reached == name), "{name} is not reached in its turn: {reached:#?}");
        }
        let anywhere = [
            EN.picker_point(),
            EN.picker_low_amplitude(),
            EN.picker_high_phase(),
            EN.picker_amplitude(),
            EN.picker_random(),
            EN.evaluate(),
            EN.engine_backend(),
            EN.parameter_seed(),
            EN.engine_export(),
        ];
        for name in anywhere {
            assert!(reached.iter().any(|reached| reached == name), "{name} is not reached: {reached:#?}");
        }
        let groups = [EN.group_tasks(), EN.group_model(), EN.group_inner(), EN.group_outer(), EN.group_eval()];
        for group in groups {
            assert!(reached.iter().any(|name| name.starts_with(group)), "{group} is not reached: {reached:#?}");
        }

        // The keyboard does what the pointer does.
        page.find("button", EN.run_train()).await.keys(key::ENTER).await;
        page.until_status("status.running && status.iteration > 0").await;
    });
}

/// Pixels by which the page is wider than its window.
pub const TOO_WIDE: &str = "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";

/// Names of controls and charts that are cut off at the sides. Links that only keys find, and what lies in a box that
/// scrolls by itself, are left out.
pub const CUT_OFF: &str = "
    const scrolls = (element) => element !== null
        && (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    return [...document.querySelectorAll('button, input, select, summary, canvas, h1, h2, h3')].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        return width > 2 && (left < -1 || right > document.documentElement.clientWidth + 1) && !scrolls(element.parentElement);
    }).map((element) => element.ariaLabel ?? element.textContent);";

#[test]
fn the_page_fits_every_width() {
    visit(async |page| {
        unfold_everything(page).await;
        let mut present = EN;
        for locale in [EN, Locale::ZhHans] {
            page.find("combobox", present.language()).await.choose(locale.language_name()).await;
            present = locale;
            for _ in ["light", "dark"] {
                for width in [320, 360, 390, 768, 1280, 1920, 3840] {
                    page.resize(width, 900).await;
                    let wide = page.script(TOO_WIDE, &[]).await;
                    assert_eq!(wide, 0, "px that the page is wider than {width}, {}", locale.code());
                    let cut = page.script(CUT_OFF, &[]).await;
                    assert_eq!(cut, json!([]), "cut off at {width} px, {}", locale.code());
                }
                page.resize(1280, 900).await;
                page.press(locale.dark_mode()).await;
            }
        }
    });
}

#[test]
fn what_must_not_be_missed_is_seen_wherever_the_page_is_scrolled() {
    const SEEN: &str = "
        const { left, top, width, height } = arguments[0].getBoundingClientRect();
        const over = document.elementFromPoint(left + width / 2, top + height / 2);
        return [width, height, top, innerHeight, arguments[0] === over || arguments[0].contains(over)];";
    visit(async |page| {
        for width in [390, 1280] {
            page.resize(width, 900).await;
            page.unfold(EN.group_eval()).await;
            let rate = page.find("textbox", &format!("{} α", EN.parameter_eval_learning_rate())).await;
            rate.reveal().await;
            rate.write("nonsense").await;
            // Where it stands: the run bar is always in sight.
            let train = page.find("button", EN.run_train()).await.middle().await;
            page.drag(train, (0.0, 0.0)).await;
            let dismiss = page.find("button", EN.problem_dismiss()).await;
            let seen = dismiss.script(SEEN).await;
            assert_eq!(seen[4], true, "at {width} px the alert is out of sight: {seen}");
            dismiss.click().await;
            page.find("textbox", &format!("{} α", EN.parameter_eval_learning_rate())).await.enter("0.02").await;
        }
    });
}

#[test]
fn values_are_read_under_the_pointer() {
    visit(async |page| {
        let at = EN.format(message::ChartReadoutIteration { iteration: "" });
        let readouts = [
            (EN.fit_heading(), EN.chart_readout_theta()),
            (EN.adaptation_heading(), EN.chart_readout_task_theta()),
            (EN.training_heading(), at.trim_end()),
        ];
        for (heading, words) in readouts {
            let chart = page.chart_that(heading, |words| words.contains("s = 32")).await;
            chart.reveal().await;
            assert!(!page.shows(words).await, "{words} without a pointer");
            let (x, y) = chart.middle().await;
            page.point_at((x - 20.0, y)).await;
            page.reads(words).await;
            page.point_at((1.0, 1.0)).await;
            page.until(&format!("!document.body.innerText.includes({words:?})")).await;
        }
    });
}

#[test]
fn readouts_stay_in_their_charts_and_in_the_window() {
    const PLACE: &str = "
        const chart = document.querySelectorAll('.fit canvas, .curves canvas')[arguments[0]];
        chart.scrollIntoView({ block: 'center' });
        const { left, top, width, height } = chart.getBoundingClientRect();
        return [left + width * arguments[1], top + height * 0.6];";
    const LEAVES: &str = "
        const { left, right, top, bottom } = document.querySelector('.readout').getBoundingClientRect();
        const box = document.querySelector('.readout');
        const chart = box.closest('.chart').getBoundingClientRect();
        const texts = [...box.querySelectorAll('p, dt, dd')].map((text) => text.getBoundingClientRect());
        return left < chart.left - 1 || right > chart.right + 1 || top < 0 || bottom > innerHeight
            || texts.some((text) => text.left < left || text.right > right) ? box.innerText : null;";
    visit(async |page| {
        let mut present = EN;
        for locale in [EN, Locale::ZhHans] {
            page.find("combobox", present.language()).await.choose(locale.language_name()).await;
            present = locale;
            page.chart_that(locale.training_heading(), |words| words.contains("s = 32")).await;
            for width in [390, 1024, 1280, 1920] {
                page.resize(width, 900).await;
                for chart in 0..3 {
                    for share in [0.25, 0.4, 0.55] {
                        let place = page.script(PLACE, &[json!(chart), json!(share)]).await;
                        let [x, y] = [0, 1].map(|index| place[index].as_f64().expect("a place"));
                        page.point_at((x, y)).await;
                        page.until("document.querySelector('.readout')").await;
                        let left = page.script(LEAVES, &[]).await;
                        assert!(left.is_null(), "chart {chart} at {share}, {width} px, {}: {left}", locale.code());
                        page.point_at((1.0, 1.0)).await;
                        page.until("!document.querySelector('.readout')").await;
                    }
                }
            }
        }
    });
}

#[test]
fn values_are_read_by_keys() {
    visit(async |page| {
        page.chart_that(EN.training_heading(), |words| words.contains("s = 32")).await;
        page.script("document.querySelector('.fit canvas').focus()", &[]).await;
        page.type_keys(key::RIGHT).await;
        page.reads(EN.chart_readout_theta()).await;
        page.until(&format!(
            "[...document.querySelectorAll('p[role=status]')].some((said) => said.textContent.includes({:?}))",
            EN.chart_readout_theta()
        ))
        .await;
        page.type_keys(key::ESCAPE).await;
        page.until("!document.querySelector('.readout')").await;
    });
}

#[test]
fn chart_and_plane_are_seen_together_and_bars_leave_room() {
    const SEEN: &str = "return ['.fit .chart', '.plane'].every((name) => {
        const { top, bottom } = document.querySelector(name).getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
    });";
    const BAR: &str = "return document.querySelector('.run').getBoundingClientRect().height / innerHeight;";
    const TEXT: &str = "return getComputedStyle(document.documentElement).fontSize;";
    visit(async |page| {
        for (width, height) in [(1024, 768), (1280, 720), (1920, 1080)] {
            page.resize(width, height).await;
            assert_eq!(page.script(SEEN, &[]).await, true, "{width} × {height}");
        }
        for (width, height) in [(320, 256), (667, 375), (390, 844), (1280, 720)] {
            page.resize(width, height).await;
            let share = page.script(BAR, &[]).await.as_f64().expect("a share");
            assert!(share <= 0.25, "{width} × {height}: the bar takes {share:.2} of the height");
            // At a zoom of 200 % it is as large in a window half as wide, and so twice as large for the eye.
            assert_eq!(page.script(TEXT, &[]).await, "16px", "{width} × {height}");
        }
    });
}

#[test]
fn on_a_phone_the_chart_is_whole_at_first_and_stays_in_sight_over_the_plane() {
    const PLACES: &str = "return ['.fit .chart', '.plane', '.run'].map((name) => {
        const { top, bottom } = document.querySelector(name).getBoundingClientRect();
        return [top, bottom];
    });";
    const TO_PLANE: &str = "
        const chart = document.querySelector('.fit .chart').offsetHeight;
        scrollBy(0, document.querySelector('.plane').getBoundingClientRect().top - chart - 12);";
    visit(async |page| {
        page.resize(390, 844).await;
        let places =
            async || -> [[f64; 2]; 3] { serde_json::from_value(page.script(PLACES, &[]).await).expect("three places") };
        let [chart, _, bar] = places().await;
        assert!(chart[0] >= 0.0 && chart[1] <= bar[0], "the run bar {bar:?} covers the chart {chart:?}");
        for height in [844, 664] {
            page.resize(390, height).await;
            page.script(TO_PLANE, &[]).await;
            let [chart, plane, bar] = places().await;
            let seen = chart[0] >= 0.0 && chart[1] <= plane[0] && plane[1] <= bar[0];
            assert!(seen, "390 × {height}: {chart:?}, {plane:?}, {bar:?}");
        }
    });
}

#[test]
fn the_header_is_one_row_on_a_projector() {
    const ROWS: &str = "
        const header = document.querySelector('header');
        const shown = [...header.querySelectorAll('h1, button, select, input')].filter((part) => part.offsetHeight > 0);
        const places = shown.map((part) => part.getBoundingClientRect());
        return [Math.max(...places.map((place) => place.top)) < Math.min(...places.map((place) => place.bottom)),
            header.scrollWidth <= header.clientWidth];";
    visit(async |page| {
        let mut present = EN;
        for locale in [EN, Locale::ZhHans] {
            page.find("combobox", present.language()).await.choose(locale.language_name()).await;
            present = locale;
            for (width, height) in [(1024, 768), (1280, 720)] {
                page.resize(width, height).await;
                page.find("button", locale.keyboard()).await;
                assert_eq!(page.script(ROWS, &[]).await, json!([true, true]), "{width} px, {}", locale.code());
            }
        }
    });
}

/// Pictures of the page, for people to look at: `REPTILE_LAB_SCREENSHOTS` names the folder.
#[test]
fn pictures_are_kept_on_request() {
    let Some(folder) = env::var_os("REPTILE_LAB_SCREENSHOTS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    visit(async |page| {
        for state in ["before", "after"] {
            if state == "after" {
                page.train().await;
                page.until_status("!status.running && status.iteration === status.iterations").await;
                page.press(EN.evaluate()).await;
                page.find("table", Name::Any).await;
            }
            page.chart_that(EN.training_heading(), |words| words.contains("s = 32")).await;
            for scheme in ["light", "dark"] {
                page.until(&format!("document.documentElement.dataset.scheme === {scheme:?}")).await;
                for width in [390, 1280, 1920] {
                    let picture = page.picture(width).await;
                    let file = folder.join(format!("{state}-{width}-{scheme}.png"));
                    fs::write(&file, picture).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                }
                page.resize(1280, 900).await;
                page.press(EN.dark_mode()).await;
            }
        }
    });
}
