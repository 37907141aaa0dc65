//! The shown task and its shots, by pointer and by keyboard.

use reptile_lab::i18n::message;
use serde_json::Value;
use std::f64::consts::PI;
use std::time::Instant;

use crate::page::{PATIENCE, Page, Part, key};
use crate::{EN, Visit, visit};

/// Shots by their names, which say where they are.
pub async fn shots(page: &Page) -> Vec<String> {
    let name = EN.format(message::FitShot { number: "#", x: "", y: "" });
    let start = name.split('#').next().unwrap_or_default();
    let buttons = page.all("button").await;
    buttons.iter().map(|button| button.name().to_owned()).filter(|name| name.starts_with(start)).collect()
}

/// Waits until the shots are as wanted.
async fn shots_that(page: &Page, fit: impl Fn(&[String]) -> bool) -> Vec<String> {
    let begun = Instant::now();
    loop {
        let shots = shots(page).await;
        if fit(&shots) {
            return shots;
        }
        assert!(begun.elapsed().as_secs_f64() < PATIENCE, "{shots:?}");
        page.frame().await;
    }
}

/// x and y of a shot.
fn coordinates(shot: &str) -> (f64, f64) {
    let number = |text: &str| text.trim().replace('−', "-").parse().expect("a number");
    let (x, y) = shot.split_once("x ").and_then(|(_, rest)| rest.split_once(", y ")).expect("x and y");
    (number(x), number(y))
}

async fn fit_chart(page: &Page) -> Part {
    page.chart_that(EN.fit_heading(), |words| words.contains("s = 32")).await
}

#[test]
fn the_sentence_over_the_chart_tells_no_more_than_the_chosen_steps() {
    let lead = "document.querySelector('.fit .lead').innerText";
    Visit { query: "#1&at=200&view.steps=0,4", ..Visit::default() }.run(async |page| {
        page.ready().await;
        page.until_status("status.shown === 200").await;
        page.until(&format!("{lead}.includes('s = 4 ')")).await;
        page.press(&EN.format(message::FitStepAfter { steps: 4 })).await;
        let before = EN.format(message::FitLeadBefore { before: "#" });
        let before = before.split('#').next().expect("a part").to_owned();
        page.until(&format!("{lead}.startsWith({})", serde_json::json!(before))).await;
        page.press(EN.fit_step_after_one()).await;
        page.until(&format!("{lead}.includes('s = 1 ')")).await;
    });
}

/// A place of the fit chart that is far from every shot.
async fn free_place(page: &Page) -> (f64, f64) {
    let chart = page.chart(EN.fit_heading()).await;
    chart.reveal().await;
    let (left, top, width, height) = chart.place().await;
    let mut taken = Vec::new();
    for name in shots(page).await {
        taken.push(page.find("button", &name).await.middle().await);
    }
    let clearance =
        |&(x, y): &(f64, f64)| taken.iter().map(|(a, b)| (x - a).hypot(y - b)).fold(f64::INFINITY, f64::min);
    let places = (3..8).flat_map(|i| (5..9).map(move |j| (i, j)));
    let places = places.map(|(i, j)| (left + width * f64::from(i) / 10.0, top + height * f64::from(j) / 10.0));
    places.max_by(|a, b| clearance(a).total_cmp(&clearance(b))).expect("there are places")
}

#[test]
fn a_shot_is_dragged_off_the_curve_and_the_chart_follows() {
    visit(async |page| {
        let (chart, before) = (fit_chart(page).await, shots(page).await);
        let (words, drawing) = (chart.node.name().to_owned(), chart.drawing().await);
        chart.reveal().await;
        let (_, top, _, height) = chart.place().await;
        let shot = page.find("button", &before[0]).await;
        let (x, y) = shot.middle().await;
        // Towards the middle of the chart, where there is room.
        let down = if y > top + height / 2.0 { -height / 4.0 } else { height / 4.0 };
        page.drag((x, y), (0.0, down)).await;

        let after = shots_that(page, |shots| shots[0] != before[0]).await;
        let ((x0, y0), (x1, y1)) = (coordinates(&before[0]), coordinates(&after[0]));
        assert!((x0 - x1).abs() < 0.1, "it went from {x0} to {x1}");
        assert!((y1 - y0) * down < 0.0 && (y1 - y0).abs() > 1.0, "it went from {y0} to {y1}");
        assert_eq!(before[1..], after[1..]);
        let chart = page.chart_that(EN.fit_heading(), |now| now != words).await;
        assert_ne!(chart.drawing().await, drawing);

        page.press(EN.undo()).await;
        shots_that(page, |shots| shots == before).await;
        page.chart_that(EN.fit_heading(), |now| now == words).await;
        page.press(EN.redo()).await;
        shots_that(page, |shots| shots == after).await;
    });
}

