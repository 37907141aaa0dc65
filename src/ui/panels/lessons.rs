//! The guided lessons: the list of them, and the page of the one that is open.

use std::sync::Arc;

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlDialogElement;

use super::worksheet::Worksheet;
use crate::app::action::Action;
use crate::app::formatting;
use crate::app::labels;
use crate::app::lesson::{self, Fault, Lesson, LessonError, LessonPage, Place, Question, Span, Until};
use crate::app::problem::Problem;
use crate::app::state::Panel;
use crate::domain::config::text;
use crate::i18n::{Locale, gap, message};
use crate::ui::page::{Page, page};
use crate::ui::shell::browser;
use crate::ui::widgets::explained::Explained;
use crate::ui::widgets::late::Late;

/// The page of the open lesson, beside the chart.
#[component]
pub fn LessonCard() -> impl IntoView {
    let page = page();
    let is_open = Memo::new(move |_| page.has_lesson());
    view! {
        <section class="guide" hidden=move || !is_open.get() aria-label=page.words(Locale::lesson_heading)>
            {move || is_open.get().then(|| view! { <Late wanted=true body=|chunk| (chunk.lesson_page)()/> })}
        </section>
    }
}

/// The list of lessons, which the lazy chunk exports.
pub fn list() -> AnyView {
    view! { <List/> }.into_any()
}

/// The page of the open lesson, which the lazy chunk exports.
pub fn page_body() -> AnyView {
    view! { <OpenPage/> }.into_any()
}

/// Turns to the next page of the open lesson, or to the one before; at the ends it stays.
pub fn turn(page: Page, forward: bool) {
    let (name, number) = page.view.lesson.get_untracked();
    let next = if forward { number + 1 } else { number.wrapping_sub(1) };
    if let Some(name) = name {
        page.go_to_lesson(&name, next);
    }
}

#[component]
fn List() -> impl IntoView {
    let page = page();
    let lessons = page.lessons;
    let rows = move || {
        let entry = |(index, lesson): (usize, Arc<Lesson>)| {
            let done = lessons.progress.with(|progress| progress.done(&lesson));
            let pages = lesson.pages.len();
            let name = lesson.name.clone();
            let go = move |event: web_sys::MouseEvent| {
                page.go_to_lesson(&name, 0);
                let button = event_target::<web_sys::Element>(&event);
                if let Some(dialog) = button.closest("dialog").ok().flatten() {
                    dialog.unchecked_into::<HtmlDialogElement>().close();
                }
            };
            let minutes = lesson.minutes.map(|minutes| page.locale().format(message::LessonsMinutes { minutes }));
            let parts = [minutes, Some(page.locale().format(message::LessonsDone { done, pages }))];
            view! {
                <li>
                    <button type="button" class="lesson-entry" class:done={done == pages} on:click=go>
                        <span class="ordinal">{index + 1}</span>
                        <span class="title">{lesson.title.clone()}</span>
                        <span class="note">{parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")}</span>
                    </button>
                </li>
            }
        };
        lessons.all.get().into_iter().enumerate().map(entry).collect_view()
    };
    let input = NodeRef::<Input>::new();
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let take = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        open_file(page, file);
        input.set_value("");
    };
    let save = move |_| {
        let table = lessons.all.with_untracked(|all| lessons.progress.with_untracked(|progress| progress.table(all)));
        // A browser that refuses downloads shows so itself.
        let _ = browser::download("reptile-lab-answers.csv", &table);
    };
    view! {
        <p class="help">{page.words(Locale::lessons_help)}</p>
        <ol class="lessons">{rows}</ol>
        <div class="toolbar">
            <button type="button" on:click=choose>{page.words(Locale::lessons_open_file)}</button>
            <button type="button" on:click=save>{page.words(Locale::lessons_answers)}</button>
            <input
                type="file"
                class="hidden"
                accept="text/plain,text/markdown,.md,.txt"
                tabindex="-1"
                aria-label=page.words(Locale::lessons_open_file)
                node_ref=input
                on:change=take
            />
        </div>
    }
}

/// Opens the first lesson of a file.
fn open_file(page: Page, file: web_sys::File) {
    let name = file.name();
    spawn_local(async move {
        let read = async {
            check_size(file.size() as usize)?;
            let bytes = browser::read_file(&file).await.map_err(|_| LessonError { line: 1, fault: Fault::Empty })?;
            text::decode(&bytes).map_err(|_| LessonError { line: 1, fault: Fault::Empty })
        };
        match read.await {
            Ok(text) => take_text(page, name, &text),
            Err(error) => page.report(Problem::LessonFile { name, error }),
        }
    });
}

