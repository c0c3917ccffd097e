import {
  add,
  matMul,
  randomNormal,
  reshape,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor,
  tensor1d,
  transpose,
  zeros,
} from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import type { RotaryPairing } from "@tx/ops";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type ConvertRotaryPairingOptions, convertRotaryPairing, rope } from "./index";

const EXACT = { rtol: 0, atol: 0 };
const [TOKENS, WIDTH, HEADS, HEAD_DIM] = [7, 5, 3, 10];
const random = (shape: number[], seed: number) => randomNormal(shape, 0, 1, "float32", seed);
const shared = { heads: HEADS, headDim: HEAD_DIM };
const back = { ...shared, from: "interleaved", to: "half" } as const;

test("puts members of a pair where the other pairing looks for them", async () => {
  const bias = tensor1d([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]);
  const options = { heads: 2, headDim: 6, from: "half", to: "interleaved" } as const;
  const turned = convertRotaryPairing(bias, options);
  await expectClose(turned, [0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15], EXACT);
  const partial = convertRotaryPairing(bias, { ...options, rotaryDim: 4 });
  await expectClose(partial, [0, 2, 1, 3, 4, 5, 10, 12, 11, 13, 14, 15], EXACT);
  await expectClose(convertRotaryPairing(bias, { ...options, to: "half" }), bias, EXACT);
});

const directions: [RotaryPairing, RotaryPairing, number][] = [
  ["half", "interleaved", 10],
  ["interleaved", "half", 10],
  ["interleaved", "half", 6],
  ["half", "interleaved", 4],
];

test.each(directions)(
  "scores stay what they were, %s to %s, %i features",
  async (from, to, rotaryDim) => {
    const x = random([TOKENS, WIDTH], 1) as Tensor2D;
    const weights = [2, 3].map((seed) => ({
      kernel: random([WIDTH, HEADS * HEAD_DIM], seed) as Tensor2D,
      bias: random([HEADS * HEAD_DIM], seed + 9) as Tensor1D,
    }));
    const options = { ...shared, rotaryDim, from, to };
    const scores = (pairing: RotaryPairing, converted: boolean) => {
      const strategy = rope({ headDim: HEAD_DIM, rotaryDim, pairing });
      const own = <T extends Tensor1D | Tensor2D>(weight: T) =>
        converted ? convertRotaryPairing(weight, options) : weight;
      const [query, key] = weights.map(({ kernel, bias }, n) => {
        const rows = add(matMul(x, own(kernel)), own(bias));
        const heads: Tensor4D = transpose(
          reshape(rows, [1, TOKENS, HEADS, HEAD_DIM]),
          [0, 2, 1, 3],
        );
        return strategy.rotate(heads, n === 0 ? "q" : "k", spanOf(TOKENS, TOKENS, 40));
      });
      return matMul(query!, key!, false, true);
    };
    const wanted = scores(from, false);
    await expectClose(scores(to, true), wanted, { rtol: 1e-5, atol: 1e-4 });
    await expect(
      expectClose(scores(to, false), wanted, { rtol: 1e-2, atol: 1e-2 }),
    ).rejects.toThrow();
  },
);

test("there and back is the same, to the bit", async () => {
  const kernel = random([WIDTH, HEADS * HEAD_DIM], 4) as Tensor2D;
  const turned = convertRotaryPairing(kernel, { ...back, rotaryDim: 8 });
  const again = convertRotaryPairing(turned, {
    ...{ ...shared, rotaryDim: 8, from: "half", to: "interleaved" },
  });
  expect(turned.shape).toEqual(kernel.shape);
  await expectClose(again, kernel, EXACT);
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const kernel = zeros([WIDTH, HEADS * HEAD_DIM]) as Tensor2D;
  await expectNoLeak(() => {
    convertRotaryPairing(kernel, back).dispose();
    const refused = (options: object, message: string) =>
      expect(() =>
        convertRotaryPairing(kernel, { ...back, ...options } as ConvertRotaryPairingOptions),
      ).toThrow(message);
    refused({ heads: 4 }, "weight: expected [in=5, 40], got [5, 30]");
    refused({ heads: 0 }, "heads: expected a whole number from 1, got 0");
    refused({ headDim: 7 }, "rotaryDim: expected an even number from 2 to headDim=7, got 7");
    refused({ rotaryDim: 12 }, "rotaryDim: expected an even number from 2 to headDim=10, got 12");
    refused({ from: "whole" }, 'from: expected "interleaved" or "half", got "whole"');
    refused({ to: undefined }, 'to: expected "interleaved" or "half", got undefined');
  });
  const flat = tensor([1, 2, 3]) as Tensor1D;
  expect(() => convertRotaryPairing(flat, back)).toThrow("weight: expected [30], got [3]");
});
