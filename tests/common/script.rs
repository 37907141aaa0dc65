//! A session that a test speaks to, on a clock that moves only when it is read.

#![allow(dead_code, reason = "not every test needs all of it")]

use pollster::block_on;
use reptile_lab::backend::choice::{Choice, Preference, Reason};
use reptile_lab::backend::cpu::Cpu;
use reptile_lab::backend::{Backend, BackendError, BackendKind, Pending};
use reptile_lab::domain::alignment::AlignmentPoint;
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::engine::protocol::{
    BegunSave, Call, Command, EncodedReply, Event, Failure, Message, PreviewResult, ReadKeyframes, ReadTheta, SaveRun,
    SavedKeyframe, SavedRun, Status,
};
use reptile_lab::engine::session::{Next, Session};
use serde::de::DeserializeOwned;

use crate::clock::{NOW, advance};

/// A clock that moves by a quarter of a millisecond whenever it is read.
pub fn clock() -> f64 {
    advance(0.25)
}

/// A small run that every test can afford.
pub fn small(iterations: u64) -> Config {
    let mut config = Preset::Fast.config();
    config.model.hidden = vec![12, 8];
    config.outer.iterations = iterations;
    config.eval.tasks = 30;
    config.eval.steps = 8;
    config
}

/// A session with all events that it has sent, and the answers by request.
pub struct Script {
    pub session: Session,
    pub events: Vec<Event>,
    pub last_id: u32,
}

impl Script {
    pub fn new() -> Self {
        Self::with(|config, train_state, _| {
            let choice = Choice { kind: BackendKind::Cpu, adapter: "a test".into(), reason: Reason::Asked };
            Ok((Box::new(Cpu::new(config, train_state)), choice))
        })
    }

    pub fn with(
        open: impl Fn(&Config, &TrainState, Preference) -> Result<(Box<dyn Backend>, Choice), BackendError> + 'static,
    ) -> Self {
        let opener = move |config, train_state, preference| -> Pending<'static, _> {
            Box::pin(std::future::ready(open(&config, &train_state, preference)))
        };
        Self { session: Session::new(clock, Box::new(opener)), events: Vec::new(), last_id: 0 }
    }

    pub fn opened(config: &Config) -> Self {
        let mut script = Self::new();
        script.say(Command::Open { config: config.clone(), preference: Preference::Auto }).expect("it opens");
        script
    }

    /// Makes a call and works until it is answered.
    pub fn say<C: Call>(&mut self, call: C) -> Result<C::Reply, Failure> {
        self.say_any(call.into()).map(decoded)
    }

    /// A run with all of its past that is asked for.
    pub fn saved(&mut self, save: SaveRun) -> SavedRun {
        let BegunSave { number, run } = self.say(save).expect("the run");
        SavedRun { keyframes: self.saved_from(number, run.keyframes.clone()), ..run }
    }

    /// All keyframes of a run that is being saved, which begin with these.
    pub fn saved_from(&mut self, save: u32, mut keyframes: Vec<SavedKeyframe>) -> Vec<SavedKeyframe> {
        loop {
            let part = self.say(ReadKeyframes { save, from: keyframes.len() }).expect("the next part");
            if part.is_empty() {
                return keyframes;
            }
            keyframes.extend(part);
        }
    }

    /// The same for a call of any kind, whose reply nobody reads.
    pub fn say_any(&mut self, message: Message) -> Result<EncodedReply, Failure> {
        let id = self.tell(message);
        for _ in 0..100_000 {
            if let Some(result) = self.encoded_answer_to(id) {
                return result;
            }
            self.advance();
        }
        panic!("no answer");
    }

    /// Makes a call and returns its number.
    pub fn tell(&mut self, message: impl Into<Message>) -> u32 {
        let Message::Session(call) = message.into() else { panic!("a call of the session") };
        self.last_id += 1;
        block_on(self.session.handle(self.last_id, call));
        self.events.extend(self.session.take_events());
        self.last_id
    }

    pub fn answer_to<T: DeserializeOwned>(&self, wanted: u32) -> Option<Result<T, Failure>> {
        Some(self.encoded_answer_to(wanted)?.map(decoded))
    }

    pub fn encoded_answer_to(&self, wanted: u32) -> Option<Result<EncodedReply, Failure>> {
        self.events.iter().find_map(|event| match event {
            Event::Answer { id, result } if *id == wanted => Some(result.clone()),
            _ => None,
        })
    }

    pub fn advance(&mut self) -> Next {
        let next = block_on(self.session.advance());
        self.events.extend(self.session.take_events());
        next
    }

    /// Works until training has ended, at its limited speed.
    pub fn finish_slowly(&mut self) {
        while self.status().running {
            if let Next::At(time) = self.advance() {
                NOW.set(NOW.get().max(time));
            }
        }
    }

    /// Works until there is nothing left to do.
    pub fn finish(&mut self) {
        for _ in 0..1_000_000 {
            if self.advance() == Next::Idle {
                return;
            }
        }
        panic!("the session never comes to rest");
    }

    pub fn status(&self) -> &Status {
        let status = self.events.iter().rev().find_map(|event| match event {
            Event::Status(status) => Some(status),
            _ => None,
        });
        status.expect("a status")
    }

    pub fn preview(&self) -> &PreviewResult {
        let preview = self.events.iter().rev().find_map(|event| match event {
            Event::Preview(preview) => Some(preview),
            _ => None,
        });
        preview.expect("a preview")
    }

    /// The training chart's meta-iterations, in ascending order.
    pub fn points(&self) -> Vec<u64> {
        let mut points: Vec<u64> = self
            .events
            .iter()
            .filter_map(|event| match event {
                Event::HeldOut(point) => Some(point.iteration),
                _ => None,
            })
            .collect();
        points.sort_unstable();
        points
    }

    /// The points of gradient alignment, in ascending order.
    pub fn alignments(&self) -> Vec<&AlignmentPoint> {
        let points = self.events.iter().filter_map(|event| match event {
            Event::Alignment(point) => Some(point),
            _ => None,
        });
        let mut points: Vec<_> = points.collect();
        points.sort_unstable_by_key(|point| point.iteration);
        points
    }

    pub fn problems(&self) -> Vec<&Failure> {
        let problems = self.events.iter().filter_map(|event| match event {
            Event::Problem(failure) => Some(failure),
            _ => None,
        });
        problems.collect()
    }

    pub fn theta(&mut self) -> Vec<f32> {
        self.say(ReadTheta).expect("θ")
    }
}

pub fn decoded<T: DeserializeOwned>(reply: EncodedReply) -> T {
    reply.decode().expect("a reply of the type of its call")
}
