import {
  cos,
  grad,
  sin,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tensor,
  util,
  zeros,
} from "@tensorflow/tfjs-core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import type { RotaryPairing } from "./reference";
import { rotary } from "./rotary";

/** Steps of 1/32 around 0, so that float32 holds them exactly. */
const numbers = (shape: number[], shift = 0) =>
  Array.from(
    { length: util.sizeFromShape(shape) },
    (_, n) => ((37 * (n + shift)) % 101) / 32 - 1.5,
  );
const made = (shape: number[], shift = 0) => tensor(numbers(shape, shift), shape);

const [batch, heads, seq] = [2, 3, 5];

/** Angles in radians, [seq, pairs] or [batch, seq, pairs], as numbers and as the tables of them. */
function tables(shape: number[]) {
  const angles = made(shape, 7);
  return {
    angles: numbers(shape, 7),
    cos: cos(angles) as Tensor2D | Tensor3D,
    sin: sin(angles) as Tensor2D | Tensor3D,
  };
}

function plain(x: number[], headDim: number, angles: number[], pairs: number, half: boolean) {
  const own = angles.length > seq * pairs;
  return x.map((value, n) => {
    const feature = n % headDim;
    if (feature >= 2 * pairs) return value;
    const row = Math.floor(n / headDim);
    const [position, b] = [row % seq, Math.floor(row / (heads * seq))];
    const [pair, second] = half
      ? [feature % pairs, feature >= pairs]
      : [Math.floor(feature / 2), feature % 2 === 1];
    const partner = x[n + (second ? -1 : 1) * (half ? pairs : 1)]!;
    const angle = angles[((own ? b * seq : 0) + position) * pairs + pair]!;
    return value * Math.cos(angle) + (second ? 1 : -1) * partner * Math.sin(angle);
  });
}

describe.each(["interleaved", "half"] as const)("%s", (pairing) => {
  describe.each([
    ["all features", 6, 3],
    ["some of them", 7, 2],
  ])("%s", (_, headDim, pairs) => {
    const shape = [batch, heads, seq, headDim];

    test.each([[[seq, pairs]], [[batch, seq, pairs]]])("tables of %j", async (tableShape) => {
      const table = tables(tableShape);
      const f = (x: Tensor) => rotary(x as Tensor4D, table.cos, table.sin, pairing);
      const wanted = plain(numbers(shape), headDim, table.angles, pairs, pairing === "half");
      await expectClose(f(made(shape)), wanted);
      await expectGradients(f, [made(shape)]);
    });
  });

  test("its gradient turns back", async () => {
    const shape = [batch, heads, seq, 6];
    const table = tables([seq, 3]);
    const f = (x: Tensor4D) => rotary(x, table.cos, table.sin, pairing);
    const there = f(made(shape) as Tensor4D);
    await expectClose(grad(f as (x: Tensor) => Tensor)(zeros(shape), there), made(shape));
  });

  test("leaves nothing behind", async () => {
    const table = tables([seq, 2]);
    const x = made([batch, heads, seq, 5]) as Tensor4D;
    const f = (x: Tensor) => rotary(x as Tensor4D, table.cos, table.sin, pairing);
    await expectNoLeak(() => {
      f(x).dispose();
      grad(f)(x).dispose();
    });
  });
});

test("halves are the default", async () => {
  const { cos, sin } = tables([seq, 2]);
  const x = made([batch, heads, seq, 4]) as Tensor4D;
  await expectClose(rotary(x, cos, sin), rotary(x, cos, sin, "half"), { rtol: 0, atol: 0 });
});

describe("refuses, and leaves nothing behind", () => {
  test.each([
    ["x", [2, 5, 4], [5, 2], [5, 2], "x: expected [batch, heads, seq, headDim], got [2, 5, 4]"],
    ["cos", [2, 3, 5, 4], [4, 2], [4, 2], "cos: expected [seq=5, pairs], got [4, 2]"],
    [
      "batch",
      [2, 3, 5, 4],
      [3, 5, 2],
      [3, 5, 2],
      "cos: expected [batch=2, seq=5, pairs], got [3, 5, 2]",
    ],
    ["sin", [2, 3, 5, 4], [5, 2], [5, 1], "sin: expected [seq=5, pairs=2], got [5, 1]"],
    ["rank", [2, 3, 5, 4], [5, 2], [2, 5, 2], "sin: expected [seq=5, pairs=2], got [2, 5, 2]"],
    ["pairs", [2, 3, 5, 5], [5, 3], [5, 3], "cos: expected at most 2 pairs for x, got 3"],
  ])("another %s", async (_, x, cos, sin, message) => {
    const tensors = [x, cos, sin].map((shape) => zeros(shape)) as Tensor[] as [
      Tensor4D,
      Tensor2D,
      Tensor2D,
    ];
    await expectNoLeak(() => {
      expect(() => rotary(...tensors)).toThrow(new ShapeError(message));
    });
  });

  test("another pairing", async () => {
    const tensors = [zeros([2, 3, 5, 4]), zeros([5, 2]), zeros([5, 2])] as const;
    await expectNoLeak(() => {
      const [x, cos, sin] = tensors as unknown as [Tensor4D, Tensor2D, Tensor2D];
      expect(() => rotary(x, cos, sin, "pairs" as RotaryPairing)).toThrow(
        new RangeError('pairing: expected "interleaved" or "half", got "pairs"'),
      );
    });
  });
});
