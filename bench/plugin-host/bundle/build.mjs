// Builds `built/<name>/main.js` for the benchmarks and prints their sizes, which belong beside every figure.
import { stat } from "node:fs/promises";
import { build } from "esbuild";

const HERE = import.meta.dirname;

for (const name of ["small", "large", "zod"]) {
  const outfile = `${HERE}/built/${name}/main.js`;
  await build({
    entryPoints: [`${HERE}/${name}.js`],
    outfile,
    bundle: true,
    format: "iife",
    platform: "browser",
    minify: true,
    target: "es2020",
    logLevel: "warning",
  });
  console.log(`${name}: ${((await stat(outfile)).size / 1_000).toFixed(0)} kB`);
}
