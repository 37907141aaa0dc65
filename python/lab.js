// The front end of the widget: shows the page, which `cargo xtask notebook` writes before this as the text PAGE, in a frame,
// and keeps the widget's config, θ and status those of the page, in both directions.

// How often what the page says is looked at (ms).
const EVERY = 500;

const opened = (frame) => new Promise((resolve) => {
  const look = setInterval(() => {
    const lab = frame.contentWindow?.reptileLab;
    if (!lab) return;
    clearInterval(look);
    resolve(lab.ready.then(() => lab));
  }, 50);
});

// Bytes of a widget are a DataView.
const bytes = (view) => view && new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
const floats = (view) => Array.from(new Float32Array(bytes(view).slice().buffer));
const plain = (value) => (ArrayBuffer.isView(value) ? Array.from(value) : value ?? null);
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const sameBytes = (one, other) => one?.length === other?.length && one.every((byte, place) => byte === other[place]);

async function render({ model, el }) {
  const frame = document.createElement("iframe");
  const address = URL.createObjectURL(new Blob([PAGE], { type: "text/html" }));
  const size = () => (frame.style.cssText = `width: 100%; height: ${model.get("height")}; border: 0`);
  frame.title = "Reptile Lab";
  frame.src = address;
  size();
  model.on("change:height", size);
  el.append(frame);

  // One after the other: a θ is of the settings before it.
  let last = opened(frame);
  let lab;
  // What is written to the model here is not for the page.
  let isOwn = false;
  const then = (act) => (last = last.then(act).catch((error) => {
    model.set("error", String(error.message ?? error));
    model.save_changes();
  }));
  const setConfig = () => {
    if (!isOwn && Object.keys(model.get("config")).length > 0) then(() => lab.setConfig(model.get("config")));
  };
  const setTheta = () => {
    if (!isOwn && model.get("theta")) then(() => lab.setTheta(floats(model.get("theta"))));
  };
  const call = ({ id, name, given }) => then(() => lab[name](...given).then(
    (value) => model.send({ id, value: plain(value) }),
    (error) => model.send({ id, error: error.message }),
  ));
  const look = async () => {
    const [status, config, theta] = [await lab.status(), await lab.getConfig(), new Uint8Array((await lab.theta()).buffer)];
    isOwn = true;
    if (!same(config, model.get("config"))) model.set("config", config);
    if (!sameBytes(theta, bytes(model.get("theta")))) model.set("theta", new DataView(theta.buffer));
    if (!same(status, model.get("status"))) model.set("status", status);
    isOwn = false;
    model.save_changes();
  };

  then((opened) => (lab = opened));
  setConfig();
  setTheta();
  model.on("change:config", setConfig);
  model.on("change:theta", setTheta);
  model.on("msg:custom", call);
  let isLooking = false;
  const looks = setInterval(() => {
    if (!isLooking) {
      isLooking = true;
      then(look).then(() => (isLooking = false));
    }
  }, EVERY);
  return () => {
    clearInterval(looks);
    for (const [name, act] of [["config", setConfig], ["theta", setTheta], ["height", size]]) model.off(`change:${name}`, act);
    model.off("msg:custom", call);
    URL.revokeObjectURL(address);
  };
}

export default { render };
