import { slice, type Tensor, type Tensor2D, type Tensor3D, tensor2d } from "@tensorflow/tfjs-core";
import { symmetricWindow } from "@tx/attention";
import { Rng, spanOf } from "@tx/core";
import { perLayer, rope, shaw } from "@tx/positional";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { Encoder, standardBlock } from "./index";
import { streamOf } from "./testing/drawn";
import { D_MODEL, encoderOf } from "./testing/stacks";

const EXACT = { rtol: 0, atol: 0 };
const inputs = () => streamOf([2, 5, D_MODEL]);
const visible = (...rows: number[][]) => tensor2d(rows, undefined, "bool") as Tensor2D;

test("goes through its blocks and its norm", async () => {
  const encoder = encoderOf();
  const x = inputs();
  const [first, second] = encoder.blocks;
  const wanted = encoder.norm!.forward(second!.forward(first!.forward(x))) as Tensor3D;
  const output = encoder.forward(x);
  expect(output.shape).toEqual([2, 5, D_MODEL]);
  await expectClose(output, wanted, EXACT);
  await expectClose(
    new Encoder({ blocks: encoder.blocks }).forward(x),
    second!.forward(first!.forward(x)),
    EXACT,
  );
});

test("names its parameters", () => {
  const paths = [...encoderOf({ layers: 1 }).parameters().keys()];
  expect(paths.slice(0, 3)).toEqual([
    "blocks.0.attentionResidual.norm.gain",
    "blocks.0.attentionResidual.norm.bias",
    "blocks.0.attention.query.kernel",
  ]);
  expect(paths.slice(-2)).toEqual(["norm.gain", "norm.bias"]);
});

test("no token sees padding: rows are as alone", async () => {
  const encoder = encoderOf({ positional: rope({ headDim: 3, rotaryDim: 2 }) });
  const x = inputs();
  const padded = encoder.forward(x, { visible: visible([1, 1, 1, 0, 0], [1, 1, 1, 1, 1]) });
  const part = (t: Tensor, rows: [number, number], tokens: number) =>
    slice(t, [rows[0], 0, 0], [rows[1], tokens, D_MODEL]) as Tensor3D;
  await expectClose(part(padded, [0, 1], 3), encoder.forward(part(x, [0, 1], 3)), {
    rtol: 1e-4,
    atol: 1e-5,
  });
  await expectClose(part(padded, [1, 1], 5), encoder.forward(part(x, [1, 1], 5)), {
    rtol: 1e-4,
    atol: 1e-5,
  });
});

test("a mask of one's own is joined with padding", async () => {
  const encoder = encoderOf({ layers: 1, norm: undefined });
  const [x, keys] = [inputs(), visible([1, 1, 1, 1, 0], [1, 1, 1, 1, 1])];
  const mask = symmetricWindow(1);
  const wanted = encoder.blocks[0]!.forward(x, { mask: { ...mask, keys } });
  await expectClose(encoder.forward(x, { visible: keys, mask }), wanted, EXACT);
  const windowed = encoder.blocks[0]!.forward(x, { mask });
  await expectClose(encoder.forward(x, { mask }), windowed, EXACT);
});

test("each layer has its own positions, at the span that is given", async () => {
  const vectors = (seed: number) => shaw({ headDim: 3, clip: 2, rng: new Rng(seed) });
  const [one, two] = [vectors(1), vectors(2)];
  const encoder = encoderOf({ positional: perLayer([one, two]) });
  const [x, span] = [inputs(), spanOf(5, 5, 3)];
  const [first, second] = encoder.blocks;
  const middle = first!.forward(x, { positional: one, span });
  const wanted = encoder.norm!.forward(second!.forward(middle, { positional: two, span }));
  await expectClose(encoder.forward(x, { span }), wanted as Tensor3D);
  const swapped = new Encoder({ blocks: encoder.blocks, positional: perLayer([two, one]) });
  await expect(expectClose(swapped.forward(x), wanted as Tensor3D)).rejects.toThrow(/off/);
});

test("refuses cross-attention, and input that does not fit, and leaves nothing behind", async () => {
  const options = { dModel: D_MODEL, heads: 2, rng: new Rng(1) };
  const [plain, crossing] = [standardBlock(options), standardBlock({ ...options, cross: true })];
  const [encoder, x, wide] = [encoderOf(), inputs(), streamOf([2, 5, 7])];
  const keys = visible([1, 1, 1], [1, 1, 1]);
  await expectNoLeak(() => {
    expect(() => new Encoder({ blocks: [plain, crossing] })).toThrow(
      new RangeError("blocks: expected none with cross-attention in an encoder, got one"),
    );
    expect(() => encoder.forward(wide)).toThrow("gain: expected [width=7], got [6]");
    expect(() => encoder.forward(x, { visible: keys })).toThrow("mask.keys: expected [2, 5]");
  });
});

test("is made, run and disposed without a leak", async () => {
  const x = inputs();
  await expectNoLeak(() => {
    const encoder = encoderOf({ block: { dropout: 0.1, stochasticDepth: 0.1 } }).train();
    encoder.forward(x, { visible: undefined }).dispose();
    encoder.dispose();
  });
});
