//! A long run, and the way back to any of its moments: `cargo bench --bench timeline [-- --iterations N] [--preset NAME]`.
//!
//! A session trains as the page's engine does, on all processors and with a task shown. At every tenth of the run it prints
//! the memory of the process and that of the time line. Then it goes to fifty moments drawn at random, and to the one in the
//! middle of the widest gap between two recorded ones, and prints how long that takes: on one processor, as everywhere.

use std::error::Error;
use std::fs;
use std::thread::available_parallelism;

use lexopt::prelude::*;
use pollster::block_on;
use reptile_lab::backend::choice::{Choice, Preference, Reason};
use reptile_lab::backend::cpu_pool::{CpuPool, threads};
use reptile_lab::backend::{Backend, BackendKind, Pending};
use reptile_lab::domain::config::Config;
use reptile_lab::domain::config::preset::Preset;
use reptile_lab::domain::rng::Rng;
use reptile_lab::domain::task::Task;
use reptile_lab::domain::train_state::TrainState;
use reptile_lab::engine::protocol::{
    Call, Command, EncodedReply, Event, Failure, GoTo, Message, ReadTimeline, Status, TimelineReply,
};
use reptile_lab::engine::session::{Next, Session};

/// Moments drawn at random.
const JUMPS: u64 = 50;
/// What they are drawn with.
const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut iterations, mut preset) = (1_000_000, Preset::Paper);
    let mut parser = lexopt::Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("iterations") => {
                iterations = parser.value()?.parse_with(|text| text.parse().map(|it: u64| it.max(10)))?;
            }
            Long("preset") => preset = parser.value()?.parse_with(named)?,
            // Cargo's own.
            Long("bench") => {}
            _ => return Err(argument.unexpected().into()),
        }
    }
    let mut config = preset.config();
    config.outer.iterations = iterations;
    let mut run = Run::open(&config)?;
    println!("{}, {iterations} meta-iterations, processors: {}", preset.name(), processors());
    train(&mut run, &config)?;
    go_back(&mut run, iterations)
}

fn named(name: &str) -> Result<Preset, String> {
    Preset::ALL.into_iter().find(|preset| preset.name() == name).ok_or_else(|| format!("{name:?} is no preset"))
}

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Trains the whole run.
fn train(run: &mut Run, config: &Config) -> Result<(), Box<dyn Error>> {
    let of_keyframe = {
        let mut train_state = TrainState::of(config);
        train_state.prepare(config);
        train_state.bytes()
    };
    let begun = threads::now();
    run.say(Command::Start { watched: false })?;
    println!("meta-iteration   resident kB   keyframes   time line kB");
    let tenth = config.outer.iterations / 10;
    let mut next = tenth;
    while run.status.as_ref().is_some_and(|status| status.running) {
        run.advance();
        if run.status.as_ref().is_some_and(|status| status.iteration >= next) {
            let TimelineReply { last, keyframes, .. } = run.say(ReadTimeline)?;
            let (memory, keyframes) = (resident(), keyframes.len());
            println!("{last:14}{memory:>14}{keyframes:12}{:15}", keyframes * of_keyframe / 1000);
            next = last + tenth - last % tenth;
        }
    }
    println!("in {:.1} s", (threads::now() - begun) / 1000.0);
    Ok(())
}

/// Goes to moments of the run.
fn go_back(run: &mut Run, iterations: u64) -> Result<(), Box<dyn Error>> {
    run.rest();
    let TimelineReply { keyframes, .. } = run.say(ReadTimeline)?;
    let widest = keyframes.windows(2).max_by_key(|pair| pair[1] - pair[0]).ok_or("nothing is recorded")?;
    let (from, gap) = (widest[0], widest[1] - widest[0]);
    println!("widest gap: {gap} meta-iterations, after {from}");
    let mut rng = Rng::new(SEED);
    let random = (0..JUMPS).map(|_| rng.below(iterations as usize) as u64);
    // To the very end of the gap, which is the longest way there is, and to its middle.
    let mut times = vec![];
    for moment in random.chain([from + gap / 2, from + gap - 1]) {
        let begun = threads::now();
        run.say(GoTo { iteration: Some(moment) })?;
        times.push((threads::now() - begun, moment));
        run.rest();
    }
    let (end, middle) = (times.pop().ok_or("no jump")?, times.pop().ok_or("no jump")?);
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    for (what, (milliseconds, moment)) in [
        ("median of fifty random moments", median),
        ("longest of them", longest),
        ("the middle of the widest gap", middle),
        ("the end of the widest gap", end),
    ] {
        println!("{what}: {milliseconds:.1} ms (to {moment})");
    }
    Ok(())
}

/// The memory of this process in kB, where the system tells.
fn resident() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let words = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    words.unwrap_or("unknown").to_owned()
}

/// A session with a run, and what it has said.
struct Run {
    session: Session,
    status: Option<Status>,
    calls: u32,
}

impl Run {
    /// Opens a run with a task shown, as on the page.
    fn open(config: &Config) -> Result<Self, Box<dyn Error>> {
        let opener = |config: Config, train_state: TrainState, _| -> Pending<'static, _> {
            let pool = CpuPool::new(&config, &train_state, threads::helpers(processors() - 1), threads::now);
            let choice = Choice { kind: BackendKind::Cpu, adapter: pool.adapter(), reason: Reason::Asked };
            let opened: (Box<dyn Backend>, Choice) = (Box::new(pool), choice);
            Box::pin(std::future::ready(Ok(opened)))
        };
        let mut run = Self { session: Session::new(threads::now, Box::new(opener)), status: None, calls: 0 };
        run.say(Command::Open { config: config.clone(), preference: Preference::Cpu })?;
        let task = Task::sinusoid(3.5, 1.0);
        let shots = (0..10).map(|i| i as f32 - 4.5).map(|x| [x, task.value(x)]).collect();
        run.say(Command::Preview { curve: task.into(), shots })?;
        run.rest();
        Ok(run)
    }

    /// Makes a call, and works until it is answered.
    fn say<C: Call>(&mut self, call: C) -> Result<C::Reply, Box<dyn Error>> {
        let Message::Session(call): Message = call.into() else { return Err("no call of the session".into()) };
        self.calls += 1;
        block_on(self.session.handle(self.calls, call));
        loop {
            if let Some(answer) = self.listen() {
                return Ok(answer?.decode()?);
            }
            block_on(self.session.advance());
        }
    }

    /// Does a slice of work.
    fn advance(&mut self) -> Next {
        let next = block_on(self.session.advance());
        self.listen();
        next
    }

    /// Works until there is nothing left to do.
    fn rest(&mut self) {
        while self.advance() != Next::Idle {}
    }

    /// Takes in what the session has said: the answer to the last call, if that is there.
    fn listen(&mut self) -> Option<Result<EncodedReply, Failure>> {
        let mut answer = None;
        for event in self.session.take_events() {
            match event {
                Event::Status(status) => self.status = Some(status),
                Event::Answer { id, result } if id == self.calls => answer = Some(result),
                _ => {}
            }
        }
        answer
    }
}
