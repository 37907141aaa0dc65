//! Lessons: their form is read as it is written, faults are told by line, and those of the page are the same in every language.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::lesson::{self, Facts, Lesson, MOST_PAGES, Place, Span, Until};
use reptile_lab::app::lesson_progress::Progress;
use reptile_lab::app::link::Link;
use reptile_lab::app::state::{PageState, Panel};
use reptile_lab::i18n::Locale;

const SAMPLE: &str = "\u{feff}# What θ is
name: theta
minutes: 8
aim: Students can say what θ is.

## A flat line
open: 1&preset=paper&at=20&view.panels=wheel
at: wheel
until: error 4 < 0.1
fixed: preview.task, shots

Press *Train*, and watch `s = 4`: it falls
on the next line too.

Another paragraph, with 2 * 3 and an open ` mark.

? What will θ predict?
- The task *
- A flat line
! The mean of all tasks:
nearly zero everywhere.

> Ask why.
> Let them draw it.

## The end
- This is a paragraph, not an answer.
";

fn sample() -> Lesson {
    lesson::read(SAMPLE).expect("it is well formed").remove(0)
}

#[test]
fn a_lesson_is_read_as_it_is_written() {
    let Lesson { name, title, minutes, aim, pages } = sample();
    assert_eq!((name.as_str(), title.as_str(), minutes), ("theta", "What θ is", Some(8)));
    assert_eq!((aim.as_str(), pages.len()), ("Students can say what θ is.", 2));
    let page = &pages[0];
    assert_eq!((page.at, &page.until), (Some(Place::Panel(Panel::Wheel)), &Until::Error { step: 4, below: 0.1 }));
    assert_eq!(page.fixed, ["preview.task", "shots"]);
    let open = Link::read("1&preset=paper&at=20&view.panels=wheel", Locale::En, Scheme::Light).expect("it is a link");
    assert_eq!(page.open.as_ref(), Some(&open));
    let [first, second] = &page.paragraphs[..] else { panic!("two paragraphs: {:?}", page.paragraphs) };
    assert_eq!(
        first[1..4],
        [Span::Emphasis("Train".into()), Span::Plain(", and watch ".into()), Span::Code("s = 4".into())]
    );
    assert_eq!(first.last(), Some(&Span::Plain("on the next line too.".into())));
    assert_eq!(second, &[Span::Plain("Another paragraph, with 2 * 3 and an open ` mark.".into())]);
    let question = page.question.as_ref().expect("a question");
    assert_eq!((question.answers.join("|"), question.right), ("The task|A flat line".into(), 0));
    assert_eq!(question.reveal, "The mean of all tasks: nearly zero everywhere.");
    assert_eq!(page.notes, ["Ask why.", "Let them draw it."]);
    assert_eq!((pages[1].until.clone(), pages[1].paragraphs.len()), (Until::Read, 1));
}

#[test]
fn a_fault_is_told_by_its_line_and_by_what_is_allowed() {
    let begin = "# Title\n## Page\n";
    for (text, line, words) in [
        (String::new(), 1, "there is no lesson in it"),
        ("Hello".into(), 1, "“Hello” belongs to nothing"),
        ("# Title\n".into(), 1, "a lesson has 1 to 40 pages"),
        ("# Title\n# Other\n## Page".into(), 2, "a lesson has 1 to 40 pages"),
        ("# Title\nminutes: many\n## Page".into(), 2, "minutes is “many”; allowed: 1–240"),
        ("# Title\nname: a b\n## Page".into(), 2, "name is “a b”"),
        ("# Title\nlevel: 3\n## Page".into(), 2, "“level: 3” belongs to nothing"),
        (format!("{begin}at: moon"), 3, "at is “moon”; allowed: fit, picker"),
        (format!("{begin}until: error 4 < x"), 3, "until is “error 4 < x”"),
        (format!("{begin}until: changed moon"), 3, "until is “changed moon”"),
        (format!("{begin}fixed: eval, moon"), 3, "fixed is “moon”"),
        (format!("{begin}open: 1&preset=papers"), 3, "open: preset is “papers”"),
        (format!("{begin}open: 1&inner.steps=0"), 3, "inner.steps"),
        (format!("{begin}? What?\n- One *\n\n## Next"), 6, "a question"),
        (format!("{begin}? What?\n- One\n- Two"), 5, "a question"),
        (format!("{begin}? What?\n- One *\n- Two *"), 5, "a question"),
        (format!("{begin}! Reveal"), 3, "a question"),
        (format!("# Title\n{}", "## Page\n".repeat(MOST_PAGES + 1)), MOST_PAGES + 2, "a lesson has 1 to 40 pages"),
        ("x".repeat(lesson::MOST_BYTES + 1), 1, "it is longer than"),
    ] {
        let error = lesson::read(&text).expect_err(&text[..text.len().min(60)]);
        let told = error.to_string();
        assert!(error.line == line && told.contains(words), "{}: {told}", &text[..text.len().min(60)]);
    }
}

