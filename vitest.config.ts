import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { playwright } from "@vitest/browser-playwright";
import { configDefaults, defineConfig, type TestProjectConfiguration } from "vitest/config";
import { graphicsFlags, placeOfChromium } from "./scripts/chromium.mjs";
import { swiftShaderEnvironment } from "./scripts/swiftshader.mjs";
import { tensorflowBackend, tensorflowEnvironment } from "./scripts/tensorflow/folder.mjs";

/** Rooms whose mathematics must hold on every backend: their tests run again on wasm and simd. */
const portable = "packages/{ops,core,attention,positional,norm,ffn,model,training}";
const webgpuOnly = "**/*.webgpu.test.ts";
const tensorflowOnly = "**/*.tensorflow.test.ts";
/** In Node, with a page that they open; and in a page of vitest's. */
const browserOnly = "**/*.{browser,page}.test.ts";
/** Tests of operations that hold for every engine, and are quick enough on an emulated GPU. */
const withKernels = [
  "packages/backend/src/*.webgpu.test.ts",
  "apps/bench/src/*.webgpu.test.ts",
  "packages/ops/src/{engine-kernels,run-kernel}.test.ts",
  "packages/ops/src/attention/attention-{errors,kernel}.test.ts",
  "packages/positional/src/conformance/check-positional.webgpu.test.ts",
  "packages/training/src/{checkpointed,prepare-step,train-loop}.webgpu.test.ts",
];
/** tfjs-core alone has no gradients, and tests take them. */
const gradients = "packages/ops/src/testing/setup-gradients.ts";
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
        setupFiles: ["packages/backend/src/testing/setup-tensorflow.ts", gradients],
        env: { ...tensorflowEnvironment(), TX_TENSORFLOW_BACKEND: backend },
      },
    },
  ];
}

/**
 * Tests that run in a page of a real browser, a page a backend: what Node's projects run too, in the
 * same files. vitest's own browser mode serves the sources and tells what failed; Playwright starts
 * the Chromium that scripts/chromium.mjs finds, and downloads none.
 */
function pageProject(): TestProjectConfiguration[] {
  const browser = placeOfChromium();
  if (browser === undefined) return [];
  const everyCase = process.env.TX_PAGE_CASES === "all";
  const wasm = createRequire(new URL("testing/package.json", import.meta.url)).resolve(
    "@tensorflow/tfjs-backend-wasm/package.json",
  );
  const shared = [
    "golden/src/cases.page.test.ts",
    "packages/ops/src/every-op.page.test.ts",
    "packages/positional/src/conformance/check-positional.page.test.ts",
  ];
  /**
   * Where tfjs's own WebGL backend, on the GPU that is emulated, does not do what these tests ask for:
   * cosines good to 1e-3 only (gradients, rotary), no operation on no rows (attention-key-count,
   * global-norm), a largest number of at least -1e20 (attention), variances below the smallest
   * normal number (layer-norm), ids beyond the table (refused).
   */
  const beyondWebGL = [
    "attention/attention{,-key-count}",
    "{embedding-lookup/refused,global-norm/global-norm,gradients/gradients}",
    "{layer-norm/layer-norm,rotary/rotary}",
  ].map((files) => `packages/ops/src/${files}.test.ts`);
  const page = (backend: string, more: string, setup: string) => ({
    browser: "chromium" as const,
    name: `page-${backend}`,
    include: everyCase ? [...shared, more] : shared,
    exclude: [
      ...configDefaults.exclude,
      ...["**/*.{browser,webgpu}.test.ts", "**/readme.test.ts"],
      ...(backend === "webgl" ? beyondWebGL : []),
    ],
    setupFiles: [setup, gradients],
  });
  const setup = (backend: string) => `testing/src/browser/setup-${backend}.ts`;
  return [
    {
      extends: true,
      // For memory that the threads of simd share.
      server: {
        headers: {
          "cross-origin-opener-policy": "same-origin",
          "cross-origin-embedder-policy": "require-corp",
        },
      },
      test: {
        name: "page",
        globalSetup: [kernels, "scripts/chromium.mjs"],
        provide: { everyCase, wasmFolder: `/@fs${dirname(wasm)}/dist/` },
        sequence: { groupOrder: 4 },
        browser: {
          enabled: true,
          headless: true,
          fileParallelism: false,
          ui: false,
          screenshotFailures: false,
          provider: playwright({
            launchOptions: {
              timeout: 300_000,
              executablePath: browser.path,
              env: { ...process.env, ...browser.env } as Record<string, string>,
              args: [...graphicsFlags],
            },
          }),
          instances: [
            page(
              "webgpu",
              "packages/webgpu/src/kernels/*.test.ts",
              "packages/webgpu/src/testing/browser/setup-page.ts",
            ),
            page(
              "simd",
              "packages/simd/src/kernels/*.test.ts",
              "packages/simd/src/testing/browser/setup-page.ts",
            ),
            page("wasm", "packages/ops/src/**/*.test.ts", setup("wasm")),
            page("webgl", "packages/ops/src/**/*.test.ts", setup("webgl")),
          ],
        },
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
    // Ends what hangs and nothing else: no test takes a tenth of it, unless the machine is loaded.
    testTimeout: 300_000,
    // .ci/run sets it: on a machine that others use too, what fails once is told of, and what fails
    // twice is broken.
    retry: Number(process.env.TX_RETRIES ?? 0),
    hookTimeout: 300_000,
    // Of every project's pages; vitest 4.1.12 reads it here alone.
    browser: { connectTimeout: 300_000 },
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
            "packages/{simd,webgpu,layers}/**",
          ],
          globalSetup: [kernels],
          setupFiles: ["testing/src/setup-cpu.ts", gradients],
        },
      },
      {
        extends: true,
        test: {
          // By itself: tfjs-layers gives every tensor of its process chained operations, and tfjs its
          // gradients, which no other test is to lean on.
          name: "layers",
          include: ["packages/layers/src/**/*.test.ts"],
          exclude: [...configDefaults.exclude, browserOnly],
          setupFiles: ["testing/src/setup-cpu.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "wasm",
          include: [`${portable}/src/**/*.test.ts`],
          exclude: [...configDefaults.exclude, webgpuOnly, browserOnly],
          setupFiles: ["testing/src/setup-wasm.ts", gradients],
        },
      },
      {
        extends: true,
        test: {
          name: "simd",
          include: ["packages/simd/src/**/*.test.ts", `${portable}/src/**/*.test.ts`],
          exclude: [...configDefaults.exclude, webgpuOnly, browserOnly],
          globalSetup: [kernels],
          setupFiles: ["packages/simd/src/testing/setup-simd.ts", gradients],
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
          setupFiles: ["testing/src/setup-webgpu.ts", gradients],
          env: webgpuEnvironment(),
          // By itself: SwiftShader has a thread a core.
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
          setupFiles: ["packages/webgpu/src/testing/setup-webgpu.ts", gradients],
          env: webgpuEnvironment(),
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
      ...pageProject(),
    ],
  },
});
