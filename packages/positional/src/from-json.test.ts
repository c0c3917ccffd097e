import { randomNormal, type Tensor3D } from "@tensorflow/tfjs-core";
import {
  loadState,
  Module,
  type Positional,
  type PositionalConfig,
  Rng,
  spanOf,
  stateOf,
} from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import {
  alibi,
  axial,
  combined,
  cope,
  dape,
  fire,
  kerple,
  Learned,
  learned,
  nope,
  perLayer,
  positionalFromJSON,
  positionalKinds,
  rope,
  Sinusoidal,
  shaw,
  sinusoidal,
  t5Bias,
  trainedSinusoidal,
  transformerXL,
  xpos,
} from "./index";

const EXACT = { rtol: 0, atol: 0 };
const rng = () => new Rng(1);
const inputs = (): Tensor3D => randomNormal([2, 3, 5], 0, 1, "float32", 4);
const reread = (value: unknown): PositionalConfig => JSON.parse(JSON.stringify(value));

test.each([sinusoidal({ dModel: 5 }), sinusoidal({ dModel: 5, base: 37.5, layout: "concat" })])(
  "a sinusoidal strategy comes back as it was",
  async (strategy) => {
    const again = positionalFromJSON(reread(strategy), rng());
    expect(again).toBeInstanceOf(Sinusoidal);
    expect(again.toJSON()).toEqual(strategy.toJSON());
    const [x, span] = [inputs(), spanOf(3, 3, 11)];
    await expectClose(again.embed!(x, span), strategy.embed(x, span), EXACT);
  },
);

test("a learned strategy comes back with weights of its own, which its state sets", async () => {
  const strategy = learned({ maxLen: 7, dModel: 5, rng: new Rng(2) });
  const again = positionalFromJSON(reread(strategy), rng()) as Learned;
  expect(again).toBeInstanceOf(Learned);
  expect(again.toJSON()).toEqual(strategy.toJSON());
  const first = learned({ maxLen: 7, dModel: 5, rng: rng() });
  await expectClose(again.embedding.table, first.embedding.table, EXACT);
  loadState(again, stateOf(strategy));
  const [x, span] = [inputs(), spanOf(3, 3, 4)];
  await expectClose(again.embed(x, span), strategy.embed(x, span), EXACT);
});

test.each<Positional>([
  alibi(),
  alibi({ form: "causal" }),
  kerple({ heads: 3, form: "power", rng: rng() }),
  fire({ heads: 3, hidden: 4, threshold: 8, rng: rng() }),
  cope({ headDim: 5, maxPositions: 7, heads: 3, layers: 2, rng: rng() }),
  dape({ around: t5Bias({ heads: 3, rng: rng() }), heads: 3, hidden: 4, layers: 2, rng: rng() }),
  rope({ headDim: 6, base: 100, pairing: "interleaved", rotaryDim: 4 }),
  shaw({ headDim: 5, clip: 3, heads: 2, values: false, rng: rng() }),
  t5Bias({ heads: 3, buckets: 16, maxDistance: 40, bidirectional: true, rng: rng() }),
  transformerXL({ dModel: 6, heads: 2, layers: 2, memoryLen: 4, rng: rng() }),
  xpos({ headDim: 6, base: 100, scaleBase: 37.5, pairing: "interleaved", center: 4 }),
  trainedSinusoidal({ maxLen: 7, dModel: 5, base: 50, layout: "concat" }),
  axial({ dModel: 5, combine: "sum", maxLen: 11, rng: rng() }),
  axial({ dModel: 5, shape: [2, 3], dims: [4, 1], rng: rng() }),
  nope(),
  combined([rope({ headDim: 6 }), alibi()]),
  perLayer([rope({ headDim: 6 }), nope()]),
])("$kind comes back as it was", (strategy) => {
  const again = positionalFromJSON(reread(strategy), rng());
  expect(again.constructor).toBe(strategy.constructor);
  expect(again.toJSON()).toEqual(strategy.toJSON());
});

test("refuses what it does not know, and leaves nothing behind", async () => {
  const read = (config: object) => () => positionalFromJSON(config as PositionalConfig, rng());
  await expectNoLeak(() => {
    for (const kind of ["rotary", "constructor", undefined]) {
      expect(read({ kind, version: 1, dModel: 5 })).toThrow(
        new RangeError(
          `positional.kind: expected one of ${positionalKinds.join(", ")}, got "${kind}"`,
        ),
      );
    }
    expect(read({ kind: "learned", version: 2, maxLen: 7, dModel: 5 })).toThrow(
      new RangeError("positional.version: expected 1 for learned, got 2"),
    );
    expect(read({ kind: "sinusoidal", dModel: 5 })).toThrow(
      "positional.version: expected 1 for sinusoidal, got undefined",
    );
    const around = { kind: "kerple", version: 1, heads: 3 };
    expect(read({ kind: "dape", version: 1, heads: 0, around })).toThrow(
      "heads: expected a whole number from 1, got 0",
    );
    expect(read({ kind: "dape", version: 1, heads: 3 })).toThrow(
      "positional.kind: expected one of",
    );
    expect(read({ kind: "sinusoidal", version: 1, dModel: 5, base: "far" })).toThrow(
      "base: expected a positive number, got far",
    );
    expect(read({ kind: "learned", version: 1, maxLen: null, dModel: 5 })).toThrow(
      "maxLen: expected a whole number from 1, got null",
    );
  });
});

test("what it makes is a Module where it owns tensors", () => {
  expect(positionalFromJSON(reread(alibi()), rng()) instanceof Module).toBe(false);
  const config = { kind: "learned", version: 1, maxLen: 2, dModel: 3 };
  expect(positionalFromJSON(config, rng()) instanceof Module).toBe(true);
});
