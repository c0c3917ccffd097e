import { randomNormal, type Tensor2D, type Tensor3D, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { embeddingLookup } from "@tx/ops";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { causalLoss } from "./index";

const VOCAB = 5;
const ROWS = [
  [3, 1, 4, 1],
  [0, 2, 2, 3],
];
const tokens = (rows = ROWS): Tensor2D => tensor2d(rows, undefined, "int32");
/** A bigram model: a row of logits a token. */
const tableOf = (): Tensor2D => randomNormal([VOCAB, VOCAB], 0, 1, "float32", 6);
const bigram = (table: Tensor2D) => (ids: Tensor2D) => embeddingLookup<Tensor3D>(table, ids);

/** −log softmax at each next token, in float64, row by row. */
async function losses(table: Tensor2D): Promise<number[]> {
  const logits = await table.array();
  return ROWS.flatMap((row) =>
    row.slice(1).map((next, i) => {
      const total = logits[row[i]!]!.reduce((sum, logit) => sum + Math.exp(logit), 0);
      return Math.log(total) - logits[row[i]!]![next]!;
    }),
  );
}

const sum = (numbers: number[]) => numbers.reduce((total, x) => total + x, 0);

test("is the mean of each next token's loss", async () => {
  const table = tableOf();
  const wanted = await losses(table);
  const loss = causalLoss(bigram(table), tokens());
  expect(loss.shape).toEqual([]);
  await expectClose(loss, [sum(wanted) / 6]);
  await expectClose(causalLoss(bigram(table), tokens(), { reduction: "sum" }), [sum(wanted)]);
});

test("the model reads all tokens but the last", () => {
  const read: number[][] = [];
  const forward = (ids: Tensor2D): Tensor3D => {
    read.push(...ids.arraySync());
    return zeros([2, 3, VOCAB]);
  };
  causalLoss(forward, tokens());
  expect(read).toEqual(ROWS.map((row) => row.slice(0, -1)));
});

test("knows nothing: the logarithm of the vocabulary", async () => {
  await expectClose(
    causalLoss(() => zeros([2, 3, VOCAB]), tokens()),
    [Math.log(VOCAB)],
  );
});

test("hands its options on", async () => {
  const table = tableOf();
  const wanted = (await losses(table)).filter((_, i) => ![3, 4].includes(i));
  await expectClose(causalLoss(bigram(table), tokens(), { ignoreIndex: 2 }), [sum(wanted) / 4]);
});

test("has the gradients that differences give", async () => {
  const ids = tokens();
  await expectGradients((table: Tensor2D) => causalLoss(bigram(table), ids), [tableOf()]);
});

test("refuses tokens that give no pair, and leaves nothing behind", async () => {
  const [ids, one, line] = [tokens(), tokens([[1], [2]]), zeros([4], "int32")];
  const forward = bigram(tableOf());
  const failing = (given: Tensor2D): Tensor3D => {
    forward(given);
    throw new RangeError("ids: expected at most 2 tokens, got 3");
  };
  await expectNoLeak(() => {
    expect(() => causalLoss(forward, one)).toThrow(
      new RangeError("tokens: expected two columns or more, got 1"),
    );
    expect(() => causalLoss(forward, line as unknown as Tensor2D)).toThrow(
      "tokens: expected [batch, length], got [4]",
    );
    expect(() => causalLoss(failing, ids)).toThrow("ids: expected at most 2 tokens, got 3");
    causalLoss(forward, ids).dispose();
  });
});