#[test]
fn a_shot_is_dragged_with_a_finger_on_a_phone() {
    visit(async |page| {
        page.resize(390, 844).await;
        let (chart, before) = (fit_chart(page).await, shots(page).await);
        chart.reveal().await;
        let (left, top, width, height) = chart.place().await;
        let (x, y) = page.find("button", &before[0]).await.middle().await;
        let (right, down) = (left + width / 2.0 - x, top + height / 2.0 - y);
        page.swipe((x, y), (right / 2.0, down)).await;
        let after = shots_that(page, |shots| shots[0] != before[0]).await;
        assert_eq!(before[1..], after[1..]);
        // The shot went all the way: the page did not scroll instead.
        let (a, b) = page.find("button", &after[0]).await.middle().await;
        assert!((a - x - right / 2.0).abs() < 3.0 && (b - y - down).abs() < 3.0, "({a}, {b})");
    });
}

#[test]
fn a_tap_adds_a_shot_and_leaves_the_chart_free_for_the_next() {
    visit(async |page| {
        page.resize(390, 844).await;
        let chart = fit_chart(page).await;
        chart.reveal().await;
        let before = shots(page).await.len();
        let (left, top, width, height) = chart.place().await;
        let at = |across: f64| (left + across * width, top + 0.5 * height);
        let is_read = "document.querySelector('.fit .readout')";
        for (number, across) in [0.35, 0.22].into_iter().enumerate() {
            page.swipe(at(across), (0.0, 0.0)).await;
            shots_that(page, |shots| shots.len() == before + number + 1).await;
            page.frame().await;
            assert_eq!(page.script(&format!("return {is_read};"), &[]).await, Value::Null);
        }
        // A finger that moves along reads the values.
        page.swipe(at(0.3), (0.3 * width, 0.0)).await;
        page.until(is_read).await;
        assert_eq!(shots(page).await.len(), before + 2);
    });
}

#[test]
fn a_shot_is_tapped_and_removed_without_a_keyboard() {
    visit(async |page| {
        page.resize(390, 844).await;
        fit_chart(page).await.reveal().await;
        let before = shots(page).await;
        let place = page.find("button", &before[2]).await.middle().await;
        page.swipe(place, (0.0, 0.0)).await;
        page.press(&EN.format(message::FitRemoveOne { number: 3 })).await;
        let after = shots_that(page, |shots| shots.len() == before.len() - 1).await;
        let gone: Vec<(f64, f64)> = before.iter().map(|shot| coordinates(shot)).collect();
        let left: Vec<(f64, f64)> = after.iter().map(|shot| coordinates(shot)).collect();
        assert_eq!(left, [&gone[..2], &gone[3..]].concat(), "the third is gone");
        // Nothing is selected any more.
        let name = EN.format(message::FitRemoveOne { number: 3 });
        assert!(!page.all("button").await.iter().any(|button| button.name() == name));
    });
}

#[test]
fn shots_are_moved_and_deleted_by_keyboard() {
    visit(async |page| {
        let before = shots(page).await;
        let (x, y) = coordinates(&before[2]);
        let shot = page.find("button", &before[2]).await;
        shot.keys(&format!("{}{}{}{}", key::UP, key::UP, key::SHIFT, key::LEFT)).await;
        let moved = |shots: &[String]| {
            let (a, b) = coordinates(&shots[2]);
            (a - (x - 1.0).max(-5.0)).abs() < 0.02 && (b - (y + 0.2)).abs() < 0.02
        };
        shots_that(page, moved).await;
        page.type_keys(key::DELETE).await;
        let after = shots_that(page, |shots| shots.len() == 9).await;
        assert_eq!(after[..2], before[..2]);
        assert_eq!(page.focus().await, Some(("button".to_owned(), after[1].clone())));
        page.press(EN.undo()).await;
        shots_that(page, moved).await;
        page.chart_that(EN.fit_heading(), |words| words.contains("K = 10 ")).await;
    });
}

#[test]
fn shots_are_added_resampled_counted_and_removed() {
    visit(async |page| {
        let before = shots(page).await;
        let place = free_place(page).await;
        page.drag(place, (0.0, 0.0)).await;
        let after = shots_that(page, |shots| shots.len() == 11).await;
        assert_eq!(after[..10], before);
        page.chart_that(EN.fit_heading(), |words| words.contains("K = 11 ")).await;
        let (x, y) = page.find("button", &after[10]).await.middle().await;
        assert!((x - place.0).abs() < 2.0 && (y - place.1).abs() < 2.0, "({x}, {y}) instead of {place:?}");

        page.press(EN.fit_resample()).await;
        let resampled = shots_that(page, |shots| shots.len() == 10).await;
        assert_ne!(resampled, before);
        let field = page.find("textbox", EN.fit_count()).await;
        field.enter("5").await;
        shots_that(page, |shots| shots.len() == 5).await;
        page.until("reptileLab.getConfig().then((config) => config.eval.shots === 5)").await;
        page.press(EN.fit_remove_all()).await;
        shots_that(page, <[String]>::is_empty).await;
        page.chart_that(EN.fit_heading(), |words| words.contains("K = 0 ")).await;
        page.press(EN.fit_add()).await;
        shots_that(page, |shots| shots.len() == 1).await;
    });
}

