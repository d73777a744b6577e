// The smallest plugin that does something: for each order added it asks for the order and tells what came back. It speaks
// the messages themselves, so that what is measured is the host and the way to it, and no SDK.
(function () {
  const self = globalThis.self ?? globalThis;
  const waiting = new Map();

  self.onmessage = (event) => {
    const message = event.data;
    const answered = waiting.get(message.callbackId);
    if (answered !== undefined) {
      waiting.delete(message.callbackId);
      answered(message.data);
    } else if (message.name === "order.change.event" && message.data.event === "add") {
      request("order.get.request", { id: message.data.order.id }, tell);
    } else if (message.name === "barcode.event" && message.data.barcode === "spin") {
      for (;;);
    }
  };

  request("plugin.info.request", {}, () => {});

  function tell({ order }) {
    const data = { from: "small", to: "bench", message: order.id };
    self.postMessage({ name: "plugin.unicast.send", version: 1, data });
  }

  function request(name, data, answered) {
    const callbackId = randomId();
    waiting.set(callbackId, answered);
    self.postMessage({ name, version: 1, callbackId, data });
  }

  function randomId() {
    return Math.random().toString(36).slice(2, 12).padEnd(10, "0");
  }
})();
