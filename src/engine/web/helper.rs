//! Workers that help the engine's CPU backend: their end, and the engine's channels to them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::ArrayBuffer;
use wasm_bindgen::prelude::*;
use web_sys::{
    DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, UrlSearchParams, Worker, WorkerOptions, WorkerType,
};

use crate::backend::cpu_pool::{Helper, PoolReply, PoolRequest, WorkerChannel, out_of_turn};
use crate::backend::{BackendError, Pending};
use crate::engine::web::codec::{MessageCodec, transfer};
use crate::engine::web::keep_awake::KeepAwake;
use crate::train::segment::{RunSegment, SegmentOutcome};
use serde::{Deserialize, Serialize};

/// What the engine asks of a helper.
#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a request is sent and gone; a box would only add a copy")]
enum HelperRequest {
    /// Its part of a CPU pool's work.
    Pool(PoolRequest),
    /// A segment of a run, made by itself.
    Segment(Box<RunSegment>),
}

/// What a helper answers.
#[derive(Debug, Serialize, Deserialize)]
enum HelperReply {
    /// To a pool's request.
    Pool(PoolReply),
    /// What came of a segment.
    Segment(Box<SegmentOutcome>),
}

/// The name by which a worker knows that it is a helper.
const NAME: &str = "helper";
/// Most workers that share a meta-batch: beyond it, messages cost more than another worker brings.
pub const MOST_WORKERS: u32 = 8;

thread_local! {
    /// The engine's keep_awake: it outlives every pool, as the task that keeps it awake may.
    static KEEP_AWAKE: Rc<KeepAwake> = Rc::new(KeepAwake::new());
}

/// Whether this worker is a helper.
#[must_use]
pub fn is_helper() -> bool {
    scope().name() == NAME
}

