//! Files that a person opens or drops on the page, and θ or the whole session as bytes of a file.

use std::ops::Range;

use js_sys::{Float32Array, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::page::Page;
use super::panels::lessons;
use super::shell::browser;
use crate::app::action::Action;
use crate::app::file::{self, Contents};
use crate::app::problem::Problem;
use crate::app::session_file::{self, FileError, SavedSession};
use crate::app::state::PageState;
use crate::domain::config::Config;
use crate::domain::config::error::ConfigError;
use crate::domain::config::theta_file::{self, FramesFile, Origin};
use crate::domain::provenance::Provenance;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{
    BegunSave, Command, Failure, Moment, ReadKeyframes, ReadMoment, SaveRun, SavedKeyframe, SavedRun,
};
use crate::engine::web::codec::joined;

/// Takes a file, which is not read if it is too large.
pub fn take_file(page: Page, chosen: web_sys::File) {
    let name = chosen.name();
    spawn_local(async move {
        let read = async {
            file::check_size(&name, chosen.size() as u64)?;
            let unread = |detail| FileError::Config(ConfigError::Syntax { line: 0, column: 0, detail });
            browser::read_file(&chosen).await.map_err(unread)
        };
        match read.await {
            Ok(bytes) => page.dispatch(Action::LoadFile { name, bytes }),
            Err(error) => page.report(Problem::File { name, error }),
        }
    });
}

/// Carries out [`Effect::LoadFile`](crate::app::update::Effect::LoadFile).
pub fn load_file(page: Page, name: String, bytes: &[u8]) {
    let present = page.run.config.get_untracked();
    match file::read(&name, bytes, &present) {
        Ok(Contents::Settings(text)) => page.dispatch(Action::Import { name, text }),
        Ok(Contents::Lessons(text)) => lessons::take_text(page, name, &text),
        Ok(Contents::Theta { theta, provenance }) => tell(page, name, begin_from(page, theta, provenance)),
        Ok(Contents::Session(session)) => tell(page, name, load_session(page, *session)),
        Err(error) => page.report(Problem::File { name, error }),
    }
}

/// Waits for what becomes of a file, and tells it where the engine refuses it.
fn tell(page: Page, name: String, done: impl Future<Output = Result<(), Failure>> + 'static) {
    spawn_local(async move {
        match done.await {
            // An interruption by the user needs no notice.
            Ok(()) | Err(Failure::Interrupted) => {}
            Err(failure) => page.report(Problem::File { name, error: FileError::Engine(failure) }),
        }
    });
}

/// Begins the present run at a θ from outside.
///
/// # Errors
/// The engine's; nothing has changed then.
pub async fn begin_from(page: Page, theta: Vec<f32>, provenance: Provenance) -> Result<(), Failure> {
    page.call_off();
    page.configured().await?;
    page.request(Command::BeginFrom { theta, provenance }).await?;
    page.announce(page.appearance.locale.get_untracked().theta_replaced());
    Ok(())
}

/// Goes on with a session. Language, colours and the choice of a backend stay those of the reader.
///
/// # Errors
/// The engine's; nothing has changed then. Or another page was opened meanwhile, which stays.
pub async fn load_session(page: Page, session: SavedSession) -> Result<(), Failure> {
    page.trained_since_lesson.set_value(true);
    page.call_off();
    load_at(page, page.last_number(), session).await
}

/// The same at the [moment](Page::set_out) of this number, which is not gone to yet.
///
/// # Errors
/// As above.
pub async fn load_at(page: Page, number: u64, session: SavedSession) -> Result<(), Failure> {
    let SavedSession { run, state } = session;
    let config = run.config.clone();
    page.request(Command::LoadRun { run: Box::new(run) }).await?;
    if !page.is_last(number) && page.run.reaching.with_untracked(Option::is_some) {
        // The page that was opened meanwhile is on its way.
        page.runs_by(config);
        return Err(Failure::Interrupted);
    }
    let present = page.with_app(|app| app.state().clone());
    let PageState { engine, appearance, .. } = present.clone();
    let mut state = PageState { engine, appearance, ..state.unwrap_or(present) };
    state.document.config = config;
    page.dispatch(Action::Open { state: Box::new(state), moment: None, kept: None });
    page.accepted();
    Ok(())
}

/// The file of the θ that is shown.
///
/// # Errors
/// The engine's.
pub async fn theta_file(page: Page) -> Result<Uint8Array, Failure> {
    let Moment { iteration, provenance, model, theta } = page.request(ReadMoment).await?;
    let config = Config { model, ..page.run.config.get_untracked() };
    Ok(theta_file::write(&theta, &Origin { config, iteration, provenance }, None)[..].into())
}

/// The file of the whole session: the run with its past, and the page.
///
/// # Errors
/// The engine's.
pub async fn session_file(page: Page) -> Result<Uint8Array, Failure> {
    session_file_of(page, SaveRun::WHOLE, |run| run).await
}

/// The file of a session whose run is changed before it is written. The page is that of this call.
///
/// # Errors
/// The engine's.
pub fn session_file_of(
    page: Page,
    save: SaveRun,
    change: impl FnOnce(SavedRun) -> SavedRun,
) -> impl Future<Output = Result<Uint8Array, Failure>> {
    let state = page.with_app(|app| app.state().clone());
    async move {
        let (mut count, mut parts) = (0, vec![]);
        let run = read_run(page, save, |keyframes| {
            count += keyframes.len();
            parts.push(Uint8Array::from(&session_file::bytes_of(keyframes)[..]));
        });
        let run = change(run.await?);
        let size = parts.iter().map(|part| part.length() as usize).sum();
        parts.insert(0, session_file::head(&run, (count, size), &state)[..].into());
        Ok(joined(parts))
    }
}

/// The file of θ along the run: at each moment that the time line has recorded, and at its present.
///
/// # Errors
/// The engine's.
pub async fn frames_file(page: Page) -> Result<Uint8Array, Failure> {
    let (mut iterations, mut frames) = (vec![], vec![]);
    let mut add = |train_state: &TrainState| {
        if iterations.last() != Some(&train_state.iteration) {
            iterations.push(train_state.iteration);
            frames.push(Float32Array::from(&train_state.theta[..]));
        }
    };
    let recorded = |keyframes: &[SavedKeyframe]| keyframes.iter().for_each(|keyframe| add(&keyframe.train_state));
    let SavedRun { config, train_state, .. } = read_run(page, SaveRun::WHOLE, recorded).await?;
    // The present may be recorded already.
    add(&train_state);
    let origin = Origin { config, iteration: train_state.iteration, provenance: train_state.provenance };
    let FramesFile { head, places } = theta_file::frames(&iterations, &origin);
    let bytes_of = |frame: &Float32Array, places: &Range<usize>| {
        let numbers = frame.subarray(places.start as u32, places.end as u32);
        Uint8Array::new_with_byte_offset_and_length(&numbers.buffer(), numbers.byte_offset(), numbers.byte_length())
    };
    let numbers = places.iter().flat_map(|places| frames.iter().map(|frame| bytes_of(frame, places)));
    Ok(joined([head[..].into()].into_iter().chain(numbers).collect()))
}

/// Reads a run with its past, whose keyframes are given to `take` part after part: what JavaScript holds is given back, and
/// what the page's program has held is not.
async fn read_run(page: Page, save: SaveRun, mut take: impl FnMut(&[SavedKeyframe])) -> Result<SavedRun, Failure> {
    let BegunSave { number, mut run } = page.request(save).await?;
    let (mut from, mut keyframes) = (0, std::mem::take(&mut run.keyframes));
    while !keyframes.is_empty() {
        from += keyframes.len();
        take(&keyframes);
        keyframes = page.request(ReadKeyframes { save: number, from }).await?;
    }
    Ok(run)
}

/// Saves θ along the run, by the browser.
pub fn save_frames(page: Page) {
    save(page, "frames", frames_file(page));
}

/// Saves the θ that is shown, by the browser.
pub fn save_theta(page: Page) {
    save(page, "theta", theta_file(page));
}

/// Saves the whole session, by the browser.
pub fn save_session(page: Page) {
    save(page, "session", session_file(page));
}

fn save(page: Page, what: &str, file: impl Future<Output = Result<Uint8Array, Failure>> + 'static) {
    let name = format!("reptile-lab-{what}-{}.safetensors", page.run.shown.get_untracked());
    spawn_local(async move {
        match file.await {
            Ok(file) if browser::save(&name, &file).is_some() => {}
            Ok(_) => page.report(Problem::NotSaved { name }),
            Err(failure) => page.report(Problem::Engine(failure)),
        }
    });
}
