import {
  ARGS,
  AT,
  CLOSED,
  DONE,
  GENERATION,
  KERNEL,
  NEXT,
  RETIRED,
  SHARE,
  SLEEPERS,
  TRAPPED,
  UNITS,
} from "./control";

/** How long a worker looks for the next job before it sleeps, in milliseconds. */
const SPIN_MS = 0.1;

/**
 * What a worker runs, as text: a thread is started from it without a file or a path, in Node, in
 * bundles and in pages alike.
 *
 * It takes shares of the current job until there are none, then looks for the next job a short
 * while and sleeps. Why a late worker never mixes two jobs: it takes a share by raising NEXT from
 * the very value it read before it read the job, the job is written only while NEXT says CLOSED,
 * and each job has a number of its own in NEXT; so the raise fails if the job may have changed.
 * (The numbers repeat after two million jobs. A worker would have to stand still between two
 * instructions for exactly that many.)
 *
 * Why no share is lost when it is ended at any point: AT names the share before it is taken and
 * until it is counted in DONE.
 */
export const workerSource = `
function serve({ module, memory, control, scratch, worker }) {
  const exports = new WebAssembly.Instance(module, { env: { memory, abort() {} } }).exports;
  const kernels = Object.values(exports).filter((value) => typeof value === "function");
  const c = new Int32Array(control);
  const at = ${AT} + worker;
  Atomics.store(c, at, 0);
  let seen = 0;
  while (Atomics.load(c, ${RETIRED}) === 0) {
    let until = 0;
    let round = 0;
    while (Atomics.load(c, ${GENERATION}) === seen) {
      if (++round % 64 !== 0) continue;
      const now = performance.now();
      if (until === 0) until = now + ${SPIN_MS};
      else if (now > until) {
        Atomics.add(c, ${SLEEPERS}, 1);
        Atomics.wait(c, ${GENERATION}, seen);
        Atomics.sub(c, ${SLEEPERS}, 1);
        until = 0;
      }
    }
    seen = Atomics.load(c, ${GENERATION});
    for (;;) {
      const next = Atomics.load(c, ${NEXT});
      const units = Atomics.load(c, ${UNITS});
      const share = Atomics.load(c, ${SHARE});
      const kernel = kernels[Atomics.load(c, ${KERNEL})];
      const args = Atomics.load(c, ${ARGS});
      const index = next & ${CLOSED};
      const lo = index * share;
      if (index === ${CLOSED} || lo >= units) break;
      Atomics.store(c, at, 1 + index);
      if (Atomics.compareExchange(c, ${NEXT}, next, next + 1) === next) {
        try {
          kernel(args, lo, Math.min(units, lo + share), scratch);
        } catch {
          Atomics.add(c, ${TRAPPED}, 1);
        }
        if ((Atomics.add(c, ${DONE}, 1) + 1) * share >= units) Atomics.notify(c, ${DONE});
      }
      Atomics.store(c, at, 0);
    }
  }
}
if (typeof require === "function") require("node:worker_threads").parentPort.once("message", serve);
else onmessage = ({ data }) => serve(data);
`;
