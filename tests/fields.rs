//! What people type into number fields: how it is read, what is said where it is refused, and the way back to what was there.

use reptile_lab::app::action::Action;
use reptile_lab::app::appearance::Scheme;
use reptile_lab::app::comparison::Unit;
use reptile_lab::app::draft;
use reptile_lab::app::field::{Coordinate, Field, SearchNumber, to_value};
use reptile_lab::app::number::write::exact;
use reptile_lab::app::scale::Scale;
use reptile_lab::app::state::{Document, PageState, Panel};
use reptile_lab::app::update::App;
use reptile_lab::domain::config::error::ConfigError;
use reptile_lab::domain::config::parameters::parameters;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::config::range::Range;
use reptile_lab::domain::task::Task;
use reptile_lab::i18n::Locale;
use serde_json::json;

/// Milliseconds between two actions that are undone by themselves.
const PAUSE: f64 = 10_000.0;

fn app() -> App {
    App::new(PageState::new(Locale::En, Scheme::Light))
}

#[test]
fn what_is_typed_is_read_by_the_kind_of_its_field_and_never_silently_smaller() {
    let mut app = app();
    let taken = [
        ("outer.iterations", "30,000", json!(30_000)),
        ("outer.iterations", "1,000", json!(1000)),
        ("outer.iterations", "２ ０００", json!(2000)),
        ("outer.iterations", "2.000", json!(2000)),
        ("seed", "9 007 199 254 740 991", json!((1_u64 << 53) - 1)),
        ("inner.learning_rate", "０，０３", json!(0.03)),
        ("inner.learning_rate", "1/50", json!(0.02)),
        ("inner.learning_rate", "10⁻³", json!(0.001)),
        ("tasks.noise", "50 %", json!(0.5)),
    ];
    for (path, text, value) in taken {
        app.update(Action::Enter { field: Field::config(path), text: text.into() }, 0.0);
        assert_eq!(app.state().document.config.get(path), Some(value), "{text}");
    }
    app.update(Action::Enter { field: Field::item("tasks.phase", 1), text: "2pi".into() }, 0.0);
    assert_eq!(app.state().document.config.tasks.phase, [0.0, std::f64::consts::TAU]);
    let before = app.state().clone();
    let refused = [
        ("outer.iterations", "1.5", "Meta-iterations: Enter a whole number from 1 to 1\u{202f}000\u{202f}000"),
        ("inner.learning_rate", "fast", "Inner learning rate: Enter a number from 0.00001 to 10"),
        ("inner.learning_rate", "11", "Inner learning rate: Enter a number from 0.00001 to 10"),
        ("tasks.noise", "1,000", "Noise: “1,000” could mean 1\u{202f}000 or 1; enter one of them"),
        ("inner.batch", "51", "Minibatch size: Enter a whole number from 1 to 50"),
    ];
    for (path, text, message) in refused {
        let field = Field::config(path);
        app.update(Action::Type { field, text: text.into() }, 0.0);
        let error = app.drafts()[path].error.clone().expect(text);
        assert_eq!(draft::message(&error, Locale::En), message);
        assert_eq!(
            message.split_once(": ").map(|(_, advice)| advice.to_owned()),
            Some(draft::advice(&error, Locale::En))
        );
        app.update(Action::Discard { field }, 0.0);
    }
    let phase = Field::item("tasks.phase", 0);
    app.update(Action::Enter { field: phase, text: "7".into() }, 0.0);
    let error = app.drafts()["tasks.phase.0"].error.clone().expect("too large");
    assert_eq!(draft::advice(&error, Locale::En), "Enter a number from 0 to 2π");
    app.update(Action::Discard { field: phase }, 0.0);
    assert_eq!((app.state(), app.drafts().len()), (&before, 0), "the last good values are back");
}

