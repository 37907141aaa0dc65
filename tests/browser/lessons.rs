//! The guided lessons: chosen, walked by buttons and keys in both languages, answered, and kept.

use std::fs;
use std::path::Path;

use reptile_lab::app::lesson::{self, Lesson, Place, Until};
use reptile_lab::app::state::Panel;
use reptile_lab::i18n::{Locale, message};
use serde_json::{Value, json};

use crate::page::{Page, key};
use crate::{EN, Visit, visit};

fn lessons(locale: Locale) -> Vec<Lesson> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons").join(format!("{}.md", locale.code()));
    lesson::read(&fs::read_to_string(path).expect("it is there")).expect("it is well formed")
}

/// Chooses a lesson from the open list.
async fn choose(page: &Page, title: &str) {
    page.until(&format!("document.body.innerText.includes({})", json!(title))).await;
    let buttons = page.all("button").await;
    let entry = buttons.iter().find(|button| button.name().contains(title)).expect("its button is there");
    page.press(entry.name()).await;
}

/// Chooses a lesson, and turns to a page of it.
async fn turn_to(page: &Page, lesson: &Lesson, number: usize) {
    page.press(EN.lessons()).await;
    choose(page, &lesson.title).await;
    for _ in 0..number {
        page.press(EN.lesson_next()).await;
    }
    page.find("heading", &lesson.pages[number].title).await;
}

/// Whether the heading of the lesson's page is in the window.
const IN_SIGHT: &str = "(() => {
    const { top, bottom } = document.querySelector('#lesson-heading').getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
})()";

/// Every page of every lesson: its heading comes, what it points at is there, and the page below it works.
fn walk(locale: Locale, query: &'static str) {
    Visit { query, ..Visit::default() }.run(async |page| {
        page.ready().await;
        for lesson in lessons(locale) {
            page.press(locale.lessons()).await;
            choose(page, &lesson.title).await;
            // Panels have headings and buttons of the same names.
            let guide = page.find("region", locale.lesson_heading()).await;
            for (number, of_lesson) in lesson.pages.iter().enumerate() {
                page.find_within(&guide, "heading", &of_lesson.title).await;
                if let Some(place) = of_lesson.at {
                    page.until(&format!("document.querySelector({})?.matches('.pointed')", json!(place.selector())))
                        .await;
                }
                // The text begins in sight, wherever the page before had been scrolled to.
                page.until(IN_SIGHT).await;
                let is_last = number + 1 == lesson.pages.len();
                let next = if is_last { locale.lesson_end() } else { locale.lesson_next() };
                page.find_within(&guide, "button", next).await.click().await;
            }
        }
    });
}

#[test]
fn every_lesson_is_walked_in_english() {
    walk(Locale::En, "");
}

#[test]
fn every_lesson_is_walked_in_chinese() {
    walk(Locale::ZhHans, "#1&lang=zh-Hans");
}

/// Whether the upper part of what a lesson points at can be seen: nothing lies over it.
const TARGET_IN_SIGHT: &str = "(() => {
    const pointed = document.querySelector('.pointed');
    const { left, width, top, height } = pointed.getBoundingClientRect();
    const seen = (down) => pointed.contains(document.elementFromPoint(left + width / 2, top + down));
    return [4, Math.min(height, 200) / 2, Math.min(height, 200) - 4].every(seen);
})()";

#[test]
fn what_a_lesson_points_at_is_seen_beside_it_or_on_the_way_there_and_back() {
    let all = lessons(Locale::En);
    let (first, third) = (&all[0], &all[2]);
    visit(async |page| {
        page.resize(1280, 720).await;
        page.press(EN.lessons()).await;
        choose(page, &third.title).await;
        page.until(TARGET_IN_SIGHT).await;
        page.until(IN_SIGHT).await;
        // On a phone the text comes first, and a button leads back to it.
        page.resize(390, 844).await;
        page.press(EN.lessons()).await;
        choose(page, &first.title).await;
        page.until(IN_SIGHT).await;
        page.press(EN.lesson_next()).await;
        page.find("heading", &first.pages[1].title).await;
        page.press(EN.lesson_show()).await;
        page.until(TARGET_IN_SIGHT).await;
        page.until(&format!("!{IN_SIGHT}")).await;
        page.press(EN.lesson_to()).await;
        page.until(IN_SIGHT).await;
    });
}

