// Bundles a TypeScript file for node: node bundle.mjs FILE OUT
import { build } from "esbuild";

const [file, out] = process.argv.slice(2);
await build({ entryPoints: [file], outfile: out, bundle: true, platform: "node", format: "esm", target: "node18" });
