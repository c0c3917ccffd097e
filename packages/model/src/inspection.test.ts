import {
  add,
  dispose,
  type Scalar,
  slice,
  sum,
  type Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
  variableGrads,
} from "@tensorflow/tfjs-core";
import { normal, Rng } from "@tx/core";
import { FeedForward, MixtureOfExperts, type RouterLosses } from "@tx/ffn";
import { alibi } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { standardBlock } from "./index";
import { tidyInspected } from "./inspection";
import { drawn, streamOf } from "./testing/drawn";
import { D_MODEL, decoderOf, encoderOf } from "./testing/stacks";

const inputs = () => streamOf([2, 5, D_MODEL]);
const shapesOf = (tensors: readonly Tensor[]) => tensors.map(({ shape }) => shape);

test("notes down each layer's attention and the stream, and nothing that was not asked for", async () => {
  const decoder = decoderOf({ positional: alibi() });
  const x = inputs();
  const seen = { attention: [] as Tensor4D[], hidden: [] as Tensor3D[] };
  const output = decoder.forward(x, { inspect: seen });
  await expectClose(output, decoder.forward(x), { rtol: 1e-5, atol: 1e-6 });
  expect(shapesOf(seen.attention)).toEqual(Array(2).fill([2, 2, 5, 5]));
  expect(shapesOf(seen.hidden)).toEqual(Array(3).fill([2, 5, D_MODEL]));
  await expectClose(seen.hidden[0]!, x);
  await expectClose(seen.hidden[2]!, output);
  // Weights of a query add up to 1, and the first sees itself alone.
  await expectClose(sum(seen.attention[1]!, -1), Array(20).fill(1));
  await expectClose(slice(seen.attention[0]!, [0, 0, 0, 0], [2, 2, 1, 5]), [
    ...Array(4).fill([1, 0, 0, 0, 0]).flat(),
  ]);
  const call = { mask: { causal: true }, positional: decoder.positional, layer: 1 };
  const { attention, attentionResidual } = decoder.blocks[1]!;
  const { weights } = attention.forward(attentionResidual.input(seen.hidden[1]!), {
    ...{ ...call, returnWeights: true },
  });
  await expectClose(seen.attention[1]!, weights);
});

test("looks at the attention of the layers that are named", async () => {
  const encoder = encoderOf({ layers: 3 });
  const [all, some] = [{ attention: [] as Tensor4D[] }, { attention: [] as Tensor4D[] }];
  encoder.forward(inputs(), { inspect: all });
  encoder.forward(inputs(), { inspect: { ...some, layers: [0, 2] } });
  expect(some.attention).toHaveLength(2);
  await expectClose(some.attention[0]!, all.attention[0]!);
  await expectClose(some.attention[1]!, all.attention[2]!);
});

test("what is noted down is the caller's, and the rest is freed", async () => {
  const [decoder, x] = [decoderOf(), inputs()];
  await expectNoLeak(() => {
    const seen = { attention: [] as Tensor4D[], hidden: [] as Tensor3D[] };
    const output = decoder.forward(x, { inspect: seen });
    dispose([output, ...seen.attention, ...seen.hidden]);
  });
  // In a tidy of the caller's it is freed by that, as the output is.
  await expectNoLeak(() => tidy(() => void decoder.forward(x, { inspect: { attention: [] } })));
});

test("the losses of experts have a gradient", async () => {
  const rng = new Rng(4);
  const feedForward = () =>
    new MixtureOfExperts({
      ...{ dModel: D_MODEL, experts: 3, routerInit: normal(1, rng), rng },
      expert: () => new FeedForward({ dModel: D_MODEL, dFF: 5, rng }),
    });
  const block = () => standardBlock({ dModel: D_MODEL, heads: 2, feedForward, rng });
  const encoder = drawn(encoderOf({ blocks: [block(), block()] }), 7);
  const x = inputs();
  const routers = [...encoder.parameters()].filter(([path]) => path.includes("router"));
  const loss = (): Scalar => {
    const losses: RouterLosses[] = [];
    encoder.forward(x, { inspect: { losses } });
    expect(losses).toHaveLength(2);
    return losses.map(({ zLoss }) => zLoss).reduce((all, one) => add(all, one));
  };
  expect(routers.map(([path]) => path)).toEqual([
    "blocks.0.feedForward.router.kernel",
    "blocks.1.feedForward.router.kernel",
  ]);
  const variables = routers.map(([, kernel]) => kernel);
  const { grads } = variableGrads(loss, variables);
  for (const { name } of variables) {
    const numbers = Array.from(await grads[name]!.data());
    expect(Math.max(...numbers.map(Math.abs))).toBeGreaterThan(1e-4);
  }
});

test("what a failed call noted is forgotten, what was there before stays", async () => {
  const x = inputs();
  const inspect = { hidden: [x] };
  await expectNoLeak(() => {
    const failing = () =>
      tidyInspected(inspect, () => {
        inspect.hidden.push(add(x, 1) as Tensor3D);
        throw new Error("enough");
      });
    expect(failing).toThrow("enough");
  });
  expect(inspect.hidden).toEqual([x]);
});
