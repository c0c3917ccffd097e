import {
  add,
  concat,
  mul,
  type Tensor,
  type Tensor3D,
  tensor2d,
  zeros,
} from "@tensorflow/tfjs-core";
import { causal, keyValuesOf, MultiHeadAttention, newCache } from "@tx/attention";
import { constant, Linear, Module, normal, Rng } from "@tx/core";
import { FeedForward, GatedFeedForward, MixtureOfExperts, type RouterLosses } from "@tx/ffn";
import { LayerNorm } from "@tx/norm";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  Block,
  type BlockParts,
  type FeedForwardPart,
  Residual,
  type ResidualPolicy,
} from "./index";
import { drawn, streamOf } from "./testing/drawn";

const [D_MODEL, MEMORY_DIM] = [6, 7];
const rng = () => new Rng(2);
const inputs = () => streamOf([2, 3, D_MODEL]);
const memoryOf = () => streamOf([2, 5, MEMORY_DIM], 32);
const around = (policy: ResidualPolicy = "preNorm") =>
  new Residual({ policy, norm: () => new LayerNorm(D_MODEL), rng: rng() });

function partsOf(policy?: ResidualPolicy): BlockParts {
  return {
    attention: new MultiHeadAttention({ dModel: D_MODEL, heads: 2, rng: rng() }),
    attentionResidual: around(policy),
    feedForward: new FeedForward({ dModel: D_MODEL, dFF: 5, activation: "gelu", rng: rng() }),
    feedForwardResidual: around(policy),
  };
}

const crossParts = (policy?: ResidualPolicy) => ({
  crossAttention: new MultiHeadAttention({
    ...{ dModel: D_MODEL, heads: 3, keyDim: MEMORY_DIM, rng: rng() },
  }),
  crossResidual: around(policy),
});

const blockOf = (parts: Partial<BlockParts> = {}) => drawn(new Block({ ...partsOf(), ...parts }));

/** A feed-forward of one's own: it knows nothing of a stream to add. */
class Doubling extends Module {
  forward(x: Tensor3D): Tensor3D {
    return mul(x, 2);
  }
}

test("self-attention, cross-attention and feed-forward follow each other", async () => {
  const block = blockOf(crossParts());
  const [x, memory, mask] = [inputs(), memoryOf(), causal()];
  const memoryMask = {
    keys: tensor2d(
      [
        [1, 1, 1, 0, 0],
        [1, 0, 1, 1, 1],
      ],
      undefined,
      "bool",
    ),
  };
  const { attentionResidual, attention, crossResidual, crossAttention } = block;
  const one = add(x, attention.forward(attentionResidual.norm!.forward(x), { mask }));
  const asked = crossResidual!.norm!.forward(one) as Tensor3D;
  const two = add(one, crossAttention!.forward(asked, { key: memory, mask: memoryMask }));
  const fed = block.feedForward.forward(block.feedForwardResidual.norm!.forward(two) as Tensor3D);
  const wanted = add(two, fed as Tensor3D) as Tensor3D;
  await expectClose(block.forward(x, { mask, memory, memoryMask }), wanted);
  // The same from keys and values that were computed once.
  const crossCache = keyValuesOf(crossAttention!, memory, { mask: memoryMask });
  await expectClose(block.forward(x, { mask, crossCache }), wanted);
  crossCache.dispose();
});

test("states of earlier segments are more keys, normed as the stream is", async () => {
  const [x, earlier, mask] = [inputs(), streamOf([2, 4, D_MODEL], 33), causal()];
  for (const policy of ["preNorm", "postNorm"] as const) {
    const block = blockOf(partsOf(policy));
    const input = (t: Tensor3D) => block.attentionResidual.input(t);
    const key = concat([input(earlier), input(x)], 1);
    const attended = add(x, block.attention.forward(input(x), { key, mask })) as Tensor3D;
    const { feedForward, feedForwardResidual, attentionResidual } = block;
    const middle =
      policy === "preNorm" ? attended : (attentionResidual.norm!.forward(attended) as Tensor3D);
    const fed = add(middle, feedForward.forward(feedForwardResidual.input(middle)) as Tensor3D);
    const wanted = policy === "preNorm" ? fed : feedForwardResidual.norm!.forward(fed);
    await expectClose(block.forward(x, { earlier, mask }), wanted as Tensor3D);
  }
});

