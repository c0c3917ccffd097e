import { grads, type Tensor, type Tensor4D, transpose } from "@tensorflow/tfjs-core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../shapes";
import { type AttentionOptions, attention } from "./attention";
import { attentionWeights } from "./attention-weights";
import { optionCases } from "./option-cases";
import { made, operands, sizes } from "./plain-attention";

const turned = (x: Tensor) => transpose(x, [0, 2, 1, 3]) as Tensor4D;
const turnedAll = (xs: Tensor[]) => xs.map((x) => (x.rank === 4 ? turned(x) : x));
const within = { rtol: 1e-5, atol: 2e-6 };

async function expectSame(got: Tensor, wanted: Tensor): Promise<void> {
  expect(got.shape).toEqual(wanted.shape);
  await expectClose(got, wanted, within);
}

describe.each([6, 3, 1])("bshd is bhsd with its axes turned, %i key heads", (kvHeads) => {
  const s = { ...sizes, kvHeads };

  test.each(optionCases(s))("%s", async (_, makeOptions) => {
    const { bias, ...options } = makeOptions();
    const run = (more: AttentionOptions) => (q: Tensor, k: Tensor, v: Tensor, b?: Tensor) =>
      attention(q as Tensor4D, k as Tensor4D, v as Tensor4D, { ...options, ...more, bias: b });
    const [plain, strided] = [run({}), run({ layout: "bshd" })];
    const given = operands(s);
    const [q, k, v] = turnedAll(given) as [Tensor, Tensor, Tensor];
    const output = plain(...given, bias);
    expect(turned(output).shape).toEqual([s.batch, s.queries, s.heads, s.valueDim]);
    await expectSame(strided(q, k, v, bias), turned(output));

    const more = bias ? [bias] : [];
    const dy = made(output.shape, 7);
    const wanted = grads(plain as (...xs: Tensor[]) => Tensor)([...given, ...more], dy);
    const got = grads(strided as (...xs: Tensor[]) => Tensor)([q, k, v, ...more], turned(dy));
    for (const n of [0, 1, 2]) await expectSame(got[n]!, turned(wanted[n]!));
    if (bias) await expectSame(got[3]!, wanted[3]!);
  });

  test("weights are [batch, heads, queries, keys] in both", async () => {
    const [query, key] = operands(s);
    const run = (layout?: "bshd") => (q: Tensor, k: Tensor) =>
      attentionWeights(q as Tensor4D, k as Tensor4D, { layout, mask: { causal: true } });
    const weights = run()(query, key);
    await expectSame(run("bshd")(turned(query), turned(key)), weights);
    const dy = made(weights.shape, 7);
    const wanted = grads(run())([query, key], dy);
    const got = grads(run("bshd"))([turned(query), turned(key)], dy);
    for (const n of [0, 1]) await expectSame(got[n]!, turned(wanted[n]!));
  });
});

test("leaves nothing behind", async () => {
  const given = turnedAll(operands(sizes)) as [Tensor4D, Tensor4D, Tensor4D];
  const run = (...xs: Tensor[]) =>
    attention(...(xs as [Tensor4D, Tensor4D, Tensor4D]), { layout: "bshd" });
  await expectNoLeak(() => run(...given).dispose());
  await expectNoLeak(() => {
    for (const gradient of grads(run)(given)) gradient.dispose();
  });
});

describe("refuses, and leaves nothing behind", () => {
  const [query, key, value] = operands(sizes);
  const [queries, keys] = [made([2, 3, 6, 4]), made([2, 5, 6, 4])];
  const [batch, heads] = [made([3, 5, 6, 4]), made([2, 5, 4, 4])];
  const layout = "bshd";

  test.each<[string, () => unknown, Error]>([
    [
      "another layout",
      () => attention(query, key, value, { layout: "bhds" as "bhsd" }),
      new RangeError('layout: expected "bhsd" or "bshd", got "bhds"'),
    ],
    [
      "a batch, with the axes as they lie",
      () => attention(queries, batch, value, { layout }),
      new ShapeError("key: expected [batch=2, keys, kvHeads, headDim=4], got [3, 5, 6, 4]"),
    ],
    [
      "heads",
      () => attention(queries, heads, value, { layout }),
      new ShapeError("key: expected a number of heads that divides the query's 6, got 4"),
    ],
    [
      "values that lie the other way",
      () => attention(queries, keys, value, { layout }),
      new ShapeError("value: expected [2, 5, 6, valueDim], got [2, 6, 5, 7]"),
    ],
  ])("%s", (_, call, error) => expectNoLeak(() => void expect(call).toThrow(error)));
});
