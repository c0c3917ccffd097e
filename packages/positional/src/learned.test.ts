import {
  mul,
  randomNormal,
  type Scalar,
  slice,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  variableGrads,
  zeros,
} from "@tensorflow/tfjs-core";
import { type Initializer, Rng, type Span, spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type Learned, type LearnedResizeOptions, learned } from "./index";

const [MAX_LEN, D_MODEL] = [7, 3];
const inputs = (): Tensor3D => randomNormal([2, 4, D_MODEL], 0, 1, "float32", 4);
/** Row p is [10 p, 10 p + 1, 10 p + 2]. */
const numbered: Initializer = ([rows, width]) =>
  tensor2d(
    Array.from({ length: rows! }, (_, p) => Array.from({ length: width! }, (_, i) => 10 * p + i)),
  );
const strategy = () =>
  learned({ maxLen: MAX_LEN, dModel: D_MODEL, rng: new Rng(1), init: numbered });
const rowsAt = (positions: number[]) => positions.flatMap((p) => [10 * p, 10 * p + 1, 10 * p + 2]);
const spanWith = (ids: number[][]): Span => ({
  ...spanOf(4),
  q: { start: 0, len: 4, ids: tensor2d(ids, undefined, "int32") },
});

test("adds the table's rows to every row of the batch", async () => {
  const positions = strategy();
  const x = zeros([2, 4, D_MODEL]) as Tensor3D;
  const twice = (list: number[]) => rowsAt([...list, ...list]);
  await expectClose(positions.embed(x, spanOf(4)), twice([0, 1, 2, 3]));
  await expectClose(positions.embed(x, spanOf(4, 4, 3)), twice([3, 4, 5, 6]));
  await expectClose(positions.embed(x, spanOf(4, 6, 1)), twice([3, 4, 5, 6]));
});

test("takes explicit positions, different for each row", async () => {
  const ids = [
    [0, 1, 0, 1],
    [6, 2, 2, 5],
  ];
  const x = zeros([2, 4, D_MODEL]) as Tensor3D;
  await expectClose(strategy().embed(x, spanWith(ids)), rowsAt(ids.flat()));
});

test("begins as a Gaussian of standard deviation 0.02, the same for a seed", async () => {
  const make = () => learned({ maxLen: 101, dModel: 31, rng: new Rng(5) }).embedding.table;
  const numbers = Array.from(await make().data());
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const variance = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length;
  expect(Math.abs(mean)).toBeLessThan(0.002);
  expect(Math.sqrt(variance)).toBeCloseTo(0.02, 3);
  await expectClose(make(), numbers, { rtol: 0, atol: 0 });
});

/** The table's gradient where that of the embedded sum is dy. */
function tableGradient(positions: Learned, span: Span, dy: Tensor): Tensor {
  const { table } = positions.embedding;
  const x = inputs();
  const loss = () => sum(mul(positions.embed(x, span), dy)) as Scalar;
  return variableGrads(loss, [table]).grads[table.name]!;
}

/** dy's rows added up by position. */
async function summed(dy: Tensor, positions: number[]): Promise<number[]> {
  const wanted = Array(MAX_LEN * D_MODEL).fill(0);
  (await dy.data()).forEach((number, i) => {
    wanted[positions[Math.floor(i / D_MODEL)]! * D_MODEL + (i % D_MODEL)] += number;
  });
  return wanted;
}

test("the gradient reaches the rows that were read, and no others", async () => {
  const dy = randomNormal([2, 4, D_MODEL], 0, 1, "float32", 9);
  const ids = [
    [1, 1, 5, 1],
    [6, 2, 5, 5],
  ];
  const ofSpan = tableGradient(strategy(), spanOf(4, 4, 2), dy);
  await expectClose(ofSpan, await summed(dy, [2, 3, 4, 5, 2, 3, 4, 5]));
  const ofIds = tableGradient(strategy(), spanWith(ids), dy);
  await expectClose(ofIds, await summed(dy, ids.flat()));
});

test("hands the gradient through to the embeddings", async () => {
  const positions = strategy();
  await expectGradients((x: Tensor3D) => positions.embed(x, spanOf(4)), [inputs()]);
});

test("names its parameter, and reads as JSON", () => {
  const positions = strategy();
  expect([...positions.parameters().keys()]).toEqual(["embedding.table"]);
  expect(positions.embedding.table.shape).toEqual([MAX_LEN, D_MODEL]);
  expect(JSON.parse(JSON.stringify(positions))).toEqual({
    ...{ kind: "learned", version: 1, maxLen: MAX_LEN, dModel: D_MODEL },
  });
});