#[test]
fn a_page_that_trains_begins_at_the_random_start_and_is_not_done() {
    let lesson = &lessons(Locale::En)[3];
    assert!(matches!(lesson.pages[0].until, Until::Iteration(_)));
    visit(async |page| {
        let Until::Iteration(iteration) = lesson.pages[0].until else { unreachable!() };
        page.lab("step", &[json!(iteration)]).await;
        turn_to(page, lesson, 0).await;
        page.until_status("status.iteration === 0 && status.shown === 0").await;
        let is_done = format!("document.querySelector('.guide').innerText.includes({})", json!(EN.lesson_complete()));
        page.frame().await;
        assert_eq!(page.script(&format!("return {is_done};"), &[]).await, json!(false));
        page.lab("step", &[json!(iteration)]).await;
        page.until(&is_done).await;
    });
}

/// Turns to a page that begins at a trained moment by a click, and does `then` in the same task, before the engine can have
/// heard of it.
async fn turns_to_a_trained_page_and(page: &Page, then: &str) -> Value {
    const TEXT: &str = "# Mine\n## Before\nopen: 1\n\nOne.\n## Trained\nopen: 1&at=300\n\nTwo.";
    page.drop_file("mine.md", &json!(TEXT).to_string()).await;
    page.find("heading", "Before").await;
    page.lab("step", &[json!(7)]).await;
    let next = json!(EN.lesson_next());
    let click_and_then = format!(
        "(() => {{
            [...document.querySelectorAll('button')].find(({{ innerText }}) => innerText === {next}).click();
            return {then};
        }})()"
    );
    page.promise(&click_and_then).await
}

#[test]
fn training_that_is_asked_for_while_a_page_is_being_opened_comes_after() {
    visit(async |page| {
        let outcome = turns_to_a_trained_page_and(page, "reptileLab.step(5).then(() => reptileLab.status())").await;
        assert_eq!((&outcome["iteration"], &outcome["running"]), (&json!(305), &json!(false)));
    });
}

#[test]
fn a_reset_calls_off_training_that_waits_for_a_page() {
    visit(async |page| {
        let step_and_reset = "(async () => {
            const stepped = reptileLab.step(5).then(() => 'stepped', () => 'called off');
            await reptileLab.reset();
            return [await stepped, (await reptileLab.status()).iteration];
        })()";
        assert_eq!(turns_to_a_trained_page_and(page, step_and_reset).await, json!(["called off", 0]));
    });
}

#[test]
fn a_challenge_is_not_met_by_the_run_before_it() {
    const TEXT: &str =
        "# Mine\n## Trained\nopen: 1&at=2000\n\nOne.\n## Challenge\nopen: 1\nuntil: error 4 < 0.1\n\nTwo.";
    visit(async |page| {
        page.drop_file("mine.md", &json!(TEXT).to_string()).await;
        page.find("heading", "Trained").await;
        page.until_status("status.shown === 2000").await;
        page.reads("to 0.113").await;
        page.press(EN.lesson_next()).await;
        page.find("heading", "Challenge").await;
        page.until_status("status.iteration === 0 && status.shown === 0").await;
        // The error of the random start, and no better one.
        page.until("/now 5[.]62.*best so far 5[.]62/.test(document.querySelector('.goal').innerText)").await;
        assert_eq!(page.script("return document.querySelector('.goal').matches('.done');", &[]).await, json!(false));
    });
}

