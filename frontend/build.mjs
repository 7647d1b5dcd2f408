// Builds ../explorer/frontend/lens.js from src/: one module, with the worker's code and the style inside it.
//   node build.mjs [OUT]

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  write: false,
};
const worker = await build({ ...common, entryPoints: ["src/worker.ts"], format: "iife" });
await build({
  ...common,
  entryPoints: ["src/index.ts"],
  format: "esm",
  loader: { ".css": "text" },
  define: { WORKER_CODE: JSON.stringify(worker.outputFiles[0].text) },
  outfile: process.argv[2] ?? join(here, "../explorer/frontend/lens.js"),
  write: true,
});
