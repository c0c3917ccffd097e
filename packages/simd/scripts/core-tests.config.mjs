// tfjs-core publishes the tests of its operations, written for jasmine against whatever backend is
// set. This runs them on ours: `pnpm run test:core` in this package.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const core = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core/package.json"));
const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const jasmineUtil = path("../src/testing/core/jasmine-util.ts");

export default defineConfig({
  plugins: [
    {
      name: "jasmine-util",
      enforce: "pre",
      resolveId: (id) => (id.endsWith("/jasmine_util") ? jasmineUtil : undefined),
    },
  ],
  resolve: {
    // The tests import the modules, so our sources must, or there would be two of each.
    alias: [{ find: /^@tensorflow\/tfjs-core$/, replacement: join(core, "dist", "index.js") }],
  },
  test: {
    name: "core",
    root: core,
    include: [
      "dist/ops/**/*_test.js",
      "dist/optimizers/*_test.js",
      "dist/{buffer,gradients,model_types,tensor,variable}_test.js",
    ],
    // The first defines what others test; the second wants a canvas, which Node has not.
    exclude: ["dist/ops/identity_pool_test.js", "dist/ops/to_pixels_test.js"],
    globals: true,
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
    testTimeout: 120_000,
    globalSetup: [path("build-wasm.mjs")],
    setupFiles: [
      join(core, "dist/public/chained_ops/register_all_chained_ops.js"),
      join(core, "dist/register_all_gradients.js"),
      path("../src/testing/core/setup.ts"),
    ],
    // Its modules are written for bundlers: their imports leave out extensions.
    server: { deps: { inline: [/@tensorflow/] } },
  },
});
