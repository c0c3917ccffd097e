import {
  dispose,
  getBackend,
  getKernel,
  grads,
  memory,
  profile,
  type Tensor,
  tensor,
  tidy,
  transpose,
} from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { expectAsWhole, type Inputs, run } from "./as-whole";
import { attention } from "./attention";
import { optionCases } from "./option-cases";
import { broadcastShapes, made, operands, sizes } from "./plain-attention";

const within = { rtol: 1e-5, atol: 5e-6 };
const s = { ...sizes, heads: 4, kvHeads: 2, queries: 5, keys: 7 };
const turned = (x: Tensor) => transpose(x, [0, 2, 1, 3]);

// One query, two queries of one key head, two of all heads at a time: see parts.ts.
const chunks = ({ batch, heads, kvHeads, keys }: typeof s) => [
  1,
  (2 * 16 * keys * heads) / kvHeads,
  2 * 16 * keys * batch * heads,
];

describe.each([
  ["fewer queries than keys", s],
  ["more queries than keys", { ...s, queries: 11, keys: 6 }],
  ["one key head", { ...s, kvHeads: 1 }],
  ["a key head for each", { ...s, kvHeads: 4 }],
  ["one pair", { ...s, batch: 1, heads: 1, kvHeads: 1 }],
  ["one key", { ...s, keys: 1 }],
])("in chunks as at once: %s", (_, sizes) => {
  test.each(optionCases(sizes))("%s", async (_, makeOptions) => {
    for (const bytes of chunks(sizes)) {
      await expectAsWhole(operands(sizes), makeOptions(), bytes);
    }
  });
});

describe("in chunks as at once", () => {
  test.each(broadcastShapes(s).map((shape) => [shape]))("a bias of %j", async (shape) => {
    for (const mask of [{}, { causal: true }, { window: { before: 1, after: 0 } }]) {
      for (const bytes of chunks(s)) {
        await expectAsWhole(operands(s), { bias: made(shape, 3), mask }, bytes);
      }
    }
  });

  test("a bias where some queries see nothing", async () => {
    const sizes = { ...s, queries: 11, keys: 4 };
    for (const shape of [[4, 11, 4], [11, 1], [2, 1, 1, 4], [1]]) {
      const options = { bias: made(shape, 3), mask: { causal: true } };
      for (const bytes of chunks(sizes)) await expectAsWhole(operands(sizes), options, bytes);
    }
  });

  test("heads side by side, in buffers with room", async () => {
    const given = operands({ ...s, keys: 10 }).map(turned) as Inputs;
    const mask = { window: { before: 2, after: 1 } };
    const options = { layout: "bshd", keyCount: 7, bias: made([5, 7], 3), mask } as const;
    for (const bytes of chunks(s)) await expectAsWhole(given, options, bytes);
  });
});

test("masks may be gone when the gradient is taken", async () => {
  const given = operands(s);
  const masked = (bytes: number) => (q: Tensor, k: Tensor, v: Tensor) =>
    tidy(() => {
      const keys = tensor([1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0], [2, 7], "bool") as never;
      return run({ mask: { keys } }, bytes)(q, k, v);
    });
  const [wanted, got] = [Infinity, 1].map((bytes) => grads(masked(bytes))(given));
  for (const n of [0, 1, 2]) await expectClose(got![n]!, wanted![n]!, within);
});

test("the memory for scores stays bounded, forward and backward", async () => {
  const given = operands({ ...s, batch: 1, queries: 120, keys: 120 });
  const matrix = 4 * 4 * 120 * 120;
  const options = { mask: { causal: true }, dropout: { rate: 0.1, seed: 2 } };
  const [parts, whole] = [run(options, matrix / 10), run(options, Infinity)];
  const peak = async (f: () => void) => {
    const before = memory().numBytes;
    return (await profile(() => void tidy(f))).peakBytes - before;
  };
  // A fortieth of the matrix at a time, some six times over, beside tensors of the operands' size.
  expect(await peak(() => void parts(...given))).toBeLessThan(matrix);
  expect(await peak(() => void grads(parts)(given))).toBeLessThan(1.5 * matrix);
  // An engine's kernel forms no matrix.
  if (getKernel("TxAttention", getBackend())) return;
  expect(await peak(() => void whole(...given))).toBeGreaterThan(2 * matrix);
});

test("leaves nothing behind", async () => {
  const [given, bias] = [operands(s), made([4, 5, 7], 3)];
  const attend = run({ mask: { causal: true }, dropout: { rate: 0.4, seed: 3 } }, 1);
  await expectNoLeak(() => attend(...given, bias).dispose());
  await expectNoLeak(() => dispose(grads(attend)([...given, bias])));
});

test.each([0, -1, Number.NaN])("refuses %d bytes", async (scoreBytes) => {
  const given = operands(s);
  await expectNoLeak(() => {
    expect(() => attention(...given, { scoreBytes })).toThrow(
      new RangeError(`scoreBytes: expected a positive number, got ${scoreBytes}`),
    );
  });
});
