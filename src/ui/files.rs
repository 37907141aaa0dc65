//! Files that a person opens or drops on the page, and θ or the whole session as bytes of a file.

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
use crate::domain::config::theta_file::{self, Origin};
use crate::domain::provenance::Provenance;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Command, Failure, Moment, ReadMoment, SaveRun, SavedRun};

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
        if let Err(failure) = done.await {
            page.report(Problem::File { name, error: FileError::Engine(failure) });
        }
    });
}

/// Begins the present run at a θ from outside.
///
/// # Errors
/// The engine's; nothing has changed then.
pub async fn begin_from(page: Page, theta: Vec<f32>, provenance: Provenance) -> Result<(), Failure> {
    page.configured().await?;
    page.request(Command::BeginFrom { theta, provenance }).await?;
    page.announce(page.appearance.locale.get_untracked().theta_replaced());
    Ok(())
}

/// Goes on with a session. Language, colours and the choice of a backend stay those of the reader.
///
/// # Errors
/// The engine's; nothing has changed then.
pub async fn load_session(page: Page, session: SavedSession) -> Result<(), Failure> {
    let SavedSession { run, state } = session;
    let config = run.config.clone();
    let shown = run.past.as_ref().unwrap_or(&run.train_state).iteration;
    page.request(Command::LoadRun { run: Box::new(run) }).await?;
    let present = page.with_app(|app| app.state().clone());
    let PageState { engine, appearance, .. } = present.clone();
    let mut state = PageState { engine, appearance, ..state.unwrap_or(present) };
    state.document.config = config;
    page.dispatch(Action::Open { state: Box::new(state), moment: shown, kept: None });
    page.accepted();
    Ok(())
}

/// The file of the θ that is shown.
///
/// # Errors
/// The engine's.
pub async fn theta_bytes(page: Page) -> Result<Vec<u8>, Failure> {
    let Moment { iteration, provenance, model, theta } = page.request(ReadMoment).await?;
    let config = Config { model, ..page.run.config.get_untracked() };
    Ok(theta_file::write(&theta, &Origin { config, iteration, provenance }, None))
}

/// The file of the whole session: the run with its past, and the page.
///
/// # Errors
/// The engine's.
pub async fn session_bytes(page: Page) -> Result<Vec<u8>, Failure> {
    let run = page.request(SaveRun::WHOLE).await?;
    Ok(page.with_app(|app| session_file::write(run, app.state())))
}

/// The file of θ along the run: at each moment that the time line has recorded, and at its present.
///
/// # Errors
/// The engine's.
pub async fn frames_bytes(page: Page) -> Result<Vec<u8>, Failure> {
    let SavedRun { config, train_state, keyframes, .. } = page.request(SaveRun::WHOLE).await?;
    let recorded = keyframes.iter().map(|keyframe| &keyframe.train_state);
    let recorded = recorded.filter(|recorded| recorded.iteration < train_state.iteration).chain([&train_state]);
    let frames: Vec<(u64, &[f32])> = recorded.map(|recorded| (recorded.iteration, &recorded.theta[..])).collect();
    let TrainState { iteration, ref provenance, .. } = train_state;
    Ok(theta_file::write_frames(&frames, &Origin { config, iteration, provenance: provenance.clone() }))
}

/// Saves θ along the run, by the browser.
pub fn save_frames(page: Page) {
    save(page, "frames", frames_bytes(page));
}

/// Saves the θ that is shown, by the browser.
pub fn save_theta(page: Page) {
    save(page, "theta", theta_bytes(page));
}

/// Saves the whole session, by the browser.
pub fn save_session(page: Page) {
    save(page, "session", session_bytes(page));
}

fn save(page: Page, what: &str, bytes: impl Future<Output = Result<Vec<u8>, Failure>> + 'static) {
    let name = format!("reptile-lab-{what}-{}.safetensors", page.run.shown.get_untracked());
    spawn_local(async move {
        match bytes.await {
            Ok(bytes) if browser::save(&name, &bytes).is_some() => {}
            Ok(_) => page.report(Problem::NotSaved { name }),
            Err(failure) => page.report(Problem::Engine(failure)),
        }
    });
}
