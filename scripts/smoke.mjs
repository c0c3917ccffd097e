// Packs every package as it would be published, installs the tarballs in an empty folder beside
// tfjs-core and one backend, nothing else, and trains there: from an ES module and from require.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./processes.mjs";

const program = `
const { dispose, getBackend, memory, tensor2d } = tf;
const rng = new Rng(7);
const model = gpt({ vocabSize: 5, maxLen: 6, layers: 1, heads: 2, dModel: 8, rng }).train();
const optimizer = new AdamW({ parameters: model.parameters() });
const step = createTrainStep({
  model,
  optimizer,
  loss: (tokens) => causalLoss((ids) => model.forward(ids), tokens),
  schedule: noam({ dModel: 8, warmupSteps: 4 }),
  maxNorm: 1,
});
const tokens = tensor2d([[0, 1, 2, 3, 4, 0, 1]], [1, 7], "int32");
const losses = [];
let tensors;
for (let n = 0; n < 30; n++) {
  const { loss, gradientNorm } = step(tokens);
  losses.push((await loss.data())[0]);
  dispose([loss, gradientNorm]);
  tensors ??= memory().numTensors;
}
if (!(losses[29] < losses[0] / 2)) throw new Error("expected the loss to fall, got " + losses);
if (memory().numTensors !== tensors) throw new Error("expected no leak, got " + memory().numTensors);

await saveRun("run", { model, optimizer, json: { how } });
const saved = await loadRun("run");
if (saved.json.how !== how) throw new Error("expected the run that was saved, got " + saved.json.how);
restoreRun(saved, { model, optimizer });

const vocab = { c: 0, a: 1, t: 2, ca: 3, cat: 4 };
const tokenizer = await huggingFaceTokenizer({
  tokenizer: {
    version: "1.0",
    model: { type: "BPE", vocab, merges: ["c a", "ca t"], fuse_unk: false, byte_fallback: false },
  },
});
if (tokenizer.encode("cat").join() !== "4") throw new Error("expected 4, got " + tokenizer.encode("cat"));

const induced = await inducedBy(alibi(), { dModel: 8, heads: 2, headDim: 4, length: 4 });
if (!pictureOf(induced).startsWith("<svg")) throw new Error("expected a picture");
const report = await checkPositional(() => alibi());
if (!report.passed) throw new Error("expected alibi to pass, got " + reportToText(report));
console.log("smoke: " + how + ", " + getBackend() + ": loss " + losses[0].toFixed(3) + " to " + losses[29].toFixed(3));
`;

const names = {
  "@tx/core": ["Rng"],
  "@tx/model": ["gpt"],
  "@tx/schedule": ["noam"],
  "@tx/training": ["AdamW", "causalLoss", "createTrainStep"],
};

/** What brings each backend: a package of tfjs, or one of ours, which is packed with the others. */
const backends = {
  cpu: "@tensorflow/tfjs-backend-cpu",
  wasm: "@tensorflow/tfjs-backend-wasm",
  simd: "@tx/simd",
};

const imports = [
  'import * as tf from "@tensorflow/tfjs-core";',
  ...Object.entries(names).map(([from, list]) => `import { ${list.join(", ")} } from "${from}";`),
];
const requires = [
  'const tf = require("@tensorflow/tfjs-core");',
  ...Object.entries(names).map(
    ([from, list]) => `const { ${list.join(", ")} } = require("${from}");`,
  ),
];

const folder = mkdtempSync(join(tmpdir(), "tx-smoke-"));
try {
  const tarballs = packAll(join(folder, "packed"));
  for (const backend of Object.keys(backends)) trainWith(backend, tarballs);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function packAll(destination) {
  mkdirSync(destination);
  for (const entry of readdirSync(join(root, "packages"))) {
    const from = join(root, "packages", entry);
    // check:pack has packed it already, through pnpm, which writes the published exports.
    cpSync(join(from, ".pack", "package.tgz"), join(destination, `${entry}.tgz`));
  }
  return readdirSync(destination).map((file) => join(destination, file));
}

function trainWith(backend, tarballs) {
  const home = join(folder, backend);
  mkdirSync(home);
  const kernel = backends[backend];
  // @tx/simd brings the cpu backend along, which the others are to do without.
  const packages = tarballs
    .map((file) => [nameOf(file), `file:${file}`])
    .filter(([name]) => name !== backends.simd || backend === "simd");
  const manifest = {
    private: true,
    dependencies: {
      "@tensorflow/tfjs-core": "4.22.0",
      [kernel]: "4.22.0",
      ...Object.fromEntries(packages),
    },
  };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], home);
  const start = `await tf.setBackend("${backend}");`;
  writeFileSync(
    join(home, "module.mjs"),
    [...imports, `import "${kernel}";`, 'const how = "import";', start, program].join("\n"),
  );
  const body = [...requires, `require("${kernel}");`, 'const how = "require";', start, program];
  writeFileSync(
    join(home, "script.cjs"),
    `(async () => {\n${body.join("\n")}\n})().catch((error) => {\n  console.error(error);\n  process.exitCode = 1;\n});\n`,
  );
  run(process.execPath, ["module.mjs"], home);
  run(process.execPath, ["script.cjs"], home);
}

function nameOf(tarball) {
  return `@tx/${tarball.match(/([\w-]+)\.tgz$/)[1]}`;
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, {
    cwd,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(" ")}: expected exit code 0, got ${status}`);
}
