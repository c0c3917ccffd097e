import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildWasm } from "./build-wasm.mjs";

const home = dirname(dirname(fileURLToPath(import.meta.url)));

/** Makes one file for Node of a TypeScript program that imports from "./src/…" of this package. */
export async function bundle(program, outfile) {
  buildWasm();
  await build({
    stdin: { contents: program, resolveDir: home, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    outfile,
    // tfjs-core asks for it where there is no fetch, which every Node from 18 on has.
    external: ["node-fetch"],
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
}
