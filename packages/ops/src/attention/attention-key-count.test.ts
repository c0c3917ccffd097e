import { concat, grads, slice, type Tensor, type Tensor4D, transpose } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { type AttentionOptions, attention } from "./attention";
import { attentionWeights } from "./attention-weights";
import { optionCases } from "./option-cases";
import { check, made, madeBool, operands, sizes } from "./plain-attention";

const s = { ...sizes, kvHeads: 3 };
const room = 4;
/** A buffer whose first rows are x, with others behind them that would change every number. */
const buffer = (x: Tensor) => concat([x, made([2, 3, room, x.shape[3]!], 60)], 2) as Tensor4D;
const turned = (x: Tensor) => transpose(x, [0, 2, 1, 3]) as Tensor4D;
const within = { rtol: 1e-5, atol: 2e-6 };

describe.each(["bhsd", "bshd"] as const)("of buffers with room, %s", (layout) => {
  const lay = layout === "bshd" ? turned : (x: Tensor) => x as Tensor4D;

  test.each(optionCases(s))("only the first keys are there: %s", async (_, makeOptions) => {
    const { bias, ...options } = makeOptions();
    const run = (more: AttentionOptions) => (q: Tensor, k: Tensor, v: Tensor, b?: Tensor) =>
      attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { ...options, ...more, bias: b });
    const [plain, some] = [run({}), run({ keyCount: s.keys, layout })];
    const [query, key, value] = operands(s);
    const [q, k, v] = [lay(query), lay(buffer(key)), lay(buffer(value))];
    const output = plain(query, key, value, bias);
    await expectClose(some(q, k, v, bias), lay(output), within);

    const more = bias ? [bias] : [];
    const dy = made(output.shape, 7);
    const wanted = grads(plain as (...xs: Tensor[]) => Tensor)([query, key, value, ...more], dy);
    const got = grads(some as (...xs: Tensor[]) => Tensor)([q, k, v, ...more], lay(dy));
    expect(got.map(({ shape }) => shape)).toEqual([q, k, v, ...more].map(({ shape }) => shape));
    await expectClose(got[0]!, lay(wanted[0]!), within);
    for (const n of [1, 2]) {
      const gradient = lay(got[n]!);
      const [batch, heads, , width] = gradient.shape;
      await expectClose(slice(gradient, [0, 0, 0, 0], wanted[n]!.shape as [4]), wanted[n]!, within);
      const beyond = slice(gradient, [0, 0, s.keys, 0], [batch, heads, room, width]);
      await expectClose(beyond, Array(beyond.size).fill(0), { rtol: 0, atol: 0 });
    }
    if (bias) await expectClose(got[3]!, wanted[3]!, within);
  });

  test("weights too, and their gradients", async () => {
    const [query, key] = operands(s);
    const mask = { causal: true };
    const plain = (q: Tensor, k: Tensor) =>
      attentionWeights(q as Tensor4D, k as Tensor4D, { mask });
    const some = (q: Tensor, k: Tensor) =>
      attentionWeights(q as Tensor4D, k as Tensor4D, { mask, layout, keyCount: s.keys });
    const given = [lay(query), lay(buffer(key))];
    const weights = plain(query, key);
    await expectClose(some(given[0]!, given[1]!), weights, within);
    const dy = made(weights.shape, 7);
    const [dQuery, dKey] = grads(some)(given, dy);
    const [wantedQuery, wantedKey] = grads(plain)([query, key], dy);
    await expectClose(dQuery!, lay(wantedQuery!), within);
    await expectClose(slice(lay(dKey!), [0, 0, 0, 0], key.shape), wantedKey!, within);
  });
});

test("as many keys as there are is as without", () => check(sizes, { keyCount: 5 }, {}));

test("no keys at all give zeros", async () => {
  const given = operands(sizes);
  const run = (...xs: Tensor[]) =>
    attention(...(xs as [Tensor4D, Tensor4D, Tensor4D]), { keyCount: 0 });
  for (const x of [run(...given), ...grads(run)(given)]) {
    await expectClose(x, Array(x.size).fill(0), { rtol: 0, atol: 0 });
  }
});

test("leaves nothing behind", async () => {
  const given = operands(sizes);
  const run = (...xs: Tensor[]) =>
    attention(...(xs as [Tensor4D, Tensor4D, Tensor4D]), { keyCount: 3 });
  await expectNoLeak(() => run(...given).dispose());
  await expectNoLeak(() => {
    for (const gradient of grads(run)(given)) gradient.dispose();
  });
});

describe("refuses, and leaves nothing behind", () => {
  const given = operands(sizes);
  test.each([6, -1, 2.5, Number.NaN])("%d keys of 5", (keyCount) =>
    expectNoLeak(() => {
      const error = new RangeError(
        `keyCount: expected a whole number from 0 to 5, got ${keyCount}`,
      );
      expect(() => attention(...given, { keyCount })).toThrow(error);
      expect(() => attentionWeights(given[0], given[1], { keyCount })).toThrow(error);
    }),
  );

  test("a mask of all the room", async () => {
    const keys = madeBool(Array(10).fill(true), [2, 5]) as unknown as Tensor;
    const mask = { keys: keys as never };
    await expectNoLeak(() => {
      expect(() => attention(...given, { keyCount: 3, mask })).toThrow(
        new ShapeError("mask.keys: expected [2, 3], got [2, 5]"),
      );
    });
  });
});
