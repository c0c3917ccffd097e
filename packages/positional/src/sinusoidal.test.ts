import {
  add,
  type Rank,
  randomNormal,
  reshape,
  type Tensor3D,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { sinusoidal, sinusoidalTable } from "./index";

const D_MODEL = 7;
const inputs = (): Tensor3D => randomNormal([2, 5, D_MODEL], 0, 1, "float32", 4);
const spanWith = (ids: number[][]) => ({
  ...spanOf(5),
  q: { start: 0, len: 5, ids: tensor2d(ids, undefined, "int32") },
});

test("adds the table to every row of the batch", async () => {
  const x = inputs();
  const y = sinusoidal({ dModel: D_MODEL }).embed(x, spanOf(5));
  await expectClose(y, add(x, sinusoidalTable([0, 1, 2, 3, 4], D_MODEL)));
});

test("begins at the query's start, behind cached keys too", async () => {
  const x = inputs();
  const options = { base: 100, layout: "concat" } as const;
  const strategy = sinusoidal({ dModel: D_MODEL, ...options });
  const wanted = add(x, sinusoidalTable([11, 12, 13, 14, 15], D_MODEL, options));
  await expectClose(strategy.embed(x, spanOf(5, 5, 11)), wanted);
  await expectClose(strategy.embed(x, spanOf(5, 13, 3)), wanted);
});

test("knows any length", async () => {
  const x = inputs();
  const far = [0, 1, 2, 3, 4].map((row) => 1_000_000 + row);
  const y = sinusoidal({ dModel: D_MODEL }).embed(x, spanOf(5, 5, 1_000_000));
  await expectClose(y, add(x, sinusoidalTable(far, D_MODEL)));
});

test.each([6, D_MODEL])(
  "takes explicit positions, as exactly, for a width of %i",
  async (dModel) => {
    const ids = [
      [0, 1, 2, 0, 1],
      [9, 3, 3, 1_000_000, 4],
    ];
    for (const layout of ["interleaved", "concat"] as const) {
      const strategy = sinusoidal({ dModel, layout });
      const x = zeros<Rank.R3>([2, 5, dModel]);
      const table = reshape(sinusoidalTable(ids.flat(), dModel, { layout }), [2, 5, dModel]);
      await expectClose(strategy.embed(x, spanWith(ids)), table, { rtol: 0, atol: 1e-6 });
      strategy.dispose();
    }
  },
);

test("hands the gradient through", async () => {
  const strategy = sinusoidal({ dModel: D_MODEL });
  await expectGradients((x: Tensor3D) => strategy.embed(x, spanOf(5, 5, 2)), [inputs()]);
});

test("reads as JSON with every option filled in", () => {
  expect(JSON.parse(JSON.stringify(sinusoidal({ dModel: 6 })))).toEqual({
    ...{ kind: "sinusoidal", version: 1, dModel: 6 },
    ...{ base: 10_000, layout: "interleaved" },
  });
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const strategy = sinusoidal({ dModel: D_MODEL });
  const [wide, long, x] = [zeros([2, 5, 8]), zeros([2, 6, D_MODEL]), inputs()] as Tensor3D[];
  const few = spanWith([[0, 1, 2, 3, 4]]);
  await expectNoLeak(() => {
    expect(() => sinusoidal({ dModel: 2.5 })).toThrow(
      new RangeError("dModel: expected a whole number from 1, got 2.5"),
    );
    expect(() => strategy.embed(wide!, spanOf(5))).toThrow(
      "x: expected [batch=2, 5, 7], got [2, 5, 8]",
    );
    expect(() => strategy.embed(long!, spanOf(5))).toThrow(
      "x: expected [batch=2, 5, 7], got [2, 6, 7]",
    );
    expect(() => strategy.embed(x!, few)).toThrow("span.q.ids: expected [2, 5], got [1, 5]");
  });
});

test("leaves its result, and tables that dispose frees", async () => {
  const x = inputs();
  const explicit = spanWith([
    [0, 1, 2, 3, 4],
    [1, 2, 3, 4, 5],
  ]);
  await expectNoLeak(() => {
    const strategy = sinusoidal({ dModel: D_MODEL });
    for (const span of [spanOf(5), explicit, explicit]) strategy.embed(x, span).dispose();
    strategy.dispose();
  });
});
