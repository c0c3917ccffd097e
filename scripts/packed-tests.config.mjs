// The program as its users have it: packed, installed in an empty folder, plain JavaScript under node.
// `pnpm run smoke` runs it, once `pnpm run check` has packed everything.
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { root } from "./processes.mjs";
import { swiftShaderEnvironment } from "./swiftshader.mjs";
import { tensorflowBackend, tensorflowEnvironment } from "./tensorflow/folder.mjs";

// Its tests run where it is set up only.
const tensorflow = tensorflowBackend() === "node" ? tensorflowEnvironment() : {};

export default defineConfig({
  test: {
    name: "packed",
    root,
    include: ["apps/train/src/**/*.packed.ts"],
    globalSetup: [join(root, "scripts", "install-packed.mjs")],
    env: { ...swiftShaderEnvironment(), ...tensorflow },
    pool: "forks",
    isolate: false,
    maxWorkers: 2,
    retry: Number(process.env.TX_RETRIES ?? 0),
    // For a loaded machine; no test is meant to be slow.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
