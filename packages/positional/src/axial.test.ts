import {
  mul,
  randomNormal,
  type Scalar,
  slice,
  sum,
  type Tensor,
  type Tensor3D,
  tensor2d,
  tidy,
  variableGrads,
  zeros,
} from "@tensorflow/tfjs-core";
import { Rng, type Span, spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type Axial, type AxialOptions, axial } from "./index";

const D_MODEL = 5;
const make = (options: Partial<AxialOptions> = {}) => {
  const strategy = axial({ dModel: D_MODEL, shape: [3, 4], rng: new Rng(1), ...options });
  let seed = 1;
  tidy(() => {
    for (const parameter of strategy.parameters().values()) {
      parameter.assign(randomNormal(parameter.shape, 0, 1, "float32", seed++));
    }
  });
  return strategy;
};
const randomOf = ({ shape }: Tensor) => randomNormal(shape, 0, 1, "float32", 6);
const nothing = (len: number, batch = 2): Tensor3D => zeros([batch, len, D_MODEL]);
const spanWith = (ids: number[][]): Span => ({
  ...spanOf(ids[0]!.length),
  q: { start: 0, len: ids[0]!.length, ids: tensor2d(ids, undefined, "int32") },
});
const [TWO, OTHER] = [
  [0, 3, 4, 11],
  [7, 8, 8, 1],
];

/** The vectors of positions, in loops. */
async function wanted(strategy: Axial, positions: number[]): Promise<number[]> {
  const [rows, columns] = await Promise.all([
    strategy.rows.table.array() as Promise<number[][]>,
    strategy.columns.table.array() as Promise<number[][]>,
  ]);
  return positions.flatMap((position) => {
    const row = rows[Math.floor(position / columns.length)]!;
    const column = columns[position % columns.length]!;
    return strategy.combine === "concat"
      ? [...row, ...column]
      : row.map((number, i) => number + column[i]!);
  });
}

test.each<Partial<AxialOptions>>([
  {},
  { combine: "sum" },
  { dims: [4, 1] },
  { shape: [12, 1] },
  { shape: [1, 12], combine: "sum" },
])("adds what the row and the column have: %o", async (options) => {
  const strategy = make(options);
  for (const [len, start] of [
    [12, 0],
    [5, 0],
    [5, 7],
    [1, 11],
  ] as const) {
    const positions = Array.from({ length: len }, (_, n) => start + n);
    const got = strategy.embed(nothing(len), spanOf(len, len, start));
    await expectClose(got, await wanted(strategy, [...positions, ...positions]));
  }
  const got = strategy.embed(nothing(4), spanWith([TWO, OTHER]));
  await expectClose(got, await wanted(strategy, [...TWO, ...OTHER]));
});

test("finds the place of every explicit position, multiples of the columns too", async () => {
  const strategy = make({ shape: [341, 3], dims: [2, 3] });
  const all = Array.from({ length: 1023 }, (_, n) => n);
  const got = strategy.embed(nothing(1023, 1), spanWith([all]));
  await expectClose(got, await wanted(strategy, all));
  const far = make({ shape: [1000, 1000] });
  const late = [999_998, 999_999, 999_000, 998_999];
  await expectClose(far.embed(nothing(4, 1), spanWith([late])), await wanted(far, late));
});

test("settles what is not given", () => {
  const of = (options: Partial<AxialOptions>) => {
    const { shape, dims, maxLen, combine } = axial({ dModel: 7, rng: new Rng(1), ...options });
    return { shape, dims, maxLen, combine };
  };
  const concat = { combine: "concat", dims: [3, 4] };
  expect(of({ maxLen: 12 })).toEqual({ ...concat, shape: [3, 4], maxLen: 12 });
  expect(of({ maxLen: 13 })).toEqual({ ...concat, shape: [4, 4], maxLen: 13 });
  expect(of({ maxLen: 1 })).toEqual({ ...concat, shape: [1, 1], maxLen: 1 });
  expect(of({ maxLen: 5 })).toEqual({ ...concat, shape: [2, 3], maxLen: 5 });
  expect(of({ shape: [2, 9] })).toEqual({ ...concat, shape: [2, 9], maxLen: 18 });
  expect(of({ shape: [2, 9], maxLen: 11 })).toEqual({ ...concat, shape: [2, 9], maxLen: 11 });
  const sum = { combine: "sum", dims: [7, 7] };
  expect(of({ combine: "sum", maxLen: 6 })).toEqual({ ...sum, shape: [2, 3], maxLen: 6 });
});

