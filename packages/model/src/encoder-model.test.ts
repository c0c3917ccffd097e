import { slice, type Tensor, type Tensor2D, tensor2d } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { rope } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  type BertOptions,
  bert,
  bertSequenceClassifier,
  bertSizes,
  bertTokenClassifier,
} from "./index";
import { ids } from "./testing/presets";

const optionsOf = (options: Partial<BertOptions>): BertOptions => ({
  ...{ ...bertSizes.tiny, rng: new Rng(3) },
  ...options,
});
const bools = (...rows: number[][]): Tensor2D => tensor2d(rows, undefined, "bool");
const CLOSE = { atol: 1e-5 };

test.each<[string, Partial<BertOptions>]>([
  ["learned positions", {}],
  ["rotary ones", { positional: rope({ headDim: 6 }), heads: 1 }],
])("with %s padding on either side makes no difference to a row", async (_, options) => {
  const model = bert(optionsOf(options));
  const wanted = model.forward(ids([3, 1, 4]));
  const right = model.forward(ids([3, 1, 4, 0, 0], [1, 2, 3, 4, 5]), {
    visible: bools([1, 1, 1, 0, 0], [1, 1, 1, 1, 1]),
  });
  const left = model.forward(ids([9, 9, 3, 1, 4], [1, 2, 3, 4, 5]), {
    visible: bools([0, 0, 1, 1, 1], [1, 1, 1, 1, 1]),
  });
  const row = (logits: Tensor, from: number) => slice(logits, [0, from, 0], [1, 3, -1]);
  await expectClose(row(right, 0), wanted, CLOSE);
  await expectClose(row(left, 2), wanted, CLOSE);
});

test("every token sees those on both sides", async () => {
  const model = bert(optionsOf({}));
  const first = (tokens: Tensor2D) => slice(model.forward(tokens), [0, 0, 0], [1, 1, -1]);
  const [one, other] = [first(ids([3, 1, 4])), first(ids([3, 1, 5]))];
  await expect(expectClose(one, other)).rejects.toThrow("entries are off");
});

test("segments make a difference, and are all of the first sort where none are told", async () => {
  const model = bert(optionsOf({}));
  const tokens = ids([3, 1, 4]);
  const plain = model.forward(tokens);
  await expectClose(model.forward(tokens, { segments: ids([0, 0, 0]) }), plain);
  const other = model.forward(tokens, { segments: ids([0, 1, 1]) });
  await expect(expectClose(other, plain)).rejects.toThrow("entries are off");
});

test("classifiers read what the encoder makes", async () => {
  const texts = bertSequenceClassifier({ ...optionsOf({}), classes: 3 });
  const tokens = bertTokenClassifier({ ...optionsOf({}), classes: 5 });
  const given = ids([3, 1, 4, 1], [5, 9, 2, 6]);
  await expectClose(
    texts.forward(given),
    texts.classifier.forward(texts.pooler.forward(texts.encode(given))),
  );
  await expectClose(tokens.forward(given), tokens.classifier.forward(tokens.encode(given)));
});

test("notes down what it is asked to, and leaves that and its output only", async () => {
  const [model, given] = [bert(optionsOf({})), ids([3, 1, 4])];
  await expectNoLeak(() => {
    const inspect = { attention: [], hidden: [] } as { attention: Tensor[]; hidden: Tensor[] };
    const logits = model.forward(given, { inspect: inspect as object });
    expect(inspect.attention.map(({ shape }) => shape)).toEqual(Array(2).fill([1, 2, 3, 3]));
    expect(inspect.hidden.map(({ shape }) => shape)).toEqual(Array(3).fill([1, 3, 6]));
    for (const made of [logits, ...inspect.attention, ...inspect.hidden]) made.dispose();
  });
});

test("refuses ids that do not fit, and leaves nothing behind", async () => {
  const [model, long, given] = [bert(optionsOf({})), ids(Array(8).fill(1)), ids([1, 2, 3])];
  const [visible, none] = [bools([1, 1]), bert(optionsOf({ segments: 0 }))];
  await expectNoLeak(() => {
    expect(() => model.forward(long)).toThrow(
      new RangeError("ids: expected at most 7 tokens, got 8"),
    );
    expect(() => model.forward(given, { visible })).toThrow("visible: expected [1, 3], got [1, 2]");
    expect(() => none.forward(given, { segments: given })).toThrow(
      new RangeError("segments: expected none, got some"),
    );
  });
});
