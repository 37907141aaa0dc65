//! A page in a Chromium of its own.

use serde_json::Value;

use crate::chrome::{Chrome, Gpu, Vendor};

/// A browser with one page open.
pub struct Tab {
    chrome: Chrome,
}

impl Tab {
    /// Starts a browser, opens a page, and waits until `condition`, an expression, is true there.
    ///
    /// # Errors
    /// There is no browser, or the page does not come so far.
    pub async fn open(gpu: Gpu, address: &str, condition: &str) -> Result<Self, String> {
        // Starting it panics, which tests are content with.
        let chrome =
            tokio::spawn(Chrome::start(gpu, &[])).await.map_err(|_| "Chromium or its driver does not start")?;
        let tab = Self { chrome };
        let opened = async {
            tab.chrome.client().goto(address).await.map_err(|error| error.to_string())?;
            tab.until(condition, 60.0).await
        };
        match opened.await {
            Ok(()) => Ok(tab),
            Err(error) => {
                tab.close().await;
                Err(error)
            }
        }
    }

    /// Ends the browser.
    pub async fn close(self) {
        self.chrome.quit().await;
    }

    /// Minimizes the window or brings it back, and makes sure that the page knows.
    ///
    /// # Errors
    /// The browser does not.
    pub async fn show(&self, visible: bool) -> Result<(), String> {
        if self.value("document.visibilityState", vec![]).await? == if visible { "visible" } else { "hidden" } {
            return Ok(());
        }
        let client = self.chrome.client();
        let done = if visible { client.maximize_window().await } else { client.minimize_window().await };
        done.map_err(|error| error.to_string())?;
        self.until(&format!("document.hidden !== {visible}"), 5.0).await
    }

    /// The driver's process.
    pub fn driver(&self) -> Option<u32> {
        self.chrome.driver()
    }

    /// The value of an expression, or of the promise that it is; `args` is the array of arguments.
    ///
    /// # Errors
    /// What it throws.
    pub async fn value(&self, expression: &str, arguments: Vec<Value>) -> Result<Value, String> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const args = [...arguments];
             (async () => ({expression}))().then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let mut outcome =
            self.chrome.client().execute_async(&script, arguments).await.map_err(|error| error.to_string())?;
        match outcome["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(outcome["value"].take()),
        }
    }

    /// Waits until an expression, or the promise that it is, is true; looks often, for at most so many seconds.
    ///
    /// # Errors
    /// It stays false, or throws.
    pub async fn until(&self, condition: &str, patience: f64) -> Result<(), String> {
        let watch = format!(
            "await (async () => {{
                for (const begun = performance.now(); !(await ({condition})); ) {{
                    if (performance.now() - begun > 1000 * args[0]) throw new Error(args[1] + ': never');
                    await new Promise((next) => setTimeout(next, 20));
                }}
            }})()"
        );
        self.value(&watch, vec![patience.into(), condition.into()]).await.map(drop)
    }

    /// A command of Chromium's developer tools.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<(), String> {
        let body = serde_json::json!({ "cmd": command, "params": parameters });
        let sent = self.chrome.client().issue_cmd(Vendor { path: "goog/cdp/execute", body }).await;
        sent.map(drop).map_err(|error| error.to_string())
    }
}
