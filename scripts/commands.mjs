import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { buildWasm, isBuilt } from "../packages/simd/scripts/build-wasm.mjs";
import { placeOfChromium } from "./chromium.mjs";
import { install } from "./install.mjs";
import { lanes } from "./lanes.mjs";
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
    !["test", "browser", "bench", "tensorflow"].includes(command) &&
    !Object.hasOwn(programs, command ?? "")
  ) {
    throw new SetupError(
      `command: expected start, test, browser, bench, lab, site, golden or tensorflow, got ${command}`,
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
  if (command === "browser") return testInBrowser(args);
  if (command === "bench") {
    const app = join(root, "apps/bench");
    const { bundleBench } = await import("../apps/bench/scripts/bundle.mjs");
    const env = process.env.TX_VULKAN === "swiftshader" ? await emulatedGpu() : {};
    const bundle = await bundleBench(app, join(app, "dist"));
    return runNode([bundle, ...args], { cwd: userFolder(), env });
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
  return { ...env, ...(await emulatedGpu()) };
}

async function emulatedGpu() {
  const { swiftShaderEnvironment } = await import("./swiftshader.mjs");
  return swiftShaderEnvironment();
}

/** Every test, then the golden cases on each backend; the last lines are the totals. */
async function test(args) {
  const { totals, golden } = args.length === 0 ? await testAll() : await testSome(args);
  const passed = totals.reduce((sum, part) => sum + part.passed, 0);
  const failed = totals.reduce((sum, part) => sum + part.failed, 0);
  for (const failure of totals.flatMap((part) => part.failures)) console.log(failure);
  console.log(`\ntests: ${passed} passed, ${failed} failed`);
  for (const { line } of golden) console.log(line);
  if (tensorflowBackend() === undefined) {
    console.log("tensorflow: NOT TESTED, since it is not set up (npm run setup:tensorflow)");
  }
  if (placeOfChromium() === undefined) {
    console.log("pages: NOT TESTED, since there is no Chromium (TX_CHROMIUM names one)");
  }
  return [...totals, ...golden].every(({ code }) => code === 0) && failed === 0 ? 0 : 1;
}

async function testSome(args) {
  const totals = [await runVitest(args)];
  console.log("tx: the golden cases are left out when arguments choose tests");
  return { totals, golden: [] };
}

/**
 * What waits for the emulated GPU, in Node and in pages, runs beside the rest, since it leaves a third
 * of two cores idle; it prints once the rest has.
 */
async function testAll() {
  const tensorflow = { node: "tensorflow", "node-gpu": "tensorflow-gpu" }[tensorflowBackend()];
  const lane = async (name, projects, backends, print) => {
    const chosen = projects.flatMap((project) => ["--project", project]);
    const totals = await runVitest(chosen, { name, print });
    const golden = [];
    for (const backend of backends) golden.push(await runGolden(backend, print));
    return { totals, golden };
  };
  let later = "\ntx: the tests on WebGPU and in pages\n";
  const keep = (piece) => {
    later += piece;
  };
  const [others, emulated] = await Promise.all([
    lane("vitest", lanes.others, ["cpu", "wasm", "simd"]),
    lane("vitest-webgpu", lanes.emulated, ["webgpu"], keep),
  ]);
  process.stdout.write(later);
  const more = tensorflow === undefined ? [] : [await runGolden(tensorflow)];
  const golden = [...others.golden, ...emulated.golden, ...more];
  return { totals: [others.totals, emulated.totals], golden };
}

/**
 * The tests in pages of Chromium, one backend after the other: a chosen part, or with "all" every case
 * there is for them. Names of backends choose those, other arguments go to vitest.
 */
async function testInBrowser(args) {
  if (args.includes("all")) process.env.TX_PAGE_CASES = "all";
  const known = ["webgpu", "simd", "wasm", "webgl"];
  const named = known.filter((backend) => args.includes(backend));
  const others = args.filter((arg) => arg !== "all" && !known.includes(arg));
  const results = [];
  for (const backend of named.length > 0 ? named : known) {
    const chosen = ["--project", `page-${backend}`, ...others];
    const { code, passed, failed, failures } = await runVitest(chosen);
    const line = `page: ${passed} passed, ${failed} failed (${backend})`;
    results.push({ code, line, failures });
  }
  for (const failure of results.flatMap(({ failures }) => failures)) console.log(failure);
  console.log("");
  for (const { line } of results) console.log(line);
  return results.every(({ code }) => code === 0) ? 0 : 1;
}

/** @param print gets every piece of the output; without it vitest owns the terminal. */
async function runVitest(args, { name = "vitest", print } = {}) {
  const report = join(root, "node_modules", ".cache", "tx", `${name}.json`);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await runNode([vitest, "run", ...reporters, ...args], { onOutput: print });
  if (!existsSync(report)) {
    const failures = [`\nfailed: ${args.join(" ")}: vitest ended with code ${code} and no report`];
    return { code: code === 0 ? 1 : code, passed: 0, failed: 0, failures };
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
  // A file that breaks before its first test has no test that could fail: it counts as one.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return {
    code,
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    failures: failuresOf(testResults, code),
  };
}

/** What failed, to be said once more at the end, where a long run's reader looks first. */
function failuresOf(files, code) {
  const place = ({ name }) => relative(root, name);
  const first = (message = "") =>
    message
      .split("\n")
      .filter((line) => !line.includes("node_modules"))
      .slice(0, 12)
      .join("\n");
  const failures = files.flatMap((file) => [
    ...(file.status === "failed" && file.message
      ? [`\nfailed: ${place(file)}\n${first(file.message)}`]
      : []),
    ...file.assertionResults
      // Where TX_RETRIES allows it, what passes the next time is told of all the same.
      .filter(({ failureMessages = [] }) => failureMessages.length > 0)
      .map(({ status, fullName, failureMessages, duration = 0 }) => {
        const what = status === "failed" ? "failed" : "failed once";
        const test = `${place(file)} > ${fullName} (after ${Math.round(duration)} ms)`;
        return `\n${what}: ${test}\n${first(failureMessages[0])}`;
      }),
  ]);
  if (code === 0 || failures.length > 0) return failures;
  return [`\nfailed: vitest ended with code ${code}, for an error outside of tests: see above`];
}

async function runGolden(backend, print = (piece) => process.stdout.write(piece)) {
  print(`\ntx: golden cases on ${backend}\n`);
  let output = "";
  const code = await runTypeScript(programs.golden, [], {
    env: await goldenEnvironment(backend),
    onOutput: (piece) => {
      output += piece;
      print(piece);
    },
  });
  const line = output.match(/^golden: .*$/gm)?.at(-1) ?? `golden: ended with exit code ${code}`;
  return { code, line: `${line} (${backend})` };
}
