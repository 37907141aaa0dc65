//! The engine's worker: holds the session, receives calls, and runs the session's work in slices between them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use super::adapter::no_gpu;
use super::gpu_openers::GpuOpeners;
use crate::BUILD;
use crate::backend::choice::Preference;
use crate::backend::cpu_pool::CpuPool;
use crate::backend::gpu::deadlines::{Deadlines, TICKS_PER_SECOND};
use crate::backend::select::Selector;
use crate::backend::{Backend, Pending};
use crate::domain::config::Config;
use crate::domain::train_state::TrainState;
use crate::engine::protocol::{Command, Event, Failure, Message, ReplyTo, Request, SessionCall};
use crate::engine::session::{Next, Session};
use crate::engine::web::codec::to_array;
use crate::engine::web::executor::Executor;
use crate::engine::web::helper::{self, now};

/// A session with its inbox. At most one task, the pump, drives the session; it takes it out of its cell while it runs.
struct Worker {
    /// Calls that the session has not handled yet, by the number of their request.
    inbox: RefCell<VecDeque<(u32, SessionCall)>>,
    session: RefCell<Option<Session>>,
    /// The timer that resumes training with a limited speed.
    timer: Cell<Option<i32>>,
    channel: MessageChannel,
}

/// Milliseconds between two ticks of the GPU's deadlines.
const TICK: i32 = 1000 / TICKS_PER_SECOND.cast_signed();

/// Runs this worker as the engine, with a GPU if it is given `openers`. It sends [`Event::Hello`] when it receives
/// calls.
///
/// # Panics
/// Outside a dedicated worker.
pub(super) fn start(openers: Option<GpuOpeners>) {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        post(&Event::Crashed(panic.to_string()));
    }));
    let session_deadlines = Deadlines::default();
    let experiment_deadlines = Deadlines::default();
    tick([session_deadlines.clone(), experiment_deadlines.clone()]);
    let cpu = |config: &Config, train_state: &TrainState| -> Box<dyn Backend> {
        Box::new(CpuPool::new(config, train_state, helper::channels(helper::workers() - 1), now))
    };
    let deadlines = session_deadlines.clone();
    let gpu = move |config: &Config, train_state: &TrainState, software| -> Pending<'static, _> {
        let deadlines = deadlines.clone();
        if let Some(openers) = openers {
            return (openers.one_run)(config.clone(), train_state.clone(), software, deadlines);
        }
        Box::pin(async move { Err(no_gpu(&deadlines).await) })
    };
    let selector = Rc::new(Selector::new(now, Box::new(cpu), Box::new(gpu)));
    let opener = move |config, train_state, preference| -> Pending<'static, _> {
        let selector = Rc::clone(&selector);
        Box::pin(async move { selector.open(&config, &train_state, preference).await })
    };
    let worker = Rc::new(Worker {
        inbox: RefCell::default(),
        session: RefCell::new(Some(
            Session::new(now, Box::new(opener)).on_every_processor(helper::are_on_every_processor()),
        )),
        timer: Cell::new(None),
        channel: MessageChannel::new().expect("every browser with modules has message channels"),
    });
    let executor = Executor::new(post, openers, experiment_deadlines);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let bytes = Uint8Array::new(&event.data()).to_vec();
        match postcard::from_bytes(&bytes) {
            Ok(Request { id, message: Message::Experiment(call) }) => executor.handle(id, call),
            // Whatever the session waits for, this worker lives.
            Ok(Request { id, message: Message::Session(SessionCall::Command(ping @ Command::Ping)) }) => {
                post(&ReplyTo::of(id, &ping).answer(Ok(())));
            }
            Ok(Request { id, message: Message::Session(call) }) => {
                if let SessionCall::Command(Command::UseBackend { preference }) = call {
                    session_deadlines.hurry(preference == Preference::Cpu);
                }
                worker.inbox.borrow_mut().push_back((id, call));
                worker.wake();
            }
            Err(error) => post(&Event::Crashed(format!("a command that cannot be read: {error}"))),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&Event::Hello { build: BUILD.to_owned() });
}

/// Lets the time of these deadlines pass.
fn tick(deadlines: [Deadlines; 2]) {
    let tick = Closure::<dyn FnMut()>::new(move || deadlines.iter().for_each(Deadlines::tick));
    let set = scope().set_interval_with_callback_and_timeout_and_arguments_0(tick.as_ref().unchecked_ref(), TICK);
    // Without it a GPU may take as long as it likes.
    drop(set);
    tick.forget();
}

impl Worker {
    /// Starts a pump unless one is running.
    fn wake(self: &Rc<Self>) {
        if let Some(timer) = self.timer.take() {
            scope().clear_timeout_with_handle(timer);
        }
        if let Some(session) = self.session.borrow_mut().take() {
            spawn_local(Rc::clone(self).pump(session));
        }
    }

    /// Handles the calls in the inbox and runs the session's work, until there is nothing to do now.
    async fn pump(self: Rc<Self>, mut session: Session) {
        let next = loop {
            loop {
                let Some((id, call)) = self.inbox.borrow_mut().pop_front() else { break };
                session.handle(id, call).await;
                session.take_events().iter().for_each(post);
            }
            let next = session.advance().await;
            session.take_events().iter().for_each(post);
            self.yield_to_event_loop().await;
            if next != Next::Now && self.inbox.borrow().is_empty() {
                break next;
            }
        };
        *self.session.borrow_mut() = Some(session);
        if let Next::At(time) = next {
            let worker = Rc::clone(&self);
            let wake = Closure::once_into_js(move || worker.wake());
            let delay = (time - now()).max(0.0) as i32;
            let timer = scope().set_timeout_with_callback_and_timeout_and_arguments_0(wake.unchecked_ref(), delay);
            self.timer.set(timer.ok());
        }
    }

    /// Yields to the event loop, so that the browser delivers messages; without the delay of a timer.
    async fn yield_to_event_loop(&self) {
        let channel = &self.channel;
        let message = Promise::new(&mut |resolve, _| {
            channel.port1().set_onmessage(Some(&resolve));
            // It cannot fail: both ports are open, and null can be cloned.
            drop(channel.port2().post_message(&JsValue::NULL));
        });
        drop(JsFuture::from(message).await);
    }
}

/// Sends an event to the page.
fn post(event: &Event) {
    let Err(error) = try_post(event) else { return };
    web_sys::console::error_1(&error);
    if let Event::Answer { id, .. } = event {
        // Whoever waits for it must not wait for ever.
        let detail = error.as_string().unwrap_or_else(|| String::from(js_sys::Object::from(error).to_string()));
        if let Err(error) = try_post(&Event::Answer { id: *id, result: Err(Failure::NotSent { detail }) }) {
            wasm_bindgen::throw_val(error);
        }
    }
}

fn try_post(event: &Event) -> Result<(), JsValue> {
    let bytes = to_array(event);
    let buffer = bytes.buffer();
    scope().post_message_with_transfer(&bytes, &js_sys::Array::of1(&buffer))
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
