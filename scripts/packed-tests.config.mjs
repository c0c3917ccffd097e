// The program as its users have it: packed, installed in an empty folder, plain JavaScript under node.
// `pnpm run smoke` runs it, once `pnpm run check` has packed everything.
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { root } from "./processes.mjs";
import { swiftShaderEnvironment } from "./swiftshader.mjs";
import { tensorflowEnvironment } from "./tensorflow/folder.mjs";

export default defineConfig({
  test: {
    name: "packed",
    root,
    include: ["apps/train/src/**/*.packed.ts"],
    globalSetup: [join(root, "scripts", "install-packed.mjs")],
    env: { ...swiftShaderEnvironment(), ...tensorflowEnvironment() },
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
    // For a loaded machine; no test is meant to be slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
