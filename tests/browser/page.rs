//! The page as a person finds it: by role and accessible name, as the browser computes them.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use fantoccini::actions::{
    ActionSequence, Actions, InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction, TouchActions,
};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::{Client, Locator};
use reptile_lab::domain::config::Config;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::EN;
use crate::chrome::{Chrome, Vendor};
use crate::processor::{self, Watch};
use crate::server::{Files, Server};

/// No test waits for a time to pass: it waits for what it names, and gives up after this many seconds.
pub const PATIENCE: f64 = 30.0;

/// What the console may hold, and why.
const ALLOWED: [(&str, &str); 1] =
    [("No available adapters.", "Chromium's own remark on asking for a GPU where there is none")];

/// Keys as a driver encodes them.
pub mod key {
    pub const ENTER: &str = "\u{E007}";
    pub const TAB: &str = "\u{E004}";
    pub const HOME: &str = "\u{E011}";
    pub const END: &str = "\u{E010}";
    pub const LEFT: &str = "\u{E012}";
    pub const UP: &str = "\u{E013}";
    pub const RIGHT: &str = "\u{E014}";
    pub const DOWN: &str = "\u{E015}";
    pub const PAGE_UP: &str = "\u{E00E}";
    pub const PAGE_DOWN: &str = "\u{E00F}";
    pub const DELETE: &str = "\u{E017}";
    pub const ESCAPE: &str = "\u{E00C}";
    pub const SHIFT: &str = "\u{E008}";
    pub const CONTROL: &str = "\u{E009}";
    /// Lets go of Shift and Control.
    pub const RELEASE: &str = "\u{E000}";
}

/// An accessible name, or what is known of it.
#[derive(Clone, Copy, Debug)]
pub enum Name<'a> {
    /// All of it.
    Is(&'a str),
    /// Its beginning.
    Begins(&'a str),
    /// Any.
    Any,
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Self::Is(name)
    }
}

impl<'a> From<&'a String> for Name<'a> {
    fn from(name: &'a String) -> Self {
        Self::Is(name)
    }
}

impl Name<'_> {
    fn fits(self, name: &str) -> bool {
        match self {
            Self::Is(all) => name == all,
            Self::Begins(start) => name.starts_with(start),
            Self::Any => true,
        }
    }
}

/// A node of the accessibility tree: what a screen reader has of an element.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessibilityNode {
    ignored: bool,
    #[serde(default)]
    role: Content,
    #[serde(default)]
    name: Content,
    #[serde(default)]
    value: Content,
    #[serde(default)]
    properties: Vec<Property>,
    #[serde(rename = "backendDOMNodeId")]
    id: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Content {
    #[serde(default)]
    value: Value,
}

#[derive(Clone, Debug, Deserialize)]
struct Property {
    name: String,
    value: Content,
}

impl Content {
    fn text(&self) -> &str {
        self.value.as_str().unwrap_or_default()
    }
}

impl AccessibilityNode {
    /// `button`, `slider`, …
    pub fn role(&self) -> &str {
        self.role.text()
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.name.text()
    }

    /// What stands in it: a field's text, a slider's value in words.
    pub fn value(&self) -> &str {
        self.value.text()
    }