proptest! {
    #[test]
    fn any_text_is_lessons_or_a_fault(pieces in prop::collection::vec(prop::sample::select(vec![
        "# ", "## ", "? ", "- ", "! ", "> ", " *", "*", "`", "\n", "\n", "\n\n", "open: 1&", "at: fit", "until: ", "error 4 < 0.1",
        "name: x", "minutes: 3", "aim: ", "θ", "<script>", "NaN", "\u{0}", "\r\n", "seed=3",
    ]), 0..80)) {
        if let Ok(lessons) = lesson::read(&pieces.concat()) {
            for page in lessons.iter().flat_map(|lesson| &lesson.pages) {
                prop_assert!(page.question.iter().all(|question| question.right < question.answers.len()));
            }
        }
    }
}

#[test]
fn a_page_is_complete_when_its_condition_is_met() {
    const CONDITIONS: [&str; 7] =
        ["answered", "iteration 11", "error 1 < 1", "open wheel", "changed inner.steps", "evaluated", "compared"];
    let opened = PageState::new(Locale::En, Scheme::Light);
    let mut state = opened.clone();
    let met = |until: &str, facts: &Facts<'_>| {
        let text = format!("# Title\n## Page\nuntil: {until}");
        lesson::read(&text).expect(until)[0].pages[0].until.is_met(facts)
    };
    let mse = [6.0, 0.5, 0.2, f64::NAN];
    let before = Facts {
        state: &opened,
        opened: &opened,
        iteration: 10,
        mse: None,
        is_answered: false,
        is_evaluated: false,
        is_compared: false,
    };
    for until in CONDITIONS {
        assert!(!met(until, &before), "{until}");
    }
    state.document.config.set("inner.steps", 8.into()).expect("it is allowed");
    state.view.panels = vec![Panel::Wheel];
    let after = Facts {
        state: &state,
        iteration: 11,
        mse: Some(&mse),
        is_answered: true,
        is_evaluated: true,
        is_compared: true,
        ..before
    };
    for until in ["read"].into_iter().chain(CONDITIONS) {
        assert!(met(until, &after), "{until}");
    }
    for until in
        ["error 3 < 1", "error 4 < 1", "error 1 < 0.5", "changed outer.iterations", "changed preview.task.phase"]
    {
        assert!(!met(until, &after), "{until}");
    }
}

#[test]
fn a_challenge_is_not_met_by_what_its_page_fixes() {
    let open = "open: 1&preview.task.amplitude=2&inner.steps=3";
    let text = format!("# Title\n## Page\n{open}\nfixed: preview.task, shots, outer.iterations\n## Other\nfixed: eval");
    let lesson = lesson::read(&text).expect("it is well formed").remove(0);
    let begun = Link::read(&open[6..], Locale::En, Scheme::Light).expect("it is a link").state;
    // After a reload the lesson's page is opened as it was left.
    let strayed = |page: usize, state: &PageState| lesson.pages[page].strayed(state, state).map(str::to_owned);
    assert_eq!(strayed(0, &begun), None);
    let changed = |change: &dyn Fn(&mut PageState)| {
        let mut state = begun.clone();
        change(&mut state);
        state
    };
    let config = |path: &'static str, value: u64| {
        changed(&move |state| state.document.config.set(path, value.into()).expect("it is allowed"))
    };
    assert_eq!(strayed(0, &config("inner.steps", 9)), None, "what is not fixed may be changed");
    assert_eq!(strayed(0, &config("outer.iterations", 9)).as_deref(), Some("outer.iterations"));
    assert_eq!(strayed(0, &config("eval.shots", 11)).as_deref(), Some("shots"));
    let resampled = changed(&|state| state.document.preview.resample());
    assert_eq!(strayed(0, &resampled), None, "as many others, of the same task");
    let one_more = changed(&|state| {
        let config = state.document.config.clone();
        assert!(state.document.preview.add_in_gap(&config));
    });
    assert_eq!(strayed(0, &one_more).as_deref(), Some("shots"));
    assert_eq!(strayed(0, &PageState::new(Locale::En, Scheme::Light)).as_deref(), Some("preview.task"));
    // A page that opens nothing is compared with what there was.
    let evaluated = config("eval.tasks", 9);
    assert_eq!((strayed(1, &evaluated), lesson.pages[1].strayed(&evaluated, &begun)), (None, Some("eval")));
}

