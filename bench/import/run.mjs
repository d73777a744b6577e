// Files of every size into PostgreSQL, and through the checks alone: see ../README.md.

import { ROOT, runBench } from "../report/run.mjs";
import { cases } from "./cases.mjs";
import { generatedBy } from "./data.mjs";
import { foundPeers } from "./peers.mjs";
import { startServer } from "./server.mjs";
import { importedInto } from "./table.mjs";

// What was started and written is gone however this ends.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
const server = startServer();
const { found, tools } = foundPeers(ROOT, server);
const dataOf = generatedBy(tools?.generate);

await runBench({
  name: "import",
  title: "Import",
  // Without a server, what is written is not measured.
  cases: cases().filter(({ isWritten }) => server || !isWritten),
  found,
  argumentsOf: () => [],
  during: (ask, one, count) => {
    const data = dataOf(count);
    const told = ["--file", data.file, "--rows", data.rows];
    return one.isWritten ? importedInto(server, data, () => ask([...told, "--host", server.folder, "--address", server.address])) : ask(told);
  },
});
