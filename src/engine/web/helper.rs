//! Helper workers: their main loop, and the engine's channels to them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use js_sys::{Array, ArrayBuffer, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{
    DedicatedWorkerGlobalScope, ErrorEvent, MessageEvent, UrlSearchParams, Worker, WorkerOptions, WorkerType,
};

use crate::backend::cpu_pool::{Helper, PoolReply, PoolRequest, WorkerChannel, unexpected_reply};
use crate::backend::{BackendError, Pending};
use crate::engine::web::codec::{MessageCodec, transfer};
use crate::engine::web::error_event;
use crate::engine::web::keep_awake::KeepAwake;
use crate::engine::web::watch::Watch;
use crate::train::segment::{RunSegment, SegmentOutcome};
use serde::{Deserialize, Serialize};

/// A request of the engine to a helper.
#[derive(Debug, Serialize, Deserialize)]
#[expect(clippy::large_enum_variant, reason = "a request is sent and gone; a box would only add a copy")]
enum HelperRequest {
    /// A request of the CPU pool.
    Pool(PoolRequest),
    /// A segment of a run, which this helper executes alone.
    Segment(Box<RunSegment>),
}

/// A helper's reply.
#[derive(Debug, Serialize, Deserialize)]
enum HelperReply {
    /// The reply to a request of the CPU pool.
    Pool(PoolReply),
    /// The outcome of a segment.
    Segment(Box<SegmentOutcome>),
}

/// The name of every helper worker, which `www/worker.js` knows too.
const NAME: &str = "helper";
/// Why there is no helper, where the browser does not say.
const REFUSED: &str = "its worker could not be started, as its script could not be fetched";
/// How long a helper may take for its part of a slice of training or of an evaluation, in milliseconds: less than the
/// page waits for the engine.
const POOL_PATIENCE: f64 = 8_000.0;
/// The most workers that share a meta-batch: one more would gain less time than its messages cost.
pub const MOST_WORKERS: u32 = 8;

thread_local! {
    /// The engine's keep-awake. It lives as long as the worker, as a task that it has posted may run after the end of
    /// any pool.
    static KEEP_AWAKE: Rc<KeepAwake> = Rc::new(KeepAwake::new());
}

/// Whether this worker is a helper.
#[must_use]
pub fn is_helper() -> bool {
    scope().name() == NAME
}

/// Runs this worker as a helper: it handles requests from now on. Its first message is empty and says that it is ready.
///
/// # Panics
/// When a message is not a request. The engine receives the worker's error event and continues without this helper.
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
            helper.draw_ahead();
            // The next request, for the next meta-iteration or slice, follows soon.
            keep_awake.begin();
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    if let Err(error) = scope().post_message(&JsValue::NULL) {
        wasm_bindgen::throw_val(error);
    }
}

/// How many workers train: the number in this worker's address, if that is allowed, else that of the processors.
#[must_use]
pub fn workers() -> u32 {
    let query = UrlSearchParams::new_with_str(&scope().location().search());
    let asked = query.ok().and_then(|query| query.get("workers")?.parse().ok());
    let allowed = asked.filter(|count| (1..=MOST_WORKERS).contains(count));
    allowed.unwrap_or_else(processors).clamp(1, MOST_WORKERS)
}

/// Whether the workers leave no processor to the page.
#[must_use]
pub fn are_on_every_processor() -> bool {
    f64::from(workers()) >= scope().navigator().hardware_concurrency()
}

/// Starts `count` helpers; fewer where the browser refuses to start one.
#[must_use]
pub fn channels(count: u32) -> Vec<HelperChannel> {
    let keep_awake = KEEP_AWAKE.with(Rc::clone);
    (0..count)
        .map_while(|_| HelperChannel::start(&keep_awake).map_err(|error| web_sys::console::warn_1(&error)).ok())
        .collect()
}

/// The number of processors for workers: one is left for the page where there are more than two.
fn processors() -> u32 {
    match scope().navigator().hardware_concurrency() as u32 {
        few @ 0..=2 => few,
        many => many - 1,
    }
}

