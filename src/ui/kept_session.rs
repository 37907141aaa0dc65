//! The last session, kept by the browser in `IndexedDB`: it survives a reload, and is offered at the next visit. The one
//! that a lesson takes the place of is kept while the page is open, and offered when the lesson is left.

use std::cell::RefCell;
use std::rc::Rc;

use idb::{Database, DatabaseEvent, Error, Factory, ObjectStoreParams, Query, TransactionMode};
use js_sys::{Object, Reflect, Uint8Array};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};

use super::files;
use super::page::{Offered, Page};
use super::shell::address;
use crate::app::file;
use crate::app::problem::Problem;
use crate::app::session_file::{FileError, SavedSession};
use crate::engine::protocol::{Failure, SaveRun, SavedRun};

const DATABASE: &str = "reptile-lab";
const STORE: &str = "sessions";
const KEY: &str = "last";
/// The greatest age at which a session is offered, in days.
const MOST_DAYS: f64 = 30.0;
const DAY: f64 = 86_400_000.0;
/// So much of the past is kept as is written without a frame being late.
const SAVE: SaveRun = SaveRun { most_bytes: 2 << 20 };

/// Keeps the session as it is. A browser that keeps nothing leaves the page as it was.
pub fn keep(page: Page) {
    spawn_local(async move {
        let Some((iteration, iterations, seconds)) = page.run.status.with_untracked(|status| {
            status.as_ref().map(|status| (status.iteration, status.iterations, status.spent.seconds))
        }) else {
            return;
        };
        // Which moment is shown stands in the address, and may be another one soon.
        let file = files::session_file_of(page, SAVE, |run| SavedRun { past: None, ..run });
        let Ok(bytes) = file.await else { return };
        // A run that was begun anew meanwhile is kept no longer.
        if page.spent_seconds() < seconds {
            return;
        }
        let record = Object::new();
        let fields: [(&str, JsValue); 5] = [
            ("bytes", bytes.into()),
            ("moment", (address::present(page).moment as f64).into()),
            ("iteration", (iteration as f64).into()),
            ("iterations", (iterations as f64).into()),
            ("time", js_sys::Date::now().into()),
        ];
        for (name, value) in fields {
            drop(Reflect::set(&record, &name.into(), &value));
        }
        if write(Some(&record)).await.is_ok() {
            page.kept_seconds.set_value(seconds);
        }
    });
}

/// Keeps the session as it is, to be offered when the lesson is left that is about to begin. What is asked of the engine
/// after this call comes after it.
pub fn keep_before_lesson(page: Page) {
    if page.offered.with_untracked(|offered| offered.is_some_and(|offered| offered.is_before_lesson)) {
        page.offered.set(None);
    }
    let (iteration, iterations) = page
        .run
        .status
        .with_untracked(|status| status.as_ref().map_or((0, 0), |status| (status.iteration, status.iterations)));
    // One that was not gone back to yet is more than what a lesson has left, but not more than what was trained since.
    let is_left_by_lesson = page.before_lesson.with_value(Option::is_some) && !page.trained_since_lesson.get_value();
    if iteration == 0 || is_left_by_lesson {
        return;
    }
    let offered = Offered { is_before_lesson: true, iteration, iterations };
    // The page as it is before the lesson's is opened.
    let file = files::session_file_of(page, SAVE, |run| run);
    spawn_local(async move {
        if let Ok(bytes) = file.await {
            page.before_lesson.set_value(Some((offered, bytes)));
        }
    });
}

/// Forgets the session that is kept.
pub fn forget() {
    spawn_local(async {
        // What cannot be deleted was not kept.
        drop(write(None).await);
    });
}

/// After a reload: goes on with the run that was kept, where it is of the page's Config, and shows a moment of it, which
/// was [set out](Page::set_out) for by this number; else trains up to that moment. The θ of another one is kept for
/// comparison, if one is given.
pub fn resume(page: Page, number: u64, moment: u64, to_keep: Option<u64>) {
    spawn_local(async move {
        let config = page.run.config.get_untracked();
        let record = read().await;
        // Another page was opened meanwhile, or the browser took too long.
        let Some(number) = page.claim(number) else { return };
        let kept = match record {
            Ok(Some(record)) if moment > 0 || field(&record, "moment") == 0.0 => session(&record).ok(),
            _ => None,
        };
        let kept = kept.filter(|session| session.run.config == config);
        let is_resumed = match kept {
            // What the page shows stands in its address.
            Some(SavedSession { run, .. }) => {
                files::load_at(page, number, SavedSession { run, state: None }).await.is_ok()
            }
            None => false,
        };
        let is_shown = page.run.shown.get_untracked() == moment;
        // To a θ that other settings have trained, too, no way leads but this one.
        let is_there = is_resumed && (!page.is_of_config() || is_shown && to_keep.is_none());
        page.go_on_to(number, moment, to_keep, is_there);
    });
}

