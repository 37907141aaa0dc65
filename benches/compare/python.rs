//! Frameworks in Python, through `benches/python_baseline.py`.

use std::env;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::contender::{Contender, Pending};
use crate::trained::trained;
use crate::work;

/// One framework in a Python of its own.
pub struct Framework {
    talk: Talk,
    /// What it says its version is.
    pub version: String,
}

/// A running script, a line of JSON each way.
struct Talk {
    /// Ends with this.
    _process: Child,
    to: ChildStdin,
    from: Lines<BufReader<ChildStdout>>,
}

/// The Python that `REPTILE_LAB_PYTHON` names, else the first on the path.
fn python() -> String {
    env::var("REPTILE_LAB_PYTHON").unwrap_or_else(|_| String::from("python3"))
}

impl Framework {
    /// Starts a subject of the script and finds it to do the right work.
    ///
    /// # Errors
    /// There is no Python, it does not have the framework, or θ is another.
    pub async fn open(script: &Path, subject: &str) -> Result<Self, String> {
        let mut talk = Talk::start(script)?;
        let opened = talk.ask(json!({ "open": subject })).await?;
        talk.ask(json!({ "load": work::handed_out() })).await?;
        let answer = talk.ask(json!({ "theta": work::COMPARED })).await?;
        work::verify(&answer["theta"], &trained(&work::config(1), work::COMPARED))?;
        Ok(Self { talk, version: opened["version"].as_str().unwrap_or_default().to_owned() })
    }
}

impl Talk {
    fn start(script: &Path) -> Result<Self, String> {
        let python = python();
        let mut process = Command::new(&python)
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{python}: {error}"))?;
        let to = process.stdin.take().ok_or("its input is not piped")?;
        let from = BufReader::new(process.stdout.take().ok_or("its output is not piped")?).lines();
        Ok(Self { _process: process, to, from })
    }

    async fn ask(&mut self, request: Value) -> Result<Value, String> {
        let lost = |error: std::io::Error| format!("the script ended: {error}");
        self.to.write_all(format!("{request}\n").as_bytes()).await.map_err(lost)?;
        self.to.flush().await.map_err(lost)?;
        let line = self.from.next_line().await.map_err(lost)?.ok_or("the script ended")?;
        let answer: Value = serde_json::from_str(&line).map_err(|error| format!("{line}: {error}"))?;
        match answer["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(answer),
        }
    }
}

impl Contender for Framework {
    fn rate(&mut self, seconds: f64) -> Pending<'_, f64> {
        Box::pin(async move { rate(&self.talk.ask(json!({ "time": seconds })).await?) })
    }
}

/// Iterations a second of `{iterations, seconds}`.
///
/// # Errors
/// It has other contents.
pub fn rate(timed: &Value) -> Result<f64, String> {
    let figure = |name: &str| timed[name].as_f64().ok_or_else(|| format!("no {name} in {timed}"));
    Ok(figure("iterations")? / figure("seconds")?)
}
