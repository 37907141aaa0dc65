// Runs first in every worker of the monkey's page, and does what it is told: holds or ends the worker, ends its GPU, or
// collects its garbage.
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
  let started = 0;
  self.Worker = class extends self.Worker {
    constructor(...given) {
      super(...given);
      started = performance.now();
    }
  };
  // Chromium never frees the threads of a worker that is ended while a helper of its own starts: two seconds are ample.
  const onceStarted = (act) => {
    if (performance.now() - started > 2000) act();
    else setTimeout(onceStarted, 200, act);
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
    if (data === "hold" && !isHelper) onceStarted(hold);
    if (data === "engine" && !isHelper) onceStarted(() => self.close());
    if (data === "collect") gc();
  };
}
