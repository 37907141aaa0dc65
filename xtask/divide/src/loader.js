const restAddress = new URL('REST_ADDRESS', import.meta.url);
let restModule;

/** Puts the functions of the rest where the program looks for them. */
function adoptRest(module) {
    restModule = module;
    if (wasm && !wasm.rest_is_there.value) {
        new WebAssembly.Instance(module, { main: wasm });
        wasm.rest_is_there.value = 1;
    }
}

/** The program needs the rest at once. */
function loadRest() {
    if (!restModule) {
        const request = new XMLHttpRequest();
        request.open('GET', restAddress, false);
        request.overrideMimeType('text/plain; charset=x-user-defined');
        request.send();
        if (request.status >= 400) throw new Error(`${restAddress}: HTTP ${request.status}`);
        restModule = new WebAssembly.Module(Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0)));
    }
    adoptRest(restModule);
}

/** A promise that the rest is there: the page waits for it before it shows what needs it. */
let restPromise;
globalThis.reptileLabRest = () => {
    restPromise ??= WebAssembly.compileStreaming(fetch(restAddress)).then(adoptRest);
    restPromise.catch(() => { restPromise = undefined; });
    return restPromise;
};
if (globalThis.document) {
    addEventListener('TrunkApplicationStarted', () => {
        (globalThis.requestIdleCallback ?? setTimeout)(() => globalThis.reptileLabRest().catch(() => {}));
    });
}
