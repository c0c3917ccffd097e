import { dispose, grads, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { firstDifference, type Tolerance } from "./close";

export interface GradientOptions extends Tolerance {
  /** Distance between the points of the differences. Keep kinks (of relu, say) twice as far away. */
  epsilon?: number;
}

/**
 * Compares the gradients of Σ f(inputs) · cotangent with finite differences, for each entry of each
 * input. The cotangent is fixed and pseudo-random, so that gradients cannot cancel by symmetry.
 *
 * Differences are of fourth order, (8 (f(x+ε) - f(x-ε)) - (f(x+2ε) - f(x-2ε))) / 12ε, and summed in
 * double precision: float32 operations allow no small ε, and this one is exact to about 1e-5.
 *
 * @param f Pure, four calls an entry; whole numbers such as ids or a mask belong in its closure.
 * @param inputs All float32, all used by f.
 */
export async function expectGradients<T extends Tensor[]>(
  f: (...inputs: T) => Tensor,
  inputs: readonly [...T],
  { epsilon = 1 / 64, rtol = 2e-3, atol = 2e-4 }: GradientOptions = {},
): Promise<void> {
  for (const [i, { dtype }] of inputs.entries()) {
    if (dtype !== "float32") throw new TypeError(`input ${i}: expected float32, got ${dtype}`);
  }
  const call = (values: Tensor[]) => tidy(() => f(...(values as T)));
  const shape = outputShape(call, inputs);
  const cotangent = fixedCotangent(shape);

  const dy = tensor(cotangent, shape, "float32");
  const gradients = tidy(() =>
    grads((...values: Tensor[]) => f(...(values as T)))([...inputs], dy),
  );
  dy.dispose();
  try {
    for (const [i, gradient] of gradients.entries()) {
      const wanted = await differences(call, inputs, i, cotangent, epsilon);
      const got = await gradient.data();
      const difference = firstDifference(got, wanted, inputs[i]!.shape, { rtol, atol });
      if (difference !== undefined) expect.fail(`gradient of input ${i}, ${difference}`);
    }
  } finally {
    dispose(gradients);
  }
}

type Call = (values: Tensor[]) => Tensor;

function outputShape(call: Call, inputs: readonly Tensor[]): number[] {
  const output = call([...inputs]);
  output.dispose();
  return output.shape;
}

/** Entries between 0.5 and 1.5, of either sign: none so small that it would hide an error. */
function fixedCotangent(shape: number[]): Float32Array {
  const size = shape.reduce((product, axis) => product * axis, 1);
  let state = 12345;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const share = state / 2 ** 31 - 1;
    return share + (share < 0 ? -0.5 : 0.5);
  });
}

/**
 * Results that are read at once: a GPU works them out while the next are asked for, where reading
 * each by itself would wait for it every time.
 */
const AT_ONCE = 64;

/** dΣ(f · cotangent)/d(each entry of input `which`), in the input's row-major order. */
async function differences(
  call: Call,
  inputs: readonly Tensor[],
  which: number,
  cotangent: Float32Array,
  epsilon: number,
): Promise<number[]> {
  const input = inputs[which]!;
  const values = await input.data<"float32">();
  const outputAt = (entry: number, shift: number): Tensor => {
    const moved = Float32Array.from(values);
    moved[entry]! += shift;
    const changed = tensor(moved, input.shape, "float32");
    const output = call(inputs.map((other, i) => (i === which ? changed : other)));
    changed.dispose();
    return output;
  };
  const shifts = [epsilon, -epsilon, 2 * epsilon, -2 * epsilon];
  const calls = Array.from(values).flatMap((_, entry) =>
    shifts.map((shift) => () => outputAt(entry, shift)),
  );
  const losses: number[] = [];
  for (let first = 0; first < calls.length; first += AT_ONCE) {
    const outputs = calls.slice(first, first + AT_ONCE).map((output) => output());
    for (const results of await Promise.all(outputs.map((output) => output.data()))) {
      losses.push(cotangent.reduce((sum, weight, i) => sum + weight * results[i]!, 0));
    }
    dispose(outputs);
  }
  return Array.from(values, (_, entry) => {
    const [near, nearBack, far, farBack] = losses.slice(4 * entry) as [
      number,
      number,
      number,
      number,
    ];
    return (8 * (near - nearBack) - (far - farBack)) / (12 * epsilon);
  });
}
