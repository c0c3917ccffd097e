import { availableParallelism } from "node:os";
import { configDefaults, defineConfig, type TestProjectConfiguration } from "vitest/config";
import { swiftShaderEnvironment } from "./scripts/swiftshader.mjs";
import { tensorflowBackend, tensorflowEnvironment } from "./scripts/tensorflow/folder.mjs";

/** Rooms whose mathematics must hold on every backend: their tests run again on wasm and simd. */
const portable = "packages/{ops,core,attention,positional,norm,ffn,model,training}";
const webgpuOnly = "**/*.webgpu.test.ts";
const tensorflowOnly = "**/*.tensorflow.test.ts";
const browserOnly = "**/*.browser.test.ts";
/** Tests of operations that hold for every engine, and are quick enough on an emulated GPU. */
const withKernels = [
  "packages/backend/src/*.webgpu.test.ts",
  "apps/bench/src/*.webgpu.test.ts",
  "packages/ops/src/{engine-kernels,run-kernel}.test.ts",
  "packages/ops/src/attention/attention-{errors,kernel}.test.ts",
  "packages/positional/src/conformance/check-positional.webgpu.test.ts",
  "packages/training/src/{checkpointed,optimizers,train-loop}.webgpu.test.ts",
];
/** Builds the kernels of @tx/simd where that is to be done. */
const kernels = "packages/simd/scripts/build-wasm.mjs";

/**
 * LD_LIBRARY_PATH with SwiftShader, which a worker process gets when it is started. Where that fails,
 * the other projects still run; the webgpu project fails with the reason.
 */
function webgpuEnvironment(): Record<string, string> {
  try {
    return swiftShaderEnvironment();
  } catch (error) {
    return { TX_WEBGPU_PROBLEM: (error as Error).message };
  }
}

/**
 * The packages on TensorFlow's native library, where `npm run setup:tensorflow` has put it. Elsewhere
 * the project is not there, and `npm test` says so.
 */
function tensorflowProject(): TestProjectConfiguration[] {
  const backend = tensorflowBackend();
  if (backend === undefined) return [];
  return [
    {
      extends: true,
      test: {
        name: "tensorflow",
        include: ["packages/backend/src/**/*.tensorflow.test.ts", `${portable}/src/**/*.test.ts`],
        exclude: [...configDefaults.exclude, webgpuOnly, browserOnly],
        setupFiles: ["packages/backend/src/testing/setup-tensorflow.ts"],
        env: { ...tensorflowEnvironment(), TX_TENSORFLOW_BACKEND: backend },
      },
    },
  ];
}

export default defineConfig({
  test: {
    // Processes that live on from file to file (bringing up a backend costs more than most files),
    // none of them shared by two backends.
    pool: "forks",
    isolate: false,
    // vitest's own default leaves one core free, which is half of a machine of two.
    maxWorkers: Math.min(4, availableParallelism()),
    // For a loaded machine; no test is meant to be slow.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: "cpu",
          include: [
            "{packages,apps}/*/src/**/*.test.ts",
            "{golden,release,testing}/src/**/*.test.ts",
            "{examples,scripts}/**/*.test.ts",
          ],
          // These bring their own backend up: see the projects "simd" and "webgpu-kernels".
          exclude: [
            ...configDefaults.exclude,
            webgpuOnly,
            browserOnly,
            tensorflowOnly,
            "packages/simd/**",
            "packages/webgpu/**",
          ],
          globalSetup: [kernels],
          setupFiles: ["testing/src/setup-cpu.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "wasm",
          include: [`${portable}/src/**/*.test.ts`],
          exclude: [...configDefaults.exclude, webgpuOnly, browserOnly],
          setupFiles: ["testing/src/setup-wasm.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "simd",
          include: ["packages/simd/src/**/*.test.ts", `${portable}/src/**/*.test.ts`],
          exclude: [...configDefaults.exclude, webgpuOnly, browserOnly],
          globalSetup: [kernels],
          setupFiles: ["packages/simd/src/testing/setup-simd.ts"],
        },
      },
      ...tensorflowProject(),
      {
        extends: true,
        test: {
          name: "webgpu",
          include: ["{packages,apps}/*/src/**/*.webgpu.test.ts", "testing/src/**/*.webgpu.test.ts"],
          // What loads @tx/webgpu would leave it to those that come after.
          exclude: [...configDefaults.exclude, "{packages/{backend,webgpu},apps/bench}/**"],
          setupFiles: ["testing/src/setup-webgpu.ts"],
          env: webgpuEnvironment(),
          // By itself, after the others: SwiftShader takes every core already.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          // The same backend with @tx/webgpu loaded.
          name: "webgpu-kernels",
          include: ["packages/webgpu/src/**/*.test.ts", ...withKernels],
          exclude: [...configDefaults.exclude, browserOnly],
          setupFiles: ["packages/webgpu/src/testing/setup-webgpu.ts"],
          env: webgpuEnvironment(),
          // An emulated GPU compiles a program of attention for seconds.
          testTimeout: 180_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: "browser",
          include: ["{packages,apps}/*/src/**/*.browser.test.ts"],
          globalSetup: [kernels, "scripts/chromium.mjs"],
          // After the others, by itself: a browser starts as many threads as it is given.
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