/// The shown task's amplitude and phase, and whether training draws such tasks.
async fn shown_task(page: &Page) -> (f64, f64, String) {
    let point = page.find("slider", EN.picker_point()).await;
    let words = point.script("return arguments[0].ariaValueText;").await;
    let words = words.as_str().unwrap_or_default();
    let (numbers, place) = words.split_once("; ").expect("numbers and a place");
    let number = |text: &str| text.rsplit(' ').next().unwrap_or_default().parse().expect("a number");
    let (amplitude, phase) = numbers.split_once(", ").expect("amplitude and phase");
    (number(amplitude), number(phase), place.to_owned())
}

/// Waits until a task near this one is shown.
async fn shows_task(page: &Page, amplitude: f64, phase: f64, place: &str) {
    let begun = Instant::now();
    loop {
        let (a, p, found) = shown_task(page).await;
        // A pixel of the plane is 0.04 of amplitude.
        if (a - amplitude).abs() < 0.06 && (p - phase).abs() < 0.06 && found == place {
            return;
        }
        assert!(begun.elapsed().as_secs_f64() < PATIENCE, "({a}, {p}), {found}");
        page.frame().await;
    }
}

#[test]
fn a_task_is_chosen_on_the_plane_by_keys_and_at_random() {
    visit(async |page| {
        let first = shown_task(page).await;
        assert_eq!(first.2, EN.picker_inside());
        let fit = fit_chart(page).await.node.name().to_owned();

        let plane = page.find("group", EN.picker_plane()).await;
        plane.reveal().await;
        let (left, top, width, height) = plane.place().await;
        page.drag((left + width / 4.0, top + height / 4.0), (width / 4.0, 0.0)).await;
        shows_task(page, 7.5, PI, EN.picker_outside()).await;
        page.reads(EN.picker_outside()).await;
        page.chart_that(EN.fit_heading(), |words| words != fit).await;

        let point = page.find("slider", EN.picker_point()).await;
        point.keys(&format!("{}{}{}{}", key::DOWN, key::DOWN, key::SHIFT, key::RIGHT)).await;
        shows_task(page, 7.4, PI + 0.5, EN.picker_outside()).await;
        let amplitude = page.find("textbox", EN.picker_amplitude()).await;
        assert!(amplitude.content().await.starts_with("7.4"));
        amplitude.enter("2").await;
        shows_task(page, 2.0, PI + 0.5, EN.picker_inside()).await;

        page.press(EN.picker_random()).await;
        page.until(&format!("!document.body.innerText.includes({:?})", "y = 2·sin")).await;
        assert_ne!(shown_task(page).await, first);
    });
}

#[test]
fn a_curve_is_drawn_by_pointer_and_by_keys() {
    visit(async |page| {
        fit_chart(page).await;
        let before = shots(page).await;
        page.press(EN.fit_draw()).await;
        let pencil = page.find("slider", EN.fit_pencil()).await;
        assert_eq!(page.focus().await, Some(("slider".to_owned(), EN.fit_pencil().to_owned())));
        let chart = page.chart(EN.fit_heading()).await;
        chart.reveal().await;
        // A level stroke through the middle half, wherever the legend stands.
        let (left, top, width, height) = chart.place().await;
        page.drag((left + 0.15 * width, top + height / 2.0), (0.42 * width, 0.0)).await;
        page.chart_that(EN.fit_heading(), |words| words.contains(EN.chart_curve_drawn())).await;
        let is_middle = |shot: &&String| coordinates(shot).0.abs() < 2.0;
        // The page takes the stroke's parts one after the other.
        let drawn = shots_that(page, |shots| {
            let middle: Vec<f64> = shots.iter().filter(is_middle).map(|shot| coordinates(shot).1).collect();
            *shots != before && !middle.is_empty() && middle.iter().all(|y| (y - middle[0]).abs() < 0.02)
        })
        .await;
        let x = |shots: &[String]| shots.iter().map(|shot| coordinates(shot).0).collect::<Vec<_>>();
        assert_eq!(x(&drawn), x(&before));

        // Shots are drawn from it anew, and the error is of this curve.
        page.press(EN.fit_resample()).await;
        shots_that(page, |shots| x(shots) != x(&drawn)).await;
        page.press(EN.undo()).await;
        shots_that(page, |shots| *shots == drawn).await;

        let value = async || pencil.script("return arguments[0].ariaValueText;").await.to_string();
        pencil.keys(&format!("{}{}", key::RIGHT, key::LEFT)).await;
        let level = value().await;
        pencil.keys(&format!("{}{}{}", key::UP, key::UP, key::UP)).await;
        assert_ne!(value().await, level);
        pencil.keys("\u{E00C}").await;
        assert_eq!(page.focus().await, Some(("button".to_owned(), EN.fit_draw().to_owned())));
        page.press(EN.undo()).await;
        shots_that(page, |shots| *shots == drawn).await;
        page.press(EN.undo()).await;
        shots_that(page, |shots| *shots == before).await;
        page.press(EN.redo()).await;
        shots_that(page, |shots| *shots == drawn).await;
        page.press(EN.picker_random()).await;
        page.chart_that(EN.fit_heading(), |words| !words.contains(EN.chart_curve_drawn())).await;
    });
}
