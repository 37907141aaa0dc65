//! A lesson on paper: its pages one below the other, with room for answers.

use std::sync::Arc;

use leptos::prelude::*;

use crate::app::lesson::{Lesson, LessonPage, Span};
use crate::i18n::{Locale, message};
use crate::ui::page::page;

/// The attribute of the document while it is printed as a worksheet.
const PRINTED: &str = "data-worksheet";

/// The button that prints a lesson, and the lesson as it is printed.
#[component]
pub fn Worksheet(
    /// The lesson.
    lesson: Arc<Lesson>,
) -> impl IntoView {
    let page = page();
    let is_printed = RwSignal::new(false);
    let done = window_event_listener_untyped("afterprint", move |_| {
        if is_printed.get_untracked() {
            mark(false);
            is_printed.set(false);
        }
    });
    on_cleanup(move || {
        mark(false);
        done.remove();
    });
    let print = move |_| {
        is_printed.set(true);
        mark(true);
        // Once the pages are in the document. A browser that does not print shows so itself.
        request_animation_frame(|| drop(window().print()));
    };
    view! {
        <button type="button" class="quiet" on:click=print>{page.words(Locale::lesson_print)}</button>
        {move || is_printed.get().then(|| sheet(&lesson))}
    }
}

/// Has the document printed as a worksheet, or as it is.
fn mark(on: bool) {
    if let Some(root) = document().document_element() {
        // The browser refuses neither.
        if on { drop(root.set_attribute(PRINTED, "")) } else { drop(root.remove_attribute(PRINTED)) }
    }
}

fn sheet(lesson: &Lesson) -> impl IntoView + use<> {
    let locale = page().locale();
    let minutes = lesson.minutes.map(|minutes| locale.format(message::LessonsMinutes { minutes }));
    let pages =
        lesson.pages.iter().enumerate().map(|(index, of_lesson)| sheet_page(index + 1, of_lesson)).collect_view();
    view! {
        <div class="worksheet">
            <p class="worksheet-head"><span>{locale.brand()}</span> <span>{minutes}</span> <span>{locale.lesson_sheet_name()}</span></p>
            <h1>{lesson.title.clone()}</h1>
            {pages}
        </div>
    }
}

fn sheet_page(number: usize, of_lesson: &LessonPage) -> impl IntoView + use<> {
    let locale = page().locale();
    let plain = |spans: &Vec<Span>| {
        let text = |span: &Span| match span {
            Span::Plain(text) | Span::Emphasis(text) | Span::Code(text) => text.clone(),
        };
        spans.iter().map(text).collect::<String>()
    };
    let paragraphs = of_lesson.paragraphs.iter().map(|spans| view! { <p>{plain(spans)}</p> }).collect_view();
    let question = of_lesson.question.as_ref().map(|question| {
        let answers = question.answers.iter().map(|answer| view! { <li>{answer.clone()}</li> }).collect_view();
        view! { <p class="question">{question.text.clone()}</p> <ul class="boxes">{answers}</ul> }
    });
    view! {
        <section>
            <h2>{format!("{number}. {}", of_lesson.title)}</h2>
            {paragraphs}
            {question}
            <p class="lines-to-write" aria-hidden="true">{locale.lesson_sheet_seen()}</p>
        </section>
    }
}
