import { dispose, grads, randomNormal, reshape, slice, type Tensor } from "@tensorflow/tfjs-core";
import type { Contestant } from "../turns";
import type { OpCase } from "./cases";
import { withoutEngine } from "./without-engine";

export type Pass = "forward" | "forward and backward";

/** A turn lasts so long at least, in milliseconds: short work is repeated. */
const LONG_ENOUGH = 10;
const MOST_REPEATS = 256;

/** An operation as a contestant, with the engine's kernels or without them. */
export function opContestant(op: OpCase, pass: Pass, side: "kernel" | "reference"): Contestant {
  let repeats = 1;
  const run = (work: () => Tensor[]) => (side === "kernel" ? work() : withoutEngine(work));
  return {
    name: `${side}, ${pass}`,
    turn: async () => {
      // The first turns, which do not count, find out how many fit.
      let ms = await timed(op, pass, run, repeats);
      while (ms < LONG_ENOUGH && repeats < MOST_REPEATS) {
        repeats = Math.min(
          MOST_REPEATS,
          Math.ceil(repeats * Math.min(8, 1.5 * (LONG_ENOUGH / ms))),
        );
        ms = await timed(op, pass, run, repeats);
      }
      return [ms / repeats];
    },
    about: () => ({ pass, side, repeats }),
  };
}

/** @returns Milliseconds of so many runs, until a number of the last one has been read. */
async function timed(
  op: OpCase,
  pass: Pass,
  run: (work: () => Tensor[]) => Tensor[],
  repeats: number,
): Promise<number> {
  const inputs = op.inputs();
  const work = pass === "forward" ? () => list(op.apply(...inputs)) : backward(op, inputs);
  const started = performance.now();
  const last = run(() => {
    for (let n = 1; n < repeats; n++) dispose(work());
    return work();
  });
  await readOne(last[0]!);
  const taken = performance.now() - started;
  dispose([...last, ...inputs]);
  return taken;
}

/** Gradients of the inputs that have one, for a random gradient of the output. */
function backward(op: OpCase, inputs: readonly Tensor[]): () => Tensor[] {
  const free = inputs.slice(0, op.differentiable);
  const fixed = inputs.slice(op.differentiable);
  const gradients = grads((...given: Tensor[]) => op.apply(...given, ...fixed) as Tensor);
  const example = op.apply(...inputs) as Tensor;
  const { shape } = example;
  example.dispose();
  return () => {
    const dy = randomNormal(shape);
    const made = gradients(free, dy);
    dy.dispose();
    return made;
  };
}

/** Waits until a device is done, without waiting for a whole tensor to be copied. */
async function readOne(x: Tensor): Promise<void> {
  const flat = reshape(x, [-1]);
  const one = slice(flat, [0], [1]);
  await one.data();
  dispose([flat, one]);
}

const list = (result: Tensor | Tensor[]): Tensor[] => (Array.isArray(result) ? result : [result]);
