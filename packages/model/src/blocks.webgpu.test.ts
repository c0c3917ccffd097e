import { add, concat, dispose, getBackend, mul, slice, type Tensor3D } from "@tensorflow/tfjs-core";
import { Rng } from "@tx/core";
import { LayerNorm } from "@tx/norm";
import { transformerXL } from "@tx/positional";
import { expectClose } from "@tx/testing";
import { expect, test } from "vitest";
import { Residual } from "./index";
import { drawn, streamOf } from "./testing/drawn";
import { D_MODEL, decoderOf } from "./testing/stacks";

// A few of the other backends' tests, small: differences for gradients take minutes on an emulated
// GPU, and the golden cases have gradients.

const NEAR = { rtol: 1e-4, atol: 1e-5 };
const tokens = (x: Tensor3D, start: number, len: number) => slice(x, [0, start, 0], [-1, len, -1]);

test("all of these run on webgpu", () => {
  expect(getBackend()).toBe("webgpu");
});

test("the stream is added within or after, with norms and gains as in the formulas", async () => {
  const x = streamOf([2, 3, D_MODEL]);
  const half = (t: Tensor3D) => mul(t, 0.5) as Tensor3D;
  const norm = () => new LayerNorm(D_MODEL);
  const rng = new Rng(1);
  const deep = drawn(new Residual({ policy: "deepNorm", alpha: 1.5, norm, rng }));
  const within = deep.forward(x, (input, stream) => add(half(input), stream!));
  await expectClose(within, deep.norm!.forward(add(mul(x, 1.5), half(x))) as Tensor3D, NEAR);
  const zero = drawn(new Residual({ policy: "reZero", norm, rng }));
  await expectClose(zero.forward(x, half), add(x, mul(half(x), zero.gain!)), NEAR);
  const depth = { policy: "reZero", stochasticDepth: 0.5, norm, rng } as const;
  const dropping = drawn(new Residual(depth)).train();
  expect(dropping.forward(x, half).shape).toEqual([2, 3, D_MODEL]);
});

test("decodes with caches as without, across to what an encoder made", async () => {
  const decoder = decoderOf({ cross: true, layers: 1 });
  const [x, memory] = [streamOf([2, 4, D_MODEL]), streamOf([2, 5, D_MODEL], 41)];
  const caches = decoder.newCaches({ maxLen: 4, memory });
  const steps = [tokens(x, 0, 3), tokens(x, 3, 1)].map((part) => decoder.forward(part, { caches }));
  for (const cache of caches) cache.dispose();
  await expectClose(concat(steps, 1), decoder.forward(x, { memory }), NEAR);
});

test("segments with a memory of all are as one pass", async () => {
  const sizes = { dModel: 8, heads: 2, headDim: 3, layers: 1, memoryLen: 5, rng: new Rng(4) };
  const decoder = decoderOf({ positional: transformerXL(sizes), layers: 1 });
  const x = streamOf([2, 5, D_MODEL]);
  const first = decoder.forwardSegment(tokens(x, 0, 3));
  const second = decoder.forwardSegment(tokens(x, 3, 2), first.memory);
  await expectClose(concat([first.output, second.output], 1), decoder.forward(x), NEAR);
  dispose([...first.memory, ...second.memory]);
});
