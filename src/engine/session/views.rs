//! The views of θ that the page watches, made anew as θ changes; and those that were asked for once.

use std::collections::VecDeque;

use crate::backend::{Backend, BackendError};
use crate::domain::config::Config;
use crate::engine::arguments::check_view;
use crate::engine::protocol::{Event, Failure, ReplyTo, View, ViewRequest, ViewResult};
use crate::engine::views::{Origin, ViewJob, begin};

/// Length of one slice, in milliseconds.
const SLICE: f64 = 5.0;
/// While training goes on, views take at most one part in so many of the time.
const SHARE: f64 = 16.0;
/// As training goes on, the same view is made no sooner than this after the last time, in milliseconds: its charts have
/// thousands of parts, which the page has to draw.
const PAUSE: f64 = 100.0;

/// What is watched, what was asked for, and how far both are.
#[derive(Default)]
pub struct Views {
    watched: Vec<Watched>,
    asked: VecDeque<(ReplyTo<ViewResult>, Box<dyn ViewJob>)>,
    /// When the next slice may begin.
    next: f64,
}

/// A view that is watched.
struct Watched {
    request: ViewRequest,
    /// The meta-iteration of the last view that was made on this request; none once Config or θ have changed other than by
    /// training.
    made: Option<u64>,
    /// When it may be made for another meta-iteration.
    rests_until: f64,
    /// The one under way: its request and its meta-iteration.
    job: Option<(ViewRequest, u64, Box<dyn ViewJob>)>,
}

impl Watched {
    /// From when on there is something to do for it, with θ at this meta-iteration; none where it has been made.
    fn due(&self, iteration: u64) -> Option<f64> {
        match (&self.job, self.made) {
            (Some(_), _) => Some(0.0),
            (None, made) => (made != Some(iteration)).then_some(self.rests_until),
        }
    }
}

impl Views {
    /// Watches these from now on. One under way is completed, so that a request that changes sixty times a second has
    /// something to show.
    pub fn watch(&mut self, views: Vec<ViewRequest>) {
        let mut before = std::mem::take(&mut self.watched);
        for request in views {
            let place = before.iter().position(|watched| watched.request.is_like(&request));
            let watched = match place.map(|place| before.swap_remove(place)) {
                Some(watched) if watched.request == request => watched,
                Some(Watched { job, .. }) => Watched { request, made: None, rests_until: 0.0, job },
                None => Watched { request, made: None, rests_until: 0.0, job: None },
            };
            self.watched.push(watched);
        }
        self.next = 0.0;
    }

    /// Has one view made, after those that were asked for before.
    pub fn ask(&mut self, reply_to: ReplyTo<ViewResult>, request: &ViewRequest, origin: &Origin) {
        self.asked.push_back((reply_to, begin(request, origin)));
    }

    /// How many were asked for and are not complete.
    pub fn requests(&self) -> usize {
        self.asked.len()
    }

    /// Gives up all that were asked for: the answers to whoever waits for one.
    pub fn cancel_requests(&mut self, why: &Failure) -> impl Iterator<Item = Event> {
        self.asked.drain(..).map(|(reply_to, _)| reply_to.answer(Err(why.clone())))
    }

    /// Watches no longer what cannot be made with this Config: a plane through a θ of another network.
    pub fn forget_unlike(&mut self, config: &Config) {
        self.watched.retain(|watched| check_view(&watched.request, config).is_ok());
    }

    /// Config or θ are others, other than by training.
    pub fn invalidate(&mut self) {
        for watched in &mut self.watched {
            (watched.made, watched.rests_until, watched.job) = (None, 0.0, None);
        }
        self.next = 0.0;
    }

    /// From when on there is a slice to do; none where everything has been made.
    pub fn due(&self, iteration: u64) -> Option<f64> {
        let watched = self.watched.iter().filter_map(|watched| watched.due(iteration));
        let due = watched.chain((!self.asked.is_empty()).then_some(0.0)).min_by(f64::total_cmp);
        due.map(|due| due.max(self.next))
    }

    /// Whether the next slice begins a view that is watched, and needs to know what it is made of.
    pub fn begins(&self) -> bool {
        self.asked.is_empty() && self.watched.iter().all(|watched| watched.job.is_none())
    }

    /// Does a slice of what was asked for, or else of a watched view; `origin` is what a new one is made of, where the slice
    /// [begins](Views::begins) one, and `training` whether that has a use for the time, too. The event, if one is complete.
    ///
    /// # Errors
    /// The backend's.
    pub async fn work(
        &mut self,
        origin: Option<&Origin>,
        backend: &mut dyn Backend,
        clock: fn() -> f64,
        training: bool,
    ) -> Result<Option<Event>, BackendError> {
        let begun = clock();
        let event = self.slice(origin, backend, begun + SLICE, clock).await;
        let ended = clock();
        self.next = if training { ended + (SHARE - 1.0) * (ended - begun) } else { ended };
        event
    }

    async fn slice(
        &mut self,
        origin: Option<&Origin>,
        backend: &mut dyn Backend,
        until: f64,
        clock: fn() -> f64,
    ) -> Result<Option<Event>, BackendError> {
        if let Some((_, job)) = self.asked.front_mut() {
            if !job.work(backend, until, clock).await? {
                return Ok(None);
            }
            return Ok(self.asked.pop_front().map(|(reply_to, job)| reply_to.answer(Ok(job.result()))));
        }
        // One under way is completed first; then the others have their turns.
        let place = self.watched.iter().position(|watched| watched.job.is_some());
        let place = if let Some(place) = place {
            place
        } else {
            let Some(origin) = origin else { return Ok(None) };
            let oldest = |(_, watched): &(usize, &Watched)| watched.made.map_or(0, |made| made + 1);
            let now = clock();
            let is_due = |watched: &Watched| watched.due(origin.iteration).is_some_and(|due| now >= due);
            let due = self.watched.iter().enumerate().filter(|(_, watched)| is_due(watched));
            let Some((place, _)) = due.min_by_key(oldest) else { return Ok(None) };
            let watched = &mut self.watched[place];
            watched.job = Some((watched.request.clone(), origin.iteration, begin(&watched.request, origin)));
            place
        };
        let watched = &mut self.watched[place];
        let Some((.., job)) = &mut watched.job else { return Ok(None) };
        if !job.work(backend, until, clock).await? {
            return Ok(None);
        }
        let Some((request, iteration, job)) = watched.job.take() else { return Ok(None) };
        watched.made = (request == watched.request).then_some(iteration);
        if watched.made.is_some() {
            watched.rests_until = clock() + PAUSE;
        }
        Ok(Some(Event::View(Box::new(View { iteration, request, result: job.result() }))))
    }
}
