import {
  mul,
  randomNormal,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor,
  zeros,
} from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { expertCapacity, FeedForward, MixtureOfExperts, mixtureOfExperts } from "./index";

const [BATCH, SEQ, D_MODEL, EXPERTS] = [2, 7, 3, 4];
const KEPT = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0];

const inputs = (): Tensor3D => randomNormal([BATCH, SEQ, D_MODEL], 0, 1, "float32", 5);
const router = (): Tensor3D => randomNormal([BATCH, SEQ, EXPERTS], 0, 1.5, "float32", 9);
const mask = (): Tensor2D => tensor(KEPT, [BATCH, SEQ], "bool");
/** Expert e multiplies by e + 2, which a loop can do too. */
const experts = Array.from(
  { length: EXPERTS },
  (_, e) =>
    (x: Tensor3D): Tensor3D =>
      mul(x, e + 2),
);

/** Token by token, in float64. */
async function wanted(topK: number, capacityFactor: number, kept = Array(BATCH * SEQ).fill(1)) {
  const [x, logits] = [await inputs().data(), await router().data()];
  const room = expertCapacity(SEQ, EXPERTS, { topK, capacityFactor });
  const output: number[] = [];
  const [choices, sums] = [Array(EXPERTS).fill(0), Array(EXPERTS).fill(0)];
  let [z, tokens, dropped] = [0, 0, 0];
  for (let b = 0; b < BATCH; b++) {
    const used = Array(EXPERTS).fill(0);
    for (let t = b * SEQ; t < (b + 1) * SEQ; t++) {
      const row = Array.from(logits.slice(t * EXPERTS, (t + 1) * EXPERTS));
      const total = row.reduce((sum, logit) => sum + Math.exp(logit), 0);
      const p = row.map((logit) => Math.exp(logit) / total);
      const best = [...p.keys()].sort((i, j) => p[j]! - p[i]!).slice(0, topK);
      const share = topK > 1 ? best.reduce((sum, e) => sum + p[e]!, 0) : 1;
      let factor = 0;
      if (kept[t]) {
        tokens++;
        z += Math.log(total) ** 2;
        for (const [e, probability] of p.entries()) sums[e] += probability;
        for (const e of best) {
          choices[e]++;
          if (used[e]++ < room) factor += (p[e]! / share) * (e + 2);
          else dropped++;
        }
      }
      for (let d = 0; d < D_MODEL; d++) output.push(factor * x[t * D_MODEL + d]!);
    }
  }
  const products = choices.map((n, e) => (n / (topK * tokens)) * (sums[e] / tokens));
  const balance = EXPERTS * products.reduce((sum, product) => sum + product, 0);
  return { output, balance, z: z / tokens, dropped };
}

test.each([
  [1, 1, true],
  [1, 0.5, true],
  [2, 1, true],
  [3, 0.6, true],
  [1, Infinity, false],
  [2, Infinity, false],
  [4, 1, false],
])("top %i of 4 with capacity factor %d", async (topK, capacityFactor, drops) => {
  for (const kept of [undefined, KEPT]) {
    const made = mixtureOfExperts(inputs(), router(), experts, {
      ...{ topK, capacityFactor, mask: kept && mask() },
    });
    const { output, balance, z, dropped } = await wanted(topK, capacityFactor, kept);
    if (!kept) expect(dropped > 0).toBe(drops);
    expect(made.output.shape).toEqual([BATCH, SEQ, D_MODEL]);
    await expectClose(made.output, output, { atol: 1e-5 });
    await expectClose(made.balanceLoss, [balance]);
    await expectClose(made.zLoss, [z]);
  }
});

