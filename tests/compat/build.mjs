// Builds every bundle into `built/<name>/main.js`, finished scripts as a plugin's author would upload them.
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import * as esbuild from "esbuild";
import { build as viteBuild } from "vite";
import webpack from "webpack";

const HERE = import.meta.dirname;
const CLIENT = `${HERE}/independent-client/plugin.js`;
const library = (name) => `${HERE}/libraries/${name}.js`;

await rm(`${HERE}/built`, { recursive: true, force: true });
await withWebpack("independent-webpack-development", CLIENT, { mode: "development", devtool: "eval" });
await withWebpack("independent-webpack-production", CLIENT, { mode: "production", devtool: false });
await withEsbuild("independent-esbuild", CLIENT);
await withVite("independent-vite", CLIENT);
for (const name of ["zod", "rxjs", "date-fns", "axios", "supabase", "supabase-live", "lodash"]) await withEsbuild(name, library(name));
await withWebpack("zod-webpack-development", library("zod"), { mode: "development", devtool: "eval" });

async function withEsbuild(name, entry) {
  await esbuild.build({
    entryPoints: [entry],
    outfile: `${HERE}/built/${name}/main.js`,
    bundle: true,
    format: "iife",
    platform: "browser",
    minify: true,
    target: "es2020",
    logLevel: "warning",
  });
}

async function withWebpack(name, entry, { mode, devtool }) {
  const compiler = webpack({
    mode,
    devtool,
    entry,
    context: HERE,
    target: "webworker",
    performance: { hints: false },
    output: { path: `${HERE}/built/${name}`, filename: "main.js" },
  });
  const stats = await promisify(compiler.run).call(compiler);
  await promisify(compiler.close).call(compiler);
  if (stats.hasErrors()) throw new Error(stats.toString("errors-only"));
}

async function withVite(name, entry) {
  await viteBuild({
    root: HERE,
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    build: {
      outDir: `${HERE}/built/${name}`,
      emptyOutDir: true,
      lib: { entry, formats: ["iife"], name: "plugin", fileName: () => "main.js" },
    },
  });
}