/// Opens the first lesson of a file's text.
pub fn take_text(page: Page, name: String, text: &str) {
    match check_size(text.len()).and_then(|()| lesson::read(text)) {
        Ok(lessons) => {
            let first = lessons[0].name.clone();
            if lessons.len() == 1 {
                page.lessons.keep_text(&first, text);
            }
            page.take_lessons(lessons);
            page.go_to_lesson(&first, 0);
        }
        Err(error) => page.report(Problem::LessonFile { name, error }),
    }
}

fn check_size(size: usize) -> Result<(), LessonError> {
    if size > lesson::MOST_BYTES { Err(LessonError { line: 1, fault: Fault::TooLong }) } else { Ok(()) }
}

#[component]
fn OpenPage() -> impl IntoView {
    let page = page();
    let shown = Memo::new(move |_| {
        let (name, number) = page.view.lesson.get();
        name.and_then(|name| page.lessons.with_page(&name, number)).map(|lesson| (lesson, number))
    });
    point_at(shown);
    // The panels' texts, which may tell the answer, wait for it.
    Effect::new(move |_| {
        let is_predicted = shown.get().is_some_and(|(lesson, number)| {
            let answer = page.lessons.progress.with(|progress| progress.page(&lesson.name, number).answer);
            lesson.pages[number].question.is_some() && answer.is_none()
        });
        if let Some(root) = document().document_element() {
            // The attribute's name is one that no browser refuses.
            drop(root.toggle_attribute_with_force("data-predicted", is_predicted));
        }
    });
    let leave = move |_| page.dispatch(Action::TurnTo { lesson: None, page: 0 });
    move || {
        let Some((lesson, number)) = shown.get() else {
            let (name, number) = page.view.lesson.get();
            let name = name.filter(|_| page.lessons.all.with(|all| !all.is_empty()))?;
            let words = page.locale().format(message::LessonUnknown { name, page: number + 1 });
            return Some(
                view! {
                    <p role="alert">{words}</p>
                    <button type="button" on:click=leave>{page.words(Locale::lessons_leave)}</button>
                }
                .into_any(),
            );
        };
        let (pages, of_lesson) = (lesson.pages.len(), &lesson.pages[number]);
        let title = of_lesson.title.clone();
        let place = move || page.locale().format(message::LessonPage { page: number + 1, pages });
        let question =
            of_lesson.question.clone().map(|question| view! { <Asked question number name=lesson.name.clone()/> });
        let aim = (!lesson.aim.is_empty()).then(|| page.locale().format(message::LessonAim { aim: &lesson.aim }));
        let notes = aim.into_iter().chain(of_lesson.notes.clone()).map(|note| view! { <p>{note}</p> }).collect_view();
        let notes =
            view! { <details class="notes"><summary>{page.words(Locale::lesson_notes)}</summary>{notes}</details> };
        let worksheet = view! { <Worksheet lesson=lesson.clone()/> };
        let again = lesson.name.clone();
        let paragraphs = of_lesson.paragraphs.iter().map(|spans| view! { <p>{prose(spans)}</p> }).collect_view();
        let is_last = number + 1 >= pages;
        let next = is_last.then(|| page.lessons.after(&lesson.name)).flatten();
        let show = of_lesson.at.map(|place| {
            let show = move |_| {
                if let Some(element) = element_at(place) {
                    browser::scroll_to(&element);
                }
            };
            view! { <button type="button" on:click=show>{page.words(Locale::lesson_show)}</button> }
        });
        Some(view! {
            <p class="lesson-title"><span>{lesson.title.clone()}</span> <span class="note">{place}</span></p>
            <h2 id="lesson-heading" tabindex="-1">{title}</h2>
            <div class="prose">{paragraphs}</div>
            {question}
            <Goal of_lesson=of_lesson.clone() name=lesson.name.clone() number/>
            <div class="toolbar">
                <button type="button" disabled={number == 0} on:click=move |_| turn(page, false)>
                    {page.words(Locale::lesson_back)}
                </button>
                {if is_last {
                    let on = next.map(|next| {
                        let title = next.title.clone();
                        view! {
                            <button type="button" class="primary" on:click=move |_| page.go_to_lesson(&next.name, 0)>
                                {move || page.locale().format(message::LessonOn { title: &title })}
                            </button>
                        }
                    });
                    view! {
                        {on}
                        <button type="button" on:click=leave>{page.words(Locale::lesson_end)}</button>
                    }.into_any()
                } else {
                    view! {
                        <button type="button" class="primary" on:click=move |_| turn(page, true)>
                            {page.words(Locale::lesson_next)}
                        </button>
                    }.into_any()
                }}
                {show}
                <button type="button" on:click=move |_| page.go_to_lesson(&again, number)>{page.words(Locale::lesson_again)}</button>
                {(!is_last).then(|| view! { <button type="button" on:click=leave>{page.words(Locale::lessons_leave)}</button> })}
            </div>
            {notes}
            {worksheet}
        }
        .into_any())
    }
}