test.each<Partial<AxialOptions>>([{}, { combine: "sum" }])(
  "gradients add up over the positions of a row or a column: %o",
  async (options) => {
    const strategy = make(options);
    const tables = [strategy.rows.table, strategy.columns.table];
    const dy = randomNormal([2, 4, D_MODEL], 0, 1, "float32", 9);
    const embedded = (span: Span) => () => sum(mul(strategy.embed(nothing(4), span), dy)) as Scalar;
    const { grads } = variableGrads(embedded(spanWith([TWO, OTHER])), tables);
    const numbers = Array.from(await dy.data());
    for (const [axis, table] of tables.entries()) {
      const [size, width] = table.shape as [number, number];
      const from = axis === 1 && strategy.combine === "concat" ? D_MODEL - width : 0;
      const sums = Array<number>(size * width).fill(0);
      [...TWO, ...OTHER].forEach((position, n) => {
        const place = axis === 0 ? Math.floor(position / 4) : position % 4;
        for (let i = 0; i < width; i++) {
          sums[place * width + i]! += numbers[n * D_MODEL + from + i]!;
        }
      });
      await expectClose(grads[table.name]!, sums);
    }
    await expectGradients(
      (x: Tensor, rows: Tensor, columns: Tensor) => {
        Object.assign(strategy.rows, { table: rows });
        Object.assign(strategy.columns, { table: columns });
        return strategy.embed(x as Tensor3D, spanOf(4, 4, 3));
      },
      [dy, randomOf(tables[0]!), randomOf(tables[1]!)],
    );
  },
);

test("late rows alone are those of the full pass", async () => {
  const strategy = make();
  const whole = strategy.embed(nothing(11), spanOf(11));
  const late = strategy.embed(nothing(3), spanOf(3, 11));
  await expectClose(late, slice(whole, [0, 8, 0], [-1, 3, -1]), { rtol: 0, atol: 0 });
});

test("begins as a Gaussian, names its parameters, and reads as JSON", async () => {
  const strategy = axial({ dModel: 62, shape: [31, 33], rng: new Rng(5) });
  expect([...strategy.parameters().keys()]).toEqual(["rows.table", "columns.table"]);
  for (const { table } of [strategy.rows, strategy.columns]) {
    const numbers = Array.from(await table.data());
    const variance = numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.02, 2);
  }
  expect(JSON.parse(JSON.stringify(make({ maxLen: 10 })))).toEqual({
    ...{ kind: "axial", version: 1, dModel: 5, combine: "concat" },
    ...{ shape: [3, 4], dims: [2, 3], maxLen: 10 },
  });
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const [strategy, x, few] = [make({ maxLen: 10 }), nothing(4), spanWith([TWO])];
  const refused = (options: object, message: string) =>
    expect(() => axial({ dModel: 5, shape: [3, 4], rng: new Rng(1), ...options })).toThrow(
      new RangeError(message),
    );
  await expectNoLeak(() => {
    const own = make();
    own.embed(x, spanOf(4)).dispose();
    own.dispose();
    expect(() => strategy.embed(x, spanOf(4, 4, 7))).toThrow(
      new RangeError("position: expected 0 to 9 (maxLen 10), got 7 to 10"),
    );
    expect(() => strategy.embed(x, spanOf(4, 4, -1))).toThrow("got -1 to 2");
    expect(() => strategy.embed(x, few)).toThrow("span.q.ids: expected [2, 4], got [1, 4]");
    expect(() => strategy.embed(x, spanOf(3))).toThrow(
      "x: expected [batch=2, 3, 5], got [2, 4, 5]",
    );
    refused({ dModel: 0 }, "dModel: expected a whole number from 1, got 0");
    refused({ combine: "add" }, 'combine: expected "concat" or "sum", got "add"');
    refused({ shape: undefined }, "shape: expected [rows, columns], or a maxLen, got neither");
    refused({ shape: [3] }, "shape: expected two numbers, got [3]");
    refused({ shape: [3, 0] }, "shape: expected a whole number from 1, got 0");
    refused({ maxLen: 13 }, "maxLen: expected at most rows · columns = 3 · 4 = 12, got 13");
    refused({ maxLen: 0 }, "maxLen: expected a whole number from 1, got 0");
    refused({ maxLen: 2.5, shape: undefined }, "maxLen: expected a whole number from 1, got 2.5");
    refused({ dims: [2, 2] }, "dims: expected widths that add up to dModel=5, got 2 and 2");
    refused({ dims: [5, 0] }, "dims: expected a whole number from 1, got 0");
    refused({ dModel: 1 }, "dims: expected a whole number from 1, got 0");
    refused(
      { combine: "sum", dims: [2, 3] },
      "dims: expected both dModel=5 for a sum, got 2 and 3",
    );
  });
});
