import {
  customGrad,
  type GradSaveFunc,
  memory,
  mul,
  neg,
  profile,
  reshape,
  type Scalar,
  square,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expect, test } from "vitest";
import { valueAndGradients } from "./index";

const SIZE = 257;
const BYTES = 4 * SIZE;
const weight = () => parameter([SIZE], () => tensor1d(new Float32Array(SIZE).fill(1.5)));

/** Goes through so many operations, keeping of each output only what its gradient needs. */
function chain(x: Tensor, length: number, operation: (x: Tensor) => Tensor): Scalar {
  let y = operation(x);
  for (let n = 1; n < length; n++) {
    const next = operation(y);
    y.dispose();
    y = next;
  }
  return sum(y) as Scalar;
}

async function peakOf(body: () => Tensor): Promise<number> {
  const before = memory().numBytes;
  return (await profile(body)).peakBytes - before;
}

test("the gradients on the way do not add up", async () => {
  const x = weight();
  const ours = (length: number) =>
    peakOf(() => valueAndGradients(() => chain(x, length, neg), new Map([["x", x]])).value);
  const theirs = (length: number) =>
    peakOf(() => tidy(() => variableGrads(() => chain(x, length, neg), [x]).value));
  expect(await ours(40)).toBe(await ours(5));
  // The yardstick measures what it should: tfjs keeps one a link.
  expect((await theirs(40)) - (await theirs(5))).toBe(35 * BYTES);
});

test("what an operation saved is freed once its gradient is there", () => {
  const held: number[] = [];
  const watched = customGrad((...args: (Tensor | GradSaveFunc)[]) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    save([x]);
    return {
      value: mul(x, 0.5),
      gradFunc: (dy: Tensor) => {
        held.push(memory().numBytes);
        return mul(dy, 0.5);
      },
    };
  }) as (x: Tensor) => Tensor;
  const x = weight();
  valueAndGradients(() => chain(x, 9, watched), new Map([["x", x]]));
  expect(held.slice(1).map((bytes, i) => bytes - held[i]!)).toEqual(Array(8).fill(-BYTES));
});

test("what is saved off the path is freed right after the forward pass", () => {
  const [x, other] = [weight(), weight()];
  let held = 0;
  const watched = customGrad((...args: unknown[]) => ({
    value: sum(args[0] as Tensor),
    gradFunc: (dy: Tensor) => {
      held = memory().numBytes;
      return mul(dy, tensor1d(new Float32Array(SIZE)));
    },
  })) as (x: Tensor) => Scalar;
  const heldWith = (aside: () => unknown) => {
    valueAndGradients(
      () => {
        aside();
        return watched(x);
      },
      new Map([["x", x]]),
    );
    return held - memory().numBytes;
  };
  const without = heldWith(() => {});
  // Of what is not asked for, and of what is but is not used.
  expect(heldWith(() => square(square(other)))).toBe(without);
  expect(heldWith(() => square(square(x)))).toBe(without);
});

test("numbers saved for their shape only are freed at once", () => {
  const x = weight();
  const heldAfter = (operation: (x: Tensor) => Tensor) => {
    let held = 0;
    valueAndGradients(
      () => {
        const before = memory().numBytes;
        chain(x, 5, operation).dispose();
        held = memory().numBytes - before;
        return sum(x) as Scalar;
      },
      new Map([["x", x]]),
    );
    return held;
  };
  expect(heldAfter((y) => tidy(() => reshape(reshape(y, [1, SIZE]), [SIZE])))).toBe(BYTES);
  // The yardstick measures what it should: the last output, and five that are saved.
  expect(heldAfter(square)).toBe(6 * BYTES);
});
