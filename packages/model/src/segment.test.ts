import {
  concat,
  dispose,
  grad,
  slice,
  sum,
  type Tensor2D,
  type Tensor3D,
  tensor2d,
} from "@tensorflow/tfjs-core";
import { causalWindow } from "@tx/attention";
import { type Positional, Rng } from "@tx/core";
import { alibi, combined, nope, perLayer, rope, transformerXL } from "@tx/positional";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import type { Decoder, SegmentOptions } from "./index";
import { streamOf } from "./testing/drawn";
import { D_MODEL, decoderOf } from "./testing/stacks";

const NEAR = { rtol: 1e-4, atol: 1e-5 };
const xl = (memoryLen: number) =>
  transformerXL({ dModel: 8, heads: 2, headDim: 3, layers: 2, memoryLen, rng: new Rng(4) });
const inputs = () => streamOf([2, 9, D_MODEL]);
const tokens = (x: Tensor3D, start: number, len: number) => slice(x, [0, start, 0], [-1, len, -1]);
const LENGTHS = [4, 2, 3];

/** The text in segments of LENGTHS; the memories are disposed. */
function inSegments(
  decoder: Decoder,
  x: Tensor3D,
  optionsOf: (start: number, len: number, earlier: number) => SegmentOptions = () => ({}),
): Tensor3D {
  let [start, memory]: [number, Tensor3D[]?] = [0];
  const outputs = LENGTHS.map((len) => {
    const options = optionsOf(start, len, memory?.[0]?.shape[1] ?? 0);
    const made = decoder.forwardSegment(tokens(x, start, len), memory, options);
    if (memory) dispose(memory);
    [start, memory] = [start + len, made.memory];
    return made.output;
  });
  if (memory) dispose(memory);
  return concat(outputs, 1);
}

test.each<[string, () => Positional, "preNorm" | "postNorm"]>([
  ["Transformer-XL", () => xl(9), "postNorm"],
  ["Transformer-XL, pre-norm", () => xl(9), "preNorm"],
  ["with ALiBi", () => combined([alibi(), xl(9)]), "preNorm"],
  ["in one layer of two", () => perLayer([xl(9), nope()]), "postNorm"],
])("segments with a memory of all are as one pass: %s", async (_, make, residual) => {
  const decoder = decoderOf({ positional: make(), block: { residual } });
  const x = inputs();
  await expectClose(inSegments(decoder, x), decoder.forward(x), NEAR);
});

test("a short memory reaches as far as its length, in every layer", async () => {
  const decoder = decoderOf({ positional: xl(2) });
  const x = inputs();
  const first = decoder.forwardSegment(tokens(x, 0, 4));
  const second = decoder.forwardSegment(tokens(x, 4, 3), first.memory);
  expect(first.memory.map(({ shape }) => shape)).toEqual(Array(2).fill([2, 2, D_MODEL]));
  await expectClose(first.memory[0]!, tokens(x, 2, 2));
  const stream = decoder.blocks[0]!.forward(tokens(x, 0, 4), {
    ...{ mask: { causal: true }, positional: decoder.positional, layer: 0 },
  });
  await expectClose(first.memory[1]!, tokens(stream, 2, 2), NEAR);
  // What lies before the memory is gone.
  const changed = concat([streamOf([2, 2, D_MODEL], 77), tokens(x, 2, 2)], 1);
  const other = decoder.forwardSegment(changed, undefined);
  await expectClose(other.memory[0]!, first.memory[0]!);
  const memory = [other.memory[0]!, first.memory[1]!];
  await expectClose(decoder.forwardSegment(tokens(x, 4, 3), memory).output, second.output);
});

test("padding is told of the memory's tokens too", async () => {
  const decoder = decoderOf({ positional: xl(9) });
  const x = inputs();
  const rows = [
    [0, 0, 0, 1, 1, 1, 1, 1, 1],
    [1, 1, 1, 1, 1, 1, 1, 1, 1],
  ];
  const visible = tensor2d(rows, undefined, "bool") as Tensor2D;
  const shown = inSegments(decoder, x, (start, len) => ({
    visible: slice(visible, [0, 0], [-1, start + len]) as Tensor2D,
  }));
  const whole = decoder.forward(x, { visible });
  await expectClose(tokens(shown, 3, 6), tokens(whole, 3, 6), NEAR);
  const alone = decoder.forward(slice(x, [0, 3, 0], [1, 6, -1]));
  await expectClose(slice(shown, [0, 3, 0], [1, 6, -1]), alone, NEAR);
});

test("a mask of one's own is over the memory too", async () => {
  const decoder = decoderOf({ positional: xl(9) });
  const [x, mask] = [inputs(), causalWindow(3)];
  const wanted = decoder.forward(x, { mask });
  await expectClose(
    inSegments(decoder, x, () => ({ mask })),
    wanted,
    NEAR,
  );
});

test("no gradient flows into earlier segments; that of the segment is as differences give", async () => {
  const decoder = decoderOf({ positional: xl(3), block: { activation: "gelu" }, layers: 2 });
  const x = streamOf([1, 4, D_MODEL]);
  const last = (first: Tensor3D) => {
    const { memory } = decoder.forwardSegment(first);
    return sum(decoder.forwardSegment(streamOf([1, 2, D_MODEL], 8), memory).output);
  };
  // What leads nowhere has no gradient at all, which tfjs says so.
  expect(() => grad(last as never)(x)).toThrow(/Cannot compute gradient/);
  const { memory } = decoder.forwardSegment(x);
  await expectGradients(
    (segment) => decoder.forwardSegment(segment as Tensor3D, memory).output,
    [streamOf([1, 2, D_MODEL], 9)],
  );
});

test("refuses what does not fit, and leaves nothing behind", async () => {
  const [x, positional] = [inputs(), xl(3)];
  const decoder = decoderOf({ positional });
  const { memory } = decoder.forwardSegment(x);
  const none = decoderOf();
  const turning = decoderOf({ positional: rope({ headDim: 3, rotaryDim: 2 }) });
  const crossing = decoderOf({ positional, cross: true });
  const [wide, few] = [streamOf([2, 3, 5]), tensor2d([[1], [1]], undefined, "bool") as Tensor2D];
  const refused = (call: () => unknown, message: string) => expect(call).toThrow(message);
  await expectNoLeak(() => {
    const kept = "positional: expected a strategy that keeps a memory, got";
    refused(() => none.forwardSegment(x), `${kept} none`);
    refused(() => turning.forwardSegment(x), `${kept} rope`);
    refused(
      () => crossing.forwardSegment(x),
      "blocks: expected none with cross-attention for segments, got some",
    );
    refused(
      () => decoder.forwardSegment(x, memory.slice(1)),
      "memory: expected one a block, 2, got 1",
    );
    refused(() => decoder.forwardSegment(x, [memory[0]!, wide]), "memory[1]: expected [");
    refused(
      () => decoder.forwardSegment(x, memory, { visible: few }),
      "visible: expected [2, 12], got [2, 1]",
    );
  });
});

test("a segment leaves its output and its memory only", async () => {
  const decoder = decoderOf({ positional: xl(3) });
  const x = inputs();
  const { memory } = decoder.forwardSegment(x);
  await expectNoLeak(() => {
    const made = decoder.forwardSegment(x, memory);
    dispose([made.output, ...made.memory]);
  });
});
