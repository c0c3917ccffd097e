import { randomNormal, type Tensor3D, tidy } from "@tensorflow/tfjs-core";
import { causal, causalWindow, MultiHeadAttention } from "@tx/attention";
import { type Positional, Rng } from "@tx/core";
import { alibi, rope, shaw, t5Bias, transformerXL } from "@tx/positional";
import { bringUp, expectClose } from "@tx/testing";
import { beforeAll, expect, test } from "vitest";
import { decodeInSteps } from "./decode-in-steps";

const [HEADS, HEAD_DIM] = [3, 4];
const rng = () => new Rng(2);

beforeAll(() => bringUp("cpu"));

test.each<Positional>([
  rope({ headDim: HEAD_DIM }),
  rope({ headDim: HEAD_DIM, pairing: "interleaved", rotaryDim: 2 }),
  alibi(),
  t5Bias({ heads: HEADS, buckets: 6, maxDistance: 5, rng: rng() }),
  shaw({ headDim: HEAD_DIM, clip: 2, heads: HEADS, rng: rng() }),
  transformerXL({ dModel: 6, heads: HEADS, headDim: HEAD_DIM, rng: rng() }),
])("$kind: decoding in steps gives what the whole gives", async (positional) => {
  const sizes = { dModel: 12, heads: HEADS, headDim: HEAD_DIM };
  const attention = new MultiHeadAttention({
    ...sizes,
    rng: rng(),
    init: (shape) => randomNormal(shape, 0, 0.6, "float32", 4),
  });
  const x: Tensor3D = randomNormal([2, 7, 12], 0, 1, "float32", 5);
  for (const mask of [causal(), causalWindow(3)]) {
    const whole = attention.forward(x, { mask, positional, returnWeights: true });
    const steps = tidy(() => decodeInSteps(attention, x, 3, { mask, positional }));
    expect(steps.cache_k!.shape).toEqual([2, HEADS, 7, HEAD_DIM]);
    await expectClose(steps.output!, whole.output, { rtol: 1e-5, atol: 1e-5 });
    await expectClose(steps.attention_weights!, whole.weights, { rtol: 1e-5, atol: 1e-5 });
  }
});