/// The engine's channel to a helper worker, which is terminated when the channel is dropped.
pub struct HelperChannel {
    helper: Rc<Connection>,
    keep_awake: Rc<KeepAwake>,
    replies: UnboundedReceiver<Result<HelperReply, BackendError>>,
    watch: Watch,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// The state that sending and receiving share.
struct Connection {
    worker: Worker,
    ready: Cell<bool>,
    codec: RefCell<MessageCodec>,
    /// Requests made before the helper was ready.
    unsent: RefCell<Vec<ArrayBuffer>>,
}

impl Connection {
    fn send(&self, request: &ArrayBuffer) {
        if let Err(error) = self.worker.post_message_with_transfer(request, &transfer(request)) {
            web_sys::console::error_1(&error);
        }
    }

    /// Decodes a reply; none in the first message, which says that the helper is ready.
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

pub(super) fn lost(detail: &str) -> BackendError {
    BackendError::HelperLost { detail: detail.to_owned() }
}

impl HelperChannel {
    /// Starts a worker as the page started this one, from the same script, and gives it this one's program, compiled.
    fn start(keep_awake: &Rc<KeepAwake>) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(NAME);
        let worker = Worker::new_with_options(&scope().location().href(), &options)?;
        let program = Reflect::get(&scope(), &"programName".into())?;
        worker.post_message(&Array::of2(&program, &wasm_bindgen::module()))?;
        let (replies_in, replies) = unbounded();
        let watch = Watch::new({
            let failures = replies_in.clone();
            // The send fails where the channel has been dropped: nobody waits for a reply.
            move |why| drop(failures.unbounded_send(Err(lost(&why))))
        });
        let failures = replies_in.clone();
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            // It ends here: the engine goes on without this helper, and the page must not take it for the engine's own.
            error.prevent_default();
            // The send fails where the channel has been dropped: nobody waits for a reply.
            let why = error_event::message(&error);
            drop(failures.unbounded_send(Err(lost(why.as_deref().unwrap_or(REFUSED)))));
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
        Ok(Self {
            helper,
            keep_awake: Rc::clone(keep_awake),
            replies,
            watch,
            _on_message: on_message,
            _on_error: on_error,
        })
    }
}

impl HelperChannel {
    /// Executes a segment of a run on the helper.
    ///
    /// # Errors
    /// [`BackendError::HelperLost`].
    pub async fn execute(&mut self, segment: RunSegment) -> Result<SegmentOutcome, BackendError> {
        let patience = segment.patience();
        self.post(&HelperRequest::Segment(Box::new(segment)));
        match self.next_reply(patience).await? {
            HelperReply::Segment(outcome) => Ok(*outcome),
            HelperReply::Pool(_) => Err(unexpected_reply()),
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

    async fn next_reply(&mut self, patience: f64) -> Result<HelperReply, BackendError> {
        self.keep_awake.begin();
        self.watch.begin(patience);
        let reply = self.replies.recv().await;
        self.watch.end();
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
            match self.next_reply(POOL_PATIENCE).await? {
                HelperReply::Pool(reply) => Ok(reply),
                HelperReply::Segment(_) => Err(unexpected_reply()),
            }
        })
    }
}

impl Drop for HelperChannel {
    fn drop(&mut self) {
        self.helper.worker.set_onmessage(None);
        // What it has thrown in its last moment is on its way, and would go on to the page as the engine's own error.
        IGNORE.with(|ignore| self.helper.worker.set_onerror(Some(ignore.as_ref().unchecked_ref())));
        self.helper.worker.terminate();
    }
}

thread_local! {
    /// Ends the way of a helper's error.
    static IGNORE: Closure<dyn FnMut(ErrorEvent)> = Closure::new(|error: ErrorEvent| error.prevent_default());
}

/// Milliseconds since the worker began.
#[must_use]
pub fn now() -> f64 {
    scope().performance().map_or(0.0, |performance| performance.now())
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
