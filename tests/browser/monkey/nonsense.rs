//! What the monkey types, imports and calls, and how it breaks things.

use reptile_lab::domain::config::preset::Preset;

/// Texts for fields.
pub const TEXTS: [&str; 28] = [
    "0",
    "1",
    "2",
    "3",
    "5",
    "8",
    "0.02",
    "0,02",
    "1e-3",
    "1/50",
    "2π",
    "pi",
    "-1",
    "−3",
    "30,000",
    "30 000",
    "1_000",
    "０．０２",
    "abc",
    "",
    "NaN",
    "1e999",
    "-1e-999",
    "99999999999999999999",
    "😀",
    "0x10",
    "3..4",
    "   ",
];

/// How many hostile files there are.
pub const FILES: usize = 14;

/// A file to import: its name and its bytes.
pub fn file(number: usize) -> (&'static str, Vec<u8>) {
    let paper = Preset::Paper.config().to_json();
    let text = match number {
        0 => String::new(),
        1 => "{".to_owned(),
        2 => "null".to_owned(),
        3 => "[".repeat(50_000),
        4 => paper,
        5 => format!("\u{FEFF}{paper}"),
        6 => paper.replace("64", "1e999"),
        7 => paper.replace("\"seed\"", "\"seed\": 1, \"seed\""),
        8 => paper.replace("tanh", "tan\\u0000h"),
        9 => "{\"__proto__\": {\"seed\": 3}, \"constructor\": 1}".to_owned(),
        10 => " ".repeat(1 << 21),
        11 => return ("utf16.json", utf16(&paper)),
        12 => return ("bytes.json", (0..=255).collect()),
        _ => return ("\u{202E}nosj.<b>", paper.into_bytes()),
    };
    ("settings.json", text.into_bytes())
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// Calls of the scripting API: the method, and its arguments in JavaScript.
pub const CALLS: [(&str, &str); 52] = [
    ("start", ""),
    ("pause", ""),
    ("reset", ""),
    ("step", ""),
    ("step", "10"),
    ("step", "30000"),
    ("step", "NaN"),
    ("step", "-1"),
    ("step", "10n"),
    ("step", "Infinity"),
    ("status", ""),
    ("status", "null"),
    ("evaluate", ""),
    ("layers", "{ task: { amplitude: 1, phase: 1 }, shots: [[1, NaN]] }"),
    ("alignment", ""),
    ("twoTasks", "{}"),
    ("twoTasks", "{ number: NaN, step_size: -1 }"),
    ("twoTasks", "{ theta: new Float64Array(4353) }"),
    ("taskMap", "{}"),
    ("taskMap", "{ amplitudes: [NaN], phases: [] }"),
    ("taskMap", "{ amplitudes: new Float32Array(30), phases: new Float32Array(20) }"),
    ("theta", ""),
    ("setTheta", "new Float32Array(4353)"),
    ("setTheta", "new Float32Array(4353).fill(1e6)"),
    ("setTheta", "new Float32Array(3)"),
    ("setTheta", "[NaN]"),
    ("setTheta", "new Proxy([], { get() { throw new Error('a trap'); } })"),
    ("setTheta", "{ get length() { throw new RangeError('no length'); } }"),
    ("setTheta", "'x'.repeat(1e6)"),
    ("setTheta", "structuredClone(new Float32Array(4353).buffer)"),
    ("getConfig", ""),
    ("setConfig", ""),
    ("setConfig", "new Map([['seed', 3]])"),
    ("setConfig", "Promise.resolve({})"),
    ("setConfig", "Symbol('seed')"),
    ("setConfig", "{ seed: 10n }"),
    ("setConfig", "{ inner: { steps: 'x'.repeat(1e5) } }"),
    ("setConfig", "(() => { const cycle = {}; cycle.inner = cycle; return cycle; })()"),
    ("setConfig", "() => 1"),
    ("setBackend", "'cpu'"),
    ("setBackend", "'gpu'"),
    ("setBackend", "'auto'"),
    ("setBackend", "'abacus'"),
    ("adapt", "{ task: { amplitude: 2, phase: 1 }, shots: [[0, 1]], steps: 32, learning_rate: 0.02 }"),
    ("adapt", "{ task: { amplitude: NaN, phase: 1 }, shots: [[0, 1]], steps: 32, learning_rate: 0.02 }"),
    ("adapt", "{ curve: new Float32Array(50), shots: [[0, 1], [2, 3]], steps: 10000, learning_rate: 0.5 }"),
    ("adapt", "{ shots: 'none' }"),
    ("compare", "{}"),
    ("compare", "{ runs: [], iterations: 100 }"),
    ("compare", "{ runs: [{}], iterations: NaN }"),
    ("compare", "{ runs: [{}, { inner: { steps: 2 } }], iterations: 200, seeds: 1 }"),
    ("compare", "{ runs: [{}], seconds: 1, seeds: 3 }"),
];

/// How engines, helpers and GPUs are lost.
pub const FAULTS: [&str; 6] = [
    "monkey.onceAlone(() => monkey.end())",
    "monkey.onceAlone(() => monkey.workers.at(-1).terminate())",
    "monkey.tell('engine')",
    "monkey.tell('helpers')",
    "monkey.tell('helpers fail')",
    "monkey.tell('gpu')",
];

/// Training has been paused, whether there is an engine or not.
pub const PAUSED: &str = "reptileLab.pause().then(() => true, () => true)";
