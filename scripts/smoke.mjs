// Packs every package as it would be published, installs the tarballs in an empty folder beside
// tfjs-core and one backend, nothing else, and trains and saves there: from an ES module and from
// require. On the cpu, what needs a library besides is asked for too, once that is there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packedPackages } from "./packed.mjs";

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

await saveRun("run", { model, optimizer, config: { how } });
const saved = await loadRun("run");
if (saved.config.how !== how) throw new Error("expected the run saved, got " + saved.config.how);
restoreRun(saved, { model, optimizer });
console.log("smoke: " + how + ", " + getBackend() + ": loss " + losses[0].toFixed(3) + " to " + losses[29].toFixed(3));
`;

const names = {
  "@tx/core": ["Rng"],
  "@tx/model": ["gpt"],
  "@tx/schedule": ["noam"],
  "@tx/training": ["AdamW", "causalLoss", "createTrainStep", "restoreRun"],
  "@tx/training/node": ["loadRun", "saveRun"],
};

/** What the program below needs, and packages do not bring along. */
const besides = ["echarts@6.1.0", "@huggingface/tokenizers@0.2.0"];

const programBesides = `
const vocab = { c: 0, a: 1, t: 2, ca: 3, cat: 4 };
const merges = [["c", "a"], ["ca", "t"]];
const plain = { normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
const tokenizer = huggingFaceTokenizer({ ...plain, model: { type: "BPE", vocab, merges } });
if (tokenizer.encode("cata").join() !== "4,1") throw new Error("expected 4,1, got " + tokenizer.encode("cata"));

const strategy = alibi();
const induced = await inducedBy(strategy, { dModel: 8, heads: 2, headDim: 4, length: 4 });
if (!pictureOf(induced).startsWith("<svg")) throw new Error("expected a picture of alibi");
const report = await checkPositional(() => alibi());
if (report.failures.length > 0) throw new Error("expected no failure, got " + reportToText(report));
console.log("smoke: " + how + ": tokenizer, picture and " + report.results.length + " checks");
`;

const namesBesides = {
  "@tx/positional": ["alibi", "inducedBy"],
  "@tx/positional/conformance": ["checkPositional", "reportToText"],
  "@tx/positional/picture": ["pictureOf"],
  "@tx/training/tokenizer": ["huggingFaceTokenizer"],
};

/** What brings each backend: a package of tfjs, or one of ours, which is packed with the others. */
const backends = {
  cpu: "@tensorflow/tfjs-backend-cpu",
  wasm: "@tensorflow/tfjs-backend-wasm",
  simd: "@tx/simd",
};

const importsOf = (names) => [
  'import * as tf from "@tensorflow/tfjs-core";',
  ...Object.entries(names).map(([from, list]) => `import { ${list.join(", ")} } from "${from}";`),
];
const requiresOf = (names) => [
  'const tf = require("@tensorflow/tfjs-core");',
  ...Object.entries(names).map(
    ([from, list]) => `const { ${list.join(", ")} } = require("${from}");`,
  ),
];

const folder = mkdtempSync(join(tmpdir(), "tx-smoke-"));
try {
  // At once, since each waits for the registry most of the time; all to the end, before it is removed.
  const ended = await Promise.allSettled(Object.keys(backends).map(trainWith));
  for (const { reason } of ended) if (reason) throw reason;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function trainWith(backend) {
  const home = join(folder, backend);
  mkdirSync(home);
  const kernel = backends[backend];
  // @tx/simd brings the cpu backend along, which the others are to do without.
  const { [backends.simd]: simd, ...others } = packedPackages();
  const manifest = {
    private: true,
    dependencies: {
      "@tensorflow/tfjs-core": "4.22.0",
      ...(backend === "simd" ? { [kernel]: simd } : { [kernel]: "4.22.0" }),
      ...others,
    },
  };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  await run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], home);
  await runBoth(home, backend, names, program);
  if (backend !== "cpu") return;
  await run("npm", ["install", ...besides, "--no-audit", "--no-fund", "--loglevel=error"], home);
  await runBoth(home, backend, namesBesides, programBesides);
}

/** As an ES module and from require. */
async function runBoth(home, backend, names, program) {
  const kernel = backends[backend];
  const start = `await tf.setBackend("${backend}");`;
  const head = [...importsOf(names), `import "${kernel}";`, 'const how = "import";', start];
  writeFileSync(join(home, "module.mjs"), [...head, program].join("\n"));
  const body = [...requiresOf(names), `require("${kernel}");`, 'const how = "require";', start];
  writeFileSync(
    join(home, "script.cjs"),
    `(async () => {\n${[...body, program].join("\n")}\n})().catch((error) => {\n  console.error(error);\n  process.exitCode = 1;\n});\n`,
  );
  await run(process.execPath, ["module.mjs"], home);
  await run(process.execPath, ["script.cjs"], home);
}

async function run(command, args, cwd) {
  const shell = process.platform === "win32";
  const child = spawn(command, args, { cwd, stdio: "inherit", shell });
  const [code] = await once(child, "exit");
  if (code !== 0)
    throw new Error(`${command} ${args.join(" ")}: expected exit code 0, got ${code}`);
}
