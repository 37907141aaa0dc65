// The page in one file: gives the page and its workers their own files out of a table of texts, where they would fetch
// them. `cargo xtask single-file` writes the table in the place of `TABLE`, and has the page's scripts import by
// `importOwn`. Of what was tried, browsers let a page that was opened from a disk run workers only from Blobs, classic ones
// in Chromium, and import only Blobs of the worker's own.
// `table` has the files by name, each in Base64 and most compressed with gzip, and the text of worker.js; `query` is what a
// worker's address asks for.
(function own(table, query) {
  const TYPES = { wasm: "application/wasm", js: "text/javascript", json: "application/json", md: "text/markdown" };
  const names = Object.keys(table);
  const { fetch, Worker } = self;

  // The name of the own file at an address, relative or not.
  const nameOf = (address) => {
    const path = String(address).replace(/[?#].*$/s, "");
    return names.find((name) => path === name || path.endsWith(`/${name}`));
  };

  const unpack = (name) => {
    const bytes = Uint8Array.from(atob(table[name]), (letter) => letter.charCodeAt(0));
    const headers = { "Content-Type": TYPES[name.split(".").pop()] };
    const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const body = isCompressed ? new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")) : bytes;
    return new Response(body, { headers });
  };

  // The address of a script of which every own file that it names can be had.
  const addressOf = async (name) => {
    let code = await unpack(name).text();
    for (const other of names.filter((other) => code.includes(`"./${other}"`))) {
      const address = other.endsWith(".js") ? await addressOf(other) : `own:/${other}`;
      code = code.replaceAll(`"./${other}"`, `"${address}"`);
    }
    return URL.createObjectURL(new Blob([code], { type: TYPES.js }));
  };

  self.fetch = async (address, options) => {
    const name = nameOf(address);
    return name ? unpack(name) : fetch(address, options);
  };
  // start.js asks.
  self.oneFile = true;
  self.importOwn = async (address) => import(await addressOf(nameOf(address)));
  // A helper is started from the address of its engine's worker.
  self.Worker = class extends Worker {
    constructor(address, options) {
      const asked = nameOf(address) === "worker.js" ? new URL(address, "own:/").search : query;
      // An engine's helper runs the engine's program, which it is given; an engine decides which it runs.
      const { programName = "engine" } = self;
      const needed = names.filter((name) => name.startsWith(programName) || name === "worker.js");
      const given = Object.fromEntries(needed.map((name) => [name, table[name]]));
      const code = `(${own})(${JSON.stringify(given)}, ${JSON.stringify(asked)});\n${table["worker.js"]}`;
      super(URL.createObjectURL(new Blob([code], { type: TYPES.js })), { name: options?.name });
    }
  };
  if (query) Object.defineProperty(WorkerLocation.prototype, "search", { get: () => query });
})(TABLE);