    /// A state, as text: `invalid`, `pressed`, `disabled`, `focusable`, …; empty where it has none of that name.
    pub fn state(&self, name: &str) -> String {
        let found = self.properties.iter().find(|property| property.name == name);
        found.map_or_else(String::new, |property| match &property.value.value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

/// What `reptileLab.status()` says.
#[derive(Clone, Debug, Deserialize)]
pub struct Status {
    pub running: bool,
    pub iteration: u64,
    pub iterations: u64,
    pub shown: u64,
    pub meta_iterations_per_second: f64,
    pub gradient_evaluations: u64,
    pub training_seconds: f64,
    pub backend: Option<String>,
    pub adapter: Option<String>,
    pub message: String,
}

/// The open page.
pub struct Page {
    client: Client,
    address: String,
    /// Where it comes from.
    pub server: Server,
    /// The driver's process.
    driver: Option<u32>,
    /// Errors and warnings of the console that no test has asked for yet.
    console: RefCell<Vec<String>>,
    /// Whether scripts leave nothing in the page: see [`Page::leaves_nothing`].
    leaves_nothing: Cell<bool>,
}

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Part {
    element: Element,
    /// As it was when it was found.
    pub node: AccessibilityNode,
}

fn moved(x: f64, y: f64) -> PointerAction {
    PointerAction::MoveTo { duration: Some(Duration::ZERO), x, y }
}

/// Presses at a place, moves in steps by so much, and lets go.
pub fn path((x, y): (f64, f64), (right, down): (f64, f64)) -> Vec<PointerAction> {
    const STEPS: u32 = 4;
    let parts = (1..=STEPS).map(|step| f64::from(step) / f64::from(STEPS));
    let way = parts.map(|part| moved(x + part * right, y + part * down));
    let begin = [moved(x, y), PointerAction::Down { button: MOUSE_BUTTON_LEFT }];
    begin.into_iter().chain(way).chain([PointerAction::Up { button: MOUSE_BUTTON_LEFT }]).collect()
}

/// The page's elements, and what a person does with them.
impl Page {
    /// A browser's page, not opened yet.
    pub fn new(chrome: &Chrome, address: String, server: Server) -> Self {
        Self {
            client: chrome.client().clone(),
            address,
            server,
            driver: chrome.driver(),
            console: RefCell::default(),
            leaves_nothing: Cell::default(),
        }
    }

    /// Begins to watch how its thread fares with the machine.
    pub fn watch(&self) -> Watch {
        Watch::begin(self.driver)
    }

    /// Opens the page.
    pub async fn open(&self) {
        self.client.goto(&self.address).await.unwrap_or_else(|error| panic!("{}: {error}", self.address));
    }

    /// Opens another address.
    pub async fn go(&self, address: &str) {
        self.client.goto(address).await.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Goes into the first frame of the page.
    pub async fn enter_frame(&self) {
        self.client.enter_frame(0).await.expect("there is a frame");
    }

    /// How often the server was asked for a file of this name.
    pub fn asked(&self, name: &str) -> usize {
        let asked = self.server.asked.lock().expect("no holder panics");
        asked.iter().filter(|path| path.rsplit('/').next() == Some(name)).count()
    }

    /// Opens the page anew, as F5 does.
    pub async fn reload(&self) {
        self.client.refresh().await.expect("the page reloads");
    }

    /// Waits until the engine can train, and until what lies below the first screen is there, or said to be missing.
    pub async fn ready(&self) -> Value {
        self.until("window.reptileLab").await;
        let ready = self.until("reptileLab.ready").await;
        self.until("document.querySelector('.stage > .curves, .side > [role=alert] > *')").await;
        ready
    }

    /// The document's title.
    pub async fn title(&self) -> String {
        self.client.title().await.expect("a page has a title")
    }

    /// Waits for the one element of that role and name.
    ///
    /// # Panics
    /// If it does not come, or there are several.
    pub async fn find(&self, role: &str, name: impl Into<Name<'_>>) -> Part {
        self.find_in(None, role, name.into()).await
    }

    /// Waits for the one element of that role and name inside another.
    pub async fn find_within(&self, outer: &Part, role: &str, name: impl Into<Name<'_>>) -> Part {
        self.find_in(outer.node.id, role, name.into()).await
    }

    async fn find_in(&self, root: Option<u64>, role: &str, name: Name<'_>) -> Part {
        let begun = Instant::now();
        loop {
            let nodes = self.query(root, Some(role), name).await;
            if let [node] = nodes.as_slice()
                && let Some(element) = self.element(node).await
            {
                return Part { element, node: node.clone() };
            }
            if begun.elapsed() > Duration::from_secs_f64(PATIENCE) {
                let there: Vec<AccessibilityNode> = self.query(root, Some(role), Name::Any).await;
                let names: Vec<&str> = there.iter().map(AccessibilityNode::name).collect();
                panic!("{} of role {role} with the name {name:?}; there are {names:#?}", nodes.len());
            }
            self.frame().await;
        }
    }

    /// Every node of a role, as it is now.
    pub async fn all(&self, role: &str) -> Vec<AccessibilityNode> {
        self.query(None, Some(role), Name::Any).await
    }

    /// Every node, as it is now.
    pub async fn everything(&self) -> Vec<AccessibilityNode> {
        self.query(None, None, Name::Any).await
    }

    async fn query(&self, root: Option<u64>, role: Option<&str>, name: Name<'_>) -> Vec<AccessibilityNode> {
        let root = match root {
            Some(root) => root.into(),
            None => self.devtools("DOM.getDocument", json!({ "depth": 0 })).await["root"]["backendNodeId"].clone(),
        };
        let mut question = json!({ "backendNodeId": root });
        if let Some(role) = role {
            question["role"] = role.into();
        }
        if let Name::Is(name) = name {
            question["accessibleName"] = name.into();
        }
        let mut answer = self.devtools("Accessibility.queryAXTree", question).await;
        let nodes: Vec<AccessibilityNode> =
            serde_json::from_value(answer["nodes"].take()).expect("nodes of the accessibility tree");
        nodes.into_iter().filter(|node| !node.ignored && name.fits(node.name())).collect()
    }

    /// The element of a node; none where it has gone in the meantime.
    async fn element(&self, node: &AccessibilityNode) -> Option<Element> {
        let resolved = self.try_devtools("DOM.resolveNode", json!({ "backendNodeId": node.id? })).await.ok()?;
        let keep = json!({
            "objectId": resolved["object"]["objectId"],
            "functionDeclaration": "function() { window.found = this; }",
        });
        self.try_devtools("Runtime.callFunctionOn", keep).await.ok()?;
        let found = self.client.execute("const found = window.found; delete window.found; return found;", vec![]);
        let found = found.await.ok()?;
        let id = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(self.client.clone(), ElementRef::from(id)))
    }

    /// The element with the keyboard's focus: its role and its name. None where nothing in the page has it.
    pub async fn focus(&self) -> Option<(String, String)> {
        const FOUND: &str = "window.found = document.activeElement; return window.found !== document.body;";
        if self.script(FOUND, &[]).await == json!(false) {
            return None;
        }
        let found = self.devtools("Runtime.evaluate", json!({ "expression": "window.found" })).await;
        let object = json!({ "objectId": found["result"]["objectId"], "fetchRelatives": false });
        let mut tree = self.devtools("Accessibility.getPartialAXTree", object).await;
        let nodes: Vec<AccessibilityNode> =
            serde_json::from_value(tree["nodes"].take()).expect("nodes of the accessibility tree");
        nodes.first().map(|node| (node.role().to_owned(), node.name().to_owned()))
    }

    /// Presses “Train” for a run that goes by as fast as the machine can.
    pub async fn train(&self) {
        let choose = "const speed = document.querySelector('#speed');
            speed.value = 'fastest';
            speed.dispatchEvent(new Event('change', { bubbles: true }));";
        self.script(choose, &[]).await;
        self.press(EN.run_train()).await;
    }

    /// Waits for a button and presses it.
    pub async fn press(&self, name: &str) {
        self.find("button", name).await.click().await;
    }

    /// Unfolds a group of settings, which begins with this name.
    pub async fn unfold(&self, name: &str) {
        let summary = self.find("DisclosureTriangle", Name::Begins(name)).await;
        if summary.node.state("expanded") != "true" {
            summary.click().await;
        }
    }

    /// The chart below a heading.
    pub async fn chart(&self, heading: &str) -> Part {
        let region = self.find("region", heading).await;
        self.find_within(&region, "image", Name::Any).await
    }

    /// Waits until the text alternative of the chart below a heading fits.
    pub async fn chart_that(&self, heading: &str, fits: impl Fn(&str) -> bool) -> Part {
        let begun = Instant::now();
        loop {
            let chart = self.chart(heading).await;
            if fits(chart.node.name()) {
                return chart;
            }
            assert!(begun.elapsed().as_secs_f64() < PATIENCE, "{heading}: {}", chart.node.name());
            self.frame().await;
        }
    }

    /// Keys to whatever has the focus.
    pub async fn type_keys(&self, keys: &str) {
        let active = self.client.active_element().await.expect("a document has an active element");
        active.send_keys(keys).await.unwrap_or_else(|error| panic!("keys {keys:?}: {error}"));
    }

    /// Presses the mouse at a place of the window (CSS pixels), moves it in steps by so much, and lets go.
    pub async fn drag(&self, from: (f64, f64), by: (f64, f64)) {
        let mouse = MouseActions::new("mouse".to_owned());
        self.perform(path(from, by).into_iter().fold(mouse, MouseActions::then)).await;
    }

    /// The same with a finger.
    pub async fn swipe(&self, from: (f64, f64), by: (f64, f64)) {
        let finger = TouchActions::new("finger".to_owned());
        self.perform(path(from, by).into_iter().fold(finger, TouchActions::then)).await;
    }

    /// Carries out actions of a keyboard, a mouse, a finger or a wheel.
    pub async fn perform(&self, actions: impl Into<ActionSequence>) {
        self.client.perform_actions(Actions::from(actions.into())).await.expect("actions within the window");
    }

    /// Drops a file on the page: its name, and an expression that gives its text or its bytes.
    pub async fn drop_file(&self, name: &str, contents: &str) {
        let drop = format!(
            "const data = new DataTransfer();
            data.items.add(new File([{contents}], arguments[0]));
            document.body.dispatchEvent(new DragEvent('drop', {{ dataTransfer: data, bubbles: true, cancelable: true }}));"
        );
        self.script(&drop, &[json!(name)]).await;
    }

    /// The memory of the page's processes, workers included (MiB); NaN where the kernel keeps no account.
    pub fn memory(&self) -> f64 {
        self.driver.and_then(processor::memory_of_pages).unwrap_or(f64::NAN)
    }

    /// Moves the mouse to a place of the window, without pressing it.
    pub async fn point_at(&self, (x, y): (f64, f64)) {
        self.perform(MouseActions::new("mouse".to_owned()).then(moved(x, y))).await;
    }

    /// Whether a person can read this somewhere on the page.
    pub async fn shows(&self, text: &str) -> bool {
        self.script("return document.body.innerText.includes(arguments[0]);", &[text.into()]).await == json!(true)
    }

    /// Waits until a person can read this somewhere on the page.
    pub async fn reads(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", Value::from(text))).await;
    }

    /// Waits until an alert says this: a person reads it, and a screen reader says it at once.
    pub async fn alerts(&self, text: &str) {
        let alerts = "[...document.querySelectorAll('[role=alert]')]";
        self.until(&format!("{alerts}.some((alert) => alert.innerText.includes({}))", Value::from(text))).await;
    }

    /// Gives the window this size (CSS pixels), exactly.
    pub async fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
        self.until(&format!("window.innerWidth === {width}")).await;
        self.frame().await;
    }

    /// Gives the window the height of the page, for a picture of all of it.
    pub async fn picture(&self, width: u32) -> Vec<u8> {
        self.resize(width, 900).await;
        let height = self.script("return document.documentElement.scrollHeight;", &[]).await;
        self.resize(width, height.as_u64().unwrap_or(900) as u32).await;
        self.frame().await;
        self.client.screenshot().await.expect("a picture of the page")
    }
}

/// The page's scripting API.
impl Page {
    /// Calls `reptileLab.name(argument)`; `undefined` is null.
    ///
    /// # Errors
    /// The words with which its promise rejects.
    pub async fn try_lab(&self, name: &str, arguments: &[Value]) -> Result<Value, String> {
        const CALL: &str = "
            const [name, given, done] = arguments;
            const plain = (value) => value instanceof Float32Array ? Array.from(value) : value ?? null;
            window.reptileLab[name](...given).then(
                (value) => done({ value: plain(value) }),
                (error) => done({ error: error instanceof Error ? error.message : `not an Error: ${error}` }));";
        let arguments = [name.into(), arguments.into()];
        let mut outcome = self.run(CALL, &arguments, true).await?;
        match outcome["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(outcome["value"].take()),
        }
    }

    /// Calls `reptileLab.name(argument)`, which must succeed.
    pub async fn lab(&self, name: &str, arguments: &[Value]) -> Value {
        self.try_lab(name, arguments).await.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Calls `reptileLab.name(argument)`, which must fail, and returns its words.
    pub async fn refused(&self, name: &str, argument: Value) -> String {
        match self.try_lab(name, std::slice::from_ref(&argument)).await {
            Ok(value) => panic!("{name}({argument:.200}) is not refused: {value}"),
            Err(error) => error,
        }
    }

    /// Has its server serve these files from now on; none, as if it had gone.
    pub fn serve(&self, files: Files) {
        *self.server.files.write().expect("no holder panics") = files;
    }

    /// What the engine does.
    pub async fn status(&self) -> Status {
        serde_json::from_value(self.lab("status", &[]).await).expect("a status as pinned")
    }

    /// The Config.
    pub async fn config(&self) -> Config {
        Config::from_value(&self.lab("getConfig", &[]).await).expect("a Config")
    }

    /// Replaces the Config through the API.
    pub async fn set_config(&self, config: &Config) {
        self.lab("setConfig", &[serde_json::to_value(config).expect("a Config has a JSON form")]).await;
    }

    /// θ.
    pub async fn theta(&self) -> Vec<f32> {
        let theta = self.lab("theta", &[]).await;
        theta.as_array().expect("an array").iter().map(|number| number.as_f64().expect("a number") as f32).collect()
    }

    /// Waits until a condition on `status`, the engine's, holds.
    pub async fn until_status(&self, condition: &str) -> Status {
        self.until_status_within(PATIENCE, condition).await
    }

    /// As [`Page::until_status`], with more patience (s).
    pub async fn until_status_within(&self, patience: f64, condition: &str) -> Status {
        let asked = format!("reptileLab.status().then((status) => ({condition}) && status)");
        serde_json::from_value(self.until_within(patience, &asked).await).expect("a status as pinned")
    }
}

/// The browser below the page.
impl Page {
    /// Runs a script, which must not fail.
    pub async fn script(&self, body: &str, arguments: &[Value]) -> Value {
        self.run(body, arguments, false).await.unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// From now on scripts leave nothing in the page, but cannot return elements, and run in the outermost document.
    ///
    /// chromedriver never lets go of the list in which a script of its own returns a value, and keeps each script that it
    /// waits for, with 16 kB around it, in a timer until the longest time is over that a script may take.
    pub fn leaves_nothing(&self) {
        self.leaves_nothing.set(true);
    }

    /// Runs a function's body. One that is waited for has a further argument, and calls it with its outcome.
    async fn run(&self, body: &str, arguments: &[Value], waits: bool) -> Result<Value, String> {
        if !self.leaves_nothing.get() {
            let (client, arguments) = (&self.client, arguments.to_vec());
            let outcome =
                if waits { client.execute_async(body, arguments).await } else { client.execute(body, arguments).await };
            return outcome.map_err(|error| error.to_string());
        }
        let given = format!("JSON.parse({})", Value::from(Value::from(arguments).to_string()));
        let function = format!("(function() {{ {body}\n}})");
        let expression = if waits {
            format!("new Promise((done) => {function}(...{given}, done))")
        } else {
            format!("{function}(...{given})")
        };
        let asked =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true });
        let mut answer = self.try_devtools("Runtime.evaluate", asked).await?;
        match answer.get("exceptionDetails") {
            Some(error) => {
                Err(error["exception"]["description"].as_str().map_or_else(|| error.to_string(), String::from))
            }
            None => Ok(answer["result"]["value"].take()),
        }
    }

    /// Runs a script of a promise's expression, which must not fail.
    pub async fn promise(&self, expression: &str) -> Value {
        self.until(&format!("({expression}).then((value) => [value])")).await[0].take()
    }

    /// Waits until an expression, or the promise that it is, is true in JavaScript's sense; looks once a frame.
    pub async fn until(&self, condition: &str) -> Value {
        self.until_within(PATIENCE, condition).await
    }

    /// As [`Page::until`], with more patience (s).
    pub async fn until_within(&self, patience: f64, condition: &str) -> Value {
        const WATCH: &str = "
            const [patience, done] = arguments;
            const begun = performance.now();
            const look = async () => {
                try {
                    const value = await holds();
                    if (value) return done({ value });
                    if (performance.now() - begun > patience) return done({ error: 'it is ' + value + ' to the end' });
                } catch (error) {
                    return done({ error: String(error) });
                }
                requestAnimationFrame(look);
            };
            look();";
        // In the script and not as its argument: the page's policy forbids to make code of texts.
        let watch = format!("const holds = () => ({condition}); {WATCH}");
        let outcome = self.run(&watch, &[(patience * 1000.0).into()], true).await;
        let mut outcome = outcome.unwrap_or_else(|error| panic!("{condition}: {error}"));
        if let Some(error) = outcome["error"].as_str() {
            panic!("{condition}: {error}");
        }
        outcome["value"].take()
    }

    /// Waits for the next frame.
    pub async fn frame(&self) {
        self.run("requestAnimationFrame(() => arguments[0]());", &[], true).await.expect("a frame");
    }

    /// Runs a script in every document from now on, before the page's own.
    pub async fn before_the_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// A command of Chromium's developer tools, which must succeed.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let outcome = self.try_devtools(command, parameters).await;
        outcome.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    async fn try_devtools(&self, command: &str, parameters: Value) -> Result<Value, String> {
        let body = json!({ "cmd": command, "params": parameters });
        let sent = self.client.issue_cmd(Vendor { path: "goog/cdp/execute", body });
        sent.await.map_err(|error| error.to_string())
    }

    /// Takes the console's errors and warnings in.
    async fn listen(&self) {
        #[derive(Deserialize)]
        struct Line {
            level: String,
            message: String,
        }
        let body = json!({ "type": "browser" });
        let lines = self.client.issue_cmd(Vendor { path: "se/log", body }).await.expect("the console's lines");
        let lines: Vec<Line> = serde_json::from_value(lines).expect("the console's lines");
        let bad = lines.into_iter().filter(|line| ["SEVERE", "WARNING"].contains(&line.level.as_str()));
        let unexpected = bad.filter(|line| !ALLOWED.iter().any(|(allowed, _)| line.message.contains(allowed)));
        self.console.borrow_mut().extend(unexpected.map(|line| format!("{} {}", line.level, line.message)));
    }

    /// The errors and warnings that the console holds.
    pub async fn console_says(&self) -> Vec<String> {
        self.listen().await;
        self.console.borrow().clone()
    }

    /// Asserts that the console holds an error or warning with these words, and forgets all that do.
    pub async fn console_holds(&self, words: &str) {
        self.listen().await;
        let mut console = self.console.borrow_mut();
        assert!(console.iter().any(|line| line.contains(words)), "{words:?} is not in the console: {console:#?}");
        console.retain(|line| !line.contains(words));
    }

    /// Forgets the lines of the console with these words.
    pub async fn console_forgets(&self, words: &str) {
        self.listen().await;
        self.console.borrow_mut().retain(|line| !line.contains(words));
    }

    /// Forgets what the console holds, where it cannot but complain.
    pub async fn console_is_forgotten(&self) {
        self.listen().await;
        self.console.borrow_mut().clear();
    }

    /// Asserts that the console holds no error and no warning, beside those that a test has asked for.
    pub async fn console_is_quiet(&self) {
        self.listen().await;
        let console = self.console.borrow();
        assert!(console.is_empty(), "the console is not quiet: {console:#?}");
    }
}

impl Part {
    /// Scrolls to it and clicks it, in its middle.
    pub async fn click(&self) {
        self.reveal().await;
        self.element.click().await.unwrap_or_else(|error| panic!("{:?}: {error}", self.node.name()));
    }

    /// Gives it the focus, and keys.
    pub async fn keys(&self, keys: &str) {
        let sent = self.element.send_keys(keys).await;
        sent.unwrap_or_else(|error| panic!("keys {keys:?} to {:?}: {error}", self.node.name()));
    }

    /// Replaces a field's text, without leaving the field.
    pub async fn write(&self, text: &str) {
        self.keys(&format!("{}a{}{text}", key::CONTROL, key::RELEASE)).await;
    }

    /// Replaces a field's text, and presses Enter.
    pub async fn enter(&self, text: &str) {
        self.write(&format!("{text}{}", key::ENTER)).await;
    }

    /// Chooses from a list by the words of the choice.
    pub async fn choose(&self, label: &str) {
        let chosen = self.element.select_by(Locator::XPath(&format!(".//option[normalize-space(.)='{label}']"))).await;
        chosen.unwrap_or_else(|error| panic!("{label:?} in {:?}: {error}", self.node.name()));
    }

    /// The text in a field.
    pub async fn content(&self) -> String {
        let content = self.script("return String(arguments[0].value);").await;
        content.as_str().unwrap_or_default().to_owned()
    }

    /// Runs a script with it as the only argument.
    pub async fn script(&self, body: &str) -> Value {
        let element = serde_json::to_value(&self.element).expect("an element has a JSON form");
        let run = self.element.clone().client().execute(body, vec![element]).await;
        run.unwrap_or_else(|error| panic!("{body}: {error}"))
    }

    /// Scrolls until it is in the middle of the window.
    pub async fn reveal(&self) {
        self.script("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' });").await;
    }

    /// Its place in the window, in CSS pixels: left, top, width, height.
    pub async fn place(&self) -> (f64, f64, f64, f64) {
        const PLACE: &str = "
            const { left, top, width, height } = arguments[0].getBoundingClientRect();
            return [left, top, width, height];";
        let place = self.script(PLACE).await;
        let at = |index: usize| place[index].as_f64().expect("a length");
        (at(0), at(1), at(2), at(3))
    }

    /// Its middle in the window.
    pub async fn middle(&self) -> (f64, f64) {
        let (left, top, width, height) = self.place().await;
        (left + width / 2.0, top + height / 2.0)
    }

    /// A canvas's picture, as a text that differs when the picture does.
    pub async fn drawing(&self) -> String {
        self.script("return arguments[0].toDataURL();").await.to_string()
    }
}
