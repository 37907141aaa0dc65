//! A Chromium of its own for every test, driven through a chromedriver of its own.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fmt};

use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::{ParseError, Url};

/// What the browser has of WebGPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gpu {
    /// The interface, and no adapter behind it.
    NoAdapter,
    /// Not even the interface: browsers keep it from a page that came over the network without encryption.
    Disabled,
    /// A software adapter, which every machine can have.
    Software,
}

const FLAGS: [&str; 5] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1280,900",
];

impl Gpu {
    /// The name under which such a browser finds this machine.
    #[must_use]
    pub fn host(self) -> &'static str {
        if self == Self::Disabled { "lab.test" } else { "127.0.0.1" }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::NoAdapter => &[],
            Self::Disabled => &["--host-resolver-rules=MAP lab.test 127.0.0.1"],
            Self::Software => {
                &["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"]
            }
        }
    }
}

/// A running browser. [`Chrome::quit`] ends it; a dropped one ends with its driver.
#[derive(Debug)]
pub struct Chrome {
    client: Client,
    driver: Child,
    _temporary: Temporary,
}

/// The folder of temporary files of a driver and its browser, which goes with them: the driver leaves the profile that it
/// makes behind when it is ended.
#[derive(Debug)]
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("reptile-lab-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self(folder)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // A browser that has crashed may write for a moment longer; the next run of tests is not hindered by what is left.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Chrome {
    /// Starts a browser with an empty profile, in English, and with further flags.
    ///
    /// # Panics
    /// If there is no browser or no driver: `CHROME` and `CHROMEDRIVER` name them, else they are found on the path.
    pub async fn start(gpu: Gpu, flags: &[&str]) -> Self {
        let name = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let temporary = Temporary::new();
        let (driver, mut said, port) = loop {
            let mut driver = Command::new(&name)
                .arg("--port=0")
                .env("TMPDIR", &temporary.0)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .unwrap_or_else(|error| panic!("{}: {error}", name.display()));
            let mut said = BufReader::new(driver.stdout.take().expect("its output is piped")).lines();
            match port(&mut said).await {
                Ok(port) => break (driver, said, port),
                // The port that it was given for one family of addresses, another program has in the other.
                Err(words) if words.contains("port not available") => {}
                Err(words) => panic!("chromedriver does not start: {words}"),
            }
        };
        // Read on, or the driver would wait for someone to listen.
        tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let Value::Object(capabilities) = capabilities(gpu, flags) else { unreachable!("capabilities are an object") };
        builder.capabilities(capabilities);
        let client = builder.connect(&format!("http://127.0.0.1:{port}")).await;
        Self {
            client: client.unwrap_or_else(|error| panic!("the browser does not start: {error}")),
            driver,
            _temporary: temporary,
        }
    }

    /// The driver's client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The driver's process, the browser's parent.
    #[must_use]
    pub fn driver(&self) -> Option<u32> {
        self.driver.id()
    }

    /// Ends the browser, and then its driver.
    pub async fn quit(mut self) {
        // A browser that has crashed is at its end already; the test says what is wrong.
        drop(self.client.close().await);
        drop(self.driver.kill().await);
    }
}

/// The port that the driver chose, or what it says in place of one.
async fn port(said: &mut Lines<BufReader<ChildStdout>>) -> Result<u16, String> {
    let mut all = String::new();
    while let Ok(Some(line)) = said.next_line().await {
        let after = line.split_once("started successfully on port ").map(|(_, after)| after.trim_end_matches('.'));
        if let Some(port) = after.and_then(|port| port.parse().ok()) {
            return Ok(port);
        }
        all += &line;
    }
    Err(all)
}

fn capabilities(gpu: Gpu, flags: &[&str]) -> Value {
    let flags = [FLAGS.as_slice(), gpu.flags(), flags].concat();
    let mut options = json!({ "args": flags });
    if let Some(chrome) = env::var_os("CHROME") {
        options["binary"] = chrome.to_string_lossy().into();
    }
    json!({
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL" },
        // Longer than any test waits: a test that waits in vain says for what.
        "timeouts": { "script": 600_000 },
    })
}

/// A command of Chromium's own, beside those of the standard.
pub struct Vendor {
    /// Its address below the session's.
    pub path: &'static str,
    /// What it takes.
    pub body: Value,
}

impl fmt::Debug for Vendor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.path, self.body)
    }
}

impl WebDriverCompatibleCommand for Vendor {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
