// How threads fare on a machine that is busy with something else: the time of chains of products,
// with processes beside that do nothing but compute.
// node packages/simd/scripts/bench-load.mjs [busy processes ...], default: 0, cores, twice the cores
import { fork, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const program = `
import { dispose, matMul, randomUniform, setBackend } from "@tensorflow/tfjs-core";
import { configureSimd } from "./src/index";

configureSimd({ threads: Number(process.argv[2]) });
await setBackend("simd");

/** The median of some chains, in milliseconds. */
function time(size, times) {
  const a = randomUniform([size, size], -1, 1, "float32", 1);
  const took = [];
  for (let n = 0; n < 9; n++) {
    const started = performance.now();
    for (let i = 0; i < times; i++) dispose(matMul(a, a));
    took.push(performance.now() - started);
  }
  return took.sort((x, y) => x - y)[4];
}

const small = time(64, 1000);
console.log(JSON.stringify({ small, large: time(512, 10) }));
`;

if (process.argv[2] === "busy") for (;;) Math.sqrt(Math.random());

const cores = availableParallelism();
const loads = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [0, cores, 2 * cores];
const folder = mkdtempSync(join(tmpdir(), "tx-bench-load-"));
try {
  const file = join(folder, "program.mjs");
  await bundle(program, file);
  console.log(`${cores} cores; ms for 1000 products of 64 x 64 | 10 of 512 x 512`);
  for (const load of loads) {
    const busy = Array.from({ length: load }, () => fork(fileURLToPath(import.meta.url), ["busy"]));
    try {
      for (const threads of [1, cores, 2 * cores]) {
        const { stdout } = spawnSync(process.execPath, [file, String(threads)], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "inherit"],
        });
        const { small, large } = JSON.parse(stdout);
        console.log(
          `${load} busy beside, ${threads} threads: ${small.toFixed(1)} | ${large.toFixed(1)}`,
        );
      }
    } finally {
      for (const process of busy) process.kill();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
