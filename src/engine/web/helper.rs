//! Workers that help the engine's CPU backend: their end, and the engine's lines to them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, ArrayBuffer, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::engine::web::codec::{Envelopes, transfer};
use crate::engine::web::keep_awake::Vigil;
use crate::backend::cpu_pool::{Hand, Line, Order, Report, out_of_turn};
use crate::backend::segment::{Outcome, Stretch};
use crate::backend::{BackendError, Pending};

/// The name by which a worker knows that it is a hand.
const NAME: &str = "hand";
/// Most workers that share a meta-batch: beyond it, messages cost more than another worker brings.
pub const MOST_WORKERS: u32 = 8;

thread_local! {
    /// The engine's vigil: it outlives every crew, as the task that keeps it awake may.
    static VIGIL: Rc<Vigil> = Rc::new(Vigil::new());
}

/// Whether this worker is a hand.
#[must_use]
pub fn is_hand() -> bool {
    scope().name() == NAME
}

/// Starts obeying orders in this worker. The first message that it sends is empty: it can hear.
///
/// # Panics
/// When it hears something that is no order; the engine is told, and goes on without it.
pub fn start() {
    console_error_panic_hook::set_once();
    let post = RefCell::new((Hand::new(now), Envelopes::default()));
    let vigil = Vigil::new();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        vigil.end();
        let (hand, envelopes) = &mut *post.borrow_mut();
        let order = envelopes.unpack(event.data()).expect("hands and engine are one program");
        if let Some(report) = hand.obey(order) {
            let report = envelopes.pack(&report);
            if let Err(error) = scope().post_message_with_transfer(&report, &transfer(&report)) {
                wasm_bindgen::throw_val(error);
            }
            hand.look_ahead();
            // More is to come soon: the next meta-iteration or the next slice.
            vigil.begin();
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    if let Err(error) = scope().post_message(&JsValue::NULL) {
        wasm_bindgen::throw_val(error);
    }
}

/// How many workers are to train: as many as the page asked for, or as processors.
#[must_use]
pub fn workers() -> u32 {
    let asked = Reflect::get(&scope(), &"workers".into()).ok().and_then(|workers| workers.as_f64());
    asked.map_or_else(processors, |asked| asked as u32).clamp(1, MOST_WORKERS)
}

/// Starts so many hands. Where the browser refuses one, there are fewer.
#[must_use]
pub fn lines(count: u32) -> Vec<WorkerLine> {
    let vigil = VIGIL.with(Rc::clone);
    (0..count).map_while(|_| WorkerLine::start(&vigil).map_err(|error| web_sys::console::warn_1(&error)).ok()).collect()
}

/// Processors for workers; where there are more than two, one is left for the page.
fn processors() -> u32 {
    match scope().navigator().hardware_concurrency() as u32 {
        few @ 0..=2 => few,
        many => many - 1,
    }
}

/// The way to a hand in a worker of its own, which ends with it.
pub struct WorkerLine {
    hand: Rc<Connection>,
    vigil: Rc<Vigil>,
    reports: UnboundedReceiver<Result<Report, BackendError>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// What sending and hearing share.
struct Connection {
    worker: Worker,
    ready: Cell<bool>,
    envelopes: RefCell<Envelopes>,
    /// What was ordered before the hand could hear.
    unsent: RefCell<Vec<ArrayBuffer>>,
}

impl Connection {
    fn send(&self, order: &ArrayBuffer) {
        if let Err(error) = self.worker.post_message_with_transfer(order, &transfer(order)) {
            web_sys::console::error_1(&error);
        }
    }

    /// What a message says, or nothing where it only says that the hand can hear.
    fn hear(&self, data: JsValue) -> Option<Result<Report, BackendError>> {
        if data.is_null() {
            self.ready.set(true);
            self.unsent.borrow_mut().drain(..).for_each(|order| self.send(&order));
            return None;
        }
        let report = self.envelopes.borrow_mut().unpack(data);
        Some(report.map_err(|error| lost(&format!("an answer that cannot be read: {error}"))))
    }
}

fn lost(detail: &str) -> BackendError {
    BackendError::HandLost { detail: detail.to_owned() }
}

impl WorkerLine {
    /// Starts a worker as the page started this one: from the same script, with the same compiled module.
    fn start(vigil: &Rc<Vigil>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(NAME);
        let worker = Worker::new_with_options(&scope().location().href(), &options)?;
        worker.post_message(&Array::of1(&wasm_bindgen::module()))?;
        let (reports_in, reports) = unbounded();
        let failures = reports_in.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            // Nobody waits any more: nothing to tell.
            drop(failures.unbounded_send(Err(lost(&error.message()))));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let hand = Rc::new(Connection {
            worker,
            ready: Cell::new(false),
            envelopes: RefCell::default(),
            unsent: RefCell::default(),
        });
        let on_message = {
            let hand = Rc::clone(&hand);
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(report) = hand.hear(event.data()) {
                    drop(reports_in.unbounded_send(report));
                }
            })
        };
        hand.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { hand, vigil: Rc::clone(vigil), reports, _on_message: on_message, _on_error: on_error })
    }
}

impl WorkerLine {
    /// Has the hand make a stretch of a run.
    ///
    /// # Errors
    /// [`BackendError::HandLost`].
    pub async fn make(&mut self, stretch: Stretch) -> Result<Outcome, BackendError> {
        self.send(Order::Run(Box::new(stretch)));
        match self.receive().await? {
            Report::Outcome(outcome) => Ok(*outcome),
            Report::Sums(_) | Report::Predictions(_) => Err(out_of_turn()),
        }
    }
}

impl Line for WorkerLine {
    fn is_ready(&self) -> bool {
        self.hand.ready.get()
    }

    fn send(&mut self, order: Order) {
        let order = self.hand.envelopes.borrow_mut().pack(&order);
        if self.hand.ready.get() {
            self.hand.send(&order);
        } else {
            self.hand.unsent.borrow_mut().push(order);
        }
    }

    fn receive(&mut self) -> Pending<'_, Report> {
        Box::pin(async {
            self.vigil.begin();
            let report = self.reports.recv().await;
            self.vigil.end();
            report.map_err(|_| lost("its worker has ended"))?
        })
    }
}

impl Drop for WorkerLine {
    fn drop(&mut self) {
        self.hand.worker.set_onmessage(None);
        self.hand.worker.set_onerror(None);
        self.hand.worker.terminate();
    }
}

/// Milliseconds since the worker began.
#[must_use]
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
