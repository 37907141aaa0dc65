// Decides whether the page's program can run here: starts the engine if it can, and else says in one sentence what is
// missing and what to do. ECMAScript 5, so that every browser can read why it cannot run the rest.
(function () {
  "use strict";

  // Until the program has arrived there is no other catalogue. {0} is the cause in the browser's words.
  var TEXTS = {
    en: {
      file: "This page was opened as a file, and browsers do not let a file load the rest of the page: open it from a web server, for example the one that “cargo xtask serve” starts.",
      frame: "This page stands in a frame that does not let it load its program: open it in a window of its own, at",
      old: "This browser is too old for the program of this page: open it in a Chrome, Edge, Firefox or Safari of 2023 or later.",
      wasm: "This browser has no WebAssembly, in which the program of this page is written: allow it in the browser’s security settings, or open the page in another browser.",
      simd: "This browser’s WebAssembly has no SIMD instructions, which the program of this page needs: open it in a Chrome, Edge, Firefox or Safari of 2023 or later, or on a newer computer.",
      wasmForbidden: "The website forbids this page to run WebAssembly: its Content-Security-Policy must allow script-src 'self' 'wasm-unsafe-eval'; until it does, open the page elsewhere.",
      forbidden: "The website forbids this page to load its own program: its Content-Security-Policy must allow {0} 'self'; until it does, open the page elsewhere.",
      unfetched: "A part of this page could not be fetched ({0}), as you are offline or a newer version has taken its place: check the connection and reload the page.",
      broken: "The program of this page has failed to start ({0}): reload the page, or open it in a Chrome, Edge, Firefox or Safari of 2023 or later.",
      slow: "The program of this page is still on its way; if it does not arrive, check the connection and reload the page.",
      reload: "Reload"
    },
    zh: {
      file: "本页是作为文件打开的，而浏览器不允许文件加载页面的其余部分：请从网页服务器打开，例如用 “cargo xtask serve” 启动的服务器。",
      frame: "本页所在的框架不允许它加载程序：请在单独的窗口中打开",
      old: "此浏览器过旧，无法运行本页的程序：请用 2023 年或更新的 Chrome、Edge、Firefox 或 Safari 打开。",
      wasm: "此浏览器没有 WebAssembly，而本页的程序需要它：请在浏览器的安全设置中允许它，或换一个浏览器。",
      simd: "此浏览器的 WebAssembly 没有本页程序所需的 SIMD 指令：请用 2023 年或更新的 Chrome、Edge、Firefox 或 Safari 打开，或换一台较新的电脑。",
      wasmForbidden: "网站禁止本页运行 WebAssembly：其 Content-Security-Policy 须允许 script-src 'self' 'wasm-unsafe-eval'；在此之前请从别处打开本页。",
      forbidden: "网站禁止本页加载自己的程序：其 Content-Security-Policy 须允许 {0} 'self'；在此之前请从别处打开本页。",
      unfetched: "本页的一部分无法加载（{0}）：网络已断开，或已有新版本取代了它。请检查网络连接，然后重新加载本页。",
      broken: "本页的程序未能启动（{0}）：请重新加载本页，或用 2023 年或更新的 Chrome、Edge、Firefox 或 Safari 打开。",
      slow: "本页的程序仍在加载中；如果一直没有出现，请检查网络连接并重新加载本页。",
      reload: "重新加载"
    }
  };
  // The outline of index.html in Chinese, by its texts there.
  var OUTLINE = {
    "Reptile Lab": "Reptile 实验室",
    "Watch a small network learn to learn": "看一个小网络如何学会学习",
    "Preset": "预设",
    "fast": "快速",
    "paper": "论文",
    "custom": "自定义",
    "Speed": "速度",
    "watch (8 s)": "观看（8 秒）",
    "Skip ahead": "跳过训练",
    "Lessons": "课程",
    "Share": "分享",
    "Keyboard": "键盘",
    "Train": "训练",
    "Step": "单步",
    "Reset": "重置",
    "θ: random start, not trained": "θ：随机初始化，尚未训练",
    "10 gradients per meta-iteration": "每轮元迭代 10 次梯度计算",
    "A new task from a few shots": "用少量样本点学习新任务",
    "Press Train: θ learns on other tasks, and soon a few steps on these shots find the true curve.": "按“训练”：θ 在其他任务上学习，很快只需在这几个样本点上做几步梯度更新，就能逼近真实曲线。",
    "Gradient steps": "梯度步数",
    "Random start": "随机初始化",
    "Family view": "任务族视图",
    "Replay of the gradient steps": "梯度更新回放",
    "Error map": "误差图",
    "Resample shots": "重新抽样",
    "Number of shots": "样本数",
    "Add a shot": "添加样本点",
    "Paste points": "粘贴数据点",
    "Remove all shots": "删除全部样本点",
    "Draw a curve": "手绘曲线",
    "Tap the chart to add a shot, drag a shot to move it; tap a shot to remove it by its button or by Delete.": "点按图表可添加样本点，拖动可移动样本点；点按一个样本点后，可用按钮或 Delete 键删除它。",
    "Task": "任务",
    "Random task": "随机任务"
  };
  var TITLE = "Reptile 实验室：让网络学会学习";
  // How long the program may be on its way before that is said (ms).
  var PATIENCE = 4000;
  // The shortest modules: an empty one, and one of a function that makes a vector of zeros.
  var EMPTY = [0, 97, 115, 109, 1, 0, 0, 0];
  var SIMD = EMPTY.concat([1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11]);

  var failed = false;
  var violated = "";

  function remembered(key) {
    try {
      return localStorage.getItem(key);
    } catch (denied) {
      return null;
    }
  }

  // The language that was chosen before, or the first of the reader's that there is.
  function language() {
    var wanted = [remembered("reptile-lab.locale")].concat(navigator.languages || navigator.language);
    var code, i;
    for (i = 0; i < wanted.length; i += 1) {
      code = String(wanted[i]).toLowerCase().split("-")[0];
      if (TEXTS.hasOwnProperty(code)) return code;
    }
    return "en";
  }

  // Before the browser shows any of it: it is translated as it is read.
  function translateOutline() {
    var reader = new MutationObserver(translate);
    document.title = TITLE;
    document.documentElement.lang = "zh-Hans";
    reader.observe(document.body, { childList: true, subtree: true });
    whenRead(function () {
      reader.disconnect();
      translate();
    });
  }

  function translate() {
    var texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, null, false);
    var languages = document.querySelector(".switches select");
    var node, text;
    if (languages) languages.selectedIndex = 1;
    while ((node = texts.nextNode())) {
      text = node.nodeValue.trim();
      if (OUTLINE.hasOwnProperty(text)) node.nodeValue = node.nodeValue.replace(text, OUTLINE[text]);
    }
  }

  // Calls it when the document has been read to its end, and before its modules run.
  function whenRead(act) {
    function changed() {
      document.removeEventListener("readystatechange", changed);
      act();
    }
    if (document.readyState === "loading") document.addEventListener("readystatechange", changed);
    else act();
  }

  // Says something in place of the sentence that stands in the document.
  function say(key, cause) {
    var sentence = document.getElementById("unstarted");
    if (!sentence) return;
    sentence.className = key === "slow" ? "notice calm said" : "notice said";
    sentence.textContent = TEXTS[spoken][key].replace("{0}", cause);
    sentence.hidden = false;
  }

  // Says why the program cannot start. The first cause counts; what fails after it follows from it. Once the program has
  // replaced the outline, it speaks for itself.
  function fail(key, cause) {
    if (failed) return;
    failed = true;
    whenRead(function () {
      var start = document.getElementById("start");
      if (!start) return;
      say(key, cause);
      start.className = "failed";
      if (key === "frame") offerAddress();
      else if (key === "unfetched" || key === "broken") offerReload();
    });
  }

  function offer(action) {
    var sentence = document.getElementById("unstarted");
    sentence.appendChild(document.createTextNode(" "));
    sentence.appendChild(action);
  }

  function offerAddress() {
    var link = document.createElement("a");
    link.href = link.textContent = location.href;
    link.target = "_blank";
    offer(link);
  }

  function offerReload() {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = TEXTS[spoken].reload;
    button.onclick = function () {
      location.reload();
    };
    offer(button);
  }

  // A part has failed, `key` says at what. A policy that forbade it is reported by an event that may come after.
  window.startFailed = function (key, error) {
    setTimeout(function () {
      if (violated) fail("forbidden", violated);
      else fail(key, (error && error.message) || String(error));
    }, 100);
  };

  function listen() {
    document.addEventListener("securitypolicyviolation", function (event) {
      if (event.disposition !== "report" && /^(script|connect|default)-src/.test(event.effectiveDirective)) {
        violated = event.effectiveDirective.replace("-elem", "");
      }
    });
    // A script of the page that cannot be fetched, or read.
    window.addEventListener("error", function (event) {
      var source = event.target && event.target.src;
      if (source) window.startFailed("unfetched", source.replace(/^.*\//, ""));
      else if (event.target === window) window.startFailed("broken", event.error || event.message);
    }, true);
    setTimeout(function () {
      if (!failed) say("slow", "");
    }, PATIENCE);
  }

  // What keeps the program from starting here.
  function obstacle() {
    // The page in one file has everything in itself.
    if (!window.oneFile) {
      if (location.protocol === "file:") return "file";
      if (window.origin === "null") return "frame";
    }
    if (!("noModule" in document.createElement("script"))) return "old";
    if (typeof WebAssembly !== "object") return "wasm";
    if (!WebAssembly.validate(new Uint8Array(SIMD))) return "simd";
    try {
      return new WebAssembly.Module(new Uint8Array(EMPTY)) ? "" : "wasm";
    } catch (refused) {
      return "wasmForbidden";
    }
  }

  // Starts the engine, before the page's own program has arrived: the two are fetched and compiled side by side. The page takes
  // the worker from window.engine, or calls this again for a new one.
  function startEngine() {
    var query = new URLSearchParams({ build: build });
    var workers = new URLSearchParams(location.search).get("workers");
    if (workers) query.set("workers", workers);
    var worker = new Worker("worker.js?" + query, { type: "module" });
    // What is said before the page listens. It shows an error itself, and the console need not.
    worker.early = [];
    worker.onmessage = worker.onerror = function (event) {
      event.preventDefault();
      worker.early.push(event);
    };
    return worker;
  }

  // Fetches the texts of the page's language along with its program, which fetches them itself where it finds none.
  function fetchTexts() {
    return fetch("locales/zh-Hans.json?" + build).then(
      function (response) {
        return response.ok ? response.text() : "";
      },
      function () {
        return "";
      }
    );
  }

  // The build's name, which is in the addresses of what has no hash in its name: `cargo xtask build` writes it, and else the
  // hash in the name of the page's program is one. The program takes it from here.
  var build = (window.build = document.documentElement.getAttribute("data-build")
    || document.querySelector("link[rel=modulepreload]").href.match(/[^/]*(?=\.js$)/)[0]);
  var spoken = language();
  var scheme = remembered("reptile-lab.scheme");
  var missing = obstacle();
  if (scheme === "light" || scheme === "dark") document.documentElement.setAttribute("data-scheme", scheme);
  if (spoken === "zh") translateOutline();
  whenRead(function () {
    document.getElementById("unstarted").hidden = true;
  });
  if (missing) {
    fail(missing, "");
  } else {
    listen();
    window.startEngine = startEngine;
    try {
      window.engine = startEngine();
    } catch (refused) {
      // The page's program is refused another one, and says why.
    }
    if (spoken === "zh") window.texts = fetchTexts();
  }
})();
