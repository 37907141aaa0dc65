//! Links: every page that a person can make comes back from its link, and no fragment does harm.

use proptest::prelude::*;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::link::{Link, LinkError, MOST_BYTES};
use reptile_lab::app::part::Part;
use reptile_lab::app::qr;
use reptile_lab::app::state::{PageState, Panel};
use reptile_lab::app::state_error::StateError;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::task::Task;
use reptile_lab::domain::task::family::{Families, Family};
use reptile_lab::i18n::Locale;

fn beginning() -> PageState {
    PageState::new(Locale::En, Scheme::Light)
}

fn read(fragment: &str) -> Result<Link, LinkError> {
    Link::read(fragment, Locale::En, Scheme::Light)
}

#[test]
fn a_link_says_what_differs_in_words_that_people_can_read() {
    let mut state = beginning();
    state.document.config = Preset::Paper.config();
    assert_eq!(Link::new(beginning(), 0).write(false), "1");
    assert_eq!(Link::new(state.clone(), 0).write(true), "1&preset=paper&lang=en");
    state.document.config.set("inner.steps", 8.into()).expect("it is allowed");
    state.document.config.set("algorithm", "fomaml".into()).expect("it is allowed");
    state.document.config.set("model.hidden", vec![16].into()).expect("it is allowed");
    state.document.preview.task = Task::sinusoid(2.5, 1.0);
    state.view.panels = vec![Panel::ThetaMap, Panel::Wheel];
    state.view.steps = vec![];
    state.view.hidden = vec![Part::Settings];
    let link = Link::new(state, 1200);
    let expected = "1&preset=paper&at=1200&algorithm=fomaml&inner.steps=8&model.hidden=16&preview.task.amplitude=2.5\
                    &view.hidden=settings&view.panels=theta-map,wheel&view.steps=";
    assert_eq!(link.write(false), expected);
    assert_eq!(read(expected), Ok(link.clone()));
    assert_eq!(read(&format!("#{expected}")), Ok(link));
}

#[test]
fn a_link_by_hand_may_have_its_parts_in_any_order() {
    let link =
        read("1&view.random_start=false&outer.iterations=500&at=500&preset=fine&tasks.family=square").expect("a link");
    let mut config = Preset::Fine.config();
    (config.outer.iterations, config.tasks.family) = (500, Families::One(Family::Square));
    assert_eq!((link.state.document.config, link.moment, link.state.view.random_start), (config, 500, false));
}

#[test]
fn a_link_names_the_moment_whose_theta_is_kept() {
    let kept = Link { kept: Some(0), ..Link::new(beginning(), 300) };
    assert_eq!(kept.write(false), "1&at=300&keep=0");
    for kept in [kept, Link { kept: Some(2000), ..Link::new(beginning(), 0) }] {
        assert_eq!(read(&kept.write(false)), Ok(kept));
    }
}

#[test]
fn steps_panels_and_parts_come_in_any_order() {
    let [by_hand, in_order] = [
        "1&view.steps=4,0&view.panels=wheel,theta-map,two-tasks&view.hidden=engine,header",
        "1&view.steps=0,4&view.panels=two-tasks,theta-map,wheel&view.hidden=header,engine",
    ]
    .map(|fragment| read(fragment).expect(fragment));
    assert_eq!(by_hand.state, in_order.state);
    assert!(
        in_order
            .write(false)
            .ends_with("&view.hidden=header,engine&view.panels=two-tasks,theta-map,wheel&view.steps=0,4"),
        "{}",
        in_order.write(false)
    );
}

#[test]
fn colours_are_the_readers_and_the_language_is_where_none_is_said() {
    let link = Link::new(beginning(), 0);
    let open = |fragment: &str| {
        let read = Link::read(fragment, Locale::ZhHans, Scheme::Dark).expect("a link");
        (read.state.appearance.locale, read.state.appearance.scheme)
    };
    assert_eq!(open(&link.write(true)), (Locale::En, Scheme::Dark));
    assert_eq!(open(&link.write(false)), (Locale::ZhHans, Scheme::Dark));
    assert_eq!(open(""), (Locale::ZhHans, Scheme::Dark));
}

