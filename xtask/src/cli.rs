//! The command line: what may be asked for.

use crate::step::Error;

/// What `cargo xtask help` prints.
pub const USAGE: &str = "\
Reptile Lab: set up, serve, build, test, measure. Whatever is missing is installed first.

cargo xtask serve [--dev] [--port N] [trunk arguments]
    Build the page and serve it on this machine, on port 8080 or the next free one; rebuild when a file changes.
    --dev        build in seconds, with checks, for work on the page; training is several times slower
    --port N     serve on this port or not at all
    --open       (trunk's) open the page in a browser

cargo xtask build
    Write the page into dist/, which any web server, or any path of one, can host.

cargo xtask single-file
    Write the page into dist/, and all of it into one file, target/single-file/reptile-lab.html, which also opens from a
    disk.

cargo xtask notebook
    Write the page into the package for notebooks, which `pip install ./python` then installs.

cargo xtask test [all | lint | native | browser | miri] [cargo test arguments]
    all          lint, native and browser; what CI runs
    lint         rustfmt, clippy and rustdoc, for this machine and for wasm
    native       unit, property and parity tests, the GPU ones on a software Vulkan driver
    browser      build dist/, then drive it in a headless Chromium
    miri         the portable vectors' tests in Miri, which finds undefined behaviour; needs a nightly Rust
    Arguments go to `cargo test` and need a part: `cargo xtask test native -- gpu --nocapture`.

cargo xtask bench [kernels | timeline | class | cpu | browser | gpu | size]... [--quick] [--iterations N] [--json FILE]
    kernels      the CPU backend's kernels by themselves, natively
    timeline     memory along a run of a million meta-iterations, and the time to go back to its moments, natively
    class        300 students open the page at once on a server with 50 Mbit/s: when they can train
    cpu          native training beside JAX and PyTorch, where python3, or REPTILE_LAB_PYTHON, has them
    browser      training in a headless Chromium beside TensorFlow.js and jax-js, and the page while it trains
    gpu          native training on the GPU that there is
    size         what a visitor downloads
    Without a part, all of them. One table of everything but the first three, with ratios and targets, is printed and, as
    JSON, written into target/bench/results.json or FILE. What cannot be measured is a row that says why.
    --quick      in two minutes instead of ten, and less exact
    --iterations N  how long the run of `timeline` is, 1,000,000 without it, and 20,000 with --quick

cargo xtask fuzz [--minutes N] [--seed S]
    Let a monkey loose on the page in a headless Chromium: clicks, nonsense, hostile files, ended workers, lost GPUs. It
    prints its actions, the page's memory and its long tasks by the minute, and fails at the first fault. `test browser`
    has two minutes of it.
    --minutes N  how long, 60 without it
    --seed S     which actions are drawn, 1 without it

cargo xtask help
    Print this.";

/// One thing to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// Print [`USAGE`].
    Help,
    /// Build, serve and watch the page.
    Serve(ServeOptions),
    /// Write `dist/`.
    Build,
    /// Write `dist/`, and all of it into one file.
    SingleFile,
    /// Write `dist/`, and all of it into the package for notebooks.
    Notebook,
    /// Measure.
    Bench(BenchOptions),
    /// Let the monkey loose.
    Fuzz(FuzzOptions),
    /// Run the checks.
    Test {
        /// Which of them.
        part: Part,
        /// Passed on to `cargo test`.
        arguments: Vec<String>,
    },
}

/// How to serve the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ServeOptions {
    /// Build the development profile instead of the release profile.
    pub dev: bool,
    /// The port that was asked for; none means the first free one.
    pub port: Option<u16>,
    /// Passed on to `trunk serve`.
    pub trunk: Vec<String>,
}

/// What to measure, and how.
#[derive(Debug, PartialEq, Eq)]
pub struct BenchOptions {
    /// Which parts, in the order of [`Subject::ALL`].
    pub subjects: Vec<Subject>,
    /// Whether a look is enough.
    pub quick: bool,
    /// The length of the time line's run; none means the usual one.
    pub iterations: Option<u64>,
    /// Where the figures go; none means the usual file.
    pub json: Option<String>,
}

