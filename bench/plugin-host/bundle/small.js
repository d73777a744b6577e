// The same plugin without the libraries.
import "../../../tests/compat/independent-client/plugin.js";

console.log("bench bundle: ready");