#[test]
fn what_is_wrong_is_said_by_name() {
    let refused = |fragment: &str| read(fragment).expect_err(fragment).to_string();
    for (fragment, words) in [
        ("0&preset=paper", "it begins with “0”; this page opens links of version 1."),
        ("2", "it begins with “2”; this page opens links of version 1."),
        ("charts", "it begins with “charts”; this page opens links of version 1."),
        ("1&preset=papers", "preset is “papers”; allowed: paper, fast, fine."),
        ("1&lang=xx", "lang is “xx”; allowed: en, zh-Hans."),
        ("1&at=2001", "at is “2001”; allowed: 0–2000."),
        ("1&at=-1", "at is “-1”; allowed: 0–2000."),
        ("1&keep=2001", "keep is “2001”; allowed: 0–2000."),
        ("1&preset", "“preset” is no name=value."),
        ("1&seed=%ff", "“seed=%ff” is no name=value."),
        ("1&inner.stepz=3", "inner.stepz"),
        ("1&document.version=3", "“document.version” is no setting of this page."),
        ("1&appearance.scheme=dark", "“appearance.scheme” is no setting of this page."),
        ("1&view.panels.0=wheel", "“view.panels.0” is no setting of this page."),
        ("1&seed=1&seed=2", "“seed” stands twice."),
        ("1&tasks.x=-1,1&tasks.x.0=2", "“tasks.x.0” stands twice."),
        ("1&inner.steps=8&inner=1", "“inner” stands twice."),
        ("1&inner.steps=0", "inner.steps"),
        ("1&inner.steps=NaN", "inner.steps"),
        ("1&inner.learning_rate=1e999", "inner.learning_rate"),
        ("1&view.steps=4,1,4", "view.steps: allowed is gradient steps, each once"),
        ("1&preview.task.amplitude=1e30", "document.preview.task"),
        ("1&view.hidden=header,header", "view.hidden: allowed is parts, each once"),
        ("1&view.panels=<script>", "unknown variant `<script>`"),
    ] {
        let found = refused(fragment);
        assert!(found.contains(words), "{fragment}: {found}");
    }
    assert!(matches!(read(&"1".repeat(MOST_BYTES + 1)), Err(LinkError::TooLong(_))));
    assert!(matches!(read("1&view.steps=4,4"), Err(LinkError::State(StateError::Value { field: "view.steps", .. }))));
}

#[test]
fn the_link_of_a_lesson_fits_a_code_that_is_read_from_afar() {
    let mut state = beginning();
    state.document.config.set("inner.learning_rate", 0.05.into()).expect("it is allowed");
    state.document.preview.task = Task::sinusoid(2.0, 0.5);
    state.view.panels = vec![Panel::ThetaMap];
    let address = format!("https://reptile-lab.example/{}", Link::new(state, 2000).write(true));
    let code = qr::code(&address).expect("it is short");
    // Version 8 of the standard.
    assert!(code.side <= 49, "{} modules for {} characters", code.side, address.len());
}

/// Pieces of fragments, so that many of them get past the first check.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("1".to_owned()),
        Just("&".to_owned()),
        Just("=".to_owned()),
        Just("%".to_owned()),
        prop::sample::select(vec![
            "preset=",
            "at=",
            "lang=",
            "seed=",
            "tasks",
            ".x",
            "inner.",
            "steps=",
            "view.",
            "panels=",
            "hidden=",
            "preview.",
            "placed=",
            "drawn=",
            "task=",
            "comparison.runs=",
            "search.axes=",
            "document",
            "config",
            "__proto__",
            "null",
            "NaN",
            "[[[[",
            "{\"a\":",
            "<script>alert(1)</script>",
            "%5B%5B1,2%5D%5D",
            "1e999",
            "18446744073709551616",
            "\u{202e}",
            "θ",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,12}",
        "[0-9]{1,20}",
    ]
}

proptest! {
    #[test]
    fn no_fragment_does_harm(pieces in prop::collection::vec(piece(), 0..40)) {
        let fragment = format!("1&{}", pieces.concat());
        match read(&fragment) {
            // What opens is a page, and has a link of its own.
            Ok(link) => {
                prop_assert_eq!(link.state.check(), Ok(()));
                prop_assert_eq!(read(&link.write(true)), Ok(link));
            }
            Err(error) => prop_assert!(error.to_string().chars().count() < 400),
        }
    }

    #[test]
    fn half_a_link_is_refused_or_a_page(cut in 0usize..200) {
        let mut state = beginning();
        state.document.config.set("model.hidden", vec![16, 8].into()).expect("it is allowed");
        state.document.preview.placed = Some(vec![[0.5, 1.25], [-1.5, f32::MIN_POSITIVE]]);
        state.view.panels = Panel::ALL.to_vec();
        let whole = Link::new(state, 7).write(true);
        let half = &whole[..cut.min(whole.len())];
        if let Ok(link) = read(half) {
            prop_assert_eq!(link.state.check(), Ok(()));
        }
    }
}

/// The largest that are read at all, of the kinds that take longest: this test ends.
#[test]
fn a_huge_fragment_is_answered() {
    let fill = |piece: &str| format!("1&{}", piece.repeat(MOST_BYTES / piece.len() - 1));
    let names = (0..6000).map(|number| format!("&a{number}=")).collect::<Vec<_>>().concat();
    let hostile =
        [fill("seed=1&"), fill("%5B"), format!("1&seed={}", "[".repeat(30_000)), format!("1{}", &names[..30_000])];
    for fragment in hostile {
        assert!(fragment.len() <= MOST_BYTES);
        assert!(read(&fragment).is_err(), "{}…", &fragment[..20]);
    }
}