/// How long the monkey is let loose, and what it draws.
#[derive(Debug, PartialEq, Eq)]
pub struct FuzzOptions {
    /// Minutes.
    pub minutes: u32,
    /// The seed of its actions.
    pub seed: u64,
}

impl Default for FuzzOptions {
    fn default() -> Self {
        Self { minutes: 60, seed: 1 }
    }
}

/// A part of the benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The CPU backend's kernels.
    Kernels,
    /// A long run, and the way back along it.
    Timeline,
    /// A class that opens the page at once.
    Class,
    /// Native training beside Python's frameworks.
    Cpu,
    /// Chromium.
    Browser,
    /// Native training on a GPU.
    Gpu,
    /// The download.
    Size,
}

impl Subject {
    /// Every part.
    pub const ALL: [Self; 7] =
        [Self::Kernels, Self::Timeline, Self::Class, Self::Cpu, Self::Browser, Self::Gpu, Self::Size];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kernels => "kernels",
            Self::Timeline => "timeline",
            Self::Class => "class",
            Self::Cpu => "cpu",
            Self::Browser => "browser",
            Self::Gpu => "gpu",
            Self::Size => "size",
        }
    }
}

/// A part of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Every part below but Miri's, in their order.
    All,
    /// Formatting, lints and documentation.
    Lint,
    /// Tests that need no browser.
    Native,
    /// Tests of `dist/` in a browser.
    Browser,
    /// Tests of unsafe code that Miri can interpret.
    Miri,
}

/// Reads the arguments that follow `cargo xtask`.
///
/// # Errors
/// [`Error::Usage`], which names what was not understood and what is allowed.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Request, Error> {
    let mut arguments = arguments.into_iter();
    let Some(command) = arguments.next() else { return Ok(Request::Help) };
    let rest: Vec<String> = arguments.collect();
    if rest.iter().take_while(|argument| *argument != "--").any(|argument| is_help(argument)) {
        return Ok(Request::Help);
    }
    match command.as_str() {
        "serve" => parse_serve(rest).map(Request::Serve),
        "build" | "single-file" | "notebook" => match rest.first() {
            None if command == "build" => Ok(Request::Build),
            None if command == "notebook" => Ok(Request::Notebook),
            None => Ok(Request::SingleFile),
            Some(extra) => Err(Error::Usage(format!("`{command}` takes no arguments, but `{extra}` was given"))),
        },
        "bench" => parse_bench(rest).map(Request::Bench),
        "fuzz" => parse_fuzz(rest).map(Request::Fuzz),
        "test" => parse_test(rest),
        "help" => Ok(Request::Help),
        word if is_help(word) => Ok(Request::Help),
        other => Err(Error::Usage(format!(
            "`{other}` is not a command; allowed are serve, build, single-file, notebook, test, bench, fuzz and help"
        ))),
    }
}

fn is_help(argument: &str) -> bool {
    matches!(argument, "-h" | "--help")
}

fn parse_serve(arguments: Vec<String>) -> Result<ServeOptions, Error> {
    let mut options = ServeOptions::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--dev" => options.dev = true,
            "--release" => options.dev = false,
            "--port" | "-p" => options.port = Some(parse_port(&arguments.next().unwrap_or_default())?),
            other => match other.strip_prefix("--port=") {
                Some(port) => options.port = Some(parse_port(port)?),
                None => options.trunk.push(argument),
            },
        }
    }
    Ok(options)
}

fn parse_port(text: &str) -> Result<u16, Error> {
    match text.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(Error::Usage(format!("`--port` takes a number from 1 to 65535, not `{text}`"))),
    }
}