#[test]
fn a_challenge_is_not_met_by_an_easier_task() {
    const TEXT: &str = "# Mine\n## Challenge\nopen: 1\nuntil: error 0 < 3\nfixed: preview\n\nOne.";
    const GOAL: &str = "document.querySelector('.goal')";
    visit(async |page| {
        page.drop_file("mine.md", &json!(TEXT).to_string()).await;
        page.find("heading", "Challenge").await;
        page.until(&format!("/now 5[.]90.*best so far 5[.]90/.test({GOAL}.innerText)")).await;
        page.find("textbox", EN.picker_amplitude()).await.enter("0.5").await;
        page.reads(&EN.format(message::LessonStrayed { setting: EN.lesson_task_and_shots() })).await;
        page.until(&format!("/now 0[.][0-9]+, best so far 5[.]90/.test({GOAL}.innerText)")).await;
        assert_eq!(page.script(&format!("return {GOAL}.matches('.done');"), &[]).await, json!(false));
        page.press(EN.lesson_again()).await;
        page.until(&format!("/now 5[.]90/.test({GOAL}.innerText)")).await;
        assert!(!page.shows(&EN.format(message::LessonStrayed { setting: EN.lesson_task_and_shots() })).await);
    });
}

#[test]
fn the_run_from_before_a_lesson_is_kept() {
    let lesson = &lessons(Locale::En)[2];
    visit(async |page| {
        let config = page.config().await;
        page.find("textbox", EN.picker_amplitude()).await.enter("2.5").await;
        page.lab("step", &[json!(50)]).await;
        let (theta, link) = (page.theta().await, page.lab("link", &[]).await);
        for is_taken in [false, true] {
            turn_to(page, lesson, 0).await;
            page.until_status("status.iteration !== 50").await;
            page.press(EN.lessons_leave()).await;
            page.reads("Your run from before the lesson was kept: 50 of").await;
            if is_taken {
                page.press(EN.session_go_on()).await;
            }
        }
        page.until_status("status.iteration === 50 && status.shown === 50").await;
        assert_eq!((page.theta().await, page.config().await), (theta, config));
        assert_eq!(page.lab("link", &[]).await, link);
        assert!(!page.shows("before the lesson").await);
        // What is trained after a lesson is kept when the next one takes its place, also where the browser leads back.
        turn_to(page, lesson, 0).await;
        page.press(EN.lessons_leave()).await;
        page.reads("Your run from before the lesson was kept: 50 of").await;
        page.lab("reset", &[]).await;
        page.lab("step", &[json!(70)]).await;
        turn_to(page, lesson, 0).await;
        page.until_status("status.iteration !== 70").await;
        page.script("history.back();", &[]).await;
        page.reads("Your run from before the lesson was kept: 70 of").await;
        page.press(EN.session_go_on()).await;
        page.until_status("status.iteration === 70 && status.shown === 70").await;
        // Nothing is left to go back to.
        page.press(EN.run_reset()).await;
        page.until_status("status.iteration === 0").await;
        turn_to(page, lesson, 0).await;
        page.press(EN.lessons_leave()).await;
        page.frame().await;
        assert!(!page.shows("before the lesson").await);
    });
}

#[test]
fn what_would_tell_the_answer_waits_for_it() {
    let lesson = &lessons(Locale::En)[7];
    let number = lesson
        .pages
        .iter()
        .position(|page| page.at == Some(Place::Panel(Panel::Wheel)))
        .expect("lesson 8 has the wheel");
    let question = lesson.pages[number].question.clone().expect("it asks something");
    let is_told = "document.querySelector('.wheel .help').checkVisibility()";
    visit(async |page| {
        turn_to(page, lesson, number).await;
        page.until("document.querySelector('.wheel .help')").await;
        assert_eq!(page.script(&format!("return {is_told};"), &[]).await, json!(false));
        page.press(&question.answers[0]).await;
        page.until(is_told).await;
    });
}

