import { ones, type Variable } from "@tensorflow/tfjs-core";
import { parameter } from "@tx/core";
import { expectClose, expectNoLeak } from "@tx/testing";
import { expect, test } from "vitest";
import { type DecayOptions, decayByPath } from "./decay";
import { AdamW } from "./index";

const parameters = new Map<string, Variable>(
  Object.entries({
    "embedding.table": [5, 2],
    "blocks.0.attention.query.kernel": [2, 2],
    "blocks.0.attention.query.bias": [2],
    "blocks.0.norm.gain": [2],
    "blocks.1.feedForward.kernel": [2, 3],
  }).map(([path, shape]) => [path, parameter(shape, () => ones(shape))]),
);
const decays = (options: Partial<DecayOptions>) => [
  ...decayByPath(parameters, { weightDecay: 0.1, ...options }).values(),
];

test("matrices decay, but no embeddings, biases and norms", () => {
  expect(decays({})).toEqual([0, 0.1, 0, 0, 0.1]);
});

test("a predicate says otherwise", () => {
  expect(decays({ decays: (path) => path.endsWith("bias") })).toEqual([0, 0, 0.1, 0, 0]);
});

test("rules by glob or expression go before both, the first that matches first", () => {
  const rule = (match: string | RegExp, weight: number) => ({ match, weight });
  expect(decays({ decay: [rule("blocks.*.attention.**", 0.3)] })).toEqual([0, 0.3, 0.3, 0, 0.1]);
  expect(decays({ decay: [rule("*.table", 0.2)] })).toEqual([0.2, 0.1, 0, 0, 0.1]);
  expect(decays({ decay: [rule("**.kernel", 0)] })).toEqual([0, 0, 0, 0, 0]);
  expect(decays({ decay: [rule(/bias$/g, 0.5), rule("**", 0.4)] })).toEqual([
    0.4, 0.4, 0.5, 0.4, 0.4,
  ]);
  expect(decays({ decay: [rule(/0/, 0.2)], decays: () => true })).toEqual([
    0.1, 0.2, 0.2, 0.2, 0.1,
  ]);
});

test("refuses a negative decay, and a rule for nothing", () => {
  const refused = (options: Partial<DecayOptions>, message: string) =>
    expect(() => decays(options)).toThrow(new RangeError(message));
  refused({ weightDecay: -1 }, "weightDecay: expected a number from 0, got -1");
  refused(
    { decay: [{ match: "**", weight: Number.NaN }] },
    "decay[0].weight: expected a number from 0, got NaN",
  );
  refused(
    { decay: [{ match: "blocks.*", weight: 0 }] },
    "decay[0].match: expected a parameter's path, got blocks.*",
  );
  refused(
    { decay: [{ match: /kernels/, weight: 0 }] },
    "decay[0].match: expected a parameter's path, got /kernels/",
  );
  // A dot is a dot.
  refused(
    { decay: [{ match: "embedding?table", weight: 0 }] },
    "decay[0].match: expected a parameter's path, got embedding?table",
  );
});

test("optimizers follow the rules, and a refused one leaves nothing behind", async () => {
  await expectNoLeak(async () => {
    const own = new Map([["table", parameter([3], () => ones([3]))]]);
    const none = [{ match: "bias", weight: 0 }];
    expect(() => new AdamW({ parameters: own, decay: none })).toThrow(RangeError);
    const optimizer = new AdamW({ parameters: own, decay: [{ match: "table", weight: 0.5 }] });
    const still = ones([3]);
    optimizer.step(new Map([["table", still]]), 0);
    optimizer.step(new Map([["table", still]]), 0.1);
    // Shrunk by 0.1 · 0.5, then moved by the rate.
    await expectClose(own.get("table")!, Array(3).fill(0.95 - 0.1));
    for (const thing of [optimizer, still, ...own.values()]) thing.dispose();
  });
});
