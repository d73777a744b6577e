// Builds the SDK into one ES module, `dist/index.js`. `--embed` writes it to `embedded/sdk.js`, the copy that the `madang`
// binary carries, committed so that building the binary needs no Node; `--check` fails when that copy is another.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const EMBEDDED = new URL("embedded/sdk.js", import.meta.url);
const DIST = new URL("dist/index.js", import.meta.url);
const BANNER = "// Generated from sdk/src by `npm run embed -w sdk`. Do not edit.";

const bundle = await bundleSdk();
if (process.argv.includes("--check")) {
  await refuseIfStale(bundle);
} else {
  await write(process.argv.includes("--embed") ? EMBEDDED : DIST, bundle);
}

async function bundleSdk() {
  const result = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: ["src/index.ts"],
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    banner: { js: BANNER },
    write: false,
  });
  return result.outputFiles[0].text;
}

async function refuseIfStale(expected) {
  const committed = await readFile(EMBEDDED, "utf8").catch(() => "");
  if (committed === expected) return;
  console.error("sdk/embedded/sdk.js is not what sdk/src builds to.\nRun `npm run embed -w sdk` and commit the file.");
  process.exitCode = 1;
}

async function write(file, text) {
  await mkdir(new URL(".", file), { recursive: true });
  await writeFile(file, text);
}
