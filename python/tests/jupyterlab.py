"""Drives a notebook with the widget in JupyterLab, in Chromium: config and θ go both ways, and the page trains.

Run where JupyterLab and the package are installed. CHROME and CHROMEDRIVER name the browser and its driver.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 90
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
CELLS = [
    "from reptile_lab import Lab\nimport numpy as np\nlab = Lab(config={'seed': 7, 'outer': {'meta_batch': 2}})\nlab",
    "print('seed', lab.config['seed'], 'n', lab.config['outer']['meta_batch'], lab.theta.dtype, lab.theta.shape)",
    "first, said = lab.theta, []\nlab.step(50, callback=lambda value, error: said.append(error))",
    "print('iteration', said, lab.status['iteration'], 'moved', bool(np.abs(lab.theta - first).max() > 0))",
    "lab.theta = np.linspace(-1, 1, first.size); print('set')",
    "print('same', bool((lab.theta == np.linspace(-1, 1, first.size).astype('f4')).all()), lab.status['provenance'])",
    "lab.config = {**lab.config, 'seed': -1}; print('asked')",
    "print('seed', lab.config['seed'], 'error', lab.error)",
]


class Browser:
    """As much of WebDriver as is needed here."""

    def __init__(self, port):
        self.base = f"http://127.0.0.1:{port}"
        flags = ["--headless=new", "--no-sandbox", "--window-size=1400,1200"]
        options = {"args": flags, "binary": os.environ.get("CHROME", "/usr/bin/chromium")}
        asked = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "timeouts": {"script": 60_000}}}}
        self.base += "/session/" + self.call("POST", "/session", asked)["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            return json.load(urllib.request.urlopen(request))["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def script(self, body):
        return self.call("POST", "/execute/sync", {"script": body, "args": []})

    def promise(self, expression):
        body = f"const done = arguments[0]; ({expression}).then(done, (error) => done(String(error)));"
        return self.call("POST", "/execute/async", {"script": body, "args": []})

    def elements(self, selector):
        return self.call("POST", "/elements", {"using": "css selector", "value": selector})

    def click(self, element):
        self.call("POST", f"/element/{element[ELEMENT]}/click", {})

    def keys(self, keys):
        pressed = [{"type": kind, "value": key} for kind, key in keys]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": pressed}]})

    def quit(self):
        self.call("DELETE", "")


def until(what, condition):
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"in vain: {what}")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def listens(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def run(browser, number):
    """Runs a cell, and waits until the kernel has."""
    cell = browser.elements(".jp-CodeCell .jp-InputArea-editor")[number]
    browser.click(cell)
    shift, enter = "\ue008", "\ue007"
    browser.keys([("keyDown", shift), ("keyDown", enter), ("keyUp", enter), ("keyUp", shift)])


def reads(browser, pattern):
    """Waits until the notebook's output fits, and returns how."""
    texts = "return [...document.querySelectorAll('.jp-OutputArea-output')].map((output) => output.innerText).join('\\n')"
    return until(pattern, lambda: re.search(pattern, browser.script(texts)))


def test(browser, address):
    browser.call("POST", "/url", {"url": address})
    until("a kernel", lambda: browser.script("return document.body.innerText.includes('Idle')"))
    run(browser, 0)
    frame = until("the widget", lambda: browser.elements("iframe[title='Reptile Lab']"))[0]

    def in_page(expression):
        browser.call("POST", "/frame", {"id": frame})
        until("the page", lambda: browser.script("return 'reptileLab' in window"))
        value = browser.promise(expression)
        browser.call("POST", "/frame", {"id": None})
        return value

    in_page("reptileLab.ready")
    until("the config", lambda: in_page("reptileLab.getConfig()")["seed"] == 7)
    time.sleep(1)
    run(browser, 1)
    reads(browser, r"seed 7 n 2 float32 \(4353,\)")
    run(browser, 2)
    until("θ", lambda: in_page("reptileLab.status()")["iteration"] == 50)
    time.sleep(1)
    run(browser, 3)
    reads(browser, r"iteration \[None\] 50 moved True")
    run(browser, 4)
    until("the set θ", lambda: in_page("reptileLab.theta().then((theta) => [theta[0], theta.at(-1)])") == [-1, 1])
    time.sleep(1)
    run(browser, 5)
    reads(browser, r"same True \[\{'algorithm': None")
    run(browser, 6)
    reads(browser, "asked")
    time.sleep(1)
    run(browser, 7)
    print(reads(browser, r"seed 7 error .*seed.*").group())
    assert browser.script("return document.querySelectorAll('.jp-RenderedText[data-mime-type*=stderr]').length") == 0


def main():
    with tempfile.TemporaryDirectory() as folder:
        cells = [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "outputs": [], "execution_count": None, "source": source}
            for n, source in enumerate(CELLS)
        ]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        Path(folder, "lab.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        ports = free_port(), free_port()
        options = [f"--port={ports[0]}", "--no-browser", "--allow-root", "--IdentityProvider.token="]
        options += [f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None", "--LabApp.check_for_updates_class="
                    "jupyterlab.NeverCheckForUpdate"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        server = subprocess.Popen([sys.executable, "-m", "jupyterlab", *options], **quiet)
        driver = subprocess.Popen([os.environ.get("CHROMEDRIVER", "chromedriver"), f"--port={ports[1]}"], **quiet)
        try:
            until("JupyterLab and a driver", lambda: all(map(listens, ports)))
            browser = Browser(ports[1])
            try:
                test(browser, f"http://127.0.0.1:{ports[0]}/lab/tree/lab.ipynb")
            except BaseException:
                Path("jupyterlab.png").write_bytes(__import__("base64").b64decode(browser.call("GET", "/screenshot")))
                raise
            finally:
                browser.quit()
        finally:
            for program in (server, driver):
                program.terminate()
                program.wait()
    print("passed")


if __name__ == "__main__":
    main()