fn parse_fuzz(arguments: Vec<String>) -> Result<FuzzOptions, Error> {
    let mut options = FuzzOptions::default();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, value.to_owned()),
            None => (argument.as_str(), arguments.next().unwrap_or_default()),
        };
        match name {
            "--minutes" => {
                options.minutes = value.parse().ok().filter(|minutes| *minutes > 0).ok_or_else(|| {
                    Error::Usage(format!("`--minutes` takes a whole number, 1 or more, not `{value}`"))
                })?;
            }
            "--seed" => {
                options.seed = value
                    .parse()
                    .map_err(|_| Error::Usage(format!("`--seed` takes a whole number, 0 or more, not `{value}`")))?;
            }
            other => {
                return Err(Error::Usage(format!(
                    "`{other}` is not an option of `fuzz`; allowed are --minutes N and --seed S"
                )));
            }
        }
    }
    Ok(options)
}

fn parse_test(mut arguments: Vec<String>) -> Result<Request, Error> {
    if arguments.is_empty() {
        return Ok(Request::Test { part: Part::All, arguments });
    }
    let part = match arguments.remove(0).as_str() {
        "all" => Part::All,
        "lint" => Part::Lint,
        "native" => Part::Native,
        "browser" => Part::Browser,
        "miri" => Part::Miri,
        other => {
            return Err(Error::Usage(format!(
                "`{other}` is not a part of the tests; allowed are all, lint, native, browser and miri"
            )));
        }
    };
    match (part, arguments.first()) {
        (Part::All | Part::Lint | Part::Miri, Some(extra)) => Err(Error::Usage(format!(
            "`{extra}` has nowhere to go: arguments for `cargo test` follow `test native` or `test browser`"
        ))),
        _ => Ok(Request::Test { part, arguments }),
    }
}

/// The value of an option that is written `--name value` or `--name=value`, if `argument` is that option.
fn value_of(name: &str, argument: &str, arguments: &mut impl Iterator<Item = String>) -> Option<String> {
    let rest = argument.strip_prefix(name)?;
    if rest.is_empty() { Some(arguments.next().unwrap_or_default()) } else { rest.strip_prefix('=').map(String::from) }
}

