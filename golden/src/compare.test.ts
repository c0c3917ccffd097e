import { expect, test } from "vitest";
import { axesOf, compareCase, compareTensor } from "./compare";
import type { GoldenCase } from "./golden-case";

const tolerance = { abs: 0.25, rel: 0.5 };
const wanted = { shape: [2, 3], data: [1, 2, 3, -4, 5, 6] };

const golden: GoldenCase = {
  path: "p/c.json",
  name: "p/c",
  package: "p",
  source: "",
  config: {},
  inputs: {},
  weights: {},
  outputs: { output: wanted },
  grads: { inputs: {}, weights: {} },
  tolerance,
};

test("an entry may be off by abs + rel · |wanted|, and no further", () => {
  expect(compareTensor(wanted, [1.75, 2, 3, -6.25, 5, 2.75], tolerance)).toBeUndefined();
  expect(compareTensor(wanted, [1.76, 2, 3, -4, 5, 6], tolerance)).toBe(
    "[0, 0]: wanted 1, got 1.76 (allowed ±0.750; 1 of 6 wrong)",
  );
  expect(compareTensor(wanted, [1, 2, 3, -6.5, 5, 0], tolerance)).toBe(
    "[1, 0]: wanted -4, got -6.5 (allowed ±2.25; 2 of 6 wrong)",
  );
});

test("NaN and infinity never fit", () => {
  expect(compareTensor(wanted, [1, Number.NaN, 3, -4, 5, 6], tolerance)).toContain(
    "[0, 1]: wanted 2, got NaN",
  );
  expect(compareTensor(wanted, [1, 2, 3, -4, 5, Infinity], tolerance)).toContain("got Infinity");
});

test("a tensor that is not there, or of another size, does not fit", () => {
  expect(compareTensor(wanted, undefined, tolerance)).toBe(": wanted a tensor, got none");
  expect(compareTensor(wanted, [1], tolerance)).toBe(": wanted 6 numbers, got 1");
});

test("a scalar is named without an index along any axis", () => {
  expect(compareTensor({ shape: [], data: [2] }, [5], tolerance)).toContain("[]: wanted 2, got 5");
});

test("a flat index is turned into one of each axis", () => {
  expect(axesOf(23, [2, 3, 5])).toEqual([1, 1, 3]);
  expect(axesOf(0, [])).toEqual([]);
});

test("every listed output and gradient is compared, each misfit named", () => {
  const w = { shape: [1], data: [1] };
  const listing = { ...golden, grads: { inputs: { x: w }, weights: { kernel: w, bias: w } } };
  expect(
    compareCase(listing, {
      outputs: { output: wanted.data },
      grads: { inputs: { x: [9] }, weights: { kernel: [1] } },
    }),
  ).toEqual([
    "grads.inputs.x[0]: wanted 1, got 9 (allowed ±0.750; 1 of 1 wrong)",
    "grads.weights.bias: wanted a tensor, got none",
  ]);
  expect(compareCase(listing, { outputs: {} })).toHaveLength(4);
});

test("ids, masks and buckets are to be equal, whatever the tolerance", () => {
  const whole = { ...golden, outputs: { mask_causal: wanted, bucket: wanted, masked: wanted } };
  const got = [1.1, 2, 3, -4, 5, 6];
  expect(compareCase(whole, { outputs: { mask_causal: got, bucket: got, masked: got } })).toEqual([
    "outputs.mask_causal[0, 0]: wanted 1, got 1.1 (allowed ±0.00; 1 of 6 wrong)",
    "outputs.bucket[0, 0]: wanted 1, got 1.1 (allowed ±0.00; 1 of 6 wrong)",
  ]);
});

test("with compareRows only the rows that are valid count, and gradients in full", () => {
  const ones = (...shape: number[]) => ({
    shape,
    data: new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(1),
  });
  const rows = {
    ...golden,
    config: { compareRows: "input valid" },
    // Batch 2, time 3; the second row ends in padding.
    inputs: { valid: { shape: [2, 3], data: [1, 1, 1, 1, 1, 0] } },
    // As many heads as there is time, so that the axis of time must be known, not guessed.
    outputs: { output: ones(2, 3, 2), attention_weights: ones(2, 3, 3, 5) },
    grads: { inputs: { x: ones(2, 3, 2) }, weights: {} },
  };
  const counted = { output: 0, attention_weights: 0 };
  for (const [name, { data }] of Object.entries(rows.outputs)) {
    data.forEach((_, i) => {
      const got = data.map((value, at) => (at === i ? 7 : value));
      const outputs = {
        output: rows.outputs.output.data,
        attention_weights: rows.outputs.attention_weights.data,
        [name]: got,
      };
      const grads = { inputs: { x: rows.grads.inputs.x.data }, weights: {} };
      counted[name as keyof typeof counted] += compareCase(rows, { outputs, grads }).length;
    });
  }
  // One position of six is left out, of each head.
  expect(counted).toEqual({ output: 12 - 2, attention_weights: 90 - 3 * 5 });
  const wrong = new Array<number>(12).fill(7);
  expect(
    compareCase(rows, {
      outputs: {
        output: rows.outputs.output.data,
        attention_weights: rows.outputs.attention_weights.data,
      },
      grads: { inputs: { x: wrong }, weights: {} },
    })[0],
  ).toContain("12 of 12 wrong");
});

test("another rule of rows is not understood", () => {
  const odd = { ...golden, config: { compareRows: "every second" } };
  expect(() => compareCase(odd, { outputs: {} })).toThrow(
    'config.compareRows: expected "input NAME", got "every second"',
  );
});