fn prose(spans: &[Span]) -> impl IntoView + use<> {
    let piece = |span: &Span| match span.clone() {
        Span::Plain(text) => view! { <Explained text/> }.into_any(),
        Span::Emphasis(text) => view! { <em>{text}</em> }.into_any(),
        Span::Code(text) => view! { <code>{text}</code> }.into_any(),
    };
    spans.iter().map(piece).collect_view()
}

/// A question with its answers; the reveal comes with the first choice, which is what is kept.
#[component]
fn Asked(question: Question, name: String, number: usize) -> impl IntoView {
    let page = page();
    let chosen = Memo::new(move |_| page.lessons.progress.with(|progress| progress.page(&name, number).answer));
    let right = question.right;
    let answers = question.answers.clone().into_iter().enumerate().map(|(index, answer)| {
        let choose = move |_| page.note_progress(|progress| progress.answer = progress.answer.or(Some(index)));
        view! {
            <button
                type="button"
                class="answer"
                class:right=move || chosen.get().is_some() && index == right
                aria-pressed=move || (chosen.get() == Some(index)).to_string()
                aria-disabled=move || chosen.get().is_some().to_string()
                on:click=choose
            >
                {answer}
            </button>
        }
    });
    let of_right = question.answers[right].clone();
    let verdict = move || {
        let locale = page.locale();
        chosen.get().map(|index| {
            if index == right {
                locale.lesson_right().to_owned()
            } else {
                locale.format(message::LessonWrong { answer: &of_right })
            }
        })
    };
    let reveal = question.reveal.clone();
    view! {
        <div class="asked" role="group" aria-label=question.text.clone()>
            <p class="question"><Explained text=question.text.clone()/></p>
            <div class="answers">{answers.collect_view()}</div>
            <div role="status">{move || verdict().map(|verdict| view! { <p class="reveal"><strong>{verdict.clone()}</strong> {gap(&verdict)} {reveal.clone()}</p> })}</div>
        </div>
    }
}

/// What completes the page, and how far one is.
#[component]
fn Goal(of_lesson: LessonPage, name: String, number: usize) -> impl IntoView {
    let page = page();
    let done = Memo::new(move |_| page.lessons.progress.with(|progress| progress.page(&name, number)));
    let LessonPage { until, question, .. } = of_lesson;
    let told = until.clone();
    let measured = move || {
        let locale = page.locale();
        let now = told.measured(page.shown_errors().as_deref()).map(formatting::error);
        let best = done.get().best.map(formatting::error);
        let parts = [
            now.map(|error| locale.format(message::LessonNow { error })),
            best.map(|error| locale.format(message::LessonBest { error })),
        ];
        let figures = parts.into_iter().flatten().collect::<Vec<_>>().join(locale.chart_list_separator());
        locale.format(message::LessonMeasured { figures })
    };
    let is_challenge = matches!(until, Until::Error { .. });
    // A prediction is made before what shows whether it is right.
    let is_predicted = question.is_some() && !matches!(until, Until::Answered);
    let goal = move || {
        let goal = words(&until, page.locale())?;
        let is_open = is_predicted && done.with(|done| done.answer.is_none() && !done.is_done);
        Some(if is_open { page.locale().format(message::LessonAnswerFirst { goal }) } else { goal })
    };
    move || {
        goal().map(|goal| {
            let is_done = done.get().is_done;
            view! {
                <p class="goal" class:done=is_done role="status">
                    <strong>{if is_done { page.locale().lesson_complete() } else { page.locale().lesson_todo() }}</strong>
                    " " {goal} {is_challenge.then(&measured)}
                </p>
                {page.lessons.strayed.get().map(|path| {
                    let setting = label(&path, page.locale());
                    view! { <p class="goal" role="status">{page.locale().format(message::LessonStrayed { setting })}</p> }
                })}
            }
        })
    }
}