fn parse_bench(arguments: Vec<String>) -> Result<BenchOptions, Error> {
    let mut options = BenchOptions { subjects: Vec::new(), quick: false, iterations: None, json: None };
    let file = |name: Option<String>| match name {
        Some(name) if !name.is_empty() && !name.starts_with('-') => Ok(Some(name)),
        _ => Err(Error::Usage(String::from("`--json` takes the name of a file"))),
    };
    let mut asked = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        if argument == "--quick" {
            options.quick = true;
        } else if let Some(number) = value_of("--iterations", &argument, &mut arguments) {
            options.iterations = Some(number.parse().ok().filter(|number| *number >= 10).ok_or_else(|| {
                Error::Usage(format!("`--iterations` takes a whole number, 10 or more, not `{number}`"))
            })?);
        } else if argument == "--json" {
            options.json = file(arguments.next())?;
        } else if let Some(name) = argument.strip_prefix("--json=") {
            options.json = file(Some(name.to_owned()))?;
        } else if let Some(subject) = Subject::ALL.into_iter().find(|subject| subject.name() == argument) {
            asked.push(subject);
        } else {
            return Err(Error::Usage(format!(
                "`{argument}` is not a part of the benchmarks; allowed are kernels, timeline, class, cpu, browser, gpu and \
                 size, and the options --quick, --iterations N and --json FILE"
            )));
        }
    }
    let all = asked.is_empty();
    options.subjects = Subject::ALL.into_iter().filter(|subject| all || asked.contains(subject)).collect();
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Request, String> {
        parse(line.split_whitespace().map(String::from)).map_err(|error| error.to_string())
    }

    fn served(dev: bool, port: Option<u16>, trunk: &[&str]) -> Request {
        let trunk = trunk.iter().map(ToString::to_string).collect();
        Request::Serve(ServeOptions { dev, port, trunk })
    }

    fn tested(part: Part, arguments: &[&str]) -> Request {
        Request::Test { part, arguments: arguments.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn fuzz_says_how_long_and_which() {
        assert_eq!(parsed("fuzz"), Ok(Request::Fuzz(FuzzOptions { minutes: 60, seed: 1 })));
        assert_eq!(parsed("fuzz --minutes 5 --seed=7"), Ok(Request::Fuzz(FuzzOptions { minutes: 5, seed: 7 })));
        for wrong in ["fuzz --minutes 0", "fuzz --minutes", "fuzz --seed -1", "fuzz 5"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn serve_keeps_what_is_trunks() {
        assert_eq!(parsed("serve"), Ok(served(false, None, &[])));
        assert_eq!(parsed("serve --dev --port 9000"), Ok(served(true, Some(9000), &[])));
        assert_eq!(
            parsed("serve --open --port=9001 -a 0.0.0.0"),
            Ok(served(false, Some(9001), &["--open", "-a", "0.0.0.0"]))
        );
    }

    #[test]
    fn ports_are_refused_with_their_range() {
        for line in ["serve --port", "serve --port 0", "serve --port 65536", "serve --port=http"] {
            let error = parsed(line).expect_err(line);
            assert!(error.contains("1 to 65535"), "{line}: {error}");
        }
    }

    #[test]
    fn test_takes_a_part_and_arguments() {
        assert_eq!(parsed("test"), Ok(tested(Part::All, &[])));
        assert_eq!(parsed("test lint"), Ok(tested(Part::Lint, &[])));
        assert_eq!(parsed("test miri"), Ok(tested(Part::Miri, &[])));
        assert_eq!(parsed("test browser -- shots --help"), Ok(tested(Part::Browser, &["--", "shots", "--help"])));
        assert!(parsed("test lint -- shots").expect_err("lint takes none").contains("`--` has nowhere to go"));
        assert!(parsed("test gpu").expect_err("no such part").contains("all, lint, native, browser and miri"));
    }

    fn measured(subjects: &[Subject], quick: bool, json: Option<&str>) -> Request {
        let (subjects, json) = (subjects.to_vec(), json.map(String::from));
        Request::Bench(BenchOptions { subjects, quick, iterations: None, json })
    }

    #[test]
    fn bench_takes_parts_in_any_order() {
        assert_eq!(parsed("bench"), Ok(measured(&Subject::ALL, false, None)));
        assert_eq!(parsed("bench --quick"), Ok(measured(&Subject::ALL, true, None)));
        let both = [Subject::Cpu, Subject::Browser];
        assert_eq!(parsed("bench browser --json a.json cpu browser"), Ok(measured(&both, false, Some("a.json"))));
        assert_eq!(parsed("bench size --json=b.json"), Ok(measured(&[Subject::Size], false, Some("b.json"))));
        assert!(
            parsed("bench webgl")
                .expect_err("no such part")
                .contains("kernels, timeline, class, cpu, browser, gpu and size")
        );
        let long = |iterations| {
            let subjects = vec![Subject::Timeline];
            Request::Bench(BenchOptions { subjects, quick: false, iterations: Some(iterations), json: None })
        };
        assert_eq!(parsed("bench timeline --iterations 20000"), Ok(long(20_000)));
        assert_eq!(parsed("bench --iterations=10 timeline"), Ok(long(10)));
        for line in ["bench --iterations", "bench --iterations 9", "bench --iterations=many"] {
            assert!(parsed(line).expect_err(line).contains("10 or more"), "{line}");
        }
        for line in ["bench --json", "bench --json=", "bench --json --quick"] {
            assert!(parsed(line).expect_err(line).contains("the name of a file"), "{line}");
        }
    }

    #[test]
    fn help_is_never_far() {
        for line in ["", "help", "--help", "-h", "serve --help", "test native -h", "bench --help"] {
            assert_eq!(parsed(line), Ok(Request::Help), "{line}");
        }
    }

    #[test]
    fn other_words_are_refused() {
        let error = parsed("deploy").expect_err("no such command");
        assert!(
            error.contains("`deploy`")
                && error.contains("serve, build, single-file, notebook, test, bench, fuzz and help"),
            "{error}"
        );
        assert!(parsed("build now").expect_err("build takes none").contains("`now`"));
        assert_eq!((parsed("build"), parsed("single-file")), (Ok(Request::Build), Ok(Request::SingleFile)));
        assert!(parsed("single-file a").expect_err("it takes none").contains("`single-file`"));
    }
}