#[test]
fn a_page_with_an_experiment_asks_for_the_prediction_first() {
    let lesson = &lessons(Locale::En)[1];
    let number = lesson.pages.iter().position(|page| page.question.is_some() && page.until != Until::Answered);
    let number = number.expect("lesson 2 has such a page");
    let question = lesson.pages[number].question.clone().expect("it asks something");
    visit(async |page| {
        turn_to(page, lesson, number).await;
        let told = |is_first: bool| {
            let words = EN.lesson_until_answered();
            format!("document.querySelector('.goal').innerText.includes({}) === {is_first}", json!(words))
        };
        page.until(&told(true)).await;
        page.press(&question.answers[0]).await;
        page.until(&told(false)).await;
    });
}

#[test]
fn a_prediction_is_asked_before_the_reveal_and_kept_over_a_reload() {
    let lesson = &lessons(Locale::En)[0];
    let asked = lesson.pages.iter().position(|page| page.question.is_some()).expect("it asks something");
    let question = lesson.pages[asked].question.clone().expect("it asks something");
    visit(async |page| {
        page.press(EN.lessons()).await;
        choose(page, &lesson.title).await;
        for number in 0..asked {
            page.find("heading", &lesson.pages[number].title).await.keys(key::RIGHT).await;
        }
        page.find("heading", &lesson.pages[asked].title).await;
        let first = question.reveal.chars().take(20).collect::<String>();
        let is_told = format!("document.body.innerText.includes({})", json!(first));
        assert_eq!(page.script(&format!("return {is_told};"), &[]).await, json!(false));
        page.press(&question.answers[question.right]).await;
        page.until(&is_told).await;
        page.reads(EN.lesson_right()).await;
        page.until("location.hash.includes('view.lesson=')").await;
        page.reload().await;
        page.ready().await;
        page.find("heading", &lesson.pages[asked].title).await;
        page.until(&is_told).await;
    });
}

#[test]
fn a_lesson_of_ones_own_is_dropped_on_the_page_and_its_faults_are_told() {
    visit(async |page| {
        let text =
            "# My lesson\n## My page\nopen: 1&preview.task.amplitude=2\nuntil: error 0 < 100\n\nLook at <b>this</b>.";
        page.drop_file("own.md", &json!(text).to_string()).await;
        page.find("heading", "My page").await;
        page.reads("Look at <b>this</b>.").await;
        page.reads("y = 2·sin(x + 1)").await;
        page.until("document.querySelector('.goal.done')").await;
        page.drop_file("bad.md", &json!("# Title\n## Page\nat: moon").to_string()).await;
        page.until("document.body.innerText.includes('bad.md: line 3: at is “moon”')").await;
        page.find("heading", "My page").await;
        page.drop_file("settings.json", "'{'").await;
        page.until("document.body.innerText.includes('settings.json')").await;
    });
}

#[test]
fn a_short_lesson_of_a_lecturers_own_goes_along_in_the_link() {
    let text =
        "# Ours\nname: ours\n\n## First page\nopen: 1&preview.task.amplitude=2\n\nLook *here*, and say <b>why</b>.\n";
    visit(async |page| {
        let fragment = format!(
            "#1&view.lesson=ours&text={}",
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
        );
        page.lab("open", &[json!(fragment)]).await;
        page.find("heading", "First page").await;
        page.reads("and say <b>why</b>.").await;
        // The link of the page has it as well, and a reload keeps it.
        let link = page.lab("link", &[]).await;
        assert!(link.as_str().is_some_and(|link| link.contains("text=") && link.len() < 600), "{link}");
        page.press(EN.lesson_again()).await;
        page.reads("y = 2·sin(x + 1)").await;
        page.until("location.hash.includes('text=')").await;
        page.reload().await;
        page.ready().await;
        page.find("heading", "First page").await;
        // One that is no lesson is refused by its line, and the page goes on.
        let said = page.refused("open", json!("#1&text=nothing%20of%20a%20lesson")).await;
        assert!(said.contains("line 1") || said.contains("Line 1"), "{said}");
        assert_eq!(page.status().await.iteration, 0);
    });
}