/// Offers the session that is kept, if it is not too old.
pub fn offer(page: Page) {
    spawn_local(async move {
        let Ok(Some(record)) = read().await else { return };
        let days = (js_sys::Date::now() - field(&record, "time")) / DAY;
        let (iteration, iterations) = (field(&record, "iteration") as u64, field(&record, "iterations") as u64);
        if iteration > 0 && (0.0..MOST_DAYS).contains(&days) {
            page.offered.set(Some(Offered { is_before_lesson: false, iteration, iterations }));
        }
    });
}

/// Goes on with the session that is offered, as it was left.
pub fn go_on(page: Page) {
    spawn_local(async move {
        let offered = page.offered.try_update(Option::take).flatten();
        let session = if offered.is_some_and(|offered| offered.is_before_lesson) {
            let Some((_, bytes)) = page.before_lesson.try_update_value(Option::take).flatten() else { return };
            file::read_session(&bytes.to_vec())
        } else {
            let Ok(Some(record)) = read().await else { return };
            session(&record)
        };
        let loaded = match session {
            Ok(session) => files::load_session(page, session).await.map_err(FileError::Engine),
            Err(error) => Err(error),
        };
        match loaded {
            // An interruption by the user needs no notice.
            Ok(()) | Err(FileError::Engine(Failure::Interrupted)) => {}
            Err(error) => page.report(Problem::File { name: page.locale().session_kept_name().to_owned(), error }),
        }
    });
}

fn session(record: &Object) -> Result<SavedSession, FileError> {
    let bytes = Reflect::get(record, &"bytes".into()).unwrap_or_default();
    file::read_session(&bytes.dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default())
}

/// A number of the record.
fn field(record: &Object, name: &str) -> f64 {
    Reflect::get(record, &name.into()).ok().and_then(|value| value.as_f64()).unwrap_or(f64::NAN)
}

thread_local! {
    /// The open database: opening one takes memory that is not given back.
    static OPEN: RefCell<Option<Rc<Database>>> = const { RefCell::new(None) };
}

/// The database. What fails with it is to [`close`] it: the browser may have closed it, as when a visitor clears what
/// websites keep.
async fn open() -> Result<Rc<Database>, Error> {
    if let Some(open) = OPEN.with_borrow(Option::clone) {
        return Ok(open);
    }
    let mut request = Factory::new()?.open(DATABASE, Some(1))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            // A failure shows at the first transaction.
            drop(database.create_object_store(STORE, ObjectStoreParams::new()));
        }
    });
    let opened = Rc::new(request.await?);
    OPEN.set(Some(Rc::clone(&opened)));
    Ok(opened)
}

/// Has the next access open the database anew.
fn close(_: &Error) {
    if let Some(database) = OPEN.take() {
        database.close();
    }
}

/// The record, if there is one.
async fn read() -> Result<Option<Object>, Error> {
    read_from(&*open().await?).await.inspect_err(close)
}

async fn read_from(database: &Database) -> Result<Option<Object>, Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
    let found = transaction.object_store(STORE)?.get(Query::Key(KEY.into()))?.await?;
    transaction.await?;
    Ok(found.and_then(|record| record.dyn_into().ok()))
}

/// Puts a record in the place of the one that there is, or takes that away.
async fn write(record: Option<&Object>) -> Result<(), Error> {
    write_to(&*open().await?, record).await.inspect_err(close)
}

async fn write_to(database: &Database, record: Option<&Object>) -> Result<(), Error> {
    let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
    let store = transaction.object_store(STORE)?;
    match record {
        Some(record) => drop(store.put(record, Some(&KEY.into()))?.await?),
        None => store.delete(Query::Key(KEY.into()))?.await?,
    }
    transaction.commit()?.await?;
    Ok(())
}
