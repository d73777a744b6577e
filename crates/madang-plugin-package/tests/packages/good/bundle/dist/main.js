(() => {
  "use strict";
  typeof module === "object" && module.exports;
  self.postMessage(JSON.stringify({ name: "plugin.info.request" }));
})();
//# sourceMappingURL=main.js.map