test.each([
  [1, 1],
  [2, 0.8],
  [1, Infinity],
  [2, Infinity],
])("gradients of input and router, top %i, capacity factor %d", async (topK, capacityFactor) => {
  // One choice clearly before the next, so that no difference crosses a tie.
  const rows = Array.from({ length: 2 * 5 }, (_, t) => [0, 1, 2].map((e) => ((e + t * t) % 3) - 1));
  const logits = tensor(rows.flat(), [2, 5, 3]);
  const x = randomNormal([2, 5, 2], 0, 1, "float32", 3);
  const options = { topK, capacityFactor };
  const run = (x: Tensor, logits: Tensor) =>
    mixtureOfExperts(x as Tensor3D, logits as Tensor3D, experts.slice(0, 3), options);
  await expectGradients((x, logits) => run(x, logits).output, [x, logits]);
  await expectGradients((logits) => run(x, logits).balanceLoss, [logits]);
  await expectGradients((logits) => run(x, logits).zLoss, [logits]);
});

function part(count: number, options: object = {}) {
  const rng = new Rng(4);
  const expert = () => new FeedForward({ dModel: D_MODEL, dFF: 5, rng });
  return new MixtureOfExperts({ dModel: D_MODEL, experts: count, expert, rng, ...options });
}

test("one expert is that feed-forward", async () => {
  const [alone, x] = [part(1), inputs()];
  expect([...alone.parameters().keys()][0]).toBe("experts.0.expand.kernel");
  const { output, balanceLoss, zLoss } = alone.forward(x);
  const dense = alone.experts[0]!.forward(x);
  await expectClose(output, dense, { rtol: 0, atol: 0 });
  await expectClose(balanceLoss, [1]);
  await expectClose(zLoss, [0]);
  const routed = mixtureOfExperts(x, zeros([BATCH, SEQ, 1]), [(x) => alone.experts[0]!.forward(x)]);
  await expectClose(routed.output, dense);
});

test("the part routes by its kernel; its parameters have names", async () => {
  const [made, x] = [part(2, { topK: 2 }), inputs()];
  expect([...made.parameters().keys()].slice(0, 3)).toEqual([
    ...["router.kernel", "experts.0.expand.kernel", "experts.0.expand.bias"],
  ]);
  const parts = made.experts.map((expert) => (x: Tensor3D) => expert.forward(x));
  const same = mixtureOfExperts(x, made.router!.forward(x), parts, { topK: 2 });
  await expectClose(made.forward(x).output, same.output, { rtol: 0, atol: 0 });
});

test("capacities are rounded up, from 1 to the sequence", () => {
  const capacity = (seq: number, factor: number, topK = 1) =>
    expertCapacity(seq, 4, { topK, capacityFactor: factor });
  expect([capacity(8, 1), capacity(8, 1.25), capacity(8, 1, 2), capacity(1, 1)]).toEqual([
    ...[2, 3, 4, 1],
  ]);
  expect([capacity(8, 9), capacity(8, Infinity)]).toEqual([8, 8]);
});

test("refuses nonsense by name, and leaves nothing behind", async () => {
  const [x, logits, numbers] = [inputs(), router(), zeros([2, 7])];
  const wide = zeros([2, 7, 5]) as Tensor3D;
  await expectNoLeak(() => {
    expect(() => part(0)).toThrow("experts: expected a whole number from 1, got 0");
    expect(() => part(4, { topK: 5 })).toThrow("topK: expected a whole number from 1 to 4, got 5");
    expect(() => part(4, { capacityFactor: 0 })).toThrow(
      "capacityFactor: expected a positive number, got 0",
    );
    const failing = (index: number) => {
      if (index === 1) throw new Error("no more");
      return new FeedForward({ dModel: D_MODEL, rng: new Rng(1) });
    };
    expect(() => part(4, { expert: failing })).toThrow("no more");
    expect(() => mixtureOfExperts(x, wide, experts)).toThrow(
      "logits: expected [batch=2, seq=7, 4], got [2, 7, 5]",
    );
    expect(() => mixtureOfExperts(x, logits, experts, { mask: numbers as Tensor2D })).toThrow(
      "mask: expected bool, got float32",
    );
  });
});

test("is made, run and disposed without a leak", async () => {
  const [x, kept] = [inputs(), mask()];
  await expectNoLeak(() => {
    for (const count of [1, 3]) {
      const made = part(count);
      for (const tensor of Object.values(made.forward(x, { mask: kept }))) tensor.dispose();
      made.dispose();
    }
  });
});
