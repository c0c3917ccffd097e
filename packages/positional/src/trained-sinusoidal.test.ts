import {
  randomNormal,
  type Scalar,
  slice,
  sum,
  type Tensor3D,
  tensor2d,
  variableGrads,
  zeros,
} from "@tensorflow/tfjs-core";
import { type Span, spanOf } from "@tx/core";
import { expectClose, expectGradients, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  sinusoidal,
  sinusoidalTable,
  type TrainedSinusoidalOptions,
  trainedSinusoidal,
} from "./index";

const EXACT = { rtol: 0, atol: 0 };
const [MAX_LEN, D_MODEL] = [7, 5];
const inputs = (): Tensor3D => randomNormal([2, 3, D_MODEL], 0, 1, "float32", 4);
const make = (options: Partial<TrainedSinusoidalOptions> = {}) =>
  trainedSinusoidal({ maxLen: MAX_LEN, dModel: D_MODEL, ...options });
const told: Span = {
  ...spanOf(3),
  q: {
    start: 0,
    len: 3,
    ids: tensor2d(
      [
        [0, 0, 1],
        [6, 2, 6],
      ],
      undefined,
      "int32",
    ),
  },
};

test.each<Partial<TrainedSinusoidalOptions>>([{}, { base: 50, layout: "concat" }])(
  "is the sinusoid before the first step: %o",
  async (options) => {
    const [x, fixed] = [inputs(), sinusoidal({ dModel: D_MODEL, ...options })];
    const trained = make(options);
    for (const span of [spanOf(3), spanOf(3, 3, 4)]) {
      await expectClose(trained.embed(x, span), fixed.embed(x, span), EXACT);
    }
    await expectClose(trained.embed(x, told), fixed.embed(x, told));
  },
);

test("is trained: the gradient counts how often a row was read", async () => {
  const strategy = make();
  const { table } = strategy.embedding;
  const { grads } = variableGrads(() => sum(strategy.embed(inputs(), told)) as Scalar, [table]);
  const counts = [2, 1, 1, 0, 0, 0, 2];
  await expectClose(
    grads[table.name]!,
    counts.flatMap((count) => Array<number>(D_MODEL).fill(count)),
  );
  expect([...strategy.parameters().keys()]).toEqual(["embedding.table"]);
  await expectGradients((x: Tensor3D) => strategy.embed(x, spanOf(3, 3, 2)), [inputs()]);
});

test("resizes: cropped, extended by waves, interpolated", async () => {
  const strategy = make();
  strategy.embedding.table.assign(randomNormal([MAX_LEN, D_MODEL], 0, 1, "float32", 3));
  const own = Array.from(await strategy.embedding.table.data());
  await expectNoLeak(async () => {
    const cropped = strategy.resize(4, { method: "crop" });
    await expectClose(cropped.embedding.table, own.slice(0, 4 * D_MODEL), EXACT);
    expect(cropped.maxLen).toBe(4);
    const extended = strategy.resize(9, { method: "extend" });
    const waves = sinusoidalTable([7, 8], D_MODEL);
    await expectClose(extended.embedding.table, [...own, ...(await waves.data())], EXACT);
    const spread = strategy.resize(13, { method: "interpolate" });
    const between = Array.from({ length: D_MODEL }, (_, i) => (own[i]! + own[i + D_MODEL]!) / 2);
    const second = slice(spread.embedding.table, [1, 0], [1, D_MODEL]);
    await expectClose(second, between);
    for (const made of [cropped, extended, spread, waves, second]) made.dispose();
  });
  await expectClose(strategy.embedding.table, own, EXACT);
});

test("refuses what does not fit by name, leaves nothing behind, and reads as JSON", async () => {
  const [strategy, x] = [make(), inputs()];
  const wide = zeros([2, 3, 4]) as Tensor3D;
  await expectNoLeak(() => {
    const refused = (run: () => unknown, message: string) =>
      expect(run).toThrow(new RangeError(message));
    refused(() => make({ maxLen: 0 }), "maxLen: expected a whole number from 1, got 0");
    refused(() => make({ dModel: 0 }), "dModel: expected a whole number from 1, got 0");
    refused(() => make({ base: -1 }), "base: expected a positive number, got -1");
    refused(
      () => make({ layout: "halves" as "concat" }),
      'layout: expected "interleaved" or "concat", got "halves"',
    );
    refused(
      () => strategy.embed(x, spanOf(3, 3, 5)),
      "position: expected 0 to 6 (maxLen 7), got 5 to 7",
    );
    refused(
      () => strategy.resize(8, { method: "crop" }),
      "maxLen: expected at most 7 to crop, got 8",
    );
    expect(() => strategy.embed(wide, spanOf(3))).toThrow(
      "x: expected [batch=2, 3, 5], got [2, 3, 4]",
    );
  });
  expect(JSON.parse(JSON.stringify(make({ layout: "concat" })))).toEqual({
    ...{ kind: "trained-sinusoidal", version: 1, maxLen: 7, dModel: 5 },
    ...{ base: 10_000, layout: "concat" },
  });
});
