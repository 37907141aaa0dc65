// Runs first in every worker of the monkey's page, and does what it is told: ends the worker, or only its helpers first, ends
// its GPU, or collects its garbage.
{
  let device = null;
  if (self.GPUAdapter) {
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = async function (...given) {
      return (device = await requestDevice.apply(this, given));
    };
  }
  const isHelper = self.name === "helper";
  const channel = new BroadcastChannel("monkey");
  const helpers = [];
  let ended = 0;
  self.Worker = class extends self.Worker {
    constructor(...given) {
      super(...given);
      helpers.push(this);
    }
  };
  // Ends the helpers. Chromium never frees the threads of a worker that is ended while a helper of its own starts or is at
  // work, and ends one that is at work after two seconds.
  const onceAlone = (act) => {
    if (helpers.length) ended = performance.now();
    for (const helper of helpers.splice(0)) helper.terminate();
    if (performance.now() - ended > 2500) act();
    else setTimeout(onceAlone, 100, act);
  };
  // Starts no helper while the page ends it.
  const hold = () => {
    channel.postMessage("held");
    const end = performance.now() + 600;
    while (performance.now() < end);
  };
  channel.onmessage = ({ data }) => {
    if (data === "gpu") device?.destroy();
    if (data === "helpers" && isHelper) self.close();
    if (data === "helpers fail" && isHelper) throw new Error("the monkey's");
    if (data === "hold" && !isHelper) onceAlone(hold);
    if (data === "engine" && !isHelper) onceAlone(() => self.close());
    if (data === "collect") gc();
  };
}
