import {
  add,
  gather,
  mul,
  type Tensor,
  type Tensor2D,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { normal, Rng, spanOf } from "@tx/core";
import { LayerNorm } from "@tx/norm";
import { learned, sinusoidal } from "@tx/positional";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { Embeddings, type EmbeddingsOptions } from "./index";
import { ids } from "./testing/presets";

const modelOf = (options: Partial<EmbeddingsOptions> = {}) => {
  const rng = new Rng(3);
  return new Embeddings({ vocabSize: 7, dModel: 5, init: normal(1, rng), rng, ...options });
};
const tokens = () => ids([3, 1, 4], [1, 5, 6]);
const rowsOf = (table: Tensor, of: Tensor) => gather(table, of as Tensor2D);

test("is the rows of its table, times the root of dModel where it is told to", async () => {
  const [plain, scaled] = [modelOf(), modelOf({ scaled: true })];
  const rows = rowsOf(plain.table, tokens());
  expect([plain.vocabSize, plain.dModel, rows.shape]).toEqual([7, 5, [2, 3, 5]]);
  await expectClose(plain.forward(tokens()), rows);
  await expectClose(scaled.forward(tokens()), mul(rows, Math.sqrt(5)));
});

test("begins as Xavier says", async () => {
  const { table } = modelOf({ vocabSize: 300, dModel: 41, init: undefined });
  const most = Math.max(...(await table.data()).map(Math.abs));
  const limit = Math.sqrt(6 / (300 + 41));
  expect(most).toBeLessThanOrEqual(limit);
  expect(most).toBeGreaterThan(0.98 * limit);
});

test("adds segments, the first sort where none are told, then positions, and norms the sum", async () => {
  const positional = learned({
    maxLen: 4,
    dModel: 5,
    rng: new Rng(2),
    init: normal(1, new Rng(5)),
  });
  const norm = () => new LayerNorm(5, { eps: 1e-3 });
  const model = modelOf({ segments: 2, scaled: true, norm });
  const segments = tensor2d(
    [
      [0, 0, 1],
      [1, 0, 1],
    ],
    undefined,
    "int32",
  );
  const sum = (sorts: Tensor) =>
    add(
      mul(rowsOf(model.table, tokens()), Math.sqrt(5)),
      add(rowsOf(model.segments!.table, sorts), rowsOf(positional.embedding.table, ids([0, 1, 2]))),
    );
  const call = { positional, span: spanOf(3) };
  await expectClose(
    model.forward(tokens(), { ...call, segments }),
    model.norm!.forward(sum(segments)),
  );
  const none = zeros([2, 3], "int32");
  await expectClose(model.forward(tokens(), call), model.norm!.forward(sum(none)));
});

test("every table has its gradient", async () => {
  const model = modelOf({ segments: 2, scaled: true });
  const segments = tensor2d(
    [
      [0, 0, 1],
      [1, 0, 1],
    ],
    undefined,
    "int32",
  );
  const forward = (table: Tensor, sorts: Tensor) => {
    Object.assign(model, { table });
    Object.assign(model.segments!, { table: sorts });
    return model.forward(tokens(), { segments });
  };
  const [table, sorts] = [model.table, model.segments!.table].map((x): Tensor => x.clone());
  await expectGradients(forward, [table!, sorts!]);
});

test("drops of the sum while training", async () => {
  const model = modelOf({ dropout: 0.5 });
  const whole = await model.forward(tokens()).data();
  const dropped = await model.train().forward(tokens()).data();
  const kept = [...dropped].filter((x) => x !== 0);
  expect(kept.length).toBeGreaterThan(5);
  expect(kept.length).toBeLessThan(25);
  dropped.forEach((x, n) => {
    if (x !== 0) expect(x).toBeCloseTo(2 * whole[n]!, 5);
  });
});

test("names its parts in the order of what is added", () => {
  const model = modelOf({ segments: 2, norm: () => new LayerNorm(5) });
  const paths = ["table", "segments.table", "norm.gain", "norm.bias"];
  expect([...model.parameters().keys()]).toEqual(paths);
});

test("refuses what makes no sense, and leaves nothing behind", async () => {
  const [model, given] = [modelOf(), tokens()];
  const [sorts, wide] = [modelOf({ segments: 2 }), ids([0, 1])];
  await expectNoLeak(() => {
    const refused = (options: object, message: string) =>
      expect(() => modelOf(options)).toThrow(new RangeError(message));
    refused({ vocabSize: 0 }, "vocabSize: expected a whole number from 1, got 0");
    refused({ dModel: 2.5 }, "dModel: expected a whole number from 1, got 2.5");
    refused({ segments: -1 }, "segments: expected a whole number from 0, got -1");
    refused({ dropout: 1 }, "dropout: expected a number in [0, 1), got 1");
    expect(() => model.forward(given, { segments: given })).toThrow(
      new RangeError("segments: expected none, got some"),
    );
    expect(() => sorts.forward(given, { segments: wide })).toThrow(
      "segments: expected [2, 3], got [1, 2]",
    );
    expect(() => model.forward(given, { positional: sinusoidal({ dModel: 5 }) })).toThrow(
      new RangeError("span: expected one to embed, got none"),
    );
  });
});