test.each<[string, () => FeedForwardPart]>([
  ["a gated feed-forward", () => new GatedFeedForward({ dModel: D_MODEL, dFF: 5, rng: rng() })],
  ["one of one's own, which adds no stream", () => new Doubling()],
])("takes %s", async (_, make) => {
  const block = blockOf({ feedForward: make() });
  const x = inputs();
  const { attention, attentionResidual, feedForward, feedForwardResidual } = block;
  const middle = add(x, attention.forward(attentionResidual.input(x))) as Tensor3D;
  const fed = feedForward.forward(feedForwardResidual.input(middle)) as Tensor3D;
  await expectClose(block.forward(x), add(middle, fed) as Tensor3D);
});

const experts = () =>
  new MixtureOfExperts({
    ...{ dModel: D_MODEL, experts: 3, topK: 2, routerInit: normal(1, rng()), rng: rng() },
    expert: () => new FeedForward({ dModel: D_MODEL, dFF: 5, rng: rng() }),
  });

test("experts leave padding out, and their losses are told to whoever asks", async () => {
  const mixture = experts();
  const block = blockOf({ feedForward: mixture });
  const [x, keys] = [
    inputs(),
    tensor2d(
      [
        [1, 1, 1],
        [1, 1, 0],
      ],
      undefined,
      "bool",
    ),
  ];
  const { attention, attentionResidual, feedForwardResidual } = block;
  const attended = attention.forward(attentionResidual.input(x), { mask: { keys } });
  const middle = add(x, attended) as Tensor3D;
  const made = mixture.forward(feedForwardResidual.input(middle), { mask: keys });
  const inspect = { losses: [] as RouterLosses[] };
  const call = { mask: { keys }, visible: keys };
  const output = block.forward(x, { ...call, inspect });
  await expectClose(output, add(middle, made.output) as Tensor3D);
  expect(inspect.losses).toHaveLength(1);
  await expectClose(inspect.losses[0]!.balanceLoss, made.balanceLoss);
  await expectClose(inspect.losses[0]!.zLoss, made.zLoss);
  await expectNoLeak(() => block.forward(x, call).dispose());
});

test("what cross-attention reads has the gradients that differences give", async () => {
  const block = blockOf(crossParts("postNorm"));
  const { crossAttention } = block;
  const forward = (x: Tensor, memory: Tensor, kernel: Tensor) => {
    Object.assign(crossAttention!.value, { kernel });
    return block.forward(x as Tensor3D, { memory: memory as Tensor3D, mask: causal() });
  };
  const kernel = crossAttention!.value.kernel.clone();
  await expectGradients(forward, [
    streamOf([1, 2, D_MODEL]),
    ...[streamOf([1, 3, MEMORY_DIM]), kernel],
  ] as [Tensor, Tensor, Tensor]);
});

test("refuses parts and calls that do not go together, and leaves nothing behind", async () => {
  const { crossAttention, crossResidual } = crossParts();
  const parts = partsOf();
  const [crossing, alone] = [blockOf(crossParts()), blockOf()];
  const [x, memory, wide] = [inputs(), memoryOf(), zeros([2, 5, 4]) as Tensor3D];
  const crossCache = keyValuesOf(crossing.crossAttention!, memory);
  const cache = newCache(alone.attention, { batch: 2, maxLen: 9 });
  await expectNoLeak(() => {
    expect(() => new Block({ ...parts, crossAttention })).toThrow(
      new RangeError("crossResidual: expected one beside crossAttention, got none"),
    );
    expect(() => new Block({ ...parts, crossResidual })).toThrow(
      new RangeError("crossAttention: expected one beside crossResidual, got none"),
    );
    expect(() => crossing.forward(x)).toThrow(
      new RangeError("memory: expected something for cross-attention to read, got none"),
    );
    expect(() => crossing.forward(x, { memory, crossCache })).toThrow(
      new RangeError("memory: expected none beside a cache that holds it, got one"),
    );
    expect(() => alone.forward(x, { earlier: x, cache })).toThrow(
      new RangeError("earlier: expected none beside a cache of earlier tokens, got some"),
    );
    expect(() => alone.forward(x, { memory })).toThrow(
      new RangeError("memory: expected none without cross-attention, got one"),
    );
    expect(() => crossing.forward(x, { memory: wide })).toThrow(
      "key: expected [batch=2, keys=5, 7], got [2, 5, 4]",
    );
  });
});

test("a failed call forgets what it noted down", async () => {
  class Failing extends Module {
    readonly part = new Linear(1, 1, { init: constant(1) });
    forward(): Tensor3D {
      throw new RangeError("part: expected luck, got none");
    }
  }
  const [block, x] = [blockOf({ feedForward: new Failing() }), inputs()];
  const inspect = { attention: [] };
  await expectNoLeak(() => {
    expect(() => block.forward(x, { inspect })).toThrow("part: expected luck, got none");
  });
  expect(inspect.attention).toEqual([]);
});