/// Starts to handle requests in this worker. The first message that it sends is empty: it is ready.
///
/// # Panics
/// When a message is no request; the engine is told, and goes on without it.
pub fn start() {
    console_error_panic_hook::set_once();
    let post = RefCell::new((Helper::new(), MessageCodec::default()));
    let keep_awake = KeepAwake::new();
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        keep_awake.end();
        let (helper, codec) = &mut *post.borrow_mut();
        let request = codec.unpack(event.data()).expect("helpers and engine are one program");
        let reply = match request {
            HelperRequest::Pool(request) => helper.handle(request).map(HelperReply::Pool),
            HelperRequest::Segment(segment) => Some(HelperReply::Segment(Box::new(segment.run(now)))),
        };
        if let Some(reply) = reply {
            let reply = codec.pack(&reply);
            if let Err(error) = scope().post_message_with_transfer(&reply, &transfer(&reply)) {
                wasm_bindgen::throw_val(error);
            }
            helper.look_ahead();
            // More is to come soon: the next meta-iteration or the next slice.
            keep_awake.begin();
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    if let Err(error) = scope().post_message(&JsValue::NULL) {
        wasm_bindgen::throw_val(error);
    }
}

/// How many workers are to train: as many as this worker's address asks for, which the page has checked, or as processors.
#[must_use]
pub fn workers() -> u32 {
    let query = UrlSearchParams::new_with_str(&scope().location().search());
    let asked = query.ok().and_then(|query| query.get("workers")?.parse().ok());
    asked.unwrap_or_else(processors).clamp(1, MOST_WORKERS)
}

/// Starts so many helpers. Where the browser refuses one, there are fewer.
#[must_use]
pub fn channels(count: u32) -> Vec<HelperChannel> {
    let keep_awake = KEEP_AWAKE.with(Rc::clone);
    (0..count)
        .map_while(|_| HelperChannel::start(&keep_awake).map_err(|error| web_sys::console::warn_1(&error)).ok())
        .collect()
}

/// Processors for workers; where there are more than two, one is left for the page.
fn processors() -> u32 {
    match scope().navigator().hardware_concurrency() as u32 {
        few @ 0..=2 => few,
        many => many - 1,
    }
}

/// The way to a helper in a worker of its own, which ends with it.
pub struct HelperChannel {
    helper: Rc<Connection>,
    keep_awake: Rc<KeepAwake>,
    replies: UnboundedReceiver<Result<HelperReply, BackendError>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// What sending and receiving share.
struct Connection {
    worker: Worker,
    ready: Cell<bool>,
    codec: RefCell<MessageCodec>,
    /// What was sent before the helper was ready.
    unsent: RefCell<Vec<ArrayBuffer>>,
}

impl Connection {
    fn send(&self, request: &ArrayBuffer) {
        if let Err(error) = self.worker.post_message_with_transfer(request, &transfer(request)) {
            web_sys::console::error_1(&error);
        }
    }

    /// The reply in a message, or nothing where it only says that the helper is ready.
    fn receive(&self, data: JsValue) -> Option<Result<HelperReply, BackendError>> {
        if data.is_null() {
            self.ready.set(true);
            self.unsent.borrow_mut().drain(..).for_each(|request| self.send(&request));
            return None;
        }
        let reply = self.codec.borrow_mut().unpack(data);
        Some(reply.map_err(|error| lost(&format!("an answer that cannot be read: {error}"))))
    }
}

fn lost(detail: &str) -> BackendError {
    BackendError::HelperLost { detail: detail.to_owned() }
}

impl HelperChannel {
    /// Starts a worker as the page started this one: from the same script, with the same compiled module.
    fn start(keep_awake: &Rc<KeepAwake>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(NAME);
        let worker = Worker::new_with_options(&scope().location().href(), &options)?;
        worker.post_message(&wasm_bindgen::module())?;
        let (replies_in, replies) = unbounded();
        let failures = replies_in.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            // Nobody waits any more: nothing to tell.
            drop(failures.unbounded_send(Err(lost(&error.message()))));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let helper = Rc::new(Connection {
            worker,
            ready: Cell::new(false),
            codec: RefCell::default(),
            unsent: RefCell::default(),
        });
        let on_message = {
            let helper = Rc::clone(&helper);
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                if let Some(reply) = helper.receive(event.data()) {
                    drop(replies_in.unbounded_send(reply));
                }
            })
        };
        helper.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Ok(Self { helper, keep_awake: Rc::clone(keep_awake), replies, _on_message: on_message, _on_error: on_error })
    }
}

impl HelperChannel {
    /// Has the helper make a segment of a run.
    ///
    /// # Errors
    /// [`BackendError::HelperLost`].
    pub async fn make(&mut self, segment: RunSegment) -> Result<SegmentOutcome, BackendError> {
        self.post(&HelperRequest::Segment(Box::new(segment)));
        match self.next_reply().await? {
            HelperReply::Segment(outcome) => Ok(*outcome),
            HelperReply::Pool(_) => Err(out_of_turn()),
        }
    }

    fn post(&self, request: &HelperRequest) {
        let request = self.helper.codec.borrow_mut().pack(request);
        if self.helper.ready.get() {
            self.helper.send(&request);
        } else {
            self.helper.unsent.borrow_mut().push(request);
        }
    }

    async fn next_reply(&mut self) -> Result<HelperReply, BackendError> {
        self.keep_awake.begin();
        let reply = self.replies.recv().await;
        self.keep_awake.end();
        reply.map_err(|_| lost("its worker has ended"))?
    }
}

impl WorkerChannel for HelperChannel {
    fn is_ready(&self) -> bool {
        self.helper.ready.get()
    }

    fn send(&mut self, request: PoolRequest) {
        self.post(&HelperRequest::Pool(request));
    }

    fn receive(&mut self) -> Pending<'_, PoolReply> {
        Box::pin(async {
            match self.next_reply().await? {
                HelperReply::Pool(reply) => Ok(reply),
                HelperReply::Segment(_) => Err(out_of_turn()),
            }
        })
    }
}

impl Drop for HelperChannel {
    fn drop(&mut self) {
        self.helper.worker.set_onmessage(None);
        self.helper.worker.set_onerror(None);
        self.helper.worker.terminate();
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
