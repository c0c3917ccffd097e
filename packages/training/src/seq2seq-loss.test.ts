import {
  add,
  randomNormal,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { registerGradients } from "@tx/core";
import { embeddingLookup } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { seq2seqLoss } from "./index";
import { crossEntropies, mean } from "./testing/cross-entropies";

const [VOCAB, PAD, START] = [6, 0, 1];
const SOURCE = [
  [5, 4, 3, 2, 5],
  [4, 3, 0, 0, 0],
];
const TARGETS = [
  [3, 4, 2],
  [5, 2, PAD],
];
const ints = (rows: number[][]): Tensor2D => tensor2d(rows, undefined, "int32");
const tableOf = (): Tensor2D => randomNormal([VOCAB, VOCAB], 0, 1, "float32", 6);
/** A bigram decoder, deaf to the source. */
const decoder = (table: Tensor2D) => (_: Tensor2D, inputs: Tensor2D) =>
  embeddingLookup<Tensor3D>(table, inputs);
const withFirst = (first: number, rows = TARGETS) => rows.map((row) => [first, ...row]);

/** What forward is given. */
function reads(targets: number[][], options: Parameters<typeof seq2seqLoss>[3]): number[][][] {
  const given: number[][][] = [];
  const forward = (source: Tensor2D, inputs: Tensor2D): Tensor3D => {
    given.push(source.arraySync(), inputs.arraySync());
    expect(inputs.dtype).toBe("int32");
    return zeros([...inputs.shape, VOCAB]);
  };
  seq2seqLoss(forward, ints(SOURCE), ints(targets), options);
  return given;
}

test("the decoder reads the start token and all targets but the last", () => {
  const wanted = [
    [START, 3, 4],
    [START, 5, 2],
  ];
  const options = { startToken: START, ignoreIndex: PAD };
  expect(reads(TARGETS, options)).toEqual([SOURCE, wanted]);
  expect(reads(withFirst(START), { ignoreIndex: PAD })).toEqual([SOURCE, wanted]);
});

test("what is ignored and no token is read as the start token, or 0", () => {
  const targets = [
    [3, -100, 2],
    [5, -100, -100],
  ];
  const inputs = (by: number) => [
    [START, 3, by],
    [START, 5, by],
  ];
  expect(reads(targets, { startToken: START })[1]).toEqual(inputs(START));
  expect(reads(withFirst(START, targets), {})[1]).toEqual(inputs(0));
  const others = targets.map((row) => row.map((id) => (id < 0 ? -1 : id)));
  expect(reads(others, { startToken: START, ignoreIndex: -1 })[1]).toEqual(inputs(START));
});

test("is the mean over the targets that are no padding", async () => {
  const table = tableOf();
  const rows = await table.array();
  const wanted = (smoothing?: number) =>
    mean(crossEntropies(rows, [1, 3, 4, 1, 5], [3, 4, 2, 5, 2], smoothing));
  const options = { ignoreIndex: PAD };
  const own = (more: object) =>
    seq2seqLoss(decoder(table), ints(SOURCE), ints(withFirst(START)), { ...options, ...more });
  const given = (more: object) =>
    seq2seqLoss(decoder(table), ints(SOURCE), ints(TARGETS), {
      ...{ ...options, startToken: START },
      ...more,
    });
  for (const lossOf of [own, given]) {
    expect(lossOf({}).shape).toEqual([]);
    await expectClose(lossOf({}), [wanted()]);
    await expectClose(lossOf({ labelSmoothing: 0.1 }), [wanted(0.1)]);
    await expectClose(lossOf({ reduction: "sum" }), [5 * wanted()]);
  }
});

test("has the gradients that differences give, by way of source and targets", async () => {
  registerGradients();
  const [source, targets] = [ints(SOURCE.map((row) => row.slice(0, 3))), ints(TARGETS)];
  const options = { startToken: START, ignoreIndex: PAD, labelSmoothing: 0.1 };
  const loss = (encoder: Tensor2D, table: Tensor2D) =>
    seq2seqLoss(
      (source, inputs) =>
        add(embeddingLookup<Tensor3D>(encoder, source), embeddingLookup<Tensor3D>(table, inputs)),
      source,
      targets,
      options,
    );
  await expectGradients(loss, [tableOf(), randomNormal([VOCAB, VOCAB], 0, 1, "float32", 7)]);
});

test("refuses what does not fit, and leaves nothing behind", async () => {
  const [source, targets, one, none] = [ints(SOURCE), ints(TARGETS), ints([[1], [2]]), [2, 0]];
  const [other, empty] = [ints([[1, 2]]), zeros(none as [number, number], "int32") as Tensor2D];
  const forward = decoder(tableOf());
  const failing = (): Tensor3D => {
    throw new RangeError("ids: expected at most 2 tokens, got 3");
  };
  await expectNoLeak(() => {
    expect(() => seq2seqLoss(forward, source, other)).toThrow(
      "targets: expected [batch=2, length], got [1, 2]",
    );
    expect(() => seq2seqLoss(forward, source, one)).toThrow(
      new RangeError("targets: expected at least 2 columns, got 1"),
    );
    expect(() => seq2seqLoss(forward, source, empty, { startToken: START })).toThrow(
      new RangeError("targets: expected at least 1 columns, got 0"),
    );
    expect(() => seq2seqLoss(forward, source, targets, { startToken: -1 })).toThrow(
      new RangeError("startToken: expected a whole number from 0, got -1"),
    );
    expect(() => seq2seqLoss(failing, source, targets)).toThrow("ids: expected at most 2 tokens");
    seq2seqLoss(forward, source, one, { startToken: START }).dispose();
  });
});
