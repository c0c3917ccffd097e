import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildWasm, isBuilt } from "../packages/simd/scripts/build-wasm.mjs";
import { install } from "./install.mjs";
import { root, runNode, runTypeScript, SetupError, userFolder } from "./processes.mjs";
import { tensorflowBackend, tensorflowEnvironment } from "./tensorflow/folder.mjs";

const programs = {
  start: "apps/train/src/main.ts",
  golden: "golden/src/main.ts",
  lab: "apps/lab/src/main.ts",
  site: "apps/site/src/main.ts",
};

/** Installs and builds what is missing, runs one command and gives its exit code. */
export async function run([command, ...args]) {
  if (
    !["test", "bench", "tensorflow"].includes(command) &&
    !Object.hasOwn(programs, command ?? "")
  ) {
    throw new SetupError(
      `command: expected start, test, bench, lab, site, golden or tensorflow, got ${command}`,
    );
  }
  await install();
  buildKernels();
  if (command === "tensorflow") {
    const { main } = await import("./tensorflow/main.mjs");
    return main(args);
  }
  // Every program of ours finds what was set up by it.
  Object.assign(process.env, tensorflowEnvironment());
  if (command === "test") return test(args);
  if (command === "bench") {
    const app = join(root, "apps/bench");
    const { bundleBench } = await import("../apps/bench/scripts/bundle.mjs");
    return runNode([await bundleBench(app, join(app, "dist")), ...args], { cwd: userFolder() });
  }
  const env = command === "golden" ? await goldenEnvironment(process.env.TX_GOLDEN_BACKEND) : {};
  return runTypeScript(programs[command], args, { env });
}

/** The kernels of @tx/simd, which are not in the repository but made from their sources. */
function buildKernels() {
  if (isBuilt()) return;
  console.log("tx: compiling the kernels of @tx/simd");
  try {
    buildWasm();
  } catch {
    throw new SetupError("the kernels in packages/simd/assembly do not compile; see above.");
  }
}

/** With what lets Dawn find an adapter on a Linux machine without a GPU. */
async function goldenEnvironment(backend) {
  const env = backend === undefined ? {} : { TX_GOLDEN_BACKEND: backend };
  if (backend !== "webgpu") return env;
  const { swiftShaderEnvironment } = await import("./swiftshader.mjs");
  return { ...env, ...swiftShaderEnvironment() };
}

/** Every test, then the golden cases on each backend; the last lines are the totals. */
async function test(args) {
  const totals = await runVitest(args);
  const golden = [];
  const tensorflow = { node: "tensorflow", "node-gpu": "tensorflow-gpu" }[tensorflowBackend()];
  if (args.length === 0) {
    const backends = ["cpu", "wasm", "simd", "webgpu", tensorflow].filter(Boolean);
    for (const backend of backends) golden.push(await runGolden(backend));
  } else {
    console.log("tx: the golden cases are left out when arguments choose tests");
  }
  console.log(`\ntests: ${totals.passed} passed, ${totals.failed} failed`);
  for (const { line } of golden) console.log(line);
  if (tensorflow === undefined) {
    console.log("tensorflow: NOT TESTED, since it is not set up (npm run setup:tensorflow)");
  }
  return [totals, ...golden].every(({ code }) => code === 0) && totals.failed === 0 ? 0 : 1;
}

async function runVitest(args) {
  const report = join(root, "node_modules", ".cache", "tx", "vitest.json");
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await runNode([vitest, "run", ...reporters, ...args]);
  if (!existsSync(report)) return { code: code === 0 ? 1 : code, passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  // A file that breaks before its first test has no test that could fail: it counts as one.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return { code, passed: numPassedTests, failed: numFailedTests + broken.length };
}

async function runGolden(backend) {
  console.log(`\ntx: golden cases on ${backend}`);
  let output = "";
  const code = await runTypeScript(programs.golden, [], {
    env: await goldenEnvironment(backend),
    onOutput: (piece, stream) => {
      output += piece;
      stream.write(piece);
    },
  });
  const line = output.match(/^golden: .*$/gm)?.at(-1) ?? `golden: ended with exit code ${code}`;
  return { code, line: `${line} (${backend})` };
}
