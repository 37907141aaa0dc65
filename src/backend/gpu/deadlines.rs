//! Deadlines of waits for a GPU: a driver that hangs, or a browser that forgets a promise, must not stop everything that
//! waits for it.
//!
//! Time is counted in ticks of whoever calls [`Deadlines::tick`], and so is only time in which this machine is awake:
//! after hours of sleep no GPU is late. Natively nobody ticks, and wgpu itself waits.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use crate::backend::BackendError;

/// Ticks in a second.
pub const TICKS_PER_SECOND: u32 = 4;

/// What is waited for. Its name stands in the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// An adapter.
    Adapter,
    /// A device.
    Device,
    /// Buffers, shaders and pipelines, which some drivers compile for many seconds.
    Creation,
    /// Submitted work, or its results.
    Work,
    /// The same of a processor that plays a GPU.
    SoftwareWork,
}

impl Awaited {
    /// How long it may take, in seconds of this machine's waking time.
    #[must_use]
    pub fn seconds(self) -> u32 {
        match self {
            Self::Adapter => 5,
            Self::Device => 10,
            Self::Creation => 30,
            Self::Work => 20,
            Self::SoftwareWork => 300,
        }
    }

    /// The interface's word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Adapter => "requestAdapter",
            Self::Device => "requestDevice",
            Self::Creation => "popErrorScope",
            Self::Work | Self::SoftwareWork => "onSubmittedWorkDone",
        }
    }
}

/// The waits of one thread. Clones are the same.
#[derive(Clone, Default)]
pub struct Deadlines(Rc<Waits>);

#[derive(Default)]
struct Waits {
    going_on: RefCell<Vec<Weak<Wait>>>,
    /// Whether the GPU is no longer wanted.
    hurried: Cell<bool>,
}

/// A wait that goes on.
struct Wait {
    ticks_left: Cell<u32>,
    waker: RefCell<Option<Waker>>,
}

impl Deadlines {
    /// The result of `future`, which what is `awaited` gives.
    ///
    /// # Errors
    /// [`BackendError::Lost`]: it has not come in time.
    pub async fn within<T>(&self, awaited: Awaited, future: impl Future<Output = T>) -> Result<T, BackendError> {
        let mut future = pin!(future);
        let mut begun: Option<Rc<Wait>> = None;
        poll_fn(|context| {
            if let Poll::Ready(result) = future.as_mut().poll(context) {
                return Poll::Ready(Ok(result));
            }
            let wait = begun.get_or_insert_with(|| self.begin(awaited));
            if wait.ticks_left.get() == 0 {
                let detail = format!("{}: no answer for {} s", awaited.name(), awaited.seconds());
                return Poll::Ready(Err(BackendError::Lost { detail }));
            }
            wait.waker.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await
    }

    fn begin(&self, awaited: Awaited) -> Rc<Wait> {
        // The tick in progress does not count.
        let ticks = awaited.seconds() * TICKS_PER_SECOND + 1;
        let ticks_left = Cell::new(if self.0.hurried.get() { ticks.min(TICKS_PER_SECOND) } else { ticks });
        let wait = Rc::new(Wait { ticks_left, waker: RefCell::default() });
        self.0.going_on.borrow_mut().push(Rc::downgrade(&wait));
        wait
    }

    /// Lets a tick pass.
    pub fn tick(&self) {
        self.shorten(|left| left.saturating_sub(1));
    }

    /// Leaves each wait a second at most if the GPU is no longer wanted, those that go on too; else their usual time.
    pub fn hurry(&self, unwanted: bool) {
        self.0.hurried.set(unwanted);
        if unwanted {
            self.shorten(|left| left.min(TICKS_PER_SECOND));
        }
    }

    fn shorten(&self, of: impl Fn(u32) -> u32) {
        let waits: Vec<Rc<Wait>> = {
            let mut waits = self.0.going_on.borrow_mut();
            waits.retain(|wait| wait.strong_count() > 0);
            waits.iter().filter_map(Weak::upgrade).collect()
        };
        for wait in waits {
            wait.ticks_left.set(of(wait.ticks_left.get()));
            let late = wait.ticks_left.get() == 0;
            if let Some(waker) = late.then(|| wait.waker.take()).flatten() {
                waker.wake();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Wake};

    use super::*;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn what_never_answers_is_lost_after_its_time_and_wakes_whoever_waits() {
        for awaited in [Awaited::Adapter, Awaited::Device, Awaited::Creation, Awaited::Work, Awaited::SoftwareWork] {
            let deadlines = Deadlines::default();
            let woken = Arc::new(Woken::default());
            let waker = Waker::from(Arc::clone(&woken));
            let mut context = Context::from_waker(&waker);
            let mut wait = pin!(deadlines.within(awaited, pending::<()>()));
            assert!(wait.as_mut().poll(&mut context).is_pending());
            for _ in 0..awaited.seconds() * TICKS_PER_SECOND {
                deadlines.tick();
                assert!(wait.as_mut().poll(&mut context).is_pending(), "{awaited:?} is not late yet");
            }
            assert_eq!(woken.0.load(Ordering::Relaxed), 0);
            deadlines.tick();
            assert_eq!(woken.0.load(Ordering::Relaxed), 1);
            let Poll::Ready(Err(BackendError::Lost { detail })) = wait.as_mut().poll(&mut context) else {
                panic!("{awaited:?} is late")
            };
            assert_eq!(detail, format!("{}: no answer for {} s", awaited.name(), awaited.seconds()));
        }
    }

    #[test]
    fn an_answer_in_time_is_given_and_its_wait_forgotten() {
        let deadlines = Deadlines::default();
        assert_eq!(pollster::block_on(deadlines.within(Awaited::Device, ready(7))), Ok(7));
        let mut context = Context::from_waker(Waker::noop());
        {
            let mut wait = pin!(deadlines.within(Awaited::Work, pending::<()>()));
            assert!(wait.as_mut().poll(&mut context).is_pending());
            assert_eq!(deadlines.0.going_on.borrow().len(), 1);
        }
        deadlines.tick();
        assert!(deadlines.0.going_on.borrow().is_empty());
    }

    #[test]
    fn a_gpu_that_is_no_longer_wanted_has_a_second_left() {
        let deadlines = Deadlines::default();
        let mut context = Context::from_waker(Waker::noop());
        let mut wait = pin!(deadlines.within(Awaited::SoftwareWork, pending::<()>()));
        assert!(wait.as_mut().poll(&mut context).is_pending());
        deadlines.hurry(true);
        // What is waited for next has no more.
        let mut next = pin!(deadlines.within(Awaited::Device, pending::<()>()));
        assert!(next.as_mut().poll(&mut context).is_pending());
        for _ in 1..TICKS_PER_SECOND {
            deadlines.tick();
            assert!(wait.as_mut().poll(&mut context).is_pending());
            assert!(next.as_mut().poll(&mut context).is_pending());
        }
        deadlines.tick();
        assert!(wait.as_mut().poll(&mut context).is_ready());
        assert!(next.as_mut().poll(&mut context).is_ready());
        deadlines.hurry(false);
        let mut wanted = pin!(deadlines.within(Awaited::Device, pending::<()>()));
        assert!(wanted.as_mut().poll(&mut context).is_pending());
        (0..=TICKS_PER_SECOND).for_each(|_| deadlines.tick());
        assert!(wanted.as_mut().poll(&mut context).is_pending());
    }
}
