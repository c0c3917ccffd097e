import { slice, sum, type Tensor4D, tensor2d, mul as times, zeros } from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type RopeOptions, rope } from "./index";
import { explicit, gapped, gaps, queries, span } from "./score-case";

const WIDTH = 10;
const NEAR = { rtol: 1e-5, atol: 2e-6 };
const make = (options: Partial<RopeOptions> = {}) => rope({ headDim: WIDTH, ...options });

/** Pairs as complex numbers, turned in float64. */
async function wanted(
  x: Tensor4D,
  positions: readonly number[][],
  { base = 10_000, pairing = "half", rotaryDim = WIDTH }: Partial<RopeOptions>,
): Promise<number[]> {
  const rows = (await x.array()) as number[][][][];
  return rows.flatMap((heads, b) =>
    heads.flatMap((tokens) =>
      tokens.flatMap((row, i) => {
        const turned = [...row];
        for (let pair = 0; pair < rotaryDim / 2; pair++) {
          const half = pairing === "half";
          const [one, two] = half ? [pair, pair + rotaryDim / 2] : [2 * pair, 2 * pair + 1];
          const angle = positions[b]![i]! * base ** ((-2 * pair) / rotaryDim);
          turned[one] = row[one]! * Math.cos(angle) - row[two]! * Math.sin(angle);
          turned[two] = row[two]! * Math.cos(angle) + row[one]! * Math.sin(angle);
        }
        return turned;
      }),
    ),
  );
}

const plainPositions = [
  [14, 15, 16, 17],
  [14, 15, 16, 17],
];

test.each<Partial<RopeOptions>>([
  {},
  { pairing: "interleaved" },
  { base: 37, rotaryDim: 6 },
  { pairing: "interleaved", rotaryDim: 4 },
])("turns pairs by their position: %o", async (options) => {
  const [strategy, x] = [make(options), queries(WIDTH)];
  const near = await wanted(x, plainPositions, options);
  await expectClose(strategy.rotate(x, "q", span), near, NEAR);
  await expectClose(strategy.rotate(x, "q", explicit()), near, NEAR);
  // Angles up to 70 000 radians: what float32 alone would be off by hundredths.
  const far = strategy.rotate(x, "q", gapped());
  await expectClose(far, await wanted(x, gaps.q, options), NEAR);
  const long = strategy.rotate(x, "q", spanOf(4, 4, 1000));
  const at = Array.from({ length: 2 }, () => [1000, 1001, 1002, 1003]);
  await expectClose(long, await wanted(x, at, options), NEAR);
  strategy.dispose();
});

test("sides have places of their own, and only differences count", async () => {
  const [strategy, x] = [make(), queries(WIDTH)];
  const dots = (start: number) => {
    const own = { q: { start: start + 5, len: 4 }, k: { start, len: 4 } };
    return sum(times(strategy.rotate(x, "q", own), strategy.rotate(x, "k", own)), -1);
  };
  await expectClose(dots(0), dots(333), { rtol: 1e-4, atol: 1e-5 });
  await expect(expectClose(dots(0), sum(times(x, x), -1))).rejects.toThrow();
});

test("turns a late row as the whole turns it, and has the gradient of differences", async () => {
  const [strategy, x] = [make(), queries(WIDTH)];
  const whole = strategy.rotate(x, "k", spanOf(4));
  const late = strategy.rotate(slice(x, [0, 0, 3, 0], [-1, -1, 1, -1]), "k", spanOf(1, 1, 3));
  await expectClose(late, slice(whole, [0, 0, 3, 0], [-1, -1, 1, -1]), { rtol: 0, atol: 0 });
  await expectGradients((x: Tensor4D) => strategy.rotate(x, "q", span), [x]);
});

test("is as exact at the last position that float32 can tell", async () => {
  const [strategy, x] = [make({ base: 3 }), queries(WIDTH)];
  const start = 2 ** 24 - 4;
  const at = Array.from({ length: 2 }, () => [0, 1, 2, 3].map((n) => start + n));
  const far = await wanted(x, at, { base: 3 });
  await expectClose(strategy.rotate(x, "q", spanOf(4, 4, start)), far, NEAR);
  const side = { start: 0, len: 4, ids: tensor2d(at, [2, 4], "int32") };
  await expectClose(strategy.rotate(x, "q", { q: side, k: side }), far, NEAR);
  // A few rows, not all from 0 on: they keep with a step on, over the edge of what was made.
  for (const start of [65_530, 65_534, 65_540, 131_070, 131_072, 65_535, 0]) {
    const at = Array.from({ length: 2 }, () => [0, 1, 2, 3].map((n) => start + n));
    const near = await wanted(x, at, { base: 3 });
    await expectClose(strategy.rotate(x, "q", spanOf(4, 4, start)), near, NEAR);
  }
  strategy.dispose();
});

test("positions below 0 among explicit ones are taken for 0", async () => {
  const [strategy, x] = [make(), queries(WIDTH)];
  const given = gapped();
  const below = { ...given, q: { ...given.q, ids: times(given.q.ids!, -1) as never } };
  const zero = { ...given, q: { ...given.q, ids: times(given.q.ids!, 0) as never } };
  await expectClose(strategy.rotate(x, "q", below), strategy.rotate(x, "q", zero));
});

test("owns its tables, and goes on after dispose", async () => {
  const [x, given] = [queries(WIDTH), explicit()];
  await expectNoLeak(() => {
    const strategy = make();
    const use = () => {
      for (const own of [span, given, spanOf(4, 4, 500)]) strategy.rotate(x, "q", own).dispose();
    };
    use();
    strategy.dispose();
    use();
    strategy.dispose();
  });
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, x, wide] = [make(), queries(WIDTH), zeros([2, 3, 4, 8]) as Tensor4D];
  const few = { ...span, q: { ...span.q, ids: explicit().k.ids } };
  await expectNoLeak(() => {
    expect(() => strategy.rotate(wide, "q", span)).toThrow(
      "t: expected [batch=2, heads=3, 4, 10], got [2, 3, 4, 8]",
    );
    expect(() => strategy.rotate(x, "q", few)).toThrow("span.q.ids: expected [2, 4], got [2, 7]");
    expect(() => strategy.rotate(x, "q", spanOf(4, 4, -1))).toThrow(
      new RangeError("position: expected one from 0, got -1"),
    );
    const refused = (options: object, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused({ headDim: 0 }, "headDim: expected a whole number from 1, got 0");
    refused({ base: 0 }, "base: expected a positive number, got 0");
    refused({ pairing: "whole" }, 'pairing: expected "interleaved" or "half", got "whole"');
    for (const rotaryDim of [5, 0, 12]) {
      const message = `rotaryDim: expected an even number from 2 to headDim=10, got ${rotaryDim}`;
      refused({ rotaryDim }, message);
    }
    refused({ headDim: 7 }, "rotaryDim: expected an even number from 2 to headDim=7, got 7");
  });
  expect(JSON.parse(JSON.stringify(strategy))).toEqual({
    ...{ kind: "rope", version: 1, headDim: 10, base: 10_000, pairing: "half", rotaryDim: 10 },
  });
  expect(strategy.parameters().size).toBe(0);
});