test("refuses what does not fit by name, and leaves nothing behind", async () => {
  const positions = strategy();
  const [x, wide] = [inputs(), zeros([2, 4, 5]) as Tensor3D];
  const few = spanWith([[0, 1, 2, 3]]);
  const make = (options: object) => () =>
    learned({ maxLen: 3, dModel: 3, rng: new Rng(1), ...options });
  await expectNoLeak(() => {
    expect(make({ maxLen: 0 })).toThrow(
      new RangeError("maxLen: expected a whole number from 1, got 0"),
    );
    expect(make({ dModel: -1 })).toThrow("dModel: expected a whole number from 1, got -1");
    expect(() => positions.embed(x, spanOf(4, 4, 4))).toThrow(
      new RangeError("position: expected 0 to 6 (maxLen 7), got 4 to 7"),
    );
    expect(() => positions.embed(x, spanOf(4, 4, -1))).toThrow(
      "position: expected 0 to 6 (maxLen 7), got -1 to 2",
    );
    expect(() => positions.embed(wide, spanOf(4))).toThrow(
      "x: expected [batch=2, 4, 3], got [2, 4, 5]",
    );
    expect(() => positions.embed(x, few)).toThrow("span.q.ids: expected [2, 4], got [1, 4]");
  });
  const real = { ...spanOf(4), q: { start: 0, len: 4, ids: zeros([2, 4]) as Tensor2D } };
  await expectNoLeak(() => {
    expect(() => positions.embed(x, real)).toThrow("ids: expected int32, got float32");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  const explicit = spanWith([
    [0, 1, 2, 3],
    [1, 2, 3, 4],
  ]);
  await expectNoLeak(() => {
    const positions = learned({ maxLen: 5, dModel: D_MODEL, rng: new Rng(1) });
    positions.embed(x, spanOf(4)).dispose();
    positions.embed(x, explicit).dispose();
    positions.dispose();
  });
});

const resized = (maxLen: number, options: LearnedResizeOptions) => {
  const { embedding } = strategy().resize(maxLen, options);
  return embedding.table;
};

test("crops to its first rows, and extends by rows of an init or the rng", async () => {
  await expectClose(resized(3, { method: "crop" }), rowsAt([0, 1, 2]));
  await expectClose(resized(MAX_LEN, { method: "crop" }), rowsAt([0, 1, 2, 3, 4, 5, 6]));
  const extended = resized(9, { method: "extend", init: numbered });
  await expectClose(extended, rowsAt([0, 1, 2, 3, 4, 5, 6, 0, 1]));
  const drawn = resized(9, { method: "extend", rng: new Rng(2) });
  const first = learned({ maxLen: 2, dModel: D_MODEL, rng: new Rng(2) }).embedding.table;
  await expectClose(slice(drawn, [MAX_LEN, 0], [2, -1]), first, { rtol: 0, atol: 0 });
  await expectClose(
    resized(MAX_LEN, { method: "extend", rng: new Rng(2) }),
    strategy().embedding.table,
  );
});

test.each([
  [13, [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]],
  [5, [0, 1.5, 3, 4.5, 6]],
  [MAX_LEN, [0, 1, 2, 3, 4, 5, 6]],
  [1, [0]],
  [2, [0, 6]],
])("interpolates to %i rows, ends to ends", async (maxLen, places) => {
  await expectClose(resized(maxLen, { method: "interpolate" }), rowsAt(places));
});

test("one row alone is spread over all", async () => {
  const one = learned({ maxLen: 1, dModel: D_MODEL, rng: new Rng(1), init: numbered });
  const many = one.resize(3, { method: "interpolate" });
  await expectClose(many.embedding.table, rowsAt([0, 0, 0]));
});

test("a resized one is another, with a table of its own", async () => {
  const old = strategy();
  await expectNoLeak(() => {
    for (const method of ["crop", "interpolate"] as const) old.resize(4, { method }).dispose();
    old.resize(9, { method: "extend", rng: new Rng(1) }).dispose();
  });
  const again = old.resize(MAX_LEN, { method: "crop" });
  old.embedding.table.assign(zeros([MAX_LEN, D_MODEL]));
  await expectClose(again.embedding.table, rowsAt([0, 1, 2, 3, 4, 5, 6]));
  old.dispose();
  expect(again.toJSON()).toEqual(old.toJSON());
  const x = zeros([2, 4, D_MODEL]) as Tensor3D;
  const longer = again.resize(9, { method: "interpolate" });
  expect(longer.embed(x, spanOf(4, 4, 5)).shape).toEqual([2, 4, D_MODEL]);
});

test("refuses a length that a method does not lead to, and what it does not take", async () => {
  const old = strategy();
  const refused = (maxLen: number, options: object, message: string) =>
    expect(() => old.resize(maxLen, options as LearnedResizeOptions)).toThrow(
      new RangeError(message),
    );
  await expectNoLeak(() => {
    refused(8, { method: "crop" }, "maxLen: expected at most 7 to crop, got 8");
    refused(
      6,
      { method: "extend", rng: new Rng(1) },
      "maxLen: expected at least 7 to extend, got 6",
    );
    refused(0, { method: "interpolate" }, "maxLen: expected a whole number from 1, got 0");
    refused(
      8,
      { method: "stretch" },
      'method: expected "crop", "extend" or "interpolate", got "stretch"',
    );
    refused(8, { method: "extend" }, "rng: expected one for the rows to add, or init, got neither");
    refused(6, { method: "crop", rng: new Rng(1) }, "rng: expected none to crop, got one");
    refused(
      6,
      { method: "interpolate", init: numbered },
      "init: expected none to interpolate, got one",
    );
  });
});