#[test]
fn what_has_been_done_is_kept_and_becomes_a_table() {
    let lesson = sample();
    let mut progress = Progress::default();
    assert!(progress.note(&lesson, 0, |page| (page.answer, page.best) = (Some(1), Some(0.25))));
    assert!(!progress.note(&lesson, 0, |page| page.answer = Some(1)), "nothing new");
    assert!(!progress.note(&lesson, 2, |page| page.is_done = true), "there is no such page");
    assert!(progress.note(&lesson, 1, |page| (page.is_done, page.best) = (true, Some(f64::NAN))));
    assert_eq!(progress.done(&lesson), 1);
    assert_eq!(Progress::from_json(&progress.to_json()), progress);
    assert_eq!(Progress::from_json("{\"theta\":[{}]}"), Progress::default());
    let mut hostile = lesson.clone();
    hostile.pages[0].question.as_mut().expect("one").text = "=1+1, \"why\"?".into();
    let expected = "lesson,page,title,done,question,answer,right,best_mse\r\n\
                    theta,1,A flat line,false,\"'=1+1, \"\"why\"\"?\",A flat line,false,0.25\r\n\
                    theta,2,The end,true,,,,\r\n";
    assert_eq!(progress.table(&[Arc::new(hostile)]), expected);
}

fn of_the_page(locale: Locale) -> Vec<Lesson> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/lessons").join(format!("{}.md", locale.code()));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    lesson::read(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_lessons_of_the_page_are_the_same_in_every_language() {
    let english = of_the_page(Locale::En);
    assert_eq!(english.len(), 10);
    for locale in Locale::ALL.iter().copied() {
        let lessons = of_the_page(locale);
        assert_eq!(lessons.len(), english.len());
        for (lesson, english) in lessons.iter().zip(&english) {
            let tell = |page: usize| format!("{locale:?}, {}, page {}", english.name, page + 1);
            assert_eq!(
                (&lesson.name, lesson.minutes, lesson.pages.len()),
                (&english.name, english.minutes, english.pages.len())
            );
            assert!(lesson.minutes.is_some() && !lesson.aim.is_empty());
            for (number, (page, english)) in lesson.pages.iter().zip(&english.pages).enumerate() {
                assert_eq!(
                    (&page.open, page.at, &page.until, &page.fixed),
                    (&english.open, english.at, &english.until, &english.fixed),
                    "{}",
                    tell(number)
                );
                let form =
                    |page: &lesson::LessonPage| page.question.as_ref().map(|asked| (asked.answers.len(), asked.right));
                assert_eq!(form(page), form(english), "{}", tell(number));
                assert!(!page.paragraphs.is_empty(), "{}", tell(number));
                assert!(page.question.is_some() || page.until != Until::Answered, "{}", tell(number));
            }
        }
    }
}

#[test]
fn every_lesson_begins_with_a_page_of_its_own_and_has_a_question() {
    for lesson in of_the_page(Locale::En) {
        assert!(lesson.pages[0].open.is_some(), "{}", lesson.name);
        assert!(lesson.pages.iter().any(|page| page.question.is_some()), "{}", lesson.name);
        for page in &lesson.pages {
            if let Some(open) = &page.open {
                // A class does not wait for what a page begins with.
                assert!(open.moment <= 5000 && open.state.view.hidden.is_empty(), "{}: {}", lesson.name, page.title);
            }
        }
    }
}