/// A goal in words; none where nothing is to be done.
fn words(until: &Until, locale: Locale) -> Option<String> {
    Some(match until {
        Until::Read => return None,
        Until::Answered => locale.lesson_until_answered().to_owned(),
        Until::Iteration(iteration) => {
            locale.format(message::LessonUntilIteration { iteration: formatting::count(*iteration) })
        }
        Until::Error { step, below } => {
            locale.format(message::LessonUntilError { step: *step, below: formatting::error(*below) })
        }
        Until::Open(panel) => locale.format(message::LessonUntilOpen { panel: heading(*panel, locale) }),
        Until::Changed(path) => locale.format(message::LessonUntilChanged { setting: label(path, locale) }),
        Until::Evaluated => locale.lesson_until_evaluated().to_owned(),
        Until::Compared => locale.lesson_until_compared().to_owned(),
    })
}

/// What a value of the state is called, by its path.
fn label(path: &str, locale: Locale) -> String {
    // A task's coordinate is called as its range is.
    let named = labels::of(path, locale).or_else(|| labels::of(&path.replace("preview.task.", "tasks."), locale));
    let several = || match path {
        "tasks" => locale.group_tasks(),
        "model" => locale.group_model(),
        "inner" => locale.group_inner(),
        "outer" => locale.group_outer(),
        "eval" => locale.group_eval(),
        "shots" => locale.fit_count(),
        "preview" => locale.lesson_task_and_shots(),
        "preview.task" => locale.picker_heading(),
        _ => path,
    };
    named.map_or_else(several, |words| words.label).to_owned()
}

/// The heading of a panel.
fn heading(panel: Panel, locale: Locale) -> &'static str {
    match panel {
        Panel::TwoTasks => locale.two_heading(),
        Panel::Inside => locale.inside_heading(),
        Panel::LossSurface => locale.surface_heading(),
        Panel::Alignment => locale.alignment_heading(),
        Panel::ThetaMap => locale.theta_map_heading(),
        Panel::Wheel => locale.wheel_heading(),
        Panel::Comparison => locale.comparison_heading(),
        Panel::Search => locale.search_heading(),
    }
}

/// Marks what the page points at, and brings it into sight.
fn point_at(shown: Memo<Option<(Arc<Lesson>, usize)>>) {
    const POINTED: &str = "pointed";
    let unmark = || {
        let marked = document().get_elements_by_class_name(POINTED);
        while let Some(element) = marked.item(0) {
            if element.class_list().remove_1(POINTED).is_err() {
                break;
            }
        }
    };
    Effect::new(move |_| {
        let Some(place) = shown.with(|shown| shown.as_ref().map(|(lesson, number)| lesson.pages[*number].at)) else {
            return unmark();
        };
        unmark();
        let element = place.and_then(element_at);
        if let Some(element) = &element {
            let _ = element.class_list().add_1(POINTED);
        }
        // What lies in the text's own column, or in one column with it, would push the text out of sight that tells of it.
        let text = document().query_selector(".guide").ok().flatten();
        let column = text.as_ref().and_then(|text| text.closest(".side").ok().flatten());
        match (element, column) {
            (element, Some(column)) if browser::has_columns() => {
                // A page that points at nothing is about the chart at the top.
                let element = element.or_else(|| document().query_selector(".fit").ok().flatten());
                if let Some(element) =
                    element.filter(|element| !column.contains(Some(element)) && !is_in_sight(element))
                {
                    browser::scroll_to(&element);
                }
                column.set_scroll_top(0);
            }
            _ => {
                if let Some(text) = text {
                    browser::scroll_to(&text);
                }
            }
        }
    });
    on_cleanup(unmark);
}

fn element_at(place: Place) -> Option<web_sys::Element> {
    document().query_selector(&place.selector()).ok().flatten()
}

/// Whether all of it can be seen, and there is room below for what it may grow by: a panel that has just been opened is
/// still empty, and a table comes with its figures.
fn is_in_sight(element: &web_sys::Element) -> bool {
    let (bounds, height) = (element.get_bounding_client_rect(), browser::window_height());
    bounds.top() > 0.0 && bounds.top() < height / 2.0 && bounds.bottom() <= height
}
