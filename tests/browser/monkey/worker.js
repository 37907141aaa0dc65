// Runs first in every worker of the monkey's page: ends the worker, or its GPU, or collects its garbage, when it is told
// to, and tells when it starts a helper.
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
  self.Worker = class extends self.Worker {
    constructor(...given) {
      super(...given);
      channel.postMessage("starts");
    }
  };
  channel.onmessage = ({ data }) => {
    if (data === "gpu") device?.destroy();
    if (data === "helpers" && isHelper) self.close();
    if (data === "helpers fail" && isHelper) throw new Error("the monkey's");
    if (data === "engine" && !isHelper) self.close();
    if (data === "collect") gc();
  };
}