#[test]
fn entering_what_a_field_shows_changes_nothing() {
    let mut app = app();
    let task = Task::sinusoid(3.456_789, 1.234_567_8);
    app.update(Action::ShowTask { task }, 0.0);
    let before = app.state().clone();
    let mut fields: Vec<Field> = Coordinate::ALL.map(Field::Task).into();
    fields.extend(parameters().map(|parameter| Field::config(parameter.path)));
    fields.extend(
        ["tasks.phase", "tasks.amplitude", "tasks.x", "model.hidden", "outer.layers"].map(|path| Field::item(path, 1)),
    );
    fields.extend(Unit::ALL.map(Field::Amount));
    fields.extend(
        [SearchNumber::Low(0), SearchNumber::High(1), SearchNumber::Count(0), SearchNumber::Budget].map(Field::Search),
    );
    for field in fields {
        let text = draft::show(&field.value(&app.state().document));
        app.update(Action::Enter { field, text }, 0.0);
        assert_eq!((app.state(), app.drafts().len()), (&before, 0), "{field:?}");
    }
}

/// Whatever a field shows is a text that it takes, for the value that it has.
#[test]
fn every_value_that_a_field_shows_can_be_typed() {
    let mut config = Preset::Fast.config();
    (config.tasks.grid, config.inner.batch) = (200, 1);
    let document = Document::new(config);
    for parameter in parameters() {
        let (field, ends) = match parameter.range {
            Range::Integer { min, max } => (Field::config(parameter.path), [min as f64, max as f64]),
            Range::Real { min, max, .. } => (Field::config(parameter.path), [min, max]),
            Range::Interval { min, max, .. } => (Field::item(parameter.path, 1), [min, max]),
            _ => continue,
        };
        let slider = Scale::of(&parameter.range)
            .map_or(vec![], |scale| (0..=40).map(|i| scale.value(f64::from(i) * 25.0)).collect());
        for value in ends.into_iter().chain(slider) {
            for text in [draft::show(&to_value(value)), exact(value)] {
                let mut taken = document.clone();
                // Relations between fields are another matter.
                if let Err(ConfigError::Entry { .. }) = field.enter(&mut taken, &text) {
                    assert!(["eval.shots", "inner.batch"].contains(&parameter.path), "{}: {text}", parameter.path);
                } else if taken != document {
                    assert_eq!(field.value(&taken).as_f64(), Some(value), "{}: {text}", parameter.path);
                }
            }
        }
    }
}

#[test]
fn the_text_that_blocks_a_run_is_known_with_its_place() {
    let mut app = app();
    assert!(app.fault().is_none());
    for (field, panel) in [
        (Field::config("inner.learning_rate"), None),
        (Field::Amount(Unit::Iterations), Some(Panel::Comparison)),
        (Field::Search(SearchNumber::Seeds), Some(Panel::Search)),
    ] {
        app.update(Action::Type { field, text: "7".into() }, 0.0);
        app.update(Action::Type { field, text: "many".into() }, 0.0);
        let fault = app.fault().expect("a refused text");
        assert_eq!((fault.field, fault.field.panel()), (field, panel));
        app.update(Action::Discard { field }, 0.0);
    }
}

#[test]
fn a_text_that_cannot_be_seen_blocks_nothing() {
    let hidden: [(Field, Action); 4] = [
        (Field::config("inner.momentum"), Action::Set { path: "inner.optimizer", value: json!("sgd") }),
        (Field::Amount(Unit::Iterations), Action::ChooseUnit { unit: Unit::Seconds }),
        (Field::Search(SearchNumber::Count(0)), Action::ChooseMethod { random: true }),
        (Field::Search(SearchNumber::High(1)), Action::ChooseAxis { index: 1, path: None }),
    ];
    for (field, hide) in hidden {
        let mut app = app();
        app.update(Action::Set { path: "inner.optimizer", value: json!("momentum") }, 0.0);
        app.update(Action::Enter { field, text: "no".into() }, 0.0);
        assert!(app.is_allowed().is_err(), "{field:?}");
        app.update(hide, PAUSE);
        assert_eq!(app.is_allowed(), Ok(()), "{field:?}");
    }
}

#[test]
fn fields_that_may_be_negative_are_known_for_phones_whose_number_keys_have_no_minus() {
    let document = app().state().document.clone();
    let may_be = |field: Field| field.takes_negative(&document);
    assert!(may_be(Field::item("tasks.x", 0)) && may_be(Field::item("tasks.x", 1)));
    for never in
        [Field::config("inner.learning_rate"), Field::Shots, Field::item("model.hidden", 0), Field::config("seed")]
    {
        assert!(!may_be(never), "{never:?}");
    }
}
