// small.js as a bundle made with the SDK behaves: once it knows its name, it posts a `log` for every message it sends or
// receives, so one round trip is eight messages rather than four.
(function () {
  const self = globalThis.self ?? globalThis;
  const waiting = new Map();
  const sessionId = randomId();
  let info;

  self.onmessage = (event) => {
    const message = event.data;
    log(message);
    const answered = waiting.get(message.callbackId);
    if (answered !== undefined) {
      waiting.delete(message.callbackId);
      answered(message.data);
    } else if (message.name === "order.change.event" && message.data.event === "add") {
      request("order.get.request", { id: message.data.order.id }, tell);
    }
  };

  request("plugin.info.request", {}, (data) => {
    info = data;
  });

  function tell({ order }) {
    const data = { from: "small-with-log", to: "bench", message: order.id };
    send({ name: "plugin.unicast.send", version: 1, data });
  }

  function request(name, data, answered) {
    const callbackId = randomId();
    waiting.set(callbackId, answered);
    send({ name, version: 1, callbackId, data });
  }

  function send(message) {
    log(message);
    self.postMessage(message);
  }

  function log({ name, callbackId }) {
    if (info === undefined) return;
    const log = {
      title: "eventMessage",
      timestamp: Date.now(),
      contents: { name, callbackId },
      level: "LOG",
      phase: "unknown",
      sessionId,
      extension_version: "0.0.27",
      extension_name: "pos-plugin-sdk",
      plugin_version: info.version,
      plugin_name: info.name,
    };
    self.postMessage({ name: "log", version: 1, data: { type: "debug", log } });
  }

  function randomId() {
    return Math.random().toString(36).slice(2, 12).padEnd(10, "0");
  }
})();
