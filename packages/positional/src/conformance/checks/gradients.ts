import type { Scalar, Tensor3D, Variable } from "@tensorflow/tfjs-core";
import {
  add,
  dispose,
  mul,
  sum,
  type Tensor,
  tensor,
  tidy,
  variable,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { type Positional, spanOf } from "@tx/core";
import { hiddenOf } from "../cases";
import { type Check, noise, numbersOf, parametersOf, type Subject } from "../subject";

const [KEYS, QUERIES] = [7, 5];

/** Directions that each variable is moved in. */
const DIRECTIONS = 2;

/** Steps along a direction of length 1, tried one after the other: a kink may lie in a long one. */
const STEPS = [1 / 4, 1 / 16, 1 / 64, 1 / 256];

/** What a slope may be off, as a share of it and besides. */
const [RTOL, ATOL] = [1e-2, 3e-4];

/**
 * Gradients of the hidden states and of every variable are those that finite differences give,
 * along random directions; and every variable gets one.
 */
export const gradients: Check = {
  name: "gradients",
  async run(subject, strategy) {
    const hidden = tidy(() => variable(hiddenOf(subject.sizes, KEYS)));
    const variables = new Map<string, Variable>([
      ["hidden", hidden],
      ...[...parametersOf(strategy)].map(([name, own]) => [name, own] as const),
    ]);
    try {
      await loosen(parametersOf(strategy));
      const forward = () => outputsOf(subject, strategy, hidden as Tensor as Tensor3D);
      const slopes = await gradientsOf(forward, variables);
      let largest = 0;
      let directions = 0;
      for (const [n, [name, own]] of [...variables].entries()) {
        const gradient = slopes.get(name)!;
        for (let direction = 0; direction < DIRECTIONS; direction++) {
          const seed = 100 + DIRECTIONS * n + direction;
          const off = await differenceAlong(forward, own, gradient, seed);
          if (!(off <= 1)) throw new Error(`${name}: ${describe(off)}`);
          largest = Math.max(largest, off);
          directions += 1;
        }
      }
      const share = `${(100 * largest).toPrecision(2)} % of what they may be`;
      return { status: "passed", detail: `${directions} slopes are off by up to ${share}` };
    } finally {
      hidden.dispose();
    }
  },
};

const describe = (off: number) =>
  `expected the slope of finite differences, got one that is ${off.toFixed(1)} times as far off as is allowed`;

/** Moves variables off their first values: of zeros, ones or tiny numbers little is to be seen. */
async function loosen(parameters: Map<string, Variable>): Promise<void> {
  for (const [n, own] of [...parameters.values()].entries()) {
    const values = await own.data();
    const moved = noise(own.size, 50 + n).map((shift, at) => values[at]! + 0.15 * shift);
    tidy(() => own.assign(tensor(moved, own.shape)));
  }
}

/** Outputs of all layers, each with weights of its own so that none cancels another. */
function outputsOf(
  { layer: probe, sizes }: Subject,
  strategy: Positional,
  hidden: Tensor3D,
): Tensor {
  const span = spanOf(QUERIES, KEYS, 3);
  const outputs = Array.from({ length: sizes.layers }, (_, layer) =>
    mul(probe.forward(strategy, { hidden, span, layer }), 1 + layer / 2),
  );
  return outputs.reduce((a: Tensor, b) => add(a, b));
}

/** Fixed numbers that make one loss of all outputs. */
function cotangentOf(size: number): Float32Array {
  return noise(size, 99);
}

async function gradientsOf(
  forward: () => Tensor,
  variables: Map<string, Variable>,
): Promise<Map<string, Float32Array>> {
  const { value, grads } = tidy(() =>
    variableGrads(() => {
      const output = forward();
      return sum(mul(output, tensor(cotangentOf(output.size), output.shape))) as Scalar;
    }, [...variables.values()]),
  );
  const read = new Map<string, Float32Array>();
  try {
    for (const [name, own] of variables) {
      // tfjs leaves out, and says nothing of, a variable that the loss does not use.
      const gradient = grads[own.name];
      if (!gradient) throw new Error(`${name}: expected a gradient, got none`);
      read.set(name, (await gradient.data()) as Float32Array);
    }
  } finally {
    dispose([value, ...Object.values(grads)]);
  }
  return read;
}

/** How far the slope along a direction is off, in what is allowed: up to 1 it passes. */
async function differenceAlong(
  forward: () => Tensor,
  own: Variable,
  gradient: Float32Array,
  seed: number,
): Promise<number> {
  const values = Float32Array.from(await own.data());
  const direction = noise(own.size, seed);
  const length = Math.hypot(...direction);
  const claimed = gradient.reduce((all, slope, n) => all + (slope * direction[n]!) / length, 0);
  const outputsAt = (step: number): Promise<Float32Array> => {
    const moved = values.map((value, n) => value + (step * direction[n]!) / length);
    tidy(() => own.assign(tensor(moved, own.shape)));
    return numbersOf(forward);
  };
  const lossOf = (outputs: Float32Array): number => {
    const cotangent = cotangentOf(outputs.length);
    return outputs.reduce((all, output, n) => all + output * cotangent[n]!, 0);
  };
  let smallest = Number.POSITIVE_INFINITY;
  try {
    for (const step of STEPS) {
      // Read at once: a GPU would be waited for four times otherwise.
      const outputs = await Promise.all([step, -step, 2 * step, -2 * step].map(outputsAt));
      const [near, nearBack, far, farBack] = outputs.map(lossOf) as [
        number,
        number,
        number,
        number,
      ];
      const seen = (8 * (near - nearBack) - (far - farBack)) / (12 * step);
      const off = Math.abs(claimed - seen) / (ATOL + RTOL * Math.abs(seen));
      smallest = Math.min(smallest, off);
      if (smallest <= 1) break;
    }
  } finally {
    tidy(() => own.assign(tensor(values, own.shape)));
  }
  return smallest;
}
