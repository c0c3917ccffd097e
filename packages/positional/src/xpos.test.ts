import { mul, slice, sum, type Tensor4D, tensor1d, tensor2d, zeros } from "@tensorflow/tfjs-core";
import { spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { rope, type XposOptions, xpos } from "./index";
import { explicit, gapped, gaps, queries, span } from "./score-case";

const WIDTH = 10;
const EXACT = { rtol: 0, atol: 0 };
const make = (options: Partial<XposOptions> = {}) => xpos({ headDim: WIDTH, ...options });

/** Turns in float64, and the paper's factor of each number beside. */
async function wanted(
  x: Tensor4D,
  side: "q" | "k",
  positions: readonly number[][],
  { base = 10_000, scaleBase = 512, pairing = "half", center = 0 }: Partial<XposOptions>,
) {
  const [turned, factors]: number[][] = [[], []];
  for (const [b, heads] of ((await x.array()) as number[][][][]).entries()) {
    for (const row of heads.flatMap((tokens) => tokens.map((row, i) => ({ row, i })))) {
      const n = positions[b]![row.i]!;
      for (let feature = 0; feature < WIDTH; feature++) {
        const half = pairing === "half";
        const pair = half ? feature % 5 : Math.floor(feature / 2);
        const [one, two] = half ? [pair, pair + 5] : [2 * pair, 2 * pair + 1];
        const angle = n * base ** ((-2 * pair) / WIDTH);
        const [a, c] = [row.row[one]!, row.row[two]!];
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        turned!.push(feature === one ? a * cos - c * sin : c * cos + a * sin);
        const zeta = (2 * pair + 0.4 * WIDTH) / (1.4 * WIDTH);
        factors!.push(zeta ** (((side === "q" ? 1 : -1) * (n - center)) / scaleBase));
      }
    }
  }
  return { turned: turned!, factors: factors! };
}

/** Factors apart, since they would hide the angles' error where they are large. */
async function expectTurned(
  got: Tensor4D,
  { turned, factors }: Awaited<ReturnType<typeof wanted>>,
): Promise<void> {
  const numbers = (await got.data()).map((number, i) => number / factors[i]!);
  await expectClose(tensor1d(numbers), turned, { rtol: 1e-5, atol: 3e-6 });
}

const plain = Array.from({ length: 2 }, () => [14, 15, 16, 17]);

test.each<Partial<XposOptions>>([
  {},
  { pairing: "interleaved", scaleBase: 37.5 },
  { base: 37, center: 15 },
  { scaleBase: 2000, center: 65_536 },
  { scaleBase: 2000, center: 300, pairing: "interleaved" },
])("turns and scales pairs by their position: %o", async (options) => {
  const [strategy, x] = [make(options), queries(WIDTH)];
  for (const side of ["q", "k"] as const) {
    const near = await wanted(x, side, plain, options);
    const here = { q: span.q, k: span.q };
    await expectTurned(strategy.rotate(x, side, here), near);
    const { q } = explicit();
    await expectTurned(strategy.rotate(x, side, { q, k: q }), near);
    if (strategy.maxLen > 70_001) {
      const far = { ...gapped(), k: gapped().q };
      await expectTurned(strategy.rotate(x, side, far), await wanted(x, side, gaps.q, options));
    }
  }
  strategy.dispose();
});

/** Scores of the same rows as queries and as keys five positions before them. */
const dots = (strategy: ReturnType<typeof make>, x: Tensor4D, start: number) => {
  const own = { q: { start: start + 5, len: 4 }, k: { start, len: 4 } };
  return sum(mul(strategy.rotate(x, "q", own), strategy.rotate(x, "k", own)), -1);
};

test("scores fade with the distance, and only with it, wherever the center is", async () => {
  const [strategy, x] = [make(), queries(WIDTH)];
  const here = dots(strategy, x, 0);
  for (const start of [1, 333, 20_000, strategy.maxLen - 9]) {
    await expectClose(dots(strategy, x, start), here, { rtol: 1e-5, atol: 1e-5 });
  }
  const centered = make({ center: 9000 });
  await expectClose(dots(centered, x, 30_000), here, { rtol: 1e-5, atol: 1e-5 });
  expect(centered.maxLen - strategy.maxLen).toBe(9000);

  strategy.dispose();
  centered.dispose();
});

test("turns a late row as the whole turns it, and has the gradient of differences", async () => {
  const [strategy, x] = [make({ scaleBase: 20 }), queries(WIDTH)];
  const whole = strategy.rotate(x, "k", spanOf(4));
  const late = strategy.rotate(slice(x, [0, 0, 3, 0], [-1, -1, 1, -1]), "k", spanOf(1, 1, 3));
  await expectClose(late, slice(whole, [0, 0, 3, 0], [-1, -1, 1, -1]), EXACT);
  const few = slice(x, 0, [2, 1, 4, WIDTH]) as Tensor4D;
  for (const own of [span, explicit()]) {
    await expectGradients((x: Tensor4D) => strategy.rotate(x, "q", own), [few]);
  }
  strategy.dispose();
});

test("at the center it is rope", async () => {
  const [strategy, turning, x] = [
    make({ center: 14 }),
    rope({ headDim: WIDTH }),
    slice(queries(WIDTH), 0, [2, 3, 1, WIDTH]) as Tensor4D,
  ];
  const here = spanOf(1, 1, 14);
  await expectClose(strategy.rotate(x, "q", here), turning.rotate(x, "q", here), EXACT);
  strategy.dispose();
  turning.dispose();
});

test("explicit positions out of its range are taken for the nearest in it", async () => {
  const [strategy, x] = [make({ center: 100 }), slice(queries(WIDTH), 0, [1, 3, 4, WIDTH])];
  const last = strategy.maxLen - 1;
  const rotate = (...ids: number[]) => {
    const side = { start: 0, len: 4, ids: tensor2d([ids], [1, 4], "int32") };
    return strategy.rotate(x as Tensor4D, "k", { q: side, k: side });
  };
  const far = rotate(-1, last, last + 1, 1 << 23);
  await expectClose(far, rotate(0, last, last, last), EXACT);
  expect((await far.data()).every(Number.isFinite)).toBe(true);
  strategy.dispose();
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [x, wide, given] = [queries(WIDTH), zeros([2, 3, 4, 8]) as Tensor4D, explicit()];
  await expectNoLeak(() => {
    const strategy = make();
    for (const own of [span, given]) strategy.rotate(x, "q", own).dispose();
    expect(() => strategy.rotate(wide, "q", span)).toThrow(
      "t: expected [batch=2, heads=3, 4, 10], got [2, 3, 4, 8]",
    );
    expect(() => strategy.rotate(x, "q", { ...span, q: { ...span.q, ids: given.k.ids } })).toThrow(
      "span.q.ids: expected [2, 4], got [2, 7]",
    );
    // (2 / 7)^(28 328 / 512) = 2^−100
    expect(strategy.maxLen).toBe(28_329);
    for (const [start, end] of [
      [-1, 2],
      [28_326, 28_329],
    ] as const) {
      expect(() => strategy.rotate(x, "q", spanOf(4, 4, start))).toThrow(
        new RangeError(`position: expected 0 to 28328 (maxLen 28329), got ${start} to ${end}`),
      );
    }
    strategy.rotate(x, "q", spanOf(4, 4, 28_325)).dispose();
    strategy.dispose();
    const refused = (options: object, message: string) =>
      expect(() => make(options)).toThrow(new RangeError(message));
    refused({ headDim: 0 }, "headDim: expected a whole number from 1, got 0");
    refused({ headDim: 7 }, "headDim: expected an even number, got 7");
    refused({ base: -1 }, "base: expected a positive number, got -1");
    refused({ scaleBase: 0 }, "scaleBase: expected a positive number, got 0");
    refused({ pairing: "whole" }, 'pairing: expected "interleaved" or "half", got "whole"');
    refused({ center: 0.5 }, "center: expected a whole number from 0, got 0.5");
    refused({ center: 28_329 }, "center: expected at most 28328 with scaleBase=512, got 28329");
  });
  expect(JSON.parse(JSON.stringify(make()))).toEqual({
    ...{ kind: "xpos", version: 1, headDim: 10, base: 10_000, scaleBase: 512 },
    ...{ pairing: "half", center: 0 },
  });
  expect(make({ scaleBase: 1e9 }).maxLen).toBe(2 ** 24);
  expect(make().parameters().size).toBe(0);
});
