// Runs before the monkey's page: keeps its workers, writes down what must not happen, and does what a script must do.
window.monkey = (() => {
  const workers = [];
  let heard = 0;
  let held = () => {};
  window.Worker = class extends window.Worker {
    constructor(...given) {
      super(...given);
      workers.push(this);
      this.addEventListener("message", () => (heard = performance.now()));
      if (workers.length > 4) workers.shift();
    }
  };
  let program = null;
  const { instantiateStreaming } = WebAssembly;
  WebAssembly.instantiateStreaming = async (...given) => {
    const result = await instantiateStreaming(...given);
    program ??= result.instance.exports;
    return result;
  };
  const faults = [];
  addEventListener("error", ({ message, error }) => faults.push(`${message}\n${error?.stack}`));
  addEventListener("unhandledrejection", ({ reason }) => faults.push(`unhandled: ${reason}`));
  // The page is opened once: whatever leaves it or loads it anew is a fault.
  const left = sessionStorage.getItem("monkey");
  if (left) faults.push(`the page was loaded anew: ${left}`);
  sessionStorage.setItem("monkey", "by the browser");
  navigation.addEventListener("navigate", ({ navigationType, destination }) => {
    sessionStorage.setItem("monkey", `${navigationType} ${destination.url}`);
  });
  let tasks = { count: 0, longest: 0 };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      tasks.count += 1;
      tasks.longest = Math.max(tasks.longest, duration);
    }
  }).observe({ type: "longtask" });
  const channel = new BroadcastChannel("monkey");
  channel.onmessage = ({ data }) => {
    if (data === "held") held();
  };
  const used = new Set();
  const promises = new Map();
  let calls = 0;
  let rested = 0;
  let chosen = null;
  const frame = () => new Promise(requestAnimationFrame);
  const until = async (holds) => {
    while (!holds()) await frame();
  };
  const canBeUsed = (element) => !element.disabled && element.checkVisibility({ visibilityProperty: true });
  const change = (element) => {
    for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
  };
  // What an element is called; the numbers in it may change.
  const nameOf = (element) =>
    `${element.localName} ${element.getAttribute("aria-label") ?? element.id} ${element.innerText}`.replace(/[\d.,]+/g, "#");
  const use = async (element) => {
    used.add(nameOf(element));
    if (element.matches("button, [type=checkbox]")) return element.click();
    if (element.localName !== "select") {
      element.value = 1;
      return change(element);
    }
    for (let option = 0; option < element.length; option += 1) {
      element.selectedIndex = option;
      change(element);
      await frame();
    }
  };
  return {
    workers,
    tell: (words) => channel.postMessage(words),
    // Does something while the engine has no helpers, and starts none, unless there is no engine that answers.
    onceAlone: (act) =>
      new Promise((resolve) => {
        const late = setTimeout(() => held(), 10000);
        held = () => {
          held = () => {};
          clearTimeout(late);
          act();
          resolve();
        };
        channel.postMessage("hold");
      }),
    // Ends the engine so that the page knows at once.
    end() {
      workers.at(-1).terminate();
      workers.at(-1).dispatchEvent(new ErrorEvent("error", { message: "ended by the monkey" }));
    },
    target(number, selector) {
      const root = document.querySelector("dialog[open]") ?? document;
      const all = [...root.querySelectorAll(selector)];
      const seen = all.filter(canBeUsed);
      if (!seen.length) return null;
      chosen = seen[number % seen.length];
      chosen.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = chosen.getBoundingClientRect();
      const words = chosen.getAttribute("aria-label") ?? chosen.id ?? "";
      const name = `${chosen.localName} ${words || chosen.innerText?.slice(0, 40) || chosen.className}`;
      return { name, left, top, width, height, window: [innerWidth, innerHeight] };
    },
    choose(number) {
      if (chosen.localName === "select") chosen.selectedIndex = number % chosen.length;
      else if (chosen.type === "range") chosen.value = Number(chosen.min) + (number / 1e6) * (chosen.max - chosen.min);
      else return chosen.click();
      change(chosen);
    },
    // Opens all panels: they keep what they have made.
    async unfold() {
      for (const details of document.querySelectorAll("details:not([open])")) {
        details.querySelector("summary").click();
        await until(() => details.childElementCount > 1);
      }
      await reptileLab.step(100);
      const panels = [...document.querySelectorAll(".folded:not(.comparison, .search)")];
      await until(() => panels.every((panel) => panel.querySelector("canvas")));
    },
    // Draws all charts while it trains, in both languages, with and without the projector: the browser keeps a font for
    // every size of text, and the room that garbage has taken.
    async look() {
      await reptileLab.reset();
      await reptileLab.start();
      const languages = document.querySelector(".switches select");
      for (let times = 0; times < 4; times += 1) {
        const { lang } = document.documentElement;
        languages.selectedIndex = 1 - languages.selectedIndex;
        change(languages);
        await until(() => document.documentElement.lang !== lang);
        if (times % 2) document.querySelector(".projector-switch").click();
        for (const canvas of document.querySelectorAll("canvas")) {
          canvas.scrollIntoView({ behavior: "instant" });
          for (let frames = 0; frames < 3; frames += 1) await frame();
        }
      }
      await reptileLab.pause();
    },
    // Uses everything else once: engines keep what they have compiled.
    async tour() {
      await reptileLab.compare({ runs: [{}, { inner: { steps: 2 } }], iterations: 200, seeds: 1 });
      await reptileLab.loadSession(await reptileLab.saveSession());
      for (const backend of ["gpu", "cpu", "auto"]) await reptileLab.setBackend(backend);
      await reptileLab.adapt({ curve: new Float32Array(50), shots: [[0, 1]], steps: 10000, learning_rate: 0.5 });
      await reptileLab.evaluate();
      for (const page of ["#1&view.lesson=one-step&view.lesson_page=1", "#1"]) await reptileLab.open(page);
      // The browser keeps some 200 long frames, each of them amidst what was garbage then.
      for (let frames = 0; frames < 250; frames += 1) {
        await frame();
        const end = performance.now() + 60;
        while (performance.now() < end);
      }
    },
    // Uses once whatever can be clicked, chosen or written into, in dialogs too, for five seconds; says whether that was all.
    async handle() {
      const end = performance.now() + 5000;
      while (performance.now() < end) {
        const dialog = document.querySelector("dialog[open]");
        const all = [...(dialog ?? document).querySelectorAll("button, select, textarea, input:not([type=file])")];
        const next = all.find((element) => canBeUsed(element) && !used.has(nameOf(element)));
        if (!next && !dialog) return true;
        if (next) await use(next);
        else dialog.close();
        await frame();
        await frame();
      }
      return false;
    },
    import(name, bytes) {
      const input = document.querySelector("input[type=file]");
      if (!input) return;
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], name));
      input.files = files.files;
      change(input);
    },
    call(name, given) {
      const number = (calls += 1);
      let promise;
      try {
        promise = reptileLab[name](...given());
      } catch (error) {
        faults.push(`${name} throws ${error}`);
        return;
      }
      promises.set(number, name);
      promise
        .catch((error) => {
          if (!(error instanceof Error)) faults.push(`${name} rejects with ${error}, which is no Error`);
          else if (error.message.length > 2000) faults.push(`${name} rejects with ${error.message.length} characters`);
        })
        .finally(() => promises.delete(number));
    },
    // Whether all calls are settled but those of these names; after so many seconds of rest they must be.
    rest: () => (rested = performance.now()),
    settled(but, seconds) {
      const open = [...promises.values()].filter((name) => !but.includes(name));
      if (open.length && performance.now() - rested > seconds * 1000) throw new Error(`open for ${seconds} s: ${open}`);
      return !open.length;
    },
    // Takes back what was typed, of which Chromium keeps a thousand steps, and has it forget them: what was taken back is
    // gone with the next letter.
    forgetTyped() {
      const field = document.body.appendChild(document.createElement("input"));
      const type = () => {
        field.focus();
        document.execCommand("insertText", false, "a");
      };
      type();
      for (let times = 0; times < 1000 && document.queryCommandEnabled("undo"); times += 1) document.execCommand("undo");
      type();
      field.remove();
    },
    // Whether the engine has said nothing for a second: what it measures of its own accord is done. The page asks it every
    // other second whether it is there.
    isSilent: () => performance.now() - heard > 1000,
    // What must not be seen, or nothing.
    seen() {
      const panic = document.querySelector("#panic")?.innerText;
      if (panic) faults.push(panic);
      return faults.length ? faults.splice(0).join("\n") : null;
    },
    // MiB of the page's program, which never shrinks.
    wasm: () => (program?.memory.buffer.byteLength ?? NaN) / 2 ** 20,
    // The functions that the page's program holds on to, such as those that the browser is to call.
    functions() {
      const held = program.__wbindgen_externrefs;
      return Array.from({ length: held.length }, (_, place) => held.get(place)).filter((it) => it instanceof Function).length;
    },
    // The minute's figures; the next one begins.
    minute() {
      const figures = { calls, ...tasks, wasm: monkey.wasm() };
      tasks = { count: 0, longest: 0 };
      return figures;
    },
  };
})();
